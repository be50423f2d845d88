"""Clients of an HTTP address, side by side, in a process of their own: no server pays for them."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

#: All requests of a turn take a few seconds; one takes far less.
TURN_S, REQUEST_S = 120.0, 30.0
#: Judges one reply: status and body.
Judge = Callable[[int, bytes], bool]


@dataclass(frozen=True)
class Request:
    """What is asked, each time on a connection of its own, as Odoo's workers and CURL() do."""

    host: str
    port: int
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def text(self) -> bytes:
        """Return the bytes on the wire."""
        lines = [f"{'POST' if self.body else 'GET'} {self.path} HTTP/1.1", f"Host: {self.host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode() + self.body


@dataclass(frozen=True)
class Asked:
    """What came of it: seconds from first to last, and of each request, shortest first."""

    took_s: float
    each_s: list[float]

    @property
    def per_s(self) -> float:
        return len(self.each_s) / self.took_s

    @property
    def p99_s(self) -> float:
        return self.at_s(99)

    def at_s(self, hundredth: int) -> float:
        """Return the time within which so many of a hundred were answered."""
        return percentile(self.each_s, hundredth)


def percentile(ordered: list[float], hundredth: int) -> float:
    """Return the value below which so many of a hundred lie; values in order, shortest first."""
    return ordered[min(len(ordered) - 1, len(ordered) * hundredth // 100)]


def ask(requests: list[Request], clients: int, good: Judge) -> Asked:
    """Send all requests, so many at a time. Raise ``ValueError`` when a reply is wrong."""
    # Not forked: a copy of this process would wait for locks that its threads held.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        took_s, each, replies = pool.apply_async(_turn, (requests, clients)).get(TURN_S)
    bad = [reply for reply in replies if not good(*_parted(reply))]
    if bad or len(each) != len(requests):
        raise ValueError(f"{len(bad)} wrong replies, as {bad[:1]}")
    return Asked(took_s, sorted(each))


def _parted(reply: bytes) -> tuple[int, bytes]:
    head, _, body = reply.partition(b"\r\n\r\n")
    return int((head.split()[1:2] or [b"0"])[0]), body


def _turn(requests: list[Request], clients: int) -> tuple[float, list[float], list[bytes]]:
    return asyncio.run(_ask(requests, clients))


async def _ask(requests: list[Request], clients: int) -> tuple[float, list[float], list[bytes]]:
    waiting = iter([(one.host, one.port, one.text()) for one in requests])
    each: list[float] = []
    replies: list[bytes] = []
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(waiting, each, replies))
    return time.monotonic() - began, each, replies


async def _client(
    waiting: Iterator[tuple[str, int, bytes]], each: list[float], replies: list[bytes]
) -> None:
    loop = asyncio.get_running_loop()
    for host, port, text in waiting:
        began = time.monotonic()
        async with asyncio.timeout(REQUEST_S):
            _, talk = await loop.create_connection(lambda text=text: _Talk(text), host, port)
            replies.append(await talk.reply)
        each.append(time.monotonic() - began)


class _Talk(asyncio.Protocol):
    """One request, and its reply up to the server's end of the connection."""

    def __init__(self, text: bytes) -> None:
        self._text, self._heard = text, bytearray()
        self.reply: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._text)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._heard += data

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.reply.done():
            self.reply.set_result(bytes(self._heard))
