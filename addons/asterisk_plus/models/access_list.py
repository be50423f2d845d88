"""Who may always talk to Asterisk, and who never: rules of people, sent to the agents (access_rules.py)."""
import ipaddress

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MAX_RULES = 2000  # of one server: the whole list is one request to the agent (RPC_MAX_BODY)
MAX_COMMENT = 80
MAX_ADDRESS = 60


def read_network(text):
    """Return the network that a text names; an IPv4 one that is written as IPv6 is IPv4. Raise ValueError."""
    text = (text or "").strip()
    if len(text) > MAX_ADDRESS or "%" in text:
        raise ValueError
    network = ipaddress.ip_network(text, strict=False)
    mapped = network.network_address.ipv4_mapped if network.version == 6 else None
    return ipaddress.ip_network((mapped, network.prefixlen - 96)) if mapped and network.prefixlen >= 96 else network


def write_network(network):
    """Write a network; one that is a single address without its prefix."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


class AccessList(models.Model):
    _name = "asterisk_plus.access_list"
    _description = "Access rule of an Asterisk server"
    _order = "server_id, access_type, address, id"
    _rec_name = "address"

    server_id = fields.Many2one(
        "asterisk_plus.server",
        required=True,
        ondelete="cascade",
        default=lambda self: self._default_server(),
    )
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    active = fields.Boolean(default=True)
    access_type = fields.Selection(
        [("allow", "Allow"), ("deny", "Deny")],
        string="Access",
        required=True,
        default="allow",
        help="Where an allowed and a denied network overlap, the allowed one wins.",
    )
    address = fields.Char(
        string="Address or network",
        required=True,
        size=MAX_ADDRESS,
        help="For example 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/48",
    )
    address_type = fields.Selection([("ip", "Address"), ("net", "Network")], compute="_compute_address_type", store=True)
    comment = fields.Char(size=MAX_COMMENT)
    expires = fields.Datetime(help="When the rule ends by itself; empty: never.", index=True)
    error = fields.Char(readonly=True, copy=False, help="Why the agent left this rule out.")

    _sql_constraints = [
        ("address_uniq", "unique(server_id, address)", "There is a rule for this address already (it may be archived)."),
    ]

    @api.model
    def _default_server(self):
        servers = self.env["asterisk_plus.server"].search([], limit=2)
        return servers if len(servers) == 1 else False

    @api.depends("address")
    def _compute_address_type(self):
        for rule in self:
            rule.address_type = "net" if "/" in (rule.address or "") else "ip"

    @api.constrains("address")
    def _check_address(self):
        for rule in self:
            try:
                network = read_network(rule.address)
            except ValueError as error:
                text = _("%s is neither an address nor a network. Give one like 192.0.2.1 or 192.0.2.0/24.", rule.address)
                raise ValidationError(text) from error
            if network.prefixlen == 0:
                raise ValidationError(_("A rule for everybody is no rule. Name a smaller network."))
            if write_network(network) != rule.address:
                raise ValidationError(_("%(address)s lies in %(network)s: give one of them.", address=rule.address, network=str(network)))

    @api.constrains("server_id", "active")
    def _check_count(self):
        for server in self.server_id:
            # sudo: rules that somebody may not see count as well.
            if self.sudo().search_count([("server_id", "=", server.id)]) > MAX_RULES:
                raise ValidationError(_("At most %d rules. Put neighbouring addresses into networks.", MAX_RULES))

    @api.model
    def _tidy(self, vals):
        """Write an address as Python does: 2001:DB8::0 and 2001:db8:: are one rule. A host's bits in a network stay an error."""
        text = (vals.get("address") or "").strip()
        try:
            network = read_network(text)
        except ValueError:
            return vals
        host = text.partition("/")[0]
        is_plain = network.num_addresses == 1 or ipaddress.ip_address(host) == network.network_address
        return dict(vals, address=write_network(network) if is_plain or network.prefixlen == 0 else text)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create([self._tidy(vals) for vals in vals_list])
        rules.server_id._access_rules_changed()
        return rules

    def write(self, vals):
        servers = self.server_id
        result = super().write(self._tidy(vals) if "address" in vals else vals)
        if set(vals) - {"error"}:
            (servers | self.server_id)._access_rules_changed()
        return result

    def unlink(self):
        servers = self.server_id
        result = super().unlink()
        servers._access_rules_changed()
        return result

    def _for_agent(self):
        """Return the row that the agent takes (docs/reference/agent-odoo.md: update_access_rules)."""
        return {
            "address": self.address,
            "netmask": "",
            "comment": self.comment or "",
            "address_type": self.address_type,
            "access_type": self.access_type,
        }

    @api.model
    def _cron_expire(self):
        """Archive the rules whose time is over, and send lists that an agent does not have yet."""
        self.search([("expires", "!=", False), ("expires", "<=", fields.Datetime.now())]).write({"active": False})
        self.env["asterisk_plus.server"].search([("agent_url", "!=", False)])._send_missing_access_rules()
