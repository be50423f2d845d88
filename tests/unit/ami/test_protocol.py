"""Bytes in, messages out, however they are cut."""

from functools import lru_cache
from pathlib import Path

import pytest

from asterisk_agent.ami import block
from asterisk_agent.ami.message import Banner, Event, Message, Response
from asterisk_agent.ami.protocol import MAX_BANNER_BYTES, AMIProtocol
from asterisk_agent.core.errors import AmiRemoteError
from unit.ami.samples import BANNER, CALLS, SECURITY, read, stream


def plain_reading(data: bytes) -> list[list[tuple[str, str]]]:
    """Read slowly and obviously, line by line: the reference that the protocol must equal."""
    blocks: list[list[tuple[str, str]]] = [[]]
    for raw in data.split(b"\r\n")[1:]:
        line = raw.decode("utf-8", "replace")
        if line:
            name, _, value = line.partition(": ")
            blocks[-1].append((name, value))
        elif blocks[-1]:
            blocks.append([])
    return [pairs for pairs in blocks if pairs]


@pytest.mark.parametrize("path", CALLS, ids=lambda p: p.name)
def test_a_recorded_call_is_read_wholly(path: Path) -> None:
    data = stream(path)
    (banner, *messages), protocol = read(data)
    assert isinstance(banner, Banner)
    expected = plain_reading(data)
    assert len(messages) == len(expected)
    for message, pairs in zip(messages, expected, strict=True):
        assert isinstance(message, (Event, Response))
        flat = message.to_flat()
        for name in dict(pairs):
            values = [value for header, value in pairs if header == name]
            assert flat[name] == (values[0] if len(values) == 1 else values)
    assert protocol.rejected == {}


ONE_CALL = [path for path in (*CALLS, *SECURITY) if path.suffix != ".gz"]


def window(data: bytes, cut: int) -> tuple[bytes, bytes]:
    """Return the blocks around a cut, as the two reads that it makes of them.

    What lies further away was complete before, or comes after: no cut can reach it.
    """
    start = data.rfind(b"\r\n\r\n", 0, max(0, cut - 8)) + 4
    end = data.find(b"\r\n\r\n", cut) + 4
    return data[start if start > 3 else 0 : cut], data[cut : end if end > 3 else len(data)]


@pytest.mark.parametrize("path", ONE_CALL, ids=lambda p: p.name)
def test_a_stream_cut_at_any_byte_gives_the_same_messages(path: Path) -> None:
    data = stream(path).removeprefix(BANNER)
    for cut in range(1, len(data)):
        first, second = window(data, cut)
        assert read(BANNER + first + second, len(BANNER + first))[0] == uncut(first + second)


@lru_cache(maxsize=4)
def uncut(data: bytes) -> list[Message]:
    return read(BANNER + data)[0]


@pytest.mark.parametrize("path", [*CALLS, *SECURITY], ids=lambda p: p.name)
def test_a_stream_in_bites_gives_the_same_messages(path: Path) -> None:
    data = stream(path)
    whole, first = read(data)
    for size in (1, 10) if len(data) < 100_000 else (7, 1460):
        bites, second = read(data, *range(size, len(data), size))
        assert bites == whole
        assert second.rejected == first.rejected


def test_the_stray_crlf_behind_a_test_event_loses_nothing() -> None:
    event = b"Event: %s\r\nPrivilege: test,all\r\n\r\n"
    data = BANNER + event % b"TestEvent" + b"\r\n" + event % b"A" + b"\r\n\r\n\r\n" + event % b"B"
    for cut in range(len(data)):
        messages, protocol = read(data, cut)
        assert [m.name for m in messages[1:]] == ["TestEvent", "A", "B"]
        assert protocol.rejected == {}


def test_values_are_taken_as_they_are() -> None:
    text = (
        "Event: VarSet\r\nPrivilege: dialplan,all\r\nVariable: X\r\nValue: a: b:c é\r\nEmpty: \r\n"
    )
    (_, event), _ = read(BANNER + text.encode() + b"\r\n")
    assert event.get("Value") == "a: b:c é"
    assert event.get("Empty") == ""
    assert event.get("Missing") == ""


