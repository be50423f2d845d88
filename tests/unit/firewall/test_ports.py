"""The ports that Asterisk's own files name."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent.firewall.ports import Ports, read_ports

SAMPLES = Path(__file__).resolve().parents[3] / "asterisk"

PJSIP = """
;--  a comment of several lines
[ghost]
type=transport
protocol=udp
bind=0.0.0.0:1
--;
#include "transports.d/*.conf"
#tryinclude nowhere.conf
[udp-base](!)
type = transport ; a template is no transport
protocol = udp
[u1](udp-base)
bind = 0.0.0.0:5080
[u1](+)
bind => 192.0.2.1:5081
[u6](udp-base)
bind = [::]:5082
[bare](udp-base)
bind = 2001:db8::1
[tls]
type=transport
protocol=tls
bind=0.0.0.0
[wss]
type=transport
protocol=wss
bind=0.0.0.0
[101]
type=endpoint
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.conf").write_text(text)


def test_transports_of_pjsip(tmp_path: Path) -> None:
    (tmp_path / "transports.d").mkdir()
    write(tmp_path / "transports.d", more="[t]\ntype=transport\nprotocol=tcp\nbind=0.0.0.0:5070\n")
    write(tmp_path, pjsip=PJSIP)
    ports = read_ports(tmp_path, 5038)
    assert ports.sip_udp == (5060, 5081, 5082)
    assert ports.sip_tcp == (5070,)
    assert ports.sip_tls == (5061,)


def test_chan_sip_http_manager_and_iax(tmp_path: Path) -> None:
    write(
        tmp_path,
        sip="[general]\nbindport=5090\ntcpenable=yes\ntlsenable=yes\ntlsbindaddr=0.0.0.0:5091\n",
        http="[general]\nenabled=yes\nbindport=8090\ntlsenable=yes\ntlsbindaddr=[::]:8091\n",
        manager="[general]\nenabled=yes\nport=6038\n[odoo]\nsecret=5\n",
        iax="[general]\nbindport=4570\n",
    )
    ports = read_ports(tmp_path, 5038)
    assert ports == Ports((5090,), (5090,), (5091,), (8090, 8091), (5038, 6038), (4570,))
    assert ports.udp == (4570, 5090)


def test_without_files_asterisks_defaults_count(tmp_path: Path) -> None:
    assert read_ports(tmp_path / "nowhere", 5039) == Ports(manager=(5039,))


def test_our_own_samples_are_understood() -> None:
    ports = read_ports(SAMPLES, 5038)
    assert (ports.sip_udp, ports.manager) == ((5060,), (5038,))


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    write(tmp_path, pjsip="#include pjsip.conf\n[t]\ntype=transport\nbind=0.0.0.0:5099\n")
    assert read_ports(tmp_path, 5038).sip_udp == (5099,)


@pytest.mark.parametrize("port", [0, 65536, -1, True, "5060; flush ruleset"])
def test_what_is_no_port_never_becomes_a_rule(port: object) -> None:
    with pytest.raises(ValueError, match="no port"):
        Ports(sip_udp=(port,))  # type: ignore[arg-type]
