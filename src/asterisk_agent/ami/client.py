"""The client: connects, logs in, reads, gives actions, and comes back after every loss.

The reader waits for nobody: whoever takes events must take them at once and work elsewhere.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from typing import TypeVar

from asterisk_agent.ami.encode import Action, action_pairs, take_action_id
from asterisk_agent.ami.forgeries import ForgeryWarning
from asterisk_agent.ami.login import Account, AuthMethod, log_in
from asterisk_agent.ami.message import Event, FlatEvent
from asterisk_agent.ami.narrowing import Narrowing
from asterisk_agent.ami.pending import PendingActions
from asterisk_agent.ami.protocol import Wanted, kept
from asterisk_agent.ami.session import AMISession, Timeouts
from asterisk_agent.ami.state import AMIInfo, AMIState, History
from asterisk_agent.ami.transport import Connector, connect_tcp
from asterisk_agent.core.backoff import Backoff
from asterisk_agent.core.clock import Clock, SystemClock
from asterisk_agent.core.errors import (
    AgentError,
    AmiAuthError,
    AmiNotConnectedError,
)

T = TypeVar("T")

logger = logging.getLogger(__name__)

#: A connection that held this long was a good one: the next loss is retried at once again.
GOOD_AFTER_S = 10.0


def _nothing(_: object) -> None:
    """Take what nobody asked to be told."""


class AMIClient:
    """One Asterisk. Give ``run`` a thread; call the rest from any other.

    ``on_event`` gets each wanted event as a new flat dict with ``EventTime`` (Unix seconds, six
    decimals: when Asterisk said it) and ``SystemName`` (``agent_name`` when Asterisk has none).
    ``on_state`` gets an ``AMIInfo`` at every change. Both are called by the reader and **must not
    block**; what they raise is logged and forgotten. ``events``: the classes that Asterisk sends.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        *,
        on_event: Callable[[FlatEvent], None] = _nothing,
        on_state: Callable[[AMIInfo], None] = _nothing,
        wanted: Wanted = (),
        agent_name: str = "",
        events: str = "on",
        tls: ssl.SSLContext | None = None,
        auth: AuthMethod = "auto",
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        auth_backoff: Backoff | None = None,
        connect: Connector = connect_tcp,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._address = (host, port, tls)
        self._account = Account(user, secret, auth, events)
        self._on_event = on_event
        self._on_state = on_state
        self._wanted = kept(wanted)
        self._agent_name = agent_name
        self._clock = clock or SystemClock()
        # Nobody repeats what Asterisk says meanwhile, and a refused connection costs nothing.
        self._backoff = backoff or Backoff(first_s=0.5, cap_s=5.0)
        # Slower: each try is a failed login in Asterisk's security log, where fail2ban counts them.
        self._auth_backoff = auth_backoff or Backoff(first_s=5.0, cap_s=60.0)
        self._connect = connect
        self._timeouts = timeouts or Timeouts()
        self._pending = PendingActions()
        self._stop = threading.Event()
        self._connected = threading.Event()
        self._session: AMISession | None = None
        self._reader: int | None = None
        self._past = History()
        self._narrowing = Narrowing()
        self._forgeries = ForgeryWarning(self._clock)

    def __repr__(self) -> str:
        host, port, _ = self._address
        return f"<AMIClient {host}:{port} {self._past.state}>"

    @property
    def info(self) -> AMIInfo:
        """Tell everything that can be known from outside, as of now."""
        return self._past.info(self._session)

    @property
    def is_behind(self) -> bool:
        """Tell whether more than one read was waiting when it last looked."""
        session = self._session
        return session is not None and session.is_behind

    def set_wanted(self, wanted: Wanted) -> None:
        """Say which events to hand on from now on, ``None`` for all; the connection stays.

        A mapping of names may tell lines (``{"VarSet": ["Variable: DIALSTATUS"], "Hangup": []}``):
        events of that name that have none of them are not even parsed.
        """
        self._wanted = kept(wanted)
        session = self._session
        if session is not None:
            session.set_wanted(self._wanted)
        if session is not None and self._connected.is_set():
            self._narrowing.change(session, lambda: self._wanted)

    def run(self) -> None:
        """Connect, read and reconnect until ``stop``. Blocks; raises no ``AgentError``."""
        self._reader = threading.get_ident()
        while not self._stop.is_set():
            wait_s = self._live_once()
            self._stop.wait(wait_s)
        self._change(AMIState.STOPPED)

    def stop(self) -> None:
        """Ask ``run`` to log off and return; it does within about a second."""
        self._stop.set()

    def connect_once(self) -> AMIInfo:
        """Connect, log in, look, log off: for ``asterisk-agent check``.

        Raise ``AmiUnreachableError``, ``AmiTlsError``, ``AmiRemoteError`` or ``AmiAuthError``.
        """
        greeted = False
        try:
            self._open()
            greeted = True
            return self.info
        finally:
            self._drop(goodbye=greeted)

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until actions can be given; tell whether they can."""
        return self._connected.wait(timeout_s)

    def action(
        self,
        action: Action,
        timeout_s: float = 5.0,
        *,
        no_wait: bool = False,
        as_list: bool = False,
    ) -> list[FlatEvent]:
        """Give an action; return the response, then the items of its list, in order.

        A list that Asterisk announces is collected to its end by itself; ``as_list`` expects one
        that is not announced. ``no_wait`` returns an empty list as soon as the action is sent.
        The policy is not asked: what a stranger may order is ``policy.prepare_action``'s matter.

        Raise ``AmiNotConnectedError``, ``AmiTimeoutError`` (it may have run all the same), and
        ``AmiLocalError`` for what can't be said on the wire.
        """
        caller_id, body = take_action_id(action_pairs(action))
        session = self._session if self._connected.is_set() else None
        if session is None:
            raise AmiNotConnectedError("Asterisk is not connected", "see `asterisk-agent check`")
        if not no_wait and threading.get_ident() == self._reader:
            raise RuntimeError("the reader can't wait for an answer that only it can read")
        action_id = self._pending.new_id(caller_id)
        if no_wait:
            session.send([*body, ("ActionID", action_id)])
            return []
        return session.request(body, timeout_s, action_id=action_id, as_list=as_list)

    def _live_once(self) -> float:
        """Live through one connection; return the seconds to wait before the next."""
        error: AgentError | None = None
        try:
            self._change(AMIState.CONNECTING, self._past.error)
            session = self._open()
            self._narrowing.begin(session, self._wanted, self._timeouts.login_s)
            self._change(AMIState.CONNECTED)
            # What is wanted may have changed while it logged in.
            self._narrowing.change(session, lambda: self._wanted)
            self._read(session)
        except AgentError as exc:
            error = exc
        return self._close(error)

    def _open(self) -> AMISession:
        host, port, tls = self._address
        stream = self._connect(host, port, tls, self._timeouts.connect_s)
        self._session = session = AMISession(
            stream,
            clock=self._clock,
            timeouts=self._timeouts,
            pending=self._pending,
            on_event=self._take_event,
            wanted=self._wanted,
        )
        session.set_wanted(self._wanted)
        session.greet()
        log_in(session, self._account, self._timeouts.login_s)
        # An account without write=system or reporting may not ask; then the version stays unknown.
        answer = session.call([("Action", "CoreSettings")], self._timeouts.login_s)
        self._past.settings = answer[0] if answer else {}
        self._past.connections += 1
        return session

    def _read(self, session: AMISession) -> None:
        while not self._stop.is_set():
            session.pump(self._timeouts.tick_s)
            session.keep_alive()
            self._forgeries.look(self._past.rejected(session))
            # Under eventlet a reader that always finds data would starve everybody else.
            self._clock.sleep(0)

    def _close(self, error: AgentError | None) -> float:
        """End the connection, tell why, and return the seconds to wait before the next."""
        began = self._past.connected_at
        held_s = self._clock.time() - began if began else 0.0
        self._connected.clear()
        self._drop(goodbye=error is None)
        if error is None:
            self._change(AMIState.STOPPED)
            return 0.0
        self._change(AMIState.WAITING, error)
        return self._pause(error, held_s)

    def _drop(self, *, goodbye: bool) -> None:
        session, self._session = self._session, None
        if session is not None:
            if goodbye:
                self._log_off(session)
            session.close()
            self._past.add(session)
        self._pending.fail_all(AmiNotConnectedError("the connection to Asterisk was lost"))

    def _pause(self, error: AgentError, held_s: float) -> float:
        if isinstance(error, AmiAuthError):
            return self._auth_backoff.next_s()
        self._auth_backoff.reset()
        if held_s >= GOOD_AFTER_S:
            self._backoff.reset()
        return self._backoff.next_s()

    def _log_off(self, session: AMISession) -> None:
        try:
            session.call([("Action", "Logoff")], self._timeouts.logoff_s)
        except AgentError as exc:
            logger.debug("no goodbye from Asterisk: %s", exc.code)

    def _change(self, state: AMIState, error: AgentError | None = None) -> None:
        past = self._past
        if (state, error) == (past.state, past.error):
            return
        past.state, past.error = state, error
        past.connected_at = self._clock.time() if state is AMIState.CONNECTED else None
        if state is AMIState.CONNECTED:
            self._connected.set()
            logger.info("connected to Asterisk %s", past.settings.get("AsteriskVersion", ""))
        elif state is AMIState.WAITING and error is not None:
            logger.warning("%s: %s", error.code, error)
        self._tell(self._on_state, self.info)

    def _take_event(self, event: Event) -> None:
        session = self._session
        if session is None:
            return
        flat = self._pending.restore(event.to_flat())
        flat["EventTime"] = session.event_time(event)
        flat.setdefault("SystemName", self._agent_name)
        self._past.events += 1
        self._past.last_event_at = session.last_received_at
        self._tell(self._on_event, flat)

    def _tell(self, listener: Callable[[T], None], news: T) -> None:
        try:
            listener(news)
        except Exception:
            # A listener's fault must not cost the connection, and with it everybody's events.
            logger.exception("a listener failed")
