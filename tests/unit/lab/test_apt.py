"""The host's apt configuration, in both of its formats."""

from pathlib import Path

import pytest
from lab import apt
from lab.errors import ProvisionError

ONE_LINE = """
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://vendor.example/apt stable main
deb http://mirror.example/debian bookworm main contrib
deb-src http://mirror.example/debian bookworm main
"""
DEB822 = """
# comment
Types: deb deb-src
URIs: http://mirror.example/debian
 http://second.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
"""


def test_one_line_format() -> None:
    assert list(apt.one_line_sources(ONE_LINE)) == [
        ("http://vendor.example/apt", "stable", ["main"]),
        ("http://mirror.example/debian", "bookworm", ["main", "contrib"]),
    ]


def test_deb822_format() -> None:
    found = list(apt.deb822_sources(DEB822))
    assert [(uri, suite) for uri, suite, _ in found] == [
        ("http://mirror.example/debian", "bookworm"),
        ("http://mirror.example/debian", "bookworm-updates"),
        ("http://second.example/debian", "bookworm"),
        ("http://second.example/debian", "bookworm-updates"),
    ]


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    monkeypatch.setattr(apt, "APT", tmp_path)
    monkeypatch.delenv("LAB_MIRROR", raising=False)
    return tmp_path


def test_the_archive_is_taken_and_no_vendor_nor_security(etc: Path) -> None:
    (etc / "sources.list").write_text(
        "deb http://mirror.example/debian-security bookworm-security main\n" + ONE_LINE
    )
    assert apt.mirror() == "http://mirror.example/debian"


def test_lab_mirror_wins(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MIRROR", "http://archive.example/debian/")
    assert apt.mirror() == "http://archive.example/debian"


def test_no_mirror_names_the_cure(etc: Path) -> None:
    with pytest.raises(ProvisionError, match="LAB_MIRROR"):
        apt.mirror()
