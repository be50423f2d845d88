"""What one can know about a connection to Asterisk from outside."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from asterisk_agent.core.errors import AgentError


class AMIState(enum.StrEnum):
    """Where a client stands; it goes round until it is stopped."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"


@dataclass(frozen=True)
class AMIInfo:
    """A picture of a client at one moment. Times are Unix seconds, ``None`` when never."""

    state: AMIState = AMIState.STOPPED
    #: Why it is not connected; ``None`` while it is.
    error: AgentError | None = None
    connected_at: float | None = None
    last_received_at: float | None = None
    last_event_at: float | None = None
    ami_version: str = ""
    asterisk_version: str = ""
    system_name: str = ""
    connections: int = 0
    events: int = 0
    skipped: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Tell whether actions can be given."""
        return self.state is AMIState.CONNECTED
