"""What went wrong with a call made by click, told to whoever clicked."""
from odoo import _, api, models


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    @api.model
    def on_originate_response(self, event):
        """Tell the user that their own phone was not reached. Row of the events map: OriginateResponse with a failure."""
        server = self.env["asterisk_plus.server"]._agent_server()
        if event.get("Response") != "Failure":
            return
        # A failed Originate keeps the ChannelId that we gave it as its Uniqueid (manager.c: fast_originate).
        domain = [("server_id", "=", server.id), ("linkedid", "=", event.get("Uniqueid") or ""), ("originated_by", "!=", False)]
        call = server.env["asterisk_plus.call"].search(domain, limit=1)
        if call:
            call._originate_notice(self._originate_reason(event))

    @api.model
    def _originate_reason(self, event):
        # The numbers are AST_CONTROL_... (frame.h)
        reasons = {
            "3": _("Your phone %s rang, and nobody picked up."),
            "5": _("Your phone %s is busy."),
            "8": _("Your phone %s can't be reached now."),
        }
        text = reasons.get(event.get("Reason")) or _("Your phone %s was not reached, or it declined.")
        return text % (event.get("Channel") or "")

    def _originate_failed(self, reason):
        """End the call that Asterisk did not take, and tell why."""
        self.ensure_one()
        self.fail_originated(reason)
        self._originate_notice(reason)

    @api.model
    def _originate_not_sent(self, reason, pass_back):
        """The request was not handed to the agent; who clicked is told by who calls this."""
        self.browse(pass_back["call_id"]).exists().fail_originated(reason)

    def _originate_notice(self, reason):
        self.ensure_one()
        user = self.originated_by
        title = _("No call to %s", self.partner_id.name or self.called_number or "")
        self.server_id.with_context(lang=user.lang)._notify(user, title, reason, is_warning=False)
