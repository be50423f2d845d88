"""A stream of bytes to Asterisk: TCP or TLS, every wait with its time-out.

Foreign errors become ours here, and only here. One thread may read while another writes: that is
why a TLS socket is asked under a lock and never while it waits (OpenSSL's connections must not be
used by two threads at once).
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from asterisk_agent.core.errors import AmiTlsError, AmiUnreachableError

#: Some 170 events; larger reads measured no faster.
READ_BYTES = 64 * 1024


class Stream(Protocol):
    """What the client asks of a connection."""

    def read(self, timeout_s: float) -> bytes | None:
        """Return what has come, ``b""`` at the end of the stream, ``None`` when time is up.

        Raise ``AmiUnreachableError`` when the connection is lost.
        """

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send everything. Raise ``AmiUnreachableError`` when that fails or time is up."""

    def close(self) -> None:
        """Close; never raises, may be called again."""


Connector = Callable[[str, int, ssl.SSLContext | None, float], Stream]


def tls_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Make a context that verifies Asterisk's certificate and name.

    ``ca_file`` holds the certificates that sign it; without one the system's authorities count.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as exc:
        raise AmiTlsError(
            "the file of certificates can't be used", "look at ASTERISK_AMI_CA_FILE"
        ) from exc


def connect_tcp(host: str, port: int, tls: ssl.SSLContext | None, timeout_s: float) -> Stream:
    """Connect. Raise ``AmiUnreachableError``, or ``AmiTlsError`` when TLS fails."""
    sock = _connect(host, port, timeout_s)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            sock = tls.wrap_socket(sock, server_hostname=host)
        sock.setblocking(False)
    except ssl.SSLError as exc:
        sock.close()
        raise AmiTlsError(
            f"TLS with {host}:{port} failed: {_tls_reason(exc)}",
            "look at ASTERISK_AMI_TLS, the port, ASTERISK_AMI_CA_FILE and the certificate's name",
        ) from exc
    except OSError as exc:
        sock.close()
        raise _lost(exc) from exc
    return SocketStream(sock)


class SocketStream:
    """A connected, non-blocking socket as a ``Stream``."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lock = threading.Lock()

    def read(self, timeout_s: float) -> bytes | None:
        """Return what has come, ``b""`` at the end, ``None`` when time is up."""
        try:
            data = self._try_read()
            if data is None and self._wait(timeout_s, write=False):
                data = self._try_read()
        except (OSError, ValueError) as exc:
            raise _lost(exc) from exc
        return data

    def write(self, data: bytes, timeout_s: float) -> None:
        """Send everything, waiting at most ``timeout_s`` for each part of it."""
        view = memoryview(data)
        try:
            while view:
                sent = self._try_write(view)
                if sent:
                    view = view[sent:]
                elif not self._wait(timeout_s, write=True):
                    raise TimeoutError("Asterisk takes no data")
        except (OSError, ValueError) as exc:
            raise _lost(exc) from exc

    def close(self) -> None:
        """Close both directions, so that a thread that waits in ``read`` wakes up."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def _try_read(self) -> bytes | None:
        try:
            with self._lock:
                return self._sock.recv(READ_BYTES)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except ssl.SSLEOFError:
            # Asterisk killed: no close_notify. For us that is the end of the stream all the same.
            return b""

    def _try_write(self, view: memoryview) -> int:
        try:
            with self._lock:
                return self._sock.send(view)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def _wait(self, timeout_s: float, *, write: bool) -> bool:
        sockets = [self._sock]
        readable, writable, _ = select.select(
            [] if write else sockets, sockets if write else [], [], timeout_s
        )
        return bool(readable or writable)


def _connect(host: str, port: int, timeout_s: float) -> socket.socket:
    try:
        return socket.create_connection((host, port), timeout=timeout_s)
    except OSError as exc:
        raise AmiUnreachableError(
            f"Asterisk at {host}:{port} is not reachable: {_reason(exc)}",
            "is Asterisk running, is enabled=yes in manager.conf, "
            "are ASTERISK_AMI_HOST and ASTERISK_AMI_PORT right?",
        ) from exc


def _lost(exc: Exception) -> AmiUnreachableError:
    return AmiUnreachableError(f"the connection to Asterisk was lost: {_reason(exc)}")


def _reason(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "time-out"
    return (getattr(exc, "strerror", None) or type(exc).__name__).lower()


def _tls_reason(exc: ssl.SSLError) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message
    return (exc.reason or "handshake failure").replace("_", " ").lower()
