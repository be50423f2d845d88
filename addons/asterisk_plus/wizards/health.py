"""The state of a server, part by part, with the cure of what is not well: asked when the page is opened, and kept nowhere."""
import json
from datetime import timedelta

from odoo import _, api, fields, models

from ..models.agent_client import AgentError
from ..models.call_list import PRESENCE, PRESENT_S
from ..models.server_rpc import _is_success, _refusal
from ..models.wire import clean_text

GOOD, NOTE, BAD = "good", "note", "bad"
STATES = [(GOOD, "Well"), (NOTE, "Look at it"), (BAD, "Not well")]
TIMEOUT_S = 4
#: An agent behind which more wait than come in a minute of a busy PBX.
MANY_WAIT = 1000
#: With less than this between Asterisk and the reader nobody sees a difference.
SLOW_S = 5.0
QUIET_H = 24


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def action_health(self):
        """Look at every part, and open the page that shows what was found. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        lines = [(0, 0, dict(zip(("name", "state", "found", "cure"), line))) for line in self._health_lines()]
        page = self.env["asterisk_plus.health"].create({"server_id": self.id, "line_ids": lines})
        return {
            "type": "ir.actions.act_window",
            "name": _("Health of %s", self.name),
            "res_model": page._name,
            "res_id": page.id,
            "view_mode": "form",
            "target": "new",
        }

    def _health_lines(self):
        """Return [(part, state, what was found, cure)]."""
        agent, error = self._health_ask("agent.health", [])
        return [
            self._health_agent(error),
            self._health_asterisk(error),
            *self._health_inside(agent if isinstance(agent, dict) else {}, error),
            self._health_events(),
            self._health_parked(),
            self._health_map(),
            self._health_bus(),
            self._health_versions(),
        ]

    def _health_ask(self, method, args):
        try:
            return self._agent_call(method, args, timeout_s=TIMEOUT_S), None
        except AgentError as error:
            return None, error

    def _health_agent(self, error):
        # An older agent does not know agent.health: it is there all the same.
        if error is None or error.code == "unknown_function":
            return (_("Agent"), GOOD, _("It answers."), "")
        return (_("Agent"), BAD, _("No answer."), self._agent_error_text(error))

    def _health_asterisk(self, error):
        name = _("Asterisk (AMI)")
        if error is not None and error.code != "unknown_function":
            return (name, NOTE, _("Unknown without the agent."), "")
        result, failure = self._health_ask("asterisk.manager_action", [{"Action": "Ping"}])
        if failure is not None:
            return (name, BAD, _("No answer."), self._agent_error_text(failure))
        if not _is_success(result):
            return (name, BAD, clean_text(_refusal(result), 200), _("Look at the AMI account: asterisk-agent check."))
        return (name, GOOD, _("Asterisk answers."), "")

    def _health_inside(self, told, error):
        """Return what the agent tells of its broker, its way to Odoo and its backlog."""
        if error is not None or not told:
            return [(_("Broker"), NOTE, _("The agent does not tell."), _("Start it, or update it to the addon's version."))]
        missing = [one for one in told.get("missing") or [] if isinstance(one, str)]
        numbers = {name: told.get(name) for name in ("waiting", "overflowed", "lag_s")}
        waiting, lost, lag = (one if isinstance(one, (int, float)) else 0 for one in numbers.values())
        broker = (_("Broker"), GOOD, _("The agent's parts are all there."), "")
        if missing:
            parts = clean_text(", ".join(missing), 100)
            broker = (_("Broker"), BAD, _("Missing: %s", parts), _("Check RabbitMQ and AMQP_URI on the agent's host: asterisk-agent check."))
        backlog = (_("Backlog"), GOOD, _("Events that wait: %d", waiting), "")
        if lost:
            cure = _("RabbitMQ was away for too long. What was lost is closed by the next reconciliation.")
            backlog = (_("Backlog"), BAD, _("Events that were lost: %d", lost), cure)
        elif waiting > MANY_WAIT or lag > SLOW_S:
            cure = _("The agent catches up by itself. If it does not: more workers in Odoo, or a faster machine.")
            backlog = (_("Backlog"), NOTE, _("Events that wait: %d", waiting), cure)
        return [broker, backlog]

    def _health_events(self):
        name = _("Last event")
        if not self.last_seen:
            return (name, BAD, _("The agent has never called."), _("Press New agent password, and put it into the agent's environment."))
        is_old = fields.Datetime.now() - self.last_seen > timedelta(hours=QUIET_H)
        seen = fields.Datetime.context_timestamp(self, self.last_seen).strftime("%Y-%m-%d %H:%M:%S")
        cure = _("If there were calls since: check ODOO_URL and the account on the agent's host, asterisk-agent check.")
        return (name, NOTE if is_old else GOOD, seen, cure if is_old else "")

    def _health_parked(self):
        if not self.parked_count:
            return (_("Parked events"), GOOD, _("None."), "")
        cure = _("Mend the handler or the row of the events map, then press Parked events on the server's form.")
        return (_("Parked events"), BAD, "%d (%s)" % (self.parked_count, self.parked_last or ""), cure)

    def _health_map(self):
        # sudo: what the agent told is shown to whoever may see the server's health.
        errors = self.sudo().event_errors
        if not errors:
            return (_("Events map"), GOOD, _("The agent has no fault to tell."), "")
        rows = self.env["asterisk_plus.event"].browse(map(int, json.loads(errors))).exists()
        return (_("Events map"), BAD, ", ".join(rows.mapped("name")), _("Correct the condition of the row in the events map."))

    def _health_bus(self):
        since = fields.Datetime.now() - timedelta(seconds=PRESENT_S)
        # sudo: people may not read presences; this one is the user's own.
        heard = self.env[PRESENCE].sudo().search([("user_id", "=", self.env.uid), ("last_poll", ">", since)], limit=1)
        if heard:
            return (_("Odoo's bus"), GOOD, _("It reaches your browser."), "")
        cure = _("Odoo's proxy must lead the bus to its own port: see longpolling_port or gevent_port in Odoo's documentation.")
        return (_("Odoo's bus"), BAD, _("It does not reach your browser: no pop-ups, no live lists."), cure)

    def _health_versions(self):
        addon = self.env["asterisk_plus.server"]._addon_version()
        found = _("Addon %(addon)s, agent %(agent)s, Asterisk %(asterisk)s")
        words = found % {"addon": addon, "agent": self.agent_version or "?", "asterisk": self.asterisk_version or "?"}
        return (_("Versions"), GOOD if self.agent_version else NOTE, words, "")


class Health(models.TransientModel):
    _name = "asterisk_plus.health"
    _description = "Health of a server"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many("asterisk_plus.health_line", "health_id", readonly=True)
    is_well = fields.Boolean(compute="_compute_is_well")

    @api.depends("line_ids.state")
    def _compute_is_well(self):
        for page in self:
            page.is_well = BAD not in page.line_ids.mapped("state")

    def action_again(self):
        """Look again."""
        self.ensure_one()
        return self.server_id.action_health()


class HealthLine(models.TransientModel):
    _name = "asterisk_plus.health_line"
    _description = "Health of one part of a server"

    health_id = fields.Many2one("asterisk_plus.health", required=True, ondelete="cascade")
    name = fields.Char(string="Part", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    found = fields.Char(readonly=True)
    cure = fields.Char(readonly=True)
