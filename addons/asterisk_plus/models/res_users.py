from odoo import fields, models


class ResUsers(models.Model):
    _inherit = "res.users"

    asterisk_plus_user_ids = fields.One2many(
        "asterisk_plus.user", "user_id", "PBX users", groups="asterisk_plus.group_admin"
    )

    def _asterisk_plus_notify(self, title, message, warning=False, sticky=False):
        """Show a notification in the browsers of these users, now. Plain text: the web client escapes it.

        simple_notification is mail's, from 14.0 on; what differs between series is how the bus is called.
        """
        payload = {"title": title, "message": message, "warning": warning, "sticky": sticky}
        bus = self.env["bus.bus"].sudo()  # sudo: nobody may write to the bus by hand
        for partner in self.mapped("partner_id"):
            if hasattr(bus, "_sendone"):  # from 15.0 on
                bus._sendone(partner, "simple_notification", payload)
            else:
                channel = (self.env.cr.dbname, "res.partner", partner.id)
                bus.sendone(channel, dict(payload, type="simple_notification"))
