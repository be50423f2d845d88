"""A million calls of some years, by SQL: what a company's lists are slow with, if they are.

Each call has one leg, one line of its timeline and one participation; one in ten has a recording's
row (no file). Real calls have more of each. Users take turns after seven calls, so that each has of
all kinds.
"""

from __future__ import annotations

from lab.office import Office

from bench import many

#: Calls of one statement: it must end within the lab's two minutes.
STEP = 50_000
#: The first made call's id.
FIRST = 1_000
YEARS, USERS, LIVE, TO_CALL_BACK = 3, 20, 20, 500
TABLES = ("call", "channel", "call_participation", "call_event", "recording")

_CALLS = """
set session_replication_role = replica;
insert into asterisk_plus_call (id, server_id, company_id, linkedid, started, ringing, answered,
 ended, ring_duration, talk_duration, total_duration, direction, status, is_active, calling_number,
 called_number, did, partner_id, partner_number, calling_user_id, answered_user_id, final_user_id,
 queue, hangup_cause, hangup_reason, hangup_side, callback_state, callback_number, answered_share,
 state_json, create_uid, write_uid, create_date, write_date)
select id, server, 1, 'made.' || id, started, started, case when is_ok then started end,
 case when is_live then null else started + interval '1 minute' end, 10,
 case when is_ok then 50 else 0 end, 60, direction, case when is_live then 'progress'
  when is_ok then 'answered' else 'noanswer' end, is_live, number,
 '3225550101', '3225550100', partner, number,
 case when direction = 'out' then pbx_user end, case when is_ok then pbx_user end,
 case when is_ok then pbx_user end, case when id % 3 = 0 then 'sales' end, 16, 'Normal Clearing',
 case when is_ok then 'caller' else 'pbx' end,
 case when is_ok or is_live or direction = 'out' then null
  when id > {last} - 10 * {todo} then 'todo' else 'done' end,
 case when is_ok or is_live or direction = 'out' then null else number end,
 case when is_ok then 100 else 0 end, '{{}}', 1, 1, started, started
from (select id, (select min(id) from asterisk_plus_server) as server,
 now() - interval '{years} years' * ({last} - id) / {count} as started,
 case when id % 10 < 6 then 'in' else 'out' end as direction,
 id % 5 <> 0 and id <= {last} - {live} as is_ok, id > {last} - {live} as is_live,
 {partners} + (id::bigint * 7919) % {partner_count} as partner,
 '+32' || ({mobile} + {partners} + (id::bigint * 7919) % {partner_count}) as number,
 (array{users})[1 + id / 7 % {user_count}] as pbx_user
 from generate_series({start}, {end}) as id) as made"""
_PARTS = """
set session_replication_role = replica;
insert into asterisk_plus_channel (id, call_id, server_id, company_id, uniqueid, linkedid, channel,
 endpoint, user_id, state, started, ended, is_active, talk_duration)
select id, id, server_id, 1, linkedid, linkedid, 'PJSIP/101-' || id, 'PJSIP/101',
 coalesce(answered_user_id, calling_user_id), 'Up', started, ended, is_active, talk_duration
from asterisk_plus_call where id between {start} and {end};
insert into asterisk_plus_call_participation (id, call_id, user_id, role, is_rung, talked,
 talk_duration, started, direction, company_id)
select id, id, (array{users})[1 + id / 7 % {user_count}],
 case when direction = 'out' then 'calling' when answered is null then 'rung' else 'answered' end,
 direction = 'in', answered, talk_duration, started, direction, 1
from asterisk_plus_call where id between {start} and {end};
insert into asterisk_plus_call_event (id, call_id, moment, time, kind, party)
select id, id, extract(epoch from started), started, 'began', 'caller'
from asterisk_plus_call where id between {start} and {end};
insert into asterisk_plus_recording (id, call_id, server_id, company_id, partner_id, direction,
 kind, filename, started, duration, size, checksum, size_mib)
select id, id, server_id, 1, partner_id, direction, 'call', linkedid || '.mp3', started, 50, 200000,
 'none', 0.2 from asterisk_plus_call where id between {start} and {end} and id % 10 = 0"""


def pbx_users(office: Office) -> list[int]:
    """Return the PBX users, as many as a company has; telephones of nobody in Odoo among them."""
    admin = office.admin()
    model = "asterisk_plus.user"
    server = admin.search_read("asterisk_plus.server", [], ["id"])[0]["id"]
    there = [row["id"] for row in admin.search_read(model, [], ["id"], order="id")]
    for number in range(len(there), USERS):
        values = {"name": f"User {number}", "exten": str(500 + number), "server_id": server}
        there.append(admin.create(model, values))
    return there


def fill(office: Office, count: int, partners: int) -> None:
    """Make so many calls with so many contacts."""
    sql, database = office.postgres.sql, office.database
    users = pbx_users(office)
    last = FIRST + count - 1
    fixed = {
        "last": last, "count": count, "years": YEARS, "live": LIVE, "todo": TO_CALL_BACK,
        "partners": many.FIRST, "partner_count": partners, "mobile": many.MOBILE,
        "users": users, "user_count": len(users),
    }  # fmt: skip
    for start in range(FIRST, last + 1, STEP):
        place = {"start": start, "end": min(start + STEP - 1, last)}
        for statement in (_CALLS, _PARTS):
            sql(statement.format(**fixed, **place), database)
    for table in (f"asterisk_plus_{name}" for name in TABLES):
        sql(f"select setval('{table}_id_seq', (select max(id) from {table}))", database)  # noqa: S608
        sql(f"vacuum analyze {table}", database)
