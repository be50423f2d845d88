"""Our rules for the kernel, as text: a pure function of ports and limits.

They protect without us: counters in the kernel shed floods and stop who gets too many of our own
"401 Unauthorized", even when Asterisk tells no event and the agent is dead. Only packets to
Asterisk's ports are looked at; all else passes untouched. Measured: docs/explanation/security.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from asterisk_agent.firewall.ports import Ports

FAMILY, TABLE = "inet", "asterisk_agent"
#: The counter that moves while strangers exceed what all of them may send together.
PRESSURE = "c_pressure"
COUNTERS = (
    "c_ban",
    "c_rate",
    "c_auto",
    PRESSURE,
    "c_junk",
    "c_401",
    "c_syn",
    "c_conn",
    "c_reply",
    "c_pause",
    "c_sealed",
)
#: Sets that the kernel fills: sources that it shuts out by itself.
AUTO_SETS = ("auto4", "auto6")
#: Before connection tracking, which a flood would fill, and before a container's DNAT.
PREROUTING = "filter hook prerouting priority raw"
OUTPUT = "filter hook output priority raw"
#: `ct count` needs connection tracking: only for what the first chain has let in.
INPUT = "filter hook input priority filter - 5"
_V4, _V6 = "ip saddr", "ip6 saddr & ffff:ffff:ffff:ffff::"
#: INVI REGI OPTI SUBS NOTI ACK_ BYE_ CANC SIP/ INFO PRAC PUBL MESS REFE UPDA, as 32 bits.
_METHODS = [
    "0x494e5649", "0x52454749", "0x4f505449", "0x53554253", "0x4e4f5449",
    "0x41434b20", "0x42594520", "0x43414e43", "0x5349502f", "0x494e464f",
    "0x50524143", "0x5055424c", "0x4d455353", "0x52454645", "0x55504441",
]  # fmt: skip
#: "SIP/2.0 401", and where it stands in a packet: after the UDP header, in the TCP payload.
_401 = "0x5349502f322e3020343031"


@dataclass(frozen=True)
class KernelLimits:
    """Packets a second and bursts. As measured; nobody should need to change them."""

    stranger: tuple[int, int] = (50, 200)
    stranger_auto: tuple[int, int] = (500, 1000)
    auto_s: int = 60
    strangers_together: tuple[int, int] = (300, 600)
    second_chance: tuple[int, int] = (200, 200)
    known: tuple[int, int] = (300, 5000)
    #: Our own refusals to a stranger: so many shut him out without asking anybody ...
    unauthorized_per_minute: tuple[int, int] = (60, 180)
    unauthorized_s: int = 600
    #: ... and as many at a time as the agent's maxretry make him wait until it has decided.
    unauthorized: tuple[int, int] = (10, 4)
    pause_ms: int = 400
    #: The same for what the kernel can't read: packets that may hold a request, the first of them
    #: opens TLS or a WebSocket.
    sealed: tuple[int, int] = (10, 6)
    sealed_bytes: int = 200
    connects: tuple[int, int] = (10, 20)
    manager_connections: int = 5
    #: Of all strangers together: below the authlimit of manager.conf (10 in our sample).
    manager_together: int = 8
    connections: int = 20


def render(ports: Ports, limits: KernelLimits | None = None) -> str:
    """Return a file for ``nft -f``: applied again it changes nothing and keeps the sets."""
    limits = limits or KernelLimits()
    lines = [
        f"add table {FAMILY} {TABLE}",
        f"flush table {FAMILY} {TABLE}",
        f"table {FAMILY} {TABLE} {{",
        *_sets(),
        *(f"  counter {name} {{}}" for name in COUNTERS),
        *_chain("pressure", _pressure(limits)),
        *_chain("known", _known(limits)),
        *_chain("stranger", _stranger(limits)),
        *_chain("connect", _connect(limits)),
        *_chain("sealed", _sealed(limits)),
        *_chain("guard", _guard(ports, limits)),
        *_chain("incoming", _incoming(ports), PREROUTING),
        *_chain(
            "connections", _connections(ports, limits), "filter hook input priority filter - 5"
        ),
        *_chain("unauthorized", _unauthorized(limits)),
        *_chain("reply", _reply(ports)),
        *_chain("outgoing", _outgoing(ports), OUTPUT),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _sets() -> Iterator[str]:
    for version, kind in ((4, "ipv4_addr"), (6, "ipv6_addr")):
        forms = {
            "allow": "flags interval; auto-merge;",
            "deny": "flags interval; auto-merge; counter;",
            "net": "flags interval,timeout; counter;",
            "known": "flags timeout; size 131072;",
            "ban": "flags dynamic,timeout; size 262144; counter;",
            "auto": "flags dynamic,timeout; size 65536; counter;",
            "hard": "flags dynamic,timeout; timeout 30s; size 65536;",
            "rate": "flags dynamic,timeout; timeout 30s; size 65536;",
            "krate": "flags dynamic,timeout; timeout 30s; size 65536;",
            "seen": "flags dynamic,timeout; timeout 3s; size 262144;",
            "swift": "flags dynamic,timeout; timeout 1m; size 65536;",
            "pause": "flags dynamic,timeout; size 65536;",
            "sealed": "flags dynamic,timeout; timeout 1m; size 65536;",
            "fail": "flags dynamic,timeout; timeout 2m; size 65536;",
            "syn": "flags dynamic,timeout; timeout 1m; size 65536;",
            "conn": "flags dynamic; size 65536;",
            "mconn": "flags dynamic; size 65536;",
        }
        for name, form in forms.items():
            yield f"  set {name}{version} {{ type {kind}; {form} }}"
    # Counts in a set outlive a flush of the rules.
    yield "  set mall { type inet_service; flags dynamic; size 64; }"


def _chain(name: str, rules: Iterator[str], hook: str = "") -> list[str]:
    head = [f"    type {hook}; policy accept;"] if hook else []
    return [f"  chain {name} {{", *head, *(f"    {rule}" for rule in rules), "  }"]


def _over(limit: tuple[int, int], unit: str = "second") -> str:
    return f"limit rate over {limit[0]}/{unit} burst {limit[1]} packets"


def _both(rule: str, direction: str = "saddr") -> Iterator[str]:
    """Yield a rule for both families: FAMILY, KEY and N are filled in."""
    for version, key in ((4, _V4), (6, _V6)):
        filled = rule.replace("KEY", key.replace("saddr", direction)).replace("@N", str(version))
        yield f"meta nfproto ipv{version} {filled}"


def _guard(ports: Ports, limits: KernelLimits) -> Iterator[str]:
    """Judge a packet to one of Asterisk's ports."""
    # Lists of networks know single addresses, lists of sources a /64.
    for name, verdict in (("allow", "accept"), ("deny", "counter name c_ban drop")):
        yield f"ip saddr @{name}4 {verdict}"
        yield f"ip6 saddr @{name}6 {verdict}"
    for name in ("ban", "auto"):
        yield f"{_V4} @{name}4 counter name c_ban drop"
        yield f"{_V6} @{name}6 counter name c_ban drop"
    yield "ip saddr @net4 counter name c_ban drop"
    yield "ip6 saddr @net6 counter name c_ban drop"
    if ports.sip_udp:
        yield f"udp dport {_any(ports.sip_udp)} {_V4} @known4 goto known"
        yield f"udp dport {_any(ports.sip_udp)} {_V6} @known6 goto known"
        yield f"udp dport {_any(ports.sip_udp)} goto stranger"
    for version, key in ((4, _V4), (6, _V6)):
        yield f"meta l4proto tcp {key} @pause{version} counter name c_pause drop"
    if sealed := tuple(sorted({*ports.sip_tls, *ports.web})):
        yield f"tcp dport {_any(sealed)} meta length > {limits.sealed_bytes} goto sealed"
    yield "tcp flags & (syn|ack) == syn goto connect"


