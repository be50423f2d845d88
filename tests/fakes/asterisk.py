"""A manager interface as strict as Asterisk's, on a real socket.

It says the banner, refuses what Asterisk refuses with Asterisk's words (manager.c), closes after a
wrong login, cuts a reader that is slow, and can be told to fall silent, cut a message in the
middle, or die. What it was told is in ``actions``; ``wait_for`` waits for facts, never for time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

from asterisk_agent.ami.transport import SocketStream
from asterisk_agent.core.errors import AmiUnreachableError
from fakes.asterisk_actions import ALL, HANDLERS, Handler, may
from fakes.asterisk_wire import ActionParser, Pairs, block

BANNER = b"Asterisk Call Manager/5.0.5\r\n"
#: writetimeout of asterisk/manager.conf; Asterisk's own, 100 ms, cuts whom a busy machine keeps.
WRITE_TIMEOUT_S = 5.0
#: For what needs another thread or process to be given a processor: it costs nothing when it comes.
WAIT_S = 60.0
IDLE_S = 3600.0


@dataclass(frozen=True)
class FakeAccount:
    """A section of manager.conf."""

    secret: str
    read: frozenset[str] = ALL
    write: frozenset[str] = ALL


class FakeConnection:
    """One client of the fake."""

    def __init__(self, server: FakeAsterisk, sock: socket.socket) -> None:
        self.server = server
        self.account: FakeAccount | None = None
        self.user = ""
        self.challenge = ""
        self.mask = ALL
        #: The names of the actions that were carried out for it.
        self.asked: list[str] = []
        self.closed = threading.Event()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        # The agent's own stream: the one thing here that may be used by two threads, TLS or not.
        self._stream = SocketStream(sock)
        self._lock = threading.Lock()

    def serve(self) -> None:
        """Read actions until the end."""
        parser = ActionParser()
        self.send(self.server.banner)
        with contextlib.suppress(AmiUnreachableError):
            while (data := self._stream.read(IDLE_S)) != b"":
                for action in parser.receive_data(data or b""):
                    self.server.took(self, action)
        self.close()

    def send(self, data: bytes) -> None:
        """Send, or cut a client that does not read (manager.c: writetimeout)."""
        try:
            with self._lock:
                self._stream.write(data, self.server.write_timeout_s)
        except AmiUnreachableError:
            self.close()

    def reply(self, action: dict[str, str], status: str, *pairs: tuple[str, str]) -> None:
        """Answer an action, with its ActionID in the second place (astman_start_ack)."""
        action_id = [("ActionID", action["actionid"])] if action.get("actionid") else []
        self.send(block([("Response", status), *action_id, *pairs]))

    def reply_list(
        self, action: dict[str, str], items: Sequence[Pairs], complete: str, message: str
    ) -> None:
        """Answer with a list (astman_send_listack, astman_send_list_complete)."""
        self.reply(action, "Success", ("EventList", "start"), ("Message", message))
        action_id = ("ActionID", action.get("actionid", ""))
        for name, *rest in items:
            self.send(block([name, action_id, *rest]))
        self.send(block([("Event", complete), action_id, ("EventList", "Complete"),
                         ("ListItems", str(len(items)))]))  # fmt: skip

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self.closed.set()
        self.server.changed()


@dataclass
class FakeAsterisk:
    """The server; a context manager. ``port`` is free and on loopback."""

    accounts: dict[str, FakeAccount] = field(
        default_factory=lambda: {"agent": FakeAccount("correct horse")}
    )
    banner: bytes = BANNER
    asterisk_version: str = "16.28.0"
    system_name: str = ""
    offers_md5: bool = True
    write_timeout_s: float = WRITE_TIMEOUT_S
    tls: ssl.SSLContext | None = None
    actions: list[dict[str, str]] = field(default_factory=list)
    raw_actions: list[Pairs] = field(default_factory=list)
    connections: list[FakeConnection] = field(default_factory=list)
    handlers: dict[str, Handler] = field(default_factory=dict)
    silent: bool = False
    port: int = 0

    def __post_init__(self) -> None:
        self._condition = threading.Condition()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self.handlers = {**HANDLERS, **self.handlers}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; on the same port as before when it was stopped."""
        listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._listener, self.port = listener, listener.getsockname()[1]
        self._spawn(self._accept, listener)

    def stop(self) -> None:
        """Stop listening and hang up on everybody, as a killed Asterisk does."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)
        self._threads.clear()

    def cut(self) -> None:
        """Hang up on everybody."""
        for connection in list(self.connections):
            connection.close()

    def send_raw(self, data: bytes) -> None:
        """Send bytes to every client that has logged in."""
        for connection in self.logged_in():
            connection.send(data)

    def emit(self, name: str, privilege: str, *pairs: tuple[str, str]) -> None:
        """Send an event to every client that may read its class, and has not masked it."""
        data = block([("Event", name), ("Privilege", f"{privilege},all"), *pairs])
        for connection in self.logged_in():
            if connection.account and privilege in connection.account.read & connection.mask:
                connection.send(data)

    def logged_in(self) -> list[FakeConnection]:
        """List the clients that are connected and logged in."""
        return [c for c in list(self.connections) if c.account and not c.closed.is_set()]

    def wait_heard(self) -> None:
        """Wait until an agent that has logged in hears what it wants: it lists the channels on the
        same line after it said so.
        """
        self.wait_for(lambda: any("CoreShowChannels" in c.asked for c in self.logged_in()))

    def wait_for(self, fact: Callable[[], object], timeout_s: float = WAIT_S) -> None:
        """Wait until ``fact()`` is true; fail when it never becomes so. An action that it sees has
        been carried out.
        """
        with self._condition:
            assert self._condition.wait_for(fact, timeout_s), "the fact never came"

    def changed(self) -> None:
        """Let ``wait_for`` look again."""
        with self._condition:
            self._condition.notify_all()

    def names(self) -> list[str]:
        """List the names of the actions so far."""
        return [action.get("action", "") for action in self.actions]

    def took(self, connection: FakeConnection, pairs: Pairs) -> None:
        """Carry out one action."""
        action = {name.lower(): value for name, value in reversed(pairs)}
        with self._condition:
            self.raw_actions.append(pairs)
            self.actions.append(action)
            if not self.silent:
                self._carry_out(connection, action)
            connection.asked.append(action.get("action", ""))
            self._condition.notify_all()

    def _carry_out(self, connection: FakeConnection, action: dict[str, str]) -> None:
        name = action.get("action", "").lower()
        if not name:
            connection.reply(action, "Error", ("Message", "Missing action in request"))
        elif connection.account is None and name not in {"login", "challenge", "logoff"}:
            connection.reply(action, "Error", ("Message", "Permission denied"))
        elif name not in self.handlers:
            text = f"Invalid/unknown command: {action['action']}. Use Action: ListCommands to show"
            connection.reply(action, "Error", ("Message", f"{text} available commands."))
        elif connection.account and not may(connection.account, name):
            connection.reply(action, "Error", ("Message", "Permission denied"))
        else:
            self.handlers[name](connection, action)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            try:
                sock = self.tls.wrap_socket(sock, server_side=True) if self.tls else sock
            except OSError:
                # Who does not trust the certificate hangs up in the handshake.
                sock.close()
                continue
            connection = FakeConnection(self, sock)
            self.connections.append(connection)
            if self._listener is not listener:
                # Stopped while it was taken: it was not there yet to be cut.
                connection.close()
                return
            self._spawn(connection.serve)
            self.changed()

    def _spawn(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()
