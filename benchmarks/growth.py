"""``python -m benchmarks.growth`` measures how cost grows with size, and adds that to results.json.

The exponent is that of the power of the size that fits the two largest of the sizes with a factor of ten between them:
1 is linear, 0 is a cost that does not grow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable
from time import perf_counter
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimspec

from .__main__ import RESULTS

Act = Callable[[], object]
LONG = 0.05  # seconds that are enough for one measurement
TIMES = 7


def groups(size: int) -> Act:
    """A step, and a read of the rates of so many groups."""
    scheduler = optimspec.CosineAnnealingLR([0.1] * size, T_max=1000)

    def act() -> None:
        scheduler.step()
        scheduler.get_last_lr()

    return act


def weights(size: int) -> Act:
    optimizer = optimspec.Adam(lr=1e-3)
    optimizer.register_trainable_weights({"w": optimspec.ParamState(jnp.zeros(size, "float32"))})
    gradients: dict[Hashable, Any] = {"w": jnp.asarray(np.random.default_rng(0).normal(size=size).astype("float32"))}
    return lambda: optimizer.step(gradients)


def jump(size: int) -> Act:
    """To a time, and a read of the rate there, in a schedule whose cycles grow."""
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


GROWTH: dict[str, tuple[Callable[[int], Act], list[int]]] = {
    "groups, a step and a read": (groups, [1, 10, 100, 1000]),
    "weights, a step of Adam": (weights, [10**3, 10**4, 10**5, 10**6, 10**7, 10**8]),
    "t, a jump and a read": (jump, [10**power for power in range(10)]),
    "depth of a chain, a step and a read": (depth, [1, 2, 5, 10, 20, 50]),
}


def seconds(act: Act) -> float:
    """The least of several measurements, each of as many calls as take a while."""
    act()
    calls, taken = 1, 0.0
    while taken < LONG:
        began = perf_counter()
        for _ in range(calls):
            act()
        taken = perf_counter() - began
        calls *= 2
    return min(taken, *(_timed(act, calls // 2) for _ in range(TIMES))) / (calls // 2)


def _timed(act: Act, calls: int) -> float:
    began = perf_counter()
    for _ in range(calls):
        act()
    return perf_counter() - began


def exponent(sizes: list[int], costs: list[float]) -> float:
    """Of the largest size and the largest that is no more than a tenth of it."""
    earlier = max(i for i, size in enumerate(sizes) if size * 10 <= sizes[-1])
    return math.log(costs[-1] / costs[earlier]) / math.log(sizes[-1] / sizes[earlier])


def main() -> None:
    content = json.loads(RESULTS.read_text(encoding="utf-8"))
    content["growth"] = []
    for name, (made, sizes) in GROWTH.items():
        costs = [seconds(made(size)) for size in sizes]
        times = [float(f"{cost / costs[0]:.3g}") for cost in costs]
        power = round(exponent(sizes, costs), 2)
        content["growth"].append({"what": name, "sizes": sizes, "times": times, "exponent": power})
        print(f"{power:>6}  {name}: {times}")
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
