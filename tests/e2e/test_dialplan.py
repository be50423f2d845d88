"""SCENARIOS 15: the dialplan asks the real Odoo by Asterisk's own CURL()."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
from lab.asterisk import Asterisk
from lab.cast import Cast
from lab.office import Office
from lab.sip_scenario import Caller
from lab.stage import Stage

pytestmark = pytest.mark.lab


@pytest.fixture
def told(office: Office, people: Cast, asterisk: Asterisk) -> None:
    """Odoo knows the cast, and Asterisk asks it."""


def test_caller_name_is_on_the_phone(told: None, stage: Stage) -> None:
    phone = stage.phone("101")
    stage.inbound("101", talk_s=0.2).finish()
    assert phone.wait_for("INVITE").header("From").startswith('"Jane (ACME)"')


def test_unknown_caller_keeps_the_trunks_name(told: None, stage: Stage) -> None:
    phone = stage.phone("101")
    stage.inbound("101", Caller("+32470999999", "Provider"), talk_s=0.2).finish()
    assert phone.wait_for("INVITE").header("From").startswith('"Provider"')


def test_call_goes_to_the_salesperson(told: None, stage: Stage) -> None:
    alice = stage.phone("101")
    stage.inbound("888", Caller("+32470000003"), talk_s=0.2).finish()  # Jim, no VIP
    assert alice.find("INVITE", 200) is not None
    assert stage.ami.events("QueueCallerJoin") == []


def test_vip_goes_to_the_vip_queue(told: None, stage: Stage) -> None:
    stage.phone("101")
    stage.inbound("888", talk_s=0.2).finish()
    assert stage.wait_event("QueueCallerJoin")["Queue"] == "vip"


def ask(office: Office, question: str, **parameters: str) -> tuple[int, str]:
    """Ask as a program on this machine, return status and body."""
    query = urllib.parse.urlencode(parameters)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(
            f"{office.nginx.url}/asterisk_plus/{question}?{query}", timeout=60
        ) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("get_caller_name", "Jane (ACME)"),
        ("get_partner_manager", "PJSIP/101"),
        ("get_caller_tags", "B2B,VIP"),
    ],
)
@pytest.mark.parametrize("number", ["+32470000001", "0032470000001", "0470000001", "32470000001"])
def test_answers(told: None, office: Office, question: str, answer: str, number: str) -> None:
    status, body = ask(office, question, number=number, country="BE", db=office.database)
    assert status == 200
    assert sorted(body.split(",")) == answer.split(",")


@pytest.mark.parametrize("question", ["get_caller_name", "get_partner_manager", "get_caller_tags"])
@pytest.mark.parametrize(
    "number", ["", "anonymous", "s", "101", "sip:x@y", "+32470999999", "' or 1=1 --"]
)
def test_unknown_is_empty(told: None, office: Office, question: str, number: str) -> None:
    assert ask(office, question, number=number, db=office.database) == (200, "")


@pytest.mark.parametrize("question", ["get_caller_name", "get_partner_manager", "get_caller_tags"])
def test_failure_has_an_empty_body_and_an_error_status(
    told: None, office: Office, question: str
) -> None:
    status, body = ask(office, question, number="+32470000001", db="no_such_database")
    assert (status >= 400, body) == (True, "")


@pytest.mark.parametrize("question", ["get_caller_name", "get_partner_manager", "get_caller_tags"])
def test_stranger_is_refused(told: None, office: Office, question: str) -> None:
    admin = office.admin()
    kept = admin.search_read("asterisk_plus.settings", [], ["permitted_addresses"], limit=1)[0]
    admin.write("asterisk_plus.settings", kept["id"], {"permitted_addresses": "192.0.2.1"})
    try:
        status, body = ask(office, question, number="+32470000001", db=office.database)
    finally:
        values = {"permitted_addresses": kept["permitted_addresses"]}
        admin.write("asterisk_plus.settings", kept["id"], values)
    assert (status, body) == (403, "")
