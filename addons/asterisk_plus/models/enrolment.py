"""One-time codes by which a new agent gets its login and password: short-lived, hashed, used once.

Whoever has a code gets the agent's account, so it is worth as much as the password: it is made of 125 random bits, shown once, and
ends after LIFE_MINUTES or by its use. The route by which it is exchanged: controllers/enrolment.py.
"""
import hashlib
import hmac
import logging
import secrets
from datetime import timedelta

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

LIFE_MINUTES = 30
# Without letters and digits that look alike: a code may be typed from one screen to another. 25 of 32 signs are 125 bits.
SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH, GROUP = 25, 5


class Enrolment(models.Model):
    _name = "asterisk_plus.enrolment"
    _description = "Enrolment code of an agent"
    _log_access = False
    _rec_name = "server_id"
    # Its line of ir.model.access gives nothing to nobody: only code that runs as superuser reaches it.

    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade")
    code_hash = fields.Char(required=True)
    expires = fields.Datetime(required=True)

    _sql_constraints = [("server_uniq", "unique(server_id)", "One code per server: a new one ends the old one.")]

    @api.model
    def _new_code(self, server):
        """Return a new code for the server; an older one ends."""
        code = "".join(secrets.choice(SIGNS) for _number in range(LENGTH))
        self.search([("server_id", "=", server.id)]).unlink()
        expires = fields.Datetime.now() + timedelta(minutes=LIFE_MINUTES)
        self.create({"server_id": server.id, "code_hash": _hash(code), "expires": expires})
        return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))

    @api.model
    def _use(self, code):
        """Return the server of a code that is right, and end it; an empty recordset for a wrong one.

        Every code that is open is compared, in constant time. Of two that bring the same code at once one gets a serialization
        failure, and finds the code gone when it is run again.
        """
        shown = _hash(code)
        found = self.browse()
        for enrolment in self.search([("expires", ">", fields.Datetime.now())]):
            if hmac.compare_digest(enrolment.code_hash, shown):
                found = enrolment
        self.env.cr.execute("DELETE FROM asterisk_plus_enrolment WHERE id = %s RETURNING id", [found.id or 0])
        is_ours = bool(self.env.cr.fetchall())
        server = found.server_id if is_ours else self.env["asterisk_plus.server"]
        self.invalidate_cache()
        return server.filtered("active")

    @api.autovacuum
    def _delete_old(self):
        self.search([("expires", "<=", fields.Datetime.now())]).unlink()


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def action_new_enrolment(self):
        """Make a one-time code and open the form that shows it, once. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        self._check_user_id()
        # sudo: nobody reads or writes codes but this.
        code = self.env["asterisk_plus.enrolment"].sudo()._new_code(self)
        _logger.info("User %s made an enrolment code for server %s", self.env.uid, self.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env["asterisk_plus.agent_enrolment"]._title(),
            "res_model": "asterisk_plus.agent_enrolment",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_server_id": self.id, "default_code": code},
        }

    def _enrol(self):
        """Give the agent's account a new password; return what the agent needs. For a code that was right."""
        self.ensure_one()
        self._check_user_id()
        return {"login": self.user_id.login, "password": self._set_agent_password(), "server": self.name}


def _hash(code):
    """Return the hash of a code, whatever signs were put between. 125 random bits need no salt and no slow hash."""
    plain = "".join(one for one in code.upper() if one in SIGNS)
    return hashlib.sha256(plain.encode()).hexdigest()
