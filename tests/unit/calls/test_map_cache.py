"""The saved events map: believed only when it is whole and this server's."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asterisk_agent.calls.map_cache import MAX_BYTES, MapCache

ROWS = [{"id": 1, "name": "Hangup", "condition": ""}, {"id": 2, "name": "Cdr", "condition": "("}]
SOURCE = ("https://odoo.example.com", "company", "asterisk1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent-a" / "events-map.json"


def test_it_comes_back_with_its_faults(path: Path) -> None:
    MapCache(path, SOURCE).save("v7", ROWS)
    found = MapCache(path, SOURCE).load()
    assert found is not None
    assert (found.version, found.wanted_names) == ("v7", {"Hangup"})
    assert [error["id"] for error in found.errors] == [2]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    MapCache(path, SOURCE).save("v8", [])
    found = MapCache(path, SOURCE).load()
    assert found is not None
    assert (found.version, found.wanted_names) == ("v8", frozenset())
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_there_is_none_at_the_first_start(path: Path) -> None:
    assert MapCache(path, SOURCE).load() is None


@pytest.mark.parametrize("place", range(3))
def test_another_servers_is_none(path: Path, place: int) -> None:
    MapCache(path, SOURCE).save("v7", ROWS)
    other = [*SOURCE[:place], "other", *SOURCE[place + 1 :]]
    assert MapCache(path, other).load() is None


def changed(text: str, **content: Any) -> str:
    saved = json.loads(text)
    saved["content"].update(content)
    return json.dumps(saved)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        "",
        "[]",
        "{}",
        "[" * 100_000,
        lambda text: changed(text, version="v9"),
        lambda text: changed(text, rows=[{"id": 3, "name": "Hangup"}]),
        lambda text: text + " " * MAX_BYTES,
    ],
)
def test_a_damaged_one_is_none(path: Path, damage: Callable[[str], str] | str) -> None:
    MapCache(path, SOURCE).save("v7", ROWS)
    path.write_text(damage if isinstance(damage, str) else damage(path.read_text()))
    assert MapCache(path, SOURCE).load() is None


def test_a_disk_that_takes_nothing_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    MapCache(tmp_path / "file" / "events-map.json", SOURCE).save("v7", ROWS)
