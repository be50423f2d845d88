"""Phones and the trunk: sipp processes that call, or are called, and tell what they saw."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from lab import sip_log
from lab.asterisk import TRUNK_HOST, Account, Asterisk
from lab.component import Component
from lab.errors import LabError
from lab.net import HOST
from lab.process import wait_until
from lab.sip_log import SipMessage
from lab.sip_scenario import Caller, During, Step, register, scenario, uac, uas

CALL_S = 180.0
REGISTERED_S = 600
FINISH_S = 60.0


class Sipp(Component):
    """One sipp process with a scenario. `messages()` is what it saw so far."""

    def __init__(
        self, folder: Path, name: str, steps: Sequence[Step], host: str, port: int | None = None
    ) -> None:
        super().__init__(folder / f"sipp-{name}-{secrets.token_hex(3)}")
        self.media_port = self.take_port(4)
        self.name, self.steps, self.host = name, steps, host
        self.port = port or self.take_port()

    @property
    def message_log(self) -> Path:
        """Return sipp's message log."""
        return self.folder / "messages.log"

    def logs(self) -> list[Path]:
        return [self.message_log, self.folder / "errors.log"]

    def addresses(self) -> dict[str, str]:
        return {"sip": f"{self.host}:{self.port}"}

    def prepare(self) -> None:
        (self.folder / "scenario.xml").write_text(scenario(self.name, self.steps), encoding="utf-8")

    def command(self) -> Sequence[str]:
        return [
            *(
                "sipp",
                "-sf",
                "scenario.xml",
                "-i",
                self.host,
                "-p",
                str(self.port),
                "-mp",
                str(self.media_port),
            ),
            *(
                "-nostdin",
                "-aa",
                "-trace_msg",
                "-message_file",
                "messages.log",
                "-trace_err",
                "-error_file",
                "errors.log",
            ),
            *self.options(),
        ]

    def options(self) -> list[str]:
        """Return further options of sipp."""
        return []

    def environment(self) -> dict[str, str]:
        # Its log has local times, and it draws a screen.
        return {"TZ": "UTC", "TERM": "dumb"}

    def messages(self) -> list[SipMessage]:
        """Return what it sent and received so far."""
        return sip_log.read(self.message_log)

    def faults(self) -> list[str]:
        """Return sipp's complaints about messages that its scenario does not expect."""
        path = self.folder / "errors.log"
        text = path.read_text(errors="replace") if path.is_file() else ""
        return [
            line
            for line in text.splitlines()
            if "Aborting call" in line or "Discarding message" in line
        ]

    def find(self, method: str, status: int = 0, sent: bool | None = None) -> SipMessage | None:
        """Return the first message of that method (a request, or the response with that status)."""
        for message in self.messages():
            if (
                message.method == method
                and message.status == status
                and sent in (None, message.sent)
            ):
                return message
        return None

    def wait_for(self, method: str, status: int = 0, timeout_s: float = 60.0) -> SipMessage:
        """Wait until such a message was seen, and return it. Raise NotReadyError."""
        what = f"{self.name}: {method} {status or ''}"
        wait_until(
            lambda: self.find(method, status) is not None, what, timeout_s, log=self.message_log
        )
        found = self.find(method, status)
        assert found is not None  # noqa: S101 - seen by the wait
        return found


class Phone(Sipp):
    """A phone that is called: `Phone(asterisk, "101", "ok", ring_s=5)`. See `sip_scenario.uas` for
    behaviours.
    """

    def __init__(
        self,
        asterisk: Asterisk,
        exten: str,
        answer: str = "ok",
        ring_s: float = 0.0,
        talk_s: float | None = None,
        during: Sequence[During] = (),
    ) -> None:
        self.account, self.asterisk = asterisk.accounts[exten], asterisk
        steps = uas(answer, ring_s, talk_s, during, exten)
        super().__init__(
            asterisk.folder.parent, f"phone-{exten}", steps, HOST, self.account.contact_port
        )

    def is_ready(self) -> bool:
        return _udp_bound(self.host, self.port)

    def start(self) -> None:
        """Register, unless Asterisk knows the phone's address by itself, and wait for calls."""
        if not self.account.contact_port:
            self.register()
        super().start()

    def register(self, expires_s: int = REGISTERED_S) -> None:
        """Tell Asterisk where the phone is; 0 takes it back. Only while it does not run."""
        registration = Registration(self.asterisk, self.account, self.port, expires_s)
        registration.start()
        registration.finish(FINISH_S)


class TrunkSide(Sipp):
    """The provider, called by us: answers as a phone does, with the same behaviours."""

    def __init__(
        self,
        asterisk: Asterisk,
        answer: str = "ok",
        ring_s: float = 0.0,
        talk_s: float | None = None,
    ) -> None:
        steps = uas(answer, ring_s, talk_s)
        super().__init__(asterisk.folder.parent, "trunk", steps, TRUNK_HOST, asterisk.trunk_port)

    def is_ready(self) -> bool:
        return _udp_bound(self.host, self.port)


class Call(Sipp):
    """A call that somebody makes: started, it sends the INVITE; `finish()` waits for its end."""

    def __init__(self, asterisk: Asterisk, name: str, steps: Sequence[Step], host: str) -> None:
        super().__init__(asterisk.folder.parent, name, steps, host)
        self.remote = f"{HOST}:{asterisk.sip_port}"

    def options(self) -> list[str]:
        return ["-m", "1", "-timeout", f"{CALL_S:g}s", self.remote]

    def finish(self, timeout_s: float = CALL_S) -> None:
        """Wait for the end of the call. Raise LabError when it did not go as the scenario says."""
        if self.process is None:
            raise RuntimeError("not started")
        status = self.process.wait(timeout_s)
        self.process.kill()
        if status:
            raise LabError(f"{self.name}: sipp ended with status {status}\n{self.tails()}")


class Registration(Call):
    """A REGISTER from a phone's own port, where it will wait for calls."""

    def __init__(self, asterisk: Asterisk, account: Account, port: int, expires_s: int) -> None:
        steps = register(account.exten, account.password, expires_s)
        super().__init__(asterisk, f"register-{account.exten}", steps, HOST)
        self.port = port


def trunk_call(
    asterisk: Asterisk,
    caller: Caller,
    to: str,
    cancel_s: float | None = None,
    talk_s: float | None = None,
    during: Sequence[During] = (),
) -> Call:
    """Return a call from the trunk: an outside caller dials one of our numbers."""
    return Call(asterisk, "trunk-call", uac(caller, to, cancel_s, talk_s, during), TRUNK_HOST)


def desk_call(
    asterisk: Asterisk,
    exten: str,
    to: str,
    cancel_s: float | None = None,
    talk_s: float | None = None,
    during: Sequence[During] = (),
) -> Call:
    """Return a call that the user of a phone dials on it, with the phone's own password."""
    account = asterisk.accounts[exten]
    caller = Caller(exten, account.name, account.password)
    return Call(asterisk, f"desk-{exten}", uac(caller, to, cancel_s, talk_s, during), HOST)


def _udp_bound(host: str, port: int) -> bool:
    """Tell whether a UDP socket is bound to the address (/proc/net/udp: hexadecimal, host byte
    order).
    """
    address = "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
    return f" {address}:{port:04X} " in Path("/proc/net/udp").read_text()
