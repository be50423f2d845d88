"""The addon is installed, filled, upgraded and uninstalled on a real Odoo: no warning, nothing
lost, nothing left behind. So is an older one, of before recordings and security.
"""

import gzip
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab.component import random_secret
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.stack import Lab
from lab.template import new_database, template
from series import build, known

from asterisk_agent.ami.message import Event
from asterisk_agent.ami.protocol import AMIProtocol

pytestmark = pytest.mark.lab
DATA = Path(__file__).parents[1] / "data"
#: The addon as it was on 2026-11-25, 17:31 (without its tests and translations): 14 tables.
OLD = DATA / "addon/before_recordings.tar.xz"
CALLS = ("inbound-answered", "inbound-cancelled")
DATABASE, AGED, BACK = "comes_and_goes", "comes_of_age", "goes_back"
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
        where column_name like 'asterisk%' or column_name like '%\\_e164'
        or (table_name, column_name) = ('res_partner', 'mobile')""",
    "models": "select model from ir_model where model like 'asterisk%'",
    "names": "select name from ir_model_data where module like 'asterisk_plus%'",
    "views": "select name from ir_ui_view where name ilike '%asterisk%'",
    "menus": "select id from ir_ui_menu where name::text ilike '%asterisk%'",
    "jobs": "select cron_name from ir_cron where cron_name::text ilike '%asterisk%'",
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


@pytest.fixture
def old_addons(odoo: Odoo) -> str:
    """The option of Odoo by which it has the older addon, built for its series."""
    if float(odoo.version) >= 19:
        pytest.skip("no addon was ever made for 19.0 before today's: its views are not there")
    odoo.make_folder()
    folder = odoo.folder / "old"
    with tarfile.open(OLD) as archive:
        archive.extractall(folder, filter="data")
    if odoo.source:
        wanted = known.series(odoo.source.series)
        build.build(wanted, folder / "addons", [folder / "addons/asterisk_plus"])
        return f"--addons-path={folder / 'addons'}"
    return f"--addons-path=/usr/lib/python3/dist-packages/odoo/addons,{odoo.place}/old/addons"


def warnings(log: str) -> list[str]:
    """Return what Odoo's log complains of, on account of us."""
    return [line for line in BAD.findall(log) if not FOREIGN.search(line)]


def traces(odoo: Odoo, database: str = DATABASE) -> dict[str, str]:
    """Return what there is of us in the database."""
    found = {name: odoo.postgres.sql(query, database) for name, query in TRACES.items()}
    return {name: rows for name, rows in found.items() if rows}


def test_it_comes_is_upgraded_and_goes(odoo: Odoo) -> None:
    before = traces(odoo)
    assert warnings(odoo.install(DATABASE, ["asterisk_plus"])) == []
    assert {"tables", "columns", "models", "names", "groups"} <= traces(odoo).keys()
    odoo.postgres.sql(FILL, DATABASE)
    kept = odoo.postgres.sql(KEPT, DATABASE)
    assert kept == "1|f|192.0.2.7|1|1"
    assert warnings(odoo.install(DATABASE, ["asterisk_plus"], update=True)) == []
    assert odoo.postgres.sql(KEPT, DATABASE) == kept
    status, log = odoo.shell(DATABASE, UNINSTALL)
    assert status == 0, log
    assert warnings(log) == []
    assert traces(odoo) == before


