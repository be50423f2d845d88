"""SCENARIOS 25: what a phone played is found in what Odoo serves."""

import hashlib
import io
import urllib.request
from collections.abc import Iterator

import pytest
import soundfile
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
FIELDS = ["kind", "filename", "call_id", "partner_id", "duration", "size", "checksum", "audio_url"]
RANGE = (100, 1099)
SECOND_BYTES = 2 * melody.RATE
FORMATS = {16: "as-is", 22: "mp3"}


@pytest.fixture(scope="module")
def agent(lab: Lab, office: Office, people: Cast, asterisk: Asterisk) -> Iterator[Agent]:
    """An agent that takes recordings: of 16 as they are, of 22 as MP3."""
    settings = recording_settings(asterisk) | {"RECORDINGS_FORMAT": FORMATS[asterisk.version]}
    running = office.agent(asterisk, settings)
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
    path = path.with_suffix(".wav")
    wait_until(lambda: not path.exists(), "the file is gone from Asterisk's disk", 60)


def is_as_sent(asterisk: Asterisk, recording: Record, content: bytes) -> list[int]:
    """Compare what Odoo serves with what Odoo says of it, and the sound with the melody that was
    played; return the sound.
    """
    assert len(content) == recording["size"]
    assert hashlib.sha256(content).hexdigest() == recording["checksum"]
    ending = "mp3" if FORMATS[asterisk.version] == "mp3" else "wav"
    assert recording["filename"].endswith(f".{ending}")
    found, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    assert rate == melody.RATE
    sound = [int(one) for one in found]
    likeness, seconds = melody.find(sound)
    wanted = melody.SECONDS - melody.TONE_S
    told, lasts = recording["duration"], len(sound) / melody.RATE
    print(  # noqa: T201
        f"\n{recording['kind']} on {asterisk.version} as {ending}: correlation {likeness:.3f}; "
        f"{seconds:.3f} s between first and last tone, sent {wanted:.3f}; "
        f"lasts {lasts:.2f} s, Odoo says {told:.2f}"
    )
    assert likeness > 0.9
    assert abs(seconds - wanted) < 0.2
    assert abs(told - lasts) < 0.2
    return sound


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
    is_as_sent(asterisk, recording, content)
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


def leave_message(stage: Stage, tune: str) -> None:
    """Let Jane speak to Alice's mailbox until there is more than a second of it, and end."""
    spoken = stage.asterisk.spool / "voicemail/default/101/tmp"
    jane = stage.inbound("603", during=[During(play=tune)])
    wait_until(
        lambda: any(file.stat().st_size > SECOND_BYTES for file in spoken.glob("*.wav")),
        "she is recorded",
        30,
    )
    stage.asterisk.cli("channel request hangup all")
    jane.finish()
    stage.wait_event("VarSet", Variable="VMSTATUS", Value="SUCCESS")
    stage.wait_idle()


def test_messages_in_a_mailbox_are_recordings_of_their_calls(
    stage: Stage, book: Book, asterisk: Asterisk, people: Cast
) -> None:
    tune = asterisk.folder.parent / "long.alaw"
    melody.write_alaw(tune)
    tune.write_bytes(5 * tune.read_bytes())
    inbox, old = (asterisk.spool / f"voicemail/default/101/{one}" for one in ("INBOX", "Old"))
    calls = []
    for number in range(2):
        before = book.last_id()
        leave_message(stage, str(tune))
        calls.append(call := book.wait_only(before))
        message = of_kind("voicemail", wait_recordings(book.odoo, call, 2))
        assert message["partner_id"][0] == people.jane
        # The mailbox keeps it. When Alice has heard it, the next one is given its number.
        content, there = heard(book.odoo, message), (inbox / "msg0000.wav").read_bytes()
        if FORMATS[asterisk.version] == "as-is":
            assert content == there
        lasts = len(melody.read_wav(there)) / melody.RATE
        assert lasts > 1
        assert abs(message["duration"] - lasts) < 0.2
        old.mkdir(exist_ok=True)
        for name in ("msg0000.txt", "msg0000.wav"):
            (inbox / name).rename(old / name.replace("0000", f"000{number}"))
    assert [len(recordings(book.odoo, call)) for call in calls] == [2, 2]


def of_kind(kind: str, found: list[Record]) -> Record:
    (one,) = [record for record in found if record["kind"] == kind]
    return one


def test_who_says_never_is_not_recorded_in_either_direction(
    office: Office, people: Cast, stage: Stage, book: Book
) -> None:
    tune = stage.asterisk.folder.parent / "melody.alaw"
    melody.write_alaw(tune)
    play = [During(play=str(tune)), During(after_s=1)]
    bob, choice = ("asterisk_plus.user", people.bob_pbx), "record_calls"
    book.odoo.write(*bob, {choice: "never"})
    # What happens when Odoo is slow is another test's.
    stage.asterisk.cli("dialplan set global RECORDING_WAIT 30")
    try:
        before = book.last_id()
        stage.phone("102", ring_s=0.1)
        stage.trunk(ring_s=0.1)
        stage.inbound("888", talk_s=0.2, during=play).finish()  # to a queue, where Bob answers
        stage.desk("102", "+32470000001", talk_s=0.2, during=play).finish()
        stage.desk("101", "102", talk_s=0.2, during=play).finish()
        stage.wait_idle()
        told = stage.ami.events("VarSet")
        assert not [one for one in told if one["Variable"] == "MIXMONITOR_FILENAME"]
        assert {one["status"] for one in book.wait_all(before, 3)} == {"answered"}
        # Alice has said nothing.
        before = book.last_id()
        stage.desk("101", "+32470000001", talk_s=0.2, during=play).finish()
        call = book.wait_only(before)
        wait_recordings(book.odoo, call, 1)
    finally:
        book.odoo.write(*bob, {choice: "server"})


