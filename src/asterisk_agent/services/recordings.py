"""Recordings in the agent: notes from Asterisk's events, and a worker that brings files over."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import AgentError, RecordingError, RecordingNameError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.recordings import OdooRecordings
from asterisk_agent.recordings.collector import Collector
from asterisk_agent.recordings.encoder import Encoder
from asterisk_agent.recordings.folder import RecordingFolder, look_of
from asterisk_agent.recordings.notes import Note, Notes, stem_of
from asterisk_agent.recordings.upload import Answer, Offer
from asterisk_agent.services.green import offload
from asterisk_agent.services.voicemail import LINE as VOICEMAIL_LINE
from asterisk_agent.services.voicemail import Trouble, Voicemail, tells_of_message, voicemail_of

_log = logging.getLogger("asterisk_agent.recordings")

#: app_mixmonitor.c sets it on the channel, with the whole path, when a recording begins.
EVENT, LINE = "VarSet", "Variable: MIXMONITOR_FILENAME"
VARIABLE = "MIXMONITOR_FILENAME"
LOOK_EVERY_S = 2.0
#: Files in a row before the folder is looked at again.
MAX_IN_A_ROW = 50
MAX_NOTES = 100_000
#: With less room than that Asterisk will soon lose recordings.
LITTLE_ROOM_BYTES = 1 << 30
#: What a reply to Odoo may hold of a file.
MAX_REPLY_BYTES = 16 << 20
NOTES_FILE = "recordings.sqlite"


class OdooUplink:
    """The collector's way to Odoo."""

    def __init__(self, client: OdooClient) -> None:
        self._odoo = OdooRecordings(client)

    def begin(self, offer: Offer) -> Answer:
        """Ask what Odoo has of a recording."""
        state, offset = self._odoo.begin(_as_dict(offer))
        return Answer(state, offset)  # type: ignore[arg-type]  # its states were checked

    def send(self, offer: Offer, offset: int, piece: bytes) -> int:
        """Send a piece."""
        return self._odoo.send(offer.sha256, offer.size, offset, piece)

    def finish(self, offer: Offer) -> None:
        """Let Odoo keep it."""
        self._odoo.finish(_as_dict(offer))


def _as_dict(offer: Offer) -> dict[str, Any]:
    return {**vars(offer), "uniqueids": list(offer.uniqueids)}


def folder_of(settings: Settings) -> RecordingFolder:
    """Return the folder that the settings name."""
    return RecordingFolder(settings.recordings_folder, settings.recordings_told_folder)


def encoder_of(settings: Settings, aside: Callable[..., Any]) -> Encoder | None:
    """Return what makes recordings smaller, if the settings want it."""
    kind = settings.recordings_format
    if kind == "as-is":
        return None
    return Encoder(kind, state_folder(settings) / "encoded", aside)


def open_notes(settings: Settings, clock: Clock) -> Notes:
    """Open the notes; in memory where the agent has no folder of its own. Raise ``SpoolError``."""
    for path in (state_folder(settings) / NOTES_FILE, None):
        notes = Notes(path)
        try:
            notes.open(clock.time())
        except AgentError as exc:
            if path is None or "state_directory" in settings.model_fields_set:
                raise
            _log.debug("%s: %s", exc.code, exc)
        else:
            return notes
    raise AssertionError("memory can be opened")


