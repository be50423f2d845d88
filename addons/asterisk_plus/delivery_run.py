"""One batch of items, run in order: which are done already, which go together, and what a failure means for the rest."""
import logging

import psycopg2

from .lib.events import linkedid_of

_logger = logging.getLogger(__name__)

RECONCILE = ("asterisk_plus.call", "_reconcile")
MAX_ERROR = 300


class DeliveryRun:
    """Items go to their handlers in savepoints; consecutive ones go together where the handler takes lists.

    An item whose handler raised is "failed", and those of the same call behind it are "held": neither is recorded, both come again.
    A serialization failure, a deadlock or a lost connection is of the whole transaction: it is raised, Odoo begins again.
    """

    def __init__(self, env, server, watermarks):
        self._env = env
        self._server = server
        self._watermarks = watermarks
        self._handlers = {0: RECONCILE}
        rows = env["asterisk_plus.event"].sudo()._rows_of(server)
        self._handlers.update((row.id, (row.model, row.method)) for row in rows)
        self._results = {}
        self._stuck = set()  # Linkedids of failed items
        self._waiting = []  # [(index, item)] ...
        self._waiting_for = None  # ... for one handler that takes a list

    def run(self, items):
        """Return one result per item, in order."""
        for index, item in enumerate(items):
            handler = self._handlers.get(item["row"])
            if self._waiting and (handler != self._waiting_for or self._is_waiting(item)):
                self._run_waiting()
            if not self._is_settled(index, item, handler):
                self._take(index, item, handler)
        self._run_waiting()
        return [self._results[index] for index in range(len(items))]

    def _is_settled(self, index, item, handler):
        """Tell whether there is nothing to run for an item, and say why in its result."""
        if (item["seq"], item["row"]) in self._watermarks[item["boot"]]:
            self._say(index, item, "duplicate")
        elif handler is None:
            self._done(index, item, "skipped")
        elif linkedid_of(item["event"]) in self._stuck:
            self._say(index, item, "held")
        else:
            return False
        return True

    def _take(self, index, item, handler):
        if handler in self._server._batch_handlers:
            self._waiting.append((index, item))
            self._waiting_for = handler
        else:
            self._run_one(index, item, handler)

    def _is_waiting(self, item):
        key = (item["boot"], item["seq"], item["row"])
        return any(key == (other["boot"], other["seq"], other["row"]) for _index, other in self._waiting)

    def _run_waiting(self):
        """Run what waits together; if that fails one by one, to find the bad one."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        handler = self._waiting_for
        if self._attempt(handler, [item["event"] for _index, item in waiting]) is None:
            for index, item in waiting:
                self._done(index, item, "done")
        else:
            for index, item in waiting:
                if not self._is_settled(index, item, handler):
                    self._run_one(index, item, handler)

    def _run_one(self, index, item, handler):
        failure = self._attempt(handler, [item["event"]])
        if failure is None:
            self._done(index, item, "done")
            return
        self._stuck |= {linkedid_of(item["event"])} - {""}
        self._say(index, item, "failed", failure)

    def _attempt(self, handler, events):
        """Run a handler in a savepoint; return None, or the error's type and first line."""
        try:
            with self._env.cr.savepoint():
                self._call(handler, events)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except Exception as exc:
            # Whatever the handler is, its failure must not stop the events behind it. The agent repeats, then parks it.
            _logger.warning("%s.%s failed on %s", *handler, [event.get("Event") for event in events], exc_info=True)
            return ("%s: %s" % (type(exc).__name__, str(exc).strip().partition("\n")[0]))[:MAX_ERROR]
        return None

    def _call(self, handler, events):
        model, method = handler
        if handler == RECONCILE:
            self._env[model]._reconcile(self._server, events[0])
        elif handler in self._server._batch_handlers:
            getattr(self._env[model], self._server._batch_handlers[handler])(self._server, events)
        else:
            self._env["asterisk_plus.event"]._check_handler(model, method)
            getattr(self._env[model], method)(events[0])  # with the rights of the agent's account

    def _done(self, index, item, status):
        self._watermarks[item["boot"]].add((item["seq"], item["row"]))
        self._say(index, item, status)

    def _say(self, index, item, status, error=""):
        self._results[index] = {
            "boot": item["boot"],
            "seq": item["seq"],
            "row": item["row"],
            "status": status,
            "error": error,
        }
