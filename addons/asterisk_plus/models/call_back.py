"""Missed calls that somebody should call back, and what became of that."""
from odoo import _, fields, models
from odoo.exceptions import AccessError

from ..lib.phone_number import split_post_dial, to_e164
from .asterisk_call_notes import MISSED

CALLBACK = [("todo", "To call back"), ("done", "Called back"), ("dropped", "Dropped")]


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    callback_state = fields.Selection(
        CALLBACK,
        string="Call back",
        readonly=True,
        index=True,
        copy=False,
        help="Of a missed call from outside. Called back: later a call with the same number was answered, either way.",
    )
    callback_number = fields.Char(
        readonly=True, index=True, copy=False, help="The missed caller's number, E.164 where it is one."
    )
    callback_call_id = fields.Many2one("asterisk_plus.call", string="Answered later in", readonly=True, copy=False)
    def _calls_changed(self):
        result = super()._calls_changed()
        missed = self.filtered(lambda one: one._is_missed_from_outside() and not one.callback_state)
        for call, number in missed._callback_keys().items():
            call.write({"callback_state": "todo", "callback_number": number})
        outside = self.filtered(lambda one: one.direction != "internal" and one.partner_number)
        outside.filtered(lambda one: one.status == "answered")._settle_callbacks()
        return result

    def _is_missed_from_outside(self):
        return not self.is_active and self.direction == "in" and self.status in MISSED and bool(self.calling_number)

    def _callback_keys(self):
        """Return {call: the number outside, E.164 where it is one}. The countries cost queries: once per server, not per call."""
        partners, keys = self.env["res.partner"], {}
        countries = {server: partners._asterisk_countries(None, server) for server in self.server_id}
        for call in self:
            number = split_post_dial(call.partner_number or call.calling_number)[0]
            keys[call] = to_e164(number, countries[call.server_id]) or number
        return keys

    def _settle_callbacks(self):
        """Close the missed calls from the numbers with which somebody has talked meanwhile."""
        if not self:
            return
        talked = {}
        for call, number in self._callback_keys().items():
            talked.setdefault(number, call)
        for missed in self.search([("callback_state", "=", "todo"), ("callback_number", "in", list(talked))]):
            call = talked[missed.callback_number]
            if missed.started <= call.started and missed.company_id == call.company_id:
                missed.write({"callback_state": "done", "callback_call_id": call.id})

    def action_call_back(self):
        """Ring the user's own phones, then who called."""
        self.ensure_one()
        server = self.env["asterisk_plus.server"]
        server.originate_call(self.calling_number, **self._readable_record())
        return server._answer(_("Call"), _("Pick up your phone: then %s is called.", self.calling_number), True)

    def _readable_record(self):
        """Return {"model", "res_id"} of the call's record, nothing if the user may not read it (a lead, without CRM)."""
        if not self.res_id:
            return {}
        try:
            record = self.env["asterisk_plus.server"]._originate_record(self.model, self.res_id)
        except AccessError:
            return {}
        return {"model": record._name, "res_id": record.id}

    def action_drop_callback(self):
        """Say that nobody needs to call back."""
        return self._set_callback("todo", "dropped")

    def action_reopen_callback(self):
        """Say that somebody must call back after all."""
        return self._set_callback("dropped", "todo")

    def _set_callback(self, before, after):
        self.check_access_rights("read")
        self.check_access_rule("read")
        # sudo: users write no calls; of those that they see they decide this.
        self.sudo().filtered(lambda one: one.callback_state == before).write({"callback_state": after})
        return True

    def action_plan_activity(self):
        """Open Odoo's form of a new activity, on the record of the call or on its partner."""
        self.ensure_one()
        model, res_id = (self.model, self.res_id) if self.res_id else ("res.partner", self.partner_id.id)
        return {
            "type": "ir.actions.act_window",
            "name": _("Schedule Activity"),
            "res_model": "mail.activity",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": model,
                "default_res_model_id": self.env["ir.model"]._get(model).id,
                "default_res_id": res_id,
                "default_summary": _("Call of %s", self.name)[:100],
                "default_activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
            },
        }
