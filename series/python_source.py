"""A Python file of the source, written anew for a series where a method has a new name.

Only whole, known shapes are changed, in their place; another use of such a method is an error. What
differs in more than its name stands in the source itself, by `odoo.release`: models/bus_message.py,
models/popup_choice.py.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from series import constraints, user_groups
from series.known import BuildError, Series
from series.translations import translations

#: Streams have a flush() of their own.
_STREAMS = ("file", "stdout", "stderr", "stream")
_LINES = "tree"
#: Classes of tests: from 15.0 on the transaction of a TransactionCase is its class's.
_CLASSES = {"SavepointCase": "TransactionCase", "HttpSavepointCase": "HttpCase"}
#: Methods that are said in one place of the source only, in the words of each series.
AT_HOME = {"sendone": "models/bus_message.py", "sendmany": "models/bus_message.py"}


@dataclass(frozen=True)
class Edit:
    """The text between two offsets becomes another."""

    start: int
    end: int
    text: str


class Source:
    """The text of a file and its tree."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where
        self.tree = ast.parse(text, where)
        starts, at = [0], 0
        for line in text.splitlines(keepends=True):
            at += len(line.encode())
            starts.append(at)
        self._starts, self._bytes = starts, text.encode()

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> tuple[int, int]:
        """Return the offsets in bytes of a node."""
        assert node.end_lineno is not None and node.end_col_offset is not None  # noqa: S101, PT018
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def of(self, node: ast.expr) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self._bytes[start:end].decode()

    def edit(self, node: ast.expr | ast.stmt | ast.alias, text: str) -> Edit:
        """Return the edit that puts a text into a node's place."""
        return Edit(*self.span(node), text)

    def changed(self, edits: list[Edit]) -> str:
        """Return the text with all edits made. Raise BuildError when two meet."""
        made, before = self._bytes, len(self._bytes) + 1
        for edit in sorted(edits, key=lambda one: one.start, reverse=True):
            if edit.end > before:
                raise BuildError(f"{self.where}: two rules meet in one place; say it in two lines")
            made = made[: edit.start] + edit.text.encode() + made[edit.end :]
            before = edit.start
        return made.decode()

    def error(self, node: ast.expr | ast.stmt, words: str) -> BuildError:
        """Return the error of a node."""
        return BuildError(f"{self.where}:{node.lineno}: {words}")


def python_file(text: str, where: str, series: Series) -> str:
    """Given a Python file of the source, return it for a series. Raise BuildError."""
    source = Source(text, where)
    edits = []
    for node in ast.walk(source.tree):
        edits += list(_edits(source, node, series))
        if series.has_group_ids:
            edits += list(user_groups.of_python(source, node))
        if series.has_constraint_objects:
            edits += list(constraints.of_python(source, node))
    if series.has_translating_environment:
        edits += list(translations(source))
    return source.changed(edits) if edits else text


def _edits(source: Source, node: ast.AST, series: Series) -> Iterator[Edit]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        rule, since = _CALLS.get(node.func.attr, (None, 0))
        if rule and series.major >= since and not _is_stream(node.func.value):
            yield _call(source, node, node.func, rule(source, node))
    elif isinstance(node, ast.keyword) and node.arg == "group_operator" and series.says_list:
        # 18.0: fields.py warns of the old name.
        start = source.span(node)[0]
        yield Edit(start, start + len(node.arg), "aggregator")
    elif isinstance(node, ast.Attribute) and node.attr in AT_HOME:
        if not source.where.endswith(AT_HOME[node.attr]):
            raise source.error(node, f"{node.attr}() is said in {AT_HOME[node.attr]} alone")
    elif isinstance(node, ast.Name | ast.alias) and series.major >= 15:
        name = node.id if isinstance(node, ast.Name) else node.name
        if name in _CLASSES:
            yield source.edit(node, _CLASSES[name])
    elif isinstance(node, ast.FunctionDef) and node.name == "name_get" and series.major >= 17:
        yield _display_name(source, node)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and series.says_list:
        yield from _lines(source, node, node.value)


