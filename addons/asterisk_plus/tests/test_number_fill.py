"""The columns are right whatever writes to the contact, and in a database that was there before the addon."""
import logging
from unittest.mock import patch

import phonenumbers
import psycopg2

from odoo.exceptions import AccessError
from odoo.tests.common import tagged

from ..models import number_fill
from .common import PbxCase
from .series import SERIES

# Odoo names another level INFO, too (netsvc.py: RUNBOT).
LOGGER = "odoo.addons.asterisk_plus.models.number_fill"


class NumberCase(PbxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].with_context(active_test=False)
        cls.france, cls.usa = cls.env.ref("base.fr"), cls.env.ref("base.us")

    def stored(self, partners=None):
        """Return {id: (phone, mobile)} as PostgreSQL has them."""
        self.partners.flush()
        self.env.cr.execute("SELECT id, phone_e164, mobile_e164 FROM res_partner")
        rows = {row[0]: (row[1] or False, row[2] or False) for row in self.env.cr.fetchall()}
        return rows if partners is None else [rows[one] for one in partners.ids]

    def computed(self):
        """Return the same, as they would be computed now."""
        fallback = self.partners._asterisk_fallback_country()
        return {one.id: tuple(one._asterisk_e164(fallback).values()) for one in self.partners.search([])}

    def assert_all_are_right(self):
        stored, computed = self.stored(), self.computed()
        wrong = [one for one in computed if computed[one] != stored[one]]
        told = [(one.name, one.phone, one.country_id.code, stored[one.id], computed[one.id]) for one in self.partners.browse(wrong)]
        self.assertFalse(told)

    def crowd(self, size=25, **more):
        values = [dict({"name": "P%d" % number, "phone": "047100%04d" % number}, **more) for number in range(size)]
        return self.partners.create(values)

    def forget(self):
        """Make the database one that has not seen the addon yet."""
        self.partners.flush()
        self.env.cr.execute("UPDATE res_partner SET phone_e164 = NULL, mobile_e164 = NULL")
        self.partners.invalidate_cache()


