"""The shipped conditions of the events map, beside the same expressions as Python functions."""

from __future__ import annotations

from asterisk_agent.calls.conditions import Condition
from bench.rounds import Goal, Result, interleave, processor_time, ratios
from bench.stream import fifty_calls, map_rows, simply_read

PYTHON = "python function"
GOALS = {PYTHON: Goal(3, at_most=True)}
ROUNDS = 25
#: A round is to last longer than the clock's own grain.
AGAIN = 10


def bench(rounds: int = ROUNDS) -> Result:
    """Evaluate each condition on every event of its name in fifty calls."""
    events = list(simply_read(fifty_calls(1)))
    ours, python = [], []
    for row in map_rows():
        if text := str(row["condition"]):
            its = [event for event in events if event["Event"] == row["name"]] * AGAIN
            ours.append((Condition(text).holds, its))
            # The shipped text, as a programmer would have written it into a function.
            python.append((eval(f"lambda event: {text}"), its))  # noqa: S307
    for (mine, its), (theirs, _) in zip(ours, python, strict=True):
        if [mine(event) for event in its] != [theirs(event) for event in its]:
            raise ValueError("a condition is judged otherwise than by Python")

    def ask(pairs: list) -> int:  # type: ignore[type-arg]
        return sum(len([holds(event) for event in its]) for holds, its in pairs)

    contestants = {
        "ours": lambda: processor_time(lambda: ask(ours)),
        PYTHON: lambda: processor_time(lambda: ask(python)),
    }
    return Result("conditions", ratios(interleave(contestants, rounds), "ours", cost=True), GOALS)
