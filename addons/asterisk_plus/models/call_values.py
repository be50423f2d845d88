"""From the facts of a call (lib/facts.py) to the values of records. Plain functions."""
from .wire import to_datetime

SAME = (
    "linkedid",
    "direction",
    "status",
    "is_active",
    "calling_number",
    "calling_name",
    "called_number",
    "did",
    "queue",
    "hangup_reason",
)
LEG_SAME = (
    "uniqueid",
    "linkedid",
    "channel",
    "endpoint",
    "state",
    "caller_num",
    "caller_name",
    "connected_num",
    "connected_name",
    "exten",
    "context",
    "cause_txt",
    "is_active",
)


def call_values(facts):
    """Return the values of asterisk_plus.call, without its partner."""
    values = {name: getattr(facts, name) for name in SAME}
    values.update(
        started=to_datetime(facts.started),
        ringing=to_datetime(facts.ringing),
        answered=to_datetime(facts.answered),
        ended=to_datetime(facts.ended),
        ring_duration=facts.ring_s,
        talk_duration=facts.talk_s,
        total_duration=facts.total_s,
        calling_user_id=facts.calling_user or False,
        answered_user_id=facts.answered_user or False,
        final_user_id=facts.final_user or False,
        hangup_side=facts.hangup_side or False,
        hangup_cause=facts.hangup_cause or 0,
        linked_to=facts.linked_to[-1] if facts.linked_to else False,
    )
    return values


def leg_values(leg, call_id, owners):
    """Return the values of asterisk_plus.channel."""
    values = {name: getattr(leg, name) for name in LEG_SAME}
    values.update(
        call_id=call_id,
        user_id=owners.get(leg.endpoint, False),
        started=to_datetime(leg.started),
        answered=to_datetime(leg.answered),
        ended=to_datetime(leg.ended),
        cause=leg.cause or 0,
        talk_duration=leg.talk_s,
    )
    return values


def participation_values(part, call_id):
    """Return the values of asterisk_plus.call_participation."""
    return {
        "call_id": call_id,
        "user_id": part.user,
        "role": part.role,
        "is_rung": part.rang,
        "talked": to_datetime(part.talked),
        "talk_duration": part.talk_s,
    }


def line_values(entry, call_id, owners):
    """Return the values of asterisk_plus.call_event."""
    party, detail, detail_2 = (tuple(entry.parts) + ("", "", ""))[:3]
    return {
        "call_id": call_id,
        "moment": entry.time,
        "time": to_datetime(entry.time),
        "kind": entry.kind,
        "party": party,
        "detail": detail,
        "detail_2": detail_2,
        "user_id": owners.get(party, False),
        "other_user_id": owners.get(detail_2, False),
    }


def line_key(line, call_id=None):
    """Return what tells a line (values or a record) from the others."""
    words = tuple(line[name] or "" for name in ("kind", "party", "detail", "detail_2"))
    return (call_id or line["call_id"], line["moment"]) + words


def changes(record, values):
    """Return those of the values that the record does not have yet. Of a list of links, the plain (6, 0, ids) is understood."""
    return {name: value for name, value in values.items() if not _is_same(record, name, value)}


def _is_same(record, name, value):
    kind = record._fields[name].type
    there = record[name]
    if kind == "many2one":
        return there.id == value or not (there or value)
    if kind == "many2many":
        return set(there.ids) == set(value[0][2])
    if kind in ("char", "text"):
        return (there or "") == (value or "")
    return there == value
