"""Read the settings once, from the environment; tell all mistakes together.

``SETTINGS_TABLE`` is ``Settings`` for people (``config show``, ``check``, the reference page).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr, ValidationError

from asterisk_agent.core.errors import ConfigError, Problem
from asterisk_agent.core.logging import escape_control
from asterisk_agent.core.redaction import HIDDEN, redact_uri
from asterisk_agent.core.secrets_policy import known_secret_problems
from asterisk_agent.core.settings import Settings


class Setting(NamedTuple):
    """One row of the table, for people."""

    name: str
    field: str
    type: str
    default: str
    required: bool
    secret: bool
    help: str
    cure: str


_TYPE_WORDS = {
    "odoo_url": "URL",
    "amqp_uri": "URI",
    "odoo_ip": "networks",
    "rpc_trusted_proxies": "networks",
    "asterisk_ami_tls": "yes or no",
    "odoo_ca_file": "file",
    "asterisk_ami_ca_file": "file",
    "odoo_timeout": "seconds",
    "rpc_max_body": "bytes",
    "event_spool": "bytes",
    "state_directory": "folder",
    "asterisk_security_enabled": "yes or no",
    "security_observe_only": "yes or no",
    "security_ignoreip": "networks",
    "security_findtime": "seconds",
    "security_source_findtime": "seconds",
    "security_known_findtime": "seconds",
    "security_known_days": "days",
    "security_bantime": "seconds",
    "security_bantime_factor": "number",
    "security_bantime_max": "seconds",
    "security_udp_ports": "ports",
    "security_tcp_ports": "ports",
    "recordings_enabled": "yes or no",
    "recordings_folder": "folder",
    "recordings_told_folder": "folder",
    "recordings_keep": "yes or no",
    "asterisk_config_folder": "folder",
}


def _row(field: str) -> Setting:
    info = Settings.model_fields[field]
    extra = info.json_schema_extra
    word = _TYPE_WORDS.get(field, "number" if info.annotation is int else "text")
    return Setting(
        name=field.upper(),
        field=field,
        type=word,
        default="" if info.is_required() else show_value(info.default),
        required=info.is_required(),
        secret=info.annotation is SecretStr,
        help=info.description or "",
        cure=str(extra["cure"]) if isinstance(extra, dict) else "",
    )


def show_value(value: Any) -> str:
    """Write a setting's value for people; a secret is hidden, a URI loses its password only."""
    if isinstance(value, SecretStr):
        text = value.get_secret_value()
        return redact_uri(text) if "://" in text else HIDDEN
    if isinstance(value, tuple):
        return ",".join(str(item).removesuffix("/32").removesuffix("/128") for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


SETTINGS_TABLE: tuple[Setting, ...] = tuple(_row(field) for field in Settings.model_fields)


def describe(settings: Settings) -> list[tuple[Setting, str]]:
    """Given settings, list every row of the table with its value, secrets hidden."""
    return [(row, show_value(getattr(settings, row.field))) for row in SETTINGS_TABLE]


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Given an environment, return the settings. Raise ``ConfigError`` with *all* mistakes.

    Names that are not in the table are ignored; an empty variable counts as not set. A secret may
    stand in a file instead, named by ``NAME_FILE``.
    """
    values, problems = _read(environ)
    values.setdefault("agent_name", values.get("odoo_user", ""))
    unread = {p.variable.removesuffix("_FILE") for p in problems}
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(values)
    except ValidationError as exc:
        found = [_problem(error, values) for error in exc.errors()]
        problems += [p for p in found if p.variable not in unread and not _follows(p, found)]
    problems += known_secret_problems(values)
    if problems or settings is None:
        raise ConfigError(sorted(set(problems), key=_table_order))
    return settings


def _read(environ: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for row in SETTINGS_TABLE:
        text, file_name = environ.get(row.name, ""), environ.get(f"{row.name}_FILE", "")
        if row.secret and text and file_name:
            name = f"{row.name}_FILE"
            problems.append(Problem(name, f"is set beside {row.name}", "keep one of the two"))
        elif row.secret and file_name:
            text = _read_secret(row, file_name, problems)
        if not row.secret:
            text = text.strip()
        if text:
            values[row.field] = text
    return values, problems


def _read_secret(row: Setting, file_name: str, problems: list[Problem]) -> str:
    name, cure = f"{row.name}_FILE", "give a readable file that holds the secret on one line"
    try:
        text = Path(file_name).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(name, "names a file that can't be read", cure))
        return ""
    if not text:
        problems.append(Problem(name, "names an empty file", cure))
    return text


def _problem(error: Any, values: Mapping[str, str]) -> Problem:
    field = str(error["loc"][0])
    row = next(r for r in SETTINGS_TABLE if r.field == field)
    if error["type"] == "missing":
        return Problem(row.name, "is not set", row.cure)
    if error["type"] == "value_error":
        words = str(error["ctx"]["error"])
    else:
        words = str(error["msg"]).replace("Input should be", "should be")
    if not row.secret:
        words += f" ({escape_control(redact_uri(values[field]))[:80]})"
    return Problem(row.name, words, row.cure)


def _follows(problem: Problem, found: list[Problem]) -> bool:
    """Tell whether a problem only repeats another: no ODOO_USER, so no AGENT_NAME either."""
    return problem.variable == "AGENT_NAME" and any(p.variable == "ODOO_USER" for p in found)


def _table_order(problem: Problem) -> tuple[int, str]:
    names = [row.name for row in SETTINGS_TABLE]
    name = problem.variable
    return names.index(name if name in names else name.removesuffix("_FILE")), problem.problem
