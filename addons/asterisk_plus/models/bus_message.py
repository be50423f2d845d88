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
        """
        # sudo: whoever causes a message may neither write to the bus nor read other people's partners; it goes to these users alone.
        if release.version_info[0] >= 15:
            for user, kind, content in messages:
                self.sudo()._sendone(user.sudo().partner_id, kind, content)
            return
        database = self.env.cr.dbname
        self.sudo().sendmany(
            [
                [(database, "res.partner", user.sudo().partner_id.id), dict(content, type=kind)]
                for user, kind, content in messages
            ]
        )
