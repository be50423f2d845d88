"""The dialplan's questions about a caller and about a call, asked by Asterisk's CURL(). Plain text; on any error an empty body and a status.

The answer lands in CALLERID(name), Dial() and REGEX(): tools/dialplan.py says what may be in it. Who may ask is decided by
address and token (tools/network.py), never by a session.
"""
import functools
import logging

from werkzeug.exceptions import Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from odoo import SUPERUSER_ID, api, http
from odoo.http import request
from odoo.modules.registry import Registry

from ..tools import dialplan, network

_logger = logging.getLogger(__name__)

MAX_NUMBER = 64
MAX_CHANNELS = 4
METHODS = ("GET", "HEAD")


def _text(body, status=200):
    response = Response(body, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _answers(path):
    """Make a route of a method that takes (server, the query's arguments) and returns the answer as text."""

    def decorate(method):
        # All methods are routed here, so that a wrong one is refused by us and not by a page of HTML. csrf=False: there is no
        # session to abuse, and nothing but GET is answered. save_session=False: a question leaves no session file behind.
        # readonly=False: we open a cursor of our own, and Odoo 18's tests refuse one beside a read-only one.
        @http.route(path, type="http", auth="none", csrf=False, save_session=False, readonly=False)
        def question(self, **_parameters):
            try:
                return _text(_answer(functools.partial(method, self)))
            except HTTPException as error:
                return _text("", error.code or 500)
            except Exception:  # pylint: disable=broad-except  # whatever it is, Asterisk must not show it on a phone
                _logger.exception("No answer to %s", path)
                return _text("", 500)

        question.__name__, question.__doc__ = method.__name__, method.__doc__
        return question

    return decorate


def _answer(method):
    if request.httprequest.method not in METHODS:
        raise MethodNotAllowed()
    arguments = request.httprequest.args
    name = _database(arguments.get("db"))
    registry = Registry(name)
    if name != request.session.db:  # for its own database Odoo has looked, before it came here
        registry = registry.check_signaling()
    with registry.cursor() as cr:
        # Superuser: the asker is a telephone exchange, not a user. What it may ask is decided in _check_access.
        env = api.Environment(cr, SUPERUSER_ID, {})
        if "asterisk_plus.settings" not in env:
            raise NotFound()
        _check_access(env["asterisk_plus.settings"]._current())
        return method(_server(env, arguments), arguments)


def _database(name):
    """Return the database to ask. Raise NotFound for one that this host does not serve."""
    own = request.session.db  # Odoo has checked it
    name = name or own
    # The dbfilter of this host applies to a name that the asker brings as it does to a session's.
    if not name or (name != own and name not in http.db_list(force=True)):
        raise NotFound()
    return name


def _check_access(settings):
    """Raise Forbidden unless the address is permitted or the token is right (both, if the settings say so)."""
    environ = request.httprequest.environ
    address = network.client_address(environ, settings.proxy_addresses)
    is_address = network.is_listed(address, settings.permitted_addresses)
    is_token = network.is_same_secret(_shown_token(), settings.dialplan_token)
    if not (is_address and is_token if settings.is_token_required else is_address or is_token):
        _logger.warning("A dialplan's question from %s was refused", address or "an address that no trusted proxy tells")
        raise Forbidden()


def _shown_token():
    headers = request.httprequest.headers
    scheme, _space, token = headers.get("Authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else ""
    return bearer or headers.get("X-Asterisk-Token", "") or request.httprequest.args.get("token", "")


def _server(env, arguments):
    """Return the server that asks: the one that it names, or the only one; none when it can't be told."""
    servers = env["asterisk_plus.server"]
    name = arguments.get("server")
    if name:
        found = servers.search(["|", ("name", "=", name), ("system_name", "=", name)], limit=2)
    else:
        found = servers.search([], limit=2)
    return found if len(found) == 1 else servers


def _partner(server, arguments):
    """Return the one contact of the number, an empty recordset for nobody or several."""
    number = (arguments.get("number") or "")[: MAX_NUMBER + 1]
    if number[:1] == " " and number[1:2].isdigit():
        number = "+" + number[1:]  # a + that was not URI-encoded is a space in a query
    partners = server.env["res.partner"]
    return partners.asterisk_choose(
        partners.asterisk_match(number.strip(), country=arguments.get("country"), server=server)
    )


class DialplanController(http.Controller):
    @_answers("/asterisk_plus/get_caller_name")
    def get_caller_name(self, server, arguments):
        """Answer "Jane (ACME)": letters, digits and harmless punctuation, at most 64 characters."""
        partner = _partner(server, arguments)
        if not partner:
            return ""
        parent = partner.parent_id.commercial_partner_id.filtered("active")
        return dialplan.caller_name(partner.name, parent.name or partner.company_name or "")

    @_answers("/asterisk_plus/get_partner_manager")
    def get_partner_manager(self, server, arguments):
        """Answer "PJSIP/101&PJSIP/102", the channels of the contact's or the company's salesperson, at most 10.

        On another server the same channel is somebody else's phone: nothing is answered when it is not known which one asks.
        """
        partner = _partner(server, arguments)
        salesperson = partner.user_id or partner.commercial_partner_id.user_id
        if not server or not salesperson.active:
            return ""
        pbx_users = server.env["asterisk_plus.user"]._of_user(salesperson, server)
        return dialplan.dial_string(pbx_users._originate_channels().mapped("name"))

    @_answers("/asterisk_plus/get_caller_tags")
    def get_caller_tags(self, server, arguments):
        """Answer "VIP,B2B", the tags of the contact and of its company: letters, digits and " .-_/+"."""
        partner = _partner(server, arguments)
        categories = (partner.category_id | partner.commercial_partner_id.category_id).filtered("active")
        return dialplan.tags(categories.sorted("id").mapped("name"))

    @_answers("/asterisk_plus/get_recording")
    def get_recording(self, server, arguments):
        """Answer how the call of these channels is recorded: no, yes, tone or spoken; nothing when it is not known which server asks.

        `channel` is named once for each side of the call ("PJSIP/101-0000a1"). Without any: how a call of the server may be recorded.
        """
        if not server:
            return ""
        channels = [channel for channel in arguments.getlist("channel") if channel]
        return server._recording_of_channels(channels[:MAX_CHANNELS])
