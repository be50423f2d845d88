from odoo import _, api, fields, models

from ..lib.phone_number import to_e164

E164 = {"phone_e164": "phone", "mobile_e164": "mobile"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Stored and indexed: a caller is found by equality, never by a scan of written numbers. Computed here and nowhere else.
    phone_e164 = fields.Char("Phone (E.164)", compute="_compute_asterisk_plus_e164", store=True, index=True)
    mobile_e164 = fields.Char("Mobile (E.164)", compute="_compute_asterisk_plus_e164", store=True, index=True)
    asterisk_plus_call_count = fields.Integer(
        "Calls", compute="_compute_asterisk_plus_call_count", groups="asterisk_plus.group_user"
    )

    @api.depends("phone", "mobile", "country_id", "parent_id.country_id", "company_id.country_id")
    def _compute_asterisk_plus_e164(self):
        defaults = self._asterisk_plus_default_countries()
        for partner in self:
            countries = partner._asterisk_plus_countries(defaults)
            for e164, written in E164.items():
                partner[e164] = to_e164(partner[written] or "", countries) or False

    def _asterisk_plus_countries(self, defaults=None):
        """Return the countries by which this partner's numbers are read: its own, its parent's, its company's, the servers'."""
        own = [self.country_id.code, self.parent_id.country_id.code, self.company_id.country_id.code]
        rest = self._asterisk_plus_default_countries() if defaults is None else defaults
        return list(dict.fromkeys(filter(None, own + rest)))

    @api.model
    def _asterisk_plus_default_countries(self):
        """Return the countries of the servers. Nothing of who is logged in: the same partner has one number for everybody."""
        # sudo: whoever writes a partner need not see the servers.
        servers = self.env["asterisk_plus.server"].sudo().search([])
        return list(dict.fromkeys(code for server in servers for code in server._countries()))

    @api.model
    def _asterisk_plus_recompute(self, domain):
        """Bring the numbers of partners up to date, in batches, after a change that the ORM does not follow."""
        ids = self.search(domain + ["|", ("phone", "!=", False), ("mobile", "!=", False)], order="id").ids
        for start in range(0, len(ids), 1000):
            self.browse(ids[start : start + 1000])._asterisk_plus_store_e164()

    def _asterisk_plus_store_e164(self):
        """Write the E.164 numbers of these partners where they differ, without a trace in their history."""
        defaults = self._asterisk_plus_default_countries()
        for partner in self:
            countries = partner._asterisk_plus_countries(defaults)
            values = {e164: to_e164(partner[written] or "", countries) or False for e164, written in E164.items()}
            changed = {name: value for name, value in values.items() if (partner[name] or False) != value}
            if changed:
                partner.with_context(tracking_disable=True).write(changed)

    @api.model
    def _asterisk_plus_match(self, numbers, company):
        """Return {number in E.164: (partner, candidates)} for numbers in E.164; archived partners never match.

        One hit is the partner. Several people of one company give the company. Several companies give no partner, and all hits as candidates.
        """
        # sudo: an agent's account reads no partner. Only partners of the server's company, or of none, count.
        domain = ["|", ("phone_e164", "in", list(numbers)), ("mobile_e164", "in", list(numbers))]
        if company:
            domain += [("company_id", "in", (False, company.id))]
        hits = self.sudo().search(domain, order="id")
        found = {}
        for number in numbers:
            mine = hits.filtered(lambda partner, number=number: number in (partner.phone_e164, partner.mobile_e164))
            found[number] = mine._asterisk_plus_choose()
        return found

    def _asterisk_plus_choose(self):
        """Return (partner, candidates) for the partners that have one number."""
        if len(self) <= 1:
            return self, self.browse()
        companies = self.mapped("commercial_partner_id")
        if len(companies) == 1 and companies.active:
            return companies, self.browse()
        return self.browse(), self

    def _asterisk_plus_call_domain(self):
        return ["|", ("partner_id", "child_of", self.ids), ("candidate_ids", "in", self.ids)]

    def _compute_asterisk_plus_call_count(self):
        calls = self.env["asterisk_plus.call"]
        for partner in self:  # shown on the form only: one partner
            partner.asterisk_plus_call_count = calls.search_count(partner._asterisk_plus_call_domain()) if partner.ids else 0

    def action_asterisk_plus_calls(self):
        """Open the calls with this partner and with its contacts."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Calls"),
            "res_model": "asterisk_plus.call",
            "view_mode": "tree,form",
            "domain": self._asterisk_plus_call_domain(),
        }

    def action_asterisk_plus_call_phone(self):
        """Call this partner's phone."""
        return self._asterisk_plus_click(self.phone)

    def action_asterisk_plus_call_mobile(self):
        """Call this partner's mobile."""
        return self._asterisk_plus_click(self.mobile)

    def _asterisk_plus_click(self, number):
        self.ensure_one()
        return self.env["asterisk_plus.server"]._click(number, self._name, self.id)
