"""The images are really built, docker-compose.yml really runs, and the two ways are gone once."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from lab.ami import AmiSession
from lab.book import Book
from lab.containers.engine import Egress
from lab.containers.yard import ADDRESS, Yard
from lab.demo import summary
from lab.locks import locked
from lab.netns import Namespace, move_into
from lab.progress import say, working
from lab.provision import provision
from lab.recipes import BASE, ENGINE, USUAL
from lab.stack import Lab
from lab.stage import Stage

TALK_S = 3.0
WAV = (
    "import wave; w = wave.open('one.wav', 'wb'); w.setparams((1, 2, 8000, 0, 'NONE', ''));"
    " w.writeframes(bytes(16000)); w.close()"
)


def containers(version: int, as_json: bool) -> int:
    """Build and run everything; return the exit status: 0 when everything was as it must be."""
    provision([*USUAL, ENGINE.name, BASE.name])
    # One engine at a time: its images are kept in the cache folder.
    with locked("containers"), Namespace() as host, Lab() as lab:
        lab.start(Egress(lab.folder / "egress", host.pid))
        move_into(host)
        yard = Yard(lab, version)
        yard.build()
        yard.up()
        result = yard.facts | play(lab, yard)
        yard.down()
    wrong = faults(result)
    say(json.dumps(result, indent=2))
    for fact in wrong:
        say(f"not true: {fact}")
    if as_json:
        print(json.dumps(result))
    return 1 if wrong else 0


def play(lab: Lab, yard: Yard) -> dict[str, Any]:
    """Go the way from Odoo to Asterisk, and the way back; return what came out of it."""
    odoo = yard.office.admin()
    pings = {
        name: odoo.call("asterisk_plus.server", f"action_{name}", [yard.people.server])
        for name in ("test_ping", "asterisk_ping")
    }
    book = Book(odoo)
    with AmiSession.ear(yard.asterisk) as ami, working("a caller from outside dials 101"):
        stage = Stage(lab, yard.asterisk, ami)
        try:
            before = book.last_id()
            stage.phone("101", ring_s=1)
            stage.inbound("101", talk_s=TALK_S).finish()
            call = book.wait_ended(before)
        finally:
            stage.clear()
    status = yard.compose("run", "--rm", "-T", "agent", "check")
    return {
        **{name: ping["params"]["type"] == "success" for name, ping in pings.items()},
        "inbound": summary(call),
        "check": "failed" not in status,
        "encodes": encodes(yard),
        "strangers": strangers(yard),
    }


def encodes(yard: Yard) -> list[str]:
    """Let the agent's image make a second of sound smaller; return what it made."""
    run = "python -m asterisk_agent.recordings.transcode"
    made = " && ".join(f"{run} {kind} one.{kind} < one.wav" for kind in ("mp3", "opus"))
    script = f'cd /tmp && python -c "{WAV}" && {made} && ls one.*'
    said = yard.compose("run", "--rm", "-T", "--entrypoint", "sh", "agent", "-c", script)
    return [word for word in said.split() if word.startswith("one.")]


def strangers(yard: Yard) -> dict[str, int]:
    """Return how the proxy answers those who are not Odoo, and who lie about it."""
    tls = ssl.create_default_context(cadata=yard.certificate())
    token = f"Bearer {yard.office.agent_token()}"
    claimed = {"X-Forwarded-For": "192.0.2.7", "X-Real-IP": "192.0.2.7"}
    return {
        "no token": _post(tls, {}),
        "a claimed address": _post(tls, {"Authorization": token, **claimed}),
        "too big": _post(tls, {"Authorization": token}, body=b"x" * 1_100_000),
        "beside /rpc/": _post(tls, {}, path="/"),
    }


def _post(
    tls: ssl.SSLContext, headers: dict[str, str], body: bytes = b"", path: str = "/rpc/"
) -> int:
    content = {"jsonrpc": "2.0", "id": 1, "method": "test.ping", "params": {"sync": True}}
    text = body or json.dumps(content).encode()
    request = urllib.request.Request(f"https://{ADDRESS}{path}", text, headers)
    handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls)
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=10) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def faults(result: dict[str, Any]) -> list[str]:
    """Return what is not as it must be."""
    call = result["inbound"]
    must = {
        "Test Ping succeeds": result["test_ping"],
        "Asterisk Ping succeeds": result["asterisk_ping"],
        "the call is an answered incoming one": (call["direction"], call["status"])
        == ("in", "answered"),
        "Jane called": str(call["partner"]).endswith("Jane"),
        "check is green": result["check"],
        "the image makes MP3 and Opus": result["encodes"] == ["one.mp3", "one.opus", "one.wav"],
        "strangers are refused": result["strangers"] == REFUSED,
    }
    return [fact for fact, holds in must.items() if not holds]


#: A claimed address changes nothing: the request is Odoo's host's, and so it is answered.
REFUSED = {"no token": 401, "a claimed address": 200, "too big": 413, "beside /rpc/": 404}
