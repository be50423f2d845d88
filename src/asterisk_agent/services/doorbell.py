"""Wait for the broker and for our own people at once: nobody looks again and again.

A connection belongs to one green thread. What others want sent on it they put down, and ring.
"""

from __future__ import annotations

import os
import select
import weakref

import amqp

from asterisk_agent.services import broker

#: For the rest of what the broker has begun to say.
_REST_S = 0.02


class Doorbell:
    """A bell of one connection's owner; a ring that nobody waits for is kept."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._rung = False
        weakref.finalize(self, os.close, self._fd)

    def ring(self) -> None:
        """Wake the owner."""
        if not self._rung:
            self._rung = True
            os.eventfd_write(self._fd, 1)

    def drain(self, conn: amqp.Connection, timeout_s: float) -> bool:
        """Read what the broker sends, until somebody rings, at most so long.

        Tell whether something came. Afterwards the bell is silent: look at what was put down.
        """
        came = self._came(conn, timeout_s)
        if self._rung:
            os.eventfd_read(self._fd)
            self._rung = False
        return came and broker.drain(conn, _REST_S)

    def _came(self, conn: amqp.Connection, timeout_s: float) -> bool:
        sock = conn.sock
        # TLS: what is decrypted already makes no socket readable.
        if getattr(sock, "pending", int)():
            return True
        wait_s = 0.0 if self._rung else timeout_s
        ready, _, _ = select.select([sock, self._fd], [], [], wait_s)
        return sock in ready
