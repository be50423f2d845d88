"""What one can know about a connection to Asterisk from outside."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.ami.session import AMISession
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


@dataclass
class History:
    """What a client remembers from one connection to the next. Only the reader writes it."""

    state: AMIState = AMIState.STOPPED
    error: AgentError | None = None
    connected_at: float | None = None
    last_event_at: float | None = None
    connections: int = 0
    events: int = 0
    #: The answer to CoreSettings; empty when the account may not ask.
    settings: FlatEvent = field(default_factory=dict)
    _skipped: int = 0
    _rejected: Counter[str] = field(default_factory=Counter)

    def add(self, session: AMISession) -> None:
        """Keep the counts of a session that is over."""
        self._skipped += session.skipped
        self._rejected += session.rejected

    def rejected(self, session: AMISession | None) -> Counter[str]:
        """Count, by reason, the blocks that Asterisk can't have meant, of all sessions."""
        return self._rejected + session.rejected if session else Counter(self._rejected)

    def info(self, session: AMISession | None) -> AMIInfo:
        """Take a picture."""
        return AMIInfo(
            state=self.state,
            error=self.error,
            connected_at=self.connected_at,
            last_received_at=session.last_received_at if session else None,
            last_event_at=self.last_event_at,
            ami_version=session.ami_version if session else "",
            asterisk_version=str(self.settings.get("AsteriskVersion", "")),
            system_name=str(self.settings.get("SystemName", "")),
            connections=self.connections,
            events=self.events,
            skipped=self._skipped + (session.skipped if session else 0),
            rejected=dict(self.rejected(session)),
        )
