"""Who is at the other end: the partner of a call, and the PBX users who took part."""
from odoo import api, models


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
            values[key] = {
                "partner_number": number,
                "partner_id": partner.id,
                "candidate_partner_ids": [(6, 0, candidates.ids)],
            }
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
        """Return who was rung, and who took part: those may see the call."""
        rung = {owners[name] for name in facts.rung_endpoints if name in owners}
        talked = {user for user, _seconds in facts.user_talk}
        parts = rung | talked | {facts.calling_user, facts.answered_user, facts.final_user}
        return {
            "called_user_ids": [(6, 0, sorted(rung))],
            "participant_ids": [(6, 0, sorted(parts - {None}))],
        }
