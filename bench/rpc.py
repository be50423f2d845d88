"""`/rpc/` for fifty clients, beside Nameko's own HTTP entrypoint and RPC: `test.ping`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from lab.component import random_secret
from lab.net import HOST, free_port, give_back, listens
from lab.process import wait_until

from bench.between import agent
from bench.clients import Asked, Request, ask
from bench.publish import rabbitmq
from bench.rounds import Goal, Result, interleave, ratios

NAMEKO = "nameko http + rpc"
P99 = f"{NAMEKO}, p99"
GOALS = {NAMEKO: Goal(2)}
ROUNDS = 9
CLIENTS = 50
#: Requests of a turn.
COUNT = 2_000
CALL = {"jsonrpc": "2.0", "id": 1, "method": "test.ping", "params": {"args": [], "sync": True}}


def request(port: int, token: str) -> Request:
    """Return the request that Odoo sends for Test Ping."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return Request(HOST, port, "/rpc/", headers, json.dumps(CALL).encode())


def is_pong(status: int, body: bytes) -> bool:
    """Tell whether a reply is the result ``true`` of our request."""
    return status == 200 and json.loads(body) == {"jsonrpc": "2.0", "id": 1, "result": True}


@contextmanager
def nameko(uri: str, token: str) -> Iterator[int]:
    """Give the port of the straightforward Nameko."""
    port = free_port()
    # By name: who imports it has eventlet's sockets.
    command = [sys.executable, "-W", "ignore", "-m", "bench.nameko_edge", uri, str(port), token]
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: listens(port), "nameko's services", 30)
        yield port
    finally:
        process.terminate()
        process.wait(20)
        give_back(port)


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock, on the clients' side."""
    asked: dict[str, list[Asked]] = {"ours": [], NAMEKO: []}
    token = random_secret()
    with (
        tempfile.TemporaryDirectory() as folder,
        rabbitmq() as uri,
        nameko(uri, token) as port,
        agent(uri, Path(folder)) as (process, odoo),
    ):
        our_port, our_token = int(process.environ["RPC_PORT"]), odoo.hellos[-1]["rpc_token"]
        sent = {"ours": request(our_port, our_token), NAMEKO: request(port, token)}

        def turn(name: str) -> Callable[[], float]:
            def run() -> float:
                asked[name].append(ask([sent[name]] * COUNT, CLIENTS, is_pong))
                return 1 / asked[name][-1].per_s

            return run

        costs = interleave({name: turn(name) for name in sent}, rounds)
    # Of each the first turn is not counted, as its rate is not.
    slowest = {name: [one.p99_s for one in its[1:]] for name, its in asked.items()}
    slowest[P99] = slowest.pop(NAMEKO)
    told = [
        f"{name}: {median(one.per_s for one in its):,.0f} requests a second, "
        f"p99 {median(one.p99_s for one in its) * 1000:.0f} ms, here and now"
        for name, its in asked.items()
    ]
    return Result("rpc", ratios(costs, "ours") | ratios(slowest, "ours"), GOALS, told)
