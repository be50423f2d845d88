"""How long a phone talked, by its own clock: what it sent and received of SIP, and nothing of
Asterisk.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from lab.sip_log import SipMessage

Span = tuple[float, float]


def talks(messages: Iterable[SipMessage]) -> list[Span]:
    """Return when each answered call of a phone was talked: from the 200 to the first BYE or REFER,
    by which the phone lets go of it.
    """
    dialogs: dict[str, list[SipMessage]] = defaultdict(list)
    for message in messages:
        dialogs[message.header("Call-ID")].append(message)
    return [span for dialog in dialogs.values() if (span := _talk(dialog)) is not None]


def rings(messages: Iterable[SipMessage]) -> list[Span]:
    """Return when a phone that was called rang: from each INVITE to its final answer."""
    found = []
    asked: dict[str, float] = {}
    for message in messages:
        call = message.header("Call-ID")
        if message.method == "INVITE" and not message.status:
            asked.setdefault(call, message.time)
        elif message.method == "INVITE" and message.status >= 200 and call in asked:
            found.append((asked[call], message.time))
    return found


def seconds(spans: Sequence[Span], without: Sequence[Span] = ()) -> float:
    """Return the seconds in the spans, less what of them lies in the others."""
    whole = sum(end - start for start, end in spans)
    shared = [
        max(0.0, min(end, other_end) - max(start, other_start))
        for start, end in spans
        for other_start, other_end in without
    ]
    return whole - sum(shared)


def _talk(dialog: Sequence[SipMessage]) -> Span | None:
    answers = [one.time for one in dialog if one.method == "INVITE" and one.status == 200]
    if not answers:
        return None
    start = answers[0]
    ends = [
        one.time
        for one in dialog
        if one.method in ("BYE", "REFER") and not one.status and one.time >= start
    ]
    return (start, min(ends)) if ends else None
