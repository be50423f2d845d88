"""Messages that callers left in Asterisk's mailboxes: what they are, and a copy of each.

A message is its mailbox's: it is heard, renumbered, moved and deleted there. So it is copied at
once, the copy is brought over, and what lies in the mailbox is never touched.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from asterisk_agent.core.errors import RecordingError, RecordingGoneError
from asterisk_agent.recordings.folder import RecordingFolder, look_of

#: context/mailbox/folder/msgNNNN.format; what is being spoken lies in "tmp" (app_voicemail.c).
_MESSAGE = re.compile(r"[^/]+/[^/]+/(?!tmp/)[^/]+/msg\d{4,}\.\w+", re.ASCII)
_MAX_TEXT = 8192
_PIECE = 1 << 20


class Message(NamedTuple):
    """One message: ``name`` is our copy's, the same wherever it is moved to; ``source`` where it
    lies now. ``channel`` left it, ``at`` Unix seconds.
    """

    name: str
    source: str
    channel: str
    at: float


class Mailboxes:
    """Asterisk's folder of voicemail, read only."""

    def __init__(self, folder: RecordingFolder) -> None:
        self._folder = folder

    def messages(
        self, since: float, trouble: Callable[[str, RecordingError], None]
    ) -> list[Message]:
        """List the messages left since then (Unix seconds), each once; tell of what can't be read.

        One for several mailboxes, or forwarded, lies in each of them. Raise ``RecordingError`` when
        the folder can't be listed.
        """
        found: dict[str, Message] = {}
        for source in self._sources():
            try:
                message = self._read(source, since)
            except RecordingGoneError:
                # Where it is now, it is found next time.
                continue
            except RecordingError as exc:
                trouble(source, exc)
                continue
            if message is not None:
                found.setdefault(message.name, message)
        return list(found.values())

    def copy(self, message: Message, target: Path) -> None:
        """Copy a message; the copy is there as a whole or not at all. Raise ``RecordingError``."""
        new = target.with_name(".new")
        try:
            with self._folder.open(message.source) as file:
                _write(file, new)
            # Another one is given its number only when its text is gone, too.
            if self._read(message.source, 0.0) != message:
                raise RecordingGoneError("the message was moved meanwhile")
            new.rename(target)
        except OSError as exc:
            raise RecordingError(f"a message can't be copied: {exc.strerror}") from None

    def _sources(self) -> Iterator[str]:
        """Name the best file of each message: voicemail.conf may want it in several formats."""
        formats: dict[str, list[str]] = {}
        for name in self._folder.names():
            if _MESSAGE.fullmatch(name):
                formats.setdefault(name.rpartition(".")[0], []).append(name)
        for names in formats.values():
            yield min(names, key=lambda name: (not name.endswith(".wav"), name))

    def _read(self, source: str, since: float) -> Message | None:
        stem, _, extension = source.rpartition(".")
        # The text is given its name last: with it there is a whole message.
        with self._folder.open(f"{stem}.txt") as file:
            if look_of(file.fileno()).mtime_ns < since * 1e9:
                return None
            told = facts_of(file.read(_MAX_TEXT).decode("utf-8", "replace"))
        channel, at = told.get("callerchan", ""), told.get("origtime", "")
        if not channel or not re.fullmatch(r"\d{9,11}", at, re.ASCII) or float(at) < since:
            return None
        box = re.sub(r"[^A-Za-z0-9_-]", "_", told.get("origmailbox", ""))[:40]
        digest = hashlib.sha256(channel.encode()).hexdigest()[:8]
        return Message(f"voicemail-{box}-{at}-{digest}.{extension}", source, channel, float(at))


def facts_of(text: str) -> dict[str, str]:
    """Read a message's text file.

    In the middle stands ``callerid=``, which the caller chooses and may have broken into lines:
    what comes before is taken where it first stands, the time, which comes behind, where it last
    does (app_voicemail.c: leave_voicemail).
    """
    pairs = [(key, value) for key, is_pair, value in _split(text) if is_pair]
    return {**dict(pairs), **{k: v for k, v in reversed(pairs) if k != "origtime"}}


def _write(file: BinaryIO, path: Path) -> None:
    with open(path, "wb", opener=_private) as copy:
        while piece := file.read(_PIECE):
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())


def _split(text: str) -> Iterator[tuple[str, str, str]]:
    for line in text.split("\n"):
        yield line.partition("=")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
