"""Pop-ups: whose phone rings, or rang, is told so in their own browsers, and only there."""
import time

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .popup_state import LIVE, Told, answered_by, popup_states

POPUP = "asterisk_plus.popup"


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    popup_json = fields.Text(groups=".", help="What the users' pop-ups were told; see popup_state.py.")

    def _news(self):
        """Tell those for whom something has changed."""
        news = super()._news()
        for call in self:
            told = Told(call.popup_json)
            messages = call._popup_messages(told)
            if messages:
                news.append((call, lambda call=call, told=told, messages=messages: call._popups_to_send(told, messages)))
        return news

    def _popup_messages(self, told):
        """Return [(PBX user, state, number)] of what is to be told, and note it in `told`."""
        self.ensure_one()
        messages = []
        states = popup_states(self)
        gone = self.env["asterisk_plus.user"].browse(told.forgotten(states)).exists()
        for pbx_user, state in [*states.items(), *((one, "ended") for one in gone)]:
            if not pbx_user.user_id or pbx_user.popup == "off":
                continue
            what = [self.partner_id.id, self.calling_number or "", self.calling_name or ""] if state in LIVE else []
            number = told.next(pbx_user, state, what)
            if number:
                messages.append((pbx_user, state, number))
        return messages

    def _popups_to_send(self, told, messages):
        self.popup_json = told.to_json()
        return [
            (pbx_user.user_id, POPUP, self._popup(pbx_user, state, number)) for pbx_user, state, number in messages
        ]

    @api.model
    def my_popups(self):
        """Return {"now": Unix seconds, "popups": [message]}: what of the calling user's own calls is to be shown now."""
        user = self.env.user
        if not user.has_group("base.group_user"):
            raise AccessError(_("Pop-ups are for people who work here."))
        popups = []
        if user.has_group("asterisk_plus.group_user"):
            # In every company that they work in, whatever they look at now: the phone rings all the same.
            mine = self.with_context(allowed_company_ids=user.company_ids.ids)
            live = mine.search([("is_active", "=", True), ("participant_ids.user_id", "=", user.id)])
            popups = [popup for call in live for popup in call._popups_of(user)]
        return {"now": time.time(), "popups": popups}

    def _popups_of(self, user):
        """Return the live pop-ups of a call that the user may see."""
        # sudo: the names of those who took part, and what has been told.
        call = self.sudo()
        number = Told(call.popup_json).number
        return [
            call._popup(pbx_user, state, number)
            for pbx_user, state in popup_states(call).items()
            if state in LIVE and pbx_user.user_id == user and pbx_user.popup != "off"
        ]

    def _popup(self, pbx_user, state, number):
        """Return the message of one pop-up; every text in it is plain, and may be a stranger's."""
        self.ensure_one()
        message = {
            "call": self.id,
            "number_in_call": number,
            "sent": time.time(),
            "state": state,
            "answered_by": answered_by(self).name or "" if state == "elsewhere" else "",
            "is_sticky": pbx_user.popup == "sticky",
            "open": pbx_user.popup_open,
        }
        return dict(message, **self._popup_caller(pbx_user.user_id)) if state in LIVE else message
