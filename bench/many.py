"""A database as a large company has it: contacts by SQL, with what Odoo itself would have computed.

Four contacts in a row are a company and three of its people. Each has a national mobile number
and one with a country's prefix; both stand in the addon's normalised columns as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab.office import Office
from lab.rpc import OdooRpc

#: Contacts of one statement: it must end within the lab's two minutes.
STEP = 50_000
#: The first made contact's id: beyond all that an installation makes.
FIRST = 100_000
MOBILE, FIXED = 480_000_000, 20_000_000
COLUMNS = ["phone_e164", "mobile_e164", "display_name", "commercial_partner_id"]

# Without the checks of foreign keys, which are right here, it takes a fraction of the time.
_FILL = """
set session_replication_role = replica;
insert into res_partner (id, name, display_name, active, type, is_company, parent_id,
 commercial_partner_id, phone, mobile, phone_e164, mobile_e164, country_id, partner_share, color,
 create_uid, write_uid, create_date, write_date)
select id, name, case when is_company then name else 'Company ' || firm || ', ' || name end,
 true, 'contact', is_company, case when is_company then null else firm end, firm,
 '0' || to_char({mobile} + id, 'FM000 00 00 00'), '+49 30 ' || ({fixed} + id),
 '+32' || ({mobile} + id), '+4930' || ({fixed} + id),
 country, true, 0, 1, 1, now(), now()
from (select id, id - id % 4 as firm, id % 4 = 0 as is_company,
 (case when id % 4 = 0 then 'Company ' else 'Person ' end) || id as name,
 (select id from res_country where code = 'BE') as country
 from generate_series({start}, {end}) as id) as made"""


def fill(office: Office, count: int) -> None:
    """Make contacts until there are so many of ours; those that are there stay."""
    sql, database = office.postgres.sql, office.database
    there = int(sql(f"select count(*) from res_partner where id >= {FIRST}", database))  # noqa: S608
    for start in range(there, count, STEP):
        first, last = FIRST + start, FIRST + min(start + STEP, count) - 1
        sql(_FILL.format(mobile=MOBILE, fixed=FIXED, start=first, end=last), database)
    sql("select setval('res_partner_id_seq', (select max(id) from res_partner))", database)
    sql("vacuum analyze res_partner", database)


def name_of(contact: int) -> str:
    """Return what a telephone shows of a contact's call."""
    firm = contact - contact % 4
    return f"Person {contact} (Company {firm})" if contact != firm else f"Company {contact}"


def number_of(contact: int) -> str:
    """Return the number from which a contact calls: one or the other, one of them national."""
    return f"0{MOBILE + contact}" if contact % 2 else f"+4930{FIXED + contact}"


def must_agree(admin: OdooRpc, contacts: Sequence[int]) -> None:
    """Raise ``ValueError`` unless the ORM computes of these contacts what SQL has written."""
    fields = ["id", *COLUMNS]
    made = admin.call("res.partner", "read", list(contacts), fields)
    for row in admin.call("res.partner", "read", list(contacts), ["phone", "mobile", "name"]):
        values = {name: row[name] for name in ("phone", "mobile", "name")}
        admin.write("res.partner", row["id"], values)
    computed = admin.call("res.partner", "read", list(contacts), fields)
    differ = [pair for pair in zip(made, computed, strict=True) if pair[0] != pair[1]]
    if differ or len(made) != len(contacts):
        raise ValueError(f"SQL wrote others than Odoo computes: {differ[:2]}")
