"""Shows an enrolment code, once."""
import shlex

from odoo import _, api, fields, models

from ..models.enrolment import LIFE_MINUTES


class AgentEnrolment(models.TransientModel):
    _name = "asterisk_plus.agent_enrolment"
    _description = "Enrolment of a new agent"

    server_id = fields.Many2one("asterisk_plus.server", required=True, ondelete="cascade")
    # Without a column: the form gets it as a default and is never saved, so that no table ever holds it.
    code = fields.Char(store=False, readonly=True)
    command = fields.Char(compute="_compute_command")
    minutes = fields.Integer(compute="_compute_command")

    @api.model
    def _title(self):
        return _("Enrol an agent")

    @api.depends("server_id")
    def _compute_command(self):
        # sudo: not everybody may read parameters; Odoo's own address is no secret.
        url = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        words = ["asterisk-agent", "enrol", url, "--db", self.env.cr.dbname, "--write", "/etc/asterisk-agent.env"]
        for wizard in self:
            wizard.command = " ".join(shlex.quote(word) for word in words)
            wizard.minutes = LIFE_MINUTES
