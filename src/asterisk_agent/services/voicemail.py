"""Voicemail in the agent: when the mailboxes are looked at, and whose the messages are."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asterisk_agent.core.clock import Clock
from asterisk_agent.core.errors import RecordingError, RecordingGoneError
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.recordings.folder import RecordingFolder
from asterisk_agent.recordings.mailboxes import Mailboxes, Message
from asterisk_agent.recordings.notes import Notes

_log = logging.getLogger("asterisk_agent.recordings")

#: app_voicemail.c sets it on the channel when the message lies in the mailbox.
EVENT, VARIABLE = "VarSet", "VMSTATUS"
LINE = f"Variable: {VARIABLE}"
#: Without being told, as after a time without Asterisk: so often the mailboxes are looked at.
LOOK_EVERY_S = 60.0
#: An older message that we never saw stays unseen; notes are kept longer than that.
LOOK_BACK_S = 7 * 86_400.0


READ_CURE = "put the agent's user into Asterisk's group, and let the group read the mailboxes"


class Trouble:
    """Says at warning level what is wrong, once: again when it is something else, or came back."""

    def __init__(self) -> None:
        self._said = ""

    def is_now(self, text: str) -> None:
        """Say what is wrong now; empty: nothing is."""
        if text and text != self._said:
            _log.warning("%s", text)
        self._said = text


class Voicemail:
    """Copies new messages into a folder of the agent's own, from which a collector takes them."""

    def __init__(self, mailboxes: Mailboxes, copies: Path, notes: Notes, clock: Clock) -> None:
        self._mailboxes, self._copies = mailboxes, copies
        self._notes, self._clock = notes, clock
        self._due = 0.0
        self._trouble, self._found = Trouble(), ""

    @property
    def copies(self) -> RecordingFolder:
        """Name the folder of what waits for Odoo."""
        return RecordingFolder(self._copies)

    def wake(self) -> None:
        """Look at the next ``look``: somebody left a message."""
        self._due = 0.0

    def look(self) -> None:
        """Copy what is new, if it is time; tell once what can't be. Raise ``SpoolError``."""
        now = self._clock.monotonic()
        if now < self._due:
            return
        self._due = now + LOOK_EVERY_S
        self._found = ""
        since = max(self._notes.since, self._clock.time() - LOOK_BACK_S)
        try:
            for message in self._mailboxes.messages(since, self._not_read):
                if self._notes.message_of(message.name) is None:
                    self._take(message)
        except RecordingError as exc:
            self._not_read("mailboxes", exc)
        self._trouble.is_now(self._found)

    def _take(self, message: Message) -> None:
        try:
            self._mailboxes.copy(message, self._copies / message.name)
        except RecordingGoneError:
            self.wake()
            return
        except RecordingError as exc:
            self._found = f"{exc.code}: {exc}; is there room in {self._copies}?"
            return
        self._notes.add_message(message.name, message.channel, message.at)

    def _not_read(self, source: str, exc: RecordingError) -> None:
        self._found = f"{exc.code}: {source} can't be read: {exc}; {READ_CURE}"


def tells_of_message(event: Mapping[str, Any]) -> bool:
    """Tell whether an event says that a message was left."""
    return event["Event"] == EVENT and event.get("Variable") == VARIABLE


def voicemail_of(settings: Settings, notes: Notes, clock: Clock) -> Voicemail | None:
    """Make the part, if messages are wanted and there is what it needs."""
    folder = RecordingFolder(settings.voicemail_folder)
    if not settings.recordings_voicemail:
        return None
    if not folder.exists():
        if settings.voicemail_folder.exists() or "voicemail_folder" in settings.model_fields_set:
            Trouble().is_now(f"{settings.voicemail_folder} can't be read; {READ_CURE}")
        return None
    copies = state_folder(settings) / "voicemail"
    try:
        copies.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        problem = RecordingError(f"messages stay in their mailboxes: {copies}: {exc.strerror}")
        _log.warning("%s: %s", problem.code, problem)
        return None
    return Voicemail(Mailboxes(folder), copies, notes, clock)
