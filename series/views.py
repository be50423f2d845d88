"""A data file of the source, written anew for a series: views, actions, jobs."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from series import modifiers, settings_page, user_groups, view_groups
from series.known import BuildError, Series

_WORDS = """
    form tree search kanban graph pivot calendar activity templates t
    field group notebook page sheet header footer button separator newline label filter searchpanel
    widget xpath attribute progressbar control create
    div span p h1 h2 h3 h4 h5 strong b em i small br hr ul ol li table thead tbody tr td th a img
    audio source code pre
"""
#: What may stand in a view: an element that is not here wants a look at what the series do with it.
ELEMENTS = frozenset(_WORDS.split())
#: Attributes that some series takes for something else, or no longer knows.
REFUSED = {
    "colors": "say decoration-…",
    "fonts": "say decoration-bf and the like",
    "modifiers": "Odoo computes it",
    "domain_force": "it stands in a rule",
    "tree_view_ref": "name the view in the field itself",
}
_BOOTSTRAP = {"ml": "ms", "mr": "me", "pl": "ps", "pr": "pe"}
_BOOTSTRAP_WORDS = {
    "float-left": "float-start",
    "float-right": "float-end",
    "text-left": "text-start",
    "text-right": "text-end",
    "font-weight-bold": "fw-bold",
    "font-weight-normal": "fw-normal",
    "font-italic": "fst-italic",
    "badge-pill": "rounded-pill",
    "sr-only": "visually-hidden",
}
# Forms are always edited: what is for reading only would never be seen (form_controller.scss).
_MODES = {"oe_read_only", "oe_edit_only"}
_COMPUTED = re.compile(r"(#\{[^}]*\})|([\w-]+)")
_LINES = re.compile(r"\btree\b")
_NUMBERS = {"sequence", "priority", "interval_number", "numbercall"}
#: Periods of a filter by date (18.0: ir_ui_view.py, _validate_tag_filter).
_PERIODS = {
    "this_month": "month",
    "last_month": "month-1",
    "this_year": "year",
    "last_year": "year-1",
}
_CHATTER = {"message_follower_ids", "activity_ids", "message_ids"}


def data_file(text: str, series: Series, module: str) -> str:
    """Given an XML data file of a module's source, return it for a series. Raise BuildError."""
    try:
        root = _parse(text)
    except ET.ParseError as error:
        raise BuildError(f"not well-formed: {error}") from error
    for record in root.iter("record"):
        _record(record, series, module)
    if series.has_group_ids:
        _groups(root)
    ET.indent(root, "    ")
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n' + ET.tostring(root, encoding="unicode") + "\n"
    )


