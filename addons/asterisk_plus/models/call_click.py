import time

from odoo import _, api, models

from ..lib.call_state import CallState
from ..lib.phone_number import to_e164

LOST_AFTER_S = 120  # on top of the ring time that the phone was given, at most 600 s
MAX_RING_S = 600


class AsteriskPlusCall(models.Model):
    """Click-to-call: the call is there before Asterisk hears of it, and stays the only one."""

    _inherit = "asterisk_plus.call"

    @api.model
    def _make_click(self, channel, linkedid, number, model, res_id):
        """Return the call that a click makes: active, from the user's phone, to a number."""
        server, now = channel.server_id, time.time()
        state = CallState.originated(linkedid, now, channel.name, number)
        values = {
            "linkedid": linkedid,
            "server_id": server.id,
            "state_json": state.to_json(),
            "is_originated": True,
            "model": model,
            "res_id": res_id or 0,
        }
        owners = self.env["asterisk_plus.user_channel"].sudo()._owners(server)
        values.update(self._values(state.facts(owners.get), owners))
        values.update(calling_user_id=self.env.uid, user_ids=[(6, 0, [self.env.uid])])
        if model == "res.partner":
            values["partner_id"] = res_id
            partner = self.env["res.partner"].browse(res_id)
            values["number_e164"] = to_e164(number, partner._asterisk_plus_countries()) or False
        else:
            self._add_partners(server, {}, {linkedid: values})
        return self.create(values)

    def _close_click(self, reason):
        """End a click-to-call that Asterisk did not take, with a reason for people; nothing to do if it knows better."""
        for call in self.filtered("is_active"):
            state = call._state()
            state.close(time.time(), reason)
            call._keep(call.server_id, {call.linkedid: state})

    @api.model
    def _close_lost_clicks(self):
        """Cron: end click-to-calls of which no word ever came back, so that no call stays active for ever."""
        lost = self.search([("is_active", "=", True), ("is_originated", "=", True), ("channel_ids", "=", False)])
        for call in lost:
            if call._state().last_time < time.time() - MAX_RING_S - LOST_AFTER_S:
                call._close_click(_("Asterisk never said what became of it."))
