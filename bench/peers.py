"""Other people's AMI libraries, each reading a connection to its end, and counting events."""

from __future__ import annotations

import os
import site
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any

from bench.stream import READ_BYTES

#: Reads a connection to its end and returns how many events it found.
Reader = Callable[[socket.socket], int]
ENVIRONMENT = "BENCH_PEERS"


def load() -> None:
    """Make the peers' packages importable, behind ours. ``scripts/bench`` says where they are."""
    site.addsitedir(os.environ[ENVIRONMENT])


class _Count:
    """Stands where each library wants somebody to be told of events."""

    def __init__(self) -> None:
        self.events = 0

    def dispatch(self, _message: object) -> None:
        self.events += 1

    def on_event(self, **_: object) -> None:
        self.events += 1

    def callback(self, *_: object) -> bool:
        self.events += 1
        return False


def panoramisk(sock: socket.socket) -> int:
    """Feed its asyncio protocol as its loop would."""
    from panoramisk.ami_protocol import AMIProtocol

    count, protocol = _Count(), AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = count, "utf8"
    sock.recv(29, socket.MSG_WAITALL)
    while data := sock.recv(READ_BYTES):
        protocol.data_received(data)
    return count.events


def asterisk_ami(sock: socket.socket) -> int:
    """Let its own loop read 4 KiB at a time, its best: it cuts its buffer once per event."""
    from asterisk.ami import AMIClient

    count, client = _Count(), AMIClient(buffer_size=4096)
    client.add_listener(on_event=count.on_event)
    client._socket, client.finished = sock, threading.Event()
    client.listen()
    return count.events


def pyst2(sock: socket.socket) -> int:
    """Let its threads read, through a buffer: as shipped it asks the kernel for every byte."""
    from asterisk.manager import Manager

    count = _Count()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        manager: Any = Manager()
        manager.register_event("*", count.callback)
        manager._sock = sock.makefile("rb", READ_BYTES)
        manager._running.set()
        manager._connected.set()
        manager.event_dispatch_thread.start()
        manager.message_thread.start()
        manager.message_thread.join(60)
        manager.event_dispatch_thread.join(60)
    return count.events


def raw_recv(sock: socket.socket) -> int:
    """Only read: what no reader of this stream can be faster than."""
    ends = 0
    while data := sock.recv(READ_BYTES):
        ends += len(data)
    return ends


PARSERS: dict[str, Reader] = {
    "panoramisk": panoramisk,
    "asterisk-ami": asterisk_ami,
    "pyst2 (buffered)": pyst2,
}
