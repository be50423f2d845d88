"""Whose calls are recorded, and how those who talk are told. The dialplan asks when somebody has answered (controllers/dialplan.py)."""
from odoo import api, fields, models

from ..lib.events import MAX_ID, endpoint_of
from ..tools import dialplan

NO = "no"


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    record_calls = fields.Selection(
        [
            ("all", "All, unless a PBX user says never"),
            ("chosen", "Only of PBX users who say always"),
            ("none", "None, whatever PBX users say"),
        ],
        string="Record calls",
        default="all",
        required=True,
        help="Holds where the dialplan asks Odoo, as our sample does.",
    )
    recording_notice = fields.Selection(
        [("yes", "None"), ("tone", "A tone every few seconds"), ("spoken", "A spoken notice before")],
        string="Notice",
        default="yes",
        required=True,
        help="How those who talk are told that their call is recorded.",
    )

    def _recording_of_channels(self, channels):
        """Return how a call of these channels (one for each side) is recorded: "no", "yes", "tone" or "spoken".

        Who says never is not recorded, whoever else takes part. Without channels: how any call of the server may be.
        """
        self.ensure_one()
        users = self.env["asterisk_plus.user"]
        users = users._owners_of(self, channels) if channels else users.search([("server_id", "=", self.id)])
        choices = set(users.mapped("record_calls"))
        is_refused = self.record_calls == "none" or (channels and "never" in choices)
        is_recorded = self.record_calls == "all" or "always" in choices
        return self.recording_notice if is_recorded and not is_refused else NO


class AsteriskUser(models.Model):
    _inherit = "asterisk_plus.user"

    record_calls = fields.Selection(
        [("server", "As the server says"), ("always", "Always"), ("never", "Never")],
        string="Record calls",
        default="server",
        required=True,
        help="Whether calls of this user are recorded, where the dialplan asks Odoo. Never holds for the whole call, whoever else takes part.",
    )

    @api.model
    def _owners_of(self, server, channels):
        """Return the PBX users to whom these channels of a server ("PJSIP/101-0000a1") belong."""
        endpoints = [name for name in (endpoint_of(channel[:MAX_ID]) for channel in channels) if dialplan.is_endpoint(name)]
        owned = [("server_id", "=", server.id), ("name", "in", endpoints)]
        return self.env["asterisk_plus.user_channel"].search(owned).mapped("user_id").filtered("active")
