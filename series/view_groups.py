"""An inherited view for some groups: until 15.0 its record says so, from 16.0 on each element.

(16.0: ir_ui_view.py refuses groups on the record of an inherited view.)
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from series.known import BuildError

_ONE = re.compile(r"\(\s*4\s*,\s*ref\(\s*'([\w.]+)'\s*\)\s*(?:,\s*0\s*)?\)")
_ALL = re.compile(r"\[\s*(?:\(\s*4\s*,\s*ref\(\s*'[\w.]+'\s*\)\s*(?:,\s*0\s*)?\)\s*,?\s*)+\]")
#: What shows or does something; what only arranges it may stay for everybody.
_TELLING = {"field", "button", "widget", "app", "page", "filter"}
_ARRANGING = {
    "div",
    "span",
    "label",
    "group",
    "h2",
    "p",
    "separator",
    "xpath",
    "attribute",
    "notebook",
}


def to_elements(record: ET.Element, module: str) -> None:
    """Move the groups of an inherited view's record to the elements that it puts in, in place.

    Raise BuildError when an element is of neither kind.
    """
    field = record.find("field[@name='groups_id']")
    if field is None or record.find("field[@name='inherit_id']") is None:
        return
    text = field.get("eval", "")
    if not _ALL.fullmatch(text.strip()):
        raise BuildError(f"groups_id of an inherited view: no rule for {text}")
    names = [name if "." in name else f"{module}.{name}" for name in _ONE.findall(text)]
    record.remove(field)
    arch = record.find("field[@name='arch']")
    for spec in () if arch is None else _specs(arch):
        for element in spec:
            _give(element, ",".join(names))


def _specs(arch: ET.Element) -> Iterator[ET.Element]:
    for top in arch:
        yield from (top if top.tag == "data" else [top])


def _give(element: ET.Element, groups: str) -> None:
    if element.tag is ET.Comment or element.get("groups") or element.get("position") == "move":
        return
    if element.tag in _TELLING:
        element.set("groups", groups)
    elif element.tag in _ARRANGING:
        for child in element:
            _give(child, groups)
    else:
        raise BuildError(f"groups_id of an inherited view: no rule for <{element.tag}> in it")
