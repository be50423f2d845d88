"""`scripts/pin-images` writes the digests of images that came from a registry, and no others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
BASE = "python:3.11-slim-bookworm"
#: What the two commands of docker's say that are asked.
DOCKER = """#!/bin/sh
for last; do :; done
case "$1 $2 $last" in
  "compose config config") cat "$(dirname "$0")/config" ;;
  "image inspect $LOCAL") ;;
  "image inspect "*) echo "it/is@sha256:$(printf %s "$last" | sha256sum | cut -c1-64)" ;;
  *) exit 64 ;;
esac
"""


def pin(folder: Path, local: str = "") -> subprocess.CompletedProcess[str]:
    program = folder / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    there = yaml.safe_load((TOP / "docker-compose.yml").read_text())
    (folder / "config").write_text(yaml.safe_dump(there))
    environ = {"PATH": f"{folder}:{os.environ['PATH']}", "LOCAL": local}
    command = [TOP / "scripts/pin-images", folder / "pinned.yml"]
    return subprocess.run(command, env=environ, capture_output=True, text=True)


def test_each_image_of_a_registry_gets_its_digest(tmp_path: Path) -> None:
    made = pin(tmp_path)
    assert made.returncode == 0, made.stderr
    services = yaml.safe_load((tmp_path / "pinned.yml").read_text())["services"]
    compose = yaml.safe_load((TOP / "docker-compose.yml").read_text())["services"]
    told = {name: service["image"] for name, service in services.items() if "image" in service}
    assert set(told) == {"npm", "rabbitmq"}
    base = services["agent"]["build"]["args"]["BASE"]
    for image, pinned in [(compose[name]["image"], told[name]) for name in told] + [(BASE, base)]:
        name, _, digest = pinned.partition("@sha256:")
        assert (name, len(digest)) == (image, 64)


@pytest.mark.parametrize("image", [BASE, "rabbitmq:4.1"])
def test_an_image_without_a_digest_is_told(tmp_path: Path, image: str) -> None:
    made = pin(tmp_path, image)
    assert made.returncode == 65
    assert f"{image} came from no registry" in made.stderr
    assert not (tmp_path / "pinned.yml").exists()
