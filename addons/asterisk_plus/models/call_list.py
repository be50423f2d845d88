"""Open lists of calls and channels follow the calls: who looks at one is told that it has changed, and loads it anew."""
from datetime import timedelta

from odoo import fields, models, release

CHANGED = "asterisk_plus.changed"
# A browser says that it is there with every poll, which lasts 50 s, or 30 s later when one failed (bus: longpolling_bus.js).
PRESENT_S = 120
# Where Odoo keeps who is there.
PRESENCE = "mail.presence" if release.version_info[0] >= 19 else "bus.presence"


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    def _news(self):
        """Tell the browsers of those who may see the calls, in one message to each."""
        news = super()._news()
        messages = [(user, CHANGED, {"calls": calls.ids}) for user, calls in self._watchers().items()]
        if messages:
            news.append((self[:1], lambda: messages))
        return news

    def _watchers(self):
        """Return {user: the calls that they may see} of the users who have Odoo open."""
        since = fields.Datetime.now() - timedelta(seconds=PRESENT_S)
        there = self.env[PRESENCE].search([("last_poll", ">", since)]).user_id
        # Who sees everybody's live calls, PBX admins among them. (Odoo remembers who is in a group.)
        supervisors = there.filtered(lambda one: one.has_group("asterisk_plus.group_supervisor"))
        watchers = {}
        for call in self:
            people = call.participation_ids.user_id.user_id & there
            for user in people | supervisors.filtered(lambda one, call=call: call.company_id in one.company_ids):
                watchers[user] = watchers.get(user, self.browse()) | call
        return watchers
