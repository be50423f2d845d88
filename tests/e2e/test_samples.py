"""The samples in `asterisk/`: real Asterisk 16 and 22 load them without a word, and they do what
they say.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from lab import melody
from lab.asterisk import Asterisk
from lab.process import wait_until
from lab.sip_scenario import Caller, During
from lab.stack import Lab
from lab.stage import JANE, Stage
from tests.fakes.oracle import Oracle, listening

pytestmark = pytest.mark.lab
VERSIONS = (16, 22)
Way = Callable[[Stage], None]
#: What tests change of the sample's [globals].
GLOBALS = {
    "ODOO_AWAY_UNTIL": "0",
    "RECORDING_DEFAULT": "yes",
    "RECORDING_NOTICE": "this-call-may-be-monitored-or-recorded",
    "RECORDING_TONE": "15",
}
#: A second of the dialplan's, and a busy machine's.
HELD_UP_S = 4.0


@pytest.fixture(scope="module")
def oracle_url() -> Iterator[str]:
    """The address of an Oracle."""
    with listening() as url:
        yield url


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: f"asterisk{version}")
def asterisk(request: pytest.FixtureRequest, lab: Lab, oracle_url: str) -> Iterator[Asterisk]:
    """An Asterisk with the samples, whose Odoo is the Oracle."""
    folder = lab.folder / f"samples{request.param}"
    running = lab.start(Asterisk(folder, request.param, oracle_url))
    yield running
    lab.drop(running)


@pytest.fixture
def oracle() -> type[Oracle]:
    """The Oracle, knowing nothing."""
    Oracle.forget()
    return Oracle


def test_samples_load_without_a_warning(asterisk: Asterisk) -> None:
    assert "from-sip-external" in asterisk.cli("dialplan show from-sip-external")
    assert "sales" in asterisk.cli("queue show sales")
    assert asterisk.warnings() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jane (ACME)", "Jane (ACME)"),
        ("A): System(x", "A): System(x"),
        ("${EXTEN},1", "${EXTEN},1"),
    ],
)
def test_caller_name_comes_from_odoo(
    stage: Stage, oracle: type[Oracle], name: str, shown: str
) -> None:
    oracle.answers["get_caller_name"] = (200, name)
    phone = stage.phone("101")
    stage.inbound("101", talk_s=0.2).finish()
    assert phone.wait_for("INVITE").header("From").startswith(f'"{shown}"')
    assert oracle.asked[0].endswith(
        "/asterisk_plus/get_caller_name?number=%2B32470000001&db=&country=BE"
    )


@pytest.mark.parametrize("answer", [(200, ""), (502, "<html>Bad Gateway</html>")])
def test_trunk_name_stays_without_an_answer(
    stage: Stage, oracle: type[Oracle], answer: tuple[int, str]
) -> None:
    oracle.answers["get_caller_name"] = answer
    phone = stage.phone("101")
    stage.inbound("101", Caller(JANE.user, "Provider"), talk_s=0.2).finish()
    assert phone.wait_for("INVITE").header("From").startswith('"Provider"')


def rings_sales(stage: Stage) -> float:
    """Let somebody call, whose call goes the samples' whole way. Return after how many seconds the
    sales people's phone rang, with the name that the trunk gave.
    """
    sales = stage.phone("101")
    caller = stage.inbound("999999", Caller(JANE.user, "Provider"), talk_s=0.2)
    caller.finish()
    invite = sales.wait_for("INVITE")
    assert invite.header("From").startswith('"Provider"')
    assert stage.wait_event("QueueCallerJoin")["Queue"] == "sales"
    return invite.time - caller.wait_for("INVITE").time


def test_call_goes_on_when_odoo_is_slow(stage: Stage, oracle: type[Oracle]) -> None:
    oracle.answers["get_partner_manager"] = (200, "PJSIP/102")
    oracle.awake.clear()
    try:
        waited = rings_sales(stage)
    finally:
        oracle.awake.set()
    # One question of the three, three seconds.
    assert len(oracle.asked) == 1
    assert 2 <= waited <= 8


def test_call_goes_on_when_odoo_is_away(
    stage: Stage, asterisk: Asterisk, oracle: type[Oracle], oracle_url: str
) -> None:
    # Nobody listens there.
    asterisk.cli("dialplan set global ODOO_URL http://127.0.0.1:9")
    try:
        waited = rings_sales(stage)
    finally:
        asterisk.cli(f"dialplan set global ODOO_URL {oracle_url}")
    assert waited <= 3
    assert oracle.asked == []


@pytest.mark.parametrize(
    ("number", "asked"),
    [
        ("0470&db=other", "number=0470&"),
        ("0470%26x=1#", "number=04701&"),
        ("1,post=2", "number=12&"),
        ("1)%7D$%7BSHELL(id)", "number=1"),
        ("anonymous", ""),
    ],
)
def test_a_strangers_caller_id_stays_text(
    stage: Stage, oracle: type[Oracle], number: str, asked: str
) -> None:
    stage.phone("101")
    stage.inbound("101", Caller(number), talk_s=0.2).finish()
    if asked:
        assert oracle.asked[0].partition("?")[2].startswith(asked)
        assert "other" not in oracle.asked[0]
        assert "uid" not in oracle.asked[0]
    else:
        assert oracle.asked == []


def recorded(stage: Stage) -> list[str]:
    """Return the files that the calls so far, now over, were recorded into."""
    stage.wait_idle()
    told = [one for one in stage.ami.events("VarSet") if one["Variable"] == "MIXMONITOR_FILENAME"]
    folder = stage.asterisk.spool / "monitor"
    files = [folder / Path(one["Value"]).name for one in told]
    for file in files:
        wait_until(file.is_file, f"recording {file.name}", 60)
    assert [file.stem for file in files] == [one["Uniqueid"] for one in told]
    return [one["Channel"].rpartition("-")[0] for one in told]


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


def test_partner_manager_is_called(stage: Stage, oracle: type[Oracle]) -> None:
    oracle.answers["get_partner_manager"] = (200, "PJSIP/102&PJSIP/103")
    bob, carol = stage.phone("102", "never"), stage.phone("103")
    stage.inbound("999999", talk_s=0.2).finish()
    assert carol.find("INVITE", 200) is not None
    bob.wait_for("CANCEL")
    assert recorded(stage) == ["PJSIP/103"]


@pytest.mark.parametrize(
    "answer", ["PJSIP/102,1,g&x", "PJSIP/102):0:1", 'PJSIP/"102', "<html>", "System(touch x)"]
)
def test_what_is_no_channel_is_not_called(stage: Stage, oracle: type[Oracle], answer: str) -> None:
    oracle.answers["get_partner_manager"] = (200, answer)
    sales = stage.phone("101")
    stage.inbound("999999", talk_s=0.2).finish()
    assert sales.find("INVITE", 200) is not None
    assert stage.wait_event("QueueCallerJoin")["Queue"] == "sales"


@pytest.mark.parametrize(
    ("tags", "queue"), [("B2B,VIP", "vip"), ("VIPER,B2B", "sales"), ("", "sales")]
)
def test_vip_goes_to_the_vip_queue(
    stage: Stage, oracle: type[Oracle], tags: str, queue: str
) -> None:
    oracle.answers["get_caller_tags"] = (200, tags)
    stage.phone("101")
    stage.inbound("999999", talk_s=0.2).finish()
    assert stage.wait_event("QueueCallerJoin")["Queue"] == queue


@pytest.mark.parametrize(("digits", "sent"), [("101", "101"), ("", ""), ("1 2${X}", "12")])
def test_post_dial_digits_are_sent_after_the_answer(stage: Stage, digits: str, sent: str) -> None:
    stage.phone("101")
    trunk = stage.trunk(talk_s=5 if sent else 2.5)
    variables = {"Variable": f"__dtmf_digits={digits}"}
    stage.originate("PJSIP/101", "+32470000001", **variables)
    trunk.wait_for("BYE")
    signals = [m.body for m in trunk.messages() if m.method == "INFO" and not m.sent]
    assert [body.split("\n")[0].strip() for body in signals] == [
        f"Signal={digit}" for digit in sent
    ]


def test_phones_call_each_other(stage: Stage) -> None:
    stage.phone("102")
    stage.desk("101", "102", talk_s=0.2).finish()
    assert stage.wait_event("DialEnd")["DialStatus"] == "ANSWER"


def test_a_phone_that_registers_is_found(stage: Stage) -> None:
    phone = stage.phone("104")
    stage.inbound("104", talk_s=0.2).finish()
    assert phone.find("INVITE", 200) is not None
    phone.stop()
    phone.register(0)
    stage.inbound("104").finish()
    assert stage.ami.events("DialEnd")[-1]["DialStatus"] == "ANSWER"


@pytest.mark.parametrize("number", ["0470000001", "+32470000001"])
def test_phones_call_out(stage: Stage, number: str) -> None:
    trunk = stage.trunk()
    stage.desk("101", number, talk_s=0.2).finish()
    assert f"sip:{number}@" in trunk.wait_for("INVITE").start


@pytest.mark.parametrize("dialled", ["+32470000001%2C60%2CG(x)", "+3247%220000001"])
def test_a_dialled_number_cannot_become_dialplan(stage: Stage, dialled: str) -> None:
    trunk = stage.trunk()
    stage.desk("101", dialled, talk_s=0.2).finish()
    number = trunk.wait_for("INVITE").start.partition("sip:")[2].partition("@")[0]
    assert number.startswith("+3247")
    assert set(number) <= set("+0123456789")
    assert stage.wait_event("DialEnd")["DialStatus"] == "ANSWER"


def test_a_dialled_number_from_outside_cannot_become_dialplan(
    stage: Stage, oracle: type[Oracle]
) -> None:
    stage.phone("101")
    stage.inbound("999%2Clab%2C602%2C1", talk_s=0.2).finish()
    assert stage.wait_event("QueueCallerJoin")["Queue"] == "sales"
