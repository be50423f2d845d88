"""Scenarios: well-formed XML, every place filled, no stranger's text becomes sipp's language."""

import re
import xml.etree.ElementTree as ET

import pytest
from lab.sip_scenario import Caller, During, Step, ms, scenario, uac, uas

TRANSFER = During(after_s=1, digits="*2", refer_to="102@127.0.0.1:5060")


@pytest.mark.parametrize(
    "steps",
    [
        uas("ok", 2, 3, [TRANSFER], "101"),
        uas("183,ok"),
        uas("never"),
        uas("486 Busy Here"),
        uac(Caller("+32470000001", "Jane"), "101", talk_s=2, during=[TRANSFER]),
        uac(Caller("101", "Alice", "secret"), "102", cancel_s=2),
    ],
)
def test_scenarios_are_complete(steps: list[Step]) -> None:
    text = scenario("test <&>", steps)
    root = ET.fromstring(text)  # noqa: S314 - our own text
    assert not re.search(r"@[A-Z]{2,}@", text)
    labels = {label.get("id") for label in root.iter("label")}
    wanted = {e.get(name) for e in root.iter() for name in ("next", "ontimeout")} - {None}
    assert wanted <= labels


def test_nobody_cancels_before_asterisk_took_note_of_the_call() -> None:
    names = [step.name for step in uac(Caller("+32470000001"), "101", cancel_s=0.3)]
    assert names.index("uac_invite") < names.index("uac_trying") < names.index("uac_cancel")
    assert "uac_trying" not in [step.name for step in uac(Caller("+32470000001"), "101")]


@pytest.mark.parametrize("text", ["]]><x>", "[call_id]", "a\r\nContact: b"])
def test_sipps_own_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not possible"):
        scenario("test", uac(Caller(text), "101"))


def test_no_time_is_a_millisecond() -> None:
    assert [ms(0), ms(0.25), ms(2)] == [1, 250, 2000]
