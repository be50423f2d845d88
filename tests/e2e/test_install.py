"""The addon is installed, filled, upgraded and uninstalled on a real Odoo: no warning, nothing
lost, nothing left behind.
"""

import re
from collections.abc import Iterator

import pytest
from lab.component import random_secret
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.stack import Lab
from lab.template import new_database, template

pytestmark = pytest.mark.lab
DATABASE = "comes_and_goes"
BAD = re.compile(r"^[\d-]{10} [\d:,]{12} \d+ (?:WARNING|ERROR|CRITICAL) .*$", re.MULTILINE)
#: Python's own warnings about what Odoo itself does are not ours.
FOREIGN = re.compile(r"py\.warnings: (?!.*asterisk_plus)|odoo\.addons\.(?!asterisk_plus)")
FILL = """
insert into asterisk_plus_call (server_id, company_id, linkedid, is_active, status, direction,
    calling_number, started)
select id, company_id, 'kept.1', false, 'answered', 'in', '+32470000001', now() at time zone 'utc'
from asterisk_plus_server limit 1;
insert into ir_attachment (name, type, res_model, res_id, store_fname)
values ('call.wav', 'binary', 'asterisk_plus.recording', 1, 'aa/aa');
update asterisk_plus_event set is_enabled = false where name = 'Newchannel';
update asterisk_plus_settings set permitted_addresses = '192.0.2.7';
"""
KEPT = """select
(select count(*) from asterisk_plus_call where linkedid = 'kept.1'),
(select bool_or(is_enabled) from asterisk_plus_event where name = 'Newchannel'),
(select permitted_addresses from asterisk_plus_settings),
(select count(*) from asterisk_plus_server),
(select count(*) from res_users where login like 'asterisk%')
"""
#: Everything that may tell of us in a database: what, and a query that finds it.
TRACES = {
    "tables": "select tablename from pg_tables where tablename like 'asterisk%'",
    "columns": """select table_name || '.' || column_name from information_schema.columns
        where column_name like 'asterisk%' or column_name like '%\\_e164'""",
    "models": "select model from ir_model where model like 'asterisk%'",
    "names": "select name from ir_model_data where module like 'asterisk_plus%'",
    "views": "select name from ir_ui_view where name ilike '%asterisk%'",
    "menus": "select id from ir_ui_menu where name::text ilike '%asterisk%'",
    "jobs": "select cron_name from ir_cron where cron_name ilike '%asterisk%'",
    "rules": "select name from ir_rule where name::text ilike '%asterisk%'",
    "groups": "select name from res_groups where name::text like '%PBX%'",
    "parameters": "select key from ir_config_parameter where key like 'asterisk%'",
    "accounts": "select login from res_users where active and login like 'asterisk%'",
    "recordings": "select id from ir_attachment where res_model like 'asterisk%'",
    "assets": "select name from ir_attachment where name like '%asterisk_plus%'",
}


@pytest.fixture(scope="module")
def odoo(provisioned: None) -> Iterator[Odoo]:
    """An Odoo with a database that has no addon of ours yet."""
    base = template()
    with Lab() as lab:
        postgres = lab.start(Postgres(lab.folder / "postgres", base.cluster))
        made = lab.own(Odoo(lab.folder / "odoo", postgres, workers=0, template=base.data))
        new_database(postgres, made, DATABASE, random_secret())
        yield made


def warnings(log: str) -> list[str]:
    """Return what Odoo's log complains of, on account of us."""
    return [line for line in BAD.findall(log) if not FOREIGN.search(line)]


def traces(odoo: Odoo) -> dict[str, str]:
    """Return what there is of us in the database."""
    found = {name: odoo.postgres.sql(query, DATABASE) for name, query in TRACES.items()}
    return {name: rows for name, rows in found.items() if rows}


def test_it_comes_is_upgraded_and_goes(odoo: Odoo, lab_uninstall: str) -> None:
    before = traces(odoo)
    assert warnings(odoo.install(DATABASE, ["asterisk_plus"])) == []
    assert {"tables", "columns", "models", "names", "groups"} <= traces(odoo).keys()
    odoo.postgres.sql(FILL, DATABASE)
    kept = odoo.postgres.sql(KEPT, DATABASE)
    assert kept == "1|f|192.0.2.7|1|1"
    assert warnings(odoo.install(DATABASE, ["asterisk_plus"], update=True)) == []
    assert odoo.postgres.sql(KEPT, DATABASE) == kept
    status, log = odoo.shell(DATABASE, lab_uninstall)
    assert status == 0, log
    assert warnings(log) == []
    assert traces(odoo) == before


@pytest.fixture
def lab_uninstall() -> str:
    """What a person does in Apps: uninstall, at once."""
    return (
        "env['ir.module.module'].search([('name', '=', 'asterisk_plus')])"
        ".button_immediate_uninstall()\n"
        "env.cr.commit()\n"
    )
