"""The manifest of an addon for a series: its version, its assets."""

import ast
import pprint
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from series.known import SOURCE, BuildError, Series

ASSETS_FILE = "views/assets.xml"
BUNDLE = "web.assets_backend"
#: Where the widgets of 16.0 and later lie; the others are those of 14.0 and 15.0.
OWL = "static/src/owl"
LEGACY = ("static/src/js", "static/src/xml")
PLAIN = "static/src/js/lib"


def read(addon: Path) -> dict[str, Any]:
    """Return an addon's manifest. Raise BuildError when it is not in the source's form."""
    found: dict[str, Any] = ast.literal_eval((addon / "__manifest__.py").read_text())
    if not str(found.get("version", "")).startswith(f"{SOURCE}.0."):
        raise BuildError(f"{addon.name}: the version of the source begins with {SOURCE}.0.")
    if "assets" in found:
        raise BuildError(f"{addon.name}: assets stand in {ASSETS_FILE}; the build makes the rest")
    return found


def build(addon: Path, series: Series) -> dict[str, Any]:
    """Return the manifest of an addon of the source for a series. Raise BuildError."""
    made = read(addon)
    made["version"] = str(series) + made["version"].removeprefix(f"{SOURCE}.0")
    if not series.has_asset_manifest:
        return made
    made["data"] = [name for name in made.get("data", []) if name != ASSETS_FILE]
    templates = made.pop("qweb", [])
    scripts = asset_paths(addon)
    if series.is_owl:
        assets = {BUNDLE: _owl_assets(addon, scripts)}
    else:
        named = {BUNDLE: scripts, "web.assets_qweb": [f"{addon.name}/{one}" for one in templates]}
        assets = {bundle: paths for bundle, paths in named.items() if paths}
    if any(assets.values()):
        made["assets"] = assets
    return made


def asset_paths(addon: Path) -> list[str]:
    """Return the assets of 14.0 in their order, as addon/static/…; none when there is no file."""
    file = addon / ASSETS_FILE
    if not file.is_file():
        if (addon / "static/src").is_dir():
            raise BuildError(f"{addon.name}: static/src without {ASSETS_FILE}")
        return []
    paths = []
    for template in ET.parse(file).iter("template"):  # noqa: S314 - our own file
        if template.get("inherit_id") != BUNDLE:
            raise BuildError(
                f"{addon.name}: {ASSETS_FILE}: no rule for {template.get('inherit_id')}"
            )
        for element in template.iter():
            if element.tag in ("link", "script"):
                paths.append((element.get("href") or element.get("src") or "").lstrip("/"))
    _check(addon, paths)
    return paths


def _check(addon: Path, paths: list[str]) -> None:
    for path in paths:
        if not path.startswith(f"{addon.name}/") or not (addon.parent / path).is_file():
            raise BuildError(f"{addon.name}: {ASSETS_FILE} names {path!r}, which is not there")
    there = {f"{addon.name}/{one.relative_to(addon)}" for one in (addon / LEGACY[0]).rglob("*.js")}
    if forgotten := there - set(paths):
        raise BuildError(f"{addon.name}: {ASSETS_FILE} does not name {sorted(forgotten)}")


def _owl_assets(addon: Path, scripts: list[str]) -> list[str]:
    """Styles, the scripts without framework, then the components and their templates."""
    shared = [path for path in scripts if path.endswith(".scss") or f"/{PLAIN}/" in path]
    has = {suffix: any((addon / OWL).rglob(f"*.{suffix}")) for suffix in ("scss", "js", "xml")}
    return shared + [
        f"{addon.name}/{OWL}/**/*.{suffix}" for suffix, is_there in has.items() if is_there
    ]


def written(manifest: dict[str, Any]) -> str:
    """Return the text of a manifest."""
    return pprint.pformat(manifest, width=110, sort_dicts=False) + "\n"
