"""Constraints of tables: since 19.0 each is an attribute of its model (table_objects.py)."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from series.python_source import Edit, Source

_LIST = "_sql_constraints"


def of_python(source: "Source", node: ast.AST) -> Iterator["Edit"]:
    """Yield the edit that takes a list of constraints apart. Raise BuildError for another shape."""
    if not isinstance(node, ast.Assign) or source.of(node.targets[0]) != _LIST:
        return
    rows = node.value.elts if isinstance(node.value, ast.List) else []
    if not rows or not all(isinstance(one, ast.Tuple) and len(one.elts) == 3 for one in rows):
        raise source.error(node, f"{_LIST}: say a list of (name, definition, message)")
    pad = "\n" + " " * node.col_offset
    yield source.edit(node, pad.join(_attribute(source, one) for one in rows))


def _attribute(source: "Source", row: ast.expr) -> str:
    assert isinstance(row, ast.Tuple)  # noqa: S101
    name, *said = row.elts
    words = ", ".join(map(source.of, said))
    return f"_{ast.literal_eval(name)} = models.Constraint({words})"
