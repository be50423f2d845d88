"""`/rpc/` for fifty clients, beside Nameko's own HTTP entrypoint and RPC: `test.ping`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

from lab.component import random_secret
from lab.net import HOST

from bench.between import agent
from bench.clients import Asked, Request, ask
from bench.plain_nameko import nameko
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


def bench(rounds: int = ROUNDS) -> Result:
    """Compare by the clock, on the clients' side."""
    asked: dict[str, list[Asked]] = {"ours": [], NAMEKO: []}
    token = random_secret()
    with (
        tempfile.TemporaryDirectory() as folder,
        rabbitmq() as uri,
        nameko(uri, token) as peer,
        agent(uri, Path(folder)) as ours,
    ):
        our_port = int(ours.process.environ["RPC_PORT"])
        sent = {
            "ours": request(our_port, ours.odoo.hellos[-1]["rpc_token"]),
            NAMEKO: request(peer.port, token),
        }

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