@tagged("post_install", "-at_install")
class TestNumberFill(NumberCase):
    def setUp(self):
        super().setUp()
        self.people = self.crowd(country_id=self.belgium.id)
        self.people[0].active = False
        self.forget()
        batch = patch.object(number_fill, "BATCH", 10)
        batch.start()
        self.addCleanup(batch.stop)
        # The job commits after each batch, and goes back after a failure: here, in one transaction, it does neither.
        for name in ("commit", "rollback"):
            stopped = patch.object(self.env.cr, name)
            setattr(self, name, stopped.start())
            self.addCleanup(stopped.stop)

    def job(self):
        self.env["res.partner"]._cron_asterisk_fill_e164()

    def left(self):
        self.env.cr.execute("SELECT count(*) FROM res_partner WHERE phone > '' AND phone_e164 IS NULL")
        return self.env.cr.fetchone()[0]

    def test_all_at_once(self):
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            written = self.env["res.partner"]._asterisk_fill_e164()
        self.assertGreaterEqual(written, 26)
        self.assertEqual((self.people[24].phone_e164, self.people[0].phone_e164), ("+32471000024", "+32471000000"))
        self.assert_all_are_right()
        self.assertRegex(logs.output[-1], r"Telephone numbers: (\d+) of \1 contacts")
        self.assertFalse(self.commit.called, "an installation is one transaction")
        self.assertEqual(self.env["res.partner"]._asterisk_fill_e164(), 0)

    def test_neither_write_date_nor_chatter(self):
        before = self.people.mapped("write_date"), self.people.mapped("message_ids")
        self.env["res.partner"]._asterisk_fill_e164()
        self.people.invalidate_cache()
        self.assertEqual((self.people.mapped("write_date"), self.people.mapped("message_ids")), before)

    def test_the_job_goes_on_where_the_installation_stopped(self):
        self.env["res.partner"]._asterisk_fill_e164(limit=10)
        self.assertGreater(self.left(), 0)
        settings = self.env["asterisk_plus.settings"]._current()
        self.assertTrue(settings.is_reading_numbers)
        with self.assertLogs(LOGGER, logging.INFO):
            self.job()
        self.assert_all_are_right()
        self.assertGreaterEqual(self.commit.call_count, 2)
        settings.invalidate_cache()
        self.assertFalse(settings.is_reading_numbers)

    def test_a_job_out_of_time_goes_on_the_next_time(self):
        self.env["res.partner"]._asterisk_fill_e164(limit=0)
        with patch.object(number_fill, "CRON_S", 1e-9):
            self.job()
        self.assertEqual(self.left(), 26, "no time, no work")
        fill = type(self.partners)._asterisk_fill_next

        def slowly(records, progress):
            clock.return_value += number_fill.CRON_S * 0.6
            return fill(records, progress)

        with patch.object(number_fill.time, "monotonic", return_value=0.0) as clock:
            with patch.object(type(self.partners), "_asterisk_fill_next", slowly):
                self.job()
        self.assertEqual(self.left(), 6, "two batches of ten")
        self.job()
        self.assert_all_are_right()

    def test_nothing_to_do_costs_next_to_nothing(self):
        self.env["res.partner"]._asterisk_fill_e164()
        with self.assertQueryCount(4):
            self.job()

    def test_a_contact_that_somebody_writes_meanwhile(self):
        self.env["res.partner"]._asterisk_fill_e164(limit=0)
        fill, failures = type(self.partners)._asterisk_fill_write, [1, 1]

        def sometimes(records, rows, fallback):
            if failures:
                failures.pop()
                raise psycopg2.extensions.TransactionRollbackError("could not serialize access due to concurrent update")
            return fill(records, rows, fallback)

        with patch.object(type(self.partners), "_asterisk_fill_write", sometimes):
            self.job()
        self.assertEqual(self.rollback.call_count, 2)
        self.assert_all_are_right()
        self.env["res.partner"]._asterisk_fill_e164(limit=0)
        failures[:] = [1] * number_fill.TRIES
        with patch.object(type(self.partners), "_asterisk_fill_write", sometimes):
            with self.assertRaises(psycopg2.OperationalError):
                self.job()

    def test_an_update_of_phonenumbers_reads_all_again(self):
        self.env["res.partner"]._asterisk_fill_e164()
        self.forget()
        self.job()
        self.assertGreater(self.left(), 0, "the same library knows no more")
        with patch.object(phonenumbers, "__version__", "99.0.0"):
            self.job()
            self.assert_all_are_right()
            self.forget()
            self.job()
        self.assertGreater(self.left(), 0, "once")

    def test_a_database_of_an_older_version_of_the_addon(self):
        self.env.cr.execute("UPDATE asterisk_plus_settings SET numbers_library = NULL, numbers_after = NULL")
        self.job()
        self.assert_all_are_right()

    def test_how_far_it_is_is_nobodys_to_write(self):
        settings = self.env["asterisk_plus.settings"]._current()
        for name in ("numbers_library", "numbers_after"):
            with self.assertRaises(AccessError):
                settings.with_user(self.env.ref("base.user_admin")).write({name: False})


