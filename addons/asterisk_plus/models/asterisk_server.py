"""One Asterisk with its agent: the record, its account, its secret. What the agent calls stands in asterisk_server_agent.py."""
import secrets
from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MAX_ACCOUNTS = 1000


class AsteriskServer(models.Model):
    _name = "asterisk_plus.server"
    _description = "Asterisk server"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    country_id = fields.Many2one(
        "res.country",
        default=lambda self: self.env.company.country_id,
        help="National numbers of this PBX are read as numbers of this country.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent's account",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="The agent logs in with this account. It is made with the server, and can do nothing else.",
    )
    agent_url = fields.Char(string="Agent URL", copy=False, help="For example https://192.0.2.1/rpc/")
    agent_tls_verify = fields.Boolean(
        string="Verify the certificate",
        default=True,
        help="Switch off only for a trial: without it anybody on the way can read the agent's token.",
    )
    agent_ca = fields.Text(
        string="Certificate authority",
        help="PEM, if the agent's certificate was not signed by a public authority.",
    )
    # Not even an administrator reads it back: no view, export, search or RPC call, see asterisk_server_secret.py.
    agent_token = fields.Char(
        compute="_compute_agent_token",
        inverse="_inverse_agent_token",
        groups=".",
        copy=False,
    )
    agent_name = fields.Char(readonly=True, copy=False)
    agent_version = fields.Char(readonly=True, copy=False)
    agent_boot = fields.Char(string="Agent's start", readonly=True, copy=False)
    asterisk_version = fields.Char(readonly=True, copy=False)
    system_name = fields.Char(readonly=True, copy=False, help="systemname of asterisk.conf")
    last_seen = fields.Datetime(compute="_compute_last_seen", help="When the agent last called Odoo.")
    parked_count = fields.Integer(
        string="Parked events",
        readonly=True,
        copy=False,
        help="Events whose handler failed again and again. The agent keeps them: see the button Parked events.",
    )
    parked_last = fields.Char(string="Last parked event", readonly=True, copy=False)
    event_errors = fields.Text(groups=".", copy=False, help='JSON: {"row id": "error"} as the agent reported.')

    _sql_constraints = [
        ("user_uniq", "unique(user_id)", "Each server has an agent's account of its own."),
    ]

    @api.depends_context("uid")  # which also stands for sudo(): fields.py, cache_key
    def _compute_agent_token(self):
        tokens = self.env["asterisk_plus.server_secret"]._tokens(self) if self.env.su else {}
        for server in self:
            server.agent_token = tokens.get(server.id, False)

    def _compute_last_seen(self):
        # sudo: people do not read deliveries.
        seen = self.env["asterisk_plus.delivery"].sudo()._last_seen(self)
        for server in self:
            server.last_seen = seen.get(server.id, False)

    def _inverse_agent_token(self):
        for server in self:
            self.env["asterisk_plus.server_secret"]._set_token(server, server.agent_token)
        self.invalidate_cache(["agent_token"], self.ids)  # it is kept per user, and all must see the new one

    @api.constrains("agent_url")
    def _check_agent_url(self):
        for server in self.filtered("agent_url"):
            try:
                parts = urlsplit(server.agent_url)
                is_good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
            except ValueError:
                is_good = False
            if not is_good or "@" in parts.netloc or parts.fragment:
                raise ValidationError(_("The Agent URL must look like https://192.0.2.1/rpc/"))

    @api.constrains("user_id")
    def _check_user_id(self):
        """Refuse people's accounts: who may set up a PBX may make a new password for the agent's account."""
        group = self.env.ref("asterisk_plus.group_server")
        # sudo: a PBX admin may not read groups of accounts.
        for server in self.sudo().filtered("user_id"):
            groups = server.user_id.groups_id
            if group not in groups or groups - group - group.trans_implied_ids:
                raise ValidationError(_("The agent's account must be in the group PBX Server, and in no other."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("user_id"):
                company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
                vals["user_id"] = self._create_account(company).id
        return super().create(vals_list)

    @api.model
    def _create_account(self, company):
        """Make an agent's account, of no other group than PBX Server. Nobody knows its password: see "New agent password"."""
        # sudo: a PBX admin makes no users. What is made here is fixed, and can do nothing but deliver for its server.
        users = self.env["res.users"].sudo().with_context(no_reset_password=True, active_test=False)
        login = self._free_login(users)
        values = {
            "name": _("Agent %s", login),
            "login": login,
            "password": secrets.token_urlsafe(32),
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "groups_id": [(6, 0, self.env.ref("asterisk_plus.group_server").ids)],
        }
        return users.create(values)

    @api.model
    def _free_login(self, users):
        # An account that is already there is never taken over: somebody may know its password.
        names = ["asterisk%d" % number for number in range(1, MAX_ACCOUNTS)]
        taken = set(users.search([("login", "in", names)]).mapped("login"))
        return next(name for name in names if name not in taken)

    @api.model
    def _create_first_server(self):
        """Make the server and the account that a new installation starts with, once."""
        if self.with_context(active_test=False).search([], limit=1):
            return
        server = self.create({"name": "Asterisk"})
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": "asterisk_plus.server_1", "record": server, "noupdate": True},
                {"xml_id": "asterisk_plus.user_agent", "record": server.user_id, "noupdate": True},
            ]
        )

    def _events_map_changed(self):
        """Hook: the events map has changed in this transaction; tell the agents after it is committed."""
