"""What benchmarks share: two sides of a comparison are measured in turns, and what is measured says its bound."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import jax
import pytest

Act = Callable[[], object]
Beside = Callable[..., None]
Measured = Callable[..., None]


@pytest.fixture
def beside(benchmark: Any) -> Beside:
    """Measure an act and a peer's: ``beside(ours, theirs, what, peer, bound)``, in alternating rounds.

    ``bound`` is the largest ratio, ours to the peer's, that is aimed at. A round has many calls of a short act.
    """

    def measure(ours: Act, theirs: Act, what: str, peer: str, bound: float, rounds: int = 15, calls: int = 1) -> None:
        def of(act: Act) -> Act:
            def repeated() -> None:
                for _ in range(calls):
                    act()

            return repeated

        times: list[float] = []

        def timed() -> None:
            times.append(seconds(of(theirs)))

        theirs()  # compiled, and in the caches
        ours()
        benchmark.group = what
        benchmark.pedantic(of(ours), setup=timed, rounds=rounds, warmup_rounds=2)
        benchmark.extra_info.update(
            peer=peer, bound=bound, theirs={"median": median(times[-rounds:]), "min": min(times[-rounds:])}
        )

    return measure


def seconds(act: Act) -> float:
    began = perf_counter()
    act()
    return perf_counter() - began


def waited(arrays: Any) -> Any:
    """Wait until arrays are computed, and return them."""
    return jax.block_until_ready(arrays)  # type: ignore[no-untyped-call]  # jax leaves it without annotations


@pytest.fixture
def measured(benchmark: Any) -> Measured:
    """Measure an act by itself: ``measured(act, what, unit, bound)``. The result is ``value`` of the median seconds."""

    def measure(
        act: Act,
        what: str,
        unit: str,
        bound: float,
        rounds: int = 1,
        value: Callable[[float], float] = lambda taken: taken,
    ) -> None:
        benchmark.group = what
        benchmark.pedantic(act, rounds=rounds)
        benchmark.extra_info.update(unit=unit, bound=bound, value=value(benchmark.stats.stats.median))

    return measure
