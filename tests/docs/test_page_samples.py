"""What the pages show can be typed: each block says its language, and that language takes it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PAGES = [TOP / "README.md", *sorted(TOP.glob("docs/**/*.md"))]
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
#: Pictures made of letters, and what a program says.
SHOWN = ""
#: What is typed names these of ours.
OURS = re.compile(r"(?<![\w/.-])((?:deploy|scripts|asterisk|docs)/[\w./-]+)")
BLOCKS = [
    (page, language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
    for page in PAGES
    for indent, language, text in BLOCK.findall(page.read_text())
]


def named(language: str) -> list[object]:
    found = [block for block in BLOCKS if block[1] == language]
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for number, (page, _, text) in enumerate(found)
    ]


def test_every_fence_is_closed_and_known() -> None:
    for page in PAGES:
        fences = len(re.findall(r"^ *```", page.read_text(), re.MULTILINE))
        assert fences == 2 * sum(block[0] == page for block in BLOCKS), page
    known = {"sh", "python", "json", "csv", "ini", "sql", SHOWN}
    assert {language for _, language, _ in BLOCKS} <= known


@pytest.mark.parametrize("text", named("sh"))
def test_a_shell_takes_it_and_what_it_names_is_there(text: str) -> None:
    done = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path for path in OURS.findall(text) if not (TOP / path).exists()] == []


@pytest.mark.parametrize("text", named("python"))
def test_python_takes_it(text: str) -> None:
    ast.parse(text)


@pytest.mark.parametrize("text", named("json"))
def test_it_is_json(text: str) -> None:
    json.loads(text.replace("…", "").replace(", }", "}"))


def test_commands_stand_in_blocks_that_are_looked_at() -> None:
    """A command in a block without a language would be looked at by nobody."""
    first = re.compile(r"^(?:apt-get|docker|systemctl|cp|scripts/|python3|pip|mkdir|odoo) ", re.M)
    loose = [page.name for page, language, text in BLOCKS if not language and first.search(text)]
    assert loose == []
