"""The images are really built, both compose files really run, and the two ways are gone each time:
from Odoo through https://…/rpc/ to Asterisk and back, and a call into Odoo.
"""

import json
import ssl
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.book import Book
from lab.containers import images
from lab.containers.engine import Egress, Engine
from lab.containers.project import Project, image_mb
from lab.containers.tryout import Tryout
from lab.containers.yard import ADDRESS, Yard
from lab.demo import summary
from lab.locks import locked
from lab.netns import Namespace, move_into
from lab.progress import say, working
from lab.provision import provision
from lab.recipes import BASE, ENGINE, USUAL
from lab.rpc import OdooRpc
from lab.stack import Lab
from lab.stage import Stage

TALK_S = 3.0
ENCODED = ["one.mp3", "one.opus", "one.wav"]
WAV = (
    "import wave; w = wave.open('one.wav', 'wb'); w.setparams((1, 2, 8000, 0, 'NONE', ''));"
    " w.writeframes(bytes(16000)); w.close()"
)
PROTECTS, BANNED = "deploy/docker-compose.security.yml", "198.51.100.7"
SBOM = "/usr/local/share/asterisk-agent/sbom.json"
SERVER, PINGS = "asterisk_plus.server", ("test_ping", "asterisk_ping")


def containers(version: int, as_json: bool, only: str = "") -> int:
    """Build and run everything, or `only` one of both; return the exit status: 0 when all was as it
    must be.
    """
    provision([*USUAL, ENGINE.name, BASE.name])
    # One engine at a time: its images are kept in the cache folder.
    with locked("containers"), Namespace() as host, Lab() as lab:
        lab.start(Egress(lab.folder / "egress", host.pid))
        move_into(host)
        yard = Yard(lab, version)
        tryout = Tryout(yard.engine)
        with ThreadPoolExecutor(1) as pool:
            built = pool.submit(build, yard.engine, tryout.project, only)
            if only != "trial":
                yard.open()
            result = built.result()
        if only != "trial":
            result |= beside(lab, yard)
        if only != "beside":
            result |= try_it(lab, tryout)
    wrong = faults(result)
    say(json.dumps(result, indent=2))
    for fact in wrong:
        say(f"not true: {fact}")
    if as_json:
        print(json.dumps(result))
    return 1 if wrong else 0


def build(engine: Engine, project: Project, only: str = "") -> dict[str, Any]:
    """Build the images by their own Dockerfiles; return how long it took, and the agent's size."""
    facts: dict[str, Any] = {}

    def agent() -> None:
        facts["build_s"] = project.build("agent")

    def asterisk() -> None:
        project.build("asterisk")

    wanted = images.BESIDE if only == "beside" else images.BEGINS
    images.make(engine, {"python": agent, "sid": asterisk}, wanted)
    return facts | image_mb(engine, "asterisk-agent", images.names()["python"])


def beside(lab: Lab, yard: Yard) -> dict[str, Any]:
    """Run docker-compose.yml beside an Asterisk and an Odoo; return what came out of it."""
    facts: dict[str, Any] = yard.up()
    ear = AmiSession.ear(yard.asterisk)
    facts |= play(lab, yard.odoo(), yard.asterisk, ear)
    facts["check"] = yard.project.check_is_green()
    facts["strangers"] = strangers(yard)
    facts["sbom"] = bill(yard.project)
    facts["encodes"] = encodes(yard.project)
    facts["bans"] = bans(yard.project)
    yard.project.down()
    return facts


def try_it(lab: Lab, tryout: Tryout) -> dict[str, Any]:
    """Run the trial's file beside nothing; return what came out of it."""
    facts: dict[str, Any] = tryout.up()
    asterisk = tryout.asterisk(lab.folder)
    ear = AmiSession(asterisk.ami_port, asterisk.ami_user, asterisk.ami_secret)
    seen = play(lab, tryout.odoo(), asterisk, ear)
    facts |= {f"try_{name}": value for name, value in seen.items()}
    facts["try_check"] = tryout.project.check_is_green()
    facts["try_rooted"] = rooted(tryout.project)
    tryout.project.down()
    return facts


