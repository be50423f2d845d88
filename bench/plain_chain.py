"""The straightforward chain of ``end_to_end``: pyst2, a Nameko event handler, a call by odoorpc.

Programs of their own: ``python -m bench.plain_chain read|handle``, settings as JSON on stdin.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

SOURCE = "plain"


def read(settings: dict[str, Any]) -> None:
    """Hand each event that the map wants to Nameko, as pyst2 finds it."""
    from nameko.standalone.events import event_dispatcher

    from asterisk_agent.calls.event_map import EventMap
    from bench import peers

    peers.load()
    from asterisk.manager import Manager

    events_map = EventMap(settings["rows"])
    dispatch = event_dispatcher({"AMQP_URI": settings["uri"]})

    def on_event(event: Any, _manager: Any) -> None:
        flat = {**event.headers, "SystemName": "plain"}
        flat["EventTime"] = flat.get("Timestamp") or f"{time.time():.6f}"
        if events_map.match(flat):
            dispatch(SOURCE, "ami", flat)

    manager = Manager()
    manager.register_event("*", on_event)
    manager.connect("127.0.0.1", settings["ami_port"])
    manager.login("agent", settings["ami_secret"])
    manager.message_thread.join()


def handle(settings: dict[str, Any]) -> None:
    """Call the handler in Odoo for each event; one worker, so that their order is kept."""
    import eventlet

    eventlet.monkey_patch()
    from nameko.events import event_handler
    from nameko.runners import ServiceRunner

    from bench import peers

    peers.load()
    import odoorpc

    session: Any = odoorpc.ODOO("127.0.0.1", port=settings["odoo_port"], timeout=60)
    session.login(settings["database"], settings["login"], settings["password"])

    class Handler:
        name = "handler"

        @event_handler(SOURCE, "ami")  # type: ignore[untyped-decorator]
        def apply(self, event: dict[str, str]) -> None:
            session.execute("asterisk_plus.call", "on_ami_event", event)

    runner = ServiceRunner({"AMQP_URI": settings["uri"], "max_workers": 1})
    runner.add_service(Handler)
    runner.start()
    print("ready", flush=True)
    runner.wait()


if __name__ == "__main__":
    {"read": read, "handle": handle}[sys.argv[1]](json.load(sys.stdin))
