"""Shared by the schedule-free classes: the average of the steps, and the mistakes in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..scenarios.case import Case
from ..scenarios.operations import averaged, optimizer_step, read, set_value
from ..scenarios.values import Json, Row, array
from ..scenarios.weights import KEYS, VECTOR, gradients, optimizer_steps, training, weights
from .definition import Array, OptimizerDefinition, Slots
from .faults import Fault, changing, ignoring, wrapping

AVERAGED = ["z", "sum", "largest"]  # slots; the numbers of a weight are kept for each of its elements


def warmed(lr: Any, k: int, warmup_steps: int) -> Any:
    """The rate of step k in a warm-up."""
    one = 1 + 0 * lr  # so that it is computed in the arithmetic of the rate
    return lr * min(one, one * k / warmup_steps) if warmup_steps else lr


def averaged_step(
    slots: Slots, p: Array, step: Array, rate: Any, k: int, beta: Any, r: Any, power: Any, first: Any = None
) -> Array:
    """The next y, after z has made a ``step``; ``rate`` is that by which the average weighs it."""
    slots["largest"] = np.maximum(slots["largest"], rate + 0 * p)
    weight = (k + 0 * rate) ** r * slots["largest"] ** power
    slots["sum"] = slots["sum"] + weight
    c = weight / np.where(slots["sum"] == 0, 1 + 0 * p, slots["sum"])
    return with_share(slots, p, step, c, k, beta, first)


def with_share(slots: Slots, p: Array, step: Array, c: Any, k: int, beta: Any, first: Any = None) -> Array:
    """The next y, where the average takes a share c of z. ``first`` is z before the first step, by default y."""
    z = slots["z"] if k > 1 else p if first is None else first
    slots["z"] = z - step
    stepped: Array = (1 - c) * p + c * z - (1 - beta * (1 - c)) * step
    return stepped


def fault_of_average(name: str, requirement: str, average: Callable[..., Array]) -> Fault:
    return Fault(name, requirement, lambda definition: replace(definition, averaged=average))


def one_behind(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: int, *args: Any, **hyper: Any) -> Any:
    before, now = (warmed(1 + 0 * lr, i, hyper["warmup_steps"]) for i in (k - 1, k))
    return original(g, slots, p, lr * (before / now), k, *args, **hyper)


def without_largest(original: Any, g: Any, slots: Any, *args: Any, **hyper: Any) -> Any:
    slots["largest"] = 0 * slots["largest"]
    return original(g, slots, *args, **hyper)


def skip_at_zero(original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any, **hyper: Any) -> Any:
    return original(g, slots, p, lr, *args, **hyper) if lr else p


def drift_at_zero(original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any, **hyper: Any) -> Any:
    stepped = original(g, slots, p, lr, *args, **hyper)
    slots["z"] = slots["z"] if lr else slots["z"] - g / 8
    return stepped


def faults(prefix: str, beta: str, blended: Callable[[Callable[[Any], Any]], Callable[[Any], Any]]) -> Iterator[Fault]:
    """The faults of a schedule-free class. ``blended`` changes the factor of x in the hyperparameter ``beta``."""
    yield ignoring("warmup_steps ignored", f"{prefix}-2", warmup_steps=0)
    yield wrapping("a warm-up that begins at 0", f"{prefix}-2", one_behind)
    yield changing("a warm-up of one step more", f"{prefix}-2", warmup_steps=lambda steps: steps + 1)
    yield ignoring("r ignored", f"{prefix}-3", r=0)
    yield ignoring("weight_lr_power ignored", f"{prefix}-3", weight_lr_power=2)
    yield ignoring("all steps have the same share of the average", f"{prefix}-3", r=0, weight_lr_power=0)
    yield wrapping("the rate of the step in place of the largest", f"{prefix}-3", without_largest)
    yield changing("the value is z", f"{prefix}-4", **{beta: blended(lambda b: 0 * b)})
    yield changing("the value is the average", f"{prefix}-4", **{beta: blended(lambda b: 1 + 0 * b)})
    yield changing("the value is β·z + (1 − β)·x", f"{prefix}-4", **{beta: blended(lambda b: 1 - b)})
    yield fault_of_average("averaged gives z", f"{prefix}-5", lambda slots, p, k, **_: slots["z"])
    yield wrapping("a step at rate 0 is skipped", f"{prefix}-6", skip_at_zero)
    yield wrapping("z moves at rate 0", f"{prefix}-6", drift_at_zero)


def keeping_average(requirement: str) -> Fault:
    """A fault: the average after the step, even if the user has replaced the weight since."""

    def change(definition: OptimizerDefinition) -> OptimizerDefinition:
        average, update = definition.averaged, definition.update
        assert average is not None

        def stepped(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Array:
            y = update(g, slots, p, lr, k, sqrt, **hyper)
            parameters = {name: hyper[name] for name in definition.parameters}
            slots["kept"] = average(slots, y, k, **parameters)
            return y

        return replace(definition, update=stepped, averaged=lambda slots, p, k, **_: slots["kept"])

    return Fault("averaged does not see what the user has bound", requirement, change)


def cases(prefix: str, definition: OptimizerDefinition) -> Iterator[Case]:
    """The cases of a schedule-free class that are about its average."""
    config = definition.config

    def watched(count: int = 8, first: int = 1, keys: list[Json] = KEYS, moving: bool = False) -> list[Row]:
        rows = (optimizer_steps(1, first=k, keys=keys, moving=moving) for k in range(first, first + count))
        return [row for steps in rows for row in (*steps, averaged())]

    yield Case(f"{prefix}-1", "twelve-steps", training(config()))
    yield Case(f"{prefix}-1", "starts-from-the-value", training(config(), watched(3)))
    exactly = [row for k in range(1, 7) for row in (*optimizer_steps(1, first=k, dtype="float64"), averaged())]
    double = training(config(lr="0.1"), exactly, dtype="float64")
    yield Case(f"{prefix}-3", "float64", double, options={"may_refuse": True})
    yield Case(f"{prefix}-1", "rate-of-one", training(config(lr="1.0"), optimizer_steps(4)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.7"}
    rising = {"class": "WarmupScheduler", "base_lr": "0.2", "warmup_epochs": 4, "warmup_start_lr": "0.02"}
    for name, steps in {"four": 4, "one": 1, "far": 40}.items():
        yield Case(f"{prefix}-2", name, training(config(warmup_steps=steps), watched(6)))
    warming = training(config(warmup_steps=3), watched(6, moving=True), scheduler=falling)
    yield Case(f"{prefix}-2", "falling-rate", warming)
    for name, scheduler in {"falling-rate": falling, "rising-rate": rising}.items():
        yield Case(f"{prefix}-3", name, training(config(), watched(6, moving=True), scheduler=scheduler))
        curved = config(r="1.5", weight_lr_power="1.0")
        yield Case(f"{prefix}-3", f"curved-{name}", training(curved, watched(6, moving=True), scheduler=scheduler))
    yield Case(f"{prefix}-3", "through-a-warm-up", training(config(warmup_steps=4), watched(6)))
    yield Case(f"{prefix}-3", "equal-shares", training(config(weight_lr_power="0.0"), watched(5)))
    yield Case(f"{prefix}-4", "eight-steps", training(config(), watched()))
    bound = [*optimizer_steps(3, keys=[VECTOR]), set_value(weights([VECTOR], scale=0.7)), averaged()]
    yield Case(f"{prefix}-5", "value-bound", training(config(), [*bound, *watched(2, 4, [VECTOR])], keys=[VECTOR]))
    from_zero = {"class": "PiecewiseConstantSchedule", "boundaries": [3], "values": ["0.0", "0.2"]}
    at_zero = [*optimizer_steps(2, keys=[VECTOR], moving=True), set_value(weights([VECTOR], scale=0.7)), averaged()]
    then = [*at_zero, *watched(4, 3, [VECTOR], moving=True)]
    yield Case(f"{prefix}-5", "value-bound-at-rate-zero", training(config(), then, scheduler=from_zero, keys=[VECTOR]))
    to_zero = {"class": "PiecewiseConstantSchedule", "boundaries": [3], "values": ["0.2", "0.0"]}
    for name, zero in {"falls-to": to_zero, "rises-from": from_zero}.items():
        yield Case(f"{prefix}-6", f"{name}-zero", training(config(), watched(6, moving=True), scheduler=zero))
    between = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 4], "values": ["0.2", "0.0", "0.1"]}
    yield Case(f"{prefix}-6", "zero-between", training(config(), watched(6, moving=True), scheduler=between))
    still = [optimizer_step([[key, array([0.0] * len(g["data"]), g["shape"])] for key, g in gradients(1)]), averaged()]
    yield Case(f"{prefix}-6", "never", training(config(lr="0.0"), [*watched(2), *still, read()]))
