"""sipp scenarios, put together from the steps in `sipp/`: what a phone or a trunk does, in which
order.

A scenario is a list of steps; a step is the name of a file in `sipp/` and values for its @PLACES@.
The values are checked here: a caller id may hold nearly anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

STEPS = Path(__file__).with_name("sipp")
TALK_S = 3600.0
DIGIT_GAP_S = 0.2


@dataclass(frozen=True)
class Step:
    """One step of a scenario: a file of `sipp/` and the values for its places."""

    name: str
    values: dict[str, object] = field(default_factory=dict)

    def xml(self) -> str:
        """Return the step's XML with the values in their places."""
        text = (STEPS / f"{self.name}.xml").read_text(encoding="utf-8")
        for key, value in self.values.items():
            text = text.replace(f"@{key.upper()}@", _safe(value))
        return text


def _safe(value: object) -> str:
    # "]]>" would end sipp's CDATA, "[" would begin one of sipp's own keywords.
    text = str(value)
    if "]]>" in text or "[" in text or "\n" in text or "\r" in text:
        raise ValueError(f"not possible in a sipp scenario: {text!r}")
    return text


def scenario(name: str, steps: Sequence[Step]) -> str:
    """Return a whole scenario file."""
    body = "\n".join(step.xml() for step in steps)
    head = f'<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="{escape(name)}">'
    return f"{head}\n{body}\n</scenario>\n"


def ms(seconds: float) -> int:
    """Return milliseconds, at least one: sipp takes 0 for "no time-out"."""
    return max(1, round(seconds * 1000))


@dataclass(frozen=True)
class Caller:
    """Who calls: the From header's user and display name, and the password if asked for one."""

    user: str
    name: str = ""
    password: str = ""


@dataclass(frozen=True)
class During:
    """What a party does while it talks: wait, then play a file of A-law sound (it goes on with the
    rest meanwhile), press digits (SIP INFO), transfer blindly (REFER).

    `refer_to` is an address as 102@127.0.0.1:5060.
    """

    after_s: float = 0.0
    play: str = ""
    digits: str = ""
    refer_to: str = ""

    def steps(self, side: str, who: dict[str, object], cseq: int) -> list[Step]:
        """Return the steps for one side of the dialog, "uas" or "uac"."""
        steps = [Step("pause", {"ms": ms(self.after_s)})]
        if self.play:
            steps.append(Step("play", {"file": self.play}))
        for number, digit in enumerate(self.digits, cseq):
            values = who | {"digit": digit, "cseq": number, "gap": ms(DIGIT_GAP_S)}
            steps.append(Step(f"{side}_digit", values))
        if self.refer_to:
            steps.append(
                Step(f"{side}_refer", who | {"to": self.refer_to, "cseq": cseq + len(self.digits)})
            )
        return steps


def uas(
    answer: str,
    ring_s: float = 0.0,
    talk_s: float | None = None,
    during: Sequence[During] = (),
    user: str = "lab",
) -> list[Step]:
    """Return what a called party does.

    `answer`: "ok" (200), "never", "forward 102" (302), or a refusal as "486 Busy Here". It rings
    `ring_s` first; "183" before a comma, as in "183,ok", gives early media instead of ringing.
    After a 200 it does what `during` says, then hangs up after `talk_s`, or waits for the BYE.
    """
    *early, final = answer.split(",")
    wait_s = TALK_S if final == "never" else ring_s
    steps = [Step("uas_invite"), Step("uas_progress" if early else "uas_ringing")]
    steps.append(Step("uas_wait_cancel", {"ms": ms(wait_s)}))
    if final == "ok":
        steps.append(Step("uas_ok"))
        for number, part in enumerate(during):
            steps += part.steps("uas", {"user": user}, 10 + 20 * number)
        steps.append(Step("uas_talk", {"ms": ms(TALK_S if talk_s is None else talk_s)}))
    elif final.startswith("forward "):
        steps.append(Step("uas_forward", {"to": final.removeprefix("forward ")}))
    else:
        status, _, reason = (
            final if final != "never" else "480 Temporarily Unavailable"
        ).partition(" ")
        steps.append(Step("uas_refuse", {"status": int(status), "reason": reason}))
    return [*steps, Step("uas_cancelled")]


def uac(
    caller: Caller,
    to: str,
    cancel_s: float | None = None,
    talk_s: float | None = None,
    during: Sequence[During] = (),
    answer_s: float = 120.0,
) -> list[Step]:
    """Return what a calling party does: INVITE, then cancel `cancel_s` after the last provisional
    answer, or talk.

    When it talks it does what `during` says, hangs up after `talk_s`, or waits for the other's BYE.
    It gives up after `answer_s` without an answer.
    """
    who: dict[str, object] = {"user": caller.user, "name": caller.name, "to": to}
    steps = [Step("uac_invite", who)]
    if caller.password:
        steps.append(
            Step("uac_challenge", who | {"login": caller.user, "password": caller.password})
        )
    last: dict[str, object] = who | {"cseq": 2 if caller.password else 1}
    if cancel_s is not None:
        steps.append(Step("uac_trying", {"ms": ms(answer_s)}))
    steps.append(Step("uac_wait", {"ms": ms(answer_s if cancel_s is None else cancel_s)}))
    steps.append(Step("uac_cancel", last))
    steps.append(Step("uac_ack", last))
    for number, part in enumerate(during):
        steps += part.steps("uac", who, 10 + 20 * number)
    steps.append(Step("uac_talk", last | {"ms": ms(TALK_S if talk_s is None else talk_s)}))
    return [*steps, Step("uac_refused", last)]


def register(user: str, password: str, expires_s: int) -> list[Step]:
    """Return what a phone does to be found: REGISTER with its password; 0 seconds takes it back."""
    values = {"user": user, "password": password, "expires": expires_s}
    return [Step("uac_register", values)]
