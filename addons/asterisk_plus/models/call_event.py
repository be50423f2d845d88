import json

from odoo import _, api, fields, models

KINDS = [
    ("start", "Call begins"),
    ("dial", "Dialled"),
    ("ring", "Rings"),
    ("answer", "Answered"),
    ("dial_end", "Not answered"),
    ("moved", "Goes on in another call"),
    ("hangup", "Hung up"),
    ("queue_join", "Joins a queue"),
    ("queue_leave", "Leaves a queue"),
    ("blind", "Blind transfer"),
    ("attended", "Attended transfer"),
    ("pickup", "Picked up"),
    ("park", "Parked"),
    ("retrieve", "Retrieved"),
    ("forward", "Forwarded"),
]
OTHER = "other"


class AsteriskPlusCallEvent(models.Model):
    """One line of a call's story."""

    _name = "asterisk_plus.call_event"
    _description = "Step of a call"
    _order = "time, id"
    _rec_name = "text"

    call_id = fields.Many2one("asterisk_plus.call", required=True, ondelete="cascade", index=True)
    time = fields.Datetime(required=True)
    kind = fields.Selection(KINDS + [(OTHER, "Other")], required=True)
    parts = fields.Text(help="The words of the line, as JSON")
    text = fields.Char(compute="_compute_text")

    @api.depends("kind", "parts")
    def _compute_text(self):
        for step in self:
            words = [word for word in json.loads(step.parts or "[]") if word]
            step.text = step._sentence(step.kind, words)

    @api.model
    def _sentence(self, kind, words):
        """Return one line in the reader's language."""
        sentences = {
            "start": _("%s calls"),
            "dial": _("%s is called"),
            "ring": _("%s rings"),
            "answer": _("%s answers"),
            "dial_end": _("%s does not answer"),
            "moved": _("%s goes on in another call"),
            "hangup": _("%s is hung up"),
            "queue_join": _("The caller joins the queue %s"),
            "queue_leave": _("The caller leaves the queue %s"),
            "blind": _("%s transfers the call"),
            "attended": _("%s transfers the call after asking"),
            "pickup": _("%s picks up the call"),
            "park": _("%s parks the call"),
            "retrieve": _("%s takes the parked call"),
            "forward": _("%s forwards the call"),
        }
        sentence = sentences.get(kind, "%s") % (words[0] if words else _("Somebody"))
        shown = words[1:2] if kind in ("queue_join", "queue_leave") else words[1:]
        shown = [] if kind in ("queue_join", "queue_leave", "moved") else shown
        return "%s (%s)" % (sentence, ", ".join(shown)) if shown else sentence
