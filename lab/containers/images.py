"""The images that the compose files and the Dockerfiles begin with, made of Debian's packages:
their names are the real ones, and no registry of images is asked.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import paths
from lab.component import RUN
from lab.containers.engine import Engine
from lab.progress import working
from lab.provision import require_chroot
from lab.recipes import BASE, BULLSEYE, SID, Recipe

CONTEXTS = Path(__file__).with_name("images")
FILES = (
    "docker-compose.yml",
    "deploy/docker-compose.try.yml",
    "deploy/Dockerfile",
    "deploy/try/Dockerfile",
)
DEBIAN = "debian:bookworm-slim"
#: The lab's own chroot, with Odoo in it: what Odoo's stand-in begins with.
WITH_ODOO = "lab-bullseye"
#: Of a chroot: what no image of ours needs. What begins the list the real "slim" images lack, too.
HEAVY = (
    *("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*", "var/cache/apt/*", ".lab-*"),
    *("usr/lib/*/dri", "usr/lib/*/libLLVM*", "usr/lib/*/libQt5*", "usr/lib/erlang"),
    *("usr/lib/postgresql", "var/lib/postgresql", "var/lib/apt/lists/*"),
)
#: Of Odoo: the larger apps and languages.
APPS = (
    *("account", "crm", "delivery", "event", "hr", "l10n_", "lunch", "mass_mailing", "mrp"),
    *("payment", "point_of_sale", "pos_", "product", "project", "purchase", "sale", "stock"),
    *("survey", "test_", "website"),
)
ADDONS = "usr/lib/python3/dist-packages/odoo/addons"
HEAVY_ODOO = (f"{ADDONS}/*/i18n", *(f"{ADDONS}/{app}*" for app in APPS))
#: Of those apps what has the categories to which base's own data refers: nothing else is read.
CATEGORIES = tuple(
    f"{ADDONS}/{app}/__manifest__.py" for app in ("hr_timesheet", "mass_mailing", "mrp", "website")
)
#: The API of Nginx Proxy Manager's stand-in is the tests' fake.
NPM = tuple(paths.CHECKOUT / f"tests/fakes/{name}" for name in ("npm.py", "npm_schema.json"))
CERTIFICATES = Path("/usr/local/share/ca-certificates")
#: How the name of what a stand-in stands for begins.
BEGINS = {
    "python": "python:",
    "rabbitmq": "rabbitmq:",
    "npm": "jc21/nginx-proxy-manager:",
    "postgres": "postgres:",
    "odoo": "odoo:",
    "sid": "debian:sid",
}


def names() -> dict[str, str]:
    """Return the real name of each stand-in, as the project's own files say it."""
    text = "\n".join((paths.CHECKOUT / file).read_text() for file in FILES)
    found = re.findall(r"^(?: +image: |FROM |ARG BASE=)(\S+:\S+)", text, re.M)
    return {key: next(n for n in found if n.startswith(start)) for key, start in BEGINS.items()}


#: What docker-compose.yml alone begins with.
BESIDE = ("python", "rabbitmq", "npm")


def make(
    engine: Engine, builds: Mapping[str, Callable[[], None]], wanted: Iterable[str] = tuple(BEGINS)
) -> None:
    """Make the stand-ins that are missing, or are of other files than those of today, all at once:
    they mostly wait for the network. As soon as one is there, do what `builds` has under its key.
    """
    _import(engine, BASE, DEBIAN)
    with ThreadPoolExecutor(len(BEGINS)) as pool:
        made = [
            pool.submit(_make, engine, key, name, builds.get(key, lambda: None))
            for key, name in names().items()
            if key in wanted
        ]
        for one in made:
            one.result()


def _make(engine: Engine, key: str, name: str, then: Callable[[], None]) -> None:
    if key == "sid":
        _import(engine, SID, name)
    else:
        if key == "odoo":
            _import(engine, BULLSEYE, WITH_ODOO)
        stamp = _stamp(key)
        _unless_there(engine, name, stamp, lambda: _build(engine, key, name, stamp))
    then()


def _unless_there(engine: Engine, name: str, stamp: str, build: Callable[[], None]) -> None:
    there = engine.docker("image", "inspect", "-f", '{{index .Config.Labels "lab"}}', name)
    if there != (0, f"{stamp}\n"):
        with working(f"image {name}, of Debian's packages"):
            build()


def _import(engine: Engine, recipe: Recipe, name: str) -> None:
    """Make an image of a chroot."""
    root, stamp = str(require_chroot(recipe.name)), recipe.stamp()
    archive = engine.folder / f"{recipe.name}.tar"
    left_out, kept = HEAVY, ["."]
    if recipe is BULLSEYE:
        left_out, stamp = (*HEAVY, *HEAVY_ODOO), _with_odoo()
        kept.extend(CATEGORIES)
    excluded = [f"--exclude=./{path}" for path in left_out]
    packed = ["tar", "--numeric-owner", *excluded, "-C", root, "-cf", str(archive), *kept]
    change = ["-c", 'CMD ["bash"]', "-c", f"LABEL lab={stamp}"]

    def build() -> None:
        subprocess.run(packed, check=True)
        engine.must("import", *change, str(RUN / archive.name), name)
        archive.unlink()

    _unless_there(engine, name, stamp, build)


def _build(engine: Engine, key: str, name: str, stamp: str) -> None:
    context = engine.folder / "contexts" / key
    shutil.copytree(CONTEXTS / key, context)
    if key == "python":
        _certificates(context)
    if key == "npm":
        for path in NPM:
            shutil.copy(path, context)
    engine.must("build", "--label", f"lab={stamp}", "-t", name, str(RUN / "contexts" / key))
    shutil.rmtree(context)


def _certificates(context: Path) -> None:
    """Let pip in a build trust what this host trusts beyond Debian."""
    (context / "certificates").mkdir()
    for path in CERTIFICATES.glob("*.crt"):
        shutil.copy(path, context / "certificates")


def _with_odoo() -> str:
    return hashlib.sha256(
        f"{BULLSEYE.stamp()} {HEAVY} {HEAVY_ODOO} {CATEGORIES}".encode()
    ).hexdigest()[:16]


def _stamp(key: str) -> str:
    """Return a hash of everything that an image is made of."""
    files = sorted((CONTEXTS / key).iterdir())
    if key == "npm":
        files.extend(NPM)
    base = _with_odoo() if key == "odoo" else BASE.stamp() + BULLSEYE.stamp()
    made = hashlib.sha256(base.encode())
    for path in files:
        made.update(path.read_bytes())
    return made.hexdigest()[:16]
