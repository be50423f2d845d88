"""Conditions of the events map: a Python expression on ``event``, compiled once, never ``eval``.

What is allowed stands in ``condition_nodes``, everything else is refused when the map is loaded.
An expression has no loop and builds nothing bigger than its parts, so its cost is bounded by its
length. (Measured: ``simpleeval`` takes 9 us for a condition that takes 1.5 us here, and lets
``event.clear()`` and ``'x'.zfill(10**9)`` through; ``RestrictedPython`` ends in ``eval``.)

A header that is missing makes a condition false, not an error: ``event['X']`` of an event without
X, and whatever is asked of the ``None`` that ``event.get('X')`` gives. So does a text that is no
number. What can never be right (a text compared with a number) is an error for the administrator.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any

from asterisk_agent.calls.condition_nodes import Value, build
from asterisk_agent.calls.condition_texts import Texts, required_texts
from asterisk_agent.core.errors import ConditionError

#: A screenful. Python's own parser is what a longer one would attack.
MAX_CHARS = 2000
#: Enough for a list of a hundred numbers, and for any nesting that a person can read.
MAX_NODES = 500
MAX_DEPTH = 40


class Condition:
    """One compiled condition."""

    def __init__(self, text: str) -> None:
        """Compile. Raise ``ConditionError`` with words for the administrator."""
        self.text = text
        tree = _parse(text)
        self._value: Value = build(tree)
        #: See ``condition_texts``; ``None`` when nothing is required.
        self.required: Texts | None = required_texts(tree)

    def __repr__(self) -> str:
        return f"<Condition {self.text!r}>"

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Tell whether the condition is true of an event. Raise ``ConditionError``."""
        try:
            return bool(self._value(event))
        except (KeyError, IndexError, ValueError, OverflowError):
            return False
        except TypeError as exc:
            if "NoneType" in str(exc):
                return False
            raise ConditionError(f"can't be decided: {exc}") from exc


def _parse(text: str) -> ast.expr:
    if len(text) > MAX_CHARS:
        raise ConditionError(f"is longer than {MAX_CHARS} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError, Warning) as exc:
        words = exc.msg if isinstance(exc, SyntaxError) else "too deep or no text"
        raise ConditionError(f"is no Python expression: {words}") from exc
    _check_size(tree)
    return tree


def _check_size(tree: ast.expr) -> None:
    """Refuse what is too big or too deep, without recursion of our own."""
    level: list[ast.AST] = [tree]
    count = depth = 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise ConditionError("is too big")
        level = [child for node in level for child in ast.iter_child_nodes(node)]
