"""The trunks' addresses, by Asterisk's own configuration files.

Not asked of Asterisk itself: its manager tells endpoints only to accounts that may also read every
secret (`system`). Trunks that are kept in a database belong into SECURITY_IGNOREIP.
"""

from __future__ import annotations

import re
from pathlib import Path

from asterisk_agent.firewall.conf_file import Section, read_sections
from asterisk_agent.firewall.source import Network, parse_network

_URI = re.compile(r"sips?:(?:[^@;>]*@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)")
#: A trunk that is half the internet protects nobody from it.
MIN_PREFIX = 8


def trunks(folder: Path) -> tuple[list[Network], list[str]]:
    """Return the addresses of identifications, registrars and static contacts, and host names.

    Names are the caller's to resolve: Asterisk resolves them too.
    """
    networks: list[Network] = []
    names: list[str] = []
    for text in _hosts(folder):
        try:
            network = parse_network(text.strip("[]"))
        except ValueError:
            names.append(text)
            continue
        if network.prefixlen >= MIN_PREFIX:
            networks.append(network)
    return list(dict.fromkeys(networks)), list(dict.fromkeys(names))


def _hosts(folder: Path) -> list[str]:
    found: list[str] = []
    for section in read_sections(folder / "pjsip.conf"):
        if not section.template:
            found += _pjsip(section)
    for section in read_sections(folder / "sip.conf"):
        if section.get("host", "dynamic") != "dynamic" and not section.template:
            found.append(section.get("host"))
    return found


def _pjsip(section: Section) -> list[str]:
    kind = section.get("type").lower()
    if kind == "identify":
        return [text for text in section.all("match") if not text.startswith("!")]
    key = {"registration": "server_uri", "aor": "contact"}.get(kind)
    uris = section.all(key) if key else []
    return [match[1] for uri in uris if (match := _URI.match(uri))]
