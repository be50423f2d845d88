"""sipp's message log, as sipp 3.6 writes it."""

from pathlib import Path

from lab import sip_log

LOG = """----------------------------------------------- 2026-11-23\t04:02:00.804123
UDP message received [501] bytes :

INVITE sip:101@127.0.0.1:20620 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:22820;rport
From: "Jane" <sip:+32470000001@127.0.0.1>;tag=a
CSeq: 3741 INVITE
Alert-Info: ;info=alert-autoanswer
Content-Length: 3

v=0

----------------------------------------------- 2026-11-23\t04:02:02.500000
UDP message sent (303 bytes):

SIP/2.0 200 OK
Via: SIP/2.0/UDP one
Via: SIP/2.0/UDP two
CSeq: 3741 INVITE
Content-Length: 0

"""


def test_messages_have_times_sides_and_headers(tmp_path: Path) -> None:
    path = tmp_path / "messages.log"
    path.write_text(LOG)
    invite, answer = sip_log.read(path)
    assert (invite.method, invite.status, invite.sent) == ("INVITE", 0, False)
    assert invite.header("alert-info") == ";info=alert-autoanswer"
    assert invite.body == "v=0"
    assert (answer.method, answer.status, answer.sent) == ("INVITE", 200, True)
    assert answer.headers["via"] == ["SIP/2.0/UDP one", "SIP/2.0/UDP two"]
    assert round(answer.time - invite.time, 6) == 1.695877
    assert invite.time == 1795406520.804123


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert sip_log.read(tmp_path / "messages.log") == []


def test_a_message_that_is_just_being_written_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "messages.log"
    for end in range(len(LOG)):
        path.write_text(LOG[:end])
        assert len(sip_log.read(path)) <= 2
