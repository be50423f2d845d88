"""What a PostgreSQL says of its plans, and which of them read a whole table."""

from bench import plans

LOG = """\
2026-11-26 09:00:00.000 UTC [7] LOG:  duration: 0.100 ms  plan:
\t{
\t  "Query Text": "SELECT id FROM res_partner WHERE phone_e164 = '+32'\\nLIMIT 1",
\t  "Plan": {
\t    "Node Type": "Limit",
\t    "Plans": [
\t      {
\t        "Node Type": "Index Scan",
\t        "Index Name": "res_partner_phone_e164_index",
\t        "Relation Name": "res_partner",
\t        "Actual Rows": 1,
\t        "Actual Loops": 1
\t      }
\t    ]
\t  }
\t}
2026-11-26 09:00:00.000 UTC [7] LOG:  something else
\tof two lines
2026-11-26 09:00:01.000 UTC [7] LOG:  duration: 99.1 ms  plan:
\t{
\t  "Query Text": "SELECT count(*) FROM res_partner WHERE active",
\t  "Plan": {
\t    "Node Type": "Seq Scan",
\t    "Relation Name": "res_partner",
\t    "Actual Rows": 900,
\t    "Rows Removed by Filter": 200,
\t    "Actual Loops": 3
\t  }
\t}
"""


def test_every_plan_of_a_log_is_found():
    told = plans.plans(LOG)
    assert [one["Query Text"].split()[0] for one in told] == ["SELECT", "SELECT"]


def test_a_whole_table_that_was_read_is_told_with_its_query():
    (scan,) = plans.without_index(plans.plans(LOG))
    assert (scan.table, scan.rows) == ("res_partner", 3300)
    assert "count" in scan.query


def test_a_few_rows_need_no_index():
    assert plans.without_index(plans.plans(LOG), few=3300) == []


def test_in_short_each_way_is_told_once():
    told = plans.plans(LOG) * 2
    ways = plans.in_short(told, "res_partner")
    assert ways == ["Index Scan res_partner_phone_e164_index", "Seq Scan"]
