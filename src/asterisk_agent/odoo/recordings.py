"""Odoo's side of a recording's way: two methods of the server, and the route for the pieces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from asterisk_agent.core.errors import OdooProtocolError
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import SERVER_MODEL

DATA_PATH = "/asterisk_plus/recording/data"
STATES = frozenset({"done", "wanted", "no_call"})
#: Odoo reads the whole file once, for its checksum: at 50 MB/s, 15 GB.
FINISH_TIMEOUT_S = 300.0


class OdooRecordings:
    """The calls of docs/reference/agent-odoo.md, section 4."""

    def __init__(self, client: OdooClient) -> None:
        self._client = client

    def begin(self, offer: Mapping[str, Any]) -> tuple[str, int]:
        """Ask what Odoo has of a recording: the state, and the bytes. Raise ``OdooError``."""
        reply = self._client.call_kw(SERVER_MODEL, "recording_begin", [dict(offer)])
        try:
            state, offset = str(reply["state"]), int(reply["offset"])
        except (KeyError, TypeError, ValueError) as exc:
            raise _disagree() from exc
        if state not in STATES or offset < 0:
            raise _disagree()
        return state, offset

    def send(self, sha256: str, size: int, offset: int, piece: bytes) -> int:
        """Send a piece; return how many bytes Odoo has now. Raise ``OdooError``."""
        query = urlencode({"sha256": sha256, "size": size, "offset": offset})
        reply = self._client.post_bytes(f"{DATA_PATH}?{query}", piece)
        try:
            return int(json.loads(reply)["offset"])
        except (KeyError, TypeError, ValueError) as exc:
            raise _disagree() from exc

    def finish(self, offer: Mapping[str, Any]) -> None:
        """Let Odoo keep the recording. Raise ``OdooError``."""
        arguments = [dict(offer)]
        method = "recording_finish"
        self._client.call_kw(SERVER_MODEL, method, arguments, timeout_s=FINISH_TIMEOUT_S)


def _disagree() -> OdooProtocolError:
    return OdooProtocolError(
        "the addon and the agent disagree on recordings", "update both to the same version"
    )
