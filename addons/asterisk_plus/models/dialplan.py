from odoo import api, models

from ..dialplan_text import clean_name, join_channels, join_tags
from ..lib.phone_number import candidates


class AsteriskPlusDialplan(models.AbstractModel):
    """The dialplan's questions. No method is public: controllers/dialplan.py checks who asks."""

    _name = "asterisk_plus.dialplan"
    _description = "Answers for the dialplan"

    @api.model
    def _caller_name(self, number, country, server):
        """Return who a number belongs to: Jane (ACME), ACME; empty when nobody or several companies have it."""
        partner = self._partner(number, country, server)
        parent = partner.parent_id.name if partner.parent_id and partner.parent_id.active else ""
        name, company = clean_name(partner.name), clean_name(parent or partner.company_name or "")
        return clean_name("%s (%s)" % (name, company) if company and name else name or company)

    @api.model
    def _partner_manager(self, number, country, server):
        """Return the channels of the salesperson of a number's partner, joined by &; empty when that names no phone of one server."""
        partner = self._partner(number, country, server)
        salesperson = partner.user_id or partner.commercial_partner_id.user_id
        if not salesperson.active:
            return ""
        domain = [("user_id", "=", salesperson.id)]
        if server:
            domain.append(("server_id", "=", server.id))
        channels = self.env["asterisk_plus.user"].search(domain)._originate_channels()
        if len(channels.mapped("server_id")) != 1:
            return ""  # PJSIP/101 of one PBX is somebody else on the other
        return join_channels(channels.mapped("name"))

    @api.model
    def _caller_tags(self, number, country, server):
        """Return the tags of a number's partner and of its company, joined by commas."""
        partner = self._partner(number, country, server)
        tags = partner.category_id | partner.commercial_partner_id.category_id
        return join_tags(tags.filtered("active").sorted("name").mapped("name"))

    @api.model
    def _partner(self, number, country, server):
        """Return the partner of a number, as read in the country asked for, else in the server's."""
        servers = server or self.env["asterisk_plus.server"].search([])
        countries = [country] if country else []
        for one in servers:
            countries += [code for code in one._countries() if code not in countries]
        partners = self.env["res.partner"]
        for e164 in candidates(number, countries):
            partner, others = partners._asterisk_plus_match({e164}, server.company_id)[e164]
            if partner or others:
                return partner
        return partners
