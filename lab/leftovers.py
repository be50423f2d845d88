"""Labs whose owner died without a word (SIGKILL, power): find their processes and folders, and
remove them.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PREFIX = "asterisk-plus-lab-"
OWNER = "owner"


def sign(folder: Path) -> None:
    """Write into a run folder which process it belongs to."""
    (folder / OWNER).write_text(f"{os.getpid()} {_began(os.getpid())}")


def runs() -> list[tuple[Path, bool]]:
    """Return every signed run folder, and whether its owner is alive.

    A folder without a whole signature is not told of: it may be one that is just being made.
    """
    folders = sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{OWNER}"))
    return [(path.parent, owned) for path in folders if (owned := _is_owned(path)) is not None]


def _is_owned(path: Path) -> bool | None:
    try:
        pid, began = path.read_text().split()
    except (OSError, ValueError):
        return None
    return _began(int(pid)) == began


def _began(pid: int) -> str:
    """Return when a process began, in clock ticks (proc(5): field 22 of stat), empty if it is
    gone.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def processes(folder: Path) -> Iterator[int]:
    """Yield the processes that work in a run folder, or see it bound into their chroot."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            at = (entry / "cwd").readlink()
            if at.is_relative_to(folder) or f" {folder}/" in (entry / "mountinfo").read_text():
                yield int(entry.name)


def clean() -> list[str]:
    """End and delete what dead owners left; return a line for each thing done."""
    done = []
    for folder, owned in runs():
        if owned:
            continue
        for pid in list(processes(folder)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                done.append(f"ended process {pid} of {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        done.append(f"deleted {folder}")
    return done
