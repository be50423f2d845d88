"""SIGTERM and SIGINT, told to a green thread.

A handler runs between any two bytecodes of the process: what it raises may be swallowed by a
finalizer that happened to run (weakref, ``__del__``), and what it gives to the hub may fall into a
list that the hub is just emptying. So ours do nothing, and the signal's number comes through a
socket (signal.set_wakeup_fd).
"""

from __future__ import annotations

import signal
import socket

_ENDING = (signal.SIGTERM, signal.SIGINT)


def _nothing(number: int, frame: object) -> None:
    """Be there: the interpreter writes the number to the socket all the same."""


class StopSignals:
    """The signals that end a process, from now until ``close``. Main thread only."""

    def __init__(self) -> None:
        self._reader, writer = socket.socketpair()
        writer.setblocking(False)
        self._writer = writer
        self._fd_before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _nothing) for number in _ENDING}

    def wait(self) -> str:
        """Wait until one comes, or came before; return its name."""
        while True:
            number = self._reader.recv(1)[0]
            if number in _ENDING:
                return signal.Signals(number).name

    def close(self) -> None:
        """Leave the signals as they were found."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        self._reader.close()
        self._writer.close()
