"""The samples in `asterisk/`: real Asterisk 16 and 22 load them without a word, and they do what
they say.
"""

import pytest
from lab.asterisk import Asterisk
from lab.sip_scenario import Caller
from lab.stage import JANE, Stage
from tests.fakes.oracle import Oracle

from e2e.samples.calls import recorded

pytestmark = pytest.mark.lab


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
