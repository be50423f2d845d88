"""The recordings that Asterisk made, and those of them that are in Odoo.

The product keeps none yet (SCENARIOS D): until it does, they are counted and not compared.
"""

from collections.abc import Collection
from pathlib import Path

#: A WAV file of MixMonitor that holds nothing but its head.
EMPTY_BYTES = 44


def made(spool: Path) -> set[str]:
    """Return the Uniqueids of the channels of which Asterisk recorded something."""
    files = (spool / "monitor").glob("*.wav")
    return {path.stem for path in files if path.stat().st_size > EMPTY_BYTES}


def lost(recorded: Collection[str], kept: Collection[str] | None) -> list[str] | None:
    """Return the recordings that are not kept; None when nobody keeps any, and none can be lost."""
    return None if kept is None else sorted(set(recorded) - set(kept))
