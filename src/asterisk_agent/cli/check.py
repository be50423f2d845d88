"""``asterisk-agent check``: everything that the agent needs, line by line, each with its cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import click

from asterisk_agent.cli.output import print_json
from asterisk_agent.cli.probes import Probes
from asterisk_agent.core.config import load_settings
from asterisk_agent.core.errors import AgentError, AsteriskConfigurationError, ConfigError
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.redaction import redact
from asterisk_agent.core.settings import Settings
from asterisk_agent.firewall.config_audit import Audit, audit


@dataclass(frozen=True)
class Line:
    """What one look found. ``exit_code`` is 0 when all is well."""

    name: str
    ok: bool
    text: str
    cure: str = ""
    code: str = ""
    exit_code: int = 0


def check(environ: Mapping[str, str], *, as_json: bool) -> int:
    """Look at everything, print the lines, and return the first failure's exit status."""
    found = []
    for line in look(environ):
        found.append(line)
        if not as_json:
            _print(line)
    failed = [line for line in found if not line.ok]
    if as_json:
        print_json({"ok": not failed, "lines": [asdict(line) for line in found]})
    return failed[0].exit_code if failed else 0


def _print(line: Line) -> None:
    word = "ok    " if line.ok else "failed"
    cure = f" ({line.cure})" if line.cure else ""
    text = escape_control(redact(f"{word} {line.name}: {line.text}{cure}"))
    click.echo(text, err=not line.ok)


def look(environ: Mapping[str, str]) -> Iterator[Line]:
    """Look at one thing after the other; what depends on a failed one is left out."""
    try:
        settings = load_settings(environ)
    except ConfigError as exc:
        for problem in exc.problems:
            text = f"{problem.variable} {problem.problem}"
            yield Line("settings", False, text, problem.cure, exc.code, exc.exit_code)
        return
    yield Line("settings", True, "complete")
    probes = Probes(settings)
    try:
        yield from _looks(probes)
    finally:
        probes.close()
    yield from _configuration(settings)


def _looks(probes: Probes) -> Iterator[Line]:
    failed: set[str] = set()
    for name, probe, needs in probes.all:
        if needs in failed:
            failed.add(name)
            continue
        try:
            yield Line(name, True, probe())
        except AgentError as exc:
            failed.add(name)
            yield Line(name, False, exc.message, exc.cure, exc.code, exc.exit_code)


def _configuration(settings: Settings) -> Iterator[Line]:
    """Look at Asterisk's configuration; a file that can't be read is told, and is no failure."""
    name, folder = "asterisk configuration", settings.asterisk_config_folder
    found = audit(folder, settings.asterisk_ami_user)
    for finding in found.findings:
        error = AsteriskConfigurationError
        text = f"{finding.where} {finding.text}"
        yield Line(name, False, text, finding.cure, error.code, error.exit_code)
    yield Line(name, True, _looked_at(found, str(folder)), _unread_cure(found))


def _looked_at(found: Audit, folder: str) -> str:
    if not found.read and not found.unread:
        return f"no files of Asterisk's in {folder}: not looked at"
    words = f"looked at {', '.join(found.read) or 'nothing'} in {folder}"
    return f"{words}; NOT looked at: {', '.join(found.unread)}" if found.unread else words


def _unread_cure(found: Audit) -> str:
    return "let the agent's user read them, or run this command as root" if found.unread else ""
