"""What may go wrong with a request to the fake Odoo: handed to ``FakeOdoo.on_next``."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Http:
    """Answer with a status and a page, as a proxy does while Odoo is away."""

    status: int
    body: str = "<html>no</html>"


@dataclass(frozen=True)
class Redirect:
    """Answer with a redirect."""

    location: str
    status: int = 301


@dataclass(frozen=True)
class Raise:
    """Answer with an exception, as ``serialize_exception`` writes it."""

    name: str
    message: str = "no"
    code: int = 200


@dataclass(frozen=True)
class Raw:
    """Answer HTTP 200 with any bytes."""

    body: bytes


@dataclass(frozen=True)
class Result:
    """Answer with another result than the contract's."""

    result: Any


class Expire:
    """The session is over."""


class CommitThenCut:
    """Do everything, commit, and cut the connection before the reply."""


@dataclass(frozen=True)
class Hold:
    """Wait for an event before answering; bounded."""

    release: threading.Event


@dataclass(frozen=True)
class Slow:
    """Take so many seconds, as an Odoo with too few workers does."""

    seconds: float


class OdooFault(Exception):  # noqa: N818 (it stands for an exception of Odoo)
    def __init__(self, name: str, message: str, code: int = 200) -> None:
        super().__init__(message)
        self.error = {
            "code": code,
            "message": "Odoo Session Expired" if code == 100 else "Odoo Server Error",
            "data": {"name": name, "message": message, "debug": "Traceback ...", "arguments": []},
        }
