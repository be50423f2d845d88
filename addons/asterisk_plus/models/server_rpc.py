import logging

from odoo import _, api, fields, models

from ..agent_client import ASYNC_TOTAL_S, AgentClient, AgentError

_logger = logging.getLogger(__name__)

PING_S = 5
NETWORK_S = 1  # on top of the agent's own time-out, for the way there and back


class AsteriskPlusServer(models.Model):
    """How Odoo asks the agent: docs/reference/agent-odoo.md, section 2."""

    _inherit = "asterisk_plus.server"

    # -- asking ----------------------------------------------------------------------------------

    def _agent_client(self):
        """Return a client for this server's agent. Raise AgentError when it can't be known how to reach it."""
        self.ensure_one()
        server = self.sudo()  # sudo: nobody may read the token
        if not server.agent_url:
            raise AgentError("no_url")
        if not server.agent_token:
            raise AgentError("no_token")
        return AgentClient(server.agent_url, server.agent_token, server.verify_tls, server.ca_certificate)

    def _agent_ask(self, method, args, kwargs=None, timeout_s=PING_S):
        """Return a function's result, waiting for it. Raise AgentError."""
        params = {"args": args, "kwargs": kwargs or {}, "sync": True, "timeout": timeout_s}
        try:
            result = self._agent_client().call(method, params, timeout_s + NETWORK_S)
        except AgentError as exc:
            if exc.code in ("unreachable", "timeout"):
                self._keep_state("offline")
            raise
        self._keep_state("online")
        return result

    def _agent_send(self, method, args, kwargs=None, callback=None, pass_back=None):
        """Ask for a function once this transaction is committed, and don't wait for it.

        Raise AgentError at once when it is not known how to reach the agent, and never afterwards. `callback` names a public method of this model: the agent calls it with the result, and so do we, with an error, when the
        agent can't be reached (as its underscored twin, which checks no caller).
        """
        self.ensure_one()
        params = {"args": args, "kwargs": kwargs or {}, "sync": False}
        if callback:
            params.update(res_model=self._name, res_method=callback, pass_back=pass_back or {})
        registry, uid, server_id, client = self.env.registry, self.env.uid, self.id, self._agent_client()

        def send():
            try:
                client.call(method, params, ASYNC_TOTAL_S)
            except AgentError as exc:
                _logger.warning("The agent of server %s was not told %s: %s %s", server_id, method, exc.code, exc.detail)
                if callback:
                    _tell(registry, uid, server_id, callback, exc, pass_back)
            except Exception:
                # The transaction is committed: whatever went wrong must not look as if it was not.
                _logger.exception("The agent of server %s was not told %s", server_id, method)

        self.env.cr.postcommit.add(send)

    def _agent_reload_events(self):
        """Make the agent download the map, once however often the map changes in this transaction."""
        self.ensure_one()
        server = self.sudo()  # sudo: nobody may read the token
        told = self.env.cr.postcommit.data.setdefault("asterisk_plus.reload", set())
        if server.agent_url and server.agent_token and server.id not in told:
            told.add(server.id)
            server._agent_send("asterisk.manager_action", [{"Action": "ReloadEvents"}])

    def _keep_state(self, state):
        """Keep whether the agent was reached."""
        values = {"state": state}
        if state == "online":
            values["last_seen"] = fields.Datetime.now()
        self.sudo().write(values)  # sudo: who may ask the agent need not have the right to change its server

    # -- buttons ---------------------------------------------------------------------------------

    def action_test_ping(self):
        """Is the agent there, and does it know us? Show the answer."""
        return self._button(_("Test Ping"), "test.ping", [], lambda result: _("The agent answers.") if result is True else None)

    def action_asterisk_ping(self):
        """Does Asterisk answer the agent? Show the answer."""
        return self._button(_("Asterisk Ping"), "asterisk.manager_action", [{"Action": "Ping"}], _pong)

    def action_reload_events(self):
        """Make the agent download the events map. Show the answer."""
        action = [{"Action": "ReloadEvents"}]
        done = _("The agent has downloaded the events map.")
        return self._button(_("Reload Events"), "asterisk.manager_action", action, lambda result: done if _succeeded(result) else None)

    def _button(self, title, method, args, words):
        """Ask the agent, and return a notification that says what came of it; `words(result)` is None for a bad result."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        try:
            result = self._agent_ask(method, args)
        except AgentError as exc:
            return self._notification(title, self._agent_cure(exc), "danger")
        good = words(result)
        if good:
            return self._notification(title, good, "success")
        return self._notification(title, _("Asterisk answered: %s") % _message(result), "danger")

    @api.model
    def _notification(self, title, message, kind):
        """Return the client action that shows a text; a failure stays until it is closed."""
        message = message.replace("%", "\uff05")  # the client formats the text: a percent sign would be read by it
        params = {"title": title, "message": message, "type": kind, "sticky": kind == "danger"}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    @api.model
    def _agent_cure(self, error):
        """Return what an AgentError means and what helps, in words for people."""
        words = {
            "no_url": _("This server has no Agent URL. Enter it on the server's form, for example https://pbx.example.com/rpc/"),
            "no_token": _(
                "The agent has not said hello yet. Start it with this server's login and password (button New agent password); "
                "'asterisk-agent check' on its host tells what is missing."
            ),
            "unreachable": _(
                "Nothing answers at the Agent URL. Is the agent running (asterisk-agent check), are the address and port right, and does a firewall let Odoo pass?"
            ),
            "timeout": _("The agent did not answer in time. Look at its host's load and at the agent's log."),
            "tls": _(
                "The certificate of the Agent URL can't be verified. Use a name that the certificate holds, or enter the authority that signed it as Own CA."
            ),
            "redirect": _("The Agent URL redirects elsewhere, which is never followed. Enter the address that it redirects to."),
            "bad_reply": _("What answers at the Agent URL is no agent. Is it the right address, with /rpc/ at its end?"),
            "not_found": _("There is a web server at the Agent URL, but no agent at this path. It ends with /rpc/ as a rule."),
            "unauthorized": _("The agent refused Odoo's token. Restart the agent: it hands over a new one when it says hello."),
            "forbidden": _("The agent refused Odoo's address. Correct ODOO_IP in the agent's settings."),
            "throttled": _("The agent refuses to listen after too many failures from Odoo's address. Wait a minute and try again."),
            "too_large": _("The request was larger than the agent takes (RPC_MAX_BODY in its settings)."),
            "asterisk_down": _("The agent answers, but it is not connected to Asterisk. Is Asterisk running, and are the agent's AMI account and port right?"),
            "agent_timeout": _("The agent answers, but Asterisk did not answer it in time."),
            "busy": _("The agent has too many requests waiting. Try again in a moment."),
            "refused": _("The agent's policy does not allow this action."),
            "unknown_function": _("The agent does not know this function. Update the agent and the module to the same version."),
            "invalid_params": _("The agent refused the arguments. Update the agent and the module to the same version."),
        }
        text = words.get(error.code) or _("The agent had an error of its own. Look at the agent's log.")
        return "%s (%s)" % (text, error.detail) if error.detail else text


def _tell(registry, uid, server_id, callback, error, pass_back):
    """Give a callback the error that kept a request from being sent, in a transaction of its own. Never raise."""
    try:
        with registry.cursor() as cr:
            server = api.Environment(cr, uid, {})["asterisk_plus.server"].browse(server_id)
            result = {"error": {"code": error.code, "message": server._agent_cure(error)}}
            getattr(server, "_" + callback)(result, pass_back or {})
    except Exception:
        _logger.exception("Nobody was told that the agent of server %s could not be asked", server_id)


def _succeeded(result):
    """Tell whether Asterisk's first message is no error."""
    first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
    return first.get("Response") in ("Success", "Goodbye", "Follows")


def _message(result):
    first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
    message = first.get("Message")
    return message if isinstance(message, str) and message else _("nothing that can be understood")


def _pong(result):
    return _("Asterisk answers the agent.") if _succeeded(result) else None
