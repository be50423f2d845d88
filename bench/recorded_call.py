"""A known customer's answered call, said by a strict AMI server, into a real Odoo."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.office import Office
from lab.process import wait_until

from bench.between import AMI_SECRET, FakeAsterisk, fake_asterisk
from bench.calls import RECORDED

#: The last event before the call is answered stands in the first part of a text.
_ANSWERED = b"Event: DialEnd\r\n"
#: No call's events.
_OTHERS = (b"Event: FullyBooted", b"Event: SuccessfulAuth", b"Event: TestEvent")
_ID = re.compile(rb"^((?:\w*[Uu]nique|\w*[Ll]inked)[Ii]d: )(?=\S)", re.M)
_STAMP = re.compile(rb"^Timestamp: [^\r]*", re.M)
_ENDED = "select count(*) from asterisk_plus_call where linkedid like '{mark}-%' and not is_active"


def parts() -> tuple[bytes, bytes]:
    """Return the text up to the answer, and the rest, with marks for its ids and its time."""
    text = gzip.decompress(RECORDED.read_bytes()).partition(b"\r\n")[2]
    blocks = (one.lstrip() + b"\r\n\r\n" for one in text.split(b"\r\n\r\n"))
    its = (one for one in blocks if one.startswith(b"Event: ") and not one.startswith(_OTHERS))
    marked = [_STAMP.sub(b"Timestamp: @time@", _ID.sub(rb"\1@mark@-", one)) for one in its]
    place = next(n for n, one in enumerate(marked) if one.startswith(_ANSWERED))
    return b"".join(marked[:place]), b"".join(marked[place:])


def say(asterisk: FakeAsterisk, text: bytes, mark: str) -> float:
    """Say a part of a call now; return when (Unix time)."""
    now = time.time()
    text = text.replace(b"@mark@", mark.encode()).replace(b"@time@", b"%.6f" % now)
    asterisk.send_raw(text)
    return now


@contextmanager
def connected(office: Office) -> Iterator[FakeAsterisk]:
    """Give an Asterisk whose agent delivers to the office."""
    with fake_asterisk() as asterisk:
        pbx = SimpleNamespace(ami_port=asterisk.port, ami_user="agent", ami_secret=AMI_SECRET)
        settings: Any = office.settings(cast(Asterisk, pbx))
        office.lab.start(Agent(office.folder("agent"), settings, office.rpc_port))
        yield asterisk


def wait_ended(office: Office, mark: str, count: int, timeout_s: float = 300) -> None:
    """Wait until Odoo holds so many ended calls whose ids begin with the mark."""
    query = _ENDED.format(mark=mark)
    sql = office.postgres.sql
    wait_until(lambda: int(sql(query, office.database)) == count, f"{count} calls", timeout_s)
