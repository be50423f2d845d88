"""The agent is a package that pip installs, with its command."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from asterisk_agent import __version__

TOP = Path(__file__).resolve().parents[2]


def test_wheel_installs_the_command(tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    source = tmp_path / "source"
    names = ["pyproject.toml", "README.md", "LICENSE", "COPYING.GPL", "src"]
    source.mkdir()
    subprocess.run(["cp", "-r", *(TOP / name for name in names), source], check=True)
    subprocess.run([*build, "-w", wheels, source], check=True)
    venv.create(tmp_path / "venv", with_pip=True)
    wheel = next(wheels.glob("asterisk_agent-*.whl"))
    pip = tmp_path / "venv/bin/pip"
    # Without PYTHONPATH: there pip would find the checkout, and nothing left to do.
    clean = {"PATH": os.environ["PATH"]}
    subprocess.run([pip, "install", "-q", "--no-deps", "--no-index", wheel], env=clean, check=True)
    # What the agent needs stands in the environment of the tests already.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    told = subprocess.run(
        [tmp_path / "venv/bin/asterisk-agent", "--version"],
        env=clean | {"PYTHONPATH": libraries},
        capture_output=True,
        text=True,
        check=True,
    )
    assert __version__ in told.stdout
