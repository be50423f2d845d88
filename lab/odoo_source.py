"""ODOO_SRC: any Odoo checkout instead of the packaged one, in a virtual environment of its own."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from lab import paths
from lab.errors import LabError


@dataclass(frozen=True)
class OdooSource:
    """An Odoo checkout: `path` holds odoo-bin."""

    path: Path

    @property
    def series(self) -> str:
        """Return its series, as "17.0"."""
        text = (self.path / "odoo/release.py").read_text()
        found = re.search(r"version_info\s*=\s*\(\D*(\d+)\D+(\d+)", text)
        if not found:
            raise LabError(
                f"{self.path}/odoo/release.py tells no version", "is ODOO_SRC an Odoo checkout?"
            )
        return f"{found[1]}.{found[2]}"

    @property
    def venv(self) -> Path:
        """Return the folder of its virtual environment."""
        return (
            paths.cache() / f"venv-odoo-{self.series}-py{sys.version_info[0]}.{sys.version_info[1]}"
        )

    def program(self) -> list[str]:
        """Return the command that starts it."""
        return [str(self.venv / "bin/python"), str(self.path / "odoo-bin")]

    def addons(self) -> list[str]:
        """Return its addons path, and the checkout's own addons."""
        return [str(self.path / "addons"), str(paths.ADDONS)]


def chosen() -> OdooSource | None:
    """Return the checkout that ODOO_SRC names, None when it is not set. Raise LabError when it is
    none.
    """
    named = os.environ.get("ODOO_SRC")
    if not named:
        return None
    path = Path(named).resolve()
    if not (path / "odoo-bin").is_file():
        raise LabError(
            f"ODOO_SRC={named} holds no odoo-bin", "name the top folder of an Odoo checkout"
        )
    return OdooSource(path)
