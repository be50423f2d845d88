"""Ports on loopback."""

import socket

from lab.net import FIRST, HOST, LAST, free_port, listens


def test_ports_are_free_and_never_given_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST <= port < LAST for port in ports)


def test_a_range_of_ports_is_free_as_a_whole() -> None:
    first = free_port(10)
    assert not set(range(first, first + 10)) & {free_port() for _ in range(50)}


def test_listens_is_a_fact() -> None:
    port = free_port()
    assert not listens(port)
    with socket.create_server((HOST, port)):
        assert listens(port)
