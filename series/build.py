"""`scripts/build-addon`: the addons of the source, installable, for a series."""

import argparse
import re
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from series import known, manifest, python_source, views
from series.known import BuildError, Series

TOP = Path(__file__).resolve().parent.parent
ADDONS = TOP / "addons"
OVERLAY = Path(__file__).resolve().parent / "overlay"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")
_TEMPLATE = re.compile(r'<t t-name="[^"]+"')
#: A zip made twice of the same source is the same file.
_EPOCH = (2020, 1, 1, 0, 0, 0)


def addons() -> list[Path]:
    """Return the folders of the addons of the source."""
    return sorted(path.parent for path in ADDONS.glob("asterisk_plus*/__manifest__.py"))


def build(series: Series, out: Path, sources: Sequence[Path] = ()) -> list[Path]:
    """Build the addons (default: all) for a series into a folder; return their folders.

    What is there of an addon before is replaced at once when all is well. Raise BuildError.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".building-") as folder:
        made = [_addon(source, Path(folder), series) for source in sources or addons()]
        return [_replace(out / addon.name, addon) for addon in made]


def zipped(addon: Path, series: Series) -> Path:
    """Write addon-series.zip beside a built addon; return its path."""
    target = addon.with_name(f"{addon.name}-{series}.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(addon.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(f"{addon.name}/{path.relative_to(addon)}", _EPOCH)
                info.external_attr = 0o644 << 16
                archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target


def _addon(source: Path, folder: Path, series: Series) -> Path:
    target = folder / source.name
    shutil.copytree(source, target, ignore=_LEFT_OUT)
    made = manifest.build(source, series)
    _leave_out(target, series)
    made["data"] = [*made.get("data", []), *_overlay(target, series)]
    (target / "__manifest__.py").write_text(manifest.written(made))
    _python(target, series)
    for path in sorted(target.rglob("*.xml")):
        if "static" not in path.relative_to(target).parts:
            path.write_text(_said_of(path, target, series))
        elif series.marks_owl_templates:
            path.write_text(_TEMPLATE.sub(r'\g<0> owl="1"', path.read_text()))
    _readme(target, series)
    return target


def _leave_out(target: Path, series: Series) -> None:
    """Take away the widgets of the other world, and the assets as a view."""
    if series.has_asset_manifest:
        (target / manifest.ASSETS_FILE).unlink(missing_ok=True)
    if not series.is_owl:
        shutil.rmtree(target / manifest.OWL, ignore_errors=True)
        return
    for folder in manifest.LEGACY:
        for path in sorted((target / folder).rglob("*"), reverse=True):
            is_plain = manifest.PLAIN in str(path.relative_to(target))
            if path.is_file() and not is_plain:
                path.unlink()
            elif path.is_dir() and not any(path.iterdir()):
                path.rmdir()


def _overlay(target: Path, series: Series) -> list[str]:
    """Put the files of this series alone over the others; return the views that only it has."""
    folder = OVERLAY / str(series) / target.name
    views_of = sorted(str(one.relative_to(folder)) for one in folder.glob("views/*.xml"))
    added = [name for name in views_of if not (target / name).exists()]
    if folder.is_dir():
        shutil.copytree(folder, target, dirs_exist_ok=True, ignore=_LEFT_OUT)
    return added


def _python(target: Path, series: Series) -> None:
    for path in sorted(target.rglob("*.py")):
        where = f"addons/{path.relative_to(target.parent)}"
        text = path.read_text()
        made = python_source.python_file(text, where, series)
        if made != text:
            path.write_text(made)


def _said_of(path: Path, target: Path, series: Series) -> str:
    try:
        return views.data_file(path.read_text(), series, target.name)
    except BuildError as error:
        where = path.relative_to(target.parent)
        raise BuildError(f"addons/{where} for {series}: {error}") from error


def _readme(target: Path, series: Series) -> None:
    """Let links in the readme name the series."""
    for path in target.glob("README.rst"):
        path.write_text(re.sub(rf"\b{known.SOURCE}\.0\b", str(series), path.read_text()))


def _replace(target: Path, made: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    made.rename(target)
    return target


def main(arguments: Sequence[str] | None = None) -> int:
    """Build from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/build-addon", description=__doc__)
    parser.add_argument("series", help=f"one of {', '.join(map(str, known.SERIES))}, or all")
    parser.add_argument("--out", type=Path, help="default: build/addons-SERIES in the checkout")
    options = parser.parse_args(arguments)
    try:
        wanted = known.SERIES if options.series == "all" else (known.series(options.series),)
        for one in wanted:
            out = options.out or TOP / "build" / f"addons-{one}"
            out = out / str(one) if options.out and len(wanted) > 1 else out
            for addon in build(one, out):
                sys.stdout.write(f"{zipped(addon, one)}\n")
    except BuildError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0
