"""Every term of the addons is there in each language, with the same placeholders.

The terms are those of the `.pot` files, which `scripts/i18n` writes.
"""

import re
from pathlib import Path

import pytest

ADDONS = Path(__file__).parents[2] / "addons"
OVERLAY = ADDONS.with_name("series") / "overlay"
LANGUAGES = ("de", "es", "fr", "uk")
POTS = sorted(ADDONS.glob("asterisk_plus*/i18n/*.pot"))
QUOTED = r'((?:"(?:[^"\\]|\\.)*"\n?)+)'
ENTRY = re.compile(rf"^msgid {QUOTED}^msgstr {QUOTED}", re.M)
HOLDER = re.compile(r"%(?:\([a-z_]+\))?[sdr]")


def terms(file: Path) -> dict[str, str]:
    """Return {term: translation} of a .po or .pot file, without its header."""
    joined = [
        tuple("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', part)) for part in found)
        for found in ENTRY.findall(file.read_text(encoding="utf-8"))
    ]
    return {term: translation for term, translation in joined if term}


def holders(text: str) -> list[str]:
    return sorted(HOLDER.findall(text.replace("%%", "")))


def test_every_addon_has_its_terms() -> None:
    addons = {path.parent.name for path in ADDONS.glob("asterisk_plus*/__manifest__.py")}
    assert {pot.parents[1].name for pot in POTS} == addons
    assert all(terms(pot) for pot in POTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pot", POTS, ids=lambda pot: pot.stem)
def test_nothing_is_missing(pot: Path, language: str) -> None:
    there = terms(pot.with_name(f"{language}.po"))
    missing = [term for term in terms(pot) if not there.get(term)]
    assert not missing, f"{len(missing)} terms: {missing[:5]}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("pot", POTS, ids=lambda pot: pot.stem)
def test_the_placeholders_are_the_same(pot: Path, language: str) -> None:
    there = terms(pot.with_name(f"{language}.po"))
    wrong = [(term, text) for term, text in there.items() if holders(term) != holders(text)]
    assert not wrong, wrong[:5]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mobile_number_of_19_has_its_name(language: str) -> None:
    """No `.pot` knows what one series alone has."""
    view = (OVERLAY / "19.0/asterisk_plus/views/mobile_views.xml").read_text(encoding="utf-8")
    said = set(re.findall(r'(?:title|placeholder|string)="([^"]+)"', view))
    there = terms(OVERLAY / f"19.0/asterisk_plus/i18n_extra/{language}.po")
    assert said
    assert {term for term in said if not there.get(term)} == set()
