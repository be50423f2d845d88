"""The recordings that Asterisk made, compared with those in Odoo.

A witness gives each file a second name as soon as it is there: what is written into it later is
seen, and whoever removes it takes nothing away from the witness.
"""

import hashlib
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from lab.book import CHANNEL
from lab.errors import NotReadyError
from lab.process import wait_until
from lab.rpc import OdooRpc

RECORDING = "asterisk_plus.recording"
#: A WAV file of MixMonitor that holds nothing but its head.
EMPTY_BYTES = 44
LOOK_S = 0.1
Content = tuple[int, str]


class Witness:
    """Sees the files of a spool folder that are made between `start` and `stop`."""

    def __init__(self, spool: Path) -> None:
        self._folder, self._own = spool / "monitor", spool / "witness"
        self._before: set[str] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin; what is there already belongs to somebody else."""
        self._own.mkdir(exist_ok=True)
        self._before = self._there() | {path.name for path in self._own.iterdir()}
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ending.set()
        self._thread.join()

    def made(self) -> dict[str, Content]:
        """Return size and checksum of each recording that holds any sound."""
        self._look()
        paths = [path for path in self._own.iterdir() if path.name not in self._before]
        found = {path.name: path.read_bytes() for path in paths}
        return {
            name: (len(content), hashlib.sha256(content).hexdigest())
            for name, content in found.items()
            if len(content) > EMPTY_BYTES
        }

    def unlike(self, odoo: OdooRpc) -> list[str]:
        """Return what is wrong with Odoo's recordings of these files."""
        made = self.made()
        domain = [["filename", "in", list(made)]]
        rows = odoo.search_read(RECORDING, domain, ["filename", "size", "checksum"])
        kept = [(str(row["filename"]), int(row["size"]), str(row["checksum"])) for row in rows]
        names = [name.removesuffix(".wav") for name in made]
        known = odoo.search_read(CHANNEL, [["uniqueid", "in", names]], ["uniqueid"])
        return faults(made, kept, self._there(), {str(row["uniqueid"]) for row in known})

    def wait_kept(self, odoo: OdooRpc, timeout_s: float) -> None:
        """Wait until nothing is wrong, or so long: the comparison tells what is."""
        with suppress(NotReadyError):
            wait_until(lambda: not self.unlike(odoo), "the recordings in Odoo", timeout_s)

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_S):
            self._look()

    def _look(self) -> None:
        for name in self._there() - self._before:
            with suppress(FileExistsError, FileNotFoundError):
                os.link(self._folder / name, self._own / name)

    def _there(self) -> set[str]:
        return {path.name for path in self._folder.glob("*.wav")}


def faults(
    made: Mapping[str, Content],
    kept: Sequence[tuple[str, int, str]],
    there: Collection[str],
    known: Collection[str],
) -> list[str]:
    """Return what is wrong: each file made must be kept once, as it is. One that is still `there`
    may wait, if Odoo does not know its channel.
    """
    found = []
    for name, content in sorted(made.items()):
        same = [row[1:] for row in kept if row[0] == name]
        if not same and (name not in there or name.removesuffix(".wav") in known):
            found.append(f"{name}: not in Odoo")
        elif len(same) > 1:
            found.append(f"{name}: {len(same)} of it in Odoo")
        elif same and same[0] != content:
            found.append(f"{name}: another content in Odoo")
    return found
