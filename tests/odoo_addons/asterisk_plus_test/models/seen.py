from odoo import api, fields, models


class Seen(models.Model):
    """What a company's own handlers saw; as an integrator would write them."""

    _name = "asterisk_plus_test.seen"
    _description = "Event seen by a handler of somebody else's"

    name = fields.Char(required=True)
    event = fields.Text()

    @api.model
    def on_event(self, event):
        """Keep the event."""
        self.create({"name": event["Event"], "event": repr(sorted(event.items()))})

    @api.model
    def on_event_raise(self, event):
        """Fail, always, after having written."""
        self.create({"name": "raises"})
        raise ValueError("this handler always raises: %s" % event["Event"])
