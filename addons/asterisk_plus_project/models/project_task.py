"""Tasks: calls from them."""
from odoo import models


class ProjectTask(models.Model):
    _name = "project.task"
    _inherit = ["project.task", "asterisk_plus.record_calls"]
