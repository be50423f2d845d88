"""Every error has a code of its own, and the table tells its exit status."""

from collections import Counter

import pytest

from asterisk_agent.core.errors import (
    EXIT_CODES,
    AgentError,
    AmiAuthError,
    ConfigError,
    Problem,
    error_types,
)


def test_every_type_has_a_code_of_its_own() -> None:
    counts = Counter(cls.code for cls in error_types())
    assert [code for code, count in counts.items() if count > 1] == []


def test_the_table_holds_every_type() -> None:
    assert {cls.code: cls.exit_code for cls in error_types()} == EXIT_CODES


@pytest.mark.parametrize("cls", list(error_types()), ids=lambda cls: cls.code)
def test_exit_statuses_are_none_that_a_shell_or_python_uses(cls: type[AgentError]) -> None:
    assert 64 <= cls.exit_code <= 99


def test_a_code_names_the_package_and_the_fault() -> None:
    assert all(code.count(".") == 1 for code in EXIT_CODES)


def test_faults_that_an_operator_must_tell_apart_have_different_statuses() -> None:
    codes = [
        "config.invalid",
        "ami.auth",
        "ami.unreachable",
        "odoo.auth",
        "odoo.database",
        "odoo.unreachable",
        "odoo.redirect",
        "broker.unreachable",
        "rpc.port_taken",
    ]
    assert len({EXIT_CODES[code] for code in codes}) == len(codes)


def test_an_error_tells_what_happened_and_the_cure() -> None:
    assert str(AmiAuthError("refused", "change the secret")) == "refused (change the secret)"
    assert str(AmiAuthError("refused")) == "refused"


def test_a_configuration_error_tells_all_problems_a_line_each() -> None:
    error = ConfigError([Problem("A", "is not set", "set it"), Problem("B", "is odd", "mend it")])
    assert str(error) == "A: is not set; set it\nB: is odd; mend it"
