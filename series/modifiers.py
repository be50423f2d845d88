"""`attrs` and `states` of a view as the Python expressions that 17.0 and later want."""

import ast
from collections.abc import Iterator
from typing import Any

from series.known import BuildError

ATTRIBUTES = ("invisible", "readonly", "required", "column_invisible")
_COMPARED = {"=": "==", "==": "==", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">"}
_COMPARED |= {">=": ">=", "in": "in", "not in": "not in"}


def of_attrs(text: str) -> dict[str, str]:
    """Given the value of `attrs`, return {attribute: Python expression}. Raise BuildError."""
    tree = _parsed(text)
    if not isinstance(tree, ast.Dict):
        raise BuildError(f"attrs is no dict: {text}")
    found = {}
    for key, value in zip(tree.keys, tree.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if name not in ATTRIBUTES:
            raise BuildError(f"attrs with the unknown key {name!r}: {text}")
        found[str(name)] = _expression(value)
    return found


def of_states(text: str) -> str:
    """Given the value of `states`, return the expression of `invisible` that means it."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise BuildError("states is empty")
    return f"state not in {tuple(names)!r}" if len(names) > 1 else f"state != {names[0]!r}"


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise BuildError(f"not Python: {text}") from error


def _expression(value: ast.expr) -> str:
    if isinstance(value, ast.Constant) and isinstance(value.value, bool | int):
        return str(bool(value.value))
    if not isinstance(value, ast.List | ast.Tuple):
        raise BuildError(
            f"a modifier that is neither a domain nor a constant: {ast.unparse(value)}"
        )
    return of_domain(value.elts)


def of_domain(terms: list[ast.expr]) -> str:
    """Given the terms of a domain in Polish notation, return one expression. Raise BuildError."""
    rest = iter(terms)
    parts = []
    for term in rest:
        parts.append(_term(term, rest))
    if not parts:
        return "True"
    return parts[0] if len(parts) == 1 else " and ".join(_grouped(part) for part in parts)


def _term(term: ast.expr, rest: Iterator[ast.expr]) -> str:
    if isinstance(term, ast.Constant):
        if term.value == "!":
            return f"not ({_next(rest)})"
        if term.value in ("&", "|"):
            word = " and " if term.value == "&" else " or "
            return word.join([_grouped(_next(rest)), _grouped(_next(rest))])
    elif isinstance(term, ast.Tuple | ast.List) and len(term.elts) == 3:
        return _leaf(*term.elts)
    raise BuildError(f"not a term of a domain: {ast.unparse(term)}")


def _next(rest: Iterator[ast.expr]) -> str:
    try:
        return _term(next(rest), rest)
    except StopIteration:
        raise BuildError("a domain ends behind an operator") from None


def _grouped(part: str) -> str:
    return f"({part})" if " or " in part or " and " in part else part


def _leaf(left: ast.expr, operator: ast.expr, right: ast.expr) -> str:
    field = left.value if isinstance(left, ast.Constant) else None
    sign = operator.value if isinstance(operator, ast.Constant) else None
    if not isinstance(field, str) or sign not in _COMPARED:
        words = ", ".join(ast.unparse(one) for one in (left, operator, right))
        raise BuildError(f"no rule for the condition ({words})")
    return _compared(field, _COMPARED[str(sign)], right)


def _compared(field: str, sign: str, right: ast.expr) -> str:
    value: Any = getattr(right, "value", None)
    is_empty = (isinstance(right, ast.Constant) and value is False) or (
        isinstance(right, ast.List | ast.Tuple) and not right.elts
    )
    # An empty field is False in a record and [] in a list: its truth means both.
    if is_empty and sign in ("==", "!="):
        return field if sign == "!=" else f"not {field}"
    if isinstance(right, ast.Constant) and value is True and sign in ("==", "!="):
        return field if sign == "==" else f"not {field}"
    return f"{field} {sign} {ast.unparse(right)}"
