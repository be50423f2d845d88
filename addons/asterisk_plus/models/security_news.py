"""What an agent's security reactor tells as it happens: docs/reference/agent-odoo.md, section 1, security_news."""
import logging

from odoo import api, fields, models

from .wire import clean, clean_text

_logger = logging.getLogger(__name__)

MAX_ITEMS = 1000


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    # Up to which number of which file of the agent the news were taken.
    security_store = fields.Char(groups=".", copy=False)
    security_seq = fields.Integer(groups=".", copy=False)

    @api.model
    def security_news(self, news):
        """Take bans, their ends, failed tries and alarms; return the number up to which they are taken.

        The same items may come again, also while the first request is still at it: both write the server's row, so that one
        of the two is run again by Odoo, and finds its items taken.
        """
        server = self._agent_server()
        store = clean_text(news.get("store"), 64)
        done = server.security_seq if server.security_store == store else 0
        items = [one for one in news["items"][:MAX_ITEMS] if isinstance(one, dict) and isinstance(one.get("seq"), int)]
        for item in items:
            if item["seq"] > done:
                server._take_security_item(clean(item))
                done = item["seq"]
        server.write({"security_store": store, "security_seq": done})
        return {"seq": done}

    def _take_security_item(self, item):
        """Take one item. One that can't be read is left out: it would come again for ever."""
        takers = {
            "ban": self.env["asterisk_plus.access_ban"]._take_ban,
            "unban": self.env["asterisk_plus.access_ban"]._take_unban,
            "attempts": self.env["asterisk_plus.security_attempt"]._take,
            "account_attacked": self.env["asterisk_plus.security_alarm"]._take,
            "new_network": self.env["asterisk_plus.security_alarm"]._take,
        }
        taker = takers.get(item.get("kind"))
        if taker is None:
            _logger.info("The agent of server %s tells of something that this version does not know", self.id)
            return
        try:
            with self.env.cr.savepoint():
                taker(self, item)
        except (AttributeError, KeyError, TypeError, ValueError):
            _logger.warning("News of the agent of server %s can't be read", self.id, exc_info=True)
