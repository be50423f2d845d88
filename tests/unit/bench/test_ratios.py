"""Ratios, goals and the guard: what a benchmark says of the costs that it measured."""

import json

import pytest
from bench import __main__ as command
from bench import guard
from bench.rounds import Goal, Result, interleave, ratios


def test_every_contestant_runs_once_a_round_and_each_is_first_in_turn():
    order = []
    runs = {name: (lambda name=name: order.append(name) or 1.0) for name in "abc"}
    costs = interleave(runs, 6)
    assert {name: len(values) for name, values in costs.items()} == {"a": 6, "b": 6, "c": 6}
    assert {order[n] for n in range(0, len(order), 3)} == {"a", "b", "c"}
    assert all(sorted(order[n : n + 3]) == ["a", "b", "c"] for n in range(0, len(order), 3))


def test_fewer_rounds_than_a_median_needs_are_not_run():
    assert len(interleave({"a": lambda: 1.0}, 1)["a"]) == 5


def test_a_ratio_is_taken_within_a_round():
    costs = {"ours": [1.0, 2.0, 1.0], "peer": [2.0, 8.0, 3.0]}
    assert ratios(costs, "ours") == {"peer": [2.0, 3.0, 4.0]}
    assert ratios(costs, "ours", cost=True) == {"peer": [0.25, 0.333, 0.5]}


@pytest.mark.parametrize(
    ("goal", "median", "ok"),
    [(Goal(5), 5.0, True), (Goal(5), 4.9, False), (Goal(3, at_most=True), 3.1, False)],
)
def test_the_median_decides(goal, median, ok):
    result = Result("x", {"peer": [0.1, median, 99.0]}, {"peer": goal})
    assert result.ok is ok
    assert json.loads(json.dumps(result.line()))["ok"] is ok


def test_a_bench_that_breaks_has_a_line_and_the_others_run(monkeypatch, capsys):
    def run(name, _rounds):
        if name == "publish":
            raise ValueError("no broker")
        return Result(name, {"peer": [2.0, 2.0, 2.0]}, {"peer": Goal(1)})

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr("sys.argv", ["bench", "all", "--json"])
    assert command.main() == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["bench"] for line in lines] == list(command.NAMES)
    (broken,) = (line for line in lines if not line["ok"])
    assert (broken["bench"], broken["error"]) == ("publish", "ValueError: no broker")


@pytest.mark.parametrize(
    ("goal", "median", "lost"),
    [
        (Goal(5), 2.1, False),
        (Goal(5), 1.9, True),
        (Goal(1), 1.9, False),
        (Goal(3, at_most=True), 7.9, False),
        (Goal(3, at_most=True), 8.1, True),
        (Goal(9, at_most=True), 8.1, False),
    ],
)
def test_the_guard_finds_what_is_less_than_half_as_good_and_below_its_goal(goal, median, lost):
    result = Result("x", {"peer": [median] * 3}, {"peer": goal})
    assert bool(guard.regressions(result, {"x": {"peer": 4.0}})) is lost


def test_accepted_ratios_are_of_benches_and_peers_that_exist():
    accepted = guard.last_accepted()
    assert sorted(accepted) == ["conditions", "parse", "parse_full"]
