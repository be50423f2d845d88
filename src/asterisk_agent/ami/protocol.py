"""The wire of Asterisk's manager interface: bytes in, messages out. No socket, no clock.

However the bytes are cut into reads, the messages are the same. An event's name is looked at
first, and only what is wanted is decoded: most of what a busy Asterisk says is not wanted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from asterisk_agent.ami.block import MAX_BLOCK_BYTES, Rejection, parse_event, parse_response
from asterisk_agent.ami.message import Banner, Message
from asterisk_agent.core.errors import AmiRemoteError

#: manager.c: "Asterisk Call Manager/%s\r\n"; one line, one CRLF, of some 30 bytes.
BANNER_START = b"Asterisk Call Manager/"
MAX_BANNER_BYTES = 128

_END = b"\r\n\r\n"
_EVENT = b"Event: "
_RESPONSE = b"Response: "
_PRIVILEGE = b"Privilege: "


class AMIProtocol:
    """The client's side of one connection. Make a new one for a new connection.

    ``wanted`` are the names of the events to parse; ``None`` means all. Items of a list that an
    action asked for (they have no ``Privilege``) and responses always come through.
    ``skipped`` counts events that were not wanted, ``rejected`` blocks that Asterisk can't have
    meant, by reason.
    """

    def __init__(self, wanted: Iterable[str] | None = None) -> None:
        self.skipped = 0
        self.rejected: Counter[str] = Counter()
        self._wanted: frozenset[bytes] | None = None
        self._buffer = bytearray()
        self._scanned = 0
        self._banner_seen = False
        self.set_wanted(wanted)

    def __repr__(self) -> str:
        state = "open" if self._banner_seen else "expects the banner"
        return f"<AMIProtocol {state}, {len(self._buffer)} bytes buffered>"

    def set_wanted(self, names: Iterable[str] | None) -> None:
        """Say which events to parse from now on; ``None`` means all."""
        self._wanted = None if names is None else frozenset(n.encode() for n in names)

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
        for block in blocks:
            self._take_block(block, messages)
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

    def _take_block(self, block: bytes, messages: list[Message]) -> None:
        # TestEvent is followed by a stray CRLF (manager.c), which then heads the next block.
        while block.startswith(b"\r\n"):
            block = block[2:]
        try:
            if block.startswith(_EVENT):
                self._take_event(block, messages)
            elif block.startswith(_RESPONSE):
                messages.append(parse_response(block))
            elif block:
                self.rejected["start"] += 1
        except Rejection as rejection:
            self.rejected[rejection.reason] += 1

    def _take_event(self, block: bytes, messages: list[Message]) -> None:
        end = block.find(b"\r\n")
        solicited = end < 0 or not block.startswith(_PRIVILEGE, end + 2)
        if self._wanted is not None and not solicited and block[7:end] not in self._wanted:
            self.skipped += 1
            return
        messages.append(parse_event(block, solicited=solicited))

    def _check_block_size(self) -> None:
        if len(self._buffer) > MAX_BLOCK_BYTES:
            raise AmiRemoteError(f"Asterisk sent a message of more than {MAX_BLOCK_BYTES} bytes")
