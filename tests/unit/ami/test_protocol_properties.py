"""Properties that hold for any stream and any cut."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.ami.message import Event, Response
from asterisk_agent.ami.protocol import AMIProtocol
from asterisk_agent.core.errors import AmiRemoteError
from unit.ami.samples import BANNER

# Asterisk writes any character but a line's end; lone surrogates are no UTF-8.
values = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=40)
names = st.from_regex(r"[A-Z][A-Za-z]{0,11}", fullmatch=True).filter(
    lambda name: name not in {"Event", "Privilege", "Response", "ActionID"}
)
headers = st.dictionaries(names, values, max_size=8)


@st.composite
def events(draw: st.DrawFn) -> dict[str, str]:
    """Make an event as Asterisk would."""
    body = draw(headers)
    security = {"SessionID", "LocalAddress", "RemoteAddress"}
    body = {name: value for name, value in body.items() if name not in security}
    return {"Event": draw(names), "Privilege": "call,all", **body}


def wire(message: dict[str, str]) -> bytes:
    return "".join(f"{n}: {v}\r\n" for n, v in message.items()).encode() + b"\r\n"


def feed(data: bytes, cuts: list[int]) -> list[object]:
    protocol = AMIProtocol()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pairs = itertools.pairwise(edges)
    return [m for start, end in pairs for m in protocol.receive_data(data[start:end])]


@given(st.lists(events(), max_size=6), st.lists(st.integers(0, 10_000), max_size=12), st.data())
def test_what_was_said_is_what_is_heard(
    said: list[dict[str, str]], cuts: list[int], data: st.DataObject
) -> None:
    strays = [data.draw(st.sampled_from([b"", b"\r\n", b"\r\n\r\n"])) for _ in said]
    stream = BANNER + b"".join(wire(m) + s for m, s in zip(said, strays, strict=True))
    heard = feed(stream, cuts)[1:]
    assert [m.to_flat() for m in heard if isinstance(m, Event)] == said
    assert len(heard) == len(said)


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=8))
def test_garbage_raises_nothing_but_the_protocols_own_error(data: bytes, cuts: list[int]) -> None:
    for stream in (data, BANNER + data):
        try:
            feed(stream, cuts)
        except AmiRemoteError as exc:
            assert exc.code == "ami.remote_protocol"  # noqa: PT017 (any other error fails the test)


@given(st.binary(max_size=200), events(), events(), st.lists(st.integers(0, 10_000), max_size=8))
def test_two_events_are_never_merged(
    noise: bytes, first: dict[str, str], second: dict[str, str], cuts: list[int]
) -> None:
    stream = BANNER + wire(first) + noise + b"\r\n\r\n" + wire(second)
    heard = [m.to_flat() for m in feed(stream, cuts) if isinstance(m, Event)]
    assert heard[0] == first
    assert heard[-1] == second


@given(st.binary(max_size=300), st.lists(st.integers(0, 10_000), max_size=8))
def test_cuts_never_matter(data: bytes, cuts: list[int]) -> None:
    stream = BANNER + data
    assert feed(stream, cuts) == feed(stream, [])


@given(headers)
def test_a_response_comes_whole(body: dict[str, str]) -> None:
    said = {"Response": "Success", **body}
    heard = feed(BANNER + wire(said), [])[1]
    assert isinstance(heard, Response)
    assert heard.to_flat() == said
