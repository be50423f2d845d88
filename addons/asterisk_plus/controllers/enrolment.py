"""Where a new agent exchanges its one-time code for a login and a password (models/enrolment.py).

POST of a form, JSON out: `db=…&code=…` → `{"login", "password", "server"}`. (Odoo 14 takes what is called JSON for its own JSON-RPC.) Every
refusal is a status and a fixed text: a wrong, used or old code, and a database that is not there, look the same.
"""
import collections
import json
import logging
import time

from psycopg2 import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from odoo import SUPERUSER_ID, api, http
from odoo.http import request
from odoo.modules.registry import Registry

from .dialplan import _database

_logger = logging.getLogger(__name__)

MAX_CODE = 100
# Failures of one address in one process of Odoo: a code can't be guessed, this keeps the log and the processor free.
MAX_FAILURES = 10
WITHIN_S = 60
MAX_ADDRESSES = 1024
_failures = collections.OrderedDict()


class EnrolmentController(http.Controller):
    # csrf=False: there is no session to abuse; save_session=False: none is left behind. All methods are routed here, so that a
    # wrong one is refused by us and not by a page of HTML. readonly=False: as in dialplan.py.
    @http.route("/asterisk_plus/enrol", type="http", auth="none", csrf=False, save_session=False, readonly=False)
    def enrol(self, **_parameters):
        """Answer an agent that shows a code."""
        address = request.httprequest.environ.get("REMOTE_ADDR", "")
        if request.httprequest.method != "POST":
            return _answer(405, {"error": "method not allowed"})
        if _is_too_many(address):
            return _answer(429, {"error": "too many failures"})
        try:
            form = request.httprequest.form
            account = _exchange(form.get("db", ""), form.get("code", ""))
        except HTTPException:
            account = None
        except OperationalError:  # the same code was brought twice at once: the other one has it
            account = None
        except Exception:  # pylint: disable=broad-except  # nothing of it leaves the house
            _logger.exception("No enrolment")
            return _answer(500, {"error": "internal error"})
        if not account:
            _note(address)
            _logger.warning("An enrolment code from %s was refused", address)
            return _answer(403, {"error": "refused"})
        _logger.info("An agent at %s has enrolled as %s", address, account["login"])
        return _answer(200, account)


def _exchange(name, code):
    """Return login and password for a right code, None for a wrong one. Raise NotFound for a database that is not there."""
    if not 0 < len(code) <= MAX_CODE:
        return None
    registry = Registry(_database(name)).check_signaling()
    with registry.cursor() as cr:
        # Superuser: whoever asks has no account yet. What a code is good for is decided in _use.
        env = api.Environment(cr, SUPERUSER_ID, {})
        if "asterisk_plus.enrolment" not in env:
            return None
        server = env["asterisk_plus.enrolment"]._use(code)
        return server._enrol() if server else None


def _answer(status, body):
    response = Response(json.dumps(body), status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _is_too_many(address):
    times = _failures.get(address, ())
    return len(times) == MAX_FAILURES and time.monotonic() - times[0] < WITHIN_S


def _note(address):
    _failures.setdefault(address, collections.deque(maxlen=MAX_FAILURES)).append(time.monotonic())
    _failures.move_to_end(address)
    if len(_failures) > MAX_ADDRESSES:
        _failures.popitem(last=False)
