"""Requests to the agent: sent after commit, never waited for, but for the buttons of the server's form."""
import contextlib
import logging
import threading

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, _, api, models
from odoo.exceptions import AccessError
from odoo.modules.registry import Registry

from .agent_client import ASYNC_TIMEOUT_S, SYNC_MARGIN_S, AgentClient, AgentError

_logger = logging.getLogger(__name__)

SYNC_TIMEOUT_S = 5
QUEUE = "asterisk_plus.requests"
SENDER = "asterisk_plus.sender"
MAX_TRIES = 3
WAIT_S = 0.3  # so long a transaction waits for its requests: enough for an agent that is well


def after_commit(cr, function):
    """Run the function when the transaction is committed. Odoo 14 and later; earlier ones had cr.after("commit", ...)."""
    cr.postcommit.add(function)


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def _agent_client(self):
        self.ensure_one()
        # sudo: nobody reads the token but this.
        server = self.sudo()
        return AgentClient(server.agent_url, server.agent_token, server.agent_tls_verify, server.agent_ca)

    def _agent_call(self, method, args=(), kwargs=None, timeout_s=SYNC_TIMEOUT_S):
        """Return the function's result; wait for it. Raise AgentError. For buttons only: everything else is sent by _agent_send."""
        params = {"args": list(args), "kwargs": dict(kwargs or {}), "sync": True, "timeout": timeout_s}
        return self._agent_client().call(method, params, timeout_s + SYNC_MARGIN_S)

    def _agent_send(self, method, args=(), kwargs=None, callback=None, pass_back=None, notify=None, on_error=None, is_quiet=False):
        """Send a request when the transaction is committed.

        `callback` is (model, method) of `_agent_callbacks` that the agent calls with the result, `notify` the user whom it tells the result. When the
        request can't be handed over, model._method(reason, pass_back) of `on_error` is called, which tells whom it concerns;
        without `on_error` the user of `notify`, or else the one who caused it, is shown why, unless it `is_quiet`: the log says
        it in any case. Both happen in a transaction of its own.
        """
        self.ensure_one()
        params = {"args": list(args), "kwargs": dict(kwargs or {}), "sync": False, "pass_back": pass_back or {}}
        if callback:
            params.update(res_model=callback[0], res_method=callback[1])
        if notify:
            params.update(res_notify_uid=notify.id, res_notify_title=self.name)
        request = _Request(self, method, params, None if is_quiet else notify or self.env.user, on_error)
        waiting = self.env.cr.postcommit.data.setdefault(QUEUE, [])
        waiting.append(request)
        if len(waiting) == 1:
            after_commit(self.env.cr, lambda: _send_all(waiting))

    def _agent_is_set_up(self):
        # sudo: whether there is a token is all that comes of it.
        return bool(self.active and self.agent_url and self.sudo().agent_token)

    def _events_map_changed(self):
        """Tell the agents to download the events map again, when the change is committed."""
        result = super()._events_map_changed()
        for server in self.filtered(lambda one: one._agent_is_set_up()):
            server._agent_send("asterisk.manager_action", [{"Action": "ReloadEvents"}])
        return result

    # Buttons of the form

    def action_test_ping(self):
        """Ask the agent whether it is there, and show the answer."""
        return self._button(_("Test Ping"), "test.ping", [], _("The agent answers."), lambda result: result is True)

    def action_asterisk_ping(self):
        """Ask Asterisk, through the agent, whether it is there, and show the answer."""
        return self._button(
            _("Asterisk Ping"), "asterisk.manager_action", [{"Action": "Ping"}], _("Asterisk answers."), _is_success
        )

    def action_reload_events(self):
        """Make the agent download the events map again, and show whether it did."""
        return self._button(
            _("Reload Events"),
            "asterisk.manager_action",
            [{"Action": "ReloadEvents"}],
            _("The agent has the events map."),
            _is_success,
        )

    def action_rotate_token(self):
        """Let the agent make a new token and hand it over at its next hello, a moment later."""
        good_news = _("The agent makes a new token; the old one ends at once.")
        return self._button(_("New token"), "agent.rotate_token", [], good_news, lambda result: result is True)

    def _button(self, title, method, args, good_news, is_good):
        self.ensure_one()
        self._check_pbx_admin()
        try:
            result = self._agent_call(method, args)
        except AgentError as error:
            return self._answer(title, self._agent_error_text(error), False)
        if is_good(result):
            return self._answer(title, good_news, True)
        return self._answer(title, _refusal(result) or _("The agent gave an answer that was not expected."), False)

    def _check_pbx_admin(self):
        if not self.env.user.has_group("asterisk_plus.group_admin"):
            raise AccessError(_("Only PBX admins may do this."))
        self.check_access_rights("write")
        self.check_access_rule("write")

    @api.model
    def _agent_error_text(self, error):
        """Return cause and cure of an AgentError in one or two sentences."""
        text = self._agent_error_texts().get(error.code) or _("The agent failed. Look into its log.")
        return "%s (%s)" % (text, error.reason) if error.reason else text

    @api.model
    def _agent_error_texts(self):
        return {
            "bad_url": _("The Agent URL is missing or wrong. Enter it on the server's form."),
            "bad_ca": _("The certificate authority of the server's form is not PEM. Paste the whole certificate."),
            "no_token": _("The agent has not called yet, so there is no token. Start the agent and wait a few seconds."),
            "unreachable": _("The agent is not reachable. Check that it runs, and the Agent URL, port and firewall."),
            "timeout": _("The agent did not answer in time. Check that it runs and is not overloaded."),
            "tls": _("The agent's certificate is not trusted. Enter its authority on the server's form, or mend the certificate."),
            "redirect": _("The Agent URL leads elsewhere. Enter the final address; redirects are never followed."),
            "unauthorized": _("The agent refused the token: it is old. Restart the agent and try again."),
            "forbidden": _("The agent refuses this Odoo's address. Correct ODOO_IP in the agent's environment."),
            "not_found": _("There is no agent at this path. The Agent URL usually ends with /rpc/."),
            "too_large": _("The request is too large for the agent (RPC_MAX_BODY)."),
            "too_many": _("Too many failed requests from here. The agent refuses for a while: wait a minute and try again."),
            "bad_reply": _("Something else than the agent answered. Check the Agent URL and the proxy."),
            "unknown_function": _("The agent does not know this function. Update it to the addon's version."),
            "invalid": _("The agent refused the arguments."),
            "refused": _("The agent's policy does not allow this action."),
            "asterisk_away": _("The agent is not connected to Asterisk. Check Asterisk and the AMI account: asterisk-agent check."),
            "security_off": _("Security is off on the agent: set ASTERISK_SECURITY_ENABLED=yes in its environment."),
            "config_closed": _("The agent's machine keeps its files closed: ASTERISK_CONFIG_ACCESS=write opens them, if its admin wants it."),
            "config_file": _("The agent left the configuration file as it was."),
            "busy": _("The agent has too many jobs waiting. Try again in a moment."),
        }


