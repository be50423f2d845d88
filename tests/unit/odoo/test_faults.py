"""Odoo's error payloads, told apart."""

from __future__ import annotations

from typing import Any

import pytest

from asterisk_agent.core import errors
from asterisk_agent.odoo.faults import MAX_MESSAGE_CHARS, fault_of


def payload(name: str, message: str = "", code: int = 200) -> dict[str, Any]:
    return {
        "code": code,
        "message": "Odoo Server Error",
        "data": {"name": name, "message": message, "debug": "Traceback secret"},
    }


@pytest.mark.parametrize(
    ("error", "type_"),
    [
        (payload("odoo.http.SessionExpiredException", code=100), errors.OdooSessionExpiredError),
        ({"code": 100, "message": "Odoo Session Expired"}, errors.OdooSessionExpiredError),
        (payload("odoo.exceptions.AccessDenied", "Access Denied"), errors.OdooAuthError),
        (payload("odoo.exceptions.AccessError", "no"), errors.OdooAccessError),
        (
            payload("psycopg2.OperationalError", 'FATAL:  database "x" does not exist'),
            errors.OdooDatabaseError,
        ),
        (payload("odoo.exceptions.AccessError", "Database not found."), errors.OdooDatabaseError),
        (payload("psycopg2.errors.SerializationFailure", "x"), errors.OdooConflictError),
        (
            payload("psycopg2.OperationalError", "could not serialize access due to"),
            errors.OdooConflictError,
        ),
        (
            payload("psycopg2.extensions.TransactionRollbackError", "deadlock"),
            errors.OdooConflictError,
        ),
        (payload("builtins.KeyError", "'asterisk_plus.server'"), errors.OdooAddonMissingError),
        (
            payload(
                "werkzeug.exceptions.NotFound", "the model 'asterisk_plus.server' does not exist"
            ),
            errors.OdooAddonMissingError,
        ),
        (
            payload(
                "builtins.AttributeError",
                "type object 'asterisk_plus.server' has no attribute 'deliver'",
            ),
            errors.OdooAddonMissingError,
        ),
        (payload("builtins.ValueError", "bad"), errors.OdooServerError),
        (payload("builtins.KeyError", "'x_field'"), errors.OdooServerError),
        ({}, errors.OdooServerError),
        ({"data": "text", "message": 5}, errors.OdooServerError),
    ],
)
def test_fault(error: dict[str, Any], type_: type[errors.OdooError]) -> None:
    assert type(fault_of(error)) is type_


def test_no_traceback_and_no_long_text_comes_through() -> None:
    fault = fault_of(payload("builtins.ValueError", "x" * 5000 + "\nsecond line"))
    assert len(fault.message) < MAX_MESSAGE_CHARS + 60
    assert "Traceback" not in str(fault)
    assert "second" not in str(fault)


def test_what_to_do_stands_in_the_cure() -> None:
    assert "group PBX Server" in fault_of(payload("odoo.exceptions.AccessError")).cure
    assert "ODOO_DB" in fault_of(payload("x", 'database "x" does not exist')).cure
