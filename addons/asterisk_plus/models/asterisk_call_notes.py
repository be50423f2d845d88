"""What people are told when a call has ended: a note on its partner and its record, a notice to those who missed it."""
import logging

import psycopg2
from markupsafe import Markup

from odoo import _, api, fields, models

_logger = logging.getLogger(__name__)
MISSED = ("noanswer", "busy", "failed")


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    is_told = fields.Boolean(readonly=True, help="The call has ended, and whom it concerns has been told.")

    def _news(self):
        """Tell about those of the calls that have ended, once."""
        ended = self.filtered(lambda one: not (one.is_active or one.is_told))
        ended.write({"is_told": True})
        news = [(call, call._post_notes) for call in ended]
        if ended and self.env["asterisk_plus.settings"]._says("is_missed_notified"):
            news += [(call, call._notify_missed) for call in ended]
        return super()._news() + news

    @api.model
    def _tell(self, todo):
        """Do each of [(calls, function)] in a savepoint: a fault in somebody's mail set-up must not cost the record of the call.

        All share one savepoint, and what the bus is to tell is sent at once; only when somebody can't be told has each its own.
        """
        if len(todo) > 1 and self._done_or_error([do for _calls, do in todo]) is None:
            return
        for calls, do in todo:
            error = self._done_or_error([do])
            if error is not None:
                _logger.error("Nobody could be told of call %s", calls.ids, exc_info=error)

    @api.model
    def _done_or_error(self, todo):
        """Do all of it in a savepoint, and return None; or nothing of it, and return why not."""
        try:
            with self.env.cr.savepoint():
                messages = [message for do in todo for message in do() or ()]
                if messages:
                    self.env["bus.bus"]._asterisk_send(messages)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except Exception as error:  # pylint: disable=broad-except
            return error
        return None

    def _post_notes(self):
        """Log a note on the partner, and on the record from which the call was made, as the settings say; one if they are the same."""
        self.ensure_one()
        says = self.env["asterisk_plus.settings"]._says
        records = [self.partner_id] if says("is_note_posted") and self.direction != "internal" else []
        records += [self._made_from()] if says("is_origin_note_posted") else []
        for record in set(records):
            if record and hasattr(record, "_message_log"):
                # Odoo's own bot, by the delivery's superuser: the agent's account may write on no record.
                record._message_log(body=self._ended_body(), author_id=self._bot().id, email_from=False)

    def _made_from(self):
        """Return the record from which the call was made, an empty one for none."""
        if self.model in self.env and self.res_id:
            return self.env[self.model].browse(self.res_id).exists()
        return self.env["res.partner"]

    def _notify_missed(self):
        """Notify the users whose phones rang, if nobody answered: in their inbox or by e-mail, as each of them has chosen."""
        self.ensure_one()
        if self.direction == "out" or self.status not in MISSED:
            return
        users = (self.called_user_ids - self.calling_user_id).filtered("is_missed_notified").mapped("user_id")
        if not users:
            return
        # Not sent in this transaction: a slow mail server must not hold up the events behind this one.
        thread = self.env["mail.thread"].with_context(mail_notify_force_send=False)
        thread.message_notify(
            partner_ids=users.mapped("partner_id").ids,
            subject=_("Missed call from %s", self.partner_id.display_name or self.calling_number or _("an unknown number")),
            body=self._ended_body(),
            author_id=self._bot().id,
            model=self._name,
            res_id=self.id,
        )

    def _bot(self):
        return self.env.ref("base.partner_root")

    def _ended_body(self):
        """Return one line of HTML. Names and numbers are a stranger's: they come in as text."""
        link = Markup('<a href="#" data-oe-model="%s" data-oe-id="%s">%s</a>') % (self._name, self.id, self.name)
        return Markup("<p>%s: %s, %s</p>") % (self._label("direction"), link, self._ended_words())

    def _ended_words(self):
        if self.status != "answered":
            return self._label("status").lower()
        by = self.answered_user_id.name if self.direction != "out" else False
        if by:
            return _("answered by %(user)s, talked %(time)s", user=by, time=self.talk_time)
        return _("answered, talked %s", self.talk_time)

    def _label(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")
