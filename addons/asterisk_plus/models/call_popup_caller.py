"""Who is at the other end, as one user may see it: the content of a pop-up."""
from odoo import _, fields, models

MAX_OFFERED = 3


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    # The last call with an unknown number is looked for while the phone rings.
    partner_number = fields.Char(index=True)

    def _popup_caller(self, user):
        """Return who calls. Of a partner whom the user may not read there is the name, and nothing else."""
        self.ensure_one()
        mine = self._as_user(user)
        partner = self.partner_id if self.direction != "internal" else self.partner_id.browse()
        readable = mine._readable_partners(partner | self.candidate_partner_ids)
        known = readable.filtered(lambda one: one.id == partner.id)
        number = (self.called_number if self.direction == "out" else self.calling_number) or ""
        return {
            "direction": self.direction,
            "number": number,
            "name": self._popup_name(partner),
            "company": (known.commercial_company_name or "") if not known.is_company else "",
            "partner_id": known.id,
            "has_picture": mine._has_picture(known),
            "offered": [{"id": one.id, "name": one.display_name} for one in (readable - known)[:MAX_OFFERED]],
            "can_create": self.direction != "internal" and not partner and mine._may_create_partner(),
            "last_call": mine._last_call(partner, number),
            "queue": self.queue or "",
        }

    def _as_user(self, user):
        """Return the call with the user's rights and language, in all of their companies."""
        # No companies in the context are all of them; what the context holds of a user Odoo remembers.
        mine = self.with_env(self.env(user=user.id, su=False, context={}))
        return mine.with_context(lang=mine.env["res.users"].context_get()["lang"])

    def _popup_name(self, partner):
        if self.direction == "internal":
            return self.calling_user_id.name or self.calling_name or self.calling_number or ""
        name = self.calling_name if self.direction == "in" and self.calling_name != self.calling_number else ""
        return partner.name or partner.display_name or name or ""

    def _readable_partners(self, partners):
        """Return those of the partners that this environment's user may read."""
        mine = self.env["res.partner"]
        if not partners or not mine.check_access_rights("read", raise_exception=False):
            return mine
        found = mine.with_context(active_test=False).search([("id", "in", partners.ids)])
        return found.with_context(active_test=True)

    def _has_picture(self, partner):
        # sudo: of a contact that the user may read. Odoo keeps its pictures as attachments.
        picture = [("res_model", "=", partner._name), ("res_field", "=", "image_128"), ("res_id", "=", partner.id)]
        return bool(partner and self.env["ir.attachment"].sudo().search_count(picture))

    def _may_create_partner(self):
        return self.env["res.partner"].check_access_rights("create", raise_exception=False)

    def _last_call(self, partner, number):
        """Return the last call with the partner, or the number, that this environment's user may see; False for none."""
        if self.direction == "internal" or not (partner or number):
            return False
        whose = ("partner_id", "=", partner.id) if partner else ("partner_number", "=", number)
        last = self.search([whose, ("id", "!=", self.id)], limit=1)
        if not last:
            return False
        # In one query, and no more than is said. sudo: the user sees the call.
        last.sudo().read(["started", "direction", "status", "answered_user_id"], load="_classic_write")
        return {"started": fields.Datetime.to_string(last.started), "how": last._last_call_words()}

    def _last_call_words(self):
        # sudo: the name of a colleague on a call that the user sees.
        by = self.sudo().answered_user_id.name
        if self.direction == "out":
            return _("outgoing, %s", self._label("status").lower())
        return _("answered by %s", by) if by else self._label("status").lower()
