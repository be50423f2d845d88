"""On which ports Asterisk listens, by its own configuration files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from asterisk_agent.firewall.conf_file import Section, read_sections

_PORT = re.compile(r".*:(\d{1,5})")
_ON = {"yes", "true", "y", "t", "1", "on"}
#: pjsip.conf, protocol of a transport. `ws` and `wss` come in by http.conf's ports.
_TRANSPORTS = {"udp": "sip_udp", "tcp": "sip_tcp", "tls": "sip_tls"}


@dataclass(frozen=True)
class Ports:
    """The ports to guard. The defaults are Asterisk's own."""

    sip_udp: tuple[int, ...] = (5060,)
    sip_tcp: tuple[int, ...] = (5060,)
    sip_tls: tuple[int, ...] = (5061,)
    web: tuple[int, ...] = (8088, 8089)
    manager: tuple[int, ...] = (5038,)
    iax: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no port: these numbers become part of the kernel's rules."""
        every = (*self.udp, *self.tcp)
        if not all(type(port) is int and 0 < port < 65536 for port in every):
            raise ValueError("no port")

    @property
    def udp(self) -> tuple[int, ...]:
        """Return all UDP ports, ascending."""
        return _distinct((*self.sip_udp, *self.iax))

    @property
    def tcp(self) -> tuple[int, ...]:
        """Return all TCP ports, ascending."""
        return _distinct((*self.sip_tcp, *self.sip_tls, *self.web, *self.manager))


def read_ports(folder: Path, manager_port: int) -> Ports:
    """Read pjsip.conf, sip.conf, http.conf, manager.conf and iax.conf in a folder.

    ``manager_port`` is where the agent finds the manager interface. A file that is not there, or
    can't be read, adds nothing; when no SIP port is found at all, Asterisk's default counts.
    """
    pjsip, sip = read_sections(folder / "pjsip.conf"), read_sections(folder / "sip.conf")
    found: dict[str, list[int]] = {name: [] for name in ("sip_udp", "sip_tcp", "sip_tls")}
    _pjsip(pjsip, found)
    _chan_sip(sip, found)
    if not any(found.values()):
        default = Ports()
        found = {name: list(getattr(default, name)) for name in found}
    return Ports(
        **{name: _distinct(ports) for name, ports in found.items()},
        web=_web(read_sections(folder / "http.conf"), (8088, 8089)),
        manager=_distinct((manager_port, *_web(read_sections(folder / "manager.conf"), ()))),
        iax=_iax(read_sections(folder / "iax.conf")),
    )


def _pjsip(sections: Iterable[Section], found: dict[str, list[int]]) -> None:
    for section in sections:
        kind = _TRANSPORTS.get(section.get("protocol", "udp").lower())
        if section.get("type").lower() == "transport" and kind and not section.template:
            found[kind].append(_port(section.get("bind"), 5061 if kind == "sip_tls" else 5060))


def _chan_sip(sections: Iterable[Section], found: dict[str, list[int]]) -> None:
    for general in (s for s in sections if s.name == "general"):
        port = _port(f":{general.get('bindport', '5060')}", 5060)
        udp = _port(general.get("udpbindaddr") or general.get("bindaddr"), port)
        found["sip_udp"].append(udp)
        if general.get("tcpenable").lower() in _ON:
            found["sip_tcp"].append(_port(general.get("tcpbindaddr"), udp))
        if general.get("tlsenable").lower() in _ON:
            found["sip_tls"].append(_port(general.get("tlsbindaddr"), 5061))


def _web(sections: Iterable[Section], default: tuple[int, ...]) -> tuple[int, ...]:
    """Read http.conf, or manager.conf, whose keys are nearly the same."""
    ports: list[int] = []
    for general in (s for s in sections if s.name == "general"):
        fallback = default[0] if default else 5038
        if general.get("enabled", "no").lower() in _ON:
            ports.append(_port(f":{general.get('bindport') or general.get('port')}", fallback))
        if general.get("tlsenable").lower() in _ON:
            ports.append(_port(general.get("tlsbindaddr"), 8089 if default else 5039))
        return _distinct(ports)
    return default


def _iax(sections: Iterable[Section]) -> tuple[int, ...]:
    ports = (_port(f":{s.get('bindport')}", 4569) for s in sections if s.name == "general")
    return _distinct(ports)


def _port(bind: str, default: int) -> int:
    """Return the port of `address:port`, `[address]:port` or `:port`."""
    # An IPv6 address without brackets has colons, and no port.
    text = bind.strip()
    match = _PORT.fullmatch(text) if text.count(":") == 1 or "]:" in text else None
    port = int(match[1]) if match else default
    return port if 0 < port < 65536 else default


def _distinct(ports: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(ports)))
