"""What the host's apt knows and a chroot needs: the mirror, proxies, certificates, passwords.

The mirror is read from the host's own configuration, so that no host name of one stands in the
code.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from lab.errors import ProvisionError

APT = Path("/etc/apt")
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)$")
# Acquire::… settings that say how to reach a mirror; everything else stays the host's affair.
_REACH = re.compile(r"^Acquire::(?:https?|ftp|Retries|Check-Date|Languages|ForceIPv\d)\b")


def mirror() -> str:
    """Return the URL of a Debian archive: LAB_MIRROR, or the first one the host's apt uses.

    Raise ProvisionError when neither tells one.
    """
    if chosen := os.environ.get("LAB_MIRROR"):
        return chosen.rstrip("/")
    for uri, suite, components in _sources():
        if "main" in components and "security" not in f"{uri}{suite}" and "debian" in uri:
            return uri.rstrip("/")
    raise ProvisionError(
        f"no Debian mirror found in {APT}/sources.list or {APT}/sources.list.d",
        "set LAB_MIRROR to the URL of a Debian archive (the folder that holds dists/ and pool/)",
    )


def _sources() -> Iterator[tuple[str, str, list[str]]]:
    files = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]
    for path in files:
        if path.is_file() and path.suffix in (".list", ".sources"):
            text = path.read_text(encoding="utf-8", errors="replace")
            yield from deb822_sources(text) if path.suffix == ".sources" else one_line_sources(text)


def one_line_sources(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (uri, suite, components) of each `deb …` line (sources.list(5))."""
    for line in text.splitlines():
        if found := _ONE_LINE.match(line.strip()):
            yield found[1], found[2], found[3].split()


def deb822_sources(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (uri, suite, components) of a .sources file's enabled stanzas (sources.list(5))."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in stanza.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t":
                fields[name] += " " + line.strip()
            else:
                name, _, value = line.partition(":")
                name = name.lower()
                fields[name] = value.strip()
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false", "0")
        if enabled and "deb" in fields.get("types", "").split():
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield uri, suite, fields.get("components", "").split()


def prepare(root: Path, url: str, suite: str) -> None:
    """Write the chroot's apt configuration: one suite, `main` alone, reached as the host reaches
    it.
    """
    etc = root / "etc"
    (etc / "apt/sources.list").write_text(f"deb {url} {suite} main\n")
    (etc / "apt/apt.conf.d/90lab").write_text("\n".join(_settings()) + "\n")
    # dpkg(1): without a sync for every file; a chroot that is cut short is not used anyway.
    (etc / "dpkg/dpkg.cfg.d/90lab").write_text("force-unsafe-io\n")
    if (APT / "auth.conf.d").is_dir():
        shutil.copytree(APT / "auth.conf.d", etc / "apt/auth.conf.d", dirs_exist_ok=True)
    copies = [APT / "auth.conf", Path("/etc/resolv.conf"), Path("/etc/hosts"), *_certificates()]
    for path in copies:
        if path.is_file():
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(path, target)


def _settings() -> list[str]:
    return [
        *(line for line in _apt_config() if _REACH.match(line)),
        # An archived suite's Release file is never signed again.
        'Acquire::Check-Valid-Until "false";',
        'Acquire::IndexTargets::deb::DEP-11 { DefaultEnabled "false"; };',
        'APT::Install-Recommends "false";',
        'APT::Sandbox::User "root";',
    ]


def _apt_config() -> list[str]:
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return dump.stdout.splitlines()


def _certificates() -> list[Path]:
    """Return the files by which the host's apt verifies an https mirror."""
    named = re.findall(
        r'^Acquire::https?(?:::\S+)?::Ca(?:Info|Path) "([^"]+)"',
        "\n".join(_apt_config()),
        re.M | re.I,
    )
    return [Path("/etc/ssl/certs/ca-certificates.crt"), *map(Path, named)]
