"""Click-to-call: a number, the user's phone, an Originate. The call's row exists before Asterisk hears of it."""
import logging
import secrets
import time

from odoo import _, api, models
from odoo.exceptions import AccessError, MissingError, UserError

from ..lib.phone_number import dialable, split_post_dial
from ..tools import dialplan
from .agent_client import agent_error

_logger = logging.getLogger(__name__)


def channel_id():
    """Return a ChannelId of our own, in Asterisk's form.

    It becomes the call's Linkedid. Asterisk orders linkedids by the time behind the last dash, and gives up on one without
    (channel_internal_api.c: oldest_linkedid).
    """
    return "odoo-%s-%d.1" % (secrets.token_hex(8), time.time())


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def originate_call(self, number, model=None, res_id=None):
        """Ring the caller's own phone, then dial the number. Return the id of the call, whose row is made here and now.

        `model` and `res_id` name the record from which the call is made; the caller must be able to read it. Raise UserError for
        what the user can mend. What goes wrong after the click comes as a notice.
        """
        if not self.env.user.has_group("asterisk_plus.group_user"):
            raise AccessError(_("Only PBX users may call by click."))
        record = self._originate_record(model, res_id)
        exten, digits = self._originate_number(number)
        channel = self._originate_channel()
        server = channel.server_id
        partner = self._originate_partner(record, exten, server)
        linkedid = channel_id()
        # sudo: users write no calls; every value was checked above.
        call = self.env["asterisk_plus.call"].sudo().create_originated(
            server,
            linkedid,
            exten,
            channel.user_id,
            partner,
            record._name if record else None,
            record.id if record else None,
            endpoint=channel.name,
        )
        server._agent_send(
            "asterisk.manager_action",
            [channel._originate_action(linkedid, exten, digits)],
            callback=("asterisk_plus.server", "originate_call_response"),
            pass_back={"call_id": call.id},
            on_error=("asterisk_plus.call", "_originate_not_sent"),
        )
        return call.id

    @api.model
    def _originate_record(self, model, res_id):
        """Return the record from which the call is made, an empty recordset of contacts for none."""
        if not model and not res_id:
            return self.env["res.partner"]
        is_named = isinstance(model, str) and model in self.env and isinstance(res_id, int)
        record = self.env[model].browse(res_id) if is_named else None
        try:
            if record is not None and not record._transient and not record._abstract:
                record.check_access_rights("read")
                record.check_access_rule("read")
                if record.exists():
                    return record
        except (AccessError, MissingError):
            _logger.info("User %s may not call from %s %s", self.env.uid, model, res_id)
        # One answer for both, so that nobody learns by it which records there are.
        raise AccessError(_("There is no such record, or you may not read it."))

    @api.model
    def _originate_number(self, number):
        """Return (what is dialled, digits to send after the answer)."""
        head, digits = split_post_dial(number) if isinstance(number, str) else ("", "")
        exten = dialable(head)
        if not exten or not dialplan.is_number(exten):
            raise UserError(_("%s is not a number that can be dialled.", str(number or "")[:60]))
        # A comma would end the variable (manager.c: astman_get_variables); SendDTMF knows it as w, half a second.
        return exten, digits.replace(",", "w")

    @api.model
    def _originate_channel(self):
        """Return the first phone of the user, in their order, that may be rung by a click."""
        pbx_users = self.env["asterisk_plus.user"]._of_user(self.env.user)
        if not pbx_users:
            raise UserError(_("You have no telephone here. Ask a PBX admin to make a PBX user for you."))
        channels = pbx_users._originate_channels()
        if not channels:
            raise UserError(_('None of your channels may "ring on a click". Ask a PBX admin to enable one.'))
        ready = channels.filtered(lambda one: one.server_id._agent_is_set_up())
        if not ready:
            raise UserError(_("The agent of %s has not called Odoo yet: calls can't be made.", channels[0].server_id.name))
        return ready[0]

    @api.model
    def _originate_partner(self, record, exten, server):
        partners = self.env["res.partner"]
        if record._name == partners._name and record:
            return record
        return partners.asterisk_choose(partners.asterisk_match(exten, server=server))

    @api.model
    def originate_call_response(self, result, pass_back):
        """Take Asterisk's, or the agent's, answer to an Originate. Only the agent of the call's server may tell it."""
        server = self._agent_server()
        call_id = pass_back.get("call_id") if isinstance(pass_back, dict) else None
        if not isinstance(call_id, int):
            return True
        call = server.env["asterisk_plus.call"].search([("id", "=", call_id), ("server_id", "=", server.id)])
        reason = self._originate_refusal(result)
        if call and reason:
            call._originate_failed(reason)
        return True

    @api.model
    def _originate_refusal(self, result):
        """Return why the Originate was not accepted, empty if it was."""
        if isinstance(result, dict) and "error" in result:
            return self._agent_error_text(agent_error(result["error"]))
        first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
        if first.get("Response") == "Success":
            return ""
        message = first.get("Message")
        return _("Asterisk refused the call: %s", message if isinstance(message, str) else _("no reason given"))


class AsteriskUserChannel(models.Model):
    _inherit = "asterisk_plus.user_channel"

    def _originate_action(self, linkedid, exten, digits):
        """Return the Originate that rings this channel and, when it is picked up, dials the number."""
        self.ensure_one()
        return {
            "Action": "Originate",
            "Channel": self.name,
            "Context": self.originate_context,
            "Exten": exten,
            "Priority": "1",
            "Async": "true",
            "CallerID": self.user_id._callerid(),
            "Timeout": str(self.originate_timeout * 1000),
            "ChannelId": linkedid,
            "Variable": self._originate_variables(digits),
        }

    def _originate_variables(self, digits):
        variables = []
        header = dialplan.split_header(self.auto_answer_header)
        if header and self.name.startswith("PJSIP/"):
            variables.append("PJSIP_HEADER(add,%s)=%s" % header)
        elif header and self.name.startswith("SIP/"):
            variables.append("SIPADDHEADER=%s: %s" % header)
        if digits:
            delay = self.env["asterisk_plus.settings"]._current().post_dial_delay
            # Two underscores: inherited by the channel that Dial() makes, which is the one that sends the digits (option U).
            variables += ["__dtmf_digits=%s" % digits, "__dtmf_delay=%g" % delay]
        return variables
