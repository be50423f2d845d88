"""The list of functions that Odoo may call, each with its own check of its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asterisk_agent.core.errors import RefusedError
from asterisk_agent.rpc.refusals import INVALID_PARAMS, METHOD_NOT_FOUND, REASONS

#: What is left to do when the arguments are found right.
Prepared = Callable[[], Any]
#: Given args, kwargs and the seconds that the caller will wait, check and return what to run.
Prepare = Callable[[Sequence[Any], Mapping[str, Any], float], Prepared]


def invalid(reason: str) -> RefusedError:
    """Return the refusal of wrong arguments."""
    if reason not in REASONS:
        raise ValueError(reason)
    return RefusedError(INVALID_PARAMS, reason)


class Functions:
    """The allow-list. What was not added does not exist."""

    def __init__(self) -> None:
        self._functions: dict[str, Prepare] = {}

    def __contains__(self, name: str) -> bool:
        """Tell whether a function is on the list."""
        return name in self._functions

    @property
    def names(self) -> frozenset[str]:
        """Name the functions."""
        return frozenset(self._functions)

    def add(self, name: str, prepare: Prepare) -> None:
        """Put a function on the list."""
        if name in self._functions:
            raise ValueError(f"{name} is on the list already")
        self._functions[name] = prepare

    def prepare(
        self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float
    ) -> Prepared:
        """Check a call and return what to run. Raise ``RefusedError`` and the checks' errors."""
        function = self._functions.get(name)
        if function is None:
            raise RefusedError(METHOD_NOT_FOUND)
        return function(args, kwargs, budget_s)


def without_arguments(run: Prepared) -> Prepare:
    """Return the check of a function that takes no arguments, and then runs ``run``."""

    def prepare(args: Sequence[Any], kwargs: Mapping[str, Any], budget_s: float) -> Prepared:
        del budget_s
        if args:
            raise invalid("args")
        if kwargs:
            raise invalid("kwargs")
        return run

    return prepare


#: ``test.ping``: no arguments, answers true.
ping = without_arguments(lambda: True)
