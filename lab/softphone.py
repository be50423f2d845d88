"""baresip: a phone with audio, for tests in which somebody must hear something.

It registers, sends a tone, and writes what it hears to a file.
"""

import json
import math
import socket
import struct
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.asterisk import Asterisk
from lab.component import Component
from lab.net import HOST
from lab.process import wait_until

MODULES = Path("/usr/lib/baresip/modules")
TONE_HZ, TONE_S, RATE_HZ = 440, 60, 8000
RTP_PORTS = 10
TIMEOUT_S = 5.0
CONFIG = """
poll_method epoll
sip_listen {host}:{sip_port}
call_local_timeout 120
call_max_calls 4
audio_source aufile,{tone}
audio_player aubridge,heard
audio_alert aubridge,alert
snd_path {folder}
rtp_ports {rtp_first}-{rtp_last}
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {host}:{control_port}
"""
ACCOUNT = "<sip:{user}@{server}>;auth_pass={password};answermode={answer};regint=300\n"


class Softphone(Component):
    """baresip as the phone of an account that registers: `Softphone(asterisk, "104")`."""

    name = "baresip"

    def __init__(self, asterisk: Asterisk, exten: str = "104", auto_answer: bool = True) -> None:
        super().__init__(asterisk.folder.parent / f"baresip-{exten}")
        self.asterisk, self.account = asterisk, asterisk.accounts[exten]
        self.auto_answer = auto_answer
        self.sip_port, self.control_port = self.take_port(), self.take_port()
        self.rtp_port = self.take_port(RTP_PORTS)

    def heard(self) -> list[int]:
        """Return the samples of what it heard in its last call, none before the first."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        if not files:
            return []
        with wave.open(str(files[-1]), "rb") as heard:
            frames = heard.readframes(heard.getnframes())
        return list(struct.unpack(f"<{len(frames) // 2}h", frames))

    @property
    def tone(self) -> Path:
        """Return the WAV file of what it says, again and again."""
        return self.folder / "tone.wav"

    def addresses(self) -> dict[str, str]:
        return {"sip": f"{HOST}:{self.sip_port}"}

    def prepare(self) -> None:
        config = CONFIG.format(
            host=HOST,
            sip_port=self.sip_port,
            tone=self.tone,
            folder=self.folder,
            rtp_first=self.rtp_port,
            rtp_last=self.rtp_port + RTP_PORTS - 1,
            modules=MODULES,
            control_port=self.control_port,
        )
        account = ACCOUNT.format(
            user=self.account.exten,
            server=f"{HOST}:{self.asterisk.sip_port}",
            password=self.account.password,
            answer="auto" if self.auto_answer else "manual",
        )
        _write_tone(self.tone)
        (self.folder / "config").write_text(config)
        (self.folder / "accounts").write_text(account)

    def command(self) -> Sequence[str]:
        return ["baresip", "-f", str(self.folder)]

    def is_ready(self) -> bool:
        return self.log.is_file() and b"200 OK" in self.log.read_bytes()

    def dial(self, number: str) -> None:
        """Call a number."""
        self.control("dial", f"sip:{number}@{HOST}:{self.asterisk.sip_port}")

    def wait_call_over(self, timeout_s: float = 30.0) -> None:
        """Wait until it knows that a call has ended, and has written what it heard."""
        over = f"{self.name}: a call has ended"
        wait_until(lambda: b" terminated (duration:" in self.log.read_bytes(), over, timeout_s)

    def control(self, command: str, params: str = "") -> dict[str, Any]:
        """Give a command as a person at its keyboard would: dial, hangup, accept. Return its reply.

        ctrl_tcp.c: JSON in netstrings, events and replies on the same connection.
        """
        text = json.dumps({"command": command, "params": params, "token": "lab"}).encode()
        with socket.create_connection((HOST, self.control_port), TIMEOUT_S) as control:
            control.sendall(b"%d:%s," % (len(text), text))
            with control.makefile("rb") as replies:
                while True:
                    reply = _netstring(replies)
                    if reply.get("response"):
                        return reply


def _write_tone(path: Path) -> None:
    """Write TONE_S seconds of a sine, mono, 16 bits, RATE_HZ."""
    steps = range(RATE_HZ * TONE_S)
    wave_form = [int(12000 * math.sin(2 * math.pi * TONE_HZ * n / RATE_HZ)) for n in steps]
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        out.writeframes(struct.pack(f"<{len(wave_form)}h", *wave_form))


def _netstring(stream: Any) -> dict[str, Any]:
    size = b""
    while (byte := stream.read(1)) != b":":
        if not byte:
            raise ConnectionError("baresip closed its control connection")
        size += byte
    content: dict[str, Any] = json.loads(stream.read(int(size)))
    stream.read(1)
    return content
