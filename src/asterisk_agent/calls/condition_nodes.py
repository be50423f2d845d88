"""What a condition may be made of, each part as a small function of the event.

A part that is not here is refused: denied until listed.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from asterisk_agent.core.errors import ConditionError

Value = Callable[[Mapping[str, Any]], Any]

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}
#: Of a text; none of them returns more than it got.
TEXT_METHODS = frozenset(
    """
    startswith endswith lower upper strip lstrip rstrip removeprefix removesuffix find count split
    partition rpartition isdigit isalpha isalnum
    """.split()  # noqa: SIM905 (a table is read better than fifteen quoted words)
)
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "len": len, "int": int, "float": float, "str": str, "bool": bool,
}  # fmt: skip
_CONSTANTS = (str, int, float, bool, type(None))


def build(node: ast.expr) -> Value:
    """Turn a parsed expression into a function of the event. Raise ``ConditionError``."""
    builder = _BUILDERS.get(type(node))
    if builder is None:
        raise ConditionError(f"must not use {type(node).__name__}")
    return builder(node)


def _constant(node: ast.Constant) -> Value:
    value = node.value
    if not isinstance(value, _CONSTANTS):
        raise ConditionError(f"must not use a constant of type {type(value).__name__}")
    return lambda _: value


def _name(node: ast.Name) -> Value:
    if node.id != "event":
        raise ConditionError(f"knows only `event`, not `{node.id}`")
    return lambda event: event


def _sequence(node: ast.Tuple | ast.List | ast.Set) -> Value:
    if all(isinstance(element, ast.Constant) for element in node.elts):
        fixed = tuple(build(element)({}) for element in node.elts)
        return lambda _: fixed
    values = [build(element) for element in node.elts]
    return lambda event: tuple(value(event) for value in values)


def _bool_op(node: ast.BoolOp) -> Value:
    if (merged := _one_of(node)) is not None:
        return merged
    values = [build(value) for value in node.values]
    if isinstance(node.op, ast.And):
        return lambda event: all(value(event) for value in values)
    return lambda event: any(value(event) for value in values)


def _one_of(node: ast.BoolOp) -> Value | None:
    """Turn ``event['X'] == 'a' or event['X'] == 'b'`` (as shipped) into one look at a tuple."""
    tests = [_text_test(part) for part in node.values]
    headers = {test[0] for test in tests if test}
    if not isinstance(node.op, ast.Or) or None in tests or len(headers) != 1:
        return None
    (header,), wanted = headers, tuple(test[1] for test in tests if test)
    return lambda event: event[header] in wanted


def _text_test(node: ast.expr) -> tuple[str, str] | None:
    """Return (X, text) of ``event['X'] == 'text'``, ``None`` for anything else."""
    if not (isinstance(node, ast.Compare) and len(node.ops) == 1):
        return None
    header, right = _key_of(node.left), node.comparators[0]
    if header is None or not isinstance(node.ops[0], ast.Eq):
        return None
    text = right.value if isinstance(right, ast.Constant) else None
    return (header, text) if isinstance(text, str) else None


def _key_of(node: ast.expr) -> str | None:
    """Return X of ``event['X']``, ``None`` for anything else."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return None
    of_event = isinstance(node.value, ast.Name) and node.value.id == "event"
    key = node.slice.value
    return key if of_event and isinstance(key, str) else None


def _unary(node: ast.UnaryOp) -> Value:
    value = build(node.operand)
    if isinstance(node.op, ast.Not):
        return lambda event: not value(event)
    if isinstance(node.op, ast.USub):
        return lambda event: -value(event)
    raise ConditionError(f"must not use {type(node.op).__name__}")


def _compare(node: ast.Compare) -> Value:
    first = build(node.left)
    rest = [(_COMPARISONS[type(op)], build(right))
            for op, right in zip(node.ops, node.comparators, strict=True)]  # fmt: skip
    if len(rest) == 1:
        ((compare, only),) = rest
        return lambda event: compare(first(event), only(event))

    def chain(event: Mapping[str, Any]) -> bool:
        left = first(event)
        for compare, value in rest:
            right = value(event)
            if not compare(left, right):
                return False
            left = right
        return True

    return chain


def _if_else(node: ast.IfExp) -> Value:
    test, yes, no = build(node.test), build(node.body), build(node.orelse)
    return lambda event: yes(event) if test(event) else no(event)


def _subscript(node: ast.Subscript) -> Value:
    value = build(node.value)
    if isinstance(node.slice, ast.Slice):
        lower, upper = _bound(node.slice.lower), _bound(node.slice.upper)
        if node.slice.step is not None:
            raise ConditionError("must not use a slice with a step")
        return lambda event: value(event)[lower(event) : upper(event)]
    index = build(node.slice)
    return lambda event: value(event)[index(event)]


def _bound(node: ast.expr | None) -> Value:
    return build(node) if node is not None else lambda _: None


def _call(node: ast.Call) -> Value:
    if node.keywords:
        raise ConditionError("must not use named arguments")
    arguments = [build(argument) for argument in node.args]
    if isinstance(node.func, ast.Name):
        return _function(node.func.id, arguments)
    if isinstance(node.func, ast.Attribute):
        return _method(node.func, arguments)
    raise ConditionError("must not call that")


def _function(name: str, arguments: list[Value]) -> Value:
    function = FUNCTIONS.get(name)
    if function is None or len(arguments) != 1:
        raise ConditionError(f"must not call `{name}` so")
    (argument,) = arguments
    return lambda event: function(argument(event))


def _method(node: ast.Attribute, arguments: list[Value]) -> Value:
    name, owner = node.attr, build(node.value)
    if name == "get" and isinstance(node.value, ast.Name) and len(arguments) in {1, 2}:
        default = arguments[1] if len(arguments) == 2 else lambda _: None
        key = arguments[0]
        return lambda event: event.get(key(event), default(event))
    if name not in TEXT_METHODS:
        raise ConditionError(f"must not call the method `{name}`")

    def call(event: Mapping[str, Any]) -> Any:
        text = owner(event)
        if not isinstance(text, str):
            raise TypeError(f"{type(text).__name__} has no {name}()")
        return getattr(text, name)(*[argument(event) for argument in arguments])

    return call


_BUILDERS: dict[type[ast.expr], Callable[[Any], Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.BoolOp: _bool_op,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.IfExp: _if_else,
    ast.Subscript: _subscript,
    ast.Call: _call,
}