def _is_stream(receiver: ast.expr) -> bool:
    return ast.unparse(receiver).lower().endswith(_STREAMS)


def _call(source: Source, node: ast.Call, method: ast.Attribute, text: str | None) -> Edit:
    """Replace all that stands behind the receiver."""
    if text is None:
        raise source.error(
            node, f"no rule for this shape of {method.attr}(): series/python_source.py"
        )
    return Edit(source.span(method.value)[1], source.span(node)[1], text)


def _arguments(source: Source, node: ast.Call) -> list[str] | None:
    """Return the texts of plain positional arguments, None when there are others."""
    if node.keywords or any(isinstance(one, ast.Starred) for one in node.args):
        return None
    return [source.of(one) for one in node.args]


def _flush(source: Source, node: ast.Call) -> str | None:
    # Without arguments everything of every model was written (14.0: models.py, flush).
    return ".env.flush_all()" if _arguments(source, node) == [] else None


def _invalidate(source: Source, node: ast.Call) -> str | None:
    found = _arguments(source, node)
    if found is None or len(found) > 2:
        return None
    if len(found) == 2:
        return f".browse({found[1]}).invalidate_recordset({found[0]})"
    return f".invalidate_model({found[0]})" if found else ".env.invalidate_all()"


def _rights(source: Source, node: ast.Call) -> str | None:
    asked = node.keywords
    if len(node.args) != 1:
        return None
    operation = source.of(node.args[0])
    if not asked:
        return f".browse().check_access({operation})"
    is_question = len(asked) == 1 and asked[0].arg == "raise_exception"
    is_false = isinstance(asked[0].value, ast.Constant) and asked[0].value.value is False
    return f".browse().has_access({operation})" if is_question and is_false else None


def _rule(source: Source, node: ast.Call) -> str | None:
    found = _arguments(source, node)
    return f".check_access({found[0]})" if found and len(found) == 1 else None


def _view(source: Source, node: ast.Call) -> str | None:
    words = [source.of(one) for one in node.args]
    words += [f"{one.arg}={source.of(one.value)}" for one in node.keywords if one.arg]
    return f".get_view({', '.join(words)})"


#: method: (what stands behind the receiver then, since which series).
_CALLS: dict[str, tuple[Callable[[Source, ast.Call], str | None], int]] = {
    "flush": (_flush, 16),
    "invalidate_cache": (_invalidate, 16),
    "fields_view_get": (_view, 16),
    "check_access_rights": (_rights, 18),
    "check_access_rule": (_rule, 18),
}


def _display_name(source: Source, node: ast.FunctionDef) -> Edit:
    """`return [(one.id, NAME) for one in self]` is the one shape that is known."""
    body = node.body[-1]
    found = body.value if isinstance(body, ast.Return) else None
    if isinstance(found, ast.ListComp) and isinstance(found.elt, ast.Tuple) and len(node.body) == 1:
        loop = found.generators[0]
        one, name = source.of(loop.target), found.elt.elts[1]
        is_self = source.of(loop.iter) == "self" and not loop.ifs and len(found.generators) == 1
        if is_self and source.of(found.elt.elts[0]) == f"{one}.id":
            pad = " " * node.col_offset
            text = (
                f"def _compute_display_name(self):\n{pad}    for {one} in self:\n"
                f"{pad}        {one}.display_name = {source.of(name)}"
            )
            return source.edit(node, text)
    raise source.error(node, "name_get: say return [(one.id, NAME) for one in self]")


def _lines(source: Source, node: ast.Constant, value: str) -> Iterator[Edit]:
    words = [one.strip() for one in value.split(",")]
    if _LINES in words:
        if source.of(node) not in (f'"{value}"', f"'{value}'"):
            raise source.error(node, "a list of view modes in an unusual quoting")
        text = ",".join("list" if one == _LINES else one for one in words)
        yield source.edit(node, f'"{text}"')
    if "tree_view_ref" in value:
        raise source.error(node, "tree_view_ref: name the view in the action or the field")
