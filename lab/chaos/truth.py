"""What the phones saw of each call: the truth, by sipp's own logs. Times are Unix seconds.

A moment is when Asterisk knew of it as well: an answer when Asterisk acknowledged it, a hang-up
when it confirmed it. So it holds for an Asterisk that was frozen meanwhile.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lab.chaos.traffic import Plan, Traffic
from lab.sip_log import SipMessage

# A 200 that crosses the caller's going is acknowledged and ended at once: nobody can say who was
# first.
GLARE_S = 0.3
_NUMBER = re.compile(r"\+32470\d{6}")


@dataclass
class Truth:
    """What sipp saw of one call; 0.0 and empty: it did not happen."""

    plan: Plan
    began: float = 0.0  # Asterisk took the call
    picked_up: float = 0.0  # the caller heard an answer, be it Asterisk's own
    gone: float = 0.0  # the caller's side was over
    turned_away: bool = False  # Asterisk itself said 503, and nothing else
    refused: set[int] = field(default_factory=set)  # by which statuses phones refused
    answered_by: str = ""
    answered: float = 0.0
    ended: float = 0.0  # the talk
    glare: bool = False

    @property
    def last(self) -> float:
        """Return the last moment of which anything is known."""
        return max(self.began, self.picked_up, self.gone, self.answered, self.ended)


def truths(traffic: Traffic) -> list[Truth]:
    """Return the truth of each call that Asterisk took, oldest first."""
    dialogs = {name: _by_number(party.messages()) for name, party in traffic.parties.items()}
    found = (_truth(plan, call.messages(), dialogs) for plan, call in traffic.made)
    return sorted((one for one in found if one.began), key=lambda one: one.began)


def _by_number(messages: Iterable[SipMessage]) -> dict[str, list[list[SipMessage]]]:
    """Return a phone's dialogs by the outside party's number in them."""
    dialogs: dict[str, list[SipMessage]] = defaultdict(list)
    for message in messages:
        dialogs[message.header("Call-ID")].append(message)
    found: dict[str, list[list[SipMessage]]] = defaultdict(list)
    for dialog in dialogs.values():
        number = _NUMBER.search(dialog[0].header("From") + dialog[0].start)
        if number:
            found[number[0]].append(dialog)
    return found


def _truth(
    plan: Plan,
    own: list[SipMessage],
    parties: Mapping[str, Mapping[str, list[list[SipMessage]]]],
) -> Truth:
    truth = Truth(plan)
    replies = [m for m in own if m.status and m.method == "INVITE" and m.status != 401]
    asked = [(name, one) for name, known in parties.items() for one in known.get(plan.number, ())]
    if replies:
        _look_at_caller(truth, own, replies)
    elif asked:
        # The caller's sipp took a late 401 for the last word; Asterisk had taken its second INVITE.
        truth.began = min(dialog[0].time for _, dialog in asked)
        truth.gone = max(dialog[-1].time for _, dialog in asked)
    for endpoint, dialog in asked:
        _look(truth, endpoint, dialog)
    if truth.answered and truth.gone:
        truth.ended = min(truth.ended or truth.gone, truth.gone)
    truth.glare = bool(truth.answered and truth.ended and truth.ended - truth.answered < GLARE_S)
    return truth


def _look_at_caller(truth: Truth, own: list[SipMessage], replies: list[SipMessage]) -> None:
    """Take over what the caller saw."""
    truth.began = replies[0].time
    truth.picked_up = next((m.time for m in replies if m.status == 200), 0.0)
    refusal = next((m for m in replies if m.status >= 300), None)
    truth.gone = refusal.time if refusal else _goodbye(own) or _gave_up(own, truth.began)
    truth.turned_away = {m.status for m in replies} <= {100, 503} and refusal is not None


def _look(truth: Truth, endpoint: str, dialog: list[SipMessage]) -> None:
    """Take over what one called party saw in its dialog with Asterisk."""
    truth.refused |= {m.status for m in dialog if m.status >= 300 and m.status != 487}
    ok = any(m.status == 200 and m.method == "INVITE" for m in dialog)
    taken = next((m.time for m in dialog if m.method == "ACK" and not m.status), 0.0)
    if ok and taken:
        truth.answered_by, truth.answered = endpoint, taken
        truth.ended = _goodbye(dialog)


def _gave_up(dialog: list[SipMessage], began: float) -> float:
    """Return when a caller took the call back and did not wait for an answer; 0.0 if not at all."""
    ways = ("CANCEL", "BYE")
    told = [m.time for m in dialog if m.sent and not m.status and m.method in ways]
    return max((time for time in told if time >= began), default=0.0)


def _goodbye(dialog: list[SipMessage]) -> float:
    """Return when both sides knew that it was over; 0.0 if they never did."""
    byes = [m for m in dialog if m.method == "BYE"]
    told = [m.time for m in byes if not m.status and not m.sent]
    confirmed = [m.time for m in byes if m.status and not m.sent]
    return min(told + confirmed, default=0.0)