def test_a_character_cut_by_a_read_is_whole() -> None:
    data = BANNER + "Event: A\r\nPrivilege: call,all\r\nName: Zoë 😀\r\n\r\n".encode()
    for cut in range(len(data)):
        assert read(data, cut)[0][1].get("Name") == "Zoë 😀"


def test_invalid_utf_8_becomes_replacement_characters_and_eats_no_line() -> None:
    data = BANNER + b"Event: A\r\nPrivilege: call,all\r\nName: a\xff\xe2\x82\r\nNext: n\r\n\r\n"
    (_, event), _ = read(data)
    assert event.get("Name") == "a\ufffd\ufffd"
    assert event.get("Next") == "n"


def test_repeated_headers_are_all_kept() -> None:
    (_, response, event), _ = read(
        BANNER + b"Response: Success\r\nOutput: a\r\nOutput: \r\nOutput: b\r\n\r\n"
        b"Event: Hangup\r\nPrivilege: call,all\r\nChanVariable: a=1\r\nChanVariable: b=2\r\n\r\n"
    )
    assert response.to_flat()["Output"] == ["a", "", "b"]
    assert event.to_flat()["ChanVariable"] == ["a=1", "b=2"]
    assert event.get("ChanVariable") == "b=2"


def test_only_wanted_events_are_parsed_but_list_items_and_responses_always() -> None:
    protocol = AMIProtocol(["Hangup"])
    messages = protocol.receive_data(
        BANNER + b"Event: VarSet\r\nPrivilege: dialplan,all\r\n\r\n"
        b"Event: Hangup\r\nPrivilege: call,all\r\n\r\n"
        b"Event: Status\r\nActionID: 1\r\n\r\nResponse: Success\r\n\r\n"
    )
    assert [type(m).__name__ for m in messages] == ["Banner", "Event", "Event", "Response"]
    assert [m.name for m in messages[1:3]] == ["Hangup", "Status"]
    assert protocol.skipped == 1


def test_what_is_wanted_can_change_between_reads() -> None:
    protocol = AMIProtocol([])
    event = b"Event: A\r\nPrivilege: call,all\r\n\r\n"
    assert protocol.receive_data(BANNER + event)[1:] == []
    protocol.set_wanted(["A"])
    assert len(protocol.receive_data(event)) == 1
    protocol.set_wanted(None)
    assert len(protocol.receive_data(event.replace(b"A", b"B"))) == 1


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad\r\n",
        b"\r\n",
        b"Asterisk\r\n",
        b"x" * 200,
        b"\x15\x03\x03\x00\x02",
    ],
)
def test_something_else_is_noticed_at_once(greeting: bytes) -> None:
    with pytest.raises(AmiRemoteError, match="no Asterisk"):
        AMIProtocol().receive_data(greeting)


def test_a_banner_without_end_is_refused() -> None:
    protocol = AMIProtocol()
    assert protocol.receive_data(BANNER[:-2]) == []
    with pytest.raises(AmiRemoteError):
        protocol.receive_data(b"x" * MAX_BANNER_BYTES)


def test_a_block_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterisk_agent.ami.protocol.MAX_BLOCK_BYTES", 4096)
    protocol = AMIProtocol()
    protocol.receive_data(BANNER + b"Event: A\r\n")
    line = b"X: " + b"y" * 1000 + b"\r\n"
    for _ in range(4):
        assert protocol.receive_data(line) == []
    with pytest.raises(AmiRemoteError, match="more than 4096 bytes"):
        protocol.receive_data(line)


def test_the_limits_leave_room_for_what_asterisk_says() -> None:
    assert block.MAX_BLOCK_BYTES > 100_000 * 100
    assert block.MAX_LINE_BYTES > 8192


def test_a_line_over_the_limit_rejects_its_block_only() -> None:
    long = b"Event: A\r\nPrivilege: call,all\r\nX: " + b"y" * block.MAX_LINE_BYTES + b"\r\n\r\n"
    messages, protocol = read(BANNER + long + b"Event: B\r\nPrivilege: call,all\r\n\r\n")
    assert [m.name for m in messages[1:]] == ["B"]
    assert protocol.rejected == {"line_too_long": 1}
