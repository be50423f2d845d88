"""Mailboxes as app_voicemail of Asterisk 16 and 22 leaves them, read and copied."""

from pathlib import Path

import pytest

from asterisk_agent.core.errors import RecordingError
from asterisk_agent.recordings.folder import RecordingFolder
from asterisk_agent.recordings.mailboxes import Mailboxes, Message, facts_of
from asterisk_agent.recordings.notes import Notes
from asterisk_agent.services.voicemail import LOOK_EVERY_S, Voicemail
from fakes.clock import FakeClock

#: As Asterisk 22 wrote it; 16 has a line `macrocontext=` more.
TEXT = """;
; Message Information file
;
[message]
origmailbox=101
context=lab
exten=603
rdnis=unknown
priority=1
callerchan={channel}
callerid={callerid}
origdate=Wed Nov 25 10:54:26 PM UTC 2026
origtime={at}
category=
msg_id={at}-00000000
flag=
duration=3
"""
CHANNEL, AT = "PJSIP/trunk-00000000", 1_795_647_266
INBOX = "default/101/INBOX"


class Desk:
    """A folder of mailboxes, and the agent's part that looks into it."""

    def __init__(self, tmp_path: Path) -> None:
        self.root, self.copies = tmp_path / "voicemail", tmp_path / "copies"
        self.copies.mkdir()
        self.root.mkdir()
        self.clock, self.notes = FakeClock(AT + 60.0), Notes(None)
        self.notes.open(AT - 60.0)
        self.mailboxes = Mailboxes(RecordingFolder(self.root))
        self.voicemail = Voicemail(self.mailboxes, self.copies, self.notes, self.clock)

    def leave(
        self, place: str, sound: bytes, channel: str = CHANNEL, at: int = AT, **more: str
    ) -> Path:
        audio = self.root / f"{place}.wav"
        audio.parent.mkdir(parents=True, exist_ok=True)
        audio.write_bytes(sound)
        told = {"callerid": '"Jane" <+32470000001>', **more}
        text = TEXT.format(channel=channel, at=at, **told)
        audio.with_suffix(".txt").write_bytes(text.encode())
        return audio

    def move(self, place: str, to: str) -> None:
        for extension in ("wav", "txt"):
            target = self.root / f"{to}.{extension}"
            target.parent.mkdir(parents=True, exist_ok=True)
            (self.root / f"{place}.{extension}").rename(target)

    def look(self) -> dict[str, bytes]:
        self.voicemail.wake()
        self.voicemail.look()
        return {path.name: path.read_bytes() for path in self.copies.iterdir()}


def no_trouble(source: str, exc: RecordingError) -> None:
    raise AssertionError(f"{source}: {exc}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_message_is_copied_and_stays_in_its_mailbox(desk: Desk) -> None:
    audio = desk.leave(f"{INBOX}/msg0000", b"hello")
    copies = desk.look()
    assert list(copies.values()) == [b"hello"]
    (name,) = copies
    assert name.startswith(f"voicemail-101-{AT}-")
    assert desk.notes.message_of(name) == (CHANNEL, AT)
    assert audio.read_bytes() == b"hello"


def test_wherever_it_goes_it_is_taken_once(desk: Desk) -> None:
    desk.leave(f"{INBOX}/msg0000", b"hello")
    (name,) = desk.look()
    (desk.copies / name).unlink()  # Odoo has it
    desk.leave("default/102/INBOX/msg0000", b"hello")  # VoiceMail(101&102), or forwarded
    assert desk.look() == {}
    desk.move(f"{INBOX}/msg0000", "default/101/Old/msg0000")
    assert desk.look() == {}
    # The next one is given its number.
    desk.leave(f"{INBOX}/msg0000", b"another", at=AT + 30)
    assert list(desk.look().values()) == [b"another"]


def test_what_is_no_message_or_none_of_our_time_is_left(desk: Desk) -> None:
    desk.leave(f"{INBOX}/msg0000", b"old", at=AT - 3600)
    desk.leave("default/101/tmp/msg0001", b"being spoken")
    desk.leave(f"{INBOX}/msg0002", b"no time", at=0)
    desk.leave(f"{INBOX}/msg0003", b"nobody", channel="")
    (desk.root / "default/101/unavail.wav").write_bytes(b"a greeting")
    (desk.root / INBOX / "msg0004.wav").write_bytes(b"its text is not there yet")
    assert desk.look() == {}


def test_of_several_formats_one_is_taken(desk: Desk) -> None:
    audio = desk.leave(f"{INBOX}/msg0000", b"linear")
    audio.with_suffix(".WAV").write_bytes(b"gsm in a wav")
    audio.with_suffix(".gsm").write_bytes(b"gsm")
    assert list(desk.look().values()) == [b"linear"]


def test_one_whose_number_another_gets_meanwhile_is_not_taken(desk: Desk) -> None:
    desk.leave(f"{INBOX}/msg0000", b"first")
    (first,) = desk.mailboxes.messages(0.0, no_trouble)
    desk.leave(f"{INBOX}/msg0000", b"second", at=AT + 9)
    with pytest.raises(RecordingError, match="moved"):
        desk.mailboxes.copy(first, desk.copies / first.name)
    assert list(desk.look().values()) == [b"second"]


def test_mailboxes_are_looked_at_when_told_and_every_minute(desk: Desk) -> None:
    desk.voicemail.look()
    desk.leave(f"{INBOX}/msg0000", b"hello")
    desk.voicemail.look()
    assert not list(desk.copies.iterdir())
    desk.clock.sleep(LOOK_EVERY_S)
    desk.voicemail.look()
    assert list(desk.copies.iterdir())


def test_what_can_not_be_read_or_copied_is_told_once_with_the_cure(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    bad = desk.leave(f"{INBOX}/msg0000", b"a")
    good = desk.leave(f"{INBOX}/msg0001", b"b", at=AT + 1)
    text = bad.with_suffix(".txt")
    text.unlink()
    text.symlink_to(good.with_suffix(".txt"))  # root may read everything but what is refused
    assert list(desk.look().values()) == [b"b"]
    desk.look()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"{INBOX}/msg0000.wav can't be read" in caplog.text
    assert "let the group read" in caplog.text
    caplog.clear()
    bad.unlink()
    desk.look()
    desk.copies.rename(desk.copies.with_name("away"))
    desk.leave(f"{INBOX}/msg0002", b"c", at=AT + 2)
    for _ in range(2):
        desk.voicemail.wake()
        desk.voicemail.look()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert f"is there room in {desk.copies}?" in caplog.text


def test_links_are_not_followed(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"secret")
    audio = desk.leave(f"{INBOX}/msg0000", b"")
    audio.unlink()
    audio.symlink_to(secret)
    assert desk.look() == {}


def test_a_caller_id_with_lines_forges_neither_channel_nor_time(desk: Desk) -> None:
    forged = "x\ncallerchan=PJSIP/alice-00000001\norigtime=1\norigmailbox=../../x\n"
    desk.leave(f"{INBOX}/msg0000", b"hello", callerid=forged)
    (message,) = desk.mailboxes.messages(0.0, no_trouble)
    assert message == Message(message.name, f"{INBOX}/msg0000.wav", CHANNEL, AT)
    assert message.name.startswith("voicemail-101-")


def test_facts() -> None:
    told = facts_of(TEXT.format(channel=CHANNEL, callerid="a=b", at=AT))
    assert told["callerchan"] == CHANNEL
    assert told["callerid"] == "a=b"
    assert told["origtime"] == str(AT)
