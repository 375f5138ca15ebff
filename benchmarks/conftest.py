"""What benchmarks share: one side of a comparison is measured, and says what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import pytest

Measure = Callable[..., None]
OURS = "optimspec"


@pytest.fixture
def side(benchmark: Any) -> Measure:
    """Measure a side: ``side(act, group, name, bound)``. The two sides of a group run one after the other.

    ``bound`` is the largest ratio, ours to the peer's, that is aimed at. A round has many calls of a short act.
    """

    def measure(
        act: Callable[[], object], group: str, name: str, bound: float, rounds: int = 15, calls: int = 1
    ) -> None:
        act()  # compiled, and in the caches
        benchmark.group = group
        benchmark.extra_info.update(side=name, bound=bound)
        benchmark.pedantic(act, rounds=rounds, iterations=calls, warmup_rounds=1)

    return measure


def waited(arrays: Any) -> Any:
    """Arrays, when they are computed."""
    return jax.block_until_ready(arrays)  # type: ignore[no-untyped-call]  # jax leaves it without annotations
