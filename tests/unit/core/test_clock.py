"""The machine's clock."""

import time

from asterisk_agent.core.clock import SystemClock


def test_it_tells_the_machines_time() -> None:
    clock = SystemClock()
    assert abs(clock.time() - time.time()) < 5
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.monotonic() >= before
