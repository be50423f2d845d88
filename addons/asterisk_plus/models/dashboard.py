"""Figures of the last days' calls, as cards: counted when they are opened, of the calls that the reader may see."""
from datetime import datetime, time, timedelta

import pytz

from odoo import _, api, fields, models

from .asterisk_call_notes import MISSED
from .call_words import in_minutes
from .groups import groups

ANSWERED = ("answered",)


class Dashboard(models.Model):
    _name = "asterisk_plus.dashboard"
    _description = "Figures of calls"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    first_day = fields.Integer(required=True, help="So many days ago it begins.")
    days = fields.Integer(required=True)
    call_count = fields.Integer(string="Calls", compute="_compute_figures")
    in_count = fields.Integer(string="Incoming", compute="_compute_figures")
    out_count = fields.Integer(string="Outgoing", compute="_compute_figures")
    missed_count = fields.Integer(string="Missed", compute="_compute_figures")
    callback_count = fields.Integer(string="Not called back", compute="_compute_figures")
    answered_share = fields.Char(
        string="Answered", compute="_compute_figures", help="Of the incoming calls that somebody was asked to answer."
    )
    wait = fields.Char(string="Average wait", compute="_compute_figures", help="Of the same calls: until the answer, or the caller's end.")
    talk = fields.Char(string="Talk time", compute="_compute_figures")

    @api.depends_context("uid", "tz", "allowed_company_ids")
    @api.depends("first_day", "days")
    def _compute_figures(self):
        for card in self:
            card.update(card._figures())

    def _figures(self):
        by, sums = ("direction", "status", "callback_state"), ("ring_duration", "talk_duration")
        rows = groups(self.env["asterisk_plus.call"], self._domain(), by, sums)
        incoming = [row for row in rows if row["direction"] == "in"]
        asked = [row for row in incoming if row["status"] in ANSWERED + MISSED]
        asked_count = _count(asked)
        answered = _count(row for row in asked if row["status"] in ANSWERED)
        ringing = sum(row["ring_duration"] or 0 for row in asked)
        return {
            "call_count": _count(rows),
            "in_count": _count(incoming),
            "out_count": _count(row for row in rows if row["direction"] == "out"),
            "missed_count": asked_count - answered,
            "callback_count": _count(row for row in rows if row["callback_state"] == "todo"),
            "answered_share": "%d %%" % round(100 * answered / asked_count) if asked_count else "–",
            "wait": in_minutes(round(ringing / asked_count)) if asked_count else "–",
            "talk": in_minutes(sum(row["talk_duration"] or 0 for row in rows)),
        }

    def _domain(self):
        """Return the domain of this card's calls, in days of the reader's time zone."""
        self.ensure_one()
        here = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        zone = pytz.timezone(here.tzinfo.zone)
        first = here.date() - timedelta(days=self.first_day)
        ends = [zone.localize(datetime.combine(one, time.min)).astimezone(pytz.utc) for one in (first, first + timedelta(days=self.days))]
        since, until = (fields.Datetime.to_string(one.replace(tzinfo=None)) for one in ends)
        return [("started", ">=", since), ("started", "<", until)]

    # What a figure opens: the list of the same calls

    def action_calls(self):
        """Open the card's calls."""
        return self._open(_("Calls"))

    def action_incoming(self):
        """Open the incoming ones."""
        return self._open(_("Incoming"), [("direction", "=", "in")])

    def action_outgoing(self):
        """Open the outgoing ones."""
        return self._open(_("Outgoing"), [("direction", "=", "out")])

    def action_missed(self):
        """Open the missed ones."""
        return self._open(_("Missed"), [("direction", "=", "in"), ("status", "in", MISSED)])

    def action_to_call_back(self):
        """Open those that nobody has called back yet."""
        return self._open(_("Not called back"), [("callback_state", "=", "todo")])

    def action_graph(self):
        """Open the card's calls as a graph and a pivot."""
        return self._open(_("Calls"), views=("graph", "pivot", "tree", "form"))

    def _open(self, title, domain=(), views=("tree", "form", "pivot", "graph")):
        return {
            "type": "ir.actions.act_window",
            "name": "%s: %s" % (self.name, title),
            "res_model": "asterisk_plus.call",
            "view_mode": ",".join(views),
            "views": [(False, one) for one in views],
            "domain": self._domain() + list(domain),
        }


def _count(rows):
    return sum(row["count"] for row in rows)
