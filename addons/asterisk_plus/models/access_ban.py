"""Who is shut out of an Asterisk: told by its agent as it happens (security_news.py), asked again when somebody looks."""
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .agent_client import AgentError
from .groups import counts
from .wire import clean_text, to_datetime, to_seconds

MAX_BANS = 20000  # rows that are kept of one server: the longest over go first
KEEP_DAYS = 90
LIST_TIMEOUT_S = 10
MAX_REASON = 100
MAX_ACCOUNTS = 200
FOREVER = -1


class AccessBan(models.Model):
    _name = "asterisk_plus.access_ban"
    _description = "Ban of an Asterisk server"
    _order = "state, since desc, id desc"
    _rec_name = "address"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    address = fields.Char(required=True, readonly=True)
    state = fields.Selection(
        [("banned", "Banned"), ("observed", "Only observed"), ("over", "Over")],
        required=True,
        readonly=True,
        default="banned",
        index=True,
        help="Only observed: the agent runs with SECURITY_OBSERVE_ONLY and would have banned.",
    )
    kind = fields.Selection(
        [("ban", "Agent"), ("automatic", "Kernel's limits"), ("denied", "Access list")],
        string="Banned by",
        required=True,
        readonly=True,
        default="ban",
    )
    reason = fields.Char(readonly=True)
    accounts = fields.Char(string="Accounts tried", readonly=True, help="Text that a stranger sent.")
    tries = fields.Integer(readonly=True)
    bans = fields.Integer(string="Bans so far", readonly=True)
    packets = fields.Integer(string="Packets dropped", readonly=True)
    bytes = fields.Float(string="Bytes dropped", digits=(16, 0), readonly=True)
    since = fields.Datetime(readonly=True)
    until = fields.Datetime(readonly=True, index=True, help="Empty: for good.")
    time_left = fields.Char(compute="_compute_time_left")

    _sql_constraints = [("address_uniq", "unique(server_id, address)", "One row for each address of a server.")]

    @api.depends("until", "state")
    def _compute_time_left(self):
        now = fields.Datetime.now()
        for ban in self:
            left = ban.until and max(0, int((ban.until - now).total_seconds()))
            if ban.state == "over":
                ban.time_left = False
            else:
                ban.time_left = self._duration_text(left) if ban.until else _("for good")

    @api.model
    def _duration_text(self, seconds):
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        if days:
            return _("%(days)d d %(hours)d h", days=days, hours=hours)
        if hours:
            return _("%(hours)d h %(minutes)d min", hours=hours, minutes=minutes)
        return _("%(minutes)d min %(seconds)d s", minutes=minutes, seconds=seconds)

    # What the agent tells

    @api.model
    def _take_ban(self, server, told):
        """Take a new ban of the server's agent: `told` is an item of its news, or a row of its list."""
        values = self._values(told)
        if values["address"]:
            self._put(server, {values["address"]: values})

    @api.model
    def _take_unban(self, server, told):
        address = clean_text(told.get("address"), 60)
        bans = self.search([("server_id", "=", server.id), ("address", "=", address), ("state", "!=", "over")])
        bans.write({"state": "over", "until": to_datetime(told.get("at")) or fields.Datetime.now()})

    @api.model
    def _take_list(self, server, rows):
        """Make the server's bans those of its agent's list, with their counters."""
        values = {one["address"]: one for one in map(self._listed_values, rows) if one["address"]}
        self._put(server, values)
        gone = self.search([("server_id", "=", server.id), ("state", "!=", "over")]).filtered(
            lambda ban: ban.address not in values
        )
        gone.write({"state": "over"})

    @api.model
    def _put(self, server, values):
        known = self.search([("server_id", "=", server.id), ("address", "in", list(values))])
        missing = sorted(set(values) - set(known.mapped("address")))
        for address in missing:
            # By SQL: of two that tell of the same new address at once the second is run again by Odoo, not refused.
            self.env.cr.execute(
                """INSERT INTO asterisk_plus_access_ban (server_id, company_id, address, state, kind)
                   VALUES (%s, %s, %s, 'banned', 'ban') ON CONFLICT DO NOTHING""",
                [server.id, server.company_id.id, address],
            )
        for ban in known.search([("server_id", "=", server.id), ("address", "in", list(values))]) if missing else known:
            # Only what is new: the agent's own news may be writing the same row.
            news = {name: value for name, value in values[ban.address].items() if ban[name] != value}
            if news:
                ban.write(news)

    @api.model
    def _values(self, told):
        since, until = to_seconds(told.get("since")), to_seconds(told.get("until"))
        accounts = told.get("accounts")
        names = [clean_text(one, 40) for one in accounts[:5]] if isinstance(accounts, list) else []
        return {
            "address": clean_text(told.get("address"), 60),
            "state": "observed" if told.get("observed") else "banned",
            "kind": "ban",
            "reason": clean_text(told.get("reason"), MAX_REASON),
            "accounts": ", ".join(name for name in names if name)[:MAX_ACCOUNTS],
            "tries": _count(told.get("tries")),
            "bans": _count(told.get("bans")),
            "since": to_datetime(since) or fields.Datetime.now(),
            "until": to_datetime(until),
        }

    @api.model
    def _listed_values(self, told):
        if not isinstance(told, dict):
            return {"address": ""}
        kind = told.get("kind")
        counters = {"packets": _count(told.get("packets")), "bytes": float(_count(told.get("bytes"), 2**62))}
        if kind in ("ban", "observed"):
            return dict(self._values(dict(told, observed=kind == "observed")), **counters)
        left, now = told.get("timeout"), fields.Datetime.now()
        return dict(
            counters,
            address=clean_text(told.get("address"), 60),
            state="banned",
            kind="automatic" if kind == "automatic" else "denied",
            reason=clean_text(told.get("comment"), MAX_REASON),
            until=False if left == FOREVER else now + timedelta(seconds=_count(left)),
            **({"since": now} if kind == "automatic" else {}),
        )

    # What people do

    @api.model
    def action_open(self):
        """Ask the agents who is shut out, and open the list. PBX admins only."""
        self.env["asterisk_plus.server"].check_access_rights("write")
        servers = self.env["asterisk_plus.server"].search([("agent_url", "!=", False)]).filtered(lambda server: server._agent_is_set_up())
        self._refresh(servers)
        return self.env["ir.actions.act_window"]._for_xml_id("asterisk_plus.action_access_ban")

    def action_refresh(self):
        """Ask the agents of these bans again."""
        self._refresh(self.server_id)

    @api.model
    def _refresh(self, servers):
        """Ask agents for their lists; tell whom it could not ask."""
        for server in servers:
            try:
                server._refresh_bans()
            except AgentError as error:
                title = _("Bans of %s", server.name)
                server._notify(self.env.user, title, server._agent_error_text(error), is_sticky=True)
        self._end_what_is_over()

    def action_unban(self):
        """End these bans, on the agents first."""
        for server in self.server_id:
            bans = self.filtered(lambda ban, server=server: ban.server_id == server and ban.state != "over")
            denied = bans.filtered(lambda ban: ban.kind == "denied")
            if denied:
                raise UserError(_("%s is denied by the access list. Change the rule there.", denied[0].address))
            if bans:
                server._ask_agent("asterisk.remove_banned_addresses", [bans.mapped("address")])
                # sudo: people write no bans; the agent has just ended these.
                bans.sudo().write({"state": "over", "until": fields.Datetime.now()})

    def action_allow(self):
        """Make an allow rule of a ban, and open it. The agent ends the ban when it has the rule."""
        self.ensure_one()
        rules = self.env["asterisk_plus.access_list"].with_context(active_test=False)
        rule = rules.search([("server_id", "=", self.server_id.id), ("address", "=", self.address)])
        if rule:
            rule.write({"access_type": "allow", "active": True, "expires": False})
        else:
            comment = _("Was banned: %s", self.reason or "")
            rule = rules.create(
                {"server_id": self.server_id.id, "address": self.address, "access_type": "allow", "comment": comment[:80]}
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": rule._name,
            "res_id": rule.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    @api.model
    def _end_what_is_over(self):
        """Mark the bans whose time has passed."""
        # sudo: people write no bans.
        domain = [("state", "!=", "over"), ("until", "!=", False), ("until", "<=", fields.Datetime.now())]
        self.sudo().search(domain).write({"state": "over"})

    @api.autovacuum
    def _delete_old(self):
        self.search([("state", "=", "over"), ("until", "<", fields.Datetime.now() - timedelta(days=KEEP_DAYS))]).unlink()
        for server in counts(self, [("state", "=", "over")], "server_id"):
            over = [("server_id", "=", server), ("state", "=", "over")]
            self.search(over, order="until desc, id desc", offset=MAX_BANS).unlink()


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    ban_count = fields.Integer(string="Bans", compute="_compute_ban_count")

    def _compute_ban_count(self):
        banned = [("server_id", "in", self.ids), ("state", "=", "banned")]
        found = counts(self.env["asterisk_plus.access_ban"], banned, "server_id")
        for server in self:
            server.ban_count = found.get(server.id, 0)

    def action_bans(self):
        """Ask this server's agent who is shut out, and open the list."""
        self.ensure_one()
        self._check_pbx_admin()
        self.env["asterisk_plus.access_ban"]._refresh(self.filtered(lambda server: server._agent_is_set_up()))
        action = self.env["ir.actions.act_window"]._for_xml_id("asterisk_plus.action_access_ban")
        return dict(action, domain=[("server_id", "=", self.id)])

    def _refresh_bans(self):
        """Take the agent's list of bans. Raise AgentError."""
        rows = self._agent_call("asterisk.get_banned", timeout_s=LIST_TIMEOUT_S)
        # sudo: people write no bans; what is written is what this server's agent says.
        self.env["asterisk_plus.access_ban"].sudo()._take_list(self, rows if isinstance(rows, list) else [])

    def _ask_agent(self, method, args):
        """Return the agent's answer. Raise UserError with cause and cure. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        try:
            return self._agent_call(method, args, timeout_s=LIST_TIMEOUT_S)
        except AgentError as error:
            raise UserError(self._agent_error_text(error)) from error


def _count(value, limit=2**31 - 1):
    """Return a count as the database takes one; 0 for what is none."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return min(value, limit) if is_count else 0
