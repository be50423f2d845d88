"""The command ``asterisk-agent``: what is typed stands in `commands`, what it does beside it.

Importing it imports no framework: a command that needs one imports it when it runs.
"""

from asterisk_agent.cli.main import main

__all__ = ["main"]
