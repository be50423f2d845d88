"""Write down what an Asterisk says over AMI during a situation: the bytes of one session, as on
the wire.
"""

from pathlib import Path

from lab.all_situations import SITUATIONS
from lab.ami import AmiSession
from lab.asterisk import Asterisk
from lab.errors import LabError
from lab.process import wait_until
from lab.progress import say
from lab.stack import Lab
from lab.stage import Stage

# Asterisk tells the last things (queue summaries, device states) a moment after the last channel is
# gone.
QUIET_S = 1.0


def record(asterisk: Asterisk, lab: Lab, name: str) -> bytes:
    """Play one situation on a running Asterisk; return the AMI stream of a full session."""
    with AmiSession.ear(asterisk) as ear, AmiSession.ear(asterisk) as hands:
        stage = Stage(lab, asterisk, hands)
        try:
            SITUATIONS[name](stage)
            stage.wait_idle()
            if faults := stage.faults():
                raise LabError(f"{name} did not go as it is written: {faults}")
        finally:
            stage.clear()
        wait_until(lambda: ear.quiet_s > QUIET_S, "AMI falls silent", 30)
        return ear.raw


def record_all(names: list[str], versions: list[int], folder: Path) -> None:
    """Record situations on Asterisk versions into `folder`, as <situation>.<version>.ami; no name:
    all.
    """
    if unknown := set(names) - set(SITUATIONS):
        raise LabError(
            f"no such situation: {', '.join(sorted(unknown))}", f"one of: {', '.join(SITUATIONS)}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for version in versions:
        with Lab() as lab:
            asterisk = lab.start(Asterisk(lab.folder / "asterisk", version))
            for name in names or SITUATIONS:
                stream = record(asterisk, lab, name)
                path = folder / f"{name}.{version}.ami"
                path.write_bytes(stream)
                say(f"{path}: {stream.count(b'Event: ')} events, {len(stream)} bytes")
