"""Our part of Odoo's page of settings: divs until 16.0; app, block and setting from 17.0 on.

(17.0: web/static/src/webclient/settings_form_view/settings/)
"""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

from series.known import BuildError

BLOCK = "app_settings_block"
_APP_ATTRIBUTES = {"string": "string", "data-string": "", "data-key": "name", "groups": "groups"}
_APP_ATTRIBUTES |= {"class": "", "invisible": "invisible"}


def classes(element: ET.Element) -> set[str]:
    """Return the classes of an element."""
    return set(element.get("class", "").split())


def is_app(element: ET.Element) -> bool:
    """Tell whether it is the div of one app's settings."""
    return element.tag == "div" and BLOCK in classes(element)


def app(old: ET.Element) -> ET.Element:
    """Return the `app` of an app's div. Raise BuildError for what no rule knows."""
    new = ET.Element("app")
    for name, value in old.attrib.items():
        if name not in _APP_ATTRIBUTES:
            raise BuildError(f"settings: no rule for the attribute {name} of {BLOCK}")
        if _APP_ATTRIBUTES[name]:
            new.set(_APP_ATTRIBUTES[name], value)
    title = None
    for child in old:
        if child.tag == "h2":
            title = (child.text or "").strip()
        elif child.tag == "field" and child.get("invisible") in ("1", "True"):
            new.append(child)
        elif child.tag == "div" and "o_settings_container" in classes(child):
            new.append(_block(child, title))
            title = None
        elif child.tag is not ET.Comment:
            raise BuildError(f"settings: no rule for <{child.tag}> in {BLOCK}")
    return new


def _block(container: ET.Element, title: str | None) -> ET.Element:
    new = ET.Element("block", {"title": title} if title else {})
    _keep(container, new, {"class"})
    for box in container:
        if box.tag is ET.Comment:
            continue
        if box.tag != "div" or "o_setting_box" not in classes(box):
            raise BuildError(f"settings: no rule for <{box.tag}> in o_settings_container")
        new.append(_setting(box))
    return new


def _setting(box: ET.Element) -> ET.Element:
    """Return the `setting` of a box. Its first field, when it has one, brings the label and stands
    where that stood; what explains it is the help then.
    """
    left, right = _panes(box)
    for field in left:
        if field.tag != "field":
            raise BuildError(f"settings: no rule for <{field.tag}> in o_setting_left_pane")
    content = left + [inner for child in right for inner in _content(child)]
    labels = [one for one in content if one.tag == "label"]
    named = next((one for one in content if one.tag == "field"), None)
    new = ET.Element("setting")
    _keep(box, new, {"class"})
    if named is not None and len(labels) == 1 and labels[0].get("for") == named.get("name"):
        rest = [one for one in content if one is not named and one is not labels[0]]
        helps = [one for one in rest if _is_help(one)]
        if helps:
            new.set("help", " ".join((helps[0].text or "").split()))
        content = [named, *(one for one in rest if one not in helps[:1])]
    new.extend(content)
    return new


def _is_help(child: ET.Element) -> bool:
    return child.tag == "div" and classes(child) == {"text-muted"} and not len(child)


def _content(child: ET.Element) -> Iterator[ET.Element]:
    # A div for a margin only: the setting has its own.
    is_margin = child.tag == "div" and classes(child) <= {"mt8", "mt16", "content-group"}
    words = (child.text or "") + "".join(one.tail or "" for one in child)
    if is_margin and not words.strip() and set(child.attrib) <= {"class"}:
        yield from child
    else:
        yield child


def _panes(box: ET.Element) -> tuple[list[ET.Element], list[ET.Element]]:
    left: list[ET.Element] = []
    right: list[ET.Element] = []
    for pane in box:
        kind = classes(pane) & {"o_setting_left_pane", "o_setting_right_pane"}
        if pane.tag is ET.Comment:
            continue
        if len(kind) != 1:
            raise BuildError(f"settings: no rule for <{pane.tag}> in o_setting_box")
        (left if "o_setting_left_pane" in kind else right).extend(
            one for one in pane if one.tag is not ET.Comment
        )
    return left, right


def _keep(old: ET.Element, new: ET.Element, without: set[str]) -> None:
    for name, value in old.attrib.items():
        if name not in without:
            new.set(name, value)
