"""Click-to-call: a number, the user's phone, an Originate. The call's row exists before Asterisk hears of it."""
import logging
import secrets
import time

from odoo import _, api, models
from odoo.exceptions import AccessError, MissingError, UserError

from ..lib.phone_number import dialable, split_post_dial
from ..tools import dialplan

_logger = logging.getLogger(__name__)

MAX_PHONES = 10  # as many as the agent rings at once (rpc/originate.py)


def channel_ids(count=1):
    """Return ChannelIds of our own for the phones of one click, in Asterisk's form.

    The first becomes the call's Linkedid (lib/events.py: home). Asterisk orders linkedids by the time behind the last dash, and
    gives up on one without (channel_internal_api.c: oldest_linkedid).
    """
    stem = "odoo-%s-%d" % (secrets.token_hex(8), time.time())
    return ["%s.%d" % (stem, number) for number in range(1, count + 1)]


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def originate_call(self, number, model=None, res_id=None):
        """Ring the caller's own phones, then dial the number. Return the id of the call, whose row is made here and now.

        `model` and `res_id` name the record from which the call is made; the caller must be able to read it. Raise UserError for
        what the user can mend. What goes wrong after the click comes as a notice.
        """
        if not self.env.user.has_group("asterisk_plus.group_user"):
            raise AccessError(_("Only PBX users may call by click."))
        record = self._originate_record(model, res_id)
        exten, digits = self._originate_number(number)
        channels = self._originate_channels()
        server, names = channels[0].server_id, channel_ids(len(channels))
        partner = self._originate_partner(record, exten, server)
        # sudo: users write no calls; every value was checked above.
        call = self.env["asterisk_plus.call"].sudo().create_originated(
            server,
            names[0],
            exten,
            channels[0].user_id,
            partner,
            record._name if record else None,
            record.id if record else None,
            endpoint=channels.mapped("name"),
        )
        call._originate_send([one._originate_action(name, exten, digits) for one, name in zip(channels, names)])
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
    def _originate_channels(self):
        """Return the phones of the user, in their order, that ring on a click: all of the first server that can be asked."""
        pbx_users = self.env["asterisk_plus.user"]._of_user(self.env.user)
        if not pbx_users:
            raise UserError(_("You have no telephone here. Ask a PBX admin to make a PBX user for you."))
        channels = pbx_users._originate_channels()
        if not channels:
            raise UserError(_('None of your channels may "ring on a click". Ask a PBX admin to enable one.'))
        ready = channels.filtered(lambda one: one.server_id._agent_is_set_up())
        if not ready:
            raise UserError(_("The agent of %s has not called Odoo yet: calls can't be made.", channels[0].server_id.name))
        return ready.filtered(lambda one: one.server_id == ready[0].server_id)[:MAX_PHONES]

    @api.model
    def _originate_partner(self, record, exten, server):
        partners = self.env["res.partner"]
        if record._name == partners._name and record:
            return record
        # What is called from a lead, an order or a task is its contact.
        if record and "partner_id" in record._fields and record.partner_id._name == partners._name and record.partner_id:
            return record.partner_id
        return partners.asterisk_choose(partners.asterisk_match(exten, server=server))

    @api.model
    def originate_call_response(self, result, pass_back):
        """Take Asterisk's, or the agent's, answer to the Originates of a click. Only the agent of the call's server may tell it.
        """
        server = self._agent_server()
        call_id = pass_back.get("call_id") if isinstance(pass_back, dict) else None
        if not isinstance(call_id, int):
            return True
        call = server.env["asterisk_plus.call"].search([("id", "=", call_id), ("server_id", "=", server.id)])
        if call.originated_by:
            call.with_context(lang=call.originated_by.lang)._originate_answered(result)
        return True


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
