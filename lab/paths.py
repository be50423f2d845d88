"""Where things are: the checkout, the cache folder, the chroots in it."""

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
ADDONS = CHECKOUT / "addons"
TEST_ADDONS = CHECKOUT / "tests/odoo_addons"
SAMPLES = CHECKOUT / "asterisk"
DEFAULT_CACHE = "/var/cache/asterisk-plus-lab"


def cache() -> Path:
    """Return the cache folder: LAB_CACHE, or DEFAULT_CACHE."""
    return Path(os.environ.get("LAB_CACHE") or DEFAULT_CACHE)


def chroot(name: str) -> Path:
    """Return the folder of a provisioned chroot; it need not exist yet."""
    return cache() / name
