"""`python3 -m lab i18n`: the addons' terms for translators, written by a real Odoo.

Each addon gets its `.pot`, and a `.po` of each language with what was translated before; what is
new is empty there, and `tests/docs/test_translations.py` fails until it is not.
"""

import re
import secrets
from pathlib import Path

from lab import paths
from lab.component import random_secret
from lab.errors import LabError
from lab.odoo import Odoo
from lab.postgres import Postgres
from lab.progress import say, working
from lab.stack import Lab
from lab.template import new_database, template

LANGUAGES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "uk": "uk_UA"}
ADDONS = sorted(path.parent.name for path in paths.ADDONS.glob("asterisk_plus*/__manifest__.py"))
_QUOTED = r'((?:"(?:[^"\\]|\\.)*"\n)+)'
ENTRY = re.compile(rf"^msgid {_QUOTED}msgstr {_QUOTED}", re.M)
EMPTY = '""\n'
# Each run has others; they say nothing.
VOLATILE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team):.*\n', re.M
)


def i18n() -> int:
    """Write the files into the checkout; return 0."""
    base = template()
    with Lab() as lab:
        postgres = lab.start(Postgres(lab.folder / "postgres", base.cluster))
        odoo = lab.own(Odoo(lab.folder / "odoo", postgres, workers=0, template=base.data))
        database = f"i18n_{secrets.token_hex(3)}"
        new_database(postgres, odoo, database, random_secret())
        with working("installing the addons and the languages"):
            languages = f"--load-language={','.join(LANGUAGES.values())}"
            _once(odoo, database, "-i", ",".join(ADDONS), languages)
        for addon in ADDONS:
            folder = paths.ADDONS / addon / "i18n"
            folder.mkdir(exist_ok=True)
            _export(odoo, database, addon, folder / f"{addon}.pot")
            for name, code in LANGUAGES.items():
                _export(odoo, database, addon, folder / f"{name}.po", f"--language={code}")
    say(f"written: i18n/ of {', '.join(ADDONS)}")
    return 0


def _export(odoo: Odoo, database: str, addon: str, file: Path, *options: str) -> None:
    _once(odoo, database, f"--i18n-export={odoo.place}/terms.po", f"--modules={addon}", *options)
    text = VOLATILE.sub("", (odoo.folder / "terms.po").read_text(encoding="utf-8"))
    if file.is_file():
        text = kept(text, file.read_text(encoding="utf-8"))
    file.write_text(text, encoding="utf-8")


def kept(new: str, old: str) -> str:
    """Return the new file with what only the old one has a translation of: Odoo leaves those empty
    that are the same as the term ("Name" in German, "%s min").
    """
    before = {term: said for term, said in ENTRY.findall(old) if said != EMPTY}
    return ENTRY.sub(
        lambda one: (
            f"msgid {one[1]}msgstr {before[one[1]]}"
            if one[2] == EMPTY and one[1] in before
            else one[0]
        ),
        new,
    )


def _once(odoo: Odoo, database: str, *options: str) -> None:
    status, log = odoo.once(database, *options)
    if status:
        raise LabError(f"Odoo could not {options[0]} (status {status}):\n{log[-4000:]}")
