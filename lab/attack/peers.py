"""Rows: the same attack against others who protect an Asterisk."""

import shutil
from pathlib import Path

from lab.attack.arena import Arena
from lab.attack.row import TABLE, Values
from lab.attack.volley import Datagrams, fire, wrong_password
from lab.component import RUN, Component
from lab.process import wait_until
from lab.provision import provision

_LOGS = RUN.parent / "log"
#: What says where things are; every threshold, filter and action is fail2ban's own.
_LOCAL = f"""
[Definition]
logtarget = STDOUT
dbfile = {RUN}/fail2ban.sqlite3
"""
_JAIL = f"""
[asterisk]
enabled = true
logpath = {_LOGS}/messages
"""
PACES = (200, 1000)
MOST = 15_000


class Fail2ban(Component):
    """fail2ban as Debian has it, with its asterisk jail switched on."""

    name, chroot = "fail2ban", "fail2ban"

    def __init__(self, arena: Arena) -> None:
        super().__init__(arena.folder / "fail2ban")
        self.network = arena.pbx.enter
        self._asterisk = arena.asterisk

    def prepare(self) -> None:
        if self.root is not None:
            shutil.copytree(self.root / "etc/fail2ban", self.folder / "etc")
        (self.folder / "etc/fail2ban.local").write_text(_LOCAL)
        (self.folder / "etc/jail.d/defaults-debian.conf").write_text(_JAIL)

    def binds(self) -> list[tuple[Path, Path, str]]:
        return [*super().binds(), (self._asterisk.folder / "log", _LOGS, "ro")]

    def command(self) -> list[str]:
        return ["fail2ban-server", "-f", "-c", f"{RUN}/etc", "-s", f"{RUN}/s", "-p", f"{RUN}/pid"]

    def is_ready(self) -> bool:
        return "Jail 'asterisk' started" in self.log.read_text()


@TABLE.row(
    "the same attack against fail2ban's defaults",
    quick=False,
    times_fewer_at_200=">= 5",
    times_fewer_at_1000=">= 5",
)
def fail2ban(arena: Arena) -> Values:
    """Guess passwords at two rates: at ours, then at fail2ban alone, which is awake by then."""
    provision(["fail2ban"])
    ours = {pace: _answered(arena, arena.attacker(), pace, MOST) for pace in PACES}
    with arena.bare():
        peer = Fail2ban(arena)
        try:
            peer.start()
            _wake(arena, peer)
            theirs = {pace: _answered(arena, arena.attacker(), pace, MOST) for pace in PACES}
        finally:
            peer.stop()
    return {
        **{f"ours_at_{pace}": ours[pace] for pace in PACES},
        **{f"theirs_at_{pace}": theirs[pace] for pace in PACES},
        **{f"times_fewer_at_{pace}": theirs[pace] / max(1, ours[pace]) for pace in PACES},
    }


def _wake(arena: Arena, peer: Fail2ban) -> None:
    """Let it ban somebody: its first look at a file was seen to take twelve seconds."""
    address = arena.attacker()
    _answered(arena, address, 20, 20)
    wait_until(lambda: f"Ban {address}" in peer.log.read_text(), "fail2ban's first ban", 60)


def _answered(arena: Arena, address: str, pace: int, most: int) -> int:
    line = Datagrams(arena, address)
    with line.sock:
        return fire(line, wrong_password(line), most, pace).answered
