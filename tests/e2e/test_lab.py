"""The lab itself: what it starts can be killed, frozen and restarted, and is then really gone."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from lab.asterisk import Asterisk
from lab.component import Component
from lab.errors import NotReadyError
from lab.paths import CHECKOUT, cache
from lab.postgres import Postgres
from lab.process import Process, Program, members
from lab.provision import install_tools
from lab.rabbitmq import RabbitMQ
from lab.recipes import AUDIO_TOOLS
from lab.softphone import Softphone
from lab.stack import Lab

pytestmark = pytest.mark.lab
READY = ["/usr/lib/postgresql/13/bin/pg_isready", "-h", "/mnt/run/socket", "-t", "1"]
PING = ["/usr/sbin/asterisk", "-C", "/mnt/run/etc/asterisk.conf", "-rx", "core ping"]
NESTED = "sleep 1000 & setsid sleep 1000 & exec sleep 1000"


@pytest.fixture(params=[Postgres, RabbitMQ, Asterisk], ids=lambda kind: kind.__name__)
def component(
    request: pytest.FixtureRequest, lab: Lab, tmp_path_factory: pytest.TempPathFactory
) -> Component:
    """One component, running, stopped with the lab."""
    folder = lab.folder / tmp_path_factory.mktemp("chaos").name
    made = Asterisk(folder, 22) if request.param is Asterisk else request.param(folder)
    return lab.start(made)


def test_killed_paused_and_restarted(lab: Lab, component: Component) -> None:
    component.pause()
    assert not _answers(component)
    component.resume()
    component.wait_ready()
    component.kill()
    assert component.process is not None
    assert component.process.members() == []
    component.start()
    component.restart()
    assert component.is_ready()
    lab.drop(component)
    assert component.process.members() == []


def _answers(component: Component) -> bool:
    """Ask a fact that needs the component's own work."""
    if isinstance(component, RabbitMQ):
        return component.is_ready()
    if isinstance(component, Postgres):
        return component.run([*READY, "-p", str(component.port)])[0] == 0
    return component.run(["/usr/bin/timeout", "-s", "KILL", "1", *PING])[0] == 0


def test_a_program_takes_its_whole_family_with_it(tmp_path: Path) -> None:
    process = Process(Program(["sh", "-c", NESTED], tmp_path / "log", tmp_path))
    while len(process.members()) < 3:
        assert process.alive
    namespace = f"mnt:[{Path(f'/proc/{process.pid}/ns/mnt').stat().st_ino}]"
    process.stop()
    assert members(namespace) == []
    process.stop()


def test_a_program_that_dies_while_starting_is_told_with_its_log(lab: Lab) -> None:
    class Broken(Component):
        name = "broken"

        def command(self) -> list[str]:
            return ["sh", "-c", "echo the cause; exit 3"]

        def is_ready(self) -> bool:
            return False

    with pytest.raises(NotReadyError, match=r"(?s)died with status 3.*the cause"):
        lab.start(Broken(lab.folder / "broken"))


def test_no_mount_of_a_chroot_is_seen_from_outside(lab: Lab) -> None:
    running = lab.start(Postgres(lab.folder / "mounts"))
    assert str(cache()) not in Path("/proc/self/mountinfo").read_text()
    lab.drop(running)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_lab_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    script = (
        "from lab.stack import *; from lab.postgres import Postgres; import signal\n"
        # Ignored, if we were started in the background of a shell.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "end_on_sigterm()\n"
        "with Lab() as lab:\n"
        "    pg = lab.start(Postgres(lab.folder / 'postgres'))\n"
        "    print(lab.folder, pg.process.pid, flush=True)\n"
        "    signal.pause()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        folder, pid = owner.stdout.readline().split()
        owner.send_signal(number)
        try:
            owner.wait(60)
        finally:
            owner.kill()
    assert not Path(folder).exists()
    assert not Path(f"/proc/{pid}").exists()


def test_a_softphone_registers_and_hears(lab: Lab) -> None:
    install_tools(AUDIO_TOOLS)
    asterisk = lab.start(Asterisk(lab.folder / "audio/asterisk", 22))
    softphone = lab.start(Softphone(asterisk))
    softphone.dial("*602")  # reads digits aloud, then hangs up
    softphone.wait_call_over()
    assert max(softphone.heard()) > 1000
    lab.drop(softphone)
    lab.drop(asterisk)
