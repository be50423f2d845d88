"""Which recording is brought over next, and what becomes of its file. One thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import (
    AgentError,
    OdooUnreachableError,
    RecordingError,
    RecordingGoneError,
)
from asterisk_agent.recordings.audio import Audio, audio_of
from asterisk_agent.recordings.encoder import Encoder
from asterisk_agent.recordings.folder import Look, RecordingFolder, is_written, look_of
from asterisk_agent.recordings.notes import Note, Notes, stem_of
from asterisk_agent.recordings.upload import (
    DONE,
    VOICEMAIL,
    WANTED,
    Offer,
    Uplink,
    sha256_of,
    upload,
)

_log = logging.getLogger(__name__)

#: Where the system does not say who writes: so long must a file stay as it is.
QUIET_S = 10.0
#: The head of a WAV file is written last: one that never was, was cut off with Asterisk.
CUT_OFF_S = 30.0
#: What a post-command should have made another of, and has not: it failed.
POST_COMMAND_S = 3600.0
FIRST_TRY_S, LAST_TRY_S = 1.0, 60.0
#: pbx's names of channels: [<systemname>-]<seconds>.<number> (channel.c).
_UNIQUEID = re.compile(r"\d{9,11}\.\d+")
#: So many does Odoo look for.
MAX_UNIQUEIDS = 10


@dataclass
class _Seen:
    """A file between two looks."""

    look: Look
    since: float
    due: float = 0.0
    backoff: Backoff = field(default_factory=lambda: Backoff(first_s=FIRST_TRY_S, cap_s=LAST_TRY_S))
    why: str = ""
    sha256: str = ""


def _here(work: Callable[..., Any], *args: Any) -> Any:
    return work(*args)


class Collector:
    """Looks through the folder when asked. ``aside`` runs what takes the processor for long.

    ``done`` counts what Odoo has got from us. ``made`` is what MixMonitor's post-command makes of
    a recording, as "mp3": other files are left to it.
    """

    def __init__(
        self,
        folder: RecordingFolder,
        notes: Notes,
        uplink: Uplink,
        clock: Clock,
        *,
        keep: bool = False,
        aside: Callable[..., Any] = _here,
        encoder: Encoder | None = None,
        made: str = "",
    ) -> None:
        self._folder, self._notes, self._uplink = folder, notes, uplink
        self._clock, self._keep, self._aside = clock, keep, aside
        self._encoder, self._made = encoder, made.lower()
        self._seen: dict[str, _Seen] = {}
        self.done = 0

    def note(self, notes: Sequence[Note]) -> None:
        """Take what Asterisk said of recordings; no try of theirs is put off any longer."""
        self._notes.add(notes)

    def due(self) -> list[str]:
        """List what may be brought over now, the oldest first; look at every file once."""
        now, names = self._clock.monotonic(), self._folder.names()
        for name in set(self._seen) - set(names):
            del self._seen[name]
        ready = []
        for name in names:
            try:
                if (at := self._look(name, now)) is not None:
                    ready.append((at, name))
            except RecordingError as exc:
                _log.debug("%s: %s", name, exc)
        return [name for _, name in sorted(ready)]

    def take(self, name: str) -> bool:
        """Bring a file over and remove it here. Return False when Odoo can't be reached at all."""
        seen = self._seen.get(name)
        try:
            done = self.bring(name)
        except AgentError as exc:
            self._put_off(name, seen, f"{exc.code}: {exc}")
            return not isinstance(exc, OdooUnreachableError)
        if not done:
            self._put_off(name, seen, "Odoo knows no call of it, or it went on")
        return True

    def bring(self, name: str) -> bool:
        """Bring a file over and remove it here. Raise ``AgentError``."""
        offer = None
        with self._folder.open(name) as file:
            look = look_of(file.fileno())
            audio = audio_of(file, look.size)
            if not audio.is_empty:
                offer = self._offer(name, file, look, audio)
                if not self._send(file, offer, audio):
                    return False
                self.done += 1
                _log.info("recording %s is in Odoo", name)
        if not self._settle(name, look):
            # It went on meanwhile (MixMonitor's option a): what it is now comes next.
            return False
        self._settle_sources(name)
        if self._encoder and offer:
            self._encoder.drop(offer.sha256)
        return True

    def _settle(self, name: str, look: Look) -> bool:
        """Remove what is in Odoo, or note it; False when it is another by now."""
        if self._keep:
            self._notes.keep(name, look)
            return True
        return self._folder.remove(name, look)

    def _settle_sources(self, name: str) -> None:
        """Let what a post-command has made the recording of go with it."""
        if not self._made or self._is_source(name):
            return
        for other in self._folder.names():
            if self._is_source(other) and stem_of(other) == stem_of(name):
                # The command may remove it just now.
                with suppress(RecordingGoneError):
                    with self._folder.open(other) as file:
                        look = look_of(file.fileno())
                    self._settle(other, look)

    def _is_source(self, name: str) -> bool:
        return bool(self._made) and not name.lower().endswith(f".{self._made}")

    def _send(self, file: BinaryIO, offer: Offer, audio: Audio) -> bool:
        """Bring it over, as a smaller file where that is wanted and can be made."""
        encoder = self._encoder
        wav = audio.is_whole and audio.duration_s is not None
        if encoder is None or not wav or not encoder.takes(offer.filename):
            return upload(file, offer, self._uplink)
        # As it is it may be there from a try that could not make another; or there is no call.
        state = self._uplink.begin(offer).state
        if state != WANTED:
            return state == DONE
        path = encoder.made_of(file, offer.sha256)
        if path is None:
            return upload(file, offer, self._uplink)
        with path.open("rb") as smaller:
            sha256 = str(self._aside(sha256_of, smaller))
            name, size = encoder.name_of(offer.filename), path.stat().st_size
            other = replace(offer, filename=name, size=size, sha256=sha256)
            return upload(smaller, other, self._uplink)

    def ask(self, name: str) -> str:
        """Ask Odoo what it has of a file: ``done``, ``wanted``, ``no_call``."""
        with self._folder.open(name) as file:
            look = look_of(file.fileno())
            offer = self._offer(name, file, look, audio_of(file, look.size))
        return self._uplink.begin(offer).state if look.size else "wanted"

    def _look(self, name: str, now: float) -> int | None:
        """Return when a file was last written, if it may go now."""
        with self._folder.open(name) as file:
            look, written = look_of(file.fileno()), is_written(file.fileno())
            seen = self._seen.get(name)
            if seen is None or seen.look != look:
                seen = self._seen[name] = _Seen(look, now)
            if written or now < seen.due or self._is_foreign(name, look):
                return None
            whole = audio_of(file, look.size).is_whole
        needed_s = (QUIET_S if written is None else 0.0) if whole else CUT_OFF_S
        if self._is_source(name):
            needed_s = POST_COMMAND_S
        return look.mtime_ns if now - seen.since >= needed_s else None

    def _is_foreign(self, name: str, look: Look) -> bool:
        """Tell whether a file is none of ours: older than we are, without a call, or kept here."""
        if self._notes.of(name) is not None or self._notes.message_of(name) is not None:
            return self._keep and self._notes.is_kept(name, look)
        old = look.mtime_ns < self._notes.since * 1e9
        return old or not uniqueids_in(name) or (self._keep and self._notes.is_kept(name, look))

    def _offer(self, name: str, file: BinaryIO, look: Look, audio: Audio) -> Offer:
        note = self._notes.of(name)
        message = self._notes.message_of(name)
        offer = Offer(
            filename=name,
            sha256=self._digest(name, file, look),
            size=look.size,
            duration=audio.duration_s,
            started=look.mtime_ns / 1e9 - (audio.duration_s or 0.0),
            linkedid=note.linkedid if note else "",
            uniqueids=(note.uniqueid,) if note and note.uniqueid else uniqueids_in(name),
        )
        if message is None:
            return offer
        channel, at = message
        return replace(offer, uniqueids=(), kind=VOICEMAIL, channel=channel, started=at)

    def _digest(self, name: str, file: BinaryIO, look: Look) -> str:
        """Return the checksum; of a file that waits and stays as it is, the one found before."""
        seen = self._seen.get(name)
        if seen is not None and seen.look == look and seen.sha256:
            return seen.sha256
        found = str(self._aside(sha256_of, file))
        if seen is not None and seen.look == look:
            seen.sha256 = found
        return found

    def _put_off(self, name: str, seen: _Seen | None, why: str) -> None:
        if seen is None:
            return
        if why != seen.why:
            _log.info("recording %s waits: %s", name, why)
        seen.why = why
        seen.due = self._clock.monotonic() + seen.backoff.next_s()


def uniqueids_in(name: str) -> tuple[str, ...]:
    """Return what in a file's name may be a channel's Uniqueid. Its folders do not count."""
    stem = stem_of(name).rpartition("/")[2]
    found: list[str] = []
    for match in _UNIQUEID.finditer(stem):
        # What stands before may be Asterisk's systemname, or a dialplan's word, or both.
        words = stem[: match.start()].split("-")
        starts = range(len(words) if not words[-1] else 0)
        found += ["-".join((*words[n:-1], match.group())) for n in starts] or [match.group()]
    return tuple(dict.fromkeys(found))[:MAX_UNIQUEIDS]