@tagged("post_install", "-at_install")
class TestNumbersStayRight(NumberCase):
    """Whatever writes to a contact, or to what its numbers are read by."""

    def setUp(self):
        super().setUp()
        self.child = self.partners.create({"name": "Y", "parent_id": self.acme.id, "type": "other", "phone": "0612345678"})
        self.alone = self.partners.create({"name": "Z", "phone": "0612345678", "mobile": "0470000007"})
        self.archived = self.partners.create({"name": "A", "phone": "0612345678", "active": False})
        self.assert_all_are_right()

    def test_write_and_copy_and_archive(self):
        self.alone.write({"phone": "0470 00 00 08", "mobile": False})
        copy = self.alone.copy()
        self.alone.active = False
        self.assertEqual(copy.phone_e164, self.alone.phone_e164)
        self.assert_all_are_right()

    def test_import(self):
        text = "name,phone,mobile,country_id\nI1,+32 470 55 55 55,,Belgium\nI2,,0033612345678,\n"
        values = {"res_model": "res.partner", "file": text.encode(), "file_type": "text/csv", "file_name": "p.csv"}
        wizard = self.env["base_import.import"].create(values)
        columns = ["name", "phone", "mobile", "country_id"]
        options = {"quoting": '"', "separator": ",", "headers": True, "has_headers": True, "encoding": "utf-8"}
        run = wizard.do if SERIES < 15 else wizard.execute_import
        result = run(columns, columns, options)
        self.assertFalse([one for one in result["messages"] if one["type"] == "error"], result)
        made = self.partners.browse(result["ids"])
        self.assertEqual(self.stored(made), [("+32470555555", False), (False, "+33612345678")])

    def test_load(self):
        result = self.env["res.partner"].load(["name", "phone"], [["L", "0470 00 00 09"]])
        self.assertEqual(self.partners.browse(result["ids"]).phone, "0470 00 00 09")
        self.assert_all_are_right()

    def test_inverse_and_related(self):
        company = self.env["res.company"].create({"name": "C", "country_id": self.france.id})
        company.phone = "0612345678"
        user = self.bob
        user.write({"phone": "0470 00 00 10", "country_id": self.belgium.id})
        self.assertEqual(company.partner_id.phone_e164, "+33612345678")
        self.assertEqual(user.partner_id.phone_e164, "+32470000010")
        self.acme.write({"child_ids": [(1, self.child.id, {"phone": "+33612345679"})]})
        self.assertEqual(self.child.phone_e164, "+33612345679")
        self.assert_all_are_right()

    def test_countries(self):
        changes = [
            (self.acme, {"country_id": self.france.id}),
            (self.child, {"country_id": self.usa.id}),
            (self.child, {"parent_id": False, "country_id": False}),
            (self.server, {"country_id": self.france.id}),
            (self.server, {"active": False}),
            (self.env["asterisk_plus.settings"]._current(), {"country_id": self.france.id}),
            (self.env["asterisk_plus.settings"]._current(), {"country_id": False}),
            (self.partners._asterisk_first_company(), {"country_id": self.france.id}),
            (self.partners._asterisk_first_company().partner_id, {"country_id": self.belgium.id}),
            (self.partners._asterisk_first_company(), {"partner_id": self.jane.id}),
        ]
        self.env["asterisk_plus.server"].search([("id", "!=", self.server.id)]).country_id = False
        for record, values in changes:
            with self.subTest("%s %s" % (record._name, values)):
                record.write(values)
                self.assert_all_are_right()

    def test_a_countrys_code(self):
        nowhere = self.env["res.country"].create({"name": "Nowhere", "code": "QQ"})
        self.partners.search([]).write({"country_id": nowhere.id})
        self.assert_all_are_right()
        self.france.code = "QX"
        nowhere.code = "FR"
        self.assertEqual(self.alone.phone_e164, "+33612345678")
        self.assert_all_are_right()

    def test_a_servers_coming_and_going(self):
        self.env["asterisk_plus.server"].search([]).country_id = False
        self.partners._asterisk_first_company().country_id = self.belgium
        other = self.env["asterisk_plus.server"].create({"name": "Other", "country_id": self.france.id})
        self.assertEqual(self.alone.phone_e164, "+33612345678")
        self.assert_all_are_right()
        other.unlink()
        self.assertFalse(self.alone.phone_e164)
        self.assert_all_are_right()

    def test_merging_contacts(self):
        paris = self.partners.create({"name": "Paris", "is_company": True, "country_id": self.france.id, "phone": "0612345670"})
        call = self.calls.create({"server_id": self.server.id, "linkedid": "1.1", "model": "res.partner", "res_id": self.acme.id})
        self.child.country_id = False
        self.assertFalse(self.child.phone_e164, "not in Belgium")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.acme | paris).ids, paris)
        self.assertEqual(self.child.parent_id, paris)
        self.assertEqual(self.child.phone_e164, "+33612345678")
        self.assertEqual(call.res_id, paris.id)
        self.assert_all_are_right()

    def test_merging_the_companys_contact(self):
        first = self.partners._asterisk_first_company()
        self.env["asterisk_plus.server"].search([]).country_id = False
        first.country_id = self.belgium
        paris = self.partners.create({"name": "Paris", "is_company": True, "country_id": self.france.id})
        self.assertFalse(self.alone.phone_e164)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((first.partner_id | paris).ids, paris)
        self.assertEqual(first.partner_id, paris)
        self.assertEqual(self.alone.phone_e164, "+33612345678")
        self.assert_all_are_right()
