"""Who is at the other end: the partner of a call, and the PBX users who took part."""
from odoo import api, models

from .call_values import changes, participation_values
from .call_words import chain_text


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def _partner_values(self, server, calls, facts):
        """Return {linkedid: values} of the calls whose partner is to be looked up: once per call and number, all at once."""
        numbers = {key: self._partner_number(one) for key, one in facts.items()}
        asked = {key: number for key, number in numbers.items() if self._is_to_look_up(calls.get(key), number)}
        found = self._match(server, {number for number in asked.values() if number})
        values = {}
        for key, number in asked.items():
            partner, candidates = self._choose(found.get(number, self.env["res.partner"]))
            values[key] = {"partner_number": number, "partner_id": partner.id}
            if candidates or key in calls:
                values[key]["candidate_partner_ids"] = [(6, 0, candidates.ids)]
        return values

    @api.model
    def _partner_number(self, facts):
        """Return the number of the party outside the company, empty for an internal call."""
        return {"in": facts.calling_number, "out": facts.called_number}.get(facts.direction, "")

    @api.model
    def _is_to_look_up(self, call, number):
        if call is None:
            return bool(number)
        if call.originated_by:
            return False  # the user chose whom to call; if not, it was looked up at the click
        return number != (call.partner_number or "")

    @api.model
    def _match(self, server, numbers):
        """Return {number: candidates}."""
        if not numbers:
            return {}
        return self.env["res.partner"]._asterisk_match_many(sorted(numbers), server=server)

    @api.model
    def _choose(self, candidates):
        """Return (the partner, the candidates to offer): one is it, several of one company are the company, else nobody is."""
        offered = candidates if len(candidates) > 1 else candidates.browse()
        return candidates.asterisk_choose(candidates), offered

    @api.model
    def _people_values(self, facts, owners):
        """Return who was rung, and through whose hands the call went."""
        rung = {owners[name] for name in facts.rung_endpoints if name in owners}
        users = {one.endpoint: owners[one.endpoint] for one in facts.chain if one.endpoint in owners}
        names = {endpoint: self.env["asterisk_plus.user"].browse(user).name for endpoint, user in users.items()}
        return {
            "called_user_ids": [(6, 0, sorted(rung))],
            "transfer_chain": chain_text(facts.chain, names) or False,
        }

    def _of_participation(self):
        """Return what a participation has of its call: given at once, Odoo need not write it a second time."""
        return {"company_id": self.company_id.id, "started": self.started, "direction": self.direction}

    @api.model
    def _store_participations(self, calls, facts, known):
        """Write what each PBX user had to do with the calls: those users may see them. Only those `known` can have some yet."""
        wanted = {}
        for key, one in facts.items():
            for part in one.users:
                wanted[calls[key].id, part.user] = participation_values(part, calls[key].id)
        parts = self.env["asterisk_plus.call_participation"]
        there = parts.search([("call_id", "in", known)]) if known else parts
        gone = there.filtered(lambda part: (part.call_id.id, part.user_id.id) not in wanted)
        for part in there - gone:
            changed = changes(part, wanted.pop((part.call_id.id, part.user_id.id)))
            if changed:
                part.write(changed)
        gone.unlink()
        if wanted or gone:
            parts.create([dict(values, **self.browse(values["call_id"])._of_participation()) for values in wanted.values()])
            # The same rows, seen as a list of users.
            self.invalidate_cache(["participant_ids"])
