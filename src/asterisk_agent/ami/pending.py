"""Which answer belongs to which action: ActionIDs, and lists collected to their end.

Our ActionIDs begin with a random prefix, so that nobody who forges a block can guess one. The
caller's own ActionID travels behind it, and stands alone again in what the caller gets.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable

from asterisk_agent.ami.message import Event, FlatEvent, Response
from asterisk_agent.core.errors import AgentError, AmiLocalError, AmiRemoteError

#: manager.c keeps the line "ActionID: ..." in 256 bytes; prefix and number take up to 30.
_CALLER_ID = re.compile(r"[!-~]{0,128}")
#: A list item is some 500 bytes; more than this is no list that somebody asked for.
MAX_LIST_ITEMS = 100_000


class Pending:
    """One action that waits for its answer."""

    def __init__(self, action_id: str, *, as_list: bool) -> None:
        self.action_id = action_id
        self.messages: list[FlatEvent] = []
        self.error: AgentError | None = None
        self._as_list = as_list
        self._answered = False
        self._done = threading.Event()

    @property
    def done(self) -> bool:
        """Tell whether the answer is complete, or will never come."""
        return self._done.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until done; tell whether it is."""
        return self._done.wait(timeout_s)

    def fail(self, error: AgentError) -> None:
        """Give up: the connection is gone, or the answer makes no sense."""
        self.error = error
        self._done.set()

    def take(self, message: Response | Event, flat: FlatEvent) -> None:
        """Add one message of the answer."""
        self.messages.append(flat)
        if isinstance(message, Response):
            self._answered = True
            starts_list = message.get("EventList").lower() == "start"
            complete = message.status == "Error" or not (starts_list or self._as_list)
        else:
            complete = self._answered and _ends_list(message, as_list=self._as_list)
        if complete:
            self._done.set()
        elif len(self.messages) > MAX_LIST_ITEMS:
            self.fail(AmiRemoteError(f"a list of more than {MAX_LIST_ITEMS} items"))


def _ends_list(event: Event, *, as_list: bool) -> bool:
    """Tell whether an event is a list's last.

    manager.c, astman_send_list_complete_start: ``EventList: Complete``, or ``cancelled`` after a
    failure. Modules older than that only name the event ``...Complete``.
    """
    marker = event.get("EventList").lower()
    return marker in {"complete", "cancelled"} or (as_list and event.name.endswith("Complete"))


class PendingActions:
    """All actions of one client that wait. Any thread may call any method."""

    def __init__(self, token: Callable[[], str] = lambda: secrets.token_hex(8)) -> None:
        self._prefix = token() + "."
        self._lock = threading.Lock()
        self._count = 0
        self._waiting: dict[str, Pending] = {}

    def new_id(self, caller_id: str = "") -> str:
        """Make an ActionID for the wire. Raise ``AmiLocalError`` when the caller's is no good."""
        if not _CALLER_ID.fullmatch(caller_id):
            raise AmiLocalError("an ActionID has at most 128 printable characters and no space")
        with self._lock:
            self._count += 1
            return f"{self._prefix}{self._count}.{caller_id}"

    def open(self, action_id: str, *, as_list: bool = False) -> Pending:
        """Expect the answer to an action."""
        pending = Pending(action_id, as_list=as_list)
        with self._lock:
            self._waiting[action_id] = pending
        return pending

    def close(self, pending: Pending) -> None:
        """Expect it no longer."""
        with self._lock:
            self._waiting.pop(pending.action_id, None)

    def fail_all(self, error: AgentError) -> None:
        """Tell everybody who waits that no answer will come."""
        with self._lock:
            waiting = list(self._waiting.values())
            self._waiting.clear()
        for pending in waiting:
            pending.fail(error)

    def take(self, message: Response | Event) -> bool:
        """Hand a message to the action it answers; tell whether there is one."""
        with self._lock:
            pending = self._waiting.get(message.get("ActionID"))
        if pending is None:
            return False
        pending.take(message, self.restore(message.to_flat()))
        if pending.done:
            self.close(pending)
        return True

    def is_ours(self, message: Response | Event) -> bool:
        """Tell whether a message answers an action of this client, even one given up."""
        return message.get("ActionID").startswith(self._prefix)

    def restore(self, flat: FlatEvent) -> FlatEvent:
        """Put the caller's ActionID in the place of ours, or nothing when he gave none."""
        wire_id = flat.get("ActionID", "")
        if isinstance(wire_id, str) and wire_id.startswith(self._prefix):
            caller_id = wire_id[len(self._prefix) :].partition(".")[2]
            if caller_id:
                flat["ActionID"] = caller_id
            else:
                del flat["ActionID"]
        return flat
