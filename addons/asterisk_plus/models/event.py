import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..lib.events import WANTED_EVENTS

OWN_MODEL, OWN_METHOD = "asterisk_plus.call", "on_ami_event"
MAP_FIELDS = {"source", "name", "model", "method", "delay", "keep_order", "condition", "is_enabled", "server_id"}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
METHOD = re.compile(r"[a-z][a-z0-9_]*\Z")


class AsteriskPlusEvent(models.Model):
    """One row of the events map: which event goes to which method."""

    _name = "asterisk_plus.event"
    _description = "Row of the events map"
    _order = "sequence, name, id"

    sequence = fields.Integer(default=10)
    source = fields.Selection([("AMI", "AMI")], default="AMI", required=True)
    name = fields.Char("Event", required=True, help="The event's name as Asterisk writes it: Newchannel, Hangup, Cdr ...")
    model = fields.Char(required=True, help="Technical name of the model, for example res.partner")
    method = fields.Char(required=True, help="A public method of the model. It is called with the event, a dict, as the agent's user.")
    server_id = fields.Many2one("asterisk_plus.server", ondelete="cascade", help="Empty: of every server.")
    delay = fields.Float(digits=(16, 3), help="Seconds that the agent waits before it delivers the event; fractions count.")
    keep_order = fields.Boolean(
        default=True, help="Later events of the same call wait for a delayed one. Off: they may overtake it."
    )
    condition = fields.Char(help="A Python expression on event, for example: event['Cause'] == '17'. Empty: always.")
    is_enabled = fields.Boolean("Enabled", default=True)
    is_own = fields.Boolean("Asterisk Plus's own", readonly=True, copy=False)
    error = fields.Char("Error told by the agent", readonly=True, copy=False)

    @api.constrains("name")
    def _check_name(self):
        for row in self:
            if not NAME.match(row.name):
                raise ValidationError(_("%s is no name of an event.") % row.name)

    @api.constrains("delay")
    def _check_delay(self):
        for row in self:
            if not 0 <= row.delay <= 3600:
                raise ValidationError(_("A delay is at least 0 and at most 3600 seconds."))

    @api.constrains("model", "method")
    def _check_model_method(self):
        for row in self:
            self._check_handler(row.model, row.method)

    @api.model
    def _check_handler(self, model, method):
        """Raise ValidationError unless model.method is a public method that exists."""
        if model not in self.env:
            raise ValidationError(_("There is no model %s.") % model)
        if not METHOD.match(method or "") or not callable(getattr(type(self.env[model]), method, None)):
            raise ValidationError(_("%(model)s has no public method %(method)s.") % {"model": model, "method": method})

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        self._tell_agents()
        return rows

    def write(self, vals):
        result = super().write(vals)
        if MAP_FIELDS & set(vals):
            self._tell_agents()
        return result

    def unlink(self):
        self._tell_agents()
        return super().unlink()

    @api.model
    def _tell_agents(self):
        """Make the agents download the map again, once this transaction is committed."""
        # sudo: the token is needed, the caller was allowed to change the map.
        for server in self.env["asterisk_plus.server"].sudo().search([]):
            server._agent_reload_events()

    @api.model
    def _rows_of(self, server):
        """Return the enabled rows for a server."""
        return self.search([("is_enabled", "=", True), ("server_id", "in", (False, server.id))])

    def _for_agent(self):
        """Return the row as the contract has it."""
        self.ensure_one()
        return {
            "id": self.id,
            "source": self.source,
            "name": self.name,
            "model": self.model,
            "method": self.method,
            "delay": self.delay,
            "keep_order": self.keep_order,
            "condition": self.condition or "",
        }

    @api.model
    def _sync_own_rows(self):
        """Make the map hold what the state machine wants; whether a row is enabled stays the admin's choice."""
        rows = {(row.name, row.condition or ""): row for row in self.search([("is_own", "=", True)])}
        wanted = {(row.name, row.condition or "") for row in WANTED_EVENTS}
        for name, condition in WANTED_EVENTS:
            if (name, condition or "") not in rows:
                values = {"name": name, "condition": condition, "model": OWN_MODEL, "method": OWN_METHOD, "is_own": True}
                self.create(values)
        for key, row in rows.items():
            if key not in wanted:
                row.unlink()
