"""attrs and states become the expressions that mean the same."""

import pytest
from series.known import BuildError
from series.modifiers import of_attrs, of_states


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ("{'invisible': [('res_id', '=', 0)]}", {"invisible": "res_id == 0"}),
        ("{'invisible': [('active', '=', True)]}", {"invisible": "active"}),
        ("{'invisible': [('active', '!=', True)]}", {"invisible": "not active"}),
        ("{'required': [('user_id', '=', False)]}", {"required": "not user_id"}),
        ("{'required': [('user_id', '!=', False)]}", {"required": "user_id"}),
        ("{'invisible': [('tag_ids', '=', [])]}", {"invisible": "not tag_ids"}),
        ("{'readonly': [('name', 'in', (False, ''))]}", {"readonly": "name in (False, '')"}),
        ("{'invisible': 1, 'readonly': False}", {"invisible": "True", "readonly": "False"}),
        ("{'invisible': []}", {"invisible": "True"}),
        (
            "{'invisible': [('a', '=', 1), ('b', '>', 2)]}",
            {"invisible": "a == 1 and b > 2"},
        ),
        (
            "{'invisible': ['|', ('a', '=', 1), '&', ('b', '=', 2), ('c', '=', 3)]}",
            {"invisible": "a == 1 or (b == 2 and c == 3)"},
        ),
        (
            "{'invisible': ['|', ('a', '=', 1), ('b', '=', 2), ('c', '=', 3)]}",
            {"invisible": "(a == 1 or b == 2) and c == 3"},
        ),
        ("{'invisible': ['!', ('a', '=', 1)]}", {"invisible": "not (a == 1)"}),
        (
            "{'column_invisible': [('parent.state', '!=', 'draft')]}",
            {"column_invisible": "parent.state != 'draft'"},
        ),
    ],
)
def test_attrs(attrs: str, expected: dict[str, str]) -> None:
    assert of_attrs(attrs) == expected


@pytest.mark.parametrize(
    "attrs",
    [
        "{'invisible': [('name', 'ilike', 'x')]}",
        "{'invisible': [('a', '=', 1)",
        "{'invisible': ['|', ('a', '=', 1)]}",
        "{'invisible': [('a', '=')]}",
        "{'invisible': some_name}",
        "{'string': [('a', '=', 1)]}",
        "[('a', '=', 1)]",
        "{'invisible': [(1, '=', 1)]}",
    ],
)
def test_what_is_not_known_is_an_error(attrs: str) -> None:
    with pytest.raises(BuildError):
        of_attrs(attrs)


def test_an_expression_means_what_the_domain_meant() -> None:
    names = {"a": 1, "b": 2, "c": 4}
    made = of_attrs(
        "{'invisible': ['|', ('a', '=', 2), '&', ('b', '=', 2), '!', ('c', 'in', [3, 4])]}"
    )
    assert eval(made["invisible"], {}, names) is False  # noqa: S307 - our own text
    assert eval(made["invisible"], {}, names | {"c": 5}) is True  # noqa: S307
    assert eval(made["invisible"], {}, names | {"a": 2}) is True  # noqa: S307


def test_states() -> None:
    assert of_states("draft") == "state != 'draft'"
    assert of_states("draft, sent") == "state not in ('draft', 'sent')"
    with pytest.raises(BuildError):
        of_states(" ,")