def _incoming(ports: Ports) -> Iterator[str]:
    yield "iif lo accept"
    for protocol, found in (("udp", ports.udp), ("tcp", ports.tcp)):
        if found:
            yield f"{protocol} dport {_any(found)} goto guard"


def _stranger(limits: KernelLimits) -> Iterator[str]:
    # No SIP at all: neither a method nor an answer. Keep-alives of 4 bytes are judged below.
    yield f"udp length >= 13 @th,64,32 != {{ {', '.join(_METHODS)} }} counter name c_junk drop"
    # Far over its budget: shut out without asking anybody.
    yield from _both(
        f"update @hard@N {{ KEY {_over(limits.stranger_auto)} }} "
        f"add @auto@N {{ KEY timeout {limits.auto_s}s }} counter name c_auto drop"
    )
    # Over its budget: what is too much is dropped. No ban: it may be an office behind one address.
    yield from _both(f"update @rate@N {{ KEY {_over(limits.stranger)} }} counter name c_rate drop")
    # Refused often just now: let the agent decide first. Behind the budgets, which a flood uses up.
    for version, key in ((4, _V4), (6, _V6)):
        yield f"{key} @pause{version} counter name c_pause drop"
    yield "udp length < 13 return"
    # A full set passes everything, so a limit for all strangers together comes after each.
    yield f"{_over(limits.strangers_together)} jump pressure"


