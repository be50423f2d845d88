"""The bytes of the manager interface, from Asterisk's side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Pairs = list[tuple[str, str]]

#: manager.c: `char inbuf[1025]`: a longer line is discarded.
MAX_LINE = 1024


class ActionParser:
    """Asterisk's side of the wire, bytes in, actions out (manager.c: get_input, do_message)."""

    def __init__(self) -> None:
        self.discarded = 0
        self._buffer = b""
        self._headers: Pairs = []

    def receive_data(self, data: bytes) -> Iterator[Pairs]:
        """Take bytes; yield each complete action as its headers in order."""
        self._buffer += data
        while b"\n" in self._buffer:
            raw, _, self._buffer = self._buffer.partition(b"\n")
            line = raw.removesuffix(b"\r")
            if len(line) > MAX_LINE:
                self.discarded += 1
            elif line:
                name, _, value = line.decode("utf-8", "replace").partition(":")
                self._headers.append((name, value.lstrip()))
            elif self._headers:
                headers, self._headers = self._headers, []
                yield headers


def block(pairs: Sequence[tuple[str, str]]) -> bytes:
    """Say headers as Asterisk does."""
    lines = [f"{name}: {value}\r\n" for name, value in pairs]
    return "".join([*lines, "\r\n"]).encode()
