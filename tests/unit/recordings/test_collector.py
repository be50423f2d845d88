"""The collector on a real folder, with an Odoo that may be away, forgetful or slow to know."""

import os
from pathlib import Path

import pytest

from asterisk_agent.core.errors import OdooServerError, OdooUnreachableError
from asterisk_agent.recordings.collector import CUT_OFF_S, POST_COMMAND_S, Collector, uniqueids_in
from asterisk_agent.recordings.folder import RecordingFolder
from asterisk_agent.recordings.notes import Note, Notes
from asterisk_agent.recordings.upload import Answer, Offer
from fakes.clock import FakeClock

NAME = "1795407584.0.mp3"


class Odoo:
    """Keeps what it is given, as the addon does; ``fault`` is raised once, at that call."""

    def __init__(self) -> None:
        self.calls: set[str] = {"1795407584.0"}
        self.parts: dict[str, bytes] = {}
        self.kept: list[tuple[str, bytes]] = []
        self.faults: dict[str, Exception] = {}
        self.offers: list[Offer] = []

    def _fault(self, call: str) -> None:
        if call in self.faults:
            raise self.faults.pop(call)

    def begin(self, offer: Offer) -> Answer:
        self._fault("begin")
        self.offers.append(offer)
        if any(name == offer.filename for name, _ in self.kept):
            return Answer("done", offer.size)
        if not self.calls & {*offer.uniqueids, offer.linkedid}:
            return Answer("no_call")
        return Answer("wanted", len(self.parts.get(offer.sha256, b"")))

    def send(self, offer: Offer, offset: int, piece: bytes) -> int:
        there = self.parts.setdefault(offer.sha256, b"")
        if offset == len(there):
            self.parts[offer.sha256] = there + piece
        self._fault("send")
        return len(self.parts[offer.sha256])

    def finish(self, offer: Offer) -> None:
        self._fault("finish")
        self.kept.append((offer.filename, self.parts.pop(offer.sha256)))
        self._fault("finished")


class Desk:
    """A folder, an Odoo and a collector between them."""

    def __init__(self, tmp_path: Path, *, keep: bool = False, made: str = "") -> None:
        self.root = tmp_path / "monitor"
        self.root.mkdir()
        self.clock, self.odoo = FakeClock(), Odoo()
        self.notes = Notes(None)
        self.notes.open(0.0)
        folder = RecordingFolder(self.root)
        more = {"keep": keep, "made": made}
        self.collector = Collector(folder, self.notes, self.odoo, self.clock, **more)

    def write(self, name: str, content: bytes = b"sound" * 1000) -> Path:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def turn(self, wait_s: float = 100.0) -> list[str]:
        self.collector.due()
        self.clock.sleep(wait_s)
        names = self.collector.due()
        for name in names:
            self.collector.take(name)
        return names


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_recording_goes_over_and_its_file_goes(desk: Desk) -> None:
    path = desk.write(NAME)
    assert desk.turn() == [NAME]
    assert desk.odoo.kept == [(NAME, b"sound" * 1000)]
    assert not path.exists()


@pytest.mark.parametrize("call", ["begin", "send", "finish", "finished"])
@pytest.mark.parametrize("fault", [OdooUnreachableError("away"), OdooServerError("no")])
def test_whatever_breaks_it_arrives_once(desk: Desk, call: str, fault: Exception) -> None:
    path = desk.write(NAME)
    desk.odoo.faults[call] = fault
    desk.turn()
    assert path.exists()
    desk.turn()
    assert desk.odoo.kept == [(NAME, b"sound" * 1000)]
    assert not path.exists()


def test_a_file_that_somebody_writes_is_left_alone(desk: Desk) -> None:
    path = desk.write(NAME)
    with path.open("ab") as writer:
        desk.turn(1.0)
        writer.write(b"more")
        writer.flush()
        assert desk.turn(1.0) == []
    assert desk.turn() == [NAME]
    assert desk.odoo.kept[0][1].endswith(b"more")


def test_a_file_that_went_on_is_not_removed(desk: Desk) -> None:
    path = desk.write(NAME)
    finish = desk.odoo.finish

    def and_more(offer: Offer) -> None:
        finish(offer)
        path.write_bytes(b"another")

    desk.odoo.finish = and_more  # type: ignore[method-assign]
    desk.turn()
    assert path.read_bytes() == b"another"


