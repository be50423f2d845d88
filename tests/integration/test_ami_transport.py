"""The stream over real sockets: time-outs, TLS, and what a slow reader gets from Asterisk."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.session import Timeouts
from asterisk_agent.ami.transport import SocketStream, Stream, connect_tcp, tls_context
from asterisk_agent.core.errors import AmiTlsError, AmiUnreachableError
from fakes.asterisk import FakeAsterisk
from fakes.asterisk_wire import block
from fakes.certificate import certificate

WAIT_S = 30.0
#: No wait of the client's own ends because this machine is busy.
PATIENT = Timeouts(connect_s=WAIT_S, banner_s=WAIT_S, login_s=WAIT_S, logoff_s=WAIT_S)


@pytest.fixture
def pair() -> Iterator[tuple[Stream, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    stream = SocketStream(ours)
    yield stream, theirs
    stream.close()
    theirs.close()


def test_what_was_sent_is_read(pair: tuple[Stream, socket.socket]) -> None:
    stream, theirs = pair
    theirs.sendall(b"abc")
    assert stream.read(WAIT_S) == b"abc"
    stream.write(b"def", WAIT_S)
    assert theirs.recv(10) == b"def"


def test_time_is_up(pair: tuple[Stream, socket.socket]) -> None:
    assert pair[0].read(0.01) is None


def test_the_end_of_the_stream_is_empty(pair: tuple[Stream, socket.socket]) -> None:
    pair[1].close()
    assert pair[0].read(WAIT_S) == b""


def test_a_write_that_nobody_takes_ends_in_time(pair: tuple[Stream, socket.socket]) -> None:
    with pytest.raises(AmiUnreachableError, match="time-out"):
        pair[0].write(b"x" * 10_000_000, 0.05)


def test_a_closed_stream_is_an_error_and_closing_twice_is_none(
    pair: tuple[Stream, socket.socket],
) -> None:
    stream, _ = pair
    stream.close()
    stream.close()
    with pytest.raises(AmiUnreachableError):
        stream.read(WAIT_S)
    with pytest.raises(AmiUnreachableError):
        stream.write(b"x", WAIT_S)


def test_closing_wakes_a_thread_that_reads(pair: tuple[Stream, socket.socket]) -> None:
    stream, _ = pair
    outcomes: list[object] = []
    begun = threading.Event()

    def read() -> None:
        begun.set()
        try:
            outcomes.append(stream.read(60))
        except AmiUnreachableError as exc:
            outcomes.append(exc)

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(WAIT_S)
    stream.close()
    reader.join(WAIT_S)
    assert not reader.is_alive()
    assert len(outcomes) == 1


def test_a_name_that_is_unknown_is_told_with_the_cure() -> None:
    with pytest.raises(AmiUnreachableError) as caught:
        connect_tcp("no-such-host.invalid", 5038, None, 5)
    assert "no-such-host.invalid:5038" in caught.value.message
    assert "ASTERISK_AMI_HOST" in caught.value.cure


def test_asterisk_cuts_a_client_that_does_not_read() -> None:
    """That is why the reader waits for nobody (manager.c: writetimeout)."""
    with FakeAsterisk() as server:
        stream = connect_tcp("127.0.0.1", server.port, None, WAIT_S)
        stream.write(b"Action: Login\r\nUsername: agent\r\nSecret: correct horse\r\n\r\n", WAIT_S)
        server.wait_for(server.logged_in)
        event = block([("Event", "VarSet"), ("Privilege", "dialplan,all"), ("Value", "x" * 900)])
        # More than any kernel holds for a reader: 20 MB a time, until Asterisk has had enough.
        server.write_timeout_s = 0.1
        for _ in range(20):
            server.send_raw(event * 20_000)
        assert server.connections[0].closed.is_set()
        stream.close()


@pytest.fixture(scope="module")
def localhost(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"), "localhost")


@pytest.fixture
def tls_server(localhost: tuple[Path, Path]) -> Iterator[FakeAsterisk]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*localhost)
    with FakeAsterisk(tls=context) as server:
        yield server


def client(server: FakeAsterisk, ca_file: Path | None, host: str = "localhost") -> AMIClient:
    return AMIClient(host, server.port, "agent", "correct horse", tls=tls_context(ca_file),
                     timeouts=PATIENT)  # fmt: skip


def test_tls_with_its_authority(tls_server: FakeAsterisk, localhost: tuple[Path, Path]) -> None:
    assert client(tls_server, localhost[0]).connect_once().asterisk_version == "16.28.0"


def test_actions_and_events_cross_on_tls(
    tls_server: FakeAsterisk, localhost: tuple[Path, Path]
) -> None:
    """Reader and writer share one TLS connection: neither may disturb the other."""
    agent = client(tls_server, localhost[0])
    agent.set_wanted(None)
    reader = threading.Thread(target=agent.run)
    reader.start()
    try:
        assert agent.wait_connected(WAIT_S)
        events = block([("Event", "VarSet"), ("Privilege", "dialplan,all"), ("Value", "x" * 90)])
        for _ in range(200):
            tls_server.send_raw(events * 20)
            assert agent.action({"Action": "Ping"}, WAIT_S)[0]["Ping"] == "Pong"
        assert agent.info.events == 200 * 20 + 1
    finally:
        agent.stop()
        reader.join(WAIT_S)


def test_a_certificate_that_nobody_signed_is_refused(tls_server: FakeAsterisk) -> None:
    with pytest.raises(AmiTlsError, match="certificate"):
        client(tls_server, None).connect_once()


def test_a_certificate_of_another_name_is_refused(
    tls_server: FakeAsterisk, localhost: tuple[Path, Path]
) -> None:
    with pytest.raises(AmiTlsError) as caught:
        client(tls_server, localhost[0], "127.0.0.1").connect_once()
    assert "ASTERISK_AMI_CA_FILE" in caught.value.cure


def test_tls_to_a_port_that_speaks_none() -> None:
    with FakeAsterisk() as server, pytest.raises(AmiTlsError):
        client(server, None).connect_once()


def test_a_wrong_file_of_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(AmiTlsError, match="certificates"):
        tls_context(tmp_path / "ca.pem")
