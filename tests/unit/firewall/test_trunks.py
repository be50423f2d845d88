"""The trunks that Asterisk's files name."""

from __future__ import annotations

from pathlib import Path

from asterisk_agent.firewall.trunks import trunks
from unit.firewall.facts import net

PJSIP = """
[carrier]
type = identify
endpoint = carrier
match = 192.0.2.1,198.51.100.0/255.255.255.0
match = sbc.example.com
match = 0.0.0.0/0
[reg](!)
type = registration
[reg1](reg)
server_uri = sip:registrar.example.net:5070\\;transport=tcp
[aor]
type = aor
contact = sip:user@[2001:db8::7]:5060
contact = sips:203.0.113.9
[101]
type = aor
max_contacts = 1
[101]
type = endpoint
contact = sip:10.0.0.1
"""


def test_identifications_registrars_and_static_contacts(tmp_path: Path) -> None:
    (tmp_path / "pjsip.conf").write_text(PJSIP)
    (tmp_path / "sip.conf").write_text("[old]\nhost=192.0.2.77\n[phone]\nhost=dynamic\n")
    networks, names = trunks(tmp_path)
    assert networks == [
        net(text)
        for text in (
            *("192.0.2.1", "198.51.100.0/24", "2001:db8::7", "203.0.113.9"),
            "192.0.2.77",
        )
    ]
    assert names == ["sbc.example.com", "registrar.example.net"]


def test_no_files_no_trunks(tmp_path: Path) -> None:
    assert trunks(tmp_path) == ([], [])
