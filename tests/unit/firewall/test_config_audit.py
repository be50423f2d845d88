"""What lets strangers into an Asterisk, by its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent.firewall.config_audit import MIN_SECRET, audit

SAMPLES = Path(__file__).parents[3] / "asterisk"
GOOD = "b7a1f09c44de5521aa"


def found(folder: Path, name: str, text: str, account: str = "") -> list[str]:
    """Write one file; return where and what was found."""
    (folder / name).write_text(text)
    looked = audit(folder, account)
    assert looked.read == [name]
    for finding in looked.findings:
        assert finding.cure
        assert "s3cr" not in repr(finding)
    return [f"{finding.where} {finding.text}" for finding in looked.findings]


CASES = [
    # pjsip: who can be named in From
    ("pjsip.conf", "[trunk]\ntype=endpoint\n", "[trunk] has no password, and whoever writes"),
    ("pjsip.conf", "[t](!)\ntype=endpoint\n[trunk](t)\n", "[trunk] has no password"),
    (
        "pjsip.conf",
        "[trunk]\ntype=endpoint\n[trunk]\ntype=identify\nendpoint=trunk\nmatch=192.0.2.1\n",
        "[trunk] has no password",
    ),
    ("pjsip.conf", "[anonymous]\ntype=endpoint\n", "[anonymous] takes calls from anybody"),
    ("pjsip.conf", "[101]\ntype=auth\npassword=101\n", "everybody tries first"),
    ("pjsip.conf", "[101]\ntype=auth\nusername=alice\npassword=Alice\n", "everybody tries first"),
    ("pjsip.conf", "[101]\ntype=auth\npassword=s3cr3t-9\n", "weak password"),
    ("pjsip.conf", "[101]\ntype=auth\npassword=908172635411\n", "weak password"),
    ("pjsip.conf", "[101]\ntype=auth\nusername=101\n", "has no password"),
    ("pjsip_wizard.conf", "[w]\ntype=wizard\nremote_hosts=192.0.2.1\n", "[w] has no password"),
    (
        "pjsip_wizard.conf",
        "[w]\ntype=wizard\naccepts_auth=yes\ninbound_auth/password=w\n",
        "everybody tries first",
    ),
    # chan_sip
    ("sip.conf", "[general]\nbindport=5060\n", "[general] takes calls from anybody (allowguest)"),
    ("sip.conf", "[101]\ntype=friend\nhost=dynamic\n", "[101] has no password"),
    ("sip.conf", "[101]\ntype=peer\nhost=dynamic\n", "[101] has no password"),
    ("sip.conf", "[101]\ntype=friend\nsecret=1234\n", "everybody tries first"),
    # the manager interface
    ("manager.conf", "[general]\nenabled=yes\n", "listens to the whole network"),
    ("manager.conf", "[general]\nenabled=yes\nbindaddr=::\n", "listens to the whole network"),
    ("manager.conf", "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[odoo]\nsecret=odoo\n", "first"),
    (
        "manager.conf",
        f"[general]\nenabled=yes\nbindaddr=0.0.0.0\n[x]\nsecret={GOOD}\n",
        "[x] may log in from every address",
    ),
    (
        "manager.conf",
        f"[general]\nenabled=yes\nbindaddr=::1\n[x]\nsecret={GOOD}\nwrite=call,command,all\n",
        "write=all,command",
    ),
    # ARI
    ("ari.conf", "[general]\nenabled=yes\n[x]\ntype=user\npassword=asterisk\n", "first"),
]


@pytest.mark.parametrize(("name", "text", "wanted"), CASES)
def test_what_lets_strangers_in_is_found(tmp_path: Path, name: str, text: str, wanted: str) -> None:
    assert any(wanted in line for line in found(tmp_path, name, text)), wanted


CLEAN = [
    ("pjsip.conf", "[trunk]\ntype=endpoint\nidentify_by=ip\n"),
    ("pjsip.conf", "[t](!)\ntype=endpoint\nidentify_by=ip\n[trunk](t)\n"),
    ("pjsip.conf", "[g]\ntype=global\nendpoint_identifier_order=ip\n[trunk]\ntype=endpoint\n"),
    ("pjsip.conf", f"[101]\ntype=endpoint\nauth=101\n[101]\ntype=auth\npassword={GOOD}\n"),
    ("pjsip.conf", "[101]\ntype=auth\nauth_type=md5\nmd5_cred=0123456789abcdef\n"),
    ("pjsip.conf", "[x](!)\ntype=endpoint\n[y](!)\ntype=auth\npassword=1234\n"),
    ("pjsip.conf", "; [x]\n;type=endpoint\n;--\n[y]\ntype=endpoint\n--;\n"),
    ("pjsip_wizard.conf", "[w]\ntype=wizard\nendpoint/identify_by=ip\n"),
    ("sip.conf", f"[general]\nallowguest=no\n[101]\ntype=friend\nsecret={GOOD}\n"),
    ("sip.conf", "[general]\nallowguest=no\n[trunk]\ntype=peer\nhost=192.0.2.1\n"),
    ("manager.conf", "[general]\nenabled=no\n[odoo]\nsecret=odoo\n"),
    ("manager.conf", f"[general]\nenabled=yes\nbindaddr=10.0.0.5\n[odoo]\nsecret={GOOD}\n"),
    ("http.conf", "[general]\nenabled=yes\nbindaddr=0.0.0.0\n"),
    ("ari.conf", "[x]\ntype=user\npassword_format=crypt\npassword=$6$x$y\n"),
]


@pytest.mark.parametrize(("name", "text"), CLEAN)
def test_what_is_well_is_left_alone(tmp_path: Path, name: str, text: str) -> None:
    assert found(tmp_path, name, text) == []


def test_the_agents_account_may_do_what_it_needs_and_no_more(tmp_path: Path) -> None:
    head = f"[general]\nenabled=yes\nbindaddr=127.0.0.1\n[odoo]\nsecret={GOOD}\npermit=127.0.0.1\n"
    good = head + "read=call,security\nwrite=call,originate,reporting\n"
    assert found(tmp_path, "manager.conf", good, "odoo") == []
    more = head + "read=all\nwrite=call,system\n"
    (line,) = found(tmp_path, "manager.conf", more, "odoo")
    assert line.endswith("may do more than the agent needs: read=all, system")


def test_ari_and_ami_in_the_web_server(tmp_path: Path) -> None:
    (tmp_path / "ari.conf").write_text(f"[x]\ntype=user\npassword={GOOD}\n")
    manager = "[general]\nenabled=yes\nwebenabled=yes\nbindaddr=127.0.0.1\n"
    (tmp_path / "manager.conf").write_text(manager)
    http = "[general]\nenabled=yes\ntlsenable=yes\ntlsbindaddr=[::]:8089\n"
    (tmp_path / "http.conf").write_text(http)
    texts = [finding.text for finding in audit(tmp_path).findings]
    assert [text.split(";")[0].split(",")[0] for text in texts] == [
        "ARI and the manager interface can be reached from the whole network",
        "ARI and the manager interface can be reached from the whole network",
    ]
    local = "[general]\nenabled=yes\nbindaddr=127.0.0.1\ntlsenable=yes\ntlsbindaddr=127.0.0.1:8089"
    (tmp_path / "http.conf").write_text(local)
    assert audit(tmp_path).findings == []
    (tmp_path / "ari.conf").unlink()
    (tmp_path / "manager.conf").unlink()
    (tmp_path / "http.conf").write_text(http)
    assert audit(tmp_path).findings == []


def test_includes_are_followed_and_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.conf").write_text("[anonymous]\ntype=endpoint\n")
    (tmp_path / "more" / "b.conf").mkdir()  # reading a folder fails, also for root
    (tmp_path / "pjsip.conf").write_text("#include more/*.conf\n#tryinclude gone.conf\n")
    looked = audit(tmp_path)
    assert [finding.where for finding in looked.findings] == ["pjsip.conf [anonymous]"]
    assert looked.unread == [str(tmp_path / "more" / "b.conf")]
    nothing = audit(tmp_path / "nowhere")
    assert (nothing.findings, nothing.read, nothing.unread) == ([], [], [])


def test_our_own_samples_are_clean_with_good_secrets(tmp_path: Path) -> None:
    assert audit(SAMPLES, "odoo").read == ["pjsip.conf", "sip.conf", "manager.conf"]
    for path in SAMPLES.glob("*.conf"):
        # As a user does: the examples are taken in, each password is made.
        lines = [
            line.removeprefix(";") if line[1:2] not in {" ", ""} else line
            for line in path.read_text().splitlines()
        ]
        text = "\n".join(
            f"{ln}{GOOD}" if ln.endswith("=") or ln.endswith("= ") else ln for ln in lines
        )
        (tmp_path / path.name).write_text(text)
    findings = audit(tmp_path, "odoo").findings
    assert [f"{finding.where} {finding.text}" for finding in findings] == []


def test_random_bytes_are_survived(tmp_path: Path) -> None:
    for name in ("pjsip.conf", "manager.conf", "http.conf", "ari.conf", "sip.conf"):
        (tmp_path / name).write_bytes(bytes(range(256)) * 20 + b"\n[x\n[](](,\n=\n[y](z)\n= > =\n")
    audit(tmp_path)
    assert MIN_SECRET >= 8
