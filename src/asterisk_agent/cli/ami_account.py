"""The agent's account in Asterisk: a file of its own in ``manager.d``, with the least rights."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from asterisk_agent.core.errors import InitError
from asterisk_agent.core.state_folder import write_private

FILE = Path("manager.d") / "asterisk-agent.conf"
#: FreePBX writes manager.conf anew, which includes this one.
CUSTOM = "manager_custom.conf"
#: As asterisk/manager.conf, which says why each of them.
READ = "system,call,agent,user,dialplan,security,cdr"
WRITE = "call,agent,originate,reporting"
_INCLUDE = re.compile(r"^\s*#(?:try)?include\s+\"?(?:/etc/asterisk/)?manager\.d/\*\.conf", re.M)
_ENABLED = re.compile(r"^\s*enabled\s*=>?\s*(?:yes|true|1|on)\b", re.M | re.I)
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_RELOAD_S = 10


def account_text(user: str, secret: str) -> str:
    """Return the section of manager.conf."""
    return (
        "; Made by `asterisk-agent init`. The same secret stands in the agent's environment file.\n"
        f"[{user}]\n"
        f"secret = {secret}\n"
        "deny = 0.0.0.0/0.0.0.0\n"
        "permit = 127.0.0.1/255.255.255.255\n"
        "writetimeout = 5000\n"
        f"read = {READ}\n"
        f"write = {WRITE}\n"
    )


def require_manager(folder: Path) -> None:
    """Raise ``InitError``, with its cure, unless manager.conf is on and reads ``manager.d``."""
    path, custom = folder / "manager.conf", folder / CUSTOM
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        if CUSTOM in text and custom.exists():
            text += "\n" + custom.read_text(encoding="utf-8", errors="replace")
    except OSError as exc:
        raise InitError(
            f"{path} can't be read: {exc.strerror}",
            "run this as root on Asterisk's host, or name its folder by --asterisk-config",
        ) from exc
    if not _ENABLED.search(text):
        raise InitError(f"the manager interface is off in {path}", "set enabled = yes in [general]")
    if not _INCLUDE.search(text):
        raise InitError(
            f"{path} does not read the files of manager.d",
            'add the line: #tryinclude "manager.d/*.conf" (FreePBX: in manager_custom.conf)',
        )


def make_account(folder: Path, user: str) -> str:
    """Write the account and return its new secret. Raise ``InitError``; nothing is overwritten."""
    if not _NAME.fullmatch(user):
        raise InitError("that is no name of an AMI account", "give letters, digits, - and _")
    path = folder / FILE
    if path.exists():
        raise InitError(
            f"{path} is there already, and its secret is not in the environment file",
            "give ASTERISK_AMI_PASSWORD in the environment file, or delete the account's file",
        )
    secret = secrets.token_hex(24)
    try:
        # Asterisk reads it as whoever owns its configuration.
        owner = (folder / "manager.conf").stat()
        if not path.parent.is_dir():
            path.parent.mkdir(0o750)
            os.chown(path.parent, owner.st_uid, owner.st_gid)
        write_private(path, account_text(user, secret))
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o640)
    except OSError as exc:
        raise InitError(f"{path} can't be written: {exc.strerror}", "run this as root") from exc
    return secret


def reload_manager() -> bool:
    """Let Asterisk read manager.conf again; return whether it did."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin")
    if program is None:
        return False
    try:
        done = subprocess.run(
            [program, "-rx", "manager reload"], capture_output=True, timeout=_RELOAD_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
