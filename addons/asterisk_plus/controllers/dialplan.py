import logging

import werkzeug.exceptions

from odoo import SUPERUSER_ID, api, http
from odoo.http import request
from odoo.modules.registry import Registry
from odoo.tools import consteq

from ..addresses import is_permitted, parse_networks

_logger = logging.getLogger(__name__)

MAX_NUMBER = 80
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST")


class Dialplan(http.Controller):
    """Questions that Asterisk's dialplan asks by CURL(). The body lands in CALLERID(name), so it is empty on any error.

    Parameters: number; country (two letters); server (the name of the server, where several are); db (the database, where several are).
    Without a session the database is known only if there is one, or one for the host (dbfilter). Else these routes exist only with
    `--load=base,web,asterisk_plus`, as any route without a database does, and `db` chooses among those that the filter allows.
    """

    @http.route("/asterisk_plus/get_caller_name", type="http", auth="none", csrf=False)
    def get_caller_name(self, **params):
        """Answer who calls: Jane (ACME)."""
        return self._answer("_caller_name", params)

    @http.route("/asterisk_plus/get_partner_manager", type="http", auth="none", csrf=False)
    def get_partner_manager(self, **params):
        """Answer which phones the caller's salesperson has: PJSIP/101&PJSIP/102."""
        return self._answer("_partner_manager", params)

    @http.route("/asterisk_plus/get_caller_tags", type="http", auth="none", csrf=False)
    def get_caller_tags(self, **params):
        """Answer which tags the caller has: VIP,B2B."""
        return self._answer("_caller_tags", params)

    def _answer(self, question, params):
        """Return the answer as plain text, or an empty body with the status that says what was wrong."""
        try:
            body, status = self._ask(question, params), 200
        except werkzeug.exceptions.HTTPException as exc:
            body, status = "", exc.code
        except Exception:
            # An error page would become the caller's name.
            _logger.exception("%s could not be answered", question)
            body, status = "", 500
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return http.Response(body, status=status, headers=headers)

    def _ask(self, question, params):
        if request.httprequest.method not in ("GET", "HEAD"):
            raise werkzeug.exceptions.MethodNotAllowed()
        with Registry(_database(params.get("db"))).cursor() as cr:
            # Superuser: who asks is no user. _check_access denies unless the address or the token is known.
            env = api.Environment(cr, SUPERUSER_ID, {})
            _check_access(env["asterisk_plus.settings"]._get(), params.get("token"))
            number, country = _number(params.get("number")), _country(params.get("country"))
            return getattr(env["asterisk_plus.dialplan"], question)(number, country, _server(env, params.get("server")))


def _database(wanted):
    """Return the database to ask: the one asked for, if this host may see it, else the request's only one."""
    if wanted and wanted != request.session.db and wanted not in http.db_list(force=True):
        raise werkzeug.exceptions.NotFound()
    database = wanted or request.session.db
    if not database:
        raise werkzeug.exceptions.BadRequest()
    registry = Registry(database)
    if "asterisk_plus.dialplan" not in registry:
        raise werkzeug.exceptions.NotFound()
    registry.check_signaling()
    return database


def _check_access(settings, token):
    """Raise Forbidden unless the client's address is permitted or its token is right."""
    kind, _blank, given = request.httprequest.headers.get("Authorization", "").partition(" ")
    given = given.strip() if kind.lower() == "bearer" else token or ""
    wanted = settings.dialplan_token or ""
    if wanted and consteq(given.encode(), wanted.encode()):
        return
    if not is_permitted(_client_address(request.httprequest), parse_networks(settings.permitted_addresses)):
        raise werkzeug.exceptions.Forbidden()


def _client_address(httprequest):
    """Return the client's address, empty when it is not known.

    Behind a proxy every request comes from the proxy, often from loopback. Who is really there is known only when Odoo reads the
    proxy's word (proxy_mode, and X-Forwarded-Host: service/wsgi_server.py); else a forwarded request has no address.
    """
    forwarded = any(httprequest.environ.get(name) for name in FORWARDED)
    if forwarded and "werkzeug.proxy_fix.orig" not in httprequest.environ:
        return ""
    return httprequest.remote_addr or ""


def _number(text):
    """Return the number to look for; a number that is missing is a mistake of the dialplan, an empty one is an anonymous call."""
    if text is None or len(text) > MAX_NUMBER:
        raise werkzeug.exceptions.BadRequest()
    # A + that was not encoded in the URL arrives as a blank: number=+32... is number=%20 32...
    return "+" + text.lstrip() if text.startswith(" ") else text


def _country(text):
    """Return a country's two letters, None for none asked."""
    if not text:
        return None
    if len(text) != 2 or not (text.isascii() and text.isalpha()):
        raise werkzeug.exceptions.BadRequest()
    return text.upper()


def _server(env, name):
    """Return the server of a name; none when none is asked for."""
    servers = env["asterisk_plus.server"]
    if not name:
        return servers
    found = servers.search([("name", "=", name)], limit=2)
    if len(found) != 1:
        raise werkzeug.exceptions.BadRequest()
    return found
