"""SCENARIOS 25: what a phone played is found in what Odoo serves."""

import hashlib
import urllib.request
from collections.abc import Iterator

import pytest
from lab import melody
from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.book import Book, Record
from lab.cast import ALICE, BOB, Cast
from lab.chaos.recordings import RECORDING
from lab.office import Office, recording_settings
from lab.process import wait_until
from lab.rpc import OdooRpc
from lab.sip_scenario import During
from lab.stack import Lab
from lab.stage import Stage

pytestmark = pytest.mark.lab
FIELDS = ["filename", "call_id", "partner_id", "duration", "size", "checksum", "audio_url"]
RANGE = (100, 1099)


@pytest.fixture(scope="module")
def agent(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """An agent that takes recordings."""
    running = office.agent(asterisk, recording_settings(asterisk))
    yield running
    lab.drop(running)


def recordings(odoo: OdooRpc, call: Record) -> list[Record]:
    return odoo.search_read(RECORDING, [["call_id", "=", call["id"]]], FIELDS, order="filename")


def wait_recordings(odoo: OdooRpc, call: Record, count: int) -> list[Record]:
    wait_until(lambda: len(recordings(odoo, call)) >= count, f"{count} recordings in Odoo", 60)
    return recordings(odoo, call)


def heard(odoo: OdooRpc, recording: Record, only: tuple[int, int] | None = None) -> bytes:
    """Return what Odoo serves of a recording."""
    request = urllib.request.Request(odoo.url + recording["audio_url"])
    if only:
        request.add_header("Range", f"bytes={only[0]}-{only[1]}")
    with odoo._opener.open(request, timeout=30) as reply:
        assert reply.status == (206 if only else 200)
        return bytes(reply.read())


def wait_gone(asterisk: Asterisk, recording: Record) -> None:
    path = asterisk.spool / "monitor" / recording["filename"]
    wait_until(lambda: not path.exists(), "the file is gone from Asterisk's disk", 60)


def test_what_the_caller_played_is_heard_in_odoo(
    office: Office, people: Cast, asterisk: Asterisk, stage: Stage, book: Book
) -> None:
    before = book.last_id()
    tune = asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    stage.phone("101", ring_s=0.3)
    playing = [During(play=str(tune)), During(after_s=melody.SECONDS)]
    stage.inbound("101", talk_s=0.5, during=playing).finish()
    call = book.wait_only(before)
    (recording,) = wait_recordings(book.odoo, call, 1)
    assert recording["partner_id"][0] == people.jane
    alice = office.rpc(ALICE.login, people.password)
    content = heard(alice, recording)
    assert len(content) == recording["size"]
    assert hashlib.sha256(content).hexdigest() == recording["checksum"]
    sound = melody.read_wav(content)
    likeness, seconds = melody.find(sound)
    print(f"correlation {likeness:.3f}, {seconds:.3f} s between first and last tone")  # noqa: T201
    assert likeness > 0.9
    assert abs(seconds - (melody.SECONDS - melody.TONE_S)) < 0.2
    assert abs(recording["duration"] - len(sound) / melody.RATE) < 0.2
    assert heard(alice, recording, RANGE) == content[RANGE[0] : RANGE[1] + 1]
    wait_gone(asterisk, recording)
    assert not recordings(office.rpc(BOB.login, people.password), call)


def test_a_short_call_that_the_callee_ends_is_recorded(stage: Stage, book: Book) -> None:
    before = book.last_id()
    tune = stage.asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    stage.phone("101", ring_s=0.1, talk_s=2.0)
    stage.inbound("101", during=[During(play=str(tune))]).finish()
    call = book.wait_only(before)
    (recording,) = wait_recordings(book.odoo, call, 1)
    assert 1.0 < recording["duration"] < 5.0
    wait_gone(stage.asterisk, recording)


def test_nobody_answers_and_nothing_is_kept(stage: Stage, book: Book) -> None:
    before = book.last_id()
    stage.phone("101", answer="486 Busy Here", ring_s=0.1)
    stage.inbound("101").finish()
    call = book.wait_only(before)
    folder = stage.asterisk.spool / "monitor"
    wait_until(lambda: not list(folder.glob("*.wav")), "no file is left", 60)
    assert not recordings(book.odoo, call)


def test_two_recordings_of_one_call(stage: Stage, book: Book) -> None:
    before = book.last_id()
    tune = stage.asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    stage.phone("101", ring_s=0.1)
    # Long enough for a command on a busy machine to come in time.
    ringing = stage.inbound("101", talk_s=8.0, during=[During(play=str(tune), after_s=0.5)])
    stage.wait_event("BridgeEnter")
    channel = next(name for name in stage.channels() if name.startswith("PJSIP/trunk"))
    answer = stage.asterisk.cli(f"mixmonitor start {channel} sales/caller-of-acme.wav")
    assert "No channel" not in answer
    ringing.finish()
    call = book.wait_only(before)
    both = wait_recordings(book.odoo, call, 2)
    assert [one["filename"] for one in both][1] == "sales/caller-of-acme.wav"
    for one in both:
        wait_gone(stage.asterisk, one)
