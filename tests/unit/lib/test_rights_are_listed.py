"""Nobody adds a model, a route or a `sudo()` to the addon without saying who may do what.

What the table says is tested in Odoo with each kind of user: the addon's tests/test_rights.py.
"""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ADDON = Path(__file__).parents[3] / "addons" / "asterisk_plus"
SOURCES = [path for path in sorted(ADDON.rglob("*.py")) if "tests" not in path.parts]
_MODEL = re.compile(r"^    _name = \"(asterisk_plus\.\w+)\"", re.MULTILINE)
_ROUTE = re.compile(r"(?:http\.route|_answers)\(\s*\[?\"(/[^\"]+)\"")
_SUDO = re.compile(r"\.sudo\(|Environment\(.*SUPERUSER_ID")
_WHY = re.compile(r"#.*([Ss]udo|[Ss]uperuser)")
#: A comment stands at most so many lines above, in the same statement or the one before.
NEAR = 8


@pytest.fixture(scope="module")
def table() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rights_table", ADDON / "tests/rights_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def found(pattern: re.Pattern[str]) -> set[str]:
    return {one for path in SOURCES for one in pattern.findall(path.read_text())}


def test_every_model_and_route_is_in_the_table(table: ModuleType) -> None:
    hint = "add a row to addons/asterisk_plus/tests/rights_table.py"
    models = {name for name in found(_MODEL) if not _is_abstract(name)}
    assert models == set(table.MODELS), hint
    assert found(_ROUTE) == set(table.ROUTES), hint


def _is_abstract(name: str) -> bool:
    texts = [path.read_text() for path in SOURCES if f'_name = "{name}"' in path.read_text()]
    return all(f'AbstractModel):\n    _name = "{name}"' in text for text in texts)


def test_the_access_file_gives_what_the_table_says(table: ModuleType) -> None:
    given: dict[str, dict[str, str]] = {}
    with (ADDON / "security/ir.model.access.csv").open() as file:
        for row in csv.DictReader(file):
            model = row["model_id:id"].removeprefix("model_").replace("plus_", "plus.", 1)
            signs = zip("rwcd", ("read", "write", "create", "unlink"), strict=True)
            rights = "".join(sign for sign, name in signs if row[f"perm_{name}"] == "1")
            given.setdefault(model, {})[row["group_id:id"]] = rights
    for model, (admin, user, agent) in table.MODELS.items():
        groups = given[model]
        mine = groups.get("group_user", "")
        # A PBX admin is a PBX user, too.
        both = {*mine, *groups.get("group_admin", "")}
        assert "".join(sign for sign in "rwcd" if sign in both) == admin, model
        assert (mine, groups.get("group_server", "")) == (user, agent), model
        others = set(groups) - {"group_admin", "group_user", "group_server"}
        assert all(groups[group] == "" for group in others), model
    assert set(given) == set(table.MODELS)


def test_every_sudo_says_why() -> None:
    silent = []
    for path in SOURCES:
        lines = path.read_text().splitlines()
        for number, line in enumerate(lines):
            near = "\n".join(lines[max(0, number - NEAR) : number + 1])
            if _SUDO.search(line.partition("#")[0]) and not _WHY.search(near):
                silent.append(f"{path.relative_to(ADDON)}:{number + 1}")
    assert silent == [], "say in a comment above why: # sudo: ..."
