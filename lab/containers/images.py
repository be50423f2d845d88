"""The images that docker-compose.yml and the Dockerfile begin with, made of Debian's packages:
their names are the real ones, and no registry of images is asked.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lab import paths
from lab.component import RUN
from lab.containers.engine import Engine
from lab.errors import LabError
from lab.progress import working
from lab.provision import require_chroot
from lab.recipes import BASE

CONTEXTS = Path(__file__).with_name("images")
DEBIAN = "debian:bookworm-slim"
#: Of CPython's folder: what an image of it holds.
PARTS = ("bin/python3.[0-9][0-9]", "include", "lib/libpython3*.so*", "lib/python3.*")
LEFT_OUT = ("*/site-packages", "*/test", "*/tests", "__pycache__", "*.a")
CERTIFICATES = Path("/usr/local/share/ca-certificates")


def names() -> dict[str, str]:
    """Return the real name of each stand-in, as the project's own files say it."""
    compose = (paths.CHECKOUT / "docker-compose.yml").read_text()
    dockerfile = (paths.CHECKOUT / "deploy/Dockerfile").read_text()
    found = re.findall(r"^ +image: (\S+:\S+)$", compose, re.M)
    found += re.findall(r"^FROM (\S+)", dockerfile, re.M)
    keys = {"python": "python:", "rabbitmq": "rabbitmq:", "npm": "jc21/nginx-proxy-manager:"}
    return {key: next(n for n in found if n.startswith(start)) for key, start in keys.items()}


def make(engine: Engine) -> None:
    """Make the stand-ins that are missing, or are of other files than those of today."""
    base = BASE.stamp()
    _unless_there(engine, DEBIAN, base, lambda: _import(engine, base))
    for key, name in names().items():
        stamp = _stamp(key, base)
        _unless_there(engine, name, stamp, lambda k=key, n=name, s=stamp: _build(engine, k, n, s))


def _unless_there(engine: Engine, name: str, stamp: str, build: Callable[[], None]) -> None:
    there = engine.docker("image", "inspect", "-f", '{{index .Config.Labels "lab"}}', name)
    if there != (0, f"{stamp}\n"):
        with working(f"image {name}, of Debian's packages"):
            build()


def _import(engine: Engine, stamp: str) -> None:
    root, archive = require_chroot(BASE.name), engine.folder / "base.tar"
    # dpkg's own: what the real "slim" leaves out.
    excluded = [f"--exclude=./{path}" for path in ("usr/share/doc/*", "var/cache/apt/*", ".lab-*")]
    _tar([*excluded, "-C", str(root), "-cf", str(archive), "."])
    change = ["-c", 'CMD ["bash"]', "-c", f"LABEL lab={stamp}"]
    engine.must("import", *change, str(RUN / archive.name), DEBIAN)
    archive.unlink()


def _build(engine: Engine, key: str, name: str, stamp: str) -> None:
    context = engine.folder / "contexts" / key
    shutil.copytree(CONTEXTS / key, context)
    if key == "python":
        _python(context)
    if key == "npm":
        shutil.copy(paths.CHECKOUT / "tests/fakes/npm.py", context)
    engine.must("build", "--label", f"lab={stamp}", "-t", name, str(RUN / "contexts" / key))
    shutil.rmtree(context)


def _python(context: Path) -> None:
    prefix = Path(sys.base_prefix)
    if prefix == Path("/usr"):
        raise LabError(
            "Debian's own Python can't stand in for the image's: it keeps its packages elsewhere",
            "run this by a CPython 3.11 of its own folder (pyenv, or `make install`)",
        )
    parts = sorted(str(path.relative_to(prefix)) for part in PARTS for path in prefix.glob(part))
    excluded = [f"--exclude={pattern}" for pattern in LEFT_OUT]
    archive = str(context / "python.tar")
    _tar([*excluded, "--owner=0", "--group=0", "-C", str(prefix), "-cf", archive, *parts])
    (context / "certificates").mkdir()
    # A host that trusts more than Debian does, so that pip in a build does.
    for path in CERTIFICATES.glob("*.crt"):
        shutil.copy(path, context / "certificates")


def _tar(words: list[str]) -> None:
    subprocess.run(["tar", "--numeric-owner", *words], check=True)


def _stamp(key: str, base: str) -> str:
    """Return a hash of everything that an image is made of."""
    files = sorted((CONTEXTS / key).iterdir())
    if key == "npm":
        files.append(paths.CHECKOUT / "tests/fakes/npm.py")
    text = base + (sys.version if key == "python" else "")
    made = hashlib.sha256(text.encode())
    for path in files:
        made.update(path.read_bytes())
    return made.hexdigest()[:16]
