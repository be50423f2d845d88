import secrets
import time

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from ..agent_client import AgentError
from ..lib.phone_number import dialable, split_post_dial

ACTION_S = 5  # Async: Asterisk answers at once


class AsteriskPlusServer(models.Model):
    """Click-to-call."""

    _inherit = "asterisk_plus.server"

    @api.model
    def originate_call(self, number, model=None, res_id=None, server=None):
        """Make the calling user's phone ring, and then call `number`; never wait for Asterisk.

        `number` may have separators and, after ##, DTMF digits for when it is answered. `model` and `res_id` name the record from which
        it is called, `server` (an id) which PBX, if the user has several. Return {"call_id", "number", "channel"}. Raise
        UserError with what helps.
        """
        if not self.env.user.has_group("asterisk_plus.group_user"):
            raise AccessError(_("Only PBX users may call from Odoo."))
        self._check_origin(model, res_id)
        channel = self._click_channel(server)
        dialled = dialable(number)
        if not dialled:
            raise UserError(_("%s can't be dialled: there must be a number, of digits, *, # and a leading +.") % (number or _("Nothing")))
        linkedid = "odoo%s-%d.%d" % (secrets.token_hex(4), time.time(), secrets.randbelow(2**20))
        call = self.env["asterisk_plus.call"].sudo()._make_click(channel, linkedid, dialled, model, res_id)
        action = channel.server_id._originate_action(channel, linkedid, dialled, split_post_dial(number)[1])
        try:
            channel.server_id._agent_send(
                "asterisk.manager_action", [action], {"timeout": ACTION_S}, "originate_call_response", {"call_id": call.id}
            )
        except AgentError as exc:
            raise UserError(self._agent_cure(exc)) from exc
        return {"call_id": call.id, "number": dialled, "channel": channel.name}

    @api.model
    def _check_origin(self, model, res_id):
        """Raise AccessError unless the calling user may read the record that a call is made from."""
        if not model and not res_id:
            return
        if model not in self.env or not isinstance(res_id, int) or self.env[model]._transient or self.env[model]._abstract:
            raise AccessError(_("There is no such record."))
        records = self.env[model].with_context(active_test=False)
        if not records.search([("id", "=", res_id)], limit=1):
            raise AccessError(_("You may not read the record that you call from."))

    @api.model
    def _click_channel(self, server):
        """Return the calling user's first phone that click-to-call may use."""
        # sudo: a PBX user reads no server; the domain holds to their own phones.
        domain = [("pbx_user_id.user_id", "=", self.env.uid)]
        if server:
            domain.append(("server_id", "=", int(server)))
        owners = self.env["asterisk_plus.user_channel"].sudo().search(domain).mapped("pbx_user_id")
        if not owners:
            raise UserError(_("You have no phone in Asterisk Plus. Ask your PBX admin to enter you under PBX Users, with a channel."))
        channels = owners._originate_channels()
        if not channels:
            raise UserError(_("None of your phones is enabled for click-to-call. Ask your PBX admin to enable one under PBX Users."))
        return channels[0]

    def _originate_action(self, channel, linkedid, number, digits):
        """Return the Originate action of a click: the user's phone first, then the dialplan with the number."""
        self.ensure_one()
        action = {
            "Action": "Originate",
            "Channel": channel.name,
            "Context": channel.originate_context,
            "Exten": number,
            "Priority": "1",
            "Timeout": str(channel.timeout * 1000),
            "CallerID": channel.pbx_user_id._callerid(),
            "Async": "true",
            "ChannelId": linkedid,
        }
        if channel.name.startswith("Local/"):
            action["OtherChannelId"] = linkedid + "2"  # manager.c: the second half of a Local channel
        variables = channel._auto_answer_variables()
        if digits:
            # Two underscores: inherited by the channel that Dial() makes, and by what that one makes.
            delay = self.env["asterisk_plus.settings"]._get().dtmf_delay
            variables += ["__dtmf_digits=%s" % digits, "__dtmf_delay=%g" % delay]
        if variables:
            action["Variable"] = variables
        return action

    @api.model
    def originate_call_response(self, result, pass_back):
        """Callback of the agent: what Asterisk said to a click's Originate. A refusal ends the call and is told to the user."""
        return self._caller_server()._originate_call_response(result, pass_back)

    def _originate_call_response(self, result, pass_back):
        self.ensure_one()
        call_id = pass_back.get("call_id") if isinstance(pass_back, dict) else None
        # sudo: an agent's account may write nothing by hand; the domain holds to its server and to clicks.
        domain = [("id", "=", call_id), ("server_id", "=", self.id), ("is_originated", "=", True), ("channel_ids", "=", False)]
        call = self.env["asterisk_plus.call"].sudo().search(domain)
        reason = self._refusal(result)
        if reason:
            call._close_click(reason)
        return True

    @api.model
    def _refusal(self, result):
        """Return why Asterisk or the agent refused, in words; empty when it did not."""
        if isinstance(result, dict) and isinstance(result.get("error"), dict):
            message = result["error"].get("message")
            return _line(message) or _("The agent had an error of its own.")
        first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
        if first.get("Response") == "Success":
            return ""
        return _("Asterisk refused the call: %s") % (_line(first.get("Message")) or _("it gave no reason"))

    @api.model
    def _click(self, number, model=None, res_id=None):
        """Call, and return the client action that says what happens now: what a button returns."""
        made = self.originate_call(number, model, res_id)
        return self._notification(_("Calling %s") % made["number"], _("Your phone %s rings now.") % made["channel"], "info")


def _line(text):
    """Return a line of bounded length, empty for anything but text."""
    return " ".join(text.split())[:200] if isinstance(text, str) else ""
