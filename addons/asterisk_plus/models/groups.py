"""Groups of records with their counts and sums: asked for here alone, for 17.0 asks otherwise, and 19.0 warns of the way before."""
from odoo import release


def groups(records, domain, by, sums=()):
    """Return a dict for each group that the user may read: the fields `by` (of a record its id), the `sums`, and `count`."""
    wanted = ["%s:sum" % one for one in sums]
    if release.version_info[0] >= 17:
        rows = records._read_group(domain, list(by), [*wanted, "__count"])
        return [dict(zip((*by, *sums, "count"), map(_plain, row))) for row in rows]
    rows = records.read_group(domain, wanted or list(by), list(by), lazy=False)
    return [{**{one: _plain(row[one]) for one in (*by, *sums)}, "count": row["__count"]} for row in rows]


def counts(records, domain, field):
    """Return {value of the field, of a record its id: how many records have it}."""
    return {group[field]: group["count"] for group in groups(records, domain, [field])}


def _plain(value):
    if isinstance(value, tuple):
        return value[0]  # (id, name)
    return getattr(value, "id", value)
