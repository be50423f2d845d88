"""The looks of ``asterisk-agent check``: each returns words, or raises what is not well."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Mapping

from asterisk_agent import __version__
from asterisk_agent.ami.client import AMIClient
from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.cli import recordings
from asterisk_agent.core.errors import (
    AmiPermissionError,
    ClockError,
    MapError,
    PortTakenError,
)
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.firewall.nftables import Nftables
from asterisk_agent.firewall.setup import ports_of
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway
from asterisk_agent.services import broker
from asterisk_agent.services.clients import ami_client, odoo_client
from asterisk_agent.services.health import read_status
from asterisk_agent.services.runtime import STATUS_FILE

#: Actions by which the classes show: ListCommands lists what the account may do (manager.c).
NEEDED = {
    "Originate": "originate",
    "Hangup": "call",
    "Redirect": "call",
    "CoreShowChannels": "reporting",
}
#: Used by queues' actions, if at all.
HARMLESS = {"agent", "user"}
READ = "system,call,agent,user,dialplan"
#: Farther apart, delays and the times of calls are visibly wrong.
MAX_DIFFERENCE_S = 2.0
_CONNECT_S = 10.0
_PRIVILEGE = re.compile(r"\(Priv: ([^)]*)\)")


class Probes:
    """The looks, in order; later ones use what earlier ones opened."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ami: AMIClient = ami_client(settings)
        self._thread = threading.Thread(target=self._ami.run, daemon=True)
        self._odoo: OdooClient = odoo_client(settings)
        self._gateway = OdooGateway(self._odoo)
        self._odoo_now = 0.0

    def close(self) -> None:
        """Log off."""
        self._ami.stop()
        if self._thread.is_alive():
            self._thread.join(3)

    @property
    def all(self) -> list[tuple[str, Callable[[], str], str]]:
        """List name, look, and the name of the look on which it depends."""
        security = self._settings.asterisk_security_enabled
        firewall: list[tuple[str, Callable[[], str], str]] = [("firewall", self.firewall, "")]
        return [
            ("asterisk login", self.asterisk_login, ""),
            ("asterisk permissions", self.asterisk_permissions, "asterisk login"),
            ("rabbitmq", self.rabbitmq, ""),
            ("odoo login", self.odoo_login, ""),
            ("addon", self.addon, "odoo login"),
            ("events map", self.events_map, "addon"),
            ("clock of asterisk", self.asterisk_clock, "asterisk login"),
            ("clock of odoo", self.odoo_clock, "addon"),
            ("rpc address", self.rpc_address, ""),
            ("recordings", lambda: recordings.look(self._settings), ""),
            ("mailboxes", lambda: recordings.look_at_mailboxes(self._settings), ""),
            ("load", self.load, ""),
            *(firewall if security else []),
        ]

    def asterisk_login(self) -> str:
        """Log in to Asterisk."""
        self._ami.connect_once()
        self._thread.start()
        self._ami.wait_connected(_CONNECT_S)
        info = self._ami.info
        where = f"{self._settings.asterisk_ami_host}:{self._settings.asterisk_ami_port}"
        return f"Asterisk {info.asterisk_version or '(version not told)'} at {where}"

    def asterisk_permissions(self) -> str:
        """See whether the account may do what the agent does."""
        answer = self._ami.action({"Action": "ListCommands"}, _CONNECT_S)
        listed = answer[0] if answer else {}
        missing = sorted({cls for name, cls in NEEDED.items() if name not in listed})
        if missing:
            raise AmiPermissionError(
                f"the account lacks write={','.join(missing)}",
                "set write=call,originate,reporting in its section of manager.conf",
            )
        given = given_classes(listed)
        more = ",".join(sorted(given - set(NEEDED.values()) - HARMLESS))
        words = f"write={','.join(sorted(given))}" + (f", more than needed: {more}" if more else "")
        read = f"{READ},security" if self._settings.asterisk_security_enabled else READ
        return f"{words}; what it reads can't be asked, the agent needs read={read}"

    def firewall(self) -> str:
        """See whether the kernel's rules may be changed, and which ports would be guarded."""
        settings = self._settings
        ports = ports_of(settings)
        words = f"UDP {list(ports.udp)}, TCP {list(ports.tcp)}"
        if settings.security_observe_only:
            return f"observing only, {words}"
        there = "are" if Nftables().exists() else "are not yet"
        return f"the kernel's rules may be changed, ours {there} there; {words}"

    def rabbitmq(self) -> str:
        """Connect to RabbitMQ and declare what the agent needs."""
        names = broker.names_of(self._settings)
        with broker.connection(self._settings.amqp_uri.get_secret_value()) as conn:
            broker.declare(conn.channel(), names)
            found = conn.server_properties.get("version", "")
        return f"RabbitMQ {found}, queue {names.forward_queue}"

    def odoo_login(self) -> str:
        """Log in to Odoo."""
        uid = self._odoo.login()
        settings = self._settings
        return f"{settings.odoo_user} (user {uid}) in {settings.odoo_db} at {settings.odoo_url}"

    def addon(self) -> str:
        """Ask the addon who it is; without a token Odoo keeps nothing of it."""
        info = AgentInfo(__version__, self._settings.agent_name, "", "")
        found = self._gateway.agent_hello(info)
        self._odoo_now = found.now
        return (
            f"asterisk_plus {found.addon_version} on Odoo {found.odoo_version}, "
            f"server {found.server_name}"
        )

    def events_map(self) -> str:
        """Download the map and see whether every row can be used."""
        map_version, rows = self._gateway.get_events_map()
        errors = EventMap(rows, map_version).errors
        if errors:
            raise MapError(
                f"{len(errors)} of {len(rows)} rows are wrong, row {errors[0]['id']}: "
                f"{errors[0]['error']}",
                "see `asterisk-agent events map`, and mend them in Odoo under Asterisk, Events",
            )
        return f"{len(rows)} rows"

    def asterisk_clock(self) -> str:
        """Compare Asterisk's clock with ours."""
        before = time.time()
        answer = self._ami.action({"Action": "Ping"}, _CONNECT_S)
        now = (before + time.time()) / 2
        stamp = str(answer[0].get("Timestamp", "")) if answer else ""
        if not stamp.replace(".", "", 1).isdigit():
            return "not told"
        return _difference("Asterisk", float(stamp) - now)

    def odoo_clock(self) -> str:
        """Compare Odoo's clock with ours."""
        before = time.time()
        self.addon()
        return _difference("Odoo", self._odoo_now - (before + time.time()) / 2)

    def rpc_address(self) -> str:
        """See whether the address is free, or an agent's that runs."""
        host, port = self._settings.rpc_host, self._settings.rpc_port
        where = f"{host}:{port}"
        if _answers_as_agent(host, port):
            return f"an agent answers at {where}; Test Ping in Odoo tells whether Odoo reaches it"
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_STREAM) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((host, port))
                sock.listen(1)
        except OSError as exc:
            raise PortTakenError(
                f"{where} can't be listened on: {exc.strerror or 'address unknown'}",
                "set RPC_HOST to an address of this machine and RPC_PORT to a free port",
            ) from exc
        return f"{where} is free; Test Ping in Odoo tells whether Odoo reaches it"

    def load(self) -> str:
        """Tell how the running agent copes; it writes that down every two seconds."""
        path = state_folder(self._settings) / STATUS_FILE
        found = read_status(path, time.time())
        if found is None:
            return f"no agent of this name has written into {path.parent} lately"
        return (
            f"reader {found['lag_s']:.2f} s behind, at worst {found['peak_lag_s']:.2f} s; "
            f"{found['waiting']} events wait for RabbitMQ, {found['on_disk']} of them on disk; "
            f"{found['overflowed']} were lost; {found['memory_mb']} MB"
        )


