"""Notices to people's browsers: text in, a pop-up out."""
import unicodedata

from odoo import _, api, models, release
from odoo.exceptions import AccessError

MAX_TITLE = 100
MAX_MESSAGE = 500


def _line(text, limit):
    """Return the text in one line without control characters; what is no text is empty."""
    if not isinstance(text, str):
        return ""
    kept = ("" if unicodedata.category(one) in ("Cc", "Cs", "Co") else one for one in " ".join(text.split()))
    return "".join(kept).strip()[:limit]


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def notify_user(self, uid, message):
        """Show a notice to a PBX user of the caller's own server. Only its agent may."""
        server = self._agent_server()
        is_own = isinstance(uid, int) and not isinstance(uid, bool) and self._is_user_of(server, uid)
        if not is_own or not isinstance(message, dict):
            self._refuse_notice()
        server._notify(
            server.env["res.users"].browse(uid),
            message.get("title"),
            message.get("message"),
            is_warning=bool(message.get("warning")),
            is_sticky=bool(message.get("sticky")),
        )
        return True

    @api.model
    def _refuse_notice(self):
        # Not where a stranger's `uid` is: _() looks for a variable of that name (tools/translate.py: GettextAlias._get_lang).
        raise AccessError(_("This is no PBX user of the server."))

    @api.model
    def _is_user_of(self, server, uid):
        """Tell whether the user has a PBX user on the server, or administers it: both click its buttons."""
        # sudo: the agent's account reads no users; only yes or no comes of it.
        user = self.env["res.users"].sudo().browse(uid).exists()
        if not user.active:
            return False
        is_admin = user.has_group("asterisk_plus.group_admin") and server.company_id in user.company_ids
        return is_admin or bool(self.env["asterisk_plus.user"]._of_user(user, server))

    @api.model
    def _notify(self, user, title, message, is_warning=True, is_sticky=False):
        """Show a notice in all browsers of the user when the transaction is committed. Text only: the web client escapes it."""
        notice = {
            "title": _line(title, MAX_TITLE) or _("Asterisk"),
            "message": _line(message, MAX_MESSAGE),
            "warning": is_warning,
            "sticky": is_sticky,
        }
        # Odoo's own script shows it, and escapes title and message (14 to 16: mail/…/messaging_notification_handler.js; 17 on:
        # bus/static/src/simple_notification_service.js, which wants the tone as `type`).
        if release.version_info[0] >= 17:
            notice["type"] = "warning" if notice.pop("warning") else "info"
        self.env["bus.bus"]._asterisk_send([(user, "simple_notification", notice)])

    @api.model
    def _answer(self, title, message, is_good):
        """Return the client action that shows a button's answer."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                # The client formats the message with sprintf (web: core/misc.js): a lone % would make it fail.
                "message": _line(message, MAX_MESSAGE).replace("%", "%%"),
                "type": "success" if is_good else "danger",
                "sticky": not is_good,
            },
        }
