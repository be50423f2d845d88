"""One relayed connection: two sockets, and when it carried what."""

import select
import socket
import struct
import time
from contextlib import suppress

_AT_ONCE = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: close sends RST


class Link:
    """A client's connection and ours to the server. Times are Unix seconds."""

    def __init__(self, client: socket.socket, server: socket.socket, mark: bytes) -> None:
        self.client, self.server = client, server
        #: When the server's first word with `mark` in it had been handed on; 0 before.
        self.up_at = 0.0
        #: Until when the client was given what the server said; 0 while it still is.
        self.ended_at = 0.0
        self._stalled_at = 0.0
        self._mark, self._tail = mark, b""

    def handed_on(self, data: bytes) -> None:
        """Note that the client was given this."""
        if self.up_at:
            return
        seen = self._tail + data
        if self._mark in seen:
            self.up_at = time.time()
        self._tail = seen[-len(self._mark) :]

    def stall(self) -> None:
        """Note that nothing is handed on from now."""
        self._stalled_at = self._stalled_at or time.time()

    def go_on(self) -> bool:
        """Note that it carries again; False if one side has gone meanwhile."""
        if self._is_left(self.client) or self._is_left(self.server):
            return False
        self._stalled_at = 0.0
        return True

    @staticmethod
    def _is_left(side: socket.socket) -> bool:
        look = select.poll()
        look.register(side, select.POLLRDHUP)
        return bool(look.poll(0))

    def end(self, reset: bool = False) -> None:
        """Close both sides, once; `reset` tells them so by RST instead of FIN."""
        self.ended_at = self.ended_at or self._stalled_at or time.time()
        for side in (self.client, self.server):
            with suppress(OSError):
                if reset and side.family == socket.AF_INET:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    # It wakes who reads, and sends no FIN.
                    side.shutdown(socket.SHUT_RD)
                else:
                    side.shutdown(socket.SHUT_RDWR)
            side.close()
