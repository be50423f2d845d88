"""`scripts/bench NAME|all [--json]`, and `guard`: see docs/explanation/performance.md."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from importlib import import_module

from lab.stack import end_on_sigterm

from bench import guard
from bench.rounds import Result

CHEAP = ("parse", "parse_full", "conditions")
#: With real parts of the lab: they need root, and some minutes.
REAL = (
    "publish",
    "deliver",
    "upload",
    "rpc",
    "idle",
    "originate",
    "end_to_end",
    "lookup",
    "latency",
    "burst",
    "pages",
)
NAMES = CHEAP + REAL


def run(name: str, rounds: int | None) -> Result:
    """Run one bench."""
    bench = import_module(f"bench.{name}").bench
    return bench(rounds) if rounds else bench()


def attempt(name: str, rounds: int | None) -> Result:
    """Run one of many: what breaks one is its result, and the others run."""
    try:
        return run(name, rounds)
    except Exception as exc:  # noqa: BLE001 (a part of the lab, a peer, a bench: told as it is)
        traceback.print_exc()
        return Result(name, {}, {}, error=f"{type(exc).__name__}: {exc}")


def tell(result: Result, *, as_json: bool) -> None:
    """Print a result: words for people, and with --json its line (the words go to stderr)."""
    out = sys.stderr if as_json else sys.stdout
    if result.error:
        print(f"{result.name:12} {result.error}", file=out)
    for text in result.told:
        print(f"  {text}", file=out)
    for peer, (least, middle, most) in result.ratios.items():
        goal = result.goals.get(peer, "")
        print(
            f"{result.name:12} {peer:20} {middle:8.2f}  ({least:.2f} to {most:.2f})  {goal}",
            file=out,
        )
    if as_json:
        print(json.dumps(result.line()), flush=True)


def watch(*, accept: bool) -> int:
    """Run the cheap benches, compare with the last accepted ratios; status 1 when one is lost."""
    results = [run(name, guard.ROUNDS.get(name)) for name in CHEAP]
    for result in results:
        tell(result, as_json=False)
    if accept:
        guard.accept(results)
        return 0
    accepted = guard.last_accepted()
    worse = [line for result in results for line in guard.regressions(result, accepted)]
    for line in worse:
        print(f"slower than accepted: {line}")
    return 1 if worse else 0


def main() -> int:
    """Run what is asked for; status 1 when a reach is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=[*NAMES, "all", "guard"])
    parser.add_argument("--json", action="store_true", help="one line of JSON for each bench")
    parser.add_argument(
        "--rounds", type=int, help="at least five; each bench has a number of its own"
    )
    parser.add_argument(
        "--accept", action="store_true", help="with guard: these are the new ratios"
    )
    options = parser.parse_args()
    end_on_sigterm()
    if options.name == "guard":
        return watch(accept=options.accept)
    results = []
    for name in NAMES if options.name == "all" else [options.name]:
        results.append(attempt(name, options.rounds))
        tell(results[-1], as_json=options.json)
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