def given_classes(listed: Mapping[str, object]) -> set[str]:
    """Given the answer to ListCommands, return the classes that the account surely has.

    An action is listed when the account has one of its classes, so those with a single one tell.
    """
    given = set()
    for text in listed.values():
        match = _PRIVILEGE.search(str(text))
        classes = set(match[1].split(",")) - {"all", "<none>"} if match else set()
        if len(classes) == 1:
            given |= classes
    return given


def _difference(whose: str, seconds: float) -> str:
    if abs(seconds) > MAX_DIFFERENCE_S:
        word = "ahead of" if seconds > 0 else "behind"
        raise ClockError(
            f"{whose}'s clock is {abs(seconds):.1f} s {word} this machine's",
            "run an NTP service on both",
        )
    return f"{whose}'s differs by {abs(seconds):.1f} s"


def _answers_as_agent(host: str, port: int) -> bool:
    """Tell whether what listens there refuses as an agent does: 401 and our fixed text."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (read, not bound)
    request = b"POST /rpc/ HTTP/1.0\r\nContent-Length: 0\r\n\r\n"
    try:
        with socket.create_connection((target, port), timeout=2) as sock:
            sock.sendall(request)
            answer = b""
            while len(answer) < 4096 and (found := sock.recv(4096)):
                answer += found
    except OSError:
        return False
    return b'"code": -320' in answer
