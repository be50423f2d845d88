"""Recordings made smaller before they go over. The WAV stays as it is until Odoo has the other."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from asterisk_agent.core.errors import RecordingEncoderError

_log = logging.getLogger(__name__)

#: 100 MB (1 h 49 min of sound) took half a minute; what takes this long hangs.
TIMEOUT_S = 1800.0
#: Only what is surely a WAV file is touched.
ENDS = ".wav"
_MODULE = "asterisk_agent.recordings.transcode"


class Encoder:
    """Makes files of one kind below ``folder``; each stays until it is dropped.

    An agent that was killed goes on with the same bytes: an encoder need not make them twice.
    """

    def __init__(self, kind: str, folder: Path, aside: Callable[..., int]) -> None:
        self._kind, self._folder, self._aside = kind, folder, aside
        self._told = False

    def name_of(self, name: str) -> str:
        """Return how the recording is called then."""
        return f"{name[: -len(ENDS)]}.{self._kind}"

    def takes(self, name: str) -> bool:
        """Tell whether it makes another of this file."""
        return name.lower().endswith(ENDS)

    def made_of(self, file: BinaryIO, sha256: str) -> Path | None:
        """Return the smaller one of an open WAV file; None when it can't be made, told once."""
        path = self._path(sha256)
        try:
            if not path.exists():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._make(file, path)
        except (OSError, RecordingEncoderError) as exc:
            if not self._told:
                _log.warning("recordings go over as they are, no %s of them: %s", self._kind, exc)
            self._told = True
            return None
        self._told = False
        return path

    def drop(self, sha256: str) -> None:
        """Forget the smaller one: the recording is in Odoo, and its WAV is gone."""
        with suppress(OSError):
            self._path(sha256).unlink()

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.{self._kind}"

    def _make(self, file: BinaryIO, path: Path) -> None:
        new = path.with_name(f".new.{self._kind}")
        file.seek(0)
        status = self._aside(_run, [self._kind, str(new)], file.fileno())
        if status:
            raise RecordingEncoderError(f"the encoder ended with status {status}")
        with new.open("rb") as made:
            os.fsync(made.fileno())
        new.rename(path)


def _run(args: list[str], descriptor: int) -> int:
    """Run the encoder on an open file; return its status. Raise ``RecordingEncoderError``."""
    try:
        return subprocess.run(
            [sys.executable, "-m", _MODULE, *args],
            stdin=descriptor,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        ).returncode
    except Exception as exc:
        # Eventlet's Popen raises the class of its own copy of subprocess: the name is the same.
        if type(exc).__name__ != "TimeoutExpired":
            raise
        raise RecordingEncoderError(f"the encoder did not end within {TIMEOUT_S:g} s") from exc
