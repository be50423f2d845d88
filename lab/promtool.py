"""Prometheus' own checker, out of Debian's package: unpacked in the cache, never installed."""

import shutil
from pathlib import Path

from lab import paths
from lab.locks import locked
from lab.progress import working
from lab.shell import run

#: Of a package of 20 MB this one program is wanted. apt's own user can't write into the cache.
UNPACK = """
cd "$1" || exit
get() { apt-get download -q -o APT::Sandbox::User=root prometheus; }
get || { apt-get -o DPkg::Lock::Timeout=300 update -q && get; } || exit
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm prometheus_*.deb
"""


def promtool() -> Path:
    """Return the program; download it when neither the host nor the cache has it."""
    if found := shutil.which("promtool"):
        return Path(found)
    folder = paths.cache() / "prometheus"
    program = folder / "usr" / "bin" / "promtool"
    with locked("prometheus"):
        if not program.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            part = paths.cache() / "prometheus.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            with working("downloading Debian's prometheus (20 MB)"):
                command = ["/bin/sh", "-c", UNPACK, "sh", str(part)]
                run(command, paths.cache() / "prometheus.log", "see the log")
            part.rename(folder)
    return program
