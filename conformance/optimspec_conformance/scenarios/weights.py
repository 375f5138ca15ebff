"""Weights and gradients for the scenarios of optimizers: pseudo-random, and the same on every machine."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from .operations import add_param_group, optimizer_step, step
from .values import Json, Row, Scenario, array, number

VECTOR, MATRIX, SCALAR, TENSOR = "v", "m", "s", "t"
SHAPES = {VECTOR: [5], MATRIX: [2, 3], SCALAR: [], TENSOR: [3, 1, 2]}
KEYS = [VECTOR, MATRIX]  # scenarios share these, as an implementation may compile for each set of shapes
ALL = list(SHAPES)
RATES = ("base_lr", "max_lr", "min_lr")  # of which a scheduler may have one for each group


def _size(shape: list[int]) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def as_matrices(scenario: Json) -> Json:
    """A scenario whose arrays all have two axes: the first one, and all others joined into one."""
    if isinstance(scenario, list):
        return [as_matrices(entry) for entry in scenario]
    if not isinstance(scenario, dict):
        return scenario
    if "shape" in scenario:
        rows, *others = scenario["shape"] or [1]
        return {**scenario, "shape": [rows, _size(others)]}
    return {name: as_matrices(value) for name, value in scenario.items()}


def with_one_rate(scenario: Scenario) -> Scenario:
    """A scenario without rates of single groups, except those that every optimizer refuses."""

    def without_rate(row: Row) -> Row:
        accepted = row["op"] == "optimizer.add_param_group" and float(row.get("lr", "-1.0")) >= 0
        return {name: value for name, value in row.items() if name != "lr"} if accepted else row

    scheduler = scenario.get("scheduler", {})
    rates = {name: value[0] for name, value in scheduler.items() if name in RATES and isinstance(value, list)}
    one: Scenario = {"scheduler": scheduler | rates} if rates else {}
    return scenario | one | {"do": [without_rate(row) for row in scenario["do"]]}


def weights(keys: Iterable[str] = KEYS, dtype: str = "float32", scale: float = 1.5) -> list[Json]:
    """Registered weights of both signs, around 1 by default."""
    return [[key, _numbers(f"weight {key}", SHAPES[key], scale, False, dtype)] for key in keys]


def zeros(keys: Iterable[str] = KEYS, dtype: str = "float32") -> list[Json]:
    """Registered weights that start at 0, so that their values are the sum of all updates."""
    return [[key, array([0.0] * _size(SHAPES[key]), SHAPES[key], dtype)] for key in keys]


def gradients(
    k: int, keys: Iterable[str] = KEYS, scale: float = 1.0, dense: bool = False, dtype: str = "float32"
) -> list[Json]:
    """The gradients of step k: signs change, zeros come and go, and a vector's last coordinate stays at zero."""
    return [[key, _numbers(f"gradient {key} {k}", SHAPES[key], scale, not dense, dtype)] for key in keys]


def _numbers(seed: str, shape: list[int], scale: float, zeros: bool, dtype: str) -> Json:
    random = Random(seed)
    size = _size(shape)
    values = [scale * random.uniform(0.2, 1.2) * random.choice((-1, 1)) for _ in range(size)]
    if zeros and size > 1:
        values = [0.0 if i == size - 1 or random.random() < 0.1 else value for i, value in enumerate(values)]
    return array(values, shape, dtype)


def with_element(pairs: list[Json], value: float) -> list[Json]:
    """Gradients with the first element of the first array replaced, such as by nan."""
    (key, first), *others = pairs
    return [[key, {**first, "data": [number(value), *first["data"][1:]]}], *others]


def descent(k: int, keys: Iterable[str], scale: float = 1.0, dtype: str = "float32") -> list[Json]:
    """The gradients of step k of a descent into a bowl: each element decays at its own rate."""

    def faded(first: Json) -> Json:
        values = [float(g) * (0.9 - 0.06 * i) ** (k - 1) for i, g in enumerate(first["data"])]
        return array(values, first["shape"], dtype)

    return [[key, faded(first)] for key, first in gradients(1, keys, scale, dense=True, dtype=dtype)]


def optimizer_steps(
    steps: int = 12,
    *,
    first: int = 1,
    moving: bool = False,
    fading: bool = False,
    smooth: bool = False,
    scale: float = 1.0,
    dense: bool = False,
    keys: Iterable[str] = KEYS,
    dtype: str = "float32",
) -> list[Row]:
    """Updates of all weights. ``moving``: the scheduler steps after each; ``fading``: each gradient is half the last.

    ``smooth``: gradients that change little from step to step, as in ``descent``.
    """
    keys = list(keys)
    rows: list[Row] = []
    for k in range(first, first + steps):
        step_scale = scale * (0.5**k if fading else 1.0)
        rows.append(
            optimizer_step(
                descent(k, keys, step_scale, dtype) if smooth else gradients(k, keys, step_scale, dense, dtype)
            )
        )
        if moving:
            rows.append(step())
    return rows


def group(key: str, **options: Json) -> Row:
    """Add a group with one more weight."""
    return add_param_group(weights([key]), **options)


def training(
    optimizer: Scenario,
    do: list[Row] | None = None,
    scheduler: Scenario | None = None,
    keys: Iterable[str] = KEYS,
    dtype: str = "float32",
) -> Scenario:
    """An optimizer over the weights, for twelve steps by default, on a scheduler if one is given."""
    scenario = {"optimizer": optimizer, "weights": weights(keys, dtype), "do": optimizer_steps() if do is None else do}
    return (
        scenario
        if scheduler is None
        else {"scheduler": scheduler, **scenario, "optimizer": optimizer | {"lr": "@scheduler"}}
    )
