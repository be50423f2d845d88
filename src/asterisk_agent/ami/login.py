"""How one logs in to Asterisk's manager: by challenge (MD5), or plainly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from asterisk_agent.ami.message import FlatEvent
from asterisk_agent.ami.session import AMISession
from asterisk_agent.core.errors import AmiAuthError, AmiLocalError, AmiUnreachableError

AuthMethod = Literal["auto", "md5", "plain"]

_CURE = (
    "compare ASTERISK_AMI_USER and ASTERISK_AMI_PASSWORD with manager.conf, "
    "and look at permit and deny there; `manager reload` after a change"
)


#: manager.c, process_message: whatever is asked while Asterisk ends is refused so; it says nothing
#: about the secret.
SHUTTING_DOWN = "Asterisk is shutting down"


@dataclass(frozen=True)
class Account:
    """Who logs in. ``auto`` takes the challenge unless Asterisk offers none."""

    user: str
    secret: str = field(repr=False)
    auth: AuthMethod = "auto"
    #: The classes of events to be told of; `on`: all that the account may read (manager.c).
    events: str = "on"


def log_in(session: AMISession, account: Account, timeout_s: float) -> None:
    """Log in. Raise ``AmiAuthError`` with Asterisk's own words when it refuses.

    With the challenge the secret itself never crosses the wire.
    """
    challenge = "" if account.auth == "plain" else _challenge(session, timeout_s)
    if challenge:
        credentials = [("AuthType", "MD5"), ("Key", md5_key(challenge, account.secret))]
    elif account.auth == "md5":
        raise AmiAuthError("Asterisk offers no MD5 challenge", _CURE)
    else:
        credentials = [("Secret", account.secret)]
    pairs = [
        ("Action", "Login"),
        ("Username", account.user),
        *credentials,
        ("Events", account.events),
    ]
    try:
        answer = session.call(pairs, timeout_s)
    except AmiLocalError as exc:
        # The message would name the header; the secret's must not even be hinted at.
        raise AmiAuthError("the user or the secret can't be said to Asterisk", _CURE) from exc
    _check(answer)


def md5_key(challenge: str, secret: str) -> str:
    """Answer a challenge (manager.c, authenticate: MD5 of challenge and secret, in hex)."""
    digest = hashlib.md5(f"{challenge}{secret}".encode(), usedforsecurity=False)
    return digest.hexdigest()


def _challenge(session: AMISession, timeout_s: float) -> str:
    answer = session.call([("Action", "Challenge"), ("AuthType", "MD5")], timeout_s)
    challenge = answer[0].get("Challenge", "") if answer else ""
    return challenge if isinstance(challenge, str) else ""


def _check(answer: list[FlatEvent]) -> None:
    first: FlatEvent = answer[0] if answer else {}
    if first.get("Response") != "Success":
        reason = first.get("Message") or "no reason given"
        if reason == SHUTTING_DOWN:
            raise AmiUnreachableError(reason)
        raise AmiAuthError(f"Asterisk refused the login: {reason}", _CURE)
