"""Asterisk's configuration files: which names, who may, and that a file is whole, always."""

from __future__ import annotations

import base64
import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.errors import ConfigFileError, RefusedError
from asterisk_agent.rpc.config_files import ConfigFunctions
from asterisk_agent.rpc.config_folder import (
    CLOSED,
    MAX_BYTES,
    NEW_MODE,
    ConfigFolder,
    digest,
    is_open_name,
)
from asterisk_agent.rpc.functions import Functions

OLD, NEW = b"[default]\nexten => 1,1,Hangup()\n", b"[default]\r\n; \xff\x00 any bytes"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "asterisk"
    folder.mkdir()
    (folder / "extensions.conf").write_bytes(OLD)
    (folder / "extensions.conf").chmod(0o604)
    (folder / "manager.conf").write_bytes(b"secret = x")
    (folder / "notes.txt").write_bytes(b"")
    (folder / "folder.conf").mkdir()
    (tmp_path / "secret.conf").write_bytes(b"secret")
    (folder / "link.conf").symlink_to(tmp_path / "secret.conf")
    (folder / "large.conf").write_bytes(b"x" * (MAX_BYTES + 1))
    os.mkfifo(folder / "pipe.conf")
    return folder


def call(root: Path, access: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    functions = Functions()
    aside = lambda work, *given: work(*given)  # noqa: E731
    ConfigFunctions(ConfigFolder(root), access, aside).add_to(functions)
    return functions.prepare(f"asterisk.{name}", args, kwargs, 5.0)()


def refusal(root: Path, access: Any, name: str, *args: Any, **kwargs: Any) -> tuple[int, str]:
    with pytest.raises(RefusedError) as caught:
        call(root, access, name, *args, **kwargs)
    return caught.value.refusal.code, caught.value.reason


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def beside(root: Path) -> list[str]:
    return [one.name for one in root.iterdir() if one.name.startswith(".")]


def test_what_may_be_edited_is_listed_and_nothing_else(root: Path) -> None:
    assert call(root, "read", "get_all_configs") == {"extensions.conf": encoded(OLD)}
    assert call(root, "read", "get_config", "extensions.conf") == encoded(OLD)


def test_any_bytes_are_written_and_mode_and_owner_stay(root: Path) -> None:
    path, was = root / "extensions.conf", (root / "extensions.conf").stat()
    assert call(root, "write", "put_config", "extensions.conf", encoded(NEW)) is True
    now = path.stat()
    assert path.read_bytes() == NEW
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    assert call(root, "write", "put_all_configs", {"new.conf": encoded(NEW)}) is True
    assert (root / "new.conf").read_bytes() == NEW
    assert (root / "new.conf").stat().st_mode & 0o777 == NEW_MODE
    assert call(root, "write", "delete_config", "new.conf", was=digest(NEW)) is True
    assert not (root / "new.conf").exists()
    assert not beside(root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_is_kept_when_it_is_another(root: Path) -> None:
    os.chown(root / "extensions.conf", 12345, 23456)
    call(root, "write", "put_config", "extensions.conf", encoded(NEW))
    now = (root / "extensions.conf").stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (12345, 23456, 0o604)


@pytest.mark.parametrize("broken", ["write", "fsync", "fchmod", "rename"])
def test_a_write_that_fails_leaves_the_old_file(
    root: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    if broken == "write":
        monkeypatch.setattr(os, "fdopen", full)
    else:
        monkeypatch.setattr(os, broken, full)
    assert refusal(root, "write", "put_config", "extensions.conf", encoded(NEW)) == (
        -32027,
        "disk",
    )
    monkeypatch.undo()
    assert (root / "extensions.conf").read_bytes() == OLD
    assert not beside(root)


def test_what_was_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    put = (root, "write", "put_config", "extensions.conf", encoded(NEW))
    for was in (digest(b"another"), ""):
        assert refusal(*put, was=was) == (-32027, "changed")
    delete = (root, "write", "delete_config", "extensions.conf")
    assert refusal(*delete, was=digest(NEW)) == (-32027, "changed")
    assert (root / "extensions.conf").read_bytes() == OLD
    assert call(*put, was=digest(OLD)) is True
    assert refusal(root, "write", "put_config", "new.conf", "", was=digest(OLD))[1] == "changed"
    assert call(root, "write", "put_config", "new.conf", "", was="") is True


@pytest.mark.parametrize("name", ["link.conf", "folder.conf", "pipe.conf"])
def test_links_and_what_is_no_file_are_left_alone(root: Path, name: str) -> None:
    for method, more in (("get_config", ()), ("put_config", ("",)), ("delete_config", ())):
        assert refusal(root, "write", method, name, *more) == (-32027, "link")
    assert (root.parent / "secret.conf").read_bytes() == b"secret"


def test_the_machines_admin_decides(root: Path) -> None:
    content = encoded(NEW)
    writing = (("put_config", "extensions.conf", content), ("delete_config", "extensions.conf"))
    for access in ("none", "read"):
        for wanted in (*writing, ("put_all_configs", {"x.conf": content})):
            assert refusal(root, access, *wanted) == (-32026, "")
    for wanted in (("get_all_configs",), ("get_config", "extensions.conf")):
        assert refusal(root, "none", *wanted) == (-32026, "")
    assert (root / "extensions.conf").read_bytes() == OLD


def test_sizes_have_their_bounds(root: Path) -> None:
    assert refusal(root, "read", "get_config", "large.conf") == (-32027, "size")
    too_large = encoded(b"x" * (MAX_BYTES + 1))
    assert refusal(root, "write", "put_config", "x.conf", too_large)[0] in {-32027, -32602}
    with pytest.raises(ConfigFileError, match="size"):
        ConfigFolder(root).write("x.conf", b"x" * (MAX_BYTES + 1))
    assert not (root / "x.conf").exists()


def test_no_folder_is_an_answer(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone", "read", "get_all_configs") == (-32027, "absent")


@given(st.text())
def test_a_name_is_a_plain_name(name: str) -> None:
    if is_open_name(name):
        assert name.isascii()
        assert "/" not in name
        assert not name.startswith(".")
        assert name not in CLOSED


@pytest.mark.parametrize("name", [*sorted(CLOSED), "../x.conf", "x.conf\n", "x\0.conf", ".x.conf"])
def test_a_name_that_may_not_be_is_refused(root: Path, name: str) -> None:
    assert refusal(root, "write", "get_config", name) == (-32602, "value")
    assert refusal(root, "write", "put_config", name, "") == (-32602, "value")
    with pytest.raises(ConfigFileError, match="name"):
        ConfigFolder(root).read(name)
