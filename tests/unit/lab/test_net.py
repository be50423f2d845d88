"""Ports on loopback."""

import socket
import subprocess
import sys

from lab.net import BLOCK, FIRST, HOST, LAST, free_port, give_back, listens
from lab.paths import CHECKOUT


def test_ports_are_free_and_never_given_twice() -> None:
    ports = [free_port() for _ in range(50)]
    assert len(set(ports)) == 50
    assert all(FIRST <= port < LAST for port in ports)


def test_a_range_of_ports_is_free_as_a_whole() -> None:
    first = free_port(10)
    assert not set(range(first, first + 10)) & {free_port() for _ in range(50)}


def test_what_is_given_back_is_given_again() -> None:
    width = BLOCK // 3
    for _ in range(3 * (LAST - FIRST) // BLOCK):
        give_back(free_port(width), width)


def test_another_process_gets_other_blocks() -> None:
    ask = "from lab.net import free_port; print(free_port())"
    answer = subprocess.run(
        [sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert int(answer.stdout) // BLOCK != free_port() // BLOCK


def test_listens_is_a_fact() -> None:
    port = free_port()
    assert not listens(port)
    with socket.create_server((HOST, port)):
        assert listens(port)
