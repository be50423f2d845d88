"""``asterisk-agent recordings``: what lies in the folder, and what Odoo has of it."""

from __future__ import annotations

import click

from asterisk_agent.cli.output import print_json, print_table
from asterisk_agent.core.clock import SystemClock
from asterisk_agent.core.errors import AgentError, RecordingError
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.settings import Settings
from asterisk_agent.recordings.collector import Collector
from asterisk_agent.recordings.folder import RecordingFolder, is_written, look_of
from asterisk_agent.recordings.mailboxes import Mailboxes
from asterisk_agent.services.clients import odoo_client
from asterisk_agent.services.recordings import (
    LITTLE_ROOM_BYTES,
    OdooUplink,
    encoder_of,
    folder_of,
    open_notes,
)
from asterisk_agent.services.voicemail import READ_CURE

_WORDS = {"done": "in Odoo", "wanted": "not in Odoo", "no_call": "Odoo knows no call of it"}


def show(settings: Settings, *, as_json: bool, verify: bool = False) -> None:
    """Print the files; with ``verify`` ask Odoo about each. Raise ``AgentError``."""
    folder = _folder(settings)
    collector = _collector(settings, folder)
    rows = [_row(folder, name) for name in folder.names()]
    if verify:
        for row in rows:
            row["state"] = _WORDS[collector.ask(str(row["name"]))]
    if as_json:
        print_json(rows)
        return
    heads = ("name", "size", "state")
    print_table(heads, [[row[head] for head in heads] for row in rows])


def upload(settings: Settings, name: str) -> None:
    """Bring one file over, whatever its age. Raise ``AgentError``."""
    folder = _folder(settings)
    if not _collector(settings, folder).bring(folder.name_of(name)):
        raise RecordingError("Odoo knows no call of that recording, or somebody writes it")
    click.echo(f"{escape_control(name)} is in Odoo")


def look(settings: Settings) -> str:
    """Tell how the folder stands. Raise ``RecordingError`` for what would go wrong."""
    if not settings.recordings_enabled:
        return "left alone (RECORDINGS_ENABLED)"
    told = settings.recordings_folder
    if not folder_of(settings).exists() and "recordings_folder" not in settings.model_fields_set:
        return f"none: there is no folder {told} to be read here"
    folder = _folder(settings)
    if closed := folder.unreadable():
        raise RecordingError(
            f"{len(closed)} files in {told} can't be read, one is {closed[0]}",
            "put the agent's user into Asterisk's group, and let the group read them",
        )
    if not settings.recordings_keep and (fixed := folder.fixed()):
        raise RecordingError(
            f"nothing can be removed from {told / fixed[0]}: recordings would stay on the disk",
            "let the agent's user write that folder, or set RECORDINGS_KEEP=yes",
        )
    room = folder.free_bytes()
    if room < LITTLE_ROOM_BYTES:
        raise RecordingError(
            f"the disk of {told} has {room >> 20} MB left", "make room: recordings will be cut off"
        )
    return f"{told}: {len(folder.names())} files wait, {room >> 30} GB are free"


def look_at_mailboxes(settings: Settings) -> str:
    """Tell how the mailboxes stand. Raise ``RecordingError`` for messages that would not come."""
    told = settings.voicemail_folder
    if not (settings.recordings_enabled and settings.recordings_voicemail):
        return "left alone (RECORDINGS_VOICEMAIL)"
    if not told.exists() and "voicemail_folder" not in settings.model_fields_set:
        return f"none: there is no folder {told}"
    folder = RecordingFolder(told)
    if not folder.exists():
        raise RecordingError(f"{told} can't be read", READ_CURE)
    found: list[str] = []
    messages = Mailboxes(folder).messages(0.0, lambda source, _exc: found.append(source))
    if closed := sorted({*found, *folder.unreadable()}):
        raise RecordingError(
            f"{len(closed)} messages in {told} can't be read, one is {closed[0]}", READ_CURE
        )
    return f"{told}: {len(messages)} messages"


def _folder(settings: Settings) -> RecordingFolder:
    folder = folder_of(settings)
    if not folder.exists():
        raise RecordingError(
            f"there is no folder {settings.recordings_folder} to be read here",
            "set RECORDINGS_FOLDER, and let the agent's user read and write it",
        )
    return folder


def _collector(settings: Settings, folder: RecordingFolder) -> Collector:
    clock = SystemClock()
    uplink = OdooUplink(odoo_client(settings))
    notes = open_notes(settings, clock)
    encoder = encoder_of(settings, lambda work, *args: work(*args))
    keep = settings.recordings_keep
    made = settings.recordings_post_command
    return Collector(folder, notes, uplink, clock, keep=keep, encoder=encoder, made=made)


def _row(folder: RecordingFolder, name: str) -> dict[str, object]:
    try:
        with folder.open(name) as file:
            state = "being written" if is_written(file.fileno()) else "waits"
            return {"name": name, "size": look_of(file.fileno()).size, "state": state}
    except AgentError as exc:
        return {"name": name, "size": 0, "state": str(exc)}
