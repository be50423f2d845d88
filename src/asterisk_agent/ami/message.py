"""What Asterisk says, as values: the banner, responses and events.

Headers keep Asterisk's spelling and order. A header that came once is a ``str``; one that Asterisk
repeats (``Variable``, ``ChanVariable``, ``Output`` ...) is a tuple of them, in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Headers = Mapping[str, str | tuple[str, ...]]
FlatEvent = dict[str, str | list[str]]


class OnceEach(dict[str, str]):
    """Headers of which none was repeated: to flatten them is to copy them."""

    __slots__ = ()


class Banner(NamedTuple):
    """The greeting; ``version`` is that of the protocol (``5.0.5``), not of Asterisk."""

    version: str


class Response(NamedTuple):
    """The answer to one action; ``status`` is ``Success``, ``Error``, ``Goodbye`` ..."""

    status: str
    headers: Headers

    def get(self, header: str, default: str = "") -> str:
        """Return a header's text; the last one when Asterisk repeated it."""
        return last_text(self.headers, header, default)

    def to_flat(self) -> FlatEvent:
        """Return a new dict, header name to text, or to a list where the header was repeated."""
        return flatten(self.headers)


class Event(NamedTuple):
    """Something that happened, or one item of a list that an action asked for."""

    name: str
    headers: Headers

    def get(self, header: str, default: str = "") -> str:
        """Return a header's text; the last one when Asterisk repeated it."""
        return last_text(self.headers, header, default)

    def to_flat(self) -> FlatEvent:
        """Return a new dict, header name to text, or to a list where the header was repeated."""
        return flatten(self.headers)


Message = Banner | Response | Event


def last_text(headers: Headers, header: str, default: str) -> str:
    """Return a header's only or last text."""
    value = headers.get(header, default)
    return value if isinstance(value, str) else value[-1]


def flatten(headers: Headers) -> FlatEvent:
    """Return a new dict of str and lists, as JSON knows them."""
    if isinstance(headers, OnceEach):
        return headers.copy()  # type: ignore[return-value]
    return {
        name: value if isinstance(value, str) else list(value) for name, value in headers.items()
    }
