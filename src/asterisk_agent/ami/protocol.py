"""The wire of Asterisk's manager interface: bytes in, messages out. No socket, no clock.

However the bytes are cut into reads, the messages are the same. An event's name is looked at
first, and only what is wanted is decoded: most of what a busy Asterisk says is not wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from asterisk_agent.ami.block import MAX_BLOCK_BYTES, Rejection, parse_event, parse_response
from asterisk_agent.ami.message import Banner, Message
from asterisk_agent.ami.stamp import Stamp
from asterisk_agent.core.errors import AmiRemoteError

#: manager.c: "Asterisk Call Manager/%s\r\n"; one line, one CRLF, of some 30 bytes.
BANNER_START = b"Asterisk Call Manager/"
MAX_BANNER_BYTES = 128

_END = b"\r\n\r\n"
_EVENT = b"Event: "
_RESPONSE = b"Response: "
_PRIVILEGE = b"Privilege: "


#: Names of events, or names and lines of which an event must have one; ``None`` is every event.
Wanted = Iterable[str] | Mapping[str, Sequence[str]] | None


def kept(wanted: Wanted) -> Wanted:
    """Return a copy: the caller's may be an iterator, or change."""
    if wanted is None:
        return None
    return dict(wanted) if isinstance(wanted, Mapping) else frozenset(wanted)


#: The beginning of a line up to its value, its length, and the beginnings of the values.
_Texts = tuple[bytes, int, tuple[bytes, ...]]


def _by_header(lines: Sequence[str]) -> list[_Texts]:
    values: dict[str, list[bytes]] = {}
    for line in lines:
        header, colon, value = line.partition(": ")
        values.setdefault(f"\r\n{header}{colon}", []).append(value.encode())
    return [(start.encode(), len(start), tuple(texts)) for start, texts in values.items()]


def _has_one(block: bytes, texts: list[_Texts]) -> bool:
    """Tell whether one of the lines is there; of a header that is repeated the first counts.

    (A condition that asks for a text is true of no header that came twice: that one is a list.)
    """
    for start, length, values in texts:
        at = block.find(start)
        if at >= 0 and block.startswith(values, at + length):
            return True
    return False


class AMIProtocol:
    """The client's side of one connection. Make a new one for a new connection.

    ``wanted`` are the names of the events to parse; ``None`` means all. Items of a list that an
    action asked for (they have no ``Privilege``) and responses always come through.
    ``skipped`` counts events that were not wanted, ``rejected`` blocks that Asterisk can't have
    meant, by reason.
    """

    def __init__(self, wanted: Wanted = None) -> None:
        self.skipped = 0
        self.rejected: Counter[str] = Counter()
        self._wanted: dict[bytes, list[_Texts]] | None = None
        self._buffer = bytearray()
        self._scanned = 0
        self._banner_seen = False
        self._stamp = Stamp()
        self.set_wanted(wanted)

    def __repr__(self) -> str:
        state = "open" if self._banner_seen else "expects the banner"
        return f"<AMIProtocol {state}, {len(self._buffer)} bytes buffered>"

    def set_wanted(self, wanted: Wanted) -> None:
        """Say which events to parse from now on; ``None`` means all.

        A mapping of names tells lines too: only events with one that begins so are parsed.
        """
        if wanted is None:
            self._wanted = None
            return
        lines = wanted if isinstance(wanted, Mapping) else dict.fromkeys(wanted, ())
        self._wanted = {name.encode(): _by_header(lines[name]) for name in lines}

    def receive_data(self, data: bytes) -> list[Message]:
        """Take what was read and return the messages that it completes, in order.

        Raise ``AmiRemoteError`` when the other side does not speak AMI: no banner, or a block that
        never ends. The connection is of no use after that.
        """
        self._buffer += data
        messages: list[Message] = []
        if not self._banner_seen and not self._take_banner(messages):
            return messages
        if self._buffer.find(_END, self._scanned) < 0:
            # The delimiter may be cut: its first three bytes can be the last ones of this read.
            self._scanned = max(0, len(self._buffer) - len(_END) + 1)
            self._check_block_size()
            return messages
        *blocks, rest = bytes(self._buffer).split(_END)
        self._buffer[:] = rest
        self._scanned = 0
        self._take_blocks(blocks, messages)
        self._check_block_size()
        return messages

    def _take_banner(self, messages: list[Message]) -> bool:
        line, end, rest = self._buffer.partition(b"\r\n")
        expected = BANNER_START if end else BANNER_START[: len(line)]
        if not line.startswith(expected) or len(line) > MAX_BANNER_BYTES:
            raise AmiRemoteError(
                "no Asterisk manager interface answers there",
                "look at ASTERISK_AMI_HOST, ASTERISK_AMI_PORT and ASTERISK_AMI_TLS",
            )
        if not end:
            return False
        self._buffer[:] = rest
        self._banner_seen = True
        messages.append(Banner(line[len(BANNER_START) :].decode("utf-8", "replace")))
        return True

    def _take_blocks(self, blocks: list[bytes], messages: list[Message]) -> None:
        """Take complete blocks. The hot path: what is not wanted costs three looks at its bytes."""
        wanted, stamp, skipped = self._wanted, self._stamp, 0
        for block in blocks:
            if not block.startswith(_EVENT):
                self._take_other(block, messages)
                continue
            end = block.find(b"\r\n")
            solicited = not block.startswith(_PRIVILEGE, end + 2)
            if stamp.looks and not solicited:
                stamp.look(block)
            if wanted is not None and not solicited:
                texts = wanted.get(block[7:end])
                if texts is None or (texts and not _has_one(block, texts)):
                    skipped += 1
                    continue
            if not (solicited or stamp.fits(block)):
                self.rejected["stamp"] += 1
                continue
            try:
                messages.append(parse_event(block, solicited=solicited))
            except Rejection as rejection:
                self.rejected[rejection.reason] += 1
        self.skipped += skipped

    def _take_other(self, block: bytes, messages: list[Message]) -> None:
        if block.startswith(b"\r\n"):
            # TestEvent is followed by a stray CRLF (manager.c), which then heads the next block;
            # one at most, because two are a delimiter.
            self._take_blocks([block[2:]], messages)
        elif block.startswith(_RESPONSE):
            try:
                messages.append(parse_response(block))
            except Rejection as rejection:
                self.rejected[rejection.reason] += 1
        elif block:
            self.rejected["start"] += 1

    def _check_block_size(self) -> None:
        if len(self._buffer) > MAX_BLOCK_BYTES:
            raise AmiRemoteError(f"Asterisk sent a message of more than {MAX_BLOCK_BYTES} bytes")
