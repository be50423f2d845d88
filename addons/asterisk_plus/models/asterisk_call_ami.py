"""AMI events become calls: load what a batch touches, let lib/ judge in memory, write each record once and only what changed."""
from odoo import api, models

from ..lib.call_book import CallBook
from ..lib.call_state import CallState
from ..lib.events import keys_of
from .call_figures import share_of
from .call_values import call_values, changes, leg_values, line_key, line_values
from .wire import clean


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    # Methods of the events map that take a list of events: {method: method(server, events)}. See asterisk_server_deliver.py.
    _asterisk_batch_methods = {"on_ami_event": "_on_ami_events"}

    @api.model
    def on_ami_event(self, event):
        """Take in one AMI event of the caller's own server. The events map names this method; deliver() gives it lists."""
        server = self.env["asterisk_plus.server"]._agent_server()
        server.env["asterisk_plus.call"]._on_ami_events(server, [clean(event)])
        return True

    @api.model
    def _on_ami_events(self, server, events):
        """Take in events of one server, in order."""
        linkedids, uniqueids = keys_of(events)
        calls, book = self._load(server, linkedids, uniqueids)
        for event in events:
            book.apply(event)
        self._store(server, calls, book.touched)

    @api.model
    def _load(self, server, linkedids, uniqueids, domain=()):
        """Return the calls that are named, or that have a named channel, by Linkedid, and a book of their states."""
        named = ["|", ("linkedid", "in", list(linkedids)), ("channel_ids.uniqueid", "in", list(uniqueids))]
        calls = self.search([("server_id", "=", server.id)] + (["|"] + list(domain) if domain else []) + named)
        # All that is needed of them, in one query: a field that nobody may read (state_json, ...) is loaded by itself otherwise.
        calls.read([name for name, field in self._fields.items() if field.store and field.column_type], load="_classic_write")
        return {call.linkedid: call for call in calls}, CallBook([call._state() for call in calls])

    def _state(self):
        """Return what has been observed of the call; nothing, if what is stored is of an older version."""
        self.ensure_one()
        try:
            return CallState.from_json(self.state_json)
        except (KeyError, TypeError, ValueError):
            return CallState(self.linkedid)

    @api.model
    def _store(self, server, calls, states, extra=None):
        """Write what has become of the calls whose states were touched; `extra` goes into those that are new."""
        # A state without any leg is a word about a call that nobody saw: only a click-to-call exists before its first channel.
        states = {key: state for key, state in states.items() if state.legs or state.click or key in calls}
        if not states:
            return
        owners = self._owners(server)
        facts = {key: state.facts(owners.get) for key, state in states.items()}
        # Who clicked may have chosen the partner.
        partners = {} if "partner_id" in (extra or {}) else self._partner_values(server, calls, facts)
        known = [calls[key].id for key in facts if key in calls]
        # Whatever call has a channel of these was loaded, also one whose state is too old to say so.
        may_be_there = bool(calls)
        new = []
        for key, state in states.items():
            values = dict(call_values(facts[key]), state_json=state.to_json())
            values.update(self._people_values(facts[key], owners), **partners.get(key, {}))
            if key in calls:
                calls[key]._write_changes(values)
            else:
                # What Odoo would compute, and write a second time.
                values.update(company_id=server.company_id.id, answered_share=share_of(values["status"]))
                new.append(dict(values, server_id=server.id, **(extra or {})))
        for call in self.create(new):
            calls[call.linkedid] = call
        self._store_legs(server, calls, facts, owners, may_be_there)
        self._store_participations(calls, facts, known)
        self._store_lines(calls, facts, owners, known)
        changed = self.browse([calls[key].id for key in facts])
        changed._calls_changed()
        changed._tell(changed._news())

    def _write_changes(self, values):
        """Write only those values that differ from the record's."""
        changed = changes(self, values)
        if changed:
            self.write(changed)

    @api.model
    def _owners(self, server):
        """Return {endpoint: id of its PBX user} of the server; who left the company still owns the calls of their time."""
        # One query, for each delivery asks.
        self.env["asterisk_plus.user_channel"].flush()
        self.env.cr.execute("SELECT name, user_id FROM asterisk_plus_user_channel WHERE server_id = %s", [server.id])
        return dict(self.env.cr.fetchall())

    @api.model
    def _store_legs(self, server, calls, facts, owners, may_be_there):
        """Write the channels. One that went on in another call belongs to that one: its Linkedid says so."""
        legs = {leg.uniqueid: leg for one in facts.values() for leg in one.legs if not leg.moved_to}
        if not legs:
            return
        channels = self.env["asterisk_plus.channel"]
        there = channels.search([("server_id", "=", server.id), ("uniqueid", "in", list(legs))]) if may_be_there else channels
        for channel in there:
            leg = legs.pop(channel.uniqueid)
            changed = changes(channel, leg_values(leg, calls[leg.linkedid].id, owners))
            if changed:
                channel.write(changed)
        where = {"server_id": server.id, "company_id": server.company_id.id}
        channels.create([dict(leg_values(leg, calls[leg.linkedid].id, owners), **where) for leg in legs.values()])

    @api.model
    def _store_lines(self, calls, facts, owners, known):
        """Write the lines of the timelines that are new, and take away those that a later event has corrected.

        Only the calls whose ids are `known` can have some.
        """
        wanted = {}
        for key, one in facts.items():
            for entry in one.timeline:
                values = line_values(entry, calls[key].id, owners)
                wanted[line_key(values)] = values
        lines = self.env["asterisk_plus.call_event"]
        for line in lines._there(known):
            if wanted.pop(line_key(line), None) is None:
                lines.browse(line["id"]).unlink()
        lines._add(list(wanted.values()))
