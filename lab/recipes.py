"""What each chroot holds. A change here makes the chroot anew (the stamp is the recipe's hash)."""

import hashlib
import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Recipe:
    """One chroot: a Debian suite and the packages in it."""

    name: str
    suite: str
    packages: tuple[str, ...]
    edition: int = 1

    def stamp(self) -> str:
        """Return a hash that changes with everything that would make another chroot."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


BULLSEYE = Recipe(
    "bullseye",
    "bullseye",
    (
        "asterisk",
        "asterisk-core-sounds-en-gsm",
        "asterisk-modules",
        "asterisk-voicemail",
        "ca-certificates",
        "nginx-light",
        "odoo-14",
        "postgresql",
        "procps",
        "python3-phonenumbers",
        "python3-websocket",
    ),
)

SID = Recipe(
    "sid",
    "sid",
    ("asterisk", "asterisk-core-sounds-en-gsm", "asterisk-modules", "procps", "rabbitmq-server"),
)

#: For `scripts/containers` alone: an engine, and what the images begin with.
ENGINE = Recipe(
    "trixie",
    "trixie",
    (
        "ca-certificates",
        "docker.io",
        "docker-cli",
        "docker-compose",
        "iproute2",
        "iptables",
        "slirp4netns",
    ),
)
BASE = Recipe("bookworm", "bookworm", ("ca-certificates", "netbase", "tzdata"))

#: What the agent's protection is compared with; with what Debian's apt brings along by default.
FAIL2BAN = Recipe("fail2ban", "bookworm", ("fail2ban", "iptables", "python3-pyinotify"))

#: Without further word these are made.
USUAL = ("bullseye", "sid")
RECIPES = {recipe.name: recipe for recipe in (BULLSEYE, SID, ENGINE, BASE, FAIL2BAN)}

HOST_TOOLS = {
    "debootstrap": "debootstrap",
    "sipp": "sip-tester",
    "ip": "iproute2",
    "nft": "nftables",
    "openssl": "openssl",
    "strace": "strace",
}
AUDIO_TOOLS = {"baresip": "baresip-core"}
BROWSER_TOOLS = {"chromium": "chromium"}
