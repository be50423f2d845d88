import json
import logging
from datetime import datetime

from odoo import _, api, models

from ..lib.call_book import CallBook
from ..lib.call_state import CallState
from ..lib.events import keys_of
from ..lib.phone_number import to_e164

_logger = logging.getLogger(__name__)

RECONCILED = "reconciled"
CHANNEL_TEXTS = (
    "linkedid channel endpoint state caller_num caller_name connected_num connected_name exten context cause_txt moved_to"
).split()
CLICK_GRACE_S = 60  # a click-to-call that is younger may still be on its way to Asterisk


class AsteriskPlusCall(models.Model):
    """From events to records: load the calls that a batch touches, let the state machine judge, write what has changed."""

    _inherit = "asterisk_plus.call"

    @api.model
    def on_ami_event(self, event):
        """Take in one event of the calling agent's server. deliver() gives us lists instead: see _on_ami_events."""
        self._on_ami_events(self.env["asterisk_plus.server"]._caller_server(), [event])
        return True

    @api.model
    def _on_ami_events(self, server, events):
        """Take in events of a server, in order."""
        # sudo: an agent's account may write nothing by hand; deliver() knows that the server is its own.
        calls = self.sudo()._touched_by(server, events)
        book = calls._book()
        for event in events:
            book.apply(event)
        calls._keep(server, book.touched)

    @api.model
    def _reconcile(self, server, event):
        """Close the active calls and channels of a server that are not among the live ones, open the unknown ones."""
        as_of = float(event["AsOf"])
        channels = [dict(row, Event="CoreShowChannel", EventTime=event["AsOf"]) for row in event["Channels"]]
        live = {row.get("Uniqueid") for row in channels}
        active = self.sudo().search([("server_id", "=", server.id), ("is_active", "=", True)])  # sudo: as above
        calls = active | self.sudo()._touched_by(server, channels)
        book = calls._book()
        for state in book.states.values():
            if state.legs:
                state.reconcile(live, as_of, RECONCILED)
            elif state.last_time < as_of - CLICK_GRACE_S:
                state.close(as_of, RECONCILED)
        states = dict(book.states)
        for row in channels:
            book.apply(row)
        calls._keep(server, {**states, **book.touched})

    # -- reading ---------------------------------------------------------------------------------

    @api.model
    def _touched_by(self, server, events):
        """Return the calls that events name, by Linkedid or by a channel that is up."""
        linkedids, uniqueids = keys_of(events)
        domain = [("server_id", "=", server.id), ("uniqueid", "in", list(uniqueids)), ("is_active", "=", True)]
        calls = self.env["asterisk_plus.channel"].sudo().search(domain).mapped("call_id")
        return calls | self.search([("server_id", "=", server.id), ("linkedid", "in", list(linkedids))])

    def _book(self):
        """Return the state machines of calls."""
        return CallBook([call._state() for call in self])

    def _state(self):
        self.ensure_one()
        try:
            return CallState.from_json(self.state_json or "")
        except (ValueError, KeyError, TypeError):
            # An older version's state, or none: begin anew, the events that come complete it.
            _logger.warning("The state of call %s can't be read", self.linkedid)
            return CallState(self.linkedid)

    # -- writing ---------------------------------------------------------------------------------

    def _keep(self, server, states):
        """Write calls, channels and stories as their states say; write nothing that has not changed."""
        known = {call.linkedid: call for call in self}
        owners = self.env["asterisk_plus.user_channel"].sudo()._owners(server)
        facts = {linkedid: state.facts(owners.get) for linkedid, state in states.items()}
        facts = {linkedid: fact for linkedid, fact in facts.items() if fact.legs or linkedid in known}
        values = {linkedid: self._values(fact, owners) for linkedid, fact in facts.items()}
        for linkedid, vals in values.items():
            vals["state_json"] = states[linkedid].to_json()
        self._add_partners(server, known, values)
        new = [linkedid for linkedid in values if linkedid not in known]
        made = self.create([dict(values[linkedid], linkedid=linkedid, server_id=server.id) for linkedid in new])
        for linkedid, call in known.items():
            if linkedid in values:
                _write_changed(call, values[linkedid])
        known.update(zip(new, made))
        self._keep_channels(server, {known[key]: fact for key, fact in facts.items()}, owners)
        self._keep_story({known[key]: fact for key, fact in facts.items()})
        self.browse([known[key].id for key in facts])._tell_failures()

    @api.model
    def _values(self, fact, owners):
        """Return the fields of a call that its facts decide."""
        rung = [owners[endpoint] for endpoint in fact.rung_endpoints if endpoint in owners]
        users = rung + [fact.calling_user, fact.answered_user, fact.final_user] + [user for user, _talk in fact.user_talk]
        other = {"in": fact.calling_number, "out": fact.called_number}.get(fact.direction, "")
        values = {
            "direction": fact.direction,
            "status": fact.status,
            "is_active": fact.is_active,
            "calling_user_id": fact.calling_user or False,
            "answered_user_id": fact.answered_user or False,
            "called_user_ids": [(6, 0, list(dict.fromkeys(rung)))],
            "user_ids": [(6, 0, list(dict.fromkeys(filter(None, users))))],
            "hangup_cause": fact.hangup_cause or 0,
            "hangup_side": fact.hangup_side or False,
            "number_e164": other or False,  # made E.164 in _add_partners
        }
        for name in ("calling_number", "calling_name", "called_number", "did", "queue", "hangup_reason"):
            values[name] = getattr(fact, name) or False
        for name in ("started", "ringing", "answered", "ended"):
            values[name] = _datetime(getattr(fact, name))
        for name in ("ring_s", "talk_s", "total_s"):
            values[name] = getattr(fact, name)
        return values

    @api.model
    def _add_partners(self, server, known, values):
        """Find the partners of numbers that are new to their call; a partner once found, or chosen, stays."""
        countries = server._countries()
        asked = {}
        for linkedid, vals in values.items():
            number = vals["number_e164"] = to_e164(vals["number_e164"] or "", countries) or False
            call = known.get(linkedid, self.browse())
            if number and (number != call.number_e164) and not call.partner_id:
                asked[linkedid] = number
        found = self.env["res.partner"]._asterisk_plus_match(set(asked.values()), server.company_id) if asked else {}
        for linkedid, number in asked.items():
            partner, candidates = found[number]
            values[linkedid].update(partner_id=partner.id, candidate_ids=[(6, 0, candidates.ids)])

    @api.model
    def _keep_channels(self, server, facts, owners):
        domain = [("call_id", "in", [call.id for call in facts])]
        known = {(row.call_id.id, row.uniqueid): row for row in self.env["asterisk_plus.channel"].sudo().search(domain)}
        new = []
        for call, fact in facts.items():
            for leg in fact.legs:
                values = _leg_values(leg, owners)
                row = known.get((call.id, leg.uniqueid))
                if row:
                    _write_changed(row, values)
                else:
                    new.append(dict(values, call_id=call.id, server_id=server.id, uniqueid=leg.uniqueid))
        self.env["asterisk_plus.channel"].sudo().create(new)

    @api.model
    def _keep_story(self, facts):
        """Make the stories equal to the timelines: what is known later may change an earlier line."""
        steps = self.env["asterisk_plus.call_event"].sudo()
        old = {}
        for row in steps.search([("call_id", "in", [call.id for call in facts])]):
            old.setdefault((row.call_id.id, row.time, row.kind, row.parts), row)
        kinds = dict(steps._fields["kind"].selection)
        new = []
        for call, fact in facts.items():
            for entry in filter(lambda one: _datetime(one.time), fact.timeline):
                kind = entry.kind if entry.kind in kinds else "other"
                key = (call.id, _datetime(entry.time), kind, json.dumps(entry.parts))
                if old.pop(key, None) is None:
                    new.append(dict(zip(("call_id", "time", "kind", "parts"), key)))
        steps.browse([row.id for row in old.values()]).unlink()
        steps.create(new)

    def _tell_failures(self):
        """Tell the user whose click-to-call failed, once, why."""
        for call in self:
            if call.is_originated and call.status == "failed" and not call.is_active and not call.is_failure_told:
                call.is_failure_told = True
                called = call.called_number or ""
                reason = call.hangup_reason or _("Asterisk gave no reason.")
                call.calling_user_id._asterisk_plus_notify(_("The call to %s failed") % called, reason, warning=True)


def _leg_values(leg, owners):
    """Return the fields of a channel that its facts decide."""
    values = {name: getattr(leg, name) or False for name in CHANNEL_TEXTS}
    values.update({name: _datetime(getattr(leg, name)) for name in ("started", "answered", "ended")})
    values.update(user_id=owners.get(leg.endpoint, False), cause=leg.cause or 0, is_active=leg.is_active, talk_s=leg.talk_s)
    return values


def _datetime(seconds):
    """Return Unix seconds as Odoo keeps times (UTC, whole seconds), False for never."""
    try:
        return datetime.utcfromtimestamp(int(seconds)) if seconds else False
    except (OverflowError, OSError, ValueError):
        return False


def _write_changed(record, values):
    """Write those values that are not there yet."""
    changed = {name: value for name, value in values.items() if _differs(record, name, value)}
    if changed:
        record.write(changed)


def _differs(record, name, value):
    kind, old = record._fields[name].type, record[name]
    if kind == "many2one":
        return old.id != value
    if kind == "many2many":
        return set(old.ids) != set(value[0][2])
    return (old or False) != (value or False)
