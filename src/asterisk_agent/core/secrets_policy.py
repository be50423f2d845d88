"""Secrets that everybody knows: the samples', the vendors' and the ones people type first."""

from __future__ import annotations

from collections.abc import Mapping

from asterisk_agent.core.errors import Problem

#: Compared without regard to case. The document's samples, FreePBX's default (amp111), Asterisk's
#: sample manager.conf (mysecret), our own samples' placeholders, and the first guesses of any list.
KNOWN_SECRETS = frozenset(
    """
    odoo asterisk asterisk1 amp111 mysecret admin administrator agent secret password passw0rd
    changeme change-me change_me replaceme replace-me replace_me your-password your_password
    yourpassword your-secret your_secret guest test demo root 1234 12345 123456 12345678 123456789
    qwerty letmein pbx freepbx odoopbx
    """.split()  # noqa: SIM905 (a table is read better than 38 quoted words)
)

_PAIRS = (("odoo_user", "odoo_password"), ("asterisk_ami_user", "asterisk_ami_password"))
_CURES = {
    "odoo_password": "set another password in Odoo and here",
    "asterisk_ami_password": "set another secret in manager.conf and here",
}


def is_known_secret(user: str, secret: str) -> bool:
    """Tell whether a secret is one that a stranger tries first."""
    lowered = secret.strip().lower()
    placeholder = lowered.startswith("<") and lowered.endswith(">")
    return lowered in KNOWN_SECRETS or lowered == user.lower() or placeholder


def known_secret_problems(values: Mapping[str, str]) -> list[Problem]:
    """Given fields and their texts, list the secrets that everybody knows."""
    problems = []
    for user_field, secret_field in _PAIRS:
        secret = values.get(secret_field, "")
        if secret and is_known_secret(values.get(user_field, ""), secret):
            problems.append(
                Problem(
                    secret_field.upper(), "is a secret that everybody knows", _CURES[secret_field]
                )
            )
    return problems
