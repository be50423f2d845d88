"""`python3 -m lab up`: everything, for an engineer to look at and to work with."""

import json
import signal

from lab.office import Office
from lab.progress import say
from lab.stack import Lab


def up(version: int, agent: bool) -> int:
    """Bring everything up, print addresses and accounts as JSON on stdout, stay until Ctrl-C."""
    with Lab() as lab:
        office = Office(lab)
        office.start()
        people = office.people()
        asterisk = office.asterisk(version)
        settings = office.settings(asterisk) | {"RPC_PORT": str(office.rpc_port)}
        if agent:
            office.agent(asterisk)
        about = {
            "run folder": str(lab.folder),
            "components": {part.name: part.addresses() for part in lab.components},
            "admin": {"login": "admin", "password": office.admin_password},
            "alice and bob": {"password": people.password},
            "phones": {a.exten: a.password for a in asterisk.accounts.values()},
            "agent's environment": settings,
        }
        print(json.dumps(about, indent=2), flush=True)
        say("everything stays up until Ctrl-C")
        try:
            signal.pause()
        except KeyboardInterrupt:
            say("stopping")
    return 0