class _Request:
    """What is needed to send when the transaction, its cursor and its records are gone."""

    def __init__(self, server, method, params, user, on_error):
        self.dbname, self.server_id = server.env.cr.dbname, server.id
        # sudo: the language of whom it will be told.
        self.user_id, self.lang = (user.id, user.sudo().lang) if user else (None, None)
        self.on_error = on_error
        self.method, self.params = method, params
        self.error = None
        try:
            self.client = server._agent_client()
        except AgentError as error:
            self.client, self.error = None, error

    def send(self):
        try:
            if self.client:
                self.client.call(self.method, self.params, ASYNC_TIMEOUT_S)
        except AgentError as error:
            self.error = error
        except Exception:  # pylint: disable=broad-except  # in a thread there is nobody left to raise to
            self.error = AgentError("internal")

    def tell_user(self, env, told):
        """Show the cause to the user, each cause once."""
        server = env["asterisk_plus.server"].browse(self.server_id)
        reason = server._agent_error_text(self.error)
        if (self.user_id, reason) not in told:
            told.add((self.user_id, reason))
            server._notify(env["res.users"].browse(self.user_id), server.name, reason, is_warning=False, is_sticky=True)

    def undo(self, env):
        """Call `on_error` with the cause."""
        model, method = self.on_error
        reason = env["asterisk_plus.server"]._agent_error_text(self.error)
        getattr(env[model], method)(reason, self.params["pass_back"])

    def in_transaction(self, function):
        """Run the function in a transaction of its own, again when others were in the way. Never raise."""
        for tries_left in reversed(range(MAX_TRIES)):
            try:
                with _environments(), Registry(self.dbname).cursor() as cr:
                    # superuser: it is the system that tells somebody, after the transaction of whoever asked.
                    return function(api.Environment(cr, SUPERUSER_ID, {"lang": self.lang}))
            except OperationalError as error:  # a serialization failure, for one: the call's own events arrive just now
                if not tries_left:
                    _logger.error("Not done for user %s: %s", self.user_id, type(error).__name__)
            except Exception:  # pylint: disable=broad-except  # the transaction is committed, and so is its caller
                _logger.exception("Not done for user %s", self.user_id)
                break
        return None


def _environments():
    """Return the context in which a thread of its own may make environments: Odoo 14 and 15; later ones need none."""
    manage = getattr(api.Environment, "manage", None)
    return manage() if manage else contextlib.nullcontext()


def _send_all(requests):
    """Send the requests of one transaction; wait for them WAIT_S, and leave an agent that hangs to a thread. Never raise."""
    # Not a daemon: a worker that is told to end lets it tell the user first. It takes ASYNC_TIMEOUT_S, and two transactions.
    thread = threading.Thread(target=_send_and_tell, args=(requests,), name=SENDER, daemon=False)
    thread.dbname = requests[0].dbname  # for the log
    thread.start()
    thread.join(WAIT_S)


def _send_and_tell(requests):
    """Send side by side, so that an agent that is away costs its time once; then tell of what was not handed over."""
    threads = [threading.Thread(target=one.send, name="asterisk_plus.send", daemon=True) for one in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = set()
    for request in requests:
        if request.error:
            _logger.warning("Request %s to the agent of server %s: %s", request.method, request.server_id, request.error.code)
        if request.error and (request.on_error or request.user_id):
            request.in_transaction(lambda env, one=request: one.undo(env) if one.on_error else one.tell_user(env, told))


def _is_success(result):
    """Tell whether a list of AMI messages begins with a success."""
    first = result[0] if isinstance(result, list) and result else {}
    return isinstance(first, dict) and first.get("Response") in ("Success", "Follows")


def _refusal(result):
    first = result[0] if isinstance(result, list) and result else {}
    return first.get("Message") if isinstance(first, dict) else ""
