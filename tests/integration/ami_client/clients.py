"""Clients of the strict fake Asterisk: what tests of the client share."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from asterisk_agent.ami.client import AMIClient
from asterisk_agent.ami.session import Timeouts
from asterisk_agent.core.backoff import Backoff
from fakes.asterisk import FakeAsterisk
from fakes.heard import Heard

WAIT_S = 30.0
#: No wait of the client's own ends because this machine is busy.
PATIENT = dict.fromkeys(("connect_s", "banner_s", "login_s", "write_s", "logoff_s"), WAIT_S)
HANGUP = [("Event", "Hangup"), ("Privilege", "call,all"), ("Uniqueid", "1795393664.16")]


def make(server: FakeAsterisk, heard: Heard | None = None, **options: Any) -> AMIClient:
    heard = heard or Heard()
    options = {"on_event": heard.event, "on_state": heard.info, "agent_name": "agent-1",
               "wanted": ["Hangup"], "backoff": Backoff(0.01, 0.05),
               "auth_backoff": Backoff(0.01, 0.05),
               "timeouts": Timeouts(tick_s=0.05, **PATIENT), **options}  # fmt: skip
    secret = options.pop("secret", "correct horse")
    return AMIClient("127.0.0.1", server.port, "agent", secret, **options)


@contextlib.contextmanager
def running(client: AMIClient) -> Iterator[AMIClient]:
    thread = threading.Thread(target=client.run)
    thread.start()
    try:
        yield client
    finally:
        client.stop()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextlib.contextmanager
def connected(
    server: FakeAsterisk, heard: Heard | None = None, **options: Any
) -> Iterator[AMIClient]:
    with running(make(server, heard, **options)) as client:
        assert client.wait_connected(WAIT_S)
        yield client


def wait_for_mask(server: FakeAsterisk, mask: str) -> None:
    server.wait_for(lambda: mask in [action.get("eventmask") for action in server.actions])
