"""What the dial pad of the top bar asks: whom a text means, and what one's own calls do. With the user's own rights."""
from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..lib.phone_number import dialable

MAX_FOUND = 8
MAX_TEXT = 60
MAX_CALLS = 3


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def dial_search(self, text):
        """Return whom the text means, colleagues first: [{"name", "number", "model", "id"}], at most MAX_FOUND.

        A number is looked for in the normalised columns, a name as Odoo's own search does it.
        """
        if not self.env.user.has_group("asterisk_plus.group_user"):
            raise AccessError(_("Only PBX users may call by click."))
        text = text.strip()[:MAX_TEXT] if isinstance(text, str) else ""
        if not text:
            return []
        return (self._dial_colleagues(text) + self._dial_partners(text))[:MAX_FOUND]

    @api.model
    def _dial_colleagues(self, text):
        domain = [("exten", "!=", False), "|", ("name", "ilike", text), ("exten", "=like", text.replace("%", "") + "%")]
        found = self.env["asterisk_plus.user"].search(domain, limit=MAX_FOUND)
        return [{"name": one.name, "number": one.exten, "model": False, "id": False} for one in found]

    @api.model
    def _dial_partners(self, text):
        partners = self.env["res.partner"]
        found = partners.asterisk_match(text) if dialable(text) else partners.browse()
        if not found:
            has_number = ["|", ("phone", "!=", False), ("mobile", "!=", False)]
            # Not display_name: Odoo 17.0 neither stores nor searches a partner's, and leaves the condition out.
            named = ["|", ("name", "ilike", text), ("commercial_company_name", "ilike", text)]
            found = partners.search(has_number + named, limit=MAX_FOUND)
        return [
            {"name": one.display_name, "number": number, "model": one._name, "id": one.id}
            for one in found
            for number in dict.fromkeys(filter(None, (one.phone, one.mobile)))
        ]


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def my_calls_now(self):
        """Return the live calls in which the user rings, calls or talks: [{"id", "other", "words", "since"}]; since is UTC."""
        mine = self.search([("is_active", "=", True), ("participant_ids.user_id", "=", self.env.uid)], limit=MAX_CALLS)
        return [call._in_flight() for call in mine]

    def _in_flight(self):
        """Return what the top bar shows of a call; the other end's name may be a stranger's text."""
        # sudo: a user sees the name of whom they talk with, whatever rules say of the contact.
        partner = self.sudo().partner_id.display_name
        outgoing = self.calling_user_id.user_id == self.env.user
        number, name = (self.called_number, "") if outgoing else (self.calling_number, self.calling_name)
        since = self.answered or self.ringing or self.started
        words = _("talking") if self.answered else _("ringing") if self.ringing else _("calling")
        return {
            "id": self.id,
            "other": partner or name or number or _("Anonymous"),
            "words": words,
            "since": fields.Datetime.to_string(since),
        }
