"""The addon comes into a database that is full of contacts: their numbers are read at the
installation, or by the scheduled job, which goes on where it stopped.
"""

import re
from collections.abc import Iterator

import pytest
from lab.component import random_secret
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.rpc import OdooRpc
from lab.stack import Lab
from lab.template import new_database, template

pytestmark = pytest.mark.lab

DATABASE = "old"
CROWD = 20000
MODULE = ("asterisk_plus",)
# Every way in which people write numbers down, some that are none, and every kind of contact.
CONTACTS = f"""
    insert into res_partner (name, display_name, type, active, phone, mobile, country_id, parent_id)
    select 'Old ' || n, 'Old ' || n, 'other', n % 17 > 0,
           case n % 8 when 0 then '+32 470 ' || to_char(n, 'FM00"."00"."00')
                      when 1 then '0470/' || to_char(n, 'FM00"."00"."00')
                      when 2 then '0033 6 ' || to_char(n, 'FM00 00 00 00')
                      when 3 then '06 ' || to_char(n, 'FM00 00 00 00')
                      when 4 then '+32 (0)2 555 ' || to_char(n % 10000, 'FM0000')
                      when 5 then 'ask ' || n
                      when 6 then '+3247' || to_char(n, 'FM0000000') || '##' || n % 100 end,
           case n % 3 when 0 then to_char(n, 'FM000') when 1 then '(202) 456-1111' end,
           case n % 5 when 0 then (select id from res_country where code = 'BE')
                      when 1 then (select id from res_country where code = 'FR')
                      when 2 then (select id from res_country where code = 'US') end,
           case when n % 7 = 0 then (select id from res_partner where name = 'Parent') end
    from generate_series(1, {CROWD}) as n
"""  # noqa: S608 - a number of our own
PARENT = """
    insert into res_partner (name, display_name, type, active, is_company, country_id)
    values ('Parent', 'Parent', 'contact', true, true,
            (select id from res_country where code = 'FR'))
"""
ORIGIN = ["phone", "mobile", "country_id", "parent_id"]
COLUMNS = ["phone_e164", "mobile_e164"]


class OldOffice:
    """An Odoo that had contacts before it got the addon."""

    def __init__(self, lab: Lab) -> None:
        base = template()
        self.password = random_secret()
        self.postgres = lab.start(Postgres(lab.folder / "old-postgres", base.cluster))
        self.odoo = lab.own(Odoo(lab.folder / "old-odoo", self.postgres, 0, base.data))
        new_database(self.postgres, self.odoo, DATABASE, self.password)
        self.sql(PARENT)
        self.sql(CONTACTS)
        self.log = self.odoo.install(DATABASE, MODULE)

    def sql(self, statement: str) -> str:
        """Run a statement in the old database."""
        return self.postgres.sql(statement, DATABASE)

    def filled(self) -> int:
        """Return how many contacts have a number that was read."""
        return int(self.sql("select count(*) from res_partner where phone_e164 > ''"))

    def forget(self, after: int, library: str) -> None:
        """Take all numbers away, and say that those up to an id had been read by a library."""
        self.sql("update res_partner set phone_e164 = null, mobile_e164 = null")
        state = f"numbers_library = '{library}', numbers_after = {after}"
        self.sql(f"update asterisk_plus_settings set {state}")  # noqa: S608

    def library(self) -> str:
        """Return the version of phonenumbers that Odoo has read them by."""
        return self.sql("select numbers_library from asterisk_plus_settings")


@pytest.fixture(scope="module")
def old(lab: Lab) -> Iterator[OldOffice]:
    """The old database, after the installation."""
    ready = OldOffice(lab)
    yield ready
    for component in (ready.odoo, ready.postgres):
        lab.drop(component)


@pytest.fixture(scope="module")
def admin(old: OldOffice) -> OdooRpc:
    """A session of its administrator, who knows the archived contacts too."""
    old.odoo.start()
    return old.odoo.rpc("admin", old.password, DATABASE)


def test_installation_tells_how_far_it_is(old: OldOffice) -> None:
    told = re.findall(r"Telephone numbers: (\d+) of (\d+) contacts, [\d.]+ s", old.log)
    read, total = told[-1]
    assert read == total
    assert int(read) >= CROWD * 0.8


def test_numbers_are_those_that_odoo_computes(old: OldOffice, admin: OdooRpc) -> None:
    """Contacts that the ORM makes anew have the same numbers as those that were there before."""
    # Every 97th: all kinds come, for 97 is prime.
    chosen = [f"Old {number}" for number in range(1, CROWD, 97)]
    names = [["name", "in", chosen], ["active", "in", [True, False]]]
    rows = admin.search_read("res.partner", names, ["name", "active", *ORIGIN, *COLUMNS])
    assert len(rows) == len(chosen)
    again = [
        {"name": row["name"], "active": row["active"], "type": "other"}
        | {name: row[name][0] if isinstance(row[name], list) else row[name] for name in ORIGIN}
        for row in rows
    ]
    made = admin.call("res.partner", "create", again)
    computed = admin.call("res.partner", "read", made, ["name", *ORIGIN, *COLUMNS])
    for row, new in zip(rows, computed, strict=True):
        assert [row[one] for one in COLUMNS] == [new[one] for one in COLUMNS], row
    numbers = [row["phone_e164"] for row in rows]
    # All kinds are among them.
    assert {str(number)[:3] for number in numbers} >= {"Fal", "+32", "+33"}
    admin.call("res.partner", "unlink", made)


def test_scheduled_job_goes_on_where_it_stopped(old: OldOffice, admin: OdooRpc) -> None:
    everything, library = old.filled(), old.library()
    middle = int(old.sql("select id from res_partner where name = 'Old 10000'"))
    job = admin.xmlid("asterisk_plus.ir_cron_fill_e164")
    old.forget(middle, library)
    admin.call("ir.cron", "method_direct_trigger", [job])
    below = f"select count(*) from res_partner where phone_e164 > '' and id <= {middle}"  # noqa: S608
    assert int(old.sql(below)) == 0
    assert everything * 0.4 < old.filled() < everything * 0.6
    # An update of phonenumbers: all of them again, once.
    old.forget(middle, "0.0.0")
    admin.call("ir.cron", "method_direct_trigger", [job])
    assert old.filled() == everything
    assert old.library() == library
