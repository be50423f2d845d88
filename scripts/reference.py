#!/usr/bin/env python3
"""Write the reference pages that are made from the code: settings, errors, metrics, commands, rpc, events. `--check` only tells whether they are true."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import click

from asterisk_agent.ami import policy
from asterisk_agent.ami.narrowing import CLASS_OF
from asterisk_agent.calls import conditions
from asterisk_agent.calls.condition_nodes import FUNCTIONS, TEXT_METHODS
from asterisk_agent.cli import main as command_line
from asterisk_agent.core.config import SETTINGS_TABLE
from asterisk_agent.core.errors import AgentError, Refusal, error_types
from asterisk_agent.rpc import refusals
from asterisk_agent.rpc.catalog import CATALOG
from asterisk_agent.services import recordings, runtime
from asterisk_agent.services.metrics import METRICS, PREFIX

TOP = Path(__file__).resolve().parent.parent
PAGES = TOP / "docs" / "reference"

CONFIGURATION = """# Configuration of the agent

Environment variables only, read once at start. All mistakes are reported together, each with its cure, before a socket opens.
A variable that is not in this table is ignored; an empty one counts as not set. Every secret may stand in a file instead:
`NAME_FILE=/run/secrets/name`. `asterisk-agent config show` prints what is in force, secrets hidden.

Made from the code by `scripts/reference.py`.

| variable | type | default | meaning |
|---|---|---|---|
"""

ERRORS = """# Errors and exit statuses of the agent

Every error is one line with its cause and its cure. Its code is stable; `asterisk-agent` ends with the status of the error that ended it.
*Waits* says whether `run` keeps trying (it says so once, and again at the pace of its backoff). Statuses up to 79 are those of `sysexits.h` where one fits.
0: all is well. 2: the command line is wrong.

Made from the code by `scripts/reference.py`.

| code | exit status | waits | meaning |
|---|---|---|---|
"""

METRICS_PAGE = """# Metrics of the agent

With `METRICS_PORT` set, the agent answers on `http://METRICS_HOST:METRICS_PORT`:

* `/metrics`: the numbers below, for Prometheus;
* `/healthz`: 200 as long as the process answers. For a watchdog that restarts: what is away is waited for, a restart heals nothing;
* `/readyz`: 200 when Asterisk, RabbitMQ (both ways), Odoo and the agent's own address are all there, else 503 with the missing parts' names.

No password is asked: it tells numbers and fixed words, no secret and nothing of a call. Leave it on loopback, or on a network of those who watch.
Counters begin anew with each start. A second forwarder (`asterisk-agent forward`) serves none of this.
Dashboard, alert rules and how to use them: [monitoring](../how-to/monitoring.md).

Made from the code by `scripts/reference.py`. Beside these stand the process's own (`{prefix}process_resident_memory_bytes` …) and `{prefix}info` with the versions.

| metric | type | labels | meaning |
|---|---|---|---|
"""

COMMANDS = """# Commands of the agent

Settings come from the [environment](configuration.md); `init` and `enrol` make it. Each ends with the [status](errors.md) of what went wrong, 0 if nothing did.
`--json` prints for programs. What a command prints holds no secret.

Made from the code by `scripts/reference.py`.
"""

RPC = """# What Odoo may ask of the agent

`POST <Agent URL>` with `Authorization: Bearer <token>`, JSON-RPC 2.0. How a request is written, what a job is, and each function's rules in full: [agent and Odoo](agent-odoo.md).
What is on none of these lists is refused.

Made from the code by `scripts/reference.py`.

## Functions

| function | arguments | result | meaning |
|---|---|---|---|
"""

ACTIONS = """
## Actions of `asterisk.manager_action`

| list | actions |
|---|---|
"""

REFUSALS = """
## Refusals

`data.reason` says more for `invalid params` ({reasons}) and for `action refused`:

{actions}

| HTTP status | code | message |
|---|---|---|
"""


EVENTS = """# Events that go to Odoo, and conditions

The rows of *Asterisk Plus → Configuration → Events Map* that come with the addon; all run `asterisk_plus.call`, `on_ami_event`, without a delay and in the order of their call. Each can be switched off, and rows
of your own can be added: [own events](../how-to/own-events.md). The class is Asterisk's: `read=` of the AMI account must have it.

Made from the code by `scripts/reference.py`.

| event | class | condition |
|---|---|---|
"""

HEARD = """
Whatever the map wants, the agent itself hears {own}; and, unless recordings are off, `{event}` of `{variable}`.
Beside Asterisk's headers an event has `EventTime`, when Asterisk said it (seconds since 1970), and `SystemName`.

## Conditions

A Python expression on `event`, header → text; at most {chars} characters, {nodes} parts, {depth} deep. It may compare (also `in`), join by `and`, `or`, `not` and `… if … else …`,
pick by `event['Header']`, `event.get('Header')` and slices, and use

* functions: {functions};
* of a text: {methods}.

