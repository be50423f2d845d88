"""Fill the cache folder: one chroot per recipe, built beside its place and renamed into it when
complete.
"""

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import apt, paths
from lab.errors import LabError, ProvisionError
from lab.locks import locked
from lab.progress import say, working
from lab.recipes import HOST_TOOLS, RECIPES, USUAL, Recipe
from lab.shell import end_all, run

STAMP = ".lab-recipe"
BASE = ".lab-base"
SPACE_GB = 4
# Somebody else's apt may run on the host just now: wait for it (apt.conf(5)).
PATIENT = ("-o", "DPkg::Lock::Timeout=300")
# Everything in a chroot runs so: it sees the host's network and devices, and no service starts by
# itself.
ENTER = (
    'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && '
    'root=$1 && shift && exec chroot "$root" "$@"'
)


def provision(names: list[str] | None = None, tools: Mapping[str, str] = HOST_TOOLS) -> None:
    """Make the chroots (the usual ones) that are missing or outdated, and install missing tools on
    the host.
    """
    require_machine()
    install_tools(tools)
    paths.cache().mkdir(parents=True, exist_ok=True)
    wanted = [RECIPES[name] for name in names or USUAL]
    with ThreadPoolExecutor(len(wanted)) as pool:
        made = [pool.submit(provision_chroot, recipe) for recipe in wanted]
        try:
            for one in made:
                one.result()
        except BaseException:
            # Not only Ctrl-C: when one chroot cannot be made, nobody waits for the other.
            end_all()
            raise


def require_machine() -> None:
    """Raise LabError with the cure unless this is root on Debian."""
    if not Path("/etc/debian_version").exists():
        raise LabError(
            "the lab needs Debian 12 or newer",
            "run it on a Debian machine, for example a virtual one",
        )
    if os.geteuid() != 0:
        raise LabError(
            "the lab needs root: it makes chroots and mount namespaces",
            "run it as root, or with sudo",
        )


def is_current(recipe: Recipe) -> bool:
    """Tell whether the recipe's chroot is complete and of this very recipe."""
    stamp = paths.chroot(recipe.name) / STAMP
    return stamp.is_file() and stamp.read_text().strip() == recipe.stamp()


def require_chroot(name: str) -> Path:
    """Return the chroot's folder; raise LabError when it was not provisioned."""
    if not is_current(RECIPES[name]):
        raise LabError(
            f"the chroot {name} is missing or outdated in {paths.cache()}",
            "python3 -m lab provision",
        )
    return paths.chroot(name)


def install_tools(tools: Mapping[str, str]) -> None:
    """Install the Debian packages of those commands that the host lacks; no service comes with
    them.
    """
    missing = sorted(package for command, package in tools.items() if not shutil.which(command))
    if not missing:
        return
    log = paths.cache() / "host-tools.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    install = ["apt-get", *PATIENT, "install", "-qy", "--no-install-recommends"]
    with working(f"installing on the host: {' '.join(missing)}"):
        run(["apt-get", *PATIENT, "update", "-q"], log, "is the machine's apt configuration right?")
        run([*install, *missing], log, "see the log")


def provision_chroot(recipe: Recipe) -> None:
    """Make one chroot unless it is current; go on where a run was cut short."""
    with locked(recipe.name):
        if is_current(recipe):
            say(f"chroot {recipe.name} is ready")
            return
        part = paths.cache() / f"{recipe.name}.part"
        _require_space()
        if not (part / BASE).is_file():
            _bootstrap(recipe, part)
        _install(recipe, part)
        _put_in_place(recipe, part)
        say(f"chroot {recipe.name} is ready")


def _bootstrap(recipe: Recipe, part: Path) -> None:
    shutil.rmtree(part, ignore_errors=True)
    url = apt.mirror()
    command = ["debootstrap", "--variant=minbase", recipe.suite, str(part), url]
    with working(f"debootstrap {recipe.suite} (about 30 s)"):
        run(
            ["unshare", "-m", "--propagation", "private", *command],
            _log(recipe),
            f"when the mirror no longer holds {recipe.suite} (an old suite moves to Debian's"
            " archive), set LAB_MIRROR to an archive that has it",
        )
    apt.prepare(part, url, recipe.suite)
    _forbid_services(part)
    (part / BASE).touch()


def _forbid_services(root: Path) -> None:
    # invoke-rc.d(8): 101 means that the action is forbidden by policy.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)


def _install(recipe: Recipe, part: Path) -> None:
    cure = f"see the log; to begin anew: rm -r {part}"
    with working(f"installing in {recipe.name}: {' '.join(recipe.packages)} (about 60 s)"):
        inside(part, ["dpkg", "--configure", "-a"], _log(recipe), cure)
        inside(part, ["apt-get", "-q", "update"], _log(recipe), cure)
        inside(part, ["apt-get", "-qy", "install", *recipe.packages], _log(recipe), cure)
        inside(part, ["apt-get", "clean"], _log(recipe), cure)


def _put_in_place(recipe: Recipe, part: Path) -> None:
    (part / STAMP).write_text(recipe.stamp() + "\n")
    place = paths.chroot(recipe.name)
    if place.exists():
        old = paths.cache() / f"{recipe.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        part.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    else:
        part.rename(place)


def inside(root: Path, command: list[str], log: Path, cure: str) -> None:
    """Run a command in a chroot that is being made; its mounts live in a namespace of its own."""
    run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", ENTER, "sh", str(root), *command],
        log,
        cure,
    )


def _log(recipe: Recipe) -> Path:
    return paths.cache() / f"{recipe.name}.log"


def _require_space() -> None:
    free = shutil.disk_usage(paths.cache()).free / 1e9
    if free < SPACE_GB:
        raise ProvisionError(
            f"{free:.1f} GB free in {paths.cache()}, the lab needs {SPACE_GB}",
            "free some space, or set LAB_CACHE to a folder on a larger disk",
        )
