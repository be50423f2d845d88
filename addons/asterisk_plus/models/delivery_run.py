"""One delivery at work: which item runs, which waits, and what became of each. Knows savepoints, and no model."""
import logging
from itertools import groupby

import psycopg2

from ..lib.events import linkedid_of
from .wire import clean, clean_text

_logger = logging.getLogger(__name__)
MAX_ERROR = 300
# Not the handler's fault, and not only of this item: serialization failures, deadlocks, a lost connection. The transaction must
# end, and Odoo (service/model.py) or the agent tries the whole request again.
NOT_OURS = (psycopg2.OperationalError, psycopg2.InterfaceError)


class Item:
    """One event for one row of the map."""

    def __init__(self, boot, seq, row, event):
        self.boot, self.seq, self.row, self.event = boot, seq, row, event
        self.call = clean_text(linkedid_of(event) or event.get("Linkedid"))

    @classmethod
    def of(cls, data):
        """Return the item that the agent sent. Raise KeyError, TypeError or ValueError when it is none."""
        boot, seq, row = data["boot"], data["seq"], data["row"]
        if type(boot) is not str or type(seq) is not int or type(row) is not int:  # a bool is an int, too
            raise TypeError("boot, seq, row")
        if seq < 1 or row < 0:
            raise ValueError("seq, row")
        if not isinstance(data["event"], dict):
            raise TypeError("event")
        return cls(boot, seq, row, clean(data["event"]))

    @property
    def key(self):
        return (self.seq, self.row)


class Handler:
    """What an item's row asks for: `batch` takes a list of events, `one` a single one."""

    def __init__(self, name, batch=None, one=None):
        self.name, self.batch, self.one = name, batch, one

    def run(self, events):
        if self.batch:
            self.batch(events)
        else:
            for event in events:
                self.one(event)


class DeliveryRun:
    """The items of one request, in one transaction."""

    def __init__(self, server, handlers, applied):
        self.server, self.handlers, self.applied = server, handlers, applied
        self.failed_calls = set()
        self.results = {}

    def take(self, items):
        """Run what is to be run, in order, and return one result per item."""
        first = {}
        for item in items:
            first.setdefault((item.boot, item.key), item)
        todo = [item for item in first.values() if self._is_todo(item)]
        # Only neighbours may go together, or the order is lost: odoo.tools.groupby would gather them from everywhere.
        # pylint: disable-next=bad-builtin-groupby
        for _name, group in groupby(todo, key=lambda item: self.handlers[item.row].name):
            self._take_group(list(group))
        return [self._result(item, first[(item.boot, item.key)]) for item in items]

    def _is_todo(self, item):
        if item.key in self.applied[item.boot]:
            self.results[item] = ("duplicate", "")
        elif item.row not in self.handlers:
            self._done(item, "skipped")
        else:
            return True
        return False

    def _take_group(self, items):
        """Run consecutive items of one handler: together if it can and nothing goes wrong, else one by one."""
        if self.handlers[items[0].row].batch and len(items) > 1:
            ready = [item for item in items if not self._is_held(item)]
            if self._try(ready) is None:
                for item in ready:
                    self._done(item)
                return
            items = ready
        for item in items:
            self._take_one(item)

    def _take_one(self, item):
        if self._is_held(item):
            return
        error = self._try([item])
        if error is None:
            self._done(item)
            return
        _logger.warning("%s.%s failed for a %s event", *self.handlers[item.row].name, item.event.get("Event"), exc_info=error)
        self.results[item] = ("failed", in_a_line(error))
        if item.call:
            self.failed_calls.add(item.call)

    def _try(self, items):
        """Run the items' events in a savepoint; return None, or the handler's exception."""
        if not items:
            return None
        try:
            with self.server.env.cr.savepoint():
                self.handlers[items[0].row].run([clean(item.event) for item in items])
        except NOT_OURS:
            raise
        except Exception as error:  # pylint: disable=broad-except
            return error
        return None

    def _is_held(self, item):
        if item.call and item.call in self.failed_calls:
            self.results[item] = ("held", "")
        return item in self.results

    def _done(self, item, status="done"):
        self.results[item] = (status, "")
        self.applied[item.boot].add(item.key)

    def _result(self, item, first):
        status, error = self.results[first]
        if item is not first:  # the agent sent it twice in one request
            status, error = ("duplicate", "") if status in ("done", "skipped", "duplicate") else ("held", "")
        return {"boot": item.boot, "seq": item.seq, "row": item.row, "status": status, "error": error}


def in_a_line(error):
    """Return the exception's type and its first line."""
    lines = str(error).strip().splitlines()
    return clean_text(": ".join([type(error).__name__] + lines[:1]), MAX_ERROR)
