"""The relay of the chaos runner: silent, cut, slow, and what it knows of a connection."""

import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.chaos.relay import Relay
from lab.process import wait_until

HELLO = b"hello, accepted"
WAIT_S = 30.0


class Peer:
    """A server that takes connections and is silent of its own."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.listener.settimeout(WAIT_S)

    def take(self) -> socket.socket:
        side, _ = self.listener.accept()
        side.settimeout(WAIT_S)
        return side


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.listener.close()


def is_up(relay: Relay) -> bool:
    """Whether the connection is known to be accepted; the relay may not have taken it yet."""
    return bool(relay.links) and relay.links[0].up_at > 0


def client_of(relay: Relay) -> socket.socket:
    return socket.create_connection(("127.0.0.1", relay.port), timeout=WAIT_S)


def silence(relay: Relay) -> None:
    """Fall silent on a connection that is relayed by now."""
    wait_until(lambda: bool(relay.links), "relayed", WAIT_S)
    relay.fall_silent()


def has_hung_up(side: socket.socket) -> bool:
    look = select.poll()
    look.register(side, select.POLLRDHUP)
    return bool(look.poll(0))


def has_nothing(side: socket.socket) -> bool:
    side.settimeout(0.2)
    try:
        side.recv(1)
    except TimeoutError:
        return True
    finally:
        side.settimeout(WAIT_S)
    return False


def test_it_relays_both_ways_and_knows_when_the_server_accepted(peer: Peer) -> None:
    with Relay(peer.port, mark=b"accepted") as relay, client_of(relay) as client:
        with peer.take() as server:
            client.sendall(b"login")
            assert server.recv(100) == b"login"
            assert relay.links[0].up_at == 0
            # The mark may come in two pieces.
            server.sendall(HELLO[:10])
            assert client.recv(100) == HELLO[:10]
            server.sendall(HELLO[10:])
            assert client.recv(100) == HELLO[10:]
            wait_until(lambda: is_up(relay), "up", WAIT_S)
        assert client.recv(100) == b""
        wait_until(lambda: relay.links[0].ended_at > 0, "ended", WAIT_S)


def test_the_server_accepted_though_much_more_came_with_it(peer: Peer) -> None:
    with Relay(peer.port, mark=b"accepted") as relay, client_of(relay) as client:
        with peer.take() as server:
            server.sendall(HELLO + bytes(10_000))
            wait_until(lambda: is_up(relay), "up", WAIT_S)
        assert client.recv(5) == HELLO[:5]


def test_silence_is_neither_fin_nor_rst_and_goes_on_where_it_was(peer: Peer) -> None:
    with Relay(peer.port) as relay, client_of(relay) as client, peer.take() as server:
        silence(relay)
        server.sendall(HELLO)
        client.sendall(b"x")
        assert has_nothing(client)
        assert has_nothing(server)
        relay.heal(reset=False)
        assert client.recv(100) == HELLO
        assert server.recv(100) == b"x"
        assert relay.links[0].ended_at == 0


def test_reset_after_silence_loses_what_was_held(peer: Peer) -> None:
    with Relay(peer.port) as relay, client_of(relay) as client, peer.take() as server:
        before = time.time()
        silence(relay)
        after = time.time()
        server.sendall(HELLO)
        assert has_nothing(client)
        relay.heal(reset=True)
        with pytest.raises(ConnectionResetError):
            client.recv(100)
        # The client was given nothing from when the silence began.
        assert before <= relay.links[0].ended_at <= after


def test_who_gave_up_in_the_silence_is_not_joined_again(peer: Peer) -> None:
    with Relay(peer.port) as relay, client_of(relay) as client, peer.take() as server:
        silence(relay)
        silent = time.time()
        server.sendall(HELLO)
        client.close()
        wait_until(lambda: has_hung_up(relay.links[0].client), "its FIN has come", WAIT_S)
        relay.heal(reset=False)
        wait_until(lambda: relay.links[0].ended_at > 0, "ended", WAIT_S)
        assert relay.links[0].ended_at <= silent


def test_a_connection_made_in_silence_is_spoken_to_afterwards(peer: Peer) -> None:
    with Relay(peer.port) as relay:
        relay.fall_silent()
        with client_of(relay) as client:
            client.sendall(b"x")
            assert has_nothing(client)
            relay.heal(reset=False)
            with peer.take() as server:
                assert server.recv(1) == b"x"


def test_slow_is_later(peer: Peer) -> None:
    with Relay(peer.port) as relay, client_of(relay) as client, peer.take() as server:
        relay.delay_s = 0.3
        began = time.monotonic()
        client.sendall(b"x")
        assert server.recv(1) == b"x"
        assert time.monotonic() - began >= 0.3


def test_no_server_behind_it_is_a_closed_connection(peer: Peer) -> None:
    with Relay(peer.port) as relay:
        peer.listener.close()
        with client_of(relay) as client:
            assert client.recv(1) == b""


def test_unix_sockets(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "server"))
        listener.listen()
        with Relay(tmp_path / "server", tmp_path / "door"):
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(tmp_path / "door"))
            server, _ = listener.accept()
            with client, server:
                server.sendall(HELLO)
                assert client.recv(100) == HELLO
