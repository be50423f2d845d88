"""Groups of users and of records: since 19.0 `group_ids`, and a group belongs to a privilege.

In 14.0 a user's `groups_id` has the implied groups among them; 19.0 keeps those apart.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from series.known import BuildError

if TYPE_CHECKING:
    from series.python_source import Edit, Source

_OLD, _NEW, _ALL = "groups_id", "group_ids", "all_group_ids"
_IMPLIED = {"trans_implied_ids": "all_implied_ids"}


def of_python(source: "Source", node: ast.AST) -> Iterator["Edit"]:
    """Yield the edits of a node: what is written are `group_ids`, what is asked for are all."""
    if isinstance(node, ast.Attribute) and node.attr == _OLD:
        name = _ALL if isinstance(node.ctx, ast.Load) else _NEW
        yield source.edit(node, f"{source.of(node.value)}.{name}")
    elif isinstance(node, ast.Attribute) and node.attr in _IMPLIED:
        yield source.edit(node, f"{source.of(node.value)}.{_IMPLIED[node.attr]}")
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            if _is_name(key):
                yield source.edit(key, f'"{_NEW}"')
    elif isinstance(node, ast.Tuple) and node.elts and _is_name(node.elts[0]):
        yield source.edit(node.elts[0], f'"{_ALL}"')


def _is_name(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == _OLD


def of_record(record: ET.Element) -> list[ET.Element]:
    """Change a record, in place; return the records that stand before it then: the privilege of a
    category. Raise BuildError for a group of a category that is not ours.
    """
    for field in record.findall(f"field[@name='{_OLD}']"):
        field.set("name", _NEW)
    if record.get("model") == "ir.module.category":
        return [_privilege(record)]
    if record.get("model") == "res.groups":
        for field in record.findall("field[@name='category_id']"):
            category = field.get("ref") or ""
            if "." in category:
                raise BuildError(f"a group of the category {category}: no rule")
            field.set("name", "privilege_id")
            field.set("ref", _of(category))
        for field in record.findall("field[@name='users']"):
            field.set("name", "user_ids")
    return []


def _of(category: str) -> str:
    return f"{category}_privilege"


def _privilege(category: ET.Element) -> ET.Element:
    """Return the privilege of a category, of the same name."""
    identity = category.get("id") or ""
    made = ET.Element("record", {"id": _of(identity), "model": "res.groups.privilege"})
    for name in ("name", "sequence"):
        if (field := category.find(f"field[@name='{name}']")) is not None:
            made.append(field)
    ET.SubElement(made, "field", {"name": "category_id", "ref": identity})
    return made
