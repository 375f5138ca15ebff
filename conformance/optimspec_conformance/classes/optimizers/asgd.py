"""ASGD: spec/optimizers/asgd.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import averaged, set_value
from ...scenarios.values import Row
from ...scenarios.weights import VECTOR, optimizer_steps, training, weights
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Integer, Real
from ..faults import Fault, defaulting, ignoring, wrapping


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, lambd: Any, alpha: Any, t0: int) -> Array:
    rate = lr / (1 + lambd * lr * (k - 1)) ** alpha
    stepped: Array = (1 - lambd * rate) * p - rate * g
    slots["ax"] = mean(slots["ax"], stepped, k - t0 - 1)
    return stepped


def mean(before: Array, value: Array, count: int) -> Array:
    """The mean of ``count`` values, or the last one."""
    new: Array = before + (value - before) / count if count > 1 else value
    return new


def average(slots: Slots, p: Array, k: int, t0: int, **_: Any) -> Array:
    return slots["ax"] if k >= t0 + 2 else p


def one_step_late(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, lambd: Any, alpha: Any, t0: int
) -> Array:
    late = lr + 0 * p if k == 1 else slots["late"]
    slots["late"] = lr + 0 * p
    rate = late / (1 + lambd * late * (k - 1)) ** alpha
    stepped: Array = (1 - lambd * rate) * p - rate * g
    slots["ax"] = mean(slots["ax"], stepped, k - t0 - 1)
    return stepped


def falling_at_once(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: int, *args: Any, **hyper: Any) -> Any:
    lambd, alpha = hyper["lambd"], hyper["alpha"]
    faster = (1 + lambd * lr * (k - 1)) ** alpha / (1 + lambd * lr * k) ** alpha
    return at_rate(g, slots, p, lr / (1 + lambd * lr * (k - 1)) ** alpha * faster, k, lambd, hyper["t0"])


def without_rate_in_fall(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: int, *args: Any, **hyper: Any) -> Any:
    return at_rate(g, slots, p, lr / (1 + hyper["lambd"] * (k - 1)) ** hyper["alpha"], k, hyper["lambd"], hyper["t0"])


def without_decay(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: int, *args: Any, **hyper: Any) -> Any:
    lambd = hyper["lambd"]
    rate = lr / (1 + lambd * lr * (k - 1)) ** hyper["alpha"]
    return at_rate(g, slots, p, rate, k, 0 * lambd, hyper["t0"])


def decay_at_full_rate(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: int, *args: Any, **hyper: Any) -> Any:
    lambd = hyper["lambd"]
    rate = lr / (1 + lambd * lr * (k - 1)) ** hyper["alpha"]
    return at_rate(g, slots, p, rate, k, lambd * lr / rate if rate else lambd, hyper["t0"])


def at_rate(g: Array, slots: Slots, p: Array, rate: Any, k: int, lambd: Any, t0: int) -> Array:
    stepped: Array = (1 - lambd * rate) * p - rate * g
    slots["ax"] = mean(slots["ax"], stepped, k - t0 - 1)
    return stepped


def averaging_from(name: str, requirement: str, later: int) -> Fault:
    """The average begins another number of steps after t0."""

    def change(definition: OptimizerDefinition) -> OptimizerDefinition:
        update, average = definition.update, definition.averaged
        assert average is not None
        return replace(
            definition,
            update=lambda *args, t0, **hyper: update(*args, t0=t0 + later, **hyper),
            averaged=lambda slots, p, k, t0, **hyper: average(slots, p, k, t0=t0 + later, **hyper),
        )

    return Fault(name, requirement, change)


def running(slots: Slots, p: Array, k: int, **_: Any) -> Array:
    return slots["ax"]


def cases() -> Iterator[Case]:
    config = DEFINITION.config

    def watched(steps: int, moving: bool = False) -> list[Row]:
        rows = (optimizer_steps(1, first=k, moving=moving) for k in range(1, steps + 1))
        return [row for step in rows for row in (*step, averaged())]

    yield Case("ASGD-1", "twelve-steps", training(config()))
    yield Case("ASGD-1", "steep", training(config(alpha="1.5"), optimizer_steps(8)))
    yield Case("ASGD-1", "constant", training(config(alpha="0.0"), optimizer_steps(4)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 2, "gamma": "0.1"}
    yield Case("ASGD-1", "falling-rate", training(config(), watched(6, moving=True), scheduler=falling))
    warming = {"class": "WarmupScheduler", "base_lr": "0.2", "warmup_epochs": 3}
    yield Case("ASGD-1", "warm-up", training(config(), watched(6, moving=True), scheduler=warming))
    yield Case("ASGD-2", "strong", training(config(lambd="2.0"), optimizer_steps(6)))
    yield Case("ASGD-2", "without", training(config(lambd="0.0"), optimizer_steps(4)))
    yield Case("ASGD-2", "beside-weight-decay", training(config(weight_decay="0.3"), optimizer_steps(4)))
    for t0 in (0, 1, 2, 5):
        yield Case("ASGD-3", f"from-{t0}", training(config(t0=t0), watched(8)))
    bound = set_value(weights([VECTOR], scale=0.7))
    four = optimizer_steps(4, keys=[VECTOR])
    later = [*optimizer_steps(1, first=5, keys=[VECTOR]), averaged()]
    for requirement, name, t0 in (
        ("ASGD-3", "value-bound", 1),
        ("ASGD-3", "value-bound-at-the-first", 2),
        ("ASGD-4", "value-bound-just-before", 3),
        ("ASGD-4", "value-bound", 9),
    ):
        yield Case(requirement, name, training(config(t0=t0), [*four, bound, averaged(), *later], keys=[VECTOR]))
    yield Case("ASGD-4", "never", training(config(t0=100), watched(4)))
    yield Case("ASGD-5", "defaults", training({"class": "ASGD"}, watched(4)))
    strong = {"class": "ASGD", "lr": "3.0"}
    long = [*optimizer_steps(1), *optimizer_steps(3, first=2)]
    yield Case("ASGD-5", "default-lambd", training(strong, long) | {"weights": weights(scale=30.0)})
    yield Case("ASGD-5", "default-alpha", training({"class": "ASGD", "lr": "0.5", "lambd": "0.5"}, optimizer_steps(6)))


DEFINITION = OptimizerDefinition(
    name="ASGD",
    slots=["ax"],
    update=update,
    averaged=average,
    lr="0.01",
    parameters={
        "lambd": Real(NON_NEGATIVE, "0.0001", "OPT-28"),
        "alpha": Real(NON_NEGATIVE, "0.75", "OPT-28"),
        "t0": Integer(0, 1_000_000, "OPT-28"),
    },
    example={"lambd": "0.3", "alpha": "0.6", "t0": 0},
    cases=cases,
    defaults="ASGD-5",
    laws={"OPT-41": {"lambd": "0.0"}},
    uses_step_count=True,
    profile="field",
    conventions=(Convention("torch", "a rate acts one step late", ("ASGD-1", "OPT-1", "OPT-5"), one_step_late),),
    faults=(
        wrapping("the rate falls one step early", "ASGD-1", falling_at_once),
        wrapping("the rate falls whatever its size", "ASGD-1", without_rate_in_fall),
        ignoring("alpha ignored", "ASGD-1", alpha=0.75),
        ignoring("the rate does not fall", "ASGD-1", alpha=0),
        wrapping("a rate acts one step late", "ASGD-1", lambda original, *args, **hyper: one_step_late(*args, **hyper)),
        wrapping("lambd does not decay the weight", "ASGD-2", without_decay),
        wrapping("lambd decays at the full rate", "ASGD-2", decay_at_full_rate),
        averaging_from("the average begins one step early", "ASGD-3", -1),
        averaging_from("the average begins one step late", "ASGD-3", 1),
        Fault("averaged gives the last step before its time", "ASGD-4", lambda d: replace(d, averaged=running)),
        defaulting("lambd 1e-3 by default", "ASGD-5", lambd="0.001"),
        defaulting("alpha 0.5 by default", "ASGD-5", alpha="0.5"),
        defaulting("an average from the start by default", "ASGD-5", t0=0),
    ),
)
