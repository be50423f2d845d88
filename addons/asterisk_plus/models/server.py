import ipaddress
import ssl
from urllib.parse import urlsplit

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import NO_ACCESS

STATES = [("new", "Never seen"), ("online", "Online"), ("offline", "Not reachable")]


class AsteriskPlusServer(models.Model):
    """One Asterisk with its agent."""

    _name = "asterisk_plus.server"
    _description = "Asterisk server"
    _order = "id"

    name = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        "Agent's account",
        required=True,
        readonly=True,
        ondelete="restrict",
        copy=False,
        help="The account with which this server's agent logs in. It has the group PBX Server and no other.",
    )
    agent_login = fields.Char(related="user_id.login", string="Agent's login")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    country_id = fields.Many2one(
        "res.country",
        default=lambda self: self.env.company.country_id,
        help="Numbers without a country code, as this server sees them, are numbers of this country.",
    )
    agent_url = fields.Char("Agent URL", help="For example https://pbx.example.com/rpc/", copy=False)
    is_url_plain = fields.Boolean(compute="_compute_is_url_plain")
    verify_tls = fields.Boolean(
        "Verify the certificate",
        default=True,
        help="Switch off only for a try: whoever is between Odoo and the agent can then read the token.",
    )
    ca_certificate = fields.Text(
        "Own CA", help="The certificate (PEM) of the authority that signed the agent's, if it is not a public one."
    )
    # NO_ACCESS: no user may read it, by read(), search(), group or export; the code does so with sudo().
    agent_token = fields.Char(groups=NO_ACCESS, copy=False)
    state = fields.Selection(STATES, default="new", required=True, readonly=True, copy=False)
    last_seen = fields.Datetime(readonly=True, copy=False)
    last_event = fields.Datetime(compute="_compute_last_event")
    agent_name = fields.Char(readonly=True, copy=False)
    agent_version = fields.Char(readonly=True, copy=False)
    agent_boot = fields.Char(readonly=True, copy=False)
    asterisk_version = fields.Char(readonly=True, copy=False)
    system_name = fields.Char(readonly=True, copy=False)
    parked_count = fields.Integer(readonly=True, copy=False)
    parked_last = fields.Char("Last parked event", readonly=True, copy=False)
    event_error_count = fields.Integer(compute="_compute_event_error_count")
    pbx_user_ids = fields.One2many("asterisk_plus.user", "server_id", "PBX users")

    _sql_constraints = [("user_unique", "unique (user_id)", "This account belongs to another server.")]

    @api.depends("agent_url", "verify_tls")
    def _compute_is_url_plain(self):
        for server in self:
            server.is_url_plain = bool(server.agent_url) and not _is_private(server.agent_url, server.verify_tls)

    def _compute_last_event(self):
        for server in self:
            server.last_event = self.env["asterisk_plus.delivery"].sudo()._last_event(server)

    def _compute_event_error_count(self):
        for server in self:
            rows = self.env["asterisk_plus.event"].sudo()._rows_of(server)
            server.event_error_count = len(rows.filtered("error"))

    @api.constrains("agent_url")
    def _check_agent_url(self):
        for server in self.filtered("agent_url"):
            mistake = _url_mistake(server.agent_url)
            if mistake:
                raise ValidationError(_("Agent URL: %s. A good one looks like https://pbx.example.com/rpc/") % mistake)

    @api.constrains("ca_certificate")
    def _check_ca_certificate(self):
        for server in self.filtered("ca_certificate"):
            try:
                ssl.create_default_context().load_verify_locations(cadata=server.ca_certificate)
            except (ssl.SSLError, ValueError) as exc:
                raise ValidationError(_("Own CA: this is no certificate in PEM form.")) from exc

    @api.constrains("user_id")
    def _check_user_id(self):
        """An agent's account can do nothing else, so a PBX Admin can't reach another account by way of its password."""
        group = self.env.ref("asterisk_plus.group_server")
        for server in self.sudo():
            if server.user_id.groups_id != group:
                raise ValidationError(_("The agent's account must have the group PBX Server, and no other group."))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if not vals.get("user_id"):
                vals["user_id"] = self._make_account(vals.get("name")).id
        servers = super().create(vals_list)
        servers._follow_company()
        servers._recompute_national_numbers()
        return servers

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self._follow_company()
        if "country_id" in vals:
            self._recompute_national_numbers()
        return result

    @api.model
    def _make_account(self, name):
        """Return a new agent's account: the first free login of asterisk1, asterisk2 ..., no password, no other group."""
        # sudo: a PBX Admin may add servers, not users; the account can do nothing but deliver for this server.
        users = self.env["res.users"].sudo().with_context(active_test=False, no_reset_password=True)
        taken = set(users.search([("login", "=like", "asterisk%")]).mapped("login"))
        login = next(found for found in map("asterisk{}".format, range(1, len(taken) + 2)) if found not in taken)
        group = self.env.ref("asterisk_plus.group_server")
        return users.create({"name": _("Agent of %s") % (name or login), "login": login, "groups_id": [(6, 0, group.ids)]})

    def _follow_company(self):
        """Keep the agent's account in its server's company."""
        for server in self.sudo():  # sudo: as in _make_account
            company = server.company_id
            server.user_id.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})

    def _recompute_national_numbers(self):
        """Numbers of partners without a country are read by the servers' countries."""
        # sudo: partners that the admin can't see have numbers, too.
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners._asterisk_plus_recompute([("country_id", "=", False)])

    @api.model
    def _caller_server(self):
        """Return the calling agent's server, with superuser's rights. Raise AccessError for anybody else."""
        if not self.env.user.has_group("asterisk_plus.group_server"):
            raise AccessError(_("Only the agent's account of a server may do this."))
        # sudo: an agent's account has no right to write; what it may do is in the methods that begin here.
        server = self.sudo().search([("user_id", "=", self.env.uid)], limit=1)
        if not server:
            raise AccessError(_("This account is of no server."))
        return server

    def _countries(self):
        """Return the countries by which this server's numbers are read, the likeliest first."""
        self.ensure_one()
        countries = self.country_id | self.company_id.country_id
        return tuple(countries.mapped("code"))


def _url_mistake(url):
    """Return what is wrong with an agent's URL, empty for nothing."""
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or 0 < parts.port < 65536
    except ValueError:
        return _("this is no address")
    if parts.scheme not in ("http", "https"):
        return _("it must begin with https:// or http://")
    if not parts.hostname or not port_is_good or not url.isascii() or any(ord(character) < 33 for character in url):
        return _("this is no address")
    if parts.username is not None or parts.password is not None:
        return _("it must not hold a user name or password; the agent hands over its token by itself")
    if parts.query or parts.fragment:
        return _("it must not hold ? or #")
    return ""


def _is_private(url, verify_tls):
    """Tell whether nobody on the way can read what is sent to a URL."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return verify_tls
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
