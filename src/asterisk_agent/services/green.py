"""Turn this process green, before anything else is imported that knows sockets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


def patch() -> None:
    """Let eventlet patch the standard library. Call it once, first."""
    # Nameko 2 stands on eventlet; that eventlet will be succeeded one day is no news to an admin.
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()


def offload(function: Callable[..., Any], *args: Any) -> Any:
    """Run what may wait for the disk in a native thread, and give its result; others go on."""
    from eventlet import tpool

    return tpool.execute(function, *args)
