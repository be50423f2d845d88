"""``asterisk-agent support-bundle``: what somebody who helps must know, without any secret.

What tells of calls (events, numbers, the log) is left out: the log comes only when it is asked for.
"""

from __future__ import annotations

import io
import json
import os
import platform
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import click

from asterisk_agent import __version__
from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.cli.check import look
from asterisk_agent.core.config import describe, load_settings
from asterisk_agent.core.errors import AgentError, BundleError, ConfigError
from asterisk_agent.core.redaction import redact
from asterisk_agent.core.settings import Settings
from asterisk_agent.core.state_folder import state_folder
from asterisk_agent.odoo.gateway import OdooGateway
from asterisk_agent.services.clients import odoo_client
from asterisk_agent.services.runtime import STATUS_FILE

#: The end of a log that is enough to see what happened.
LOG_BYTES = 1 << 20
_LIBRARIES = ("nameko", "kombu", "amqp", "eventlet", "requests", "pydantic", "prometheus-client")


def make(environ: Mapping[str, str], output: str | None, log: str | None) -> None:
    """Write the archive and tell where it is. Raise ``BundleError``."""
    now = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = Path(output or f"asterisk-agent-support-{now}.tar.gz")
    try:
        names = write_bundle(environ, path, Path(log) if log else None)
    except OSError as exc:
        raise BundleError(
            f"{path} can't be written: {exc.strerror}", "name another file by --output"
        ) from exc
    click.echo(f"{path}: {', '.join(names)}")


def write_bundle(environ: Mapping[str, str], path: Path, log: Path | None) -> list[str]:
    """Write the archive, for its owner's eyes only; return the names in it. Raise ``OSError``.

    It is made as well as can be: a part that fails says so in its own file. A file that is there
    already is not overwritten.
    """
    found = dict(_parts(environ, log))
    secrets = _secrets(environ)
    with (
        os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w:gz") as archive,
    ):
        for name, text in found.items():
            content = redact(text, secrets).encode()
            info = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{name}")
            info.size, info.mode, info.mtime = len(content), 0o600, int(time.time())
            archive.addfile(info, io.BytesIO(content))
    return list(found)


def _secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return load_settings(environ).secrets()
    except ConfigError:
        # Whatever is named like a secret is one.
        return tuple(v for k, v in environ.items() if "PASSWORD" in k or "AMQP_URI" in k)


def _parts(environ: Mapping[str, str], log: Path | None) -> Iterator[tuple[str, str]]:
    yield "versions.json", _json(_versions())
    try:
        settings = load_settings(environ)
    except ConfigError as exc:
        yield "mistakes.txt", str(exc)
    else:
        yield "settings.json", _json({row.name: value for row, value in describe(settings)})
        yield "check.json", _json([vars(line) for line in look(environ)])
        yield "events-map.json", _tried(lambda: _events_map(settings))
        yield "load.json", _tried(lambda: (state_folder(settings) / STATUS_FILE).read_text())
        if settings.metrics_port:
            yield "metrics.txt", _tried(lambda: _metrics(settings))
    if log is not None:
        yield "log.txt", _tried(lambda: _end_of(log))


def _tried(make: Callable[[], str]) -> str:
    try:
        return make()
    except AgentError as exc:
        return f"{exc.code}: {exc}"
    except OSError as exc:
        return f"not found: {exc.strerror or type(exc).__name__}"


def _versions() -> dict[str, object]:
    return {
        "agent": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def _events_map(settings: Settings) -> str:
    version, rows = OdooGateway(odoo_client(settings)).get_events_map()
    # Conditions may hold numbers of people: which row wants which event is enough.
    shown = [{key: row.get(key) for key in ("id", "name", "method", "delay")} for row in rows]
    faulty = [error["id"] for error in EventMap(rows, version).errors]
    return _json({"version": version, "rows": shown, "faulty": faulty})


def _metrics(settings: Settings) -> str:
    host = f"[{settings.metrics_host}]" if ":" in settings.metrics_host else settings.metrics_host
    url = f"http://{host}:{settings.metrics_port}/metrics"
    with urllib.request.urlopen(url, timeout=5) as reply:
        return str(reply.read().decode())


def _end_of(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_BYTES))
        return file.read().decode(errors="replace")


def _json(value: object) -> str:
    return json.dumps(value, indent=1) + "\n"
