"""Turn this process green, before anything else is imported that knows sockets."""

from __future__ import annotations

import warnings


def patch() -> None:
    """Let eventlet patch the standard library. Call it once, first."""
    # Nameko 2 stands on eventlet; that eventlet will be succeeded one day is no news to an admin.
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()
