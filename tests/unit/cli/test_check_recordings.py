"""The line of ``check`` on recordings, as somebody sees it who is not almighty."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asterisk_agent.cli.recordings import look, look_at_mailboxes
from asterisk_agent.core.config import load_settings
from asterisk_agent.core.errors import RecordingError
from asterisk_agent.core.settings import Settings
from asterisk_agent.services import recordings

ENVIRON = {
    "ODOO_URL": "https://odoo.example",
    "ODOO_DB": "acme",
    "ODOO_USER": "agent",
    "ODOO_PASSWORD": "a-long-random-word",
    "ASTERISK_AMI_USER": "odoo",
    "ASTERISK_AMI_PASSWORD": "another-random-word",
    "AMQP_URI": "pyamqp://localhost",
}
#: Root may read and write everything; without its capabilities it may what the modes say.
WEAK = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]


def settings(**given: object) -> Settings:
    named = {name.upper(): str(value) for name, value in given.items()}
    return load_settings({**ENVIRON, **named})


def test_a_good_folder(tmp_path: Path) -> None:
    (tmp_path / "1795407584.0.wav").write_bytes(b"sound")
    assert look(settings(recordings_folder=tmp_path)).startswith(f"{tmp_path}: 1 files wait, ")


def test_none_are_wanted_or_there_is_no_folder(tmp_path: Path) -> None:
    assert "left alone" in look(settings(recordings_enabled="no"))
    with pytest.raises(RecordingError, match="there is no folder"):
        look(settings(recordings_folder=tmp_path / "missing"))


def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterisk_agent.cli.recordings.LITTLE_ROOM_BYTES", 1 << 62)
    assert recordings.LITTLE_ROOM_BYTES < 1 << 62
    with pytest.raises(RecordingError, match=r"MB left"):
        look(settings(recordings_folder=tmp_path))


def test_mailboxes(tmp_path: Path) -> None:
    wanted = {"voicemail_folder": tmp_path, "recordings_folder": tmp_path}
    inbox = tmp_path / "default/101/INBOX"
    inbox.mkdir(parents=True)
    for number in ("0000", "0001"):
        (inbox / f"msg{number}.wav").write_bytes(b"sound")
        told = f"callerchan=PJSIP/1-{number}\norigtime=1795647266\n"
        (inbox / f"msg{number}.txt").write_text(told)
    assert look_at_mailboxes(settings(**wanted)) == f"{tmp_path}: 2 messages"
    assert "left alone" in look_at_mailboxes(settings(**wanted, recordings_voicemail="no"))
    with pytest.raises(RecordingError, match="can't be read"):
        look_at_mailboxes(settings(voicemail_folder=tmp_path / "missing"))
    (inbox / "msg0001.txt").unlink()
    (inbox / "msg0001.txt").symlink_to("msg0000.txt")
    with pytest.raises(RecordingError, match=r"1 messages in .*INBOX/msg0001\.wav"):
        look_at_mailboxes(settings(**wanted))


def test_what_may_not_be_read_or_removed(tmp_path: Path) -> None:
    closed, fixed = tmp_path / "closed", tmp_path / "fixed"
    for folder in (closed, fixed / "sales"):
        folder.mkdir(parents=True)
        (folder / "1795407584.0.wav").write_bytes(b"sound")
    (closed / "1795407584.0.wav").chmod(0)
    (fixed / "sales").chmod(0o555)
    script = (
        "import json, sys\n"
        "from test_check_recordings import settings, look, RecordingError\n"
        "def said(**given):\n"
        "    try: return look(settings(**given))\n"
        "    except RecordingError as exc: return exc.message\n"
        f"closed, fixed = {str(closed)!r}, {str(fixed)!r}\n"
        "print(json.dumps([said(recordings_folder=closed), said(recordings_folder=fixed),"
        " said(recordings_folder=fixed, recordings_keep='yes')]))"
    )
    command = [*(WEAK if os.geteuid() == 0 else []), sys.executable, "-c", script]
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    ended = subprocess.run(command, check=True, capture_output=True, env=environ, timeout=60)
    unread, kept_on_disk, kept = json.loads(ended.stdout)
    assert unread == f"1 files in {closed} can't be read, one is 1795407584.0.wav"
    assert kept_on_disk.startswith(f"nothing can be removed from {fixed / 'sales'}:")
    assert kept.startswith(f"{fixed}: 1 files wait")