def test_an_empty_one_is_removed_and_not_kept(desk: Desk) -> None:
    path = desk.write(NAME, b"")
    desk.turn()
    assert not path.exists()
    assert not desk.odoo.offers


def test_one_that_was_cut_off_goes_when_it_is_quiet(desk: Desk) -> None:
    name = NAME.replace("mp3", "wav")
    path = desk.write(name, b"RIFF\0\0\0\0WAVEdata\0\0\0\0" + b"sound" * 100)
    assert desk.turn(CUT_OFF_S - 1.0) == []
    desk.clock.sleep(2.0)
    desk.turn(0.0)
    assert not path.exists()


def test_what_has_no_call_stays(desk: Desk) -> None:
    unknown = desk.write("1795409999.0.wav", b"sound" * 100)
    desk.odoo.calls.clear()
    desk.turn()
    assert unknown.exists()


def test_an_archive_and_strangers_files_are_left_alone(desk: Desk) -> None:
    old = desk.write(NAME)
    os.utime(old, (-10, -10))
    desk.write("announcement.wav", b"sound")
    assert desk.turn() == []


def test_asterisks_word_links_a_file_of_any_name_also_behind_a_post_command(desk: Desk) -> None:
    desk.collector.note([Note("sales/acme", "1795407584.0", "1795407584.0", 1.0)])
    desk.write("sales/acme.mp3")
    assert desk.turn() == ["sales/acme.mp3"]
    assert desk.odoo.offers[0].uniqueids == ("1795407584.0",)


def test_files_that_shall_stay_go_over_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path, keep=True)
    path = desk.write(NAME)
    assert desk.turn() == [NAME]
    assert desk.turn() == []
    assert path.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1795407584.12.wav", ("1795407584.12",)),
        (
            "2026/pbx-1-1795407584.12.wav",
            ("pbx-1-1795407584.12", "1-1795407584.12", "1795407584.12"),
        ),
        ("in-1795407584.12-alice.wav", ("in-1795407584.12", "1795407584.12")),
        ("pbx-1795407584.12-in.wav", ("pbx-1795407584.12", "1795407584.12")),
        ("to_1795407584.12.wav", ("1795407584.12",)),
        ("announcement.wav", ()),
    ],
)
def test_a_name_tells_its_channel(name: str, expected: tuple[str, ...]) -> None:
    assert uniqueids_in(name) == expected


def test_a_message_is_offered_with_its_channel_and_time(desk: Desk) -> None:
    desk.odoo.calls.add("")  # this Odoo finds its call by the channel
    desk.write("voicemail-101-1795647266-abababab.wav", b"message")
    desk.clock.sleep(100.0)
    assert desk.turn() == []  # nothing is known of it
    desk.notes.add_message("voicemail-101-1795647266-abababab.wav", "PJSIP/trunk-00000000", 1.5e9)
    assert desk.turn() == ["voicemail-101-1795647266-abababab.wav"]
    offer = desk.odoo.offers[-1]
    assert (offer.kind, offer.channel, offer.started) == (
        "voicemail",
        "PJSIP/trunk-00000000",
        1.5e9,
    )
    assert offer.uniqueids == ()


@pytest.mark.parametrize("keep", [False, True])
def test_of_what_a_post_command_converts_one_goes_over(tmp_path: Path, keep: bool) -> None:
    desk = Desk(tmp_path, keep=keep, made="mp3")
    wav = desk.write("1795407584.0.wav", b"RIFF")
    assert desk.turn() == []
    mp3 = desk.write(NAME)
    assert desk.turn() == [NAME]
    assert [name for name, _ in desk.odoo.kept] == [NAME]
    # The command may leave it there.
    assert (wav.exists(), mp3.exists()) == (keep, keep)
    assert desk.turn(POST_COMMAND_S) == []


def test_what_a_post_command_failed_to_convert_goes_over_as_it_is(tmp_path: Path) -> None:
    desk = Desk(tmp_path, made="mp3")
    wav = desk.write("1795407584.0.wav", b"sound")
    assert desk.turn(POST_COMMAND_S - 1) == []
    assert wav.exists()
    assert desk.turn(1.0) == ["1795407584.0.wav"]
    assert not wav.exists()
