"""What the agent has parked: asked of it when the form is opened, delivered again or dropped by its buttons. Odoo keeps no copy."""
from odoo import _, fields, models

from ..models.agent_client import AgentError
from ..models.wire import clean_text

MAX_SHOWN = 80
LIST_TIMEOUT_S = 5
CHANGE_TIMEOUT_S = 30
TEXTS = {"event": 80, "linkedid": 80, "error": 300}


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def action_parked_events(self):
        """Ask the agent for its parked events and open the form that shows them. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        try:
            found = self._agent_call("events.parked_list", kwargs={"limit": MAX_SHOWN}, timeout_s=LIST_TIMEOUT_S)
        except AgentError as error:
            return self._answer(_("Parked events"), self._agent_error_text(error), False)
        lines = [(0, 0, _line_values(one)) for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        wizard = self.env["asterisk_plus.parked_events"].create({"server_id": self.id, "line_ids": lines[:MAX_SHOWN]})
        return {
            "type": "ir.actions.act_window",
            "name": _("Parked events"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }


class ParkedEvents(models.TransientModel):
    _name = "asterisk_plus.parked_events"
    _description = "Parked events of an agent"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    count = fields.Integer(related="server_id.parked_count")
    line_ids = fields.One2many("asterisk_plus.parked_event", "wizard_id", readonly=True)

    def action_replay(self):
        """Let the agent deliver all of them again, each for the row that failed."""
        return self._change("events.parked_replay", _("Events that are delivered again: %d."))

    def action_drop(self):
        """Let the agent drop all of them, for good."""
        return self._change("events.parked_drop", _("Events that were dropped: %d."))

    def _change(self, method, good_news):
        self.ensure_one()
        server = self.server_id
        server._check_pbx_admin()
        title = _("Parked events")
        try:
            count = server._agent_call(method, timeout_s=CHANGE_TIMEOUT_S)
        except AgentError as error:
            return server._answer(title, server._agent_error_text(error), False)
        if not isinstance(count, int):
            return server._answer(title, _("The agent gave an answer that was not expected."), False)
        answer = server._answer(title, good_news % count, True)
        answer["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return answer


class ParkedEvent(models.TransientModel):
    _name = "asterisk_plus.parked_event"
    _description = "Parked event"

    wizard_id = fields.Many2one("asterisk_plus.parked_events", required=True, ondelete="cascade")
    event = fields.Char(readonly=True)
    linkedid = fields.Char(readonly=True)
    # A text: the row may be gone, and a message that was no event has none.
    row = fields.Char(string="Row of the map", readonly=True)
    attempts = fields.Integer(readonly=True)
    error = fields.Char(string="Reason", readonly=True)


def _line_values(found):
    """Return the values of a line. What the agent says is a stranger's text: cut and cleaned."""
    values = {name: clean_text(found.get(name), limit) for name, limit in TEXTS.items()}
    row, attempts = found.get("row"), found.get("attempts")
    values["row"] = str(row) if isinstance(row, int) and row > 0 else ""
    values["attempts"] = attempts if isinstance(attempts, int) and 0 <= attempts < 1000 else 0
    return values