class Recordings:
    """Hears, looks, brings over. ``hear`` is the reader's and never waits."""

    def __init__(self, settings: Settings, clock: Clock, client: OdooClient) -> None:
        self._folder = folder_of(settings)
        self._clock = clock
        self._settings = settings
        self._client = client
        self._heard: deque[Note] = deque(maxlen=MAX_NOTES)
        self._wanted: deque[str] = deque(maxlen=MAX_NOTES)
        self._wake = threading.Event()
        self._stopping = False
        self._short = False
        self._message_left = False
        self._trouble = Trouble()

    def __repr__(self) -> str:
        return f"<Recordings {self._folder!r}>"

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take notice of an event, if it tells of a recording."""
        if tells_of_message(event):
            self._message_left = True
            self._wake.set()
        if event["Event"] != EVENT or event.get("Variable") != VARIABLE:
            return
        try:
            name = self._folder.name_of(str(event.get("Value", "")))
        except RecordingNameError as exc:
            _log.warning("Asterisk records where we do not look: %s", exc)
            return
        ids = str(event.get("Uniqueid", "")), str(event.get("Linkedid", ""))
        self._heard.append(Note(stem_of(name), *ids, self._clock.time()))
        self._wake.set()

    def request(self, path: str, linkedid: str) -> None:
        """Bring a file over soon, as one of that call. Raise ``RecordingError``."""
        name = self._folder.name_of(path)
        with self._folder.open(name):
            pass
        if linkedid:
            self._heard.append(Note(stem_of(name), "", linkedid, self._clock.time()))
        self._wanted.append(name)
        self._wake.set()

    def read(self, path: str) -> bytes:
        """Return a file's content. Raise ``RecordingError``, also for one that is too large."""
        with self._folder.open(self._folder.name_of(path)) as file:
            if look_of(file.fileno()).size > MAX_REPLY_BYTES:
                raise RecordingError("the file is too large for a reply")
            return file.read(MAX_REPLY_BYTES)

    def delete(self, path: str) -> None:
        """Remove a file that nobody writes. Raise ``RecordingError``."""
        name = self._folder.name_of(path)
        with self._folder.open(name) as file:
            look = look_of(file.fileno())
        if not self._folder.remove(name, look):
            raise RecordingError("somebody writes the file")

    def run(self) -> None:
        """Work until ``stop``."""
        notes = offload(open_notes, self._settings, self._clock)
        keep = self._settings.recordings_keep
        uplink = OdooUplink(self._client)
        encoder = encoder_of(self._settings, offload)
        make = partial(Collector, aside=offload, encoder=encoder)
        made = self._settings.recordings_post_command
        collector = make(self._folder, notes, uplink, self._clock, keep=keep, made=made)
        voicemail = offload(voicemail_of, self._settings, notes, self._clock)
        copies = voicemail and make(voicemail.copies, notes, uplink, self._clock)
        _log.info("recordings are taken from %r", self._folder)
        try:
            while not self._stopping:
                self._turn(collector)
                if voicemail:
                    self._turn_of_messages(voicemail, copies)
                self._wake.wait(LOOK_EVERY_S)
                self._wake.clear()
        finally:
            notes.close()

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping = True
        self._wake.set()

    def _turn(self, collector: Collector) -> None:
        try:
            if heard := [self._heard.popleft() for _ in range(len(self._heard))]:
                offload(collector.note, heard)
            asked = [self._wanted.popleft() for _ in range(len(self._wanted))]
            names = offload(collector.due)
            self._look_at_room()
        except AgentError as exc:
            self._trouble.is_now(f"{exc.code}: recordings are not looked at: {exc}")
            return
        self._trouble.is_now("")
        for name in [*asked, *names][:MAX_IN_A_ROW]:
            if self._stopping or not collector.take(name):
                return
        if len(names) > MAX_IN_A_ROW:
            self._wake.set()

    def _turn_of_messages(self, voicemail: Voicemail, copies: Collector) -> None:
        try:
            if self._message_left:
                self._message_left = False
                voicemail.wake()
            offload(voicemail.look)
            names = offload(copies.due)
        except AgentError as exc:
            _log.debug("%s: %s", exc.code, exc)
            return
        for name in names[:MAX_IN_A_ROW]:
            if self._stopping or not copies.take(name):
                return

    def _look_at_room(self) -> None:
        short = self._folder.free_bytes() < LITTLE_ROOM_BYTES
        if short and not self._short:
            _log.warning("little room is left on the disk of %r", self._folder)
        self._short = short


def with_ours(wanted: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Given the events that are wanted, by name with their lines, add what we must hear."""
    ours = (LINE, VOICEMAIL_LINE)
    lines = wanted.get(EVENT, ours)
    return {**wanted, EVENT: tuple(sorted({*lines, *ours})) if lines else ()}


def recordings_of(settings: Settings, clock: Clock, client: OdooClient) -> Recordings | None:
    """Make the part, if recordings are wanted and their folder is here."""
    if not settings.recordings_enabled:
        return None
    if not folder_of(settings).exists():
        problem = RecordingError(f"there is no folder {settings.recordings_folder} to be read here")
        if "recordings_folder" in settings.model_fields_set:
            _log.warning("%s: %s", problem.code, problem)
        return None
    return Recordings(settings, clock, client)
