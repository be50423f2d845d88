"""Conditions: what is true of which event, what is refused, and what it can cost."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asterisk_agent.calls.conditions import MAX_CHARS, Condition
from asterisk_agent.core.errors import ConditionError

EVENT = {
    "Event": "VarSet",
    "Variable": "MIXMONITOR_FILENAME",
    "Value": "/var/spool/x.wav",
    "Channel": "PJSIP/101-00000001",
    "Cause": "16",
    "Exten": "",
    "ChanVariable": ["a=1", "b=2"],
}


@pytest.mark.parametrize(
    "text",
    [
        "event['Variable'] == 'MIXMONITOR_FILENAME'",
        'event["Variable"] == "DIALSTATUS" or event["Variable"] == "MIXMONITOR_FILENAME"',
        "event.get('Variable') in ('MIXMONITOR_FILENAME', 'X')",
        "event['Channel'].startswith('PJSIP/') and not event['Channel'].startswith('PJSIP/102')",
        "'101' in event['Channel']",
        "int(event['Cause']) >= 16",
        "10 < int(event['Cause']) < 20",
        "event.get('Missing') is None",
        "event.get('Missing', 'x') == 'x'",
        "event['Channel'].split('-')[0] == 'PJSIP/101'",
        "event['Channel'][:5] == 'PJSIP'",
        "event['Channel'][-1] == '1'",
        "event['Channel'].lower().endswith('1')",
        "len(event['Cause']) == 2",
        "'a=1' in event['ChanVariable']",
        "event['Cause'] in [event['Cause'], 'x']",
        "True if event['Cause'] == '16' else False",
        "  event  ",
        "'Cause' in event",
        "not event['Exten']",
    ],
)
def test_true(text: str) -> None:
    assert Condition(text).holds(EVENT) is True


@pytest.mark.parametrize(
    "text",
    [
        "event['Variable'] == 'X'",
        "event['Missing'] == 'x'",
        "event['Missing'] != 'x'",
        "event.get('Missing').startswith('x')",
        "'x' in event.get('Missing')",
        "event.get('Missing') > 'a'",
        "int(event['Exten']) > 5",
        "int(event['Channel']) > 5",
        "event['Channel'].split('-')[9] == 'x'",
        "len(event.get('Missing')) > 0",
        "int(float('1e999')) > 0",
        "event['Exten']",
    ],
)
def test_false_and_a_missing_header_is_no_error(text: str) -> None:
    assert Condition(text).holds(EVENT) is False


@pytest.mark.parametrize(
    "text",
    ["event['Cause'] > 5", "len(5) > 1",
     "event['ChanVariable'].startswith('a')", "event['Cause']['x'] == '1'", "event.get(event)"],
)  # fmt: skip
def test_what_can_never_be_right_is_told(text: str) -> None:
    with pytest.raises(ConditionError, match="can't be decided"):
        Condition(text).holds(EVENT)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "event[", "event['x'] = 1", "import os", "x", "self.event", "event.x",
        "event.clear()", "event.pop('x')", "event.update({})", "event.__class__",
        "event['x'].__class__", "event['x'].format(event)", "event['x'].zfill(10**9)",
        "event['x'].ljust(999999999)", "event['x'].replace('', 'x')", "event['x'].join(event)",
        "'a' * 10**9", "9 ** 9 ** 9", "'%999999999d' % 1", "f'{event}'", "[x for x in event]",
        "lambda: 1", "(x := 1)", "__import__('os').system('id')", "open('/etc/passwd')",
        "eval('1')", "getattr(event, 'x')", "print(1)", "str(event).__len__()", "b'x' == 1",
        "event[::2]", "event['x'].startswith(prefix='a')", "int('1', 2)", "...", "1j", "await x",
        "event['x'].split", "{'a': 1}", "event.get()", "event['a\0b']", "1 < 2 if x else 3",
        "event['x'].encode()", "~1", "1 + 1", r"'\d'", "yield", "*event",
    ],
)  # fmt: skip
def test_everything_else_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(ConditionError) as caught:
        Condition(text)
    assert caught.value.message


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "-" * 1999 + "1", "not " * 400 + "1", "[" * 150 + "]" * 150,
     "event" + "['a']" * 300, "1," * 900, "x" * (MAX_CHARS + 1), "event['x']" + ".lower()" * 200],
)  # fmt: skip
def test_what_is_too_big_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        Condition(text)


def test_an_event_is_never_changed() -> None:
    before = {**EVENT}
    Condition("event.get('X', event) and event['Channel'].lower()").holds(EVENT)
    assert before == EVENT


@given(st.text(max_size=80))
@example("event\n['x']")
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    with contextlib.suppress(ConditionError):
        Condition(text).holds(EVENT)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20) | st.lists(st.text())))
def test_any_event_is_decided_or_told(event: dict[str, object]) -> None:
    condition = Condition(
        "event.get('Channel', '').startswith('PJSIP/') and int(event['Cause']) > 5"
        " or event['Variable'] in ('A', 'B') or event['X'][:2] == 'ab'"
    )
    try:
        assert condition.holds(event) in {True, False}
    except ConditionError as exc:
        assert "can't be decided" in exc.message  # noqa: PT017 (any other error fails the test)


@pytest.mark.parametrize(
    ("text", "event", "holds"),
    [
        ("event['A'] == 'x' or event['A'] == 'y'", {"A": "y"}, True),
        ("event['A'] == 'x' or event['A'] == 'y'", {"A": "z"}, False),
        ("event['A'] == 'x' or event['A'] == 'y'", {"A": ["x", "y"]}, False),
        ("event['A'] == 'x' or event['A'] == 'y'", {"B": "x"}, False),
        ("event['A'] == 'x' or event['B'] == 'x'", {"A": "y", "B": "x"}, True),
        ("event['A'] == 'x' and event['A'] == 'y'", {"A": "x"}, False),
        ("event['A'] == 'x' or event['A'] != 'y'", {"A": "z"}, True),
        ("event['A'] == 'x' or event['A'] == 1", {"A": "x"}, True),
        ("'event'['A'] == 'x' or event['A'] == 'y'", {"A": "y"}, None),
    ],
)
def test_the_short_way_for_texts_of_one_header_judges_as_python_does(text, event, holds):
    condition = Condition(text)
    if holds is None:
        with pytest.raises(ConditionError):
            condition.holds(event)
    else:
        assert condition.holds(event) is holds
