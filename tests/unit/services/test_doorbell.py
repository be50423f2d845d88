"""The bell: whoever owns a connection wakes for the broker, or for a ring, and for nothing else."""

import socket
import threading
import time

import pytest

from asterisk_agent.services.doorbell import Doorbell

#: Longer than any test may take.
LONG_S = 30.0


class Connection:
    """As much of py-amqp's as a bell needs; a byte is a whole message."""

    def __init__(self, sock, pending=0):
        self.sock, self.read = sock, b""
        if pending:
            self.sock = type("TLS", (), {"pending": lambda _: pending, "fileno": sock.fileno})()
        self._raw = sock

    def drain_events(self, timeout):
        self._raw.settimeout(timeout)
        self.read += self._raw.recv(1)


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_ring_from_before_is_kept_and_heard_once(ends):
    conn, bell = Connection(ends[0]), Doorbell()
    bell.ring()
    bell.ring()
    began = time.monotonic()
    assert bell.drain(conn, LONG_S) is False
    assert time.monotonic() - began < LONG_S
    assert bell.drain(conn, 0.0) is False


def test_a_ring_wakes_who_waits(ends):
    conn, bell, found = Connection(ends[0]), Doorbell(), []
    waiting = threading.Thread(target=lambda: found.append(bell.drain(conn, LONG_S)))
    waiting.start()
    bell.ring()
    waiting.join(LONG_S)
    assert found == [False]


def test_what_the_broker_says_is_read(ends):
    conn, bell = Connection(ends[0]), Doorbell()
    ends[1].send(b"ab")
    assert bell.drain(conn, LONG_S) is True
    assert conn.read == b"a"


def test_both_at_once_are_both_noticed(ends):
    conn, bell = Connection(ends[0]), Doorbell()
    ends[1].send(b"a")
    bell.ring()
    assert bell.drain(conn, LONG_S) is True
    assert bell.drain(conn, 0.0) is False


def test_nothing_comes_in_time(ends):
    assert Doorbell().drain(Connection(ends[0]), 0.01) is False


def test_what_tls_holds_already_is_read(ends):
    conn, bell = Connection(ends[0], pending=1), Doorbell()
    ends[1].send(b"a")
    assert bell.drain(conn, 0.0) is True
    assert conn.read == b"a"
