"""One line of a call's story. Kept as words, told in the reader's language."""
from odoo import _, api, fields, models

class AsteriskCallEvent(models.Model):
    _name = "asterisk_plus.call_event"
    _description = "Line of a call's timeline"
    _order = "moment, id"
    _rec_name = "description"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, index=True, ondelete="cascade")
    moment = fields.Float(readonly=True, help="Unix seconds, as Asterisk said it.")
    time = fields.Datetime(readonly=True)
    kind = fields.Char(readonly=True, help="Names the sentence; see _sentences().")
    party = fields.Char(readonly=True)
    detail = fields.Char(readonly=True)
    detail_2 = fields.Char(readonly=True)
    description = fields.Char(compute="_compute_description")

    @api.depends("kind", "party", "detail", "detail_2")
    def _compute_description(self):
        sentences = self._sentences()
        people = {call: call._people() for call in self.call_id}
        for line in self:
            sentence, names = sentences.get(line.kind), people.get(line.call_id, {})
            words = {name: names.get(line[name], line[name]) or "" for name in ("party", "detail", "detail_2")}
            line.description = sentence % words if sentence else " ".join([line.kind or "", *words.values()]).strip()

    @api.model
    def _sentences(self):
        return {
            "start": _("%(party)s calls %(detail_2)s as %(detail)s"),
            "click": _("%(party)s is asked to call %(detail)s"),
            "dial": _("%(party)s is dialled"),
            "ring": _("%(party)s rings"),
            "answer": _("%(party)s answers"),
            "dial_end": _("%(party)s does not answer: %(detail)s"),
            "hangup": _("%(party)s leaves: %(detail)s"),
            "moved": _("%(party)s goes on in the call %(detail)s"),
            "queue_join": _("Waits in the queue %(party)s"),
            "queue_status": _("Leaves the queue: %(party)s"),
            "blind": _("%(party)s transfers to %(detail)s"),
            "attended": _("%(party)s transfers to %(detail)s after talking with them"),
            "pickup": _("%(party)s picks up the call of %(detail)s"),
            "park": _("%(party)s parks the call at %(detail)s"),
            "retrieve": _("%(party)s takes the call from %(detail)s"),
            "conference": _("%(party)s enters the conference %(detail)s"),
            "forward": _("%(party)s forwards to %(detail)s"),
        }
