"""Recorded AMI traffic, as much as is asked for, and what a simple second reader finds in it."""

from __future__ import annotations

import gzip
import importlib.util
import multiprocessing
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

TOP = Path(__file__).resolve().parent.parent
BANNER = b"Asterisk Call Manager/5.0.5\r\n"
READ_BYTES = 65536
_FIFTY_CALLS = TOP / "tests" / "data" / "ami" / "cap50_pbx.ami.gz"


def fifty_calls(times: int) -> bytes:
    """Return fifty calls at once (5,800 events) so many times, each with identities of its own."""
    text = gzip.decompress(_FIFTY_CALLS.read_bytes())
    again = (re.sub(rb"\b(17953936\d\d\.)", b"%d\\1" % n, text) for n in range(1, times + 1))
    return b"".join(again)


def map_rows() -> list[dict[str, object]]:
    """Return the rows of the events map that the addon ships, as ``get_events_map`` gives them."""
    rows = _addon_events().WANTED_EVENTS
    return [{"id": n, **row._asdict()} for n, row in enumerate(rows, start=1)]


def _addon_events() -> ModuleType:
    path = TOP / "addons" / "asterisk_plus" / "lib" / "events.py"
    spec = importlib.util.spec_from_file_location("asterisk_plus_events", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def simply_read(stream: bytes) -> Iterator[dict[str, Any]]:
    """Yield each event as a flat dict; slow, plain, and none of the code that is measured."""
    for block in stream.decode().split("\r\n\r\n"):
        values: dict[str, list[str]] = {}
        for line in filter(None, block.split("\r\n")):
            name, _, value = line.partition(": ")
            values.setdefault(name, []).append(value)
        if "Event" in values:
            yield {name: each[0] if len(each) == 1 else each for name, each in values.items()}


def names_in(stream: bytes) -> Counter[str]:
    """Count the events by name."""
    return Counter(event["Event"] for event in simply_read(stream))


@contextmanager
def asterisk(stream: bytes) -> Iterator[socket.socket]:
    """Give a connection whose other end, a process of its own, says the stream and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        say = multiprocessing.get_context("fork").Process(target=_say, args=(server, stream))
        address = server.getsockname()
        say.start()
        try:
            with socket.create_connection(address, timeout=30) as sock:
                yield sock
        finally:
            say.terminate()
            say.join(10)


def _say(server: socket.socket, stream: bytes) -> None:
    sock, _ = server.accept()
    sock.settimeout(120)
    with sock:
        sock.sendall(BANNER + stream)
