"""The lead of a call: an open one is linked, as soon as its number is known; one is made when the call has ended, as configured."""
from odoo import _, models

from odoo.addons.asterisk_plus.lib.phone_number import split_post_dial, to_e164

MISSED = ("noanswer", "busy", "failed")


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    def _link_records(self):
        result = super()._link_records()
        calls = self.filtered(lambda one: not one.res_id)
        if calls:
            calls._tell([(calls, calls._link_open_leads)])
        settings = self.env["asterisk_plus.settings"]._current()
        for call in calls.filtered(lambda one: not one.res_id and one._is_lead_due(settings)):
            call._tell([(call, lambda call=call: call._create_lead(settings))])
        return result

    def _link_open_leads(self):
        leads = self.env["crm.lead"]
        by_number, by_partner = leads._asterisk_open_leads(
            self[:1].server_id, set(self.mapped("partner_number")), self.partner_id | self.partner_id.commercial_partner_id
        )
        for call in self:
            of_contact = by_partner.get(call.partner_id) or by_partner.get(call.partner_id.commercial_partner_id)
            lead = by_number.get(call.partner_number) or of_contact
            if lead:
                call._link_record(lead)

    def _is_lead_due(self, settings):
        """Tell whether the call has ended and a lead is to be made of it."""
        if self.is_active or self.direction != "in":
            return False
        is_missed = self.status in MISSED
        is_unknown = not (self.partner_id or self.candidate_partner_ids) and (is_missed or self.status == "answered")
        return (is_missed and settings.is_lead_of_missed) or (is_unknown and settings.is_lead_of_unknown)

    def _create_lead(self, settings):
        """Make the lead of the call; none of what is no subscriber's number, or one of our own people's."""
        countries = self.env["res.partner"]._asterisk_countries(None, self.server_id)
        number = to_e164(split_post_dial(self.partner_number)[0], countries)
        if not number or number in self._own_numbers(countries):
            return
        # Two servers that hear of one caller at the same moment do not make two leads: the second one is run again.
        self.env["asterisk_plus.new_partner"]._take([number])
        lead = self.env["crm.lead"].with_context(mail_create_nosubscribe=True).create(self._lead_values(number, settings))
        self._link_record(lead)

    def _lead_values(self, number, settings):
        name = self._name_of_stranger(self, number)
        user = self.answered_user_id.user_id or self.partner_id.user_id or settings.lead_user_id
        return {
            "name": _("Call from %s", self.partner_id.display_name or name),
            "contact_name": False if self.partner_id or name == number else name,
            "partner_id": self.partner_id.id,
            "phone": self.partner_id.phone or number,
            "user_id": user.id,
            "company_id": self.company_id.id,
        }
