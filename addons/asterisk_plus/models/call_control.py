"""What people do with a live call from Odoo, each by right: hang up, park, hand over; listen, whisper, barge in."""
import secrets
import time

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .control_response import ASK, PARK, SPY

# ChanSpy's options (app_chanspy.c): q no announcement, w whisper to the spied channel, B speak to both.
LISTEN, WHISPER, BARGE = "q", "qw", "qB"
MAX_LEGS = 20


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    talking_user_id = fields.Many2one("asterisk_plus.user", string="Talking", compute="_compute_live")
    live_since = fields.Datetime(string="Since", compute="_compute_live")
    is_talking = fields.Boolean(compute="_compute_live")
    other_party = fields.Char(compute="_compute_live", help="Who is at the other end.")
    can_control = fields.Boolean(compute="_compute_live", help="Somebody talks, and the reader is in the call or supervises.")
    can_spy = fields.Boolean(compute="_compute_live")
    colleagues = fields.Char(compute="_compute_live", help="The PBX users of the call: who talks, else who is rung or calls.")

    @api.depends_context("uid")
    def _compute_live(self):
        is_supervisor = self.env.user.has_group("asterisk_plus.group_supervisor")
        for call in self:
            talking = call.final_user_id or call.answered_user_id
            people = talking or call.called_user_ids
            if call.direction == "out":
                people = talking or call.calling_user_id
            elif call.direction == "internal":
                people = call.calling_user_id | people
            # sudo: who sees the call sees who is in it, also a contact of whom a rule shows them nothing else.
            partner = call.sudo().partner_id.display_name
            number = call.called_number if call.direction == "out" else call.calling_number
            call.talking_user_id = talking or call.calling_user_id
            call.is_talking = bool(call.answered)
            call.live_since = call.answered or call.ringing or call.started
            call.other_party = partner or (call.direction == "in" and call.calling_name) or number or _("Anonymous")
            call.can_control = call.is_active and call.is_talking and (is_supervisor or self.env.user in call.participant_ids.user_id)
            call.can_spy = call.is_active and call.is_talking and is_supervisor
            call.colleagues = ", ".join(people.mapped("name")) or call.called_number

    # By who takes part in the call, or supervises

    def action_hangup(self):
        """Hang up all channels of the call."""
        self._check_control()
        for leg in self._legs():
            # 16: normal clearing
            self._act({"Action": "Hangup", "Channel": leg.channel, "Cause": "16"})
        return True

    def action_park(self):
        """Park who is at the other end, so that any phone may take the call up again."""
        self._check_control()
        own, other = self._ends()
        self._act({"Action": "Park", "Channel": other.channel, "TimeoutChannel": own.channel}, PARK)
        return self.server_id._answer(_("Park"), _("The call is being parked: its story says in which space."), True)

    def action_transfer(self):
        """Open the wizard that asks to whom the call is handed over."""
        self._check_control()
        return {
            "type": "ir.actions.act_window",
            "name": _("Transfer"),
            "res_model": "asterisk_plus.transfer",
            "view_mode": "form",
            "target": "new",
            "context": {"default_call_id": self.id},
        }

    def _transfer(self, exten):
        """Hand the other end over to an extension; the own phone is free at once."""
        self._check_control()
        own, _other = self._ends()
        context = own.user_id.channel_ids.filtered(lambda one: one.name == own.endpoint)[:1].originate_context
        # Asterisk carries a transfer to nowhere out, and the caller is lost: it is asked first.
        to = {"Action": "BlindTransfer", "Channel": own.channel, "Context": context or "from-internal", "Exten": exten}
        question = {"Action": "Getvar", "Variable": "DIALPLAN_EXISTS(%s,%s,1)" % (to["Context"], exten)}
        self._act(question, ASK, transfer=to)

    # By supervisors only

    def action_listen(self):
        """Let the supervisor's phone ring, and hear both ends when it is picked up."""
        return self._spy(LISTEN, _("then you hear the call, and nobody hears you."))

    def action_whisper(self):
        """As action_listen; the colleague in the call hears the supervisor, the other end does not."""
        return self._spy(WHISPER, _("then your colleague hears you, and the other end does not."))

    def action_barge(self):
        """As action_listen; both ends hear the supervisor."""
        return self._spy(BARGE, _("then both ends hear you."))

    def _spy(self, options, words):
        self.ensure_one()
        if not self.env.user.has_group("asterisk_plus.group_supervisor"):
            raise AccessError(_("Only PBX supervisors may listen to calls."))
        self.check_access_rule("read")
        own, _other = self._ends()
        phone = self.env["asterisk_plus.server"]._originate_channels().filtered(lambda one: one.server_id == self.server_id)[:1]
        if not phone:
            raise UserError(_("You have no phone on %s that rings on a click.", self.server_id.name))
        self._act(
            {
                "Action": "Originate",
                "Channel": phone.name,
                "ChannelId": "odoo-spy-%s-%d.1" % (secrets.token_hex(8), time.time()),
                "Application": "ChanSpy",
                "Data": "%s,%s" % (own.channel, options),
                "CallerID": phone.user_id._callerid(),
                "Timeout": str(phone.originate_timeout * 1000),
                "Async": "true",
                "Variable": phone._originate_variables(""),
            },
            SPY,
        )
        return self.server_id._answer(_("Telephone"), _("Pick up your phone: %s", words), True)

    # What all of them need

    def _check_control(self):
        """Raise unless the caller is in this call or supervises, and it lives."""
        self.ensure_one()
        self.check_access_rights("read")
        self.check_access_rule("read")
        is_own = self.env.user in self.participant_ids.user_id
        if not (is_own or self.env.user.has_group("asterisk_plus.group_supervisor")):
            raise AccessError(_("Only who takes part in a call, or a PBX supervisor, may do this."))
        self._check_lives()

    def _check_lives(self):
        if not self.is_active:
            raise UserError(_("The call has ended already."))

    def _legs(self):
        # sudo: whoever may act on the call acts on all of its channels.
        return self.sudo().channel_ids.filtered("is_active").sorted("id")[:MAX_LEGS]

    def _ends(self):
        """Return (the leg of the colleague who talks: one's own if there is one, the leg at the other end)."""
        self._check_lives()
        talking = self._legs().filtered("answered")
        mine = talking.filtered(lambda one: one.user_id.user_id == self.env.user)
        own = (mine or talking.filtered(lambda one: one.user_id == self.sudo().talking_user_id) or talking.filtered("user_id"))[:1]
        other = (talking - own)[:1]
        if not own or not other:
            raise UserError(_("Nobody talks in this call."))
        return own, other

    def _act(self, action, did=None, **more):
        # sudo: the server's form is for PBX admins; the action was checked above.
        server, told = self.sudo().server_id, {}
        if did:
            pass_back = dict(more, call_id=self.id, uid=self.env.uid, did=did)
            told = {"callback": ("asterisk_plus.server", "control_response"), "pass_back": pass_back}
        server._agent_send("asterisk.manager_action", [action], **told)
