"""A certificate for loopback, made anew for each lab; whoever verifies it is given its file as the
authority.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.net import HOST


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate: `file` for everybody, `key` for the proxy."""

    folder: Path

    @property
    def file(self) -> Path:
        """Return the certificate, which is its own authority."""
        return self.folder / "public/ca.pem"

    @property
    def key(self) -> Path:
        """Return the private key."""
        return self.folder / "key.pem"


def certificate(folder: Path) -> Certificate:
    """Make a certificate for 127.0.0.1 and localhost in a new folder."""
    made = Certificate(folder)
    made.file.parent.mkdir(parents=True)
    options = [
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
    ]
    names = ["-subj", "/CN=lab", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost"]
    command = ["openssl", "req", *options, *names, "-keyout", str(made.key), "-out", str(made.file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"openssl made no certificate: {done.stderr}")
    return made
