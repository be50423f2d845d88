"""Ban an address now, by hand."""
from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..models.access_list import read_network, write_network
from ..models.agent_client import AgentError

MAX_HOURS = 24 * 365


class BanNow(models.TransientModel):
    _name = "asterisk_plus.ban_now"
    _description = "Ban an address"

    server_id = fields.Many2one(
        "asterisk_plus.server",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env["asterisk_plus.access_list"]._default_server(),
    )
    address = fields.Char(string="Address or network", required=True, size=60)
    hours = fields.Float(default=24.0, required=True)
    reason = fields.Char(size=100)

    @api.constrains("address")
    def _check_address(self):
        for wizard in self:
            try:
                is_good = read_network(wizard.address).prefixlen > 0
            except ValueError:
                is_good = False
            if not is_good:
                raise ValidationError(_("That is no address and no network. Names are not looked up."))

    @api.constrains("hours")
    def _check_hours(self):
        if not all(0 < wizard.hours <= MAX_HOURS for wizard in self):
            raise ValidationError(_("Give hours, more than 0 and at most %d. For good: deny it by the access list.", MAX_HOURS))

    def action_ban(self):
        """Ban it, and open the list of bans.

        Nothing is written here: when the agent's own news of the ban came first, Odoo would run this again, and ban twice.
        """
        self.ensure_one()
        server = self.server_id
        server._check_pbx_admin()
        reason = _("by %(name)s: %(reason)s", name=self.env.user.name, reason=self.reason or _("by hand"))
        reason = "".join(one for one in reason if one.isprintable())[:100]
        args = [write_network(read_network(self.address)), reason, max(1, round(self.hours * 3600))]
        try:
            server._agent_call("asterisk.ban_address", args)
        except AgentError as error:
            if error.reason == "protected":
                text = _("It can't be banned: it is this system's own address, a trunk, or allowed by the access list.")
                raise UserError(text) from error
            raise UserError(server._agent_error_text(error)) from error
        return self.env["ir.actions.server"]._for_xml_id("asterisk_plus.action_open_bans")
