"""Bring one recording into Odoo in pieces: whatever breaks, the next try goes on from there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from asterisk_agent.core.errors import RecordingRefusedError

#: nginx takes no larger body unless it is told to (client_max_body_size, 1m).
PIECE_BYTES = 1 << 20
#: A piece may be refused because Odoo has another offset: then it is asked anew.
MAX_TURNS = 5

#: What a recording is of: a call, or a message left in a mailbox.
CALL, VOICEMAIL = "call", "voicemail"
DONE, WANTED, NO_CALL = "done", "wanted", "no_call"


@dataclass(frozen=True)
class Offer:
    """One recording, as Odoo is told of it. ``started`` is in Unix seconds.

    Of a message the channel's name is known, which was its own at that moment only.
    """

    filename: str
    sha256: str
    size: int
    duration: float | None
    started: float
    linkedid: str
    uniqueids: tuple[str, ...]
    kind: str = CALL
    channel: str = ""


@dataclass(frozen=True)
class Answer:
    """What Odoo has of it: ``offset`` bytes when it is wanted."""

    state: Literal["done", "wanted", "no_call"]
    offset: int = 0


class Uplink(Protocol):
    """What this needs of Odoo. All raise ``OdooError``."""

    def begin(self, offer: Offer) -> Answer:
        """Ask what Odoo has of a recording."""

    def send(self, offer: Offer, offset: int, piece: bytes) -> int:
        """Send a piece; return how much Odoo has now."""

    def finish(self, offer: Offer) -> None:
        """Let Odoo compare the checksum, and keep the recording."""


def sha256_of(file: BinaryIO) -> str:
    """Return the checksum of an open file, in constant memory."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def upload(file: BinaryIO, offer: Offer, uplink: Uplink) -> bool:
    """Bring a file over. Return False when Odoo knows no call of it, yet.

    True means that a second look, after the one that kept it, found it in Odoo with this size and
    checksum: then it is committed. Raise ``OdooError``, ``RecordingRefusedError``.
    """
    for _ in range(MAX_TURNS):
        answer = uplink.begin(offer)
        if answer.state != WANTED:
            return answer.state == DONE
        if _send_rest(file, offer, uplink, answer.offset):
            uplink.finish(offer)
    raise RecordingRefusedError("Odoo does not keep the recording")


def _send_rest(file: BinaryIO, offer: Offer, uplink: Uplink, offset: int) -> bool:
    while offset < offer.size:
        file.seek(offset)
        piece = file.read(min(PIECE_BYTES, offer.size - offset))
        there = uplink.send(offer, offset, piece) if piece else offset
        if there != offset + len(piece) or not piece:
            return False
        offset = there
    return offset == offer.size
