"""Move what can't be published between memory and disk, beside everything else.

Whatever the broker has not confirmed within ``HOLD_S`` is written down: so much of what was read
can a killed agent lose. What Asterisk says at its quietest never touches the disk. The disk is
waited for in a native thread; green threads, the reader's above all, go on meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from asterisk_agent.core.errors import SpoolDamagedError, SpoolError
from asterisk_agent.core.spool import Spool
from asterisk_agent.services.backlog import Backlog

_log = logging.getLogger(__name__)

#: Events that wait longer for the broker's word are written down.
HOLD_S = 0.25
#: One transaction, and one reading.
BATCH = 2_000
#: After the disk failed: what comes meanwhile is held in memory, up to its bound.
RETRY_S = 5.0


class Spooler:
    """The traffic between a backlog and its spool, for as long as ``run`` runs.

    ``offload`` runs a function in a native thread and gives its result.
    """

    def __init__(
        self,
        backlog: Backlog,
        spool: Spool,
        offload: Callable[..., Any],
        *,
        on_loaded: Callable[[], None],
        on_lost: Callable[[int], None],
    ) -> None:
        self._backlog = backlog
        self._spool = spool
        self._offload = offload
        self._on_loaded = on_loaded
        self._on_lost = on_lost
        self._stopping = threading.Event()
        self._seen_pos = backlog.last_pos
        self._failing = False

    def run(self) -> None:
        """Move records until ``stop``; then write down all that is left."""
        while not self._stopping.is_set():
            seen, self._seen_pos = self._seen_pos, self._backlog.last_pos
            self._stopping.wait(HOLD_S if self._step(seen) else RETRY_S)
        self._step(self._backlog.last_pos)
        if kept := self._spool.count:
            _log.warning("%d events wait on disk for the next start", kept)
        self._spool.close()

    def stop(self) -> None:
        """Ask ``run`` to return."""
        self._stopping.set()

    def _step(self, upto: int) -> bool:
        """Save what is older than a position, load what there is room for; tell if it went well."""
        try:
            while self._save(upto) | self._load() | self._forget():
                self._backlog.disk_bytes = self._spool.bytes
        except SpoolDamagedError as exc:
            self._begin_anew(exc)
        except SpoolError as exc:
            self._failed(exc)
            return False
        self._backlog.disk_bytes = self._spool.bytes
        if self._failing:
            self._failing = False
            _log.warning("the spool can be used again")
        return True

    def _save(self, upto: int) -> bool:
        records = self._backlog.unsaved(upto, BATCH)
        if records:
            self._offload(self._spool.append, records)
            self._backlog.stored(records)
        return len(records) == BATCH

    def _load(self) -> bool:
        backlog = self._backlog
        asked = min(BATCH, backlog.head_room)
        if not backlog.gap or asked < 1 or self._stopping.is_set():
            return False
        backlog.loaded(self._offload(self._spool.read, backlog.cursor, asked), asked)
        self._on_loaded()
        return True

    def _forget(self) -> bool:
        upto = self._backlog.done
        if self._spool.count and upto >= self._spool.first_pos:
            self._offload(self._spool.forget, upto)
        return False

    def _begin_anew(self, exc: SpoolError) -> None:
        _log.error("%s; it is put aside", exc)
        try:
            self._offload(self._spool.start_anew)
        except SpoolError as again:
            self._failed(again)
        if lost := self._backlog.lost():
            self._on_lost(lost)

    def _failed(self, exc: SpoolError) -> None:
        if not self._failing:
            self._failing = True
            _log.error("%s; events wait in memory", exc)
