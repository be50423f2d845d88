"""The command ``asterisk-agent``: run, check, config, events, ban.

Importing it imports no framework: a command that needs one imports it when it runs.
"""

from asterisk_agent.cli.main import main

__all__ = ["main"]
