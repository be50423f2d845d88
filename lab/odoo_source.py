"""ODOO_SRC: any Odoo checkout instead of the packaged one, in a virtual environment of its own."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from series import build, known

from lab import paths
from lab.errors import LabError
from lab.locks import locked
from lab.progress import working
from lab.shell import run

# What the addon needs beyond Odoo, and what old series take for granted: pkg_resources, cleaner.
EXTRA = ("phonenumbers", "setuptools<81", "lxml_html_clean", "websocket-client")
# What a series and those before it have of their time: 16.0 looks into lxml.html.clean, which lxml
# 5.2 gave away; 15.0 has the Jinja2 and the pyOpenSSL that go with these.
OLD = {16: ("lxml<5.2",), 15: ("markupsafe<2.1", "cryptography<3.5")}
# The newest Python of an old series: its safe_eval refuses the opcodes of later ones.
NEWEST = {15: (3, 10)}
# LDAP and Windows need libraries that no wheel brings, and nothing here uses them.
LEFT_OUT = {"python-ldap", "pywin32", "pypiwin32"}
# Pinned to versions that have no wheel for a Python newer than the series: any later one will do.
UNPINNED = {"gevent", "greenlet", "lxml", "libsass", "markupsafe", "pillow", "psutil", "reportlab"}
RENAMED = {"psycopg2": "psycopg2-binary"}
_NAME = re.compile(r"^([A-Za-z0-9_.-]+)(\[[^]]*\])?\s*([^;#]*?)\s*(;[^#]*)?(#.*)?$")


@dataclass(frozen=True)
class OdooSource:
    """An Odoo checkout: `path` holds odoo-bin."""

    path: Path

    @property
    def series(self) -> str:
        """Return its series, as "17.0"."""
        text = (self.path / "odoo/release.py").read_text()
        found = re.search(r"^version_info\s*=\s*\(\D*(\d+)\D+(\d+)", text, re.M)
        if not found:
            raise LabError(
                f"{self.path}/odoo/release.py tells no version", "is ODOO_SRC an Odoo checkout?"
            )
        return f"{found[1]}.{found[2]}"

    def requirements(self) -> str:
        """Return its requirements, relaxed so that pip finds wheels for the running Python."""
        text = (self.path / "requirements.txt").read_text()
        old = [one for last, some in OLD.items() if float(self.series) <= last for one in some]
        return "\n".join([*relaxed(text), *EXTRA, *old]) + "\n"

    @property
    def venv(self) -> Path:
        """Return the folder of its virtual environment."""
        digest = hashlib.sha256(self.requirements().encode()).hexdigest()[:8]
        version = ".".join(map(str, _version(python())))
        return paths.cache() / f"venv-odoo-{self.series}-py{version}-{digest}"

    def program(self) -> list[str]:
        """Return the command that starts it."""
        return [str(self.venv / "bin/python"), str(self.path / "odoo-bin")]

    def addons(self, ours: Path) -> list[str]:
        """Return the folders of its addons, and of ours, which are built for its series into the
        folder `ours`. Raise LabError when they can't be.
        """
        try:
            wanted = known.series(self.series)
            build.build(
                wanted, ours, [*build.addons(), *sorted(paths.TEST_ADDONS.glob("asterisk_plus*"))]
            )
        except known.BuildError as why:
            raise LabError(f"the addons can't be built for {self.series}:\n{why}") from why
        return [str(folder) for folder in (self.path / "addons", ours) if folder.is_dir()]

    def provision(self) -> None:
        """Make the virtual environment, unless the cache holds it. Raise LabError for a Python that
        is too new for the series.
        """
        newest = max(
            (one for last, one in NEWEST.items() if float(self.series) <= last), default=()
        )
        if newest and _version(python()) > newest:
            wanted = ".".join(map(str, newest))
            why = f"Odoo {self.series} can't be run by a Python newer than {wanted}"
            raise LabError(why, f"let ODOO_PYTHON name a Python {wanted}")
        with locked(self.venv.name):
            if not self.venv.is_dir():
                with working(f"installing what Odoo {self.series} needs from PyPI (about 60 s)"):
                    self._install()

    def _install(self) -> None:
        part = self.venv.with_name(f"{self.venv.name}.part")
        log = self.venv.with_name(f"{self.venv.name}.log")
        shutil.rmtree(part, ignore_errors=True)
        run([python(), "-m", "venv", str(part)], log, "see the log", os.environ)
        wanted = part / "requirements.txt"
        wanted.write_text(self.requirements())
        pip = [str(part / "bin/python"), "-m", "pip", "install", "-q", "-r", str(wanted)]
        run(pip, log, "see the log; a package may need another Python", os.environ)
        # It is started by its python alone, which finds itself: so it may be renamed.
        part.rename(self.venv)


def python() -> str:
    """Return the Python that Odoo checkouts are run by: ODOO_PYTHON, or else our own."""
    return os.environ.get("ODOO_PYTHON") or sys.executable


@cache
def _version(program: str) -> tuple[int, ...]:
    code = "import sys; print(*sys.version_info[:2])"
    try:
        said = subprocess.check_output([program, "-c", code], text=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        why = f"{program} can't be run: {problem}"
        raise LabError(why, "let ODOO_PYTHON name a Python, or unset it") from problem
    return tuple(map(int, said.split()))


def relaxed(requirements: str) -> list[str]:
    """Return the lines of a requirements.txt, without what no wheel exists for."""
    lines = []
    for line in requirements.splitlines():
        found = _NAME.match(line.strip())
        if not found or found[1].lower() in LEFT_OUT:
            continue
        name, extras, version, marker = found[1], found[2] or "", found[3], found[4] or ""
        if name.lower() in UNPINNED or name.lower() in RENAMED:
            version = version.replace("==", ">=")
        lines.append(f"{RENAMED.get(name.lower(), name)}{extras}{version}{marker}".rstrip())
    return lines


def chosen() -> OdooSource | None:
    """Return the checkout that ODOO_SRC names, None if not set. Raise LabError when it is none."""
    named = os.environ.get("ODOO_SRC")
    if not named:
        return None
    path = Path(named).resolve()
    if not (path / "odoo-bin").is_file():
        raise LabError(f"ODOO_SRC={named} holds no odoo-bin", "name the top of an Odoo checkout")
    return OdooSource(path)
