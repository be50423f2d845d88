"""The addons of this checkout, built for every series: what must be in it, and what must not."""

import ast
import csv
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from series import build, known
from series.known import SERIES, BuildError, Series

#: What a series refuses, or passes over in silence: (from, to, what, where).
FORBIDDEN = [
    (17, 99, r"\sattrs=", "*.xml"),
    (17, 99, r"<(button|field|group|div|page)[^>]*\sstates=", "*.xml"),
    (17, 99, r"app_settings_block|o_setting_box", "views/*.xml"),
    (18, 99, r"</?tree\b|/tree\b", "*.xml"),
    (18, 99, r">[^<]*\btree,|,tree\b", "*.xml"),
    (18, 99, r"numbercall|doall", "*.xml"),
    (15, 99, r"inherit_id=\"web\.assets", "*.xml"),
    (16, 99, r"odoo\.define", "*.js"),
    (14, 15, r"@odoo-module", "*.js"),
    (16, 99, r"theme-color\(", "*.scss"),
    (16, 99, r"\.(invalidate_cache|sendone|fields_view_get)\(", "*.py"),
    (18, 99, r"\.(check_access_rights|check_access_rule)\(", "*.py"),
    (17, 99, r"def name_get", "*.py"),
    (19, 99, r"\bgroups_id\b", "*.py"),
    (19, 99, r"name=\"groups_id\"", "*.xml"),
    (19, 99, r"_sql_constraints", "*.py"),
]
#: What a file may say of another series on purpose: the one place that knows the bus of each.
NOT_FOR = {r"\.(invalidate_cache|sendone|fields_view_get)\(": "bus_message.py"}


@pytest.fixture(scope="module", params=SERIES, ids=str)
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Series, list[Path]]:
    one: Series = request.param
    return one, build.build(one, tmp_path_factory.mktemp(str(one)))


def test_every_addon_is_there(built: tuple[Series, list[Path]]) -> None:
    one, addons = built
    assert [addon.name for addon in addons] == [addon.name for addon in build.addons()]
    for addon in addons:
        manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
        assert re.fullmatch(rf"{re.escape(str(one))}\.\d+\.\d+\.\d+", manifest["version"])
        for name in manifest["data"]:
            assert (addon / name).is_file(), f"{addon.name}: {name}"
        own = [name for name in manifest["data"] if "mobile_views" in name]
        is_wanted = one.major == 19 and addon.name == "asterisk_plus"
        assert bool(own) == is_wanted, "a view that lies in the overlay alone"
        assert ("assets" in manifest) == (one.major >= 15 and (addon / "static/src").is_dir())


def test_the_source_is_in_the_form_of_14(built: tuple[Series, list[Path]]) -> None:
    one, addons = built
    if one.major == known.SOURCE:
        for addon in addons:
            for path in addon.rglob("*.py"):
                source = build.ADDONS / path.relative_to(addon.parent)
                if path.name != "__manifest__.py":
                    assert path.read_bytes() == source.read_bytes()


def test_templates_of_owl_say_so_in_16(built: tuple[Series, list[Path]]) -> None:
    one, addons = built
    templates = [
        template
        for addon in addons
        for path in (addon / "static").rglob("*.xml")
        for template in ET.parse(path).getroot()  # noqa: S314 - our own file
        if template.get("t-name")
    ]
    assert templates
    assert {template.get("owl") for template in templates} == {"1" if one.major == 16 else None}


def test_every_file_can_be_read(built: tuple[Series, list[Path]]) -> None:
    for addon in built[1]:
        for path in addon.rglob("*.xml"):
            ET.parse(path)  # noqa: S314 - our own file
        for path in addon.rglob("*.py"):
            compile(path.read_text(), str(path), "exec")
        for path in addon.rglob("*.csv"):
            rows = list(csv.reader(path.read_text().splitlines()))
            assert {len(row) for row in rows} == {len(rows[0])}


def test_every_asset_is_there(built: tuple[Series, list[Path]]) -> None:
    for addon in built[1]:
        manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
        named = {path for paths in manifest.get("assets", {}).values() for path in paths}
        there = {one for path in named for one in addon.parent.glob(path)}
        assert all(any(addon.parent.glob(path)) for path in named)
        if built[0].major >= 15:
            sources = {one for one in (addon / "static/src").rglob("*") if one.is_file()}
            scripts = {one for one in sources if one.suffix in (".js", ".xml", ".scss")}
            assert scripts - there == set()


@pytest.mark.parametrize("rule", FORBIDDEN, ids=lambda rule: f"{rule[0]} {rule[2]}")
def test_nothing_that_the_series_does_not_know(
    built: tuple[Series, list[Path]], rule: tuple[int, int, str, str]
) -> None:
    one, addons = built
    since, until, words, where = rule
    if since <= one.major <= until:
        for addon in addons:
            for path in addon.rglob(where):
                if path.name != NOT_FOR.get(words):
                    found = re.search(words, path.read_text())
                    assert not found, f"{path.relative_to(addon.parent)}: {found and found.group()}"


def test_a_zip_made_twice_is_the_same_file(tmp_path: Path) -> None:
    one = known.series("17.0")
    zips = [
        build.zipped(build.build(one, tmp_path / name, build.addons()[:1])[0], one)
        for name in ("a", "b")
    ]
    assert zips[0].read_bytes() == zips[1].read_bytes()
    names = zipfile.ZipFile(zips[0]).namelist()
    assert "asterisk_plus/__manifest__.py" in names
    assert not [name for name in names if "__pycache__" in name]


def test_an_unknown_construct_stops_the_build_and_leaves_what_was_there(tmp_path: Path) -> None:
    one = known.series("18.0")
    source = tmp_path / "src" / "asterisk_plus_x"
    (source / "views").mkdir(parents=True)
    (source / "__manifest__.py").write_text(
        "{'name': 'X', 'version': '14.0.1.0.0', 'data': ['views/x.xml']}"
    )
    page = '<odoo><record model="ir.ui.view"><field name="arch"><{} /></field></record></odoo>'
    (source / "views/x.xml").write_text(page.format("tree"))
    built = build.build(one, tmp_path / "out", [source])[0]
    (source / "views/x.xml").write_text(page.format("marquee"))
    with pytest.raises(BuildError, match=r"asterisk_plus_x/views/x\.xml for 18\.0: .*<marquee>"):
        build.build(one, tmp_path / "out", [source])
    assert "<list />" in (built / "views/x.xml").read_text()


def test_the_command_tells_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["13.0", "--out", str(tmp_path)]) == 1
    assert "13.0" in capsys.readouterr().err
    assert build.main(["18.0", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "asterisk_plus-18.0.zip").is_file()
