"""One line of a call's story. Kept as words, told in the reader's language."""
from odoo import _, api, fields, models

from ..lib.transfers import KINDS

WORDS = ("party", "detail", "detail_2")
LEFT_A_MESSAGE = "SUCCESS"


class AsteriskCallEvent(models.Model):
    _name = "asterisk_plus.call_event"
    _description = "Line of a call's timeline"
    _order = "moment, id"
    _rec_name = "description"

    call_id = fields.Many2one("asterisk_plus.call", required=True, readonly=True, index=True, ondelete="cascade")
    moment = fields.Float(readonly=True, help="Unix seconds, as Asterisk said it.")
    time = fields.Datetime(readonly=True)
    kind = fields.Char(readonly=True, help="Names the sentence; see _sentences().")
    party = fields.Char(readonly=True, help="An endpoint, a number, or who stands outside (caller, called).")
    detail = fields.Char(readonly=True)
    detail_2 = fields.Char(readonly=True)
    user_id = fields.Many2one("asterisk_plus.user", string="Who", readonly=True, index=True, ondelete="set null")
    other_user_id = fields.Many2one(
        "asterisk_plus.user",
        string="With whom",
        readonly=True,
        ondelete="set null",
        help="Who got the call; of a call that was picked up, whose phone rang.",
    )
    is_transfer = fields.Boolean(
        string="Change of hands", compute="_compute_is_transfer", search="_search_is_transfer"
    )
    description = fields.Char(compute="_compute_description")

    # A call has a dozen lines, which only deliveries write: by SQL, because Odoo would write each by itself.

    @api.model
    def _there(self, calls):
        """Return [values] of the lines of the calls with these ids: what tells them apart, and their own ids."""
        if not calls:
            return []
        # No line is ever written again, so nothing of them waits to be flushed.
        self.env.cr.execute(
            "SELECT id, call_id, moment, kind, party, detail, detail_2 FROM asterisk_plus_call_event WHERE call_id IN %s",
            [tuple(calls)],
        )
        return self.env.cr.dictfetchall()

    @api.model
    def _add(self, lines):
        """Write lines, of which [values] with the same names are given, all at once."""
        if not lines:
            return
        log = {"create_uid": self.env.uid, "create_date": fields.Datetime.now()}
        names = [*lines[0], *log]
        rows = [tuple(None if one is False else one for one in (*line.values(), *log.values())) for line in lines]
        self.env.cr.execute(
            "INSERT INTO asterisk_plus_call_event (%s) VALUES %s" % (", ".join(names), ", ".join(["%s"] * len(rows))), rows
        )
        self.env["asterisk_plus.call"].invalidate_cache(["event_ids", "transfer_ids"])

    @api.depends("kind")
    def _compute_is_transfer(self):
        for line in self:
            line.is_transfer = line.kind in KINDS

    @api.model
    def _search_is_transfer(self, operator, value):
        wanted = bool(value) if operator in ("=", "!=") else True in value  # 19.0 asks for one of a set
        return [("kind", "in" if (operator in ("=", "in")) == wanted else "not in", KINDS)]

    @api.depends("kind", "party", "detail", "detail_2", "user_id", "other_user_id")
    def _compute_description(self):
        calls = self.env["asterisk_plus.call"]
        sentences, reasons = self._sentences(), calls._reason_words()
        names = {call: call._names() for call in self.call_id}
        for line in self:
            people = names.get(line.call_id, {})
            words = {name: people.get(line[name]) or calls._in_words(line[name], reasons) or "" for name in WORDS}
            words["target"] = words["detail_2"] or words["detail"]
            sentence = sentences.get(line._sentence())
            line.description = (sentence % words if sentence else " ".join([line.kind or "", *map(words.get, WORDS)])).strip()

    def _sentence(self):
        """Return the name of the line's sentence: what a queue or a voicemail said at its end has one of its own."""
        if self.kind == "queue_status":
            return "queue_%s" % (self.party or "").lower()
        if self.kind == "voicemail":
            return "voicemail" if self.party == LEFT_A_MESSAGE else "voicemail_empty"
        if self.kind == "unreached" and not self.detail:
            return "unreached_only"
        return self.kind

    @api.model
    def _sentences(self):
        return {
            "start": _("%(party)s calls %(detail)s"),
            "click": _("%(party)s clicks on %(detail)s to call"),
            "dial": _("%(party)s is called"),
            "ring": _("The phone of %(party)s rings"),
            "answer": _("%(party)s answers"),
            "silent": _("The phone of %(party)s stops ringing"),
            "busy": _("%(party)s is busy"),
            "declined": _("%(party)s declines"),
            "unreached": _("%(party)s cannot be reached: %(detail)s"),
            "unreached_only": _("%(party)s cannot be reached"),
            "hangup": _("%(party)s hangs up"),
            "end": _("The call ends: %(detail)s"),
            "lost": _("%(party)s is no longer seen: %(detail)s"),
            "moved": _("%(party)s goes on in another call"),
            "queue_join": _("The caller waits in the queue %(party)s"),
            "queue_timeout": _("The caller has waited too long, and leaves the queue"),
            "queue_full": _("The queue is full"),
            "queue_joinempty": _("The queue has no members"),
            "queue_leaveempty": _("The queue has no members any more"),
            "queue_joinunavail": _("No member of the queue is available"),
            "queue_leaveunavail": _("No member of the queue is available any more"),
            "queue_continue": _("The caller leaves the queue and goes on"),
            "queue_withdraw": _("The caller is taken out of the queue"),
            "voicemail": _("A message is left in the voicemail"),
            "voicemail_empty": _("The voicemail is reached, and no message left"),
            "blind": _("%(party)s puts the call through to %(target)s"),
            "attended": _("%(party)s talks to %(target)s first, and hands the call over"),
            "pickup": _("%(party)s picks up the call that rings at %(target)s"),
            "park": _("%(party)s parks the call at %(detail)s"),
            "retrieve": _("%(party)s takes the call that is parked at %(detail)s"),
            "conference": _("%(party)s enters the conference %(detail)s"),
            "forward": _("The phone of %(party)s forwards the call to %(target)s"),
        }
