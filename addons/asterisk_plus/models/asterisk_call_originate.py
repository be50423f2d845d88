"""Click-to-call: the row of a call that Asterisk has not heard of yet."""
import time
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..lib import click
from ..lib.call_state import CallState

SILENT_MINUTES = 10


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def create_originated(self, server, channel_id, number, user, partner=None, model=None, res_id=None, endpoint=None):
        """Return the call that `user` (asterisk_plus.user) makes by a click to `number`.

        `channel_id` is the ChannelId of the Originate: the Uniqueid of the first channel, and so the call's Linkedid. `endpoint`
        is the phone that rings first, by default the user's first one; a list of phones rings together, under the names of
        server_originate.channel_ids(). Only for code that has checked the rights (sudo).
        """
        self._check_is_trusted()
        endpoint = endpoint or user.channel_ids[:1].name or ""
        state = CallState.originated(channel_id, time.time(), endpoint, number)
        values = {"originated_by": self.env.uid, "model": model, "res_id": res_id}
        if partner:
            values.update(partner_id=partner.id, partner_number=number)
        calls = {}
        self._store(server, calls, {channel_id: state}, values)
        return calls[channel_id]

    def fail_originated(self, reason, channel_ids=None):
        """End a click-to-call that Asterisk never got, or refused. One that has a channel is ended by Asterisk's own events.

        With `channel_ids` only those of its phones failed: it ends when no other may still ring.
        """
        self._check_is_trusted()
        for call in self.filtered("is_active"):
            state = call._state()
            for one in channel_ids or ():
                click.fail(state, one)
            if not state.legs and not (channel_ids and click.waits(state)):
                state.close(time.time(), reason)
            elif not channel_ids:
                continue
            self._store(call.server_id, {call.linkedid: call}, {call.linkedid: state})

    @api.model
    def _check_is_trusted(self):
        # A public name, so that bridges can use it; by RPC it would let anybody write calls that never were.
        if not self.env.su:
            raise AccessError(_("Calls are written by the server only."))

    @api.model
    def _cron_fail_silent_calls(self):
        """End clicked calls of which no word came: the agent was gone, and so was its answer. Nothing stays active for ever."""
        before = fields.Datetime.now() - timedelta(minutes=SILENT_MINUTES)
        silent = self.search([("is_active", "=", True), ("channel_ids", "=", False), ("started", "<", before)])
        silent.fail_originated(_("No answer from the PBX"))
