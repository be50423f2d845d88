"""What the agent calls, but for deliver(): docs/reference/agent-odoo.md, section 1. Each call works on the caller's own server."""
import hashlib
import json
import time

from odoo import _, api, models, release, tools
from odoo.exceptions import AccessError

from .wire import clean_text

MAX_ERROR = 300
MAX_ERRORS = 1000
MAX_TOKEN = 200


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def _agent_server(self):
        """Return the server whose agent is calling, ready to be written. Raise AccessError for anybody else."""
        user = self.env.user
        if user.has_group("asterisk_plus.group_server"):
            # sudo: the account itself may write nothing. The server found here is the one that the caller answers for, and
            # whatever is done with it afterwards must stay within it. The caller's context is left behind.
            servers = self.sudo().with_context({})  # pylint: disable=context-overridden
            server = servers.browse(servers._server_of(user.id))
            if server:
                return server.with_company(server.with_context(prefetch_fields=False).company_id)
        raise AccessError(_("Only the agent's account of a server may do this."))

    @api.model
    @tools.ormcache("user_id")
    def _server_of(self, user_id):
        return self.search([("user_id", "=", user_id)], limit=1).id

    @api.model
    def agent_hello(self, info):
        """Take note of the agent that has started, or has got a new token.

        Without a token it is a look of `asterisk-agent check`: it is answered, nothing is kept.
        """
        server = self._agent_server()
        told = {name: clean_text(info.get(name), MAX_TOKEN) for name in HELLO}
        token = told.pop("rpc_token")
        if token:
            values = {field: told[name] for name, field in HELLO.items() if field}
            is_new = server.agent_boot != told["boot"]
            server.write(dict(values, agent_token=token))
            server.env["asterisk_plus.delivery"]._touch(server)
            server._send_missing_access_rules(is_new)
        return {
            "server_id": server.id,
            "server_name": server.name,
            "odoo_version": release.version,
            "addon_version": self._addon_version(),
            "now": "%.6f" % time.time(),
            "callbacks": self._agent_callbacks(),
        }

    @api.model
    def _agent_callbacks(self):
        """Return what requests may name as callbacks, each "model.method": the agent calls nothing else. Extend it for your own."""
        return ["asterisk_plus.server.%s" % name for name in CALLBACKS]

    @api.model
    def _addon_version(self):
        # sudo: the agent's account may not read modules. Odoo names the version of the code that runs "installed_version".
        return self.env["ir.module.module"].sudo().search([("name", "=", "asterisk_plus")]).installed_version or ""

    @api.model
    def get_events_map(self):
        """Return the enabled rows of the events map, with a version that changes when they do."""
        self._agent_server()
        # sudo: the agent's account reads the map by this method only.
        rows = [row._for_agent() for row in self.env["asterisk_plus.event"].sudo().search([("is_enabled", "=", True)])]
        version = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]
        return {"version": version, "rows": rows}

    @api.model
    def report_event_errors(self, errors):
        """Keep what is wrong with rows of the map: the full list, an empty one clears."""
        server = self._agent_server()
        told = {str(int(error["id"])): clean_text(error["error"], MAX_ERROR) for error in errors[:MAX_ERRORS]}
        server.event_errors = json.dumps(told) if told else False
        return True

    @api.model
    def agent_parked(self, parked):
        """Keep how many events the agent has parked, and the last that it told of."""
        server = self._agent_server()
        last = parked.get("last") or {}
        words = [clean_text(last.get("name"), 80), clean_text(last.get("error"), MAX_ERROR)]
        text = ": ".join(word for word in words if word)
        count = int(parked["count"])
        server.write({"parked_count": count, "parked_last": text or (count and server.parked_last) or False})
        return True


CALLBACKS = ("access_rules_response", "control_response", "dialplan_response", "originate_call_response", "phones_response")
HELLO = {
    "agent_name": "agent_name",
    "agent_version": "agent_version",
    "boot": "agent_boot",
    "asterisk_version": "asterisk_version",
    "system_name": "system_name",
    "rpc_token": None,
}
