"""The straightforward Nameko of ``rpc``: an HTTP entrypoint that asks another service by RPC.

A program, as `nameko run` would start it: ``python -m bench.nameko_edge URI PORT TOKEN``.
"""

import eventlet

eventlet.monkey_patch()  # before anything else is imported, as nameko's command line does

import json  # noqa: E402
import sys  # noqa: E402

from nameko.rpc import RpcProxy, rpc  # noqa: E402
from nameko.runners import ServiceRunner  # noqa: E402
from nameko.web.handlers import http  # noqa: E402


class Test:
    """What is asked."""

    name = "test"

    @rpc
    def ping(self):  # type: ignore[no-untyped-def]
        return True


class Edge:
    """Where it is asked."""

    name = "edge"
    test = RpcProxy("test")

    @http("POST", "/rpc/")
    def ask(self, request):  # type: ignore[no-untyped-def]
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, ""
        call = json.loads(request.get_data())
        service, method = call["method"].split(".")
        result = getattr(getattr(self, service), method)(*call["params"]["args"])
        return json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": result})


def main(uri: str, port: str) -> None:
    """Serve until the process is ended."""
    runner = ServiceRunner({"AMQP_URI": uri, "WEB_SERVER_ADDRESS": f"127.0.0.1:{port}"})
    for service in (Test, Edge):
        runner.add_service(service)
    runner.start()
    runner.wait()


if __name__ == "__main__":
    URI, PORT, TOKEN = sys.argv[1:]
    main(URI, PORT)
