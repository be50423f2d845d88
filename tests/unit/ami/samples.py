"""The recorded streams, as bytes, and what a plain reading of them gives."""

import gzip
import itertools
from pathlib import Path

from asterisk_agent.ami.message import Message
from asterisk_agent.ami.protocol import AMIProtocol

DATA = Path(__file__).parents[2] / "data" / "ami"
SECURITY = sorted((DATA / "security").glob("*.txt"))
CALLS = sorted(path for path in DATA.rglob("*.ami*") if "security" not in path.parts)
BANNER = b"Asterisk Call Manager/5.0.5\r\n"


def stream(path: Path) -> bytes:
    """Return a recording as it was on the wire, banner first."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data if data.startswith(BANNER[:22]) else BANNER + data


def read(data: bytes, *cuts: int) -> tuple[list[Message], AMIProtocol]:
    """Feed bytes, cut at the given places; return the messages and the protocol."""
    protocol = AMIProtocol()
    messages: list[Message] = []
    edges = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(edges):
        messages += protocol.receive_data(data[start:end])
    return messages, protocol
