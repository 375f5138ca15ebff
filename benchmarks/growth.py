"""``python -m benchmarks.growth`` measures how time and memory grow with size, and adds that to results.json.

The exponent is that of the power of the size that fits the two largest of the sizes with a factor of ten between them:
1 is linear, 0 is a cost that does not grow.
"""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.verdict.diagnosis import Diagnosis
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures

from .__main__ import recorded
from .conftest import Act, seconds
from .table import Table

LONG = 0.05  # seconds that are enough for one measurement
TIMES = 7


def groups(size: int) -> Act:
    """A step and a read of the rates, with so many groups."""
    scheduler = optimspec.CosineAnnealingLR([0.1] * size, T_max=1000)

    def act() -> None:
        scheduler.step()
        scheduler.get_last_lr()

    return act


def weights(size: int) -> Act:
    optimizer = optimspec.Adam(lr=1e-3)
    optimizer.register_trainable_weights({"w": optimspec.ParamState(jnp.zeros(size, "float32"))})
    gradients = {"w": jnp.asarray(np.random.default_rng(0).normal(size=size).astype("float32"))}
    return lambda: optimizer.step(gradients)


def jump(size: int) -> Act:
    """A jump to a time, and a read of the rate there, in a schedule whose cycles grow."""
    scheduler = optimspec.CosineAnnealingWarmRestarts(0.1, T_0=10, T_mult=2)

    def act() -> None:
        scheduler.step(epoch=size)
        scheduler.get_last_lr()

    return act


def depth(size: int) -> Act:
    """A step and a read of a chain in a chain, so many deep."""
    scheduler: Any = optimspec.ExponentialLR(0.1, gamma=0.999)
    for _ in range(size):
        scheduler = optimspec.ChainedScheduler([scheduler])

    def act() -> None:
        scheduler.step()
        scheduler.get_last_lr()

    return act


def scenarios(size: int) -> Act:
    """The kit's own work for so many checks, taken evenly from all; the answers are in a table."""
    chosen = [case for case in cases() if case.trace is not None]
    chosen = [chosen[i * len(chosen) // size] for i in range(size)]
    table = Table()
    diagnosis = Diagnosis(table)
    return lambda: [judge(case, table, KnownFailures(), diagnosis) for case in chosen]


GROWTH: dict[str, tuple[Callable[[int], Act], list[int]]] = {
    "groups, a step and a read": (groups, [1, 10, 100, 1000]),
    "weights, a step of Adam": (weights, [10**3, 10**4, 10**5, 10**6, 10**7, 10**8]),
    "t, a jump and a read": (jump, [10**power for power in range(10)]),
    "checks, answered from a table": (scenarios, [10, 100, 1000, 5000]),
    "depth of a chain, a step and a read": (depth, [1, 2, 5, 10, 20, 50]),
}


def least(act: Act) -> float:
    """Seconds for a call: the least of several measurements, each of many calls."""
    act()
    calls = 1
    while (taken := _timed(act, calls)) < LONG:
        calls *= 2
    return min(taken, *(_timed(act, calls) for _ in range(TIMES))) / calls


def _timed(act: Act, calls: int) -> float:
    return seconds(lambda: [act() for _ in range(calls)])


def held(made: Callable[[int], Act], size: int) -> int:
    """The largest number of bytes that are held at once: Python's and numpy's, and the arrays of jax that are left."""
    before = set(_arrays())
    tracemalloc.start()
    act = made(size)
    act()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most + sum(size for array, size in _arrays().items() if array not in before)


def _arrays() -> dict[int, int]:
    """How many bytes each array of jax has."""
    return {id(array): array.nbytes for array in jax.live_arrays()}  # type: ignore[no-untyped-call]  # as jax has it


def exponent(sizes: list[int], costs: list[float]) -> float:
    """The exponent, from the largest size and the largest one of at most a tenth of it."""
    earlier = max(i for i, size in enumerate(sizes) if size * 10 <= sizes[-1])
    return round(math.log(costs[-1] / costs[earlier]) / math.log(sizes[-1] / sizes[earlier]), 2)


def main() -> None:
    growth = []
    for name, (made, sizes) in GROWTH.items():
        row: dict[str, Any] = {"what": name, "sizes": sizes}
        for kind, costs in (
            ("time", [least(made(size)) for size in sizes]),
            ("memory", [float(held(made, size)) for size in sizes]),
        ):
            times = [float(f"{cost / costs[0]:.3g}") for cost in costs]
            row[kind] = {"times": times, "exponent": exponent(sizes, costs)}
            print(f"{row[kind]['exponent']:>6}  {name}, {kind}: {times}", flush=True)
        growth.append(row)
    recorded(growth=growth)


if __name__ == "__main__":
    main()
