"""A call in words: who is who in its story, and why it ended, in the reader's language."""
from odoo import _, api, fields, models

from ..lib.timeline import CALLED, CALLER
from ..tools import dialplan
from .call_words import short_name

OWN_PHONE = "The caller's own phone: "  # lib/outcome.py


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    hangup_words = fields.Char(string="How it ended (words)", compute="_compute_hangup_words")

    @api.depends("hangup_reason")
    def _compute_hangup_words(self):
        words = self._reason_words()
        for call in self:
            call.hangup_words = self._in_words(call.hangup_reason, words)

    @api.model
    def _in_words(self, reason, words):
        """Return a reason in the reader's language; `words` are those of _reason_words()."""
        if reason in words or not (reason or "").startswith(OWN_PHONE):
            return words.get(reason, reason)
        what = reason[len(OWN_PHONE) :].capitalize()
        return _("The caller's own phone: %s", words.get(what, what).lower())

    def _names(self):
        """Return {word of a line: name} for the lines of this call."""
        self.ensure_one()
        # sudo: who sees the call sees the names of those who took part.
        call = self.sudo()
        users = {line.party: line.user_id.name for line in call.event_ids if line.user_id}
        users.update({line.detail_2: line.other_user_id.name for line in call.event_ids if line.other_user_id})
        told = list(users.values())
        # Two phones of one user are told apart.
        names = {word: name if told.count(name) == 1 else "%s (%s)" % (name, word) for word, name in users.items()}
        words = {word for line in call.event_ids for word in (line.party, line.detail, line.detail_2) if dialplan.is_endpoint(word)}
        names.update({word: short_name(word) for word in words - set(names)})
        partner = call.partner_id.name or call.partner_id.display_name
        names[CALLER] = (call.direction == "in" and partner) or call.calling_name or call.calling_number or _("An anonymous caller")
        names[CALLED] = partner or call.called_number or ""
        return names

    @api.model
    def _reason_words(self):
        """Return {reason as lib/ says it: in the reader's language}. What is not among them is a text of Asterisk's or of ours."""
        return {
            "No such number": _("No such number"),
            "No route to the network": _("No route to the network"),
            "No route to the number": _("No route to the number"),
            "Normal hang-up": _("Normal hang-up"),
            "Busy": _("Busy"),
            "The phone did not respond": _("The phone did not respond"),
            "Nobody answered": _("Nobody answered"),
            "The phone is not registered": _("The phone is not registered"),
            "Declined": _("Declined"),
            "The number has changed": _("The number has changed"),
            "Answered elsewhere": _("Answered elsewhere"),
            "The phone or trunk is out of order": _("The phone or trunk is out of order"),
            "The number is incomplete": _("The number is incomplete"),
            "No free line (congestion)": _("No free line (congestion)"),
            "The network is out of order": _("The network is out of order"),
            "Temporary failure of the network": _("Temporary failure of the network"),
            "The network is congested": _("The network is congested"),
            "The line asked for is not available": _("The line asked for is not available"),
            "No common codec": _("No common codec"),
            "Interworking failure": _("Interworking failure"),
            "Not reachable: no phone is registered": _("Not reachable: no phone is registered"),
            "The queue is full": _("The queue is full"),
            "The queue has no members": _("The queue has no members"),
            "No member of the queue is available": _("No member of the queue is available"),
            "Nobody could be reached": _("Nobody could be reached"),
            "The caller hung up": _("The caller hung up"),
            "The called party hung up": _("The called party hung up"),
            "The PBX ended the call": _("The PBX ended the call"),
            "The caller gave up": _("The caller gave up"),
            "Went on in another call": _("Went on in another call"),
            "Not reachable": _("Not reachable"),
            "The dialplan ended the call at once: the number has no extension in the context": _(
                "The dialplan ended the call at once: the number has no extension in the context"
            ),
            "reconciled": _("Asterisk no longer knew of it"),
        }