def _pressure(limits: KernelLimits) -> Iterator[str]:
    """Shed a flood: a phone sends again after half a second, a forged packet comes once."""
    rate, burst = limits.second_chance
    yield f"{_V4} @seen4 limit rate {rate}/second burst {burst} packets accept"
    yield f"{_V6} @seen6 limit rate {rate}/second burst {burst} packets accept"
    yield from _both("add @seen@N { KEY }")
    yield f"counter name {PRESSURE} drop"


def _known(limits: KernelLimits) -> Iterator[str]:
    yield from _both(f"update @krate@N {{ KEY {_over(limits.known)} }} counter name c_rate drop")


def _sealed(limits: KernelLimits) -> Iterator[str]:
    """Limit requests that can't be read: TCP sends again what is dropped, so a stranger waits."""
    yield f"{_V4} @known4 return"
    yield f"{_V6} @known6 return"
    over = _over(limits.sealed)
    yield from _both(f"update @sealed@N {{ KEY {over} }} counter name c_sealed drop")


def _connect(limits: KernelLimits) -> Iterator[str]:
    """Limit how fast a stranger opens connections."""
    yield f"{_V4} @known4 return"
    yield f"{_V6} @known6 return"
    yield from _both(f"update @syn@N {{ KEY {_over(limits.connects)} }} counter name c_syn drop")


def _connections(ports: Ports, limits: KernelLimits) -> Iterator[str]:
    """Limit how many connections a stranger holds open: 50 idle ones lock everybody out of AMI."""
    yield "iif lo accept"
    yield "ip saddr @allow4 accept"
    yield "ip6 saddr @allow6 accept"
    if ports.manager:
        yield from _both(
            f"tcp dport {_any(ports.manager)} ct state new add @mconn@N "
            f"{{ KEY ct count over {limits.manager_connections} }} counter name c_conn drop"
        )
        together = f"add @mall {{ tcp dport ct count over {limits.manager_together} }}"
        yield f"tcp dport {_any(ports.manager)} ct state new {together} counter name c_conn drop"
    yield f"{_V4} @known4 accept"
    yield f"{_V6} @known6 accept"
    others = tuple(sorted({*ports.sip_tcp, *ports.sip_tls, *ports.web} - {*ports.manager}))
    if others:
        yield from _both(
            f"tcp dport {_any(others)} ct state new add @conn@N "
            f"{{ KEY ct count over {limits.connections} }} counter name c_conn drop"
        )


def _outgoing(ports: Ports) -> Iterator[str]:
    yield "oif lo accept"
    for protocol, found in (("udp", ports.udp), ("tcp", ports.tcp)):
        if found:
            yield f"{protocol} sport {_any(found)} goto reply"


def _reply(ports: Ports) -> Iterator[str]:
    """Judge what Asterisk answers: a ban holds also for what it had received before."""
    yield "ip daddr @allow4 accept"
    yield "ip6 daddr @allow6 accept"
    for name in ("ban", "auto"):
        for version, key in ((4, _V4), (6, _V6)):
            to = key.replace("saddr", "daddr")
            yield f"{to} @{name}{version} counter name c_reply drop"
    if ports.sip_udp:
        yield f"udp sport {_any(ports.sip_udp)} @th,64,88 {_401} jump unauthorized"
    if ports.sip_tcp:
        yield f"tcp sport {_any(ports.sip_tcp)} @ih,0,88 {_401} jump unauthorized"


def _unauthorized(limits: KernelLimits) -> Iterator[str]:
    """Count our own refusals: they can't be hidden, whatever the attacker writes."""
    yield "ip daddr @known4 return"
    yield f"{_V6.replace('saddr', 'daddr')} @known6 return"
    yield from _both(
        f"update @fail@N {{ KEY {_over(limits.unauthorized_per_minute, 'minute')} }} "
        f"add @auto@N {{ KEY timeout {limits.unauthorized_s}s }} counter name c_401",
        "daddr",
    )
    # The pause holds also for what Asterisk had received before it.
    yield from _both("KEY @pause@N counter name c_reply drop", "daddr")
    yield from _both(
        f"update @swift@N {{ KEY {_over(limits.unauthorized)} }} "
        f"add @pause@N {{ KEY timeout {limits.pause_ms}ms }}",
        "daddr",
    )


def _any(ports: tuple[int, ...]) -> str:
    return "{ " + ", ".join(str(int(port)) for port in ports) + " }"
