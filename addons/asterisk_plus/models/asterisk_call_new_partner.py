"""A contact made for a caller, or somebody called, whom nobody knew: if the settings say so, once, and of real numbers only."""
import logging

import psycopg2

from odoo import api, fields, models

from ..lib.phone_number import split_post_dial, to_e164
from .wire import clean_text

_logger = logging.getLogger(__name__)
MAX_NAME = 80
KEPT_HOURS = 24
DIRECTIONS = {"never": (), "in": ("in",), "all": ("in", "out")}


class AsteriskNewPartner(models.Model):
    """The guard: one row per number of which a contact is being made, so that two transactions do not both make one.

    Odoo's transactions are REPEATABLE READ: the second one to write a row waits for the first, and fails to serialize if that
    committed, for it does not see the new contact. Odoo runs it again (service/model.py), and then it sees it.
    """

    _name = "asterisk_plus.new_partner"
    _description = "Number of which a contact was made"
    _rec_name = "number"

    number = fields.Char(required=True)
    taken = fields.Datetime(required=True)

    _sql_constraints = [("number_uniq", "unique(number)", "One row per number.")]

    @api.model
    def _take(self, numbers):
        """Wait for whoever makes a contact of one of these numbers just now. Raise psycopg2's OperationalError to be run again."""
        for number in sorted(numbers):  # in one order, so that two do not wait for each other
            self.env.cr.execute(
                """INSERT INTO asterisk_plus_new_partner (number, taken) VALUES (%s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (number) DO UPDATE SET taken = EXCLUDED.taken""",
                [number],
            )

    @api.autovacuum
    def _gc_taken(self):
        self.env.cr.execute(
            "DELETE FROM asterisk_plus_new_partner WHERE taken < now() AT TIME ZONE 'UTC' - %s * interval '1 hour'", [KEPT_HOURS]
        )


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def _partner_values(self, server, calls, facts):
        values = super()._partner_values(server, calls, facts)
        directions = DIRECTIONS[self.env["asterisk_plus.settings"]._says("partner_creation") or "never"]
        due = {
            key: one
            for key, one in facts.items()
            if self._is_partner_due(one, directions) and self._is_unknown(calls.get(key), values.get(key, {}))
        }
        for key, partners in self._new_partners(server, due).items() if due else ():
            partner, candidates = self._choose(partners)
            links = {"partner_id": partner.id, "candidate_partner_ids": [(6, 0, candidates.ids)]}
            values.setdefault(key, {"partner_number": self._partner_number(facts[key])}).update(links)
        return values

    @api.model
    def _is_partner_due(self, facts, directions):
        """Tell whether a contact is to be made of the other end now, if it is unknown.

        Not before a phone rings: until then a call out may turn out to be to a colleague. Of a number that was called, only if
        that rang: others may not exist.
        """
        if facts.direction not in directions:
            return False
        return bool(facts.ringing or facts.answered or (facts.direction == "in" and not facts.is_active))

    @api.model
    def _is_unknown(self, call, values):
        """Tell whether nobody was found for a call that goes on. `values`: what has just been looked up, if it was."""
        if call is not None and not call.is_active:
            return False
        if values:
            return not values["partner_id"] and not values["candidate_partner_ids"][0][2]
        return call is None or not (call.partner_id or call.candidate_partner_ids)

    @api.model
    def _new_partners(self, server, facts):
        """Return {linkedid: contacts with the number of the call}, made now where there were none."""
        countries = self.env["res.partner"]._asterisk_countries(None, server)
        own = self._own_numbers(countries)
        read = {key: to_e164(split_post_dial(self._partner_number(one))[0], countries) for key, one in facts.items()}
        numbers = {key: number for key, number in read.items() if number and number not in own}
        # Somebody may have written the number down since it was looked up.
        found = self._match(server, set(numbers.values()))
        missing = {number: facts[key] for key, number in numbers.items() if not found[number]}
        found.update(self._create_partners(missing))
        return {key: found[number] for key, number in numbers.items() if number in found}

    @api.model
    def _own_numbers(self, countries):
        """Return our people's numbers: a call from one of them is no stranger's."""
        pbx_users = self.env["asterisk_plus.user"].with_context(active_test=False).search([("callerid_num", "!=", False)])
        return {to_e164(one.callerid_num, countries) for one in pbx_users}

    @api.model
    def _create_partners(self, missing):
        """Make a contact of each number. Return {number: contact}; none of those that Odoo refuses, for the call matters more."""
        if not missing:
            return {}
        try:
            with self.env.cr.savepoint():
                self.env["asterisk_plus.new_partner"]._take(missing)
                values = [{"name": self._name_of_stranger(one, number), "phone": number} for number, one in missing.items()]
                # The agent's account, in whose name this happens, follows nobody.
                partners = self.env["res.partner"].with_context(mail_create_nosubscribe=True).create(values)
                partners.flush()
                return {number: self.env["res.partner"].browse(one.id) for number, one in zip(missing, partners)}
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except Exception:  # pylint: disable=broad-except
            _logger.exception("No contact could be made of %d unknown numbers", len(missing))
            return {}

    @api.model
    def _name_of_stranger(self, facts, number):
        """Return the name that came with the call, as text, else the number."""
        name = " ".join(clean_text(facts.calling_name, MAX_NAME).split()) if facts.direction == "in" else ""
        return name if any(character.isalpha() for character in name) else number
