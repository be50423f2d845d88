"""The reactor's state for people: Odoo's list of bans, `ban list`, `ban explain`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from asterisk_agent.firewall.backend import Traffic
from asterisk_agent.firewall.banlist import Ban
from asterisk_agent.firewall.source import Network, show
from asterisk_agent.firewall.state import State

#: Rows of a list: a flood has tens of thousands of sources, and nobody reads them.
MAX_ROWS = 10_000
AUTOMATIC = "too many packets, or too many refusals, in a short time"
DENIED = "denied by the access list"


def comment(ban: Ban) -> str:
    """Say why and for how long somebody is banned, on one line. Accounts are strangers' texts."""
    words = f"for {round(ban.until - ban.since)} s: {ban.reason}"
    if ban.tries:
        words += f", {ban.tries} tries"
    if ban.accounts:
        words += f", accounts {', '.join(ban.accounts)}"
    return f"{words}, ban number {ban.count}" if ban.count > 1 else words


def banned(
    bans: Iterable[Ban], traffic: Iterable[Traffic], now: float, *, observed: bool = False
) -> list[dict[str, Any]]:
    """List our bans and the kernel's own, at most ``MAX_ROWS``: ``timeout`` is whole seconds left,
    -1 for good; ``observed``: nobody is really shut out.
    """
    sent = {seen.network: seen for seen in traffic}
    rows = []
    for ban in bans:
        seen = sent.pop(ban.network, None) or Traffic(ban.network, 0, 0, None)
        row = _row(seen, comment(ban), "observed" if observed else "ban")
        rows.append({**row, **ban_words(ban), "timeout": round(max(0.0, ban.until - now))})
    for seen in sent.values():
        if seen.automatic:
            rows.append(_row(seen, AUTOMATIC, "automatic"))
        elif seen.left_s is None:
            rows.append(_row(seen, DENIED, "denied"))
    return rows[:MAX_ROWS]


def explain(network: Network, state: State, now: float) -> dict[str, Any]:
    """Tell what is remembered of a network."""
    ban = state.banlist.find(network)
    rules = {kind: state.rules.find(network, kind) for kind in ("allow", "deny")}
    return {
        "address": show(network),
        "banned": comment(ban) if ban else "",
        "banned_network": show(ban.network) if ban else "",
        "seconds_left": round(ban.until - now) if ban else 0,
        "bans_so_far": state.offences.of(network, now).count,
        "known_good": state.known.is_known(network, now),
        "access_list": ", ".join(
            f"{kind} {show(rule.network)} {rule.comment}".strip()
            for kind, rule in rules.items()
            if rule
        ),
    }


def ban_words(ban: Ban) -> dict[str, Any]:
    """Write a ban as Odoo is told of it. Times are Unix seconds; accounts are strangers' texts."""
    return {
        "address": show(ban.network),
        "reason": ban.reason,
        "accounts": list(ban.accounts),
        "tries": ban.tries,
        "since": ban.since,
        "until": ban.until,
        "bans": ban.count,
    }


def _row(seen: Traffic, why: str, kind: str) -> dict[str, Any]:
    return {
        "address": show(seen.network),
        "timeout": -1 if seen.left_s is None else round(seen.left_s),
        "packets": seen.packets,
        "bytes": seen.bytes,
        "comment": why,
        "kind": kind,
    }
