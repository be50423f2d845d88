"""No secret leaves in a text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.redaction import redact, redact_uri


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("pyamqp://u:p4ss@host:5672/v", "pyamqp://u:***@host:5672/v"),
        ("pyamqp://u:p@ss@host", "pyamqp://u:***@host"),
        ("pyamqp://host/v", "pyamqp://host/v"),
        ("amqp://u@host", "amqp://u@host"),
    ],
)
def test_uris_lose_their_password(uri: str, shown: str) -> None:
    assert redact_uri(uri) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t-x",
        '{"password": "s3cr3t-x"}',
        "Secret: s3cr3t-x",
        "rpc_token=s3cr3t-x&a=b",
        "can't connect to amqp://u:s3cr3t-x@h",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    assert "s3cr3t-x" not in redact(text)
    assert "***" in redact(text)


def test_other_text_stays() -> None:
    text = "call 1795393664.16 from PJSIP/101 answered: yes, key points"
    assert redact(text) == text


@given(st.text(), st.text(string.ascii_letters, min_size=4), st.text())
def test_a_given_secret_never_survives(before: str, secret: str, after: str) -> None:
    assert secret not in redact(f"{before}{secret}{after}", [secret])
