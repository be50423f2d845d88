"""What Asterisk answers to what somebody did with a live call: a refusal is told to who clicked, in one readable notice."""
from odoo import _, api, models
from odoo.exceptions import AccessError, UserError

from .agent_client import agent_error
from .wire import clean_text

# "ask": whether the extension is there to which the call shall be handed over.
ASK, TRANSFER, PARK, SPY = "ask", "transfer", "park", "spy"
ACTIONS = (ASK, TRANSFER, PARK, SPY)
MAX_WORDS = 120
#: The beginnings of Asterisk's own words (main/manager.c: action_blind_transfer, action_originate, astman_get_header;
#: main/features.c, res/parking/parking_manager.c: manager_park).
GONE = ("No such channel", "Channel specified does not exist", "Channel does not exist", "Transfer invalid")
NOWHERE = ("Extension does not exist", "Specified extension does not exist", "Invalid extension")
NO_RIGHT = ("Permission denied",)
LATE = ("Action Timeout",)


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def control_response(self, result, pass_back):
        """Take Asterisk's answer to a transfer, a park or a listening. Only the agent of the call's server may tell it."""
        server = self._agent_server()
        names = ("call_id", "uid", "did")
        call_id, uid, did = (pass_back.get(name) for name in names) if isinstance(pass_back, dict) else (None, None, None)
        if not (isinstance(call_id, int) and isinstance(uid, int)) or did not in ACTIONS:
            return True
        call = server.env["asterisk_plus.call"].search([("id", "=", call_id), ("server_id", "=", server.id)])
        if call and self._is_user_of(server, uid):
            user = server.env["res.users"].browse(uid)
            call = call.with_context(lang=user.lang)
            if did == ASK and not call._refusal_words(result):
                call._transfer_answered(user, result[0].get("Value"), pass_back.get("transfer"))
            else:
                call._tell_refusal(user, did, result)
        return True


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    def _transfer_answered(self, user, value, action):
        """Hand the call over, with the rights of who asked, unless Asterisk said that there is no such extension."""
        if value == "0":  # anything but 0 and 1: Asterisk has no such function (func_dialplan.so is not loaded)
            return self._tell_refusal(user, TRANSFER, [{"Message": NOWHERE[0]}])
        names = {"Action", "Channel", "Context", "Exten"}
        theirs = self.with_user(user)
        try:
            theirs._check_control()
        except (AccessError, UserError):
            return self._tell_refusal(user, TRANSFER, [{"Message": GONE[0]}])
        is_own = isinstance(action, dict) and action.get("Channel") in self._legs().mapped("channel")
        if is_own and set(action) == names and action["Action"] == "BlindTransfer":
            theirs._act(action, TRANSFER)
        return None

    def _tell_refusal(self, user, did, result):
        """Show why it was not done; nothing, when it was."""
        titles = {ASK: _("Not transferred"), TRANSFER: _("Not transferred"), PARK: _("Not parked"), SPY: _("No listening")}
        words = self._refusal_words(result)
        if words:
            title = "%s: %s" % (titles[did], self.other_party)
            self.server_id.with_context(lang=self.env.lang)._notify(user, title, words, is_warning=False, is_sticky=True)

    def _refusal_words(self, result):
        """Return what an answer says of a refusal, with the cure; nothing for a success."""
        if isinstance(result, dict):
            return self.server_id.with_context(lang=self.env.lang)._agent_error_text(agent_error(result.get("error")))
        first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
        if first.get("Response") == "Success":
            return ""
        message = clean_text(first.get("Message"), MAX_WORDS)
        texts = {
            GONE: _("The call has ended, or was handed over, meanwhile."),
            NOWHERE: _("The PBX has no such extension. Check the number."),
            NO_RIGHT: _("The agent may not do this. A PBX admin must give its AMI account write=call,originate (manager.conf)."),
            LATE: _("Asterisk did not answer in time: look whether the call went on."),
        }
        found = [text for words, text in texts.items() if message.startswith(words)]
        return found[0] if found else _("Asterisk refused: %s", message or _("no reason given"))
