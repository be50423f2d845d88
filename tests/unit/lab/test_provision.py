"""What makes a chroot current, and what is said when the machine cannot have one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from lab import provision
from lab.errors import LabError, ProvisionError
from lab.recipes import RECIPES, Recipe

RECIPE = Recipe("test", "test", ("one", "two"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    return tmp_path


def test_a_chroot_is_current_while_its_recipe_is_the_same(cache: Path) -> None:
    assert not provision.is_current(RECIPE)
    (cache / "test").mkdir()
    assert not provision.is_current(RECIPE)
    (cache / "test" / provision.STAMP).write_text(RECIPE.stamp())
    assert provision.is_current(RECIPE)
    assert not provision.is_current(replace(RECIPE, packages=("one",)))
    assert not provision.is_current(replace(RECIPE, edition=2))


def test_a_missing_chroot_names_the_cure(cache: Path) -> None:
    name = next(iter(RECIPES))
    with pytest.raises(LabError, match=r"python3 -m lab provision"):
        provision.require_chroot(name)


def test_no_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match="root"):
        provision.require_machine()


def test_a_full_disk_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provision, "SPACE_GB", 10**9)
    with pytest.raises(ProvisionError, match="LAB_CACHE"):
        provision.provision_chroot(RECIPE)


def test_a_suite_that_is_gone_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_MIRROR", f"file://{cache}/nothing-here")
    if not Path("/usr/sbin/debootstrap").exists() or os.geteuid():
        pytest.skip("needs root and debootstrap: python3 -m lab provision")
    with pytest.raises(ProvisionError, match=r"(?s)LAB_MIRROR to an archive that has it"):
        provision.provision_chroot(replace(RECIPE, suite="bullseye"))
    assert not (cache / "test").exists()
