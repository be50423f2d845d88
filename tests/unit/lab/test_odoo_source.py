"""ODOO_SRC: what is made of a checkout."""

import ast
import sys
from pathlib import Path

import pytest
from lab import odoo_source
from lab.errors import LabError
from lab.odoo_source import OdooSource, relaxed

REQUIREMENTS = """
# comment
Babel==2.9.1  # min version = 2.6.0
gevent==21.8.0 ; sys_platform != 'win32' and python_version == '3.10'  # (Jammy)
psycopg2==2.9.2 ; python_version == '3.10'
python-ldap==3.4.0 ; sys_platform != 'win32'
pywin32 ; sys_platform == 'win32'
cryptography==3.4.8; python_version < '3.12'
zeep[async]==4.1.0
"""


def test_requirements_are_relaxed_where_wheels_are_missing() -> None:
    assert relaxed(REQUIREMENTS) == [
        "Babel==2.9.1",
        "gevent>=21.8.0; sys_platform != 'win32' and python_version == '3.10'",
        "psycopg2-binary>=2.9.2; python_version == '3.10'",
        "cryptography==3.4.8; python_version < '3.12'",
        "zeep[async]==4.1.0",
    ]


@pytest.fixture
def source(tmp_path: Path) -> OdooSource:
    (tmp_path / "odoo").mkdir()
    (tmp_path / "addons").mkdir()
    (tmp_path / "odoo-bin").touch()
    (tmp_path / "requirements.txt").write_text(REQUIREMENTS)
    (tmp_path / "odoo/release.py").write_text(
        "#  (6,1,0,'beta',0) < (6,1,0,'candidate',1)\nversion_info = (17, 0, 0, FINAL, 0, '')\n"
    )
    return OdooSource(tmp_path)


def test_the_series_is_read_from_the_checkout(source: OdooSource) -> None:
    assert source.series == "17.0"
    assert "odoo-17.0" in source.venv.name


@pytest.mark.parametrize(
    ("series", "of_its_time"),
    [(15, {"lxml<5.2", "markupsafe<2.1", "cryptography<3.5"}), (16, {"lxml<5.2"}), (17, set())],
)
def test_an_old_series_has_packages_of_its_time(
    source: OdooSource, series: int, of_its_time: set[str]
) -> None:
    (source.path / "odoo/release.py").write_text(f"version_info = ({series}, 0, 0, FINAL, 0, '')\n")
    wanted = {"lxml<5.2", "markupsafe<2.1", "cryptography<3.5"}
    assert wanted & set(source.requirements().splitlines()) == of_its_time


def test_a_python_that_is_too_new_for_a_series_is_told(
    source: OdooSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_PYTHON", sys.executable)
    (source.path / "odoo/release.py").write_text("version_info = (15, 0, 0, FINAL, 0, '')\n")
    with pytest.raises(LabError, match=r"(?s)newer than 3\.10.*ODOO_PYTHON"):
        source.provision()


def test_an_odoo_python_that_is_none_is_told(
    source: OdooSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    for program in ("/nowhere/python3", "false"):
        monkeypatch.setenv("ODOO_PYTHON", program)
        with pytest.raises(LabError, match=f"(?s){program}.*ODOO_PYTHON"):
            source.provision()


def test_our_addons_are_built_for_its_series(source: OdooSource, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    assert source.addons(ours) == [str(tmp_path / "addons"), str(ours)]
    manifest = ast.literal_eval((ours / "asterisk_plus/__manifest__.py").read_text())
    assert manifest["version"].startswith("17.0.")
    assert (ours / "asterisk_plus_test/__manifest__.py").is_file()


def test_a_series_that_is_not_built_is_told(source: OdooSource, tmp_path: Path) -> None:
    (tmp_path / "odoo/release.py").write_text("version_info = (13, 0, 0, FINAL, 0, '')\n")
    with pytest.raises(LabError, match=r"13\.0"):
        source.addons(tmp_path / "ours")


def test_a_folder_that_is_no_checkout_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODOO_SRC", str(tmp_path))
    with pytest.raises(LabError, match="odoo-bin"):
        odoo_source.chosen()
    monkeypatch.delenv("ODOO_SRC")
    assert odoo_source.chosen() is None
