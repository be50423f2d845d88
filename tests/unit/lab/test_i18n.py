"""What translators wrote survives a new export of the terms."""

from lab.i18n import kept

OLD = (
    'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n'
    'msgid "Name"\nmsgstr "Name"\n\nmsgid "Old"\nmsgstr "Alt"\n'
)
LONG = 'msgid ""\n"two "\n"lines"\nmsgstr ""\n"zwei "\n"Zeilen"\n'


def test_what_odoo_leaves_empty_keeps_its_translation() -> None:
    new = 'msgid "Name"\nmsgstr ""\n\nmsgid "New"\nmsgstr ""\n'
    assert kept(new, OLD) == 'msgid "Name"\nmsgstr "Name"\n\nmsgid "New"\nmsgstr ""\n'


def test_what_odoo_has_counts() -> None:
    new = 'msgid "Name"\nmsgstr "Bezeichnung"\n'
    assert kept(new, OLD) == new


def test_terms_of_several_lines() -> None:
    empty = 'msgid ""\n"two "\n"lines"\nmsgstr ""\n'
    assert kept(empty, LONG) == LONG
