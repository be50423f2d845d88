"""Messages to people's browsers over Odoo's bus: the one place that knows how a series of Odoo sends them."""
from odoo import api, models, release


class Bus(models.Model):
    _inherit = "bus.bus"

    @api.model
    def _asterisk_send(self, messages):
        """Send [(res.users record, kind, content)] when the transaction is committed, each to all browsers of its user alone.

        The channel is the partner's: the server itself adds it to what a logged-in browser listens to (mail: controllers/bus.py),
        and nobody can ask for it, because a browser names its channels by texts, and this one is a list. mail's own script lets
        kinds pass that it does not know. Odoo 15 and later make that channel of the partner's record.

        All that a transaction has to send is best sent at once: before 18.0 Odoo opens a connection to PostgreSQL for each time.
        """
        # sudo: whoever causes a message may neither write to the bus nor read other people's partners; it goes to these users alone.
        bus = self.sudo()
        messages = [(user.sudo().with_context(prefetch_fields=False).partner_id, *what) for user, *what in messages]
        if release.version_info[0] >= 18:
            for message in messages:
                bus._sendone(*message)
        elif release.version_info[0] >= 15:
            bus._sendmany(messages)
        else:
            people = (self.env.cr.dbname, "res.partner")
            bus.sendmany([[(*people, partner.id), dict(content, type=kind)] for partner, kind, content in messages])
