"""The tutorial's commands, which scripts/tutorial follows, name files that are there."""

import re
import subprocess
from pathlib import Path

from lab.tutorial import commands

TOP = Path(__file__).resolve().parents[2]


def test_its_commands_are_found_and_are_those_of_the_how_to() -> None:
    blocks = commands()
    assert len(blocks) == (TOP / "docs/tutorial.md").read_text().count("```") / 2
    typed = "".join(blocks)
    how_to = (TOP / "docs/how-to/install.md").read_text()
    for line in ("asterisk-agent init", "pip install . -c constraints.txt", "enable --now"):
        assert line in typed
        assert line in how_to
    for file in re.findall(r"^cp (\S+)", typed, re.M):
        assert (TOP / file).is_file(), file


def test_a_shell_understands_them() -> None:
    done = subprocess.run(["bash", "-n"], input="".join(commands()), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
