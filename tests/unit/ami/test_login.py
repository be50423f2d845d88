"""Logging in: what Asterisk's refusals mean."""

from typing import Any

import pytest

from asterisk_agent.ami.login import SHUTTING_DOWN, Account, log_in
from asterisk_agent.core.errors import AgentError, AmiAuthError, AmiUnreachableError


class Session:
    """Refuses every action with the same words, as Asterisk does."""

    def __init__(self, words: str) -> None:
        self._words = words

    def call(self, pairs: Any, timeout_s: float) -> Any:
        return [{"Response": "Error", "Message": self._words}]


@pytest.mark.parametrize(
    ("words", "kind"),
    [("Authentication failed", AmiAuthError), (SHUTTING_DOWN, AmiUnreachableError)],
)
def test_a_refusal_while_asterisk_ends_says_nothing_of_the_secret(
    words: str, kind: type[AgentError]
) -> None:
    session: Any = Session(words)
    with pytest.raises(kind, match=words):
        log_in(session, Account("odoo", "long-secret"), 1)
