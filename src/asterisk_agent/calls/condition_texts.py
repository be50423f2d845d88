"""What must literally stand in an event for a condition to be true, found before it is parsed.

``event['Variable'] == 'DIALSTATUS'`` can hold of no event without the line ``Variable:
DIALSTATUS``. A third of what a busy Asterisk says are variables, nearly all of them unwanted: to
look for that line among the bytes costs a tenth of parsing the event and asking the condition.
"""

from __future__ import annotations

import ast

#: One of these (header, text) stands in every event of which the condition is true.
Texts = frozenset[tuple[str, str]]

#: Headers that the agent adds or changes after an event was read: they say nothing of the wire.
ADDED_LATER = frozenset({"EventTime", "SystemName", "ActionID"})


def required_texts(node: ast.expr) -> Texts | None:
    """Tell the texts of which every true event has one; ``None`` when there are none such."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _of_compare(node.left, node.ops[0], node.comparators[0])
    if isinstance(node, ast.BoolOp):
        found = [required_texts(value) for value in node.values]
        if isinstance(node.op, ast.And):
            # Any of them is required; the shortest list is the quickest to look for.
            return min((texts for texts in found if texts), key=len, default=None)
        known = [texts for texts in found if texts]
        return frozenset().union(*known) if len(known) == len(found) else None
    return None


def _of_compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Texts | None:
    if isinstance(op, ast.Eq):
        pairs = [(_header(left), _text(right)), (_header(right), _text(left))]
    elif isinstance(op, ast.In) and isinstance(right, (ast.Tuple, ast.List, ast.Set)):
        pairs = [(_header(left), _text(item)) for item in right.elts]
        # An empty text can also be that of a header which is not there.
        if not all(header and text for header, text in pairs):
            return None
    else:
        return None
    # A replacement character stands for other bytes on the wire.
    texts = {(header, text) for header, text in pairs if header and text}
    if not texts or any("\ufffd" in text for _, text in texts):
        return None
    return frozenset(texts)


def _header(node: ast.expr) -> str | None:
    """Tell the header of ``event['X']`` or ``event.get('X')``; one with a default may be absent."""
    header = None
    if isinstance(node, ast.Subscript) and _is_event(node.value):
        header = _text(node.slice)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        get = node.func.attr == "get" and _is_event(node.func.value)
        header = _text(node.args[0]) if get and len(node.args) == 1 else None
    return None if header in ADDED_LATER else header


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_event(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "event"
