"""What a configuration file was, when, and by whom: written by the file's own code, never changed."""
import difflib

from odoo import _, api, fields, models

MAX_LINES = 20000  # of a difference; beyond it is nothing that a person reads


def difference(old, new, old_name, new_name):
    """Return what changed, as a unified difference; empty when nothing did."""
    old_lines, new_lines = ((text or "").splitlines() for text in (old, new))
    lines = difflib.unified_diff(old_lines, new_lines, old_name, new_name, n=3, lineterm="")
    return "\n".join(line for _number, line in zip(range(MAX_LINES), lines))


class AsteriskConfVersion(models.Model):
    _name = "asterisk_plus.conf_version"
    _description = "Version of an Asterisk configuration file"
    _order = "id desc"
    _rec_name = "create_date"

    conf_id = fields.Many2one("asterisk_plus.conf", required=True, ondelete="cascade", index=True, readonly=True)
    content = fields.Text(readonly=True)
    encoding = fields.Char(readonly=True, help="By which the text becomes the file's bytes again.")
    origin = fields.Selection([("odoo", "Odoo"), ("host", "Asterisk's machine")], string="From", required=True, readonly=True)
    create_uid = fields.Many2one("res.users", string="By", readonly=True)
    create_date = fields.Datetime(string="When", readonly=True)
    difference = fields.Text(compute="_compute_difference", string="Difference to the version before")

    @api.depends("content")
    def _compute_difference(self):
        for version in self:
            before = self.search([("conf_id", "=", version.conf_id.id), ("id", "<", version.id)], limit=1)
            version.difference = difference(before.content, version.content, _("Before"), _("This version"))

    def _as_file(self):
        """Return the values by which a file has this version's bytes."""
        self.ensure_one()
        # Versions of before there was a field for it are of the file's own encoding.
        return {"content": self.content or "", "encoding": self.encoding or self.conf_id.encoding}

    def action_restore(self):
        """Make this the file's content again, in Odoo; it goes to Asterisk by its own button."""
        self.ensure_one()
        self.conf_id._become(self)
        return {"type": "ir.actions.act_window_close"}
