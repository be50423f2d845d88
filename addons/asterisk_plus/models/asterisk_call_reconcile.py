"""The live channels, as the agent lists them after every connection to Asterisk: what is not among them has ended."""
from odoo import api, models

from ..lib.events import home, text
from .wire import duration_seconds, to_seconds

REASON = "reconciled"
# A click-to-call is a row before Asterisk hears of it: it is not missed before it had the time to get there.
GRACE_S = 60


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def _reconcile(self, server, events):
        """Take in pseudo events that list a server's live channels (docs/reference/agent-odoo.md, Reconcile)."""
        for event in events:
            if event.get("Event") != "Reconcile":
                raise ValueError("row 0 takes Reconcile only")
            self._reconcile_one(server, event)

    @api.model
    def _reconcile_one(self, server, event):
        as_of = to_seconds(event.get("AsOf"))
        if not as_of:
            raise ValueError("AsOf is no time")
        channels = [one for one in event["Channels"] if text(one, "Uniqueid")]
        live = {text(one, "Uniqueid") for one in channels}
        active = ["|", ("is_active", "=", True), ("channel_ids.is_active", "=", True)]
        calls, book = self._load(server, {home(text(one, "Linkedid")) for one in channels}, live, active)
        for key, state in book.states.items():
            self._close_missing(state, live, as_of)
            book.touched[key] = state
        known = {uniqueid for state in book.states.values() for uniqueid in state.legs}
        for channel in channels:
            if text(channel, "Uniqueid") not in known:  # nobody saw it begin; its bridge is as old as we know
                began = as_of - duration_seconds(channel.get("Duration"))
                book.apply(dict(channel, Event="Newchannel", EventTime="%.6f" % began))
            book.apply(dict(channel, Event="CoreShowChannel", EventTime="%.6f" % as_of))
        self._store(server, calls, book.touched)

    @api.model
    def _close_missing(self, state, live, as_of):
        state.reconcile(live, as_of, REASON)
        is_waiting = state.is_active and not any(leg.is_active for leg in state.legs.values())
        if is_waiting and state.click.get("time", 0) < as_of - GRACE_S:
            state.close(as_of, REASON)