#: What a person does in Apps: uninstall, at once.
UNINSTALL = """
env['ir.module.module'].search([('name', '=', 'asterisk_plus')]).button_immediate_uninstall()
env.cr.commit()
"""
#: A PBX user, a contact, two calls of theirs, an own row in the events map: by the older addon.
LIVE = """
server = env["asterisk_plus.server"].search([], limit=1)
alice = env["res.users"].with_context(no_reset_password=True).create({
    "name": "Alice", "login": "alice", "groups_id": [(4, env.ref("asterisk_plus.group_user").id)]})
env["asterisk_plus.user"].create({
    "name": "Alice", "user_id": alice.id, "exten": "101", "server_id": server.id,
    "channel_ids": [(0, 0, {"name": "PJSIP/101"})]})
env["res.partner"].create({"name": "Jane", "phone": "+32470000001"})
rows = env["asterisk_plus.event"].search([("is_builtin", "=", True), ("is_enabled", "=", True)])
rows = {row.name: row.id for row in rows}
items = [{"boot": "old", "seq": seq, "row": rows[event["Event"]], "event": event}
    for seq, event in enumerate(events, 1) if event["Event"] in rows]
batch = {"boot": "old", "settled": {"old": 0}, "items": items}
told = env["asterisk_plus.server"].with_user(server.user_id).deliver(batch)
assert {one["status"] for one in told["results"]} == {"done"}, told
env["asterisk_plus.event"].create({
    "name": "Cdr", "model": "asterisk_plus.call", "method": "on_ami_event", "condition": ""})
env["asterisk_plus.settings"].search([], limit=1).permitted_addresses = "192.0.2.7"
env.cr.commit()
"""
#: By today's addon: everything that is stored can be read.
READ = """
for name in sorted(env):
    if name.startswith("asterisk_plus.") and env[name]._auto and not env[name]._transient:
        env[name].search([]).read()
call = env["asterisk_plus.call"].search([("status", "=", "answered")])
assert (call.partner_id.name, call.answered_user_id.name) == ("Jane", "Alice"), call
assert not call.recording_ids
missed = env["asterisk_plus.call"].search([("status", "=", "noanswer")])
assert len(missed) == 1, missed
"""
#: By the older one, which is there again.
CALLED = """
calls = env["asterisk_plus.call"].search([])
assert sorted(calls.mapped("status")) == ["answered", "noanswer"], calls
assert "asterisk_plus.recording" not in env
"""
FILLED = ("server", "settings", "event", "user", "user_channel", "delivery", "call", "channel")
FILLED += ("call_event", "call_participation")
COLUMNS = """select table_name || '.' || column_name from information_schema.columns
where table_name in (select tablename from pg_tables where tablename like 'asterisk%')
and column_name not in ('write_date', 'write_uid') order by 1"""


def events() -> list[dict[str, str]]:
    """Return what Asterisk said of the calls, as the agent sends it; of variables nothing."""
    made = []
    for name in CALLS:
        raw = gzip.decompress((DATA / f"ami/calls/22/{name}.ami.gz").read_bytes())
        flat = [one.to_flat() for one in AMIProtocol().receive_data(raw) if isinstance(one, Event)]
        made += [one | {"EventTime": one.get("Timestamp")} for one in flat]
    return [one for one in made if one["Event"] != "VarSet"]


def rows(odoo: Odoo, columns: list[str], database: str = AGED) -> dict[str, str]:
    """Return what stands in the columns ("table.column"), by table."""
    tables: dict[str, list[str]] = {}
    for table, _dot, column in (one.partition(".") for one in columns):
        tables.setdefault(table, []).append(f'"{column}"')
    whole = "select t from (select {} from {}) t order by t::text"
    return {
        table: odoo.postgres.sql(whole.format(", ".join(names), table), database)
        for table, names in tables.items()
    }


def test_an_older_one_becomes_todays_and_loses_nothing(odoo: Odoo, old_addons: str) -> None:
    new_database(odoo.postgres, odoo, AGED, random_secret())
    before = traces(odoo, AGED)
    status, log = odoo.once(AGED, "-i", "asterisk_plus", old_addons)
    assert status == 0, log
    status, log = odoo.shell(AGED, f"events = {events()!r}\n{LIVE}", old_addons)
    assert (status, "Traceback" in log) == (0, False), log
    columns = odoo.postgres.sql(COLUMNS, AGED).splitlines()
    kept = rows(odoo, columns)
    assert all(kept[f"asterisk_plus_{name}"] for name in FILLED)
    saved = odoo.postgres.dump(AGED)
    assert warnings(odoo.install(AGED, ["asterisk_plus"], update=True)) == []
    assert set(columns) <= set(odoo.postgres.sql(COLUMNS, AGED).splitlines())
    assert rows(odoo, columns) == kept
    status, log = odoo.shell(AGED, READ + UNINSTALL)
    assert (status, "Traceback" in log, warnings(log)) == (0, False, []), log
    assert traces(odoo, AGED) == before
    # The way back: what was saved, and the older addon.
    odoo.postgres.restore(saved, BACK)
    assert rows(odoo, columns, BACK) == kept
    status, log = odoo.shell(BACK, CALLED, old_addons)
    assert (status, "Traceback" in log) == (0, False), log
