"""What went wrong with a call made by click, told once to whoever clicked."""
from odoo import _, api, fields, models

from ..lib.click import led_nowhere, refusals
from .agent_client import agent_error
from .asterisk_call_reconcile import REASON as LOST

# Asterisk's own words when it refuses an Originate (manager.c: action_originate, process_message), and the agent's time-out
NO_EXTEN, NO_RIGHT, TIMEOUT = "Extension does not exist.", "Permission denied", "Action Timeout"


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    is_originate_told = fields.Boolean(readonly=True, help="Who clicked was told that the call failed.")

    def _calls_changed(self):
        result = super()._calls_changed()
        self._tell_failed_clicks()
        return result

    def _tell_failed_clicks(self):
        """Tell of each click that failed, whichever way it was learnt of: the agent, Asterisk's answer, or its events."""
        for call in self:
            is_failed = call.status == "failed" and not call.is_active
            if is_failed and call.originated_by and not call.is_originate_told:
                call.is_originate_told = True
                call.with_context(lang=call.originated_by.lang)._originate_notice()

    def _originate_notice(self):
        self.ensure_one()
        partner, number = self.partner_id.name, self.called_number or ""
        title = _("No call to %s", "%s (%s)" % (partner, number) if partner else number)
        notices = self.server_id.with_context(lang=self.env.lang)
        # What somebody else must mend stays until it is read; that their own phone rings on, people see by themselves.
        is_sticky = not refusals(self._state())
        notices._notify(self.originated_by, title, self._originate_reason(), is_warning=False, is_sticky=is_sticky)

    def _originate_reason(self):
        """Return why the call failed, and what to do."""
        self.ensure_one()
        if self.hangup_reason == LOST:
            return _("The PBX was restarted, or its connection was lost. Click again.")
        state = self._state()
        if state.closed.get("reason"):
            return state.closed["reason"]
        if led_nowhere(state):
            return _(
                "The PBX ended the call as soon as your phone was picked up: its dialplan leads nowhere for this number. Check "
                "the number; if it is right, a PBX admin must correct the context of your phone, or the dialplan."
            )
        told = [self._originate_refusal_text(one) for one in refusals(state)]
        return " ".join(told) or _("The number was not reached: %s. Check the number.", self.hangup_words or "")

    @api.model
    def _originate_refusal_text(self, refusal):
        texts = {
            "away": _("Your phone %s can't be reached: it is not registered, or the PBX has no such endpoint. Switch it on."),
            "silent": _("Your phone %s does not respond. Check that it is on and connected."),
            "busy": _("Your phone %s is busy. Hang up there first."),
            "declined": _("Your phone %s declined the call."),
            "refused": _("Your phone %s refused the call. Check whether it is set not to disturb."),
            "unanswered": _("Your phone %s rang, and nobody picked up. Pick up, and the number is dialled."),
        }
        return texts[refusal.kind] % refusal.endpoint

    def _originate_send(self, actions):
        """Have Asterisk carry out the Originates of this call, one for each phone, when the transaction is committed."""
        self.ensure_one()
        # With several phones it is the agent who sees which one is picked up first, and lets the others stop ringing.
        method = "asterisk.originate" if len(actions) > 1 else "asterisk.manager_action"
        self.server_id._agent_send(
            method,
            [actions] if len(actions) > 1 else actions,
            callback=("asterisk_plus.server", "originate_call_response"),
            pass_back={"call_id": self.id},
            on_error=("asterisk_plus.call", "_originate_not_sent"),
        )

    def _originate_answered(self, result):
        """Take the answers to the Originates of this call, in their order, or the agent's error."""
        self.ensure_one()
        if isinstance(result, dict) and "error" in result:
            self.fail_originated(self.server_id.with_context(lang=self.env.lang)._agent_error_text(agent_error(result["error"])))
            return
        phones = self._state().click.get("phones", [])
        answers = result if isinstance(result, list) else []
        answers = [one if isinstance(one, dict) else {} for one in answers[: len(phones)]] or [{}]
        refused = [place for place, answer in enumerate(answers) if answer.get("Response") != "Success"]
        if refused:
            names = [phones[place][0] for place in refused] if len(answers) > len(refused) else None
            self.fail_originated(self._originate_refused_text(answers[refused[0]].get("Message")), names)

    def _originate_refused_text(self, message):
        """Return what Asterisk's answer to an Originate means, and what to do."""
        channels = self.calling_user_id.channel_ids.filtered("originate_enabled")
        contexts = ", ".join(dict.fromkeys(channels.mapped("originate_context")))
        texts = {
            NO_EXTEN: _(
                "The PBX's dialplan has no extension %(number)s in the context %(context)s. Check the number; if it is right, a "
                "PBX admin must correct the context of your phone.",
                number=self.called_number,
                context=contexts,
            ),
            NO_RIGHT: _("The agent may not place calls. A PBX admin must give its AMI account write=originate (manager.conf)."),
            TIMEOUT: _("Asterisk did not answer in time. Try again; if it stays so, a PBX admin must look after it."),
        }
        message = message if isinstance(message, str) else ""
        return texts.get(message) or _("Asterisk refused the call: %s", message or _("no reason given"))

    @api.model
    def _originate_not_sent(self, reason, pass_back):
        """The request was not handed to the agent."""
        self.browse(pass_back["call_id"]).exists().fail_originated(reason)
