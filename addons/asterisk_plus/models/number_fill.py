"""Reading the numbers of contacts that are there already: in batches, with progress in the log, and on from where it stopped.

Needed when the addon comes into an existing database, when the country changes by which numbers are read that tell none, and when
an update of phonenumbers knows more numbers than before. All else is the computed columns' own affair (res_partner.py).
"""
import json
import logging
import time

import phonenumbers
import psycopg2
from psycopg2.extras import execute_values

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

BATCH = 1000
LOG_EVERY = 20  # batches
# Contacts read while somebody waits, 10 s at most; the scheduled job reads the others.
DIRECT = 50000
# Well below Odoo's limit_time_real_cron, 120 s by default.
CRON_S = 60
TRIES = 5
PARAMETER = "asterisk_plus.numbers_read"
TO_READ = "(phone > '' OR mobile > '') AND id > %s"


class Progress:
    """How far a run has come, for the log."""

    def __init__(self, total):
        self.total, self.read = total, 0

    def add(self, read):
        """Count contacts; tell now and then."""
        self.read += read
        if self.read % (LOG_EVERY * BATCH) == 0:
            self.tell()

    def tell(self):
        """Write the state into the log."""
        if self.total:
            _logger.info("Telephone numbers: %d of %d contacts", self.read, self.total)


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _asterisk_fill_e164(self, limit=None):
        """Read the numbers of all contacts anew, archived ones too: `limit` (DIRECT) of them now, the others by the scheduled job.

        Return how many were changed. Writes by SQL: neither the write date nor the chatter of a contact is concerned.
        """
        self.flush()
        self._asterisk_fill_keep(0)
        progress, limit, written = Progress(self._asterisk_fill_left()), DIRECT if limit is None else limit, 0
        while progress.read < limit and self._asterisk_fill_state()["after"] is not None:
            written += self._asterisk_fill_next(progress)
        progress.tell()
        return written

    @api.model
    def _cron_asterisk_fill_e164(self):
        """Go on with what is left to be read; begin anew when phonenumbers was updated. Each batch is a transaction."""
        if self._asterisk_fill_state()["library"] != phonenumbers.__version__:
            self._asterisk_fill_keep(0)
        if self._asterisk_fill_state()["after"] is None:
            return
        progress, end, tries = Progress(self._asterisk_fill_left()), time.monotonic() + CRON_S, 0
        while self._asterisk_fill_state()["after"] is not None and time.monotonic() < end:
            try:
                self._asterisk_fill_next(progress)
                self.env.cr.commit()  # pylint: disable=invalid-commit  # what is read stays read, whatever happens to the job
                tries = 0
            except psycopg2.extensions.TransactionRollbackError:
                # Somebody wrote one of these contacts meanwhile.
                self.env.cr.rollback()
                self.env.clear()
                tries += 1
                if tries == TRIES:
                    raise
        progress.tell()

    @api.model
    def _asterisk_fill_next(self, progress):
        """Read the next batch of contacts. Return how many were changed."""
        after = self._asterisk_fill_state()["after"]
        self.env.cr.execute("SELECT id FROM res_partner WHERE " + TO_READ + " ORDER BY id LIMIT %s", [after, BATCH])
        ids = [row[0] for row in self.env.cr.fetchall()]
        written = self._asterisk_fill_batch(ids, self._asterisk_fallback_country())
        self._asterisk_fill_keep(ids[-1] if len(ids) == BATCH else None)
        progress.add(len(ids))
        return written

    @api.model
    def _asterisk_fill_left(self):
        self.env.cr.execute("SELECT count(*) FROM res_partner WHERE " + TO_READ, [self._asterisk_fill_state()["after"] or 0])
        return self.env.cr.fetchone()[0]

    @api.model
    def _asterisk_fill_batch(self, ids, fallback):
        partners = self.sudo().with_context(active_test=False).browse(ids)
        rows = [(one.id, *(value or None for value in one._asterisk_e164(fallback).values())) for one in partners]
        # The records of a batch leave the cache: 200,000 contacts fit into a worker's memory only one batch at a time.
        partners.invalidate_cache(ids=partners.ids)
        if not rows:
            return 0
        execute_values(
            self.env.cr._obj,
            """UPDATE res_partner p SET phone_e164 = v.phone, mobile_e164 = v.mobile
               FROM (VALUES %s) AS v(id, phone, mobile)
               WHERE p.id = v.id
                 AND (p.phone_e164 IS DISTINCT FROM v.phone OR p.mobile_e164 IS DISTINCT FROM v.mobile)""",
            rows,
            template="(%s::int, %s::varchar, %s::varchar)",
            page_size=BATCH,
        )
        return self.env.cr.rowcount

    @api.model
    def _asterisk_fill_state(self):
        """Return {"library": version of phonenumbers, "after": id of the contact read last, None when all are read}."""
        # sudo: system parameters. Whoever writes a country may be anybody.
        stored = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        try:
            state = json.loads(stored or "{}")
            return {"library": state["library"], "after": state["after"]}
        except (KeyError, TypeError, ValueError):
            return {"library": None, "after": 0}

    @api.model
    def _asterisk_fill_keep(self, after):
        state = json.dumps({"library": phonenumbers.__version__, "after": after})
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, state)  # sudo: as above


class AsteriskSettings(models.Model):
    _inherit = "asterisk_plus.settings"

    is_reading_numbers = fields.Boolean(compute="_compute_is_reading_numbers")

    def _compute_is_reading_numbers(self):
        for settings in self:
            settings.is_reading_numbers = self.env["res.partner"]._asterisk_fill_state()["after"] is not None
