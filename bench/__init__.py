"""Benchmarks: ours beside its peers in one run, as ratios.

A time alone says nothing on a machine that others use too.

One module per bench, each with ``bench(rounds) -> Result``; ``scripts/bench`` runs them.
"""
