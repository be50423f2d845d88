"""Events between the reader and the broker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.services.backlog import Backlog


def event(name: str = "X") -> dict[str, str | list[str]]:
    return {"Event": name}


def test_numbers_have_no_gap_though_some_find_no_room() -> None:
    backlog = Backlog(2)
    assert [backlog.put(event(), []) for _ in range(3)] == [True, True, False]
    assert backlog.overflowed == 1
    first = backlog.send_next(1)
    assert first is not None
    backlog.confirm(1, multiple=False)
    assert backlog.put(event(), [])
    seqs = [record.seq for tag in (2, 3) if (record := backlog.send_next(tag))]
    assert [first.seq, *seqs] == [1, 2, 3]


def test_what_was_sent_counts_until_it_is_confirmed() -> None:
    backlog = Backlog(10)
    for _ in range(3):
        backlog.put(event(), [])
    backlog.send_next(1)
    backlog.send_next(2)
    assert (len(backlog), backlog.waiting, backlog.sent) == (3, 1, 2)
    backlog.confirm(2, multiple=True)
    assert (len(backlog), backlog.waiting, backlog.sent) == (1, 1, 0)


def test_nothing_to_send() -> None:
    assert Backlog(1).send_next(1) is None


@given(st.lists(st.sampled_from(["put", "send", "ack", "ack all", "lost"]), max_size=60))
def test_every_event_is_sent_until_confirmed_and_in_order(steps: list[str]) -> None:
    backlog = Backlog(1000)
    tag, put, open_tags = 0, 0, {}
    confirmed: set[int] = set()
    for step in steps:
        if step == "put":
            put += 1
            backlog.put(event(), [])
        elif step == "send" and (record := backlog.send_next(tag + 1)):
            tag += 1
            open_tags[tag] = record.seq
        elif step == "ack" and open_tags:
            last = max(open_tags)
            confirmed.add(open_tags.pop(last))
            backlog.confirm(last, multiple=False)
        elif step == "ack all" and open_tags:
            confirmed |= set(open_tags.values())
            backlog.confirm(max(open_tags), multiple=True)
            open_tags.clear()
        elif step == "lost":
            backlog.rewind()
            tag, open_tags = 0, {}
    backlog.rewind()
    left = []
    while record := backlog.send_next(len(left) + 1):
        left.append(record.seq)
    assert left == sorted(left)
    assert set(left) | confirmed == set(range(1, put + 1))
    assert not set(left) & confirmed
