"""The samples' recording: who decides on it, a notice and a tone, on real Asterisk 16 and 22."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
from lab import melody
from lab.asterisk import Asterisk
from lab.sip_scenario import During
from lab.stage import Stage
from tests.fakes.oracle import Oracle

from e2e.samples.calls import recorded

pytestmark = pytest.mark.lab
Way = Callable[[Stage], None]
#: A second of the dialplan's, and a busy machine's.
HELD_UP_S = 4.0
#: What tests change of the sample's [globals].
GLOBALS = {
    "ODOO_AWAY_UNTIL": "0",
    "RECORDING_DEFAULT": "yes",
    "RECORDING_NOTICE": "this-call-may-be-monitored-or-recorded",
    "RECORDING_TONE": "15",
}


@pytest.fixture
def choice(asterisk: Asterisk, oracle: type[Oracle]) -> Iterator[type[Oracle]]:
    """The Oracle, and a dialplan that remembers nothing it ever said of recordings."""
    yield oracle
    oracle.awake.set()
    asterisk.cli("database deltree asterisk_plus")
    for name, value in GLOBALS.items():
        asterisk.cli(f"dialplan set global {name} {value}")


def outgoing(stage: Stage) -> None:
    stage.trunk()
    stage.desk("101", "+32470000001", talk_s=0.2).finish()


def incoming(stage: Stage) -> None:
    # The caller's call may be answered, by the notice, before somebody answers.
    stage.phone("102", talk_s=0.2)
    stage.inbound("999999").finish()


def inside(stage: Stage) -> None:
    stage.phone("102")
    stage.desk("101", "102", talk_s=0.2).finish()


WAYS = [
    pytest.param(outgoing, "PJSIP/101", "PJSIP/trunk", id="outgoing"),
    pytest.param(incoming, "PJSIP/trunk", "PJSIP/102", id="incoming"),
    pytest.param(inside, "PJSIP/101", "PJSIP/102", id="inside"),
]


@pytest.mark.parametrize(("call", "caller", "callee"), WAYS)
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_who_has_answered_decides_on_the_recording(
    stage: Stage, choice: type[Oracle], call: Way, caller: str, callee: str, answer: str
) -> None:
    choice.answers["get_recording"] = (200, answer)
    call(stage)
    assert recorded(stage) == ([callee] if answer == "yes" else [])
    asked = parse_qs([path for path in choice.asked if "get_recording?" in path][-1].split("?")[1])
    assert [name.rpartition("-")[0] for name in asked["channel"]] == [caller, callee]
    assert asked["server"] == [stage.asterisk.system_name]


@pytest.mark.parametrize(("answer", "default"), [("no", "yes"), ("yes", "no")])
def test_recording_goes_on_as_odoo_said_last_when_it_is_slow(
    stage: Stage, choice: type[Oracle], answer: str, default: str
) -> None:
    stage.asterisk.cli(f"dialplan set global RECORDING_DEFAULT {default}")
    choice.answers["get_recording"] = (200, answer)
    inside(stage)
    stage.clear()
    choice.awake.clear()
    for callee in ("102", "102", "103"):
        phone = stage.phone(callee)
        desk = stage.desk("101", callee, talk_s=0.2)
        desk.finish()
        # The caller hears that somebody has answered after at most a second; only the first waits.
        waited = desk.wait_for("INVITE", 200).time - phone.wait_for("INVITE", 200).time
        assert waited < HELD_UP_S
        stage.clear()
    # One that was asked, one that was not any more; and of 103 it never said anything.
    assert len([path for path in choice.asked if "get_recording?" in path]) == 2
    known = ["PJSIP/102"] * (3 if answer == "yes" else 0)
    assert recorded(stage) == known + (["PJSIP/103"] if default == "yes" else [])


@pytest.mark.parametrize("answer", [(200, ""), (502, "<html>yes</html>"), (200, "yes,B(1)")])
def test_recording_by_default_without_an_answer(
    stage: Stage, choice: type[Oracle], answer: tuple[int, str]
) -> None:
    choice.answers["get_recording"] = answer
    stage.asterisk.cli("dialplan set global RECORDING_DEFAULT no")
    inside(stage)
    stage.clear()
    stage.asterisk.cli("dialplan set global RECORDING_DEFAULT yes")
    inside(stage)
    assert recorded(stage) == ["PJSIP/102"]


@pytest.mark.parametrize(("call", "caller", "callee"), WAYS)
@pytest.mark.parametrize("sound", ["beep", "no-such-sound"])
def test_a_spoken_notice_comes_before_the_recording(
    stage: Stage, choice: type[Oracle], call: Way, caller: str, callee: str, sound: str
) -> None:
    choice.answers["get_recording"] = (200, "spoken")
    stage.asterisk.cli(f"dialplan set global RECORDING_NOTICE {sound}")
    call(stage)
    assert recorded(stage) == ([callee] if sound == "beep" else [])
    # Whoever is not ours hears it: the caller from outside, else who was called.
    heard_by = caller if call is incoming else callee
    told = [one for one in stage.ami.events("VarSet") if one["Variable"] == "PLAYBACKSTATUS"]
    assert [one["Channel"].rpartition("-")[0] for one in told] == [heard_by]


def test_a_tone_is_heard_while_it_records(stage: Stage, choice: type[Oracle]) -> None:
    choice.answers["get_recording"] = (200, "tone")
    stage.asterisk.cli("dialplan set global RECORDING_TONE 1")
    # It comes with what is said: where nothing is, Asterisk plays none.
    tune = stage.asterisk.folder.parent / "long.alaw"
    melody.write_alaw(tune)
    tune.write_bytes(20 * tune.read_bytes())
    stage.phone("102")
    stage.desk("101", "102", talk_s=60, during=[During(play=str(tune))])
    # The channels by which it comes are those that the addon takes for no call (lib/events.py).
    tone = stage.wait_event("ChanSpyStart")
    assert tone["SpyeeChannel"].startswith("PJSIP/102-")
    assert tone["SpyerChannel"].startswith("Local/hook@__func_periodic_hook_context__-")
    stage.asterisk.cli("channel request hangup all")
    assert recorded(stage) == ["PJSIP/102"]
    calls = {one["Linkedid"]: one["Channel"] for one in stage.ami.events("Newchannel")[::-1]}
    hooks = [name for name in calls.values() if name.startswith(tone["SpyerChannel"][:40])]
    assert len(calls) == len(hooks) + 1
