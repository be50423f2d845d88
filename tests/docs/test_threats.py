"""The threat model names tests: they exist."""

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PAGE = TOP / "docs/explanation/security.md"


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = PAGE.read_text()
    files = {path.name: path for path in [*TOP.glob("tests/**/*.py"), *TOP.glob("addons/**/*.py")]}
    named = set(re.findall(r"[`/](test_\w+\.py)", text))
    assert len(named) > 10
    assert sorted(named - files.keys()) == []
    source = "\n".join(path.read_text() for name, path in files.items() if "test" in name)
    functions = set(re.findall(r"`(test_\w+)`", text))
    assert [name for name in sorted(functions) if f"def {name}(" not in source] == []


def test_every_row_of_the_threat_model_names_what_shows_it() -> None:
    rows = [line for line in PAGE.read_text().split("\n") if line.startswith("| ")]
    table = rows[: next(n for n, line in enumerate(rows) if line.startswith("| row |"))]
    threats = [line for line in table if line.count("|") == 4 and "shown by" not in line]
    assert len(threats) > 15
    assert [line[:60] for line in threats if "test_" not in line] == []


def test_every_row_of_scripts_attack_has_its_module_in_the_table() -> None:
    modules = {
        path.stem for path in (TOP / "lab/attack").glob("*.py") if "@TABLE.row" in path.read_text()
    }
    imported = (TOP / "lab/attack/table.py").read_text()
    assert modules
    assert [name for name in sorted(modules) if name not in imported] == []