CONVERT = """#!/bin/sh
# A post-command as they are: it takes its time, and removes what it made the other of.
sleep 1
/usr/sbin/asterisk -C /mnt/run/etc/asterisk.conf -rx "file convert $1.wav $1.gsm"
rm "$1.wav"
"""


def test_of_what_a_post_command_converts_there_is_one_recording(
    agent: Agent, people: Cast, stage: Stage, book: Book
) -> None:
    agent.stop()
    agent.settings["RECORDINGS_POST_COMMAND"] = "gsm"
    agent.start()
    script, before = stage.asterisk.spool / "convert.sh", book.last_id()
    script.write_text(CONVERT)
    script.chmod(0o755)
    # "file convert" is its command.
    assert "Loaded" in stage.asterisk.cli("module load res_convert.so")
    try:
        stage.phone("102", ring_s=0.1)
        tune = stage.asterisk.folder.parent / "melody.alaw"
        melody.write_alaw(tune)
        playing = [During(after_s=1, play=str(tune)), During(after_s=melody.SECONDS)]
        book.odoo.write("asterisk_plus.server", people.server, {"record_calls": "none"})
        stage.asterisk.cli("dialplan set global RECORDING_WAIT 30")
        ringing = stage.desk("101", "102", talk_s=0.5, during=playing)
        channel = stage.wait_event("BridgeEnter")["Channel"]
        uniqueid = stage.wait_event("Newchannel", Channel=channel)["Uniqueid"]
        path = f"/mnt/run/spool/monitor/{uniqueid}"
        command = f"/mnt/run/spool/convert.sh {path}"
        monitor(stage, "MixMonitor", channel, File=f"{path}.wav", Command=command)
        ringing.finish()
        call = book.wait_only(before)
        (found,) = wait_recordings(book.odoo, call, 1)
        wait_gone(stage.asterisk, found)
        assert found["filename"] == f"{uniqueid}.gsm"
        # 33 bytes are 20 ms.
        assert abs(found["size"] / 33 / 50 - melody.SECONDS - 1) < 1.5
        folder = stage.asterisk.spool / "monitor"
        wait_until(lambda: not list(folder.glob(f"{uniqueid}*")), "nothing is left", 60)
        assert len(recordings(book.odoo, call)) == 1
    finally:
        book.odoo.write("asterisk_plus.server", people.server, {"record_calls": "all"})
        agent.stop()
        del agent.settings["RECORDINGS_POST_COMMAND"]
        agent.start()


def test_nobody_answers_and_nothing_is_kept(stage: Stage, book: Book) -> None:
    before = book.last_id()
    stage.phone("101", answer="486 Busy Here", ring_s=0.1)
    stage.inbound("101").finish()
    call = book.wait_only(before)
    folder = stage.asterisk.spool / "monitor"
    wait_until(lambda: not list(folder.glob("*.wav")), "no file is left", 60)
    assert not recordings(book.odoo, call)


def monitor(stage: Stage, action: str, channel: str, **more: str) -> dict[str, str]:
    answer = stage.ami.send({"Action": action, "Channel": channel, **more})
    assert answer["Response"] == "Success", answer
    return answer


def test_several_recordings_of_one_call(stage: Stage, book: Book) -> None:
    before = book.last_id()
    tune = stage.asterisk.folder.parent / "long.alaw"
    melody.write_alaw(tune)
    # Long enough for a command on a busy machine to come while there is sound.
    tune.write_bytes(3 * tune.read_bytes())
    stage.phone("101", ring_s=0.1)
    ringing = stage.inbound("101", talk_s=8.0, during=[During(play=str(tune), after_s=0.5)])
    stage.wait_event("BridgeEnter")
    channel = next(name for name in stage.channels() if name.startswith("PJSIP/trunk"))
    uniqueid = stage.wait_event("Newchannel", Channel=channel)["Uniqueid"]
    wanted = {uniqueid, "sales/caller-of-acme", "begun/early"}
    monitor(stage, "MixMonitor", channel, File="sales/caller-of-acme.wav")
    begun = monitor(stage, "MixMonitor", channel, File="begun/early.wav", Options="i(EARLY)")
    if stage.asterisk.version == 16:
        # Monitor() is no more in 22. It tells nobody: the name does. Of the phone, which is silent,
        # it makes a file without any sound.
        assert "Loaded" in stage.asterisk.cli("module load res_monitor.so")
        monitor(stage, "Monitor", channel, File=uniqueid, Format="wav")
        wanted |= {f"{uniqueid}-in"}
    early = stage.asterisk.spool / "monitor/begun/early.wav"
    wait_until(lambda: early.exists() and early.stat().st_size > melody.RATE, "it records", 10)
    monitor(stage, "StopMixMonitor", channel, MixMonitorID=begun["MixMonitorID"])
    ringing.finish()
    call = book.wait_only(before)
    found = wait_recordings(book.odoo, call, len(wanted))
    assert sorted(one["filename"].rpartition(".")[0] for one in found) == sorted(wanted)
    for one in found:
        wait_gone(stage.asterisk, one)
    assert len(recordings(book.odoo, call)) == len(wanted)