def play(lab: Lab, odoo: OdooRpc, asterisk: Asterisk, ear: AmiSession) -> dict[str, Any]:
    """Go the way from Odoo to Asterisk, and the way back; return what came out of it."""
    server = odoo.search_read(SERVER, [], ["id"], order="id", limit=1)[0]["id"]
    pings = {name: odoo.call(SERVER, f"action_{name}", [server]) for name in PINGS}
    book = Book(odoo)
    with ear, working("a caller from outside dials 101"):
        stage = Stage(lab, asterisk, ear)
        try:
            before = book.last_id()
            stage.phone("101", ring_s=1)
            stage.inbound("101", talk_s=TALK_S).finish()
            call = book.wait_ended(before)
        finally:
            stage.clear()
    told = {name: ping["params"]["type"] == "success" for name, ping in pings.items()}
    return {**told, "inbound": summary(call)}


def encodes(project: Project) -> list[str]:
    """Let the agent's image make a second of sound smaller; return what it made."""
    run = "python -m asterisk_agent.recordings.transcode"
    made = " && ".join(f"{run} {kind} one.{kind} < one.wav" for kind in ("mp3", "opus"))
    script = f'cd /tmp && python -c "{WAV}" && {made} && ls one.*'
    said = project("exec", "-T", "agent", "sh", "-c", script)
    return [word for word in said.split() if word.startswith("one.")]


def bill(project: Project) -> int:
    """Return of how many packages the agent's image tells, the agent's own among them."""
    said = project("exec", "-T", "agent", "cat", SBOM)
    told, _ = json.JSONDecoder().raw_decode(said[said.index("{") :])
    names = {part["name"] for part in told["components"]}
    return len(names) if {"asterisk-agent", "nameko", "libsndfile1"} <= names else 0


def bans(project: Project) -> bool:
    """Let the agent protect Asterisk, too; tell whether a ban is in the kernel then."""
    project.add(COMPOSE_FILE=f"docker-compose.yml:{PROTECTS}")
    project.up()
    project("exec", "-T", "agent", "asterisk-agent", "ban", "add", BANNED)
    listed = project("exec", "-T", "agent", "nft", "list", "table", "inet", "asterisk_agent")
    return BANNED in listed


def rooted(project: Project) -> dict[str, bool]:
    """Return the services whose first program is root's or has capabilities; whether it has."""
    seen = {}
    for service in project.services():
        words = ("grep", "-hE", "^(Uid|CapEff)", "/proc/1/status")
        lines = project("exec", "-T", service, *words).splitlines()
        user, capabilities = (int(line.split()[1], 16) for line in lines)
        if user == 0 or capabilities:
            seen[service] = bool(capabilities)
    return seen


def strangers(yard: Yard) -> dict[str, int]:
    """Return how the proxy answers those who are not Odoo, and who lie about it."""
    tls = ssl.create_default_context(cadata=yard.project.certificate)
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
    must: dict[str, bool] = {}
    if "strangers" in result:
        must = _both_ways("beside", result, "") | {
            "strangers are refused": result["strangers"] == REFUSED,
            "the image tells what is in it": result["sbom"] > 0,
            "the image makes MP3 and Opus": result["encodes"] == ENCODED,
            "a ban is in the kernel": result["bans"],
        }
    if "try_rooted" in result:
        only_npm = result["try_rooted"] == ROOTED
        must |= _both_ways("trial", result, "try_")
        must["only the proxy is root, and its setup without rights"] = only_npm
    return [fact for fact, holds in must.items() if not holds]


def _both_ways(place: str, result: dict[str, Any], prefix: str) -> dict[str, bool]:
    call = result[f"{prefix}inbound"]
    return {
        f"{place}: Test Ping succeeds": result[f"{prefix}test_ping"],
        f"{place}: Asterisk Ping succeeds": result[f"{prefix}asterisk_ping"],
        f"{place}: an answered incoming call": (call["direction"], call["status"])
        == ("in", "answered"),
        f"{place}: Jane called": str(call["partner"]).endswith("Jane"),
        f"{place}: check is green": result[f"{prefix}check"],
    }


#: Services whose program is root's, and whether it has capabilities.
ROOTED = {"npm": True, "npm-setup": False}
#: A claimed address changes nothing: the request is Odoo's host's, and so it is answered.
REFUSED = {"no token": 401, "a claimed address": 200, "too big": 413, "beside /rpc/": 404}
