"""Errors of recordings."""

from __future__ import annotations

from asterisk_agent.core.errors.base import AgentError


class RecordingError(AgentError):
    """A recording, or the folder of recordings, can't be read; tried again."""

    code = "recording.error"
    retryable = True
    exit_code = 74


class RecordingGoneError(RecordingError):
    """A recording, or a message in a mailbox, is not there any more: removed, or moved."""

    code = "recording.gone"


class RecordingNameError(RecordingError):
    """A name leads out of the folder of recordings, or to no file."""

    code = "recording.name"
    retryable = False
    exit_code = 65


class RecordingRefusedError(RecordingError):
    """Odoo has not kept a recording that was brought to it; the file stays, tried again."""

    code = "recording.refused"
    exit_code = 75


class RecordingEncoderError(RecordingError):
    """A recording can't be made smaller; it goes over as it is."""

    code = "recording.encoder"
    exit_code = 70
