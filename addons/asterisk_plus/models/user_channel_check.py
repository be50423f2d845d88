"""A context that the dialplan does not have is told to who saves it, not only to who clicks."""
from odoo import _, api, models


class AsteriskUserChannel(models.Model):
    _inherit = "asterisk_plus.user_channel"

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        channels._check_dialplan()
        return channels

    def write(self, vals):
        done = super().write(vals)
        if {"originate_context", "originate_enabled"} & set(vals):
            self._check_dialplan()
        return done

    def _check_dialplan(self):
        """Ask Asterisk for the contexts of these channels, when the transaction is committed; nobody waits for the answer."""
        asked = {}
        for channel in self.filtered(lambda one: one.originate_enabled and one.server_id._agent_is_set_up()):
            asked.setdefault((channel.server_id, channel.originate_context), channel)
        for channel in asked.values():
            question = {"Action": "Getvar", "Variable": "DIALPLAN_EXISTS(%s)" % channel.originate_context}
            channel.server_id._agent_send(
                "asterisk.manager_action",
                [question],
                callback=("asterisk_plus.server", "dialplan_response"),
                pass_back={"channel_id": channel.id, "uid": self.env.uid},
                # An agent that is away is no fault of the channel; each click says so when it matters.
                is_quiet=True,
            )


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def dialplan_response(self, result, pass_back):
        """Take Asterisk's word whether a channel's context exists. Only the agent of the channel's server may tell it."""
        server = self._agent_server()
        ids = [pass_back.get(name) for name in ("channel_id", "uid")] if isinstance(pass_back, dict) else [None]
        if not all(isinstance(one, int) for one in ids):
            return True
        domain = [("id", "=", ids[0]), ("server_id", "=", server.id)]
        channel = server.env["asterisk_plus.user_channel"].search(domain)
        first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
        # Neither 0 nor 1: Asterisk has no such function (func_dialplan.so is not loaded).
        if channel and first.get("Value") == "0" and self._is_user_of(server, ids[1]):
            server._tell_no_context(channel, server.env["res.users"].browse(ids[1]))
        return True

    def _tell_no_context(self, channel, user):
        server = self.with_context(lang=user.lang)
        words = _(
            "Asterisk has no context %(context)s. Clicks with %(channel)s will fail until it has one, or the channel another.",
            context=channel.originate_context,
            channel=channel.name,
        )
        server._notify(user, server.name, words, is_sticky=True)
