"""Answers find their actions, lists end where they end."""

import pytest

from asterisk_agent.ami.message import Event, Response
from asterisk_agent.ami.pending import Pending, PendingActions
from asterisk_agent.core.errors import AmiLocalError, AmiNotConnectedError, AmiRemoteError


def response(action_id: str, status: str = "Success", **headers: str) -> Response:
    return Response(status, {"Response": status, "ActionID": action_id, **headers})


def item(action_id: str, name: str = "Item", **headers: str) -> Event:
    return Event(name, {"Event": name, "ActionID": action_id, **headers})


def opened(*, as_list: bool = False, caller_id: str = "") -> tuple[PendingActions, Pending]:
    pending = PendingActions(lambda: "p")
    return pending, pending.open(pending.new_id(caller_id), as_list=as_list)


def test_one_response_ends_an_action() -> None:
    actions, one = opened()
    assert actions.take(response(one.action_id, Message="x"))
    assert one.done
    assert one.messages == [{"Response": "Success", "Message": "x"}]
    assert not actions.take(response(one.action_id))


def test_a_list_ends_with_complete() -> None:
    actions, one = opened()
    actions.take(response(one.action_id, EventList="start"))
    actions.take(item(one.action_id))
    assert not one.done
    actions.take(item(one.action_id, "ListEnd", EventList="Complete"))
    assert one.done
    assert [m.get("Event") for m in one.messages] == [None, "Item", "ListEnd"]


def test_a_list_can_be_cancelled() -> None:
    actions, one = opened()
    actions.take(response(one.action_id, EventList="start"))
    actions.take(item(one.action_id, EventList="cancelled"))
    assert one.done


def test_an_error_ends_a_list_that_never_began() -> None:
    actions, one = opened(as_list=True)
    actions.take(response(one.action_id, "Error", Message="Permission denied"))
    assert one.done


def test_a_list_that_is_not_announced_can_be_asked_for() -> None:
    actions, one = opened(as_list=True)
    actions.take(response(one.action_id))
    actions.take(item(one.action_id, "PeerEntry"))
    assert not one.done
    actions.take(item(one.action_id, "PeerlistComplete"))
    assert one.done


def test_two_lists_at_once_do_not_mix() -> None:
    actions, one = opened()
    two = actions.open(actions.new_id())
    for pending in (one, two):
        actions.take(response(pending.action_id, EventList="start"))
    actions.take(item(two.action_id, Channel="b"))
    actions.take(item(one.action_id, Channel="a"))
    assert [m["Channel"] for m in one.messages[1:]] == ["a"]
    assert [m["Channel"] for m in two.messages[1:]] == ["b"]


def test_the_callers_own_action_id_comes_back() -> None:
    actions, one = opened(caller_id="my.own.id")
    actions.take(response(one.action_id))
    assert one.messages == [{"Response": "Success", "ActionID": "my.own.id"}]
    assert actions.restore({"ActionID": one.action_id}) == {"ActionID": "my.own.id"}
    assert actions.restore({"ActionID": "somebody's"}) == {"ActionID": "somebody's"}


def test_two_callers_with_the_same_action_id_get_their_own_answers() -> None:
    actions, one = opened(caller_id="same")
    two = actions.open(actions.new_id("same"))
    actions.take(response(two.action_id, Message="two"))
    assert not one.done
    assert two.messages[0]["Message"] == "two"


def test_action_ids_can_not_be_guessed() -> None:
    first, second = PendingActions().new_id(), PendingActions().new_id()
    assert len(first.split(".")[0]) >= 16
    assert first.split(".")[0] != second.split(".")[0]


@pytest.mark.parametrize("caller_id", ["a b", "a\r\nb", "x" * 129, "é"])
def test_action_ids_that_asterisk_would_cut_are_refused(caller_id: str) -> None:
    with pytest.raises(AmiLocalError):
        PendingActions().new_id(caller_id)


def test_a_lost_connection_is_told_to_everybody_who_waits() -> None:
    actions, one = opened()
    actions.fail_all(AmiNotConnectedError("lost"))
    assert one.wait(0)
    assert isinstance(one.error, AmiNotConnectedError)


def test_a_list_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asterisk_agent.ami.pending.MAX_LIST_ITEMS", 10)
    actions, one = opened()
    actions.take(response(one.action_id, EventList="start"))
    for _ in range(10):
        actions.take(item(one.action_id))
    assert isinstance(one.error, AmiRemoteError)
    assert not actions.take(item(one.action_id))


def test_an_answer_given_up_is_known_as_ours_and_a_strangers_is_not() -> None:
    actions, one = opened()
    actions.close(one)
    assert not actions.take(response(one.action_id))
    assert actions.is_ours(response(one.action_id))
    assert not actions.is_ours(response("1"))
