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
dpkg-deb --fsys-tarfile "$2"_*.deb | tar -x --wildcards "./$3" && rm "$2"_*.deb
"""


def promtool() -> Path:
    """Return Prometheus' own checker."""
    return _program("prometheus", "usr/bin/promtool")


def caddy() -> Path:
    """Return Caddy."""
    return _program("caddy", "usr/bin/caddy")


def logrotate() -> list[str]:
    """Return the command that runs logrotate. Installed it would rotate this machine's logs."""
    library = _unpacked("libpopt0", "usr/lib/*/libpopt.so.0*")
    program = _program("logrotate", "usr/sbin/logrotate")
    return ["env", f"LD_LIBRARY_PATH={library.parent}", str(program)]


def _program(package: str, path: str) -> Path:
    """Return a program; download it when neither the host nor the cache has it."""
    if found := shutil.which(Path(path).name):
        return Path(found)
    return _unpacked(package, path)


def _unpacked(package: str, pattern: str) -> Path:
    """Return a file of a package that is unpacked in the cache."""
    folder = paths.cache() / package
    with locked(package):
        if not any(folder.glob(pattern)):
            shutil.rmtree(folder, ignore_errors=True)
            part = paths.cache() / f"{package}.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            with working(f"downloading Debian's {package}"):
                command = ["/bin/sh", "-c", UNPACK, "sh", str(part), package, pattern]
                run(command, paths.cache() / f"{package}.log", "see the log")
            part.rename(folder)
    return next(folder.glob(pattern))
