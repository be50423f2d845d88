"""Single programs out of Debian's packages: unpacked in the cache, never installed."""

import shutil
from pathlib import Path

from lab import paths
from lab.locks import locked
from lab.progress import working
from lab.shell import run

#: Of a package of 20 MB one program is wanted. apt's own user can't write into the cache.
UNPACK = """
cd "$1" || exit
get() { apt-get download -q -o APT::Sandbox::User=root "$2"; }
get "$@" || { apt-get -o DPkg::Lock::Timeout=300 update -q && get "$@"; } || exit
dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x "./usr/bin/$3" && rm "$2"_*.deb
"""


def promtool() -> Path:
    """Return Prometheus' own checker."""
    return _program("prometheus", "promtool")


def caddy() -> Path:
    """Return Caddy."""
    return _program("caddy", "caddy")


def _program(package: str, name: str) -> Path:
    """Return a program; download it when neither the host nor the cache has it."""
    if found := shutil.which(name):
        return Path(found)
    folder = paths.cache() / package
    program = folder / "usr" / "bin" / name
    with locked(package):
        if not program.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            part = paths.cache() / f"{package}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            with working(f"downloading Debian's {package} (20 MB)"):
                command = ["/bin/sh", "-c", UNPACK, "sh", str(part), package, name]
                run(command, paths.cache() / f"{package}.log", "see the log")
            part.rename(folder)
    return program
