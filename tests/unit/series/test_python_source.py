"""Python for each series: methods with new names in known shapes."""

import pytest
from series.known import SERIES, BuildError, series
from series.python_source import python_file


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("self.flush()", "15.0", "self.flush()"),
        ("self.flush()", "16.0", "self.env.flush_all()"),
        ('self.env["base"].flush()', "18.0", 'self.env["base"].env.flush_all()'),
        ("self.wfile.flush()", "18.0", "self.wfile.flush()"),
        ("a.invalidate_cache()", "16.0", "a.env.invalidate_all()"),
        ('a.invalidate_cache(["b"])', "16.0", 'a.invalidate_model(["b"])'),
        ('é.invalidate_cache(["b"], c.ids)', "16.0", 'é.browse(c.ids).invalidate_recordset(["b"])'),
        ('a.check_access_rights("read")', "17.0", 'a.check_access_rights("read")'),
        ('a.check_access_rights("read")', "18.0", 'a.browse().check_access("read")'),
        (
            'if not a.check_access_rights("read", raise_exception=False): pass',
            "18.0",
            'if not a.browse().has_access("read"): pass',
        ),
        ('a.check_access_rule("read")', "18.0", 'a.check_access("read")'),
        ('a.fields_view_get(v.id, "form")', "17.0", 'a.get_view(v.id, "form")'),
        ("a.fields_view_get(view_type=mode)", "16.0", "a.get_view(view_type=mode)"),
        ("from x import a, SavepointCase", "15.0", "from x import a, TransactionCase"),
        ("class A(SavepointCase): pass", "15.0", "class A(TransactionCase): pass"),
        ("class A(SavepointCase): pass", "14.0", "class A(SavepointCase): pass"),
        ('{"view_mode": "tree,form"}', "18.0", '{"view_mode": "list,form"}'),
        ('{"view_mode": "tree,form"}', "17.0", '{"view_mode": "tree,form"}'),
        ('x = "an oak tree"', "18.0", 'x = "an oak tree"'),
        ('f.Float(group_operator="avg")', "17.0", 'f.Float(group_operator="avg")'),
        ("user.groups_id |= group", "19.0", "user.group_ids |= group"),
        ("user.groups_id - group", "19.0", "user.all_group_ids - group"),
        ('[("groups_id", "in", ids)]', "19.0", '[("all_group_ids", "in", ids)]'),
        ('{"groups_id": ids}', "19.0", '{"group_ids": ids}'),
        ("group.trans_implied_ids", "19.0", "group.all_implied_ids"),
        (
            '_sql_constraints = [("a_uniq", "unique(a)", "One a.")]',
            "19.0",
            '_a_uniq = models.Constraint("unique(a)", "One a.")',
        ),
        ('f.Float(group_operator="avg")', "18.0", 'f.Float(aggregator="avg")'),
    ],
)
def test_known_shapes(source: str, name: str, expected: str) -> None:
    assert python_file(source + "\n", "m.py", series(name)) == expected + "\n"


def test_terms_are_translated_by_the_environment() -> None:
    source = (
        "from odoo import _, api, fields\n\nclass A:\n    def go(self):\n"
        '        raise E(_("No %s", self.name)) from lambda: _("b")\n'
    )
    assert python_file(source, "m.py", series("17.0")) == source
    assert python_file(source, "m.py", series("18.0")) == (
        "from odoo import api, fields\n\nclass A:\n    def go(self):\n"
        '        raise E(self.env._("No %s", self.name)) from lambda: self.env._("b")\n'
    )
    alone = 'from odoo import _\n\nclass A:\n    def go(self):\n        return _("a")\n'
    assert python_file(alone, "m.py", series("18.0")).startswith("\n\nclass A")
    with pytest.raises(BuildError, match="outside of a method"):
        python_file('from odoo import _\nWORDS = _("a")\n', "m.py", series("18.0"))


def test_display_names() -> None:
    source = (
        "class A:\n    def name_get(self):\n"
        '        return [(one.id, "%s" % one.x) for one in self]\n\n'
        "    def other(self):\n        pass\n"
    )
    assert python_file(source, "m.py", series("16.0")) == source
    assert python_file(source, "m.py", series("17.0")) == (
        "class A:\n    def _compute_display_name(self):\n        for one in self:\n"
        '            one.display_name = "%s" % one.x\n\n    def other(self):\n        pass\n'
    )


@pytest.mark.parametrize(
    "source",
    [
        'self.flush(["a"])',
        "self.invalidate_cache(fnames=['a'])",
        "self.invalidate_cache(*a)",
        'a.check_access_rights("read", raise_exception=x)',
        "a.check_access_rule()",
        "def name_get(self):\n    return super().name_get()",
        "x = '''tree'''",
        'x = {"tree_view_ref": "a.b"}',
        "a.invalidate_cache([b.flush()])",
    ],
)
def test_other_shapes_are_errors(source: str) -> None:
    with pytest.raises(BuildError, match=r"m\.py"):
        python_file(source + "\n", "m.py", series("18.0"))


@pytest.mark.parametrize("one", SERIES)
def test_the_bus_is_spoken_to_in_one_place(one: object) -> None:
    source = 'bus.sendone("a", "b")\n'
    assert python_file(source, "addons/a/models/bus_message.py", one) == source  # type: ignore[arg-type]
    with pytest.raises(BuildError, match="bus_message"):
        python_file(source, "addons/a/models/other.py", one)  # type: ignore[arg-type]