def _groups(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for record in parent.findall("record"):
            where = list(parent).index(record) + 1
            for made in user_groups.of_record(record):
                parent.insert(where, made)


def _parse(text: str) -> ET.Element:
    builder = ET.TreeBuilder(insert_comments=True)
    parser = ET.XMLParser(target=builder)  # noqa: S314 - our own file
    parser.feed(text.encode())
    root: ET.Element = parser.close()
    return root


def _record(record: ET.Element, series: Series, module: str) -> None:
    model = record.get("model")
    for field in record.findall("field"):
        if field.get("name") in _NUMBERS and field.text and "eval" not in field.attrib:
            # OCA's form of a number.
            field.set("eval", field.text.strip())
            field.text = None
    if model == "ir.cron" and series.has_endless_crons:
        _cron(record)
    if model in ("ir.actions.act_window", "ir.actions.act_window.view") and series.says_list:
        _action(record)
    if model == "ir.ui.view":
        if series.has_groups_in_views:
            view_groups.to_elements(record, module)
        for field in record.findall("field[@name='arch']"):
            for element in field:
                if element.tag is not ET.Comment:
                    arch(element, series)
    elif record.find("field[@name='arch']") is not None:
        raise BuildError(f"no rule for the arch of a {model}")


def _cron(record: ET.Element) -> None:
    for name, usual in (("numbercall", "-1"), ("doall", "False")):
        for field in record.findall(f"field[@name='{name}']"):
            said = field.get("eval") or (field.text or "").strip()
            if said != usual:
                raise BuildError(f"ir.cron: {name} is {said}; 18.0 knows {usual} only")
            record.remove(field)


def _action(record: ET.Element) -> None:
    for field in record.findall("field"):
        if field.get("name") == "view_mode":
            field.text = _LINES.sub("list", field.text or "")
        elif field.get("name") in ("view_ids", "views"):
            raise BuildError("ir.actions.act_window: no rule for view_ids; say view_mode")


def arch(root: ET.Element, series: Series) -> None:
    """Change one view's arch for a series, in place. Raise BuildError for what no rule knows."""
    for parent, element in list(_walk(root)):
        if element.tag not in ELEMENTS:
            raise BuildError(f"no rule for <{element.tag}> in a view: see series/views.py")
        for name, why in REFUSED.items():
            if name in element.attrib:
                raise BuildError(f"<{element.tag} {name}=…>: {why}")
        if series.has_modifier_expressions:
            _modifiers(element)
            _columns(element)
        if series.is_owl:
            _classes(element)
        if series.has_settings_blocks:
            _settings(parent, element)
        if series.has_group_ids and (root.tag, element.tag) == ("search", "group"):
            # 19.0: a group of filters has neither (base/rng/search_view.rng).
            element.attrib.pop("expand", None)
            element.attrib.pop("string", None)
        if series.says_list:
            _list(parent, element)


def _walk(root: ET.Element) -> Iterator[tuple[ET.Element | None, ET.Element]]:
    yield None, root
    for parent in root.iter():
        for child in list(parent):
            if child.tag is not ET.Comment:
                yield parent, child


def _modifiers(element: ET.Element) -> None:
    found = modifiers.of_attrs(element.attrib.pop("attrs")) if "attrs" in element.attrib else {}
    if "states" in element.attrib:
        states = modifiers.of_states(element.attrib.pop("states"))
        found["invisible"] = (
            f"({found['invisible']}) or {states}" if "invisible" in found else states
        )
    for name, expression in found.items():
        if element.get(name) not in (None, "0", "False"):
            raise BuildError(f"<{element.tag} {element.get('name')}>: {name} and attrs with {name}")
        element.set(name, expression)
    if element.tag == "attribute" and element.get("name") in ("attrs", "states"):
        raise BuildError("<attribute name='attrs'>: no rule; replace the element instead")


def _columns(element: ET.Element) -> None:
    """Until 16.0 `invisible` hides a column, from 17.0 on `column_invisible`."""
    if element.tag == "tree":
        for field in element:
            if field.tag in ("field", "button") and field.get("invisible") in ("1", "True"):
                field.set("column_invisible", field.attrib.pop("invisible"))


def _classes(element: ET.Element) -> None:
    """Give an element the classes of Bootstrap 5; what `#{…}` computes stays."""
    if element.get("class"):
        names = [_bootstrap5(one) for one in element.get("class", "").split()]
        element.set("class", " ".join(one for one in names if one not in _MODES))
    if computed := element.get("t-attf-class"):
        if element.tag == "button":
            # view_compiler.js (compileButton) leaves it out.
            raise BuildError("<button t-attf-class=…>: no rule; compute the classes of its content")
        changed = _COMPUTED.sub(lambda one: one[1] or _bootstrap5(one[2]), computed)
        element.set("t-attf-class", changed)


def _bootstrap5(name: str) -> str:
    side, dash, rest = name.partition("-")
    if dash and side in _BOOTSTRAP:
        return f"{_BOOTSTRAP[side]}-{rest}"
    return _BOOTSTRAP_WORDS.get(name, name)


def _settings(parent: ET.Element | None, element: ET.Element) -> None:
    if element.tag == "xpath" and element.get("expr") == "//div[hasclass('settings')]":
        element.set("expr", "//form")
    if parent is not None and settings_page.is_app(element):
        at = list(parent).index(element)
        parent.remove(element)
        parent.insert(at, settings_page.app(element))


def _list(parent: ET.Element | None, element: ET.Element) -> None:
    if element.tag == "tree":
        element.tag = "list"
    if element.get("t-name") == "kanban-box":
        element.set("t-name", "card")
    for name in ("expr", "mode", "view_mode"):
        if element.get(name):
            element.set(name, _LINES.sub("list", element.get(name, "")))
    if period := element.get("default_period"):
        if period not in _PERIODS:
            raise BuildError(
                f"default_period {period!r}: no rule; say one of {', '.join(_PERIODS)}"
            )
        element.set("default_period", _PERIODS[period])
    if "tree_view_ref" in element.get("context", ""):
        raise BuildError("tree_view_ref in a context: no rule; name the view in the field itself")
    if element.tag == "div" and "oe_chatter" in element.get("class", "").split():
        _chatter(parent, element)


def _chatter(parent: ET.Element | None, element: ET.Element) -> None:
    names = {one.get("name") for one in element if one.tag is not ET.Comment}
    if parent is None or not names <= _CHATTER or any(len(one.attrib) > 1 for one in element):
        raise BuildError(f"no rule for a chatter of {sorted(map(str, names))}")
    at = list(parent).index(element)
    parent.remove(element)
    parent.insert(at, ET.Element("chatter"))
