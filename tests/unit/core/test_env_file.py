"""The environment file: variables are set, the rest stays, nobody else reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent.core.env_file import merge, write

OLD = """# The agent
ODOO_URL=http://old
export ODOO_PASSWORD = old
ODOO_PASSWORD_FILE=/run/old
ASTERISK_AMI_USER=odoo
"""


def test_variables_are_set_and_the_rest_stays() -> None:
    text = merge(OLD, {"ODOO_URL": "https://new:8069", "ODOO_PASSWORD": "x-Y_9"})
    assert text == (
        "# The agent\nASTERISK_AMI_USER=odoo\nODOO_URL=https://new:8069\nODOO_PASSWORD=x-Y_9\n"
    )
    assert merge(text, {}) == text
    assert merge("", {}) == ""


@pytest.mark.parametrize("value", ["a b", "$(id)", "a\nB=1", "'x'", "a;b", "é", "a\\b", "`id`"])
def test_a_value_that_a_shell_would_read_otherwise_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="ODOO_DB"):
        merge("", {"ODOO_DB": value})


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "agent.env"
    path.write_text(OLD)
    path.chmod(0o644)
    write(path, {"ODOO_DB": "prod"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == OLD + "ODOO_DB=prod\n"
    assert [one.name for one in tmp_path.iterdir()] == ["agent.env"]
