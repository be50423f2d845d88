"""The check of the bench `publish`: what the queue must hold."""

import json

import amqp
import pytest
from bench.publish import must_hold, wanted

EVENTS = wanted()[:3]


def messages(events, delivery_mode=2):
    return [amqp.Message(json.dumps(event), delivery_mode=delivery_mode) for event in events]


def test_the_same_events_in_their_order_and_persistent_are_right():
    must_hold(messages(EVENTS), EVENTS)


@pytest.mark.parametrize(
    "held",
    [
        messages(EVENTS[:2]),
        messages([*EVENTS, EVENTS[0]]),
        messages(EVENTS[::-1]),
        messages(EVENTS, delivery_mode=1),
    ],
    ids=["lost", "twice", "out of order", "not persistent"],
)
def test_anything_else_is_wrong(held):
    with pytest.raises(ValueError, match="the queue holds others"):
        must_hold(held, EVENTS)