A header that is missing, or a text that is no number, makes it false. Anything else is refused when the map is loaded: the row is disabled then, and shows why.
"""


def cell(text: str) -> str:
    """Return a text that fits into one cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def configuration() -> str:
    """Return the page of settings."""
    rows = []
    for row in SETTINGS_TABLE:
        default = "required" if row.required else f"`{row.default}`" if row.default else ""
        name = f"`{row.name}`" + (" (secret)" if row.secret else "")
        rows.append(
            f"| {name} | {row.type} | {cell(default)} | {cell(row.help)}; {cell(row.cure)} |\n"
        )
    return CONFIGURATION + "".join(rows)


def errors() -> str:
    """Return the page of errors."""
    rows = []
    for kind in error_types(AgentError):
        meaning = cell(inspect.getdoc(kind) or "").replace("``", "`")
        waits = "yes" if kind.retryable else "no"
        rows.append(f"| `{kind.code}` | {kind.exit_code} | {waits} | {meaning} |\n")
    return ERRORS + "".join(rows)


def metrics() -> str:
    """Return the page of metrics."""
    rows = [
        f"| `{row.shown}` | {row.kind.__name__.removesuffix('MetricFamily').lower()} | "
        f"{' '.join(f'`{label}`' for label in row.labels)} | {cell(row.help)} |\n"
        for row in METRICS
    ]
    return METRICS_PAGE.format(prefix=PREFIX) + "".join(rows)


def commands() -> str:
    """Return the page of commands."""
    return COMMANDS + "".join(_command(command_line, ["asterisk-agent"]))


def _command(command: click.Command, words: list[str]) -> Iterator[str]:
    """Write a command, or the commands of a group."""
    if isinstance(command, click.Group):
        for name in command.commands:
            yield from _command(command.commands[name], [*words, name])
        return
    context = click.Context(command, info_name=" ".join(words))
    pieces = " ".join(command.collect_usage_pieces(context)).replace("[OPTIONS]", "").split()
    yield f"\n## `{' '.join([*words, *pieces])}`\n\n{inspect.cleandoc(command.help or '')}\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "\n| option | meaning |\n|---|---|\n"
    for option in options:
        name, text = option.get_help_record(context) or ("", "")
        yield f"| `{name}` | {cell(text)} |\n"


def rpc() -> str:
    """Return the page of functions, actions and refusals."""
    functions = [
        f"| `{row.name}` | {cell(row.arguments)} | {cell(row.result)} | {cell(row.help)} |\n"
        for row in CATALOG
    ]
    actions = [
        f"| {name} | {' '.join(f'`{action}`' for action in sorted(listed))} |\n"
        for name, listed in policy.LISTS.items()
    ]
    left_out = [f"| not `{name}` | {cell(why)} |\n" for name, why in policy.LEFT_OUT.items()]
    reasons = ", ".join(f"`{reason}`" for reason in sorted(refusals.REASONS))
    whys = "\n".join(f"* `{name}`: {cell(text)}" for name, text in policy.REASONS.items())
    known = [one for one in vars(refusals).values() if isinstance(one, Refusal)]
    refused = [f"| {one.status} | {one.code} | `{one.message}` |\n" for one in known]
    head = REFUSALS.format(reasons=reasons, actions=whys)
    return "".join([RPC, *functions, ACTIONS, *actions, *left_out, head, *refused])


def events() -> str:
    """Return the page of events and conditions."""
    rows = [
        f"| `{row.name}` | {CLASS_OF[row.name]} | {f'`{row.condition}`' if row.condition else ''} |\n"
        for row in _addons_events().WANTED_EVENTS
    ]
    heard = HEARD.format(
        own=_listed(runtime.OWN_EVENTS),
        event=recordings.EVENT,
        variable=recordings.VARIABLE,
        chars=conditions.MAX_CHARS,
        nodes=conditions.MAX_NODES,
        depth=conditions.MAX_DEPTH,
        functions=_listed(FUNCTIONS),
        methods=_listed(TEXT_METHODS),
    )
    return "".join([EVENTS, *rows, heard])


def _listed(names: Iterable[str]) -> str:
    return " ".join(f"`{name}`" for name in sorted(names))


def _addons_events() -> ModuleType:
    """Load the addon's list: the addon itself can be imported in Odoo only."""
    path = TOP / "addons/asterisk_plus/lib/events.py"
    spec = importlib.util.spec_from_file_location("addons_events", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MADE: dict[str, Callable[[], str]] = {
    "configuration.md": configuration,
    "errors.md": errors,
    "metrics.md": metrics,
    "command-line.md": commands,
    "rpc.md": rpc,
    "events.md": events,
}


def main() -> int:
    """Write or check the pages; return 1 when one is not what the code says."""
    stale = [name for name, page in MADE.items() if _stored(name) != page()]
    if "--check" not in sys.argv:
        for name in stale:
            (PAGES / name).write_text(MADE[name](), encoding="utf-8")
        return 0
    for name in stale:
        print(f"docs/reference/{name} is not what the code says: run scripts/reference.py")
    return 1 if stale else 0


def _stored(name: str) -> str:
    path = PAGES / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
