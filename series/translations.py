"""Terms of Python files: since 18.0 it is the environment that translates, `self.env._()`."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from series.python_source import Edit, Source

_TRANSLATE = "_"


def translations(source: "Source") -> Iterator["Edit"]:
    """Yield the edits that give every `_()` to the environment of the method's records, and take
    `_` out of the imports. Raise BuildError for a term that is in no method.
    """
    found = list(_terms(source.tree, False))
    for name, has_self in found:
        if not has_self:
            raise source.error(name, "_() outside of a method: whose environment shall translate?")
        yield source.edit(name, f"self.env.{_TRANSLATE}")
    for node in ast.walk(source.tree) if found else ():
        if isinstance(node, ast.ImportFrom) and _TRANSLATE in (one.name for one in node.names):
            left = ", ".join(ast.unparse(one) for one in node.names if one.name != _TRANSLATE)
            yield source.edit(node, f"from {node.module} import {left}" if left else "")


def _terms(node: ast.AST, has_self: bool) -> Iterator[tuple[ast.Name, bool]]:
    """Yield the `_` of each call of it, and whether a `self` is in sight."""
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        has_self = has_self or "self" in (one.arg for one in node.args.args)
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name) and called.id == _TRANSLATE:
        yield called, has_self
    for child in ast.iter_child_nodes(node):
        yield from _terms(child, has_self)
