"""The reference pages say what the code says, and the one-page map names every folder."""

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DOCS = TOP / "docs" / "reference"


def _pages() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("reference", TOP / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: page() for name, page in module.MADE.items()}


@pytest.mark.parametrize(("name", "page"), sorted(_pages().items()))
def test_page_made_from_the_code_is_current(name: str, page: str) -> None:
    assert (DOCS / name).read_text() == page, "run scripts/reference.py"


def _tracked_folders() -> set[str]:
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return {str(Path(name).parent) for name in files if name.endswith((".py", ".conf"))}


def test_map_of_the_source_names_every_folder_that_holds_code() -> None:
    page = (DOCS / "source-code.md").read_text()
    named = {match.rstrip("/") for match in re.findall(r"`([\w./-]+)`", page)}
    missing = {
        folder
        for folder in _tracked_folders()
        if not any(str(parent) in named for parent in (Path(folder), *Path(folder).parents))
    }
    assert not missing


def test_map_of_the_source_names_nothing_that_is_not_there() -> None:
    page = (DOCS / "source-code.md").read_text()
    named = re.findall(r"^\| `([\w./-]+/)` \|", page, re.MULTILINE)
    assert named
    assert [name for name in named if not (TOP / name).is_dir()] == []


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", *TOP.glob("docs/**/*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(TOP)}: {target}")
    assert broken == []


def test_readme_is_short_and_names_the_two_commands() -> None:
    lines = (TOP / "README.md").read_text().splitlines()
    assert len(lines) < 120
    assert {"scripts/demo", "scripts/test"} <= set(" ".join(lines).split())


def test_every_variable_of_the_readme_exists() -> None:
    from asterisk_agent.core.config import SETTINGS_TABLE

    known = {row.name for row in SETTINGS_TABLE}
    text = (TOP / "README.md").read_text()
    used = set(re.findall(r"^((?:ODOO|ASTERISK|AMQP|RPC|AGENT)_[A-Z_]+)=", text, re.M))
    assert used
    assert used <= known


def test_the_functions_of_the_reference_are_those_of_the_code() -> None:
    from asterisk_agent.rpc.catalog import CATALOG

    source = "\n".join(path.read_text() for path in (TOP / "src").rglob("*.py"))
    added = re.findall(r'(?:functions|found)\.add\(\s*"([\w.]+)"', source)
    assert len(added) > 10
    assert sorted(added) == sorted(row.name for row in CATALOG)
    contract = (DOCS / "agent-odoo.md").read_text()
    assert [row.name for row in CATALOG if f"`{row.name}" not in contract] == []


def test_the_lists_of_actions_are_those_that_are_allowed() -> None:
    from asterisk_agent.ami import policy

    listed = {action.lower() for actions in policy.LISTS.values() for action in actions}
    assert listed == policy._ALLOWED


def test_every_command_in_the_pages_exists() -> None:
    known = re.findall(
        r"^## `(asterisk-agent [a-z -]+[a-z])", (DOCS / "command-line.md").read_text(), re.M
    )
    pages = [TOP / "README.md", *TOP.glob("docs/**/*.md")]
    used = {
        (page.name, words)
        for page in pages
        for words in re.findall(r"`asterisk-agent ([a-z-]+(?: [a-z]+)?)", page.read_text())
    }
    assert len(used) > 10
    strange = [
        (page, words)
        for page, words in sorted(used)
        if not any(
            name.startswith(f"asterisk-agent {words}")
            or f"asterisk-agent {words} ".startswith(f"{name} ")
            for name in known
        )
    ]
    assert strange == []
