"""Reading the numbers of contacts that are there already: in batches, with progress in the log, and on from where it stopped.

Needed when the addon comes into an existing database, when the country changes by which numbers are read that tell none, and when
an update of phonenumbers knows more numbers than before. All else is the computed columns' own affair (res_partner.py).
"""
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
TO_READ = "(p.phone > '' OR p.mobile > '') AND p.id > %s"
# By SQL: the ORM would read all columns of the contacts, their parents and companies, which takes ten times as long. The
# countries are those of ResPartner._asterisk_e164(), in the same order.
NEXT = (
    """SELECT p.id, p.phone, p.mobile, own.code, parents.code, companys.code FROM res_partner p
       LEFT JOIN res_country own ON own.id = p.country_id
       LEFT JOIN res_partner parent ON parent.id = p.parent_id
       LEFT JOIN res_country parents ON parents.id = parent.country_id
       LEFT JOIN res_company company ON company.id = p.company_id
       LEFT JOIN res_partner self ON self.id = company.partner_id
       LEFT JOIN res_country companys ON companys.id = self.country_id
       WHERE """
    + TO_READ
    + " ORDER BY p.id LIMIT %s"
)


class Progress:
    """How far a run has come, for the log."""

    def __init__(self, total):
        self.total, self.read, self.began = total, 0, time.monotonic()

    def add(self, read):
        """Count contacts; tell now and then."""
        self.read += read
        if self.read % (LOG_EVERY * BATCH) == 0:
            self.tell()

    def tell(self):
        """Write the state into the log."""
        if self.total:
            seconds = time.monotonic() - self.began
            _logger.info("Telephone numbers: %d of %d contacts, %.1f s", self.read, self.total, seconds)


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
        self.invalidate_cache(["phone_e164", "mobile_e164"])
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
        self.env.cr.execute(NEXT, [self._asterisk_fill_state()["after"], BATCH])
        rows = self.env.cr.fetchall()
        written = self._asterisk_fill_write(rows, self._asterisk_fallback_country())
        self._asterisk_fill_keep(rows[-1][0] if len(rows) == BATCH else None)
        progress.add(len(rows))
        return written

    @api.model
    def _asterisk_fill_left(self):
        self.env.cr.execute("SELECT count(*) FROM res_partner p WHERE " + TO_READ, [self._asterisk_fill_state()["after"] or 0])
        return self.env.cr.fetchone()[0]

    @api.model
    def _asterisk_fill_write(self, rows, fallback):
        """Read and write the numbers of [(id, phone, mobile, country code …)]. Return how many were changed."""
        if not rows:
            return 0
        read = [(row[0], *self._asterisk_read(row[1:3], [*row[3:], fallback.code]).values()) for row in rows]
        execute_values(
            self.env.cr._obj,
            """UPDATE res_partner p SET phone_e164 = v.phone, mobile_e164 = v.mobile
               FROM (VALUES %s) AS v(id, phone, mobile)
               WHERE p.id = v.id
                 AND (p.phone_e164 IS DISTINCT FROM v.phone OR p.mobile_e164 IS DISTINCT FROM v.mobile)""",
            [(one, phone or None, mobile or None) for one, phone, mobile in read],
            template="(%s::int, %s::varchar, %s::varchar)",
            page_size=BATCH,
        )
        return self.env.cr.rowcount

    @api.model
    def _asterisk_fill_state(self):
        """Return {"library": version of phonenumbers, "after": id of the contact read last, None when all are read}."""
        settings = self.env["asterisk_plus.settings"]._current()
        self.env.cr.execute("SELECT numbers_library, numbers_after FROM asterisk_plus_settings WHERE id = %s", [settings.id])
        library, after = self.env.cr.fetchone()
        return {"library": library, "after": after}

    @api.model
    def _asterisk_fill_keep(self, after):
        settings = self.env["asterisk_plus.settings"]._current()
        self.env.cr.execute(
            "UPDATE asterisk_plus_settings SET numbers_library = %s, numbers_after = %s WHERE id = %s",
            [phonenumbers.__version__, after, settings.id],
        )
        settings.invalidate_cache(["is_reading_numbers"], settings.ids)


class AsteriskSettings(models.Model):
    _inherit = "asterisk_plus.settings"

    # Written by SQL: 0 is before the first contact, and empty after the last. Nobody's business but that of the code above.
    numbers_library = fields.Char(groups=".", copy=False)
    numbers_after = fields.Integer(groups=".", copy=False)
    is_reading_numbers = fields.Boolean(compute="_compute_is_reading_numbers")

    def _compute_is_reading_numbers(self):
        for settings in self:
            settings.is_reading_numbers = self.env["res.partner"]._asterisk_fill_state()["after"] is not None
