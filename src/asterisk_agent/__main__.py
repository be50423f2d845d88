"""`python -m asterisk_agent`: the same as the `asterisk-agent` command."""

from asterisk_agent.cli import main

if __name__ == "__main__":
    main()
