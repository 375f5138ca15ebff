"""ScheduleFreeSGD: spec/optimizers/schedule_free_sgd.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from .. import averaging
from ..averaging import averaged_step, warmed
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Integer, Real
from ..faults import defaulting, wrapping


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
) -> Array:
    rate = warmed(lr, k, warmup_steps)
    return averaged_step(slots, p, rate * g, rate, k, momentum, r, weight_lr_power)


def average(slots: Slots, p: Array, k: int, momentum: Any, **_: Any) -> Array:
    x: Array = (p - (1 - momentum) * slots["z"]) / momentum
    return x


def warming_late(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
) -> Array:
    step = warmed(lr, k - 1, warmup_steps) * g
    return averaged_step(slots, p, step, warmed(lr, k, warmup_steps), k, momentum, r, weight_lr_power)


def with_momentum(original: Any, g: Array, slots: Slots, *args: Any, **hyper: Any) -> Any:
    slots["m"] = hyper["momentum"] * slots.get("m", 0 * g) + g
    return original(slots["m"], slots, *args, **hyper)


def of_x(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return change


def cases() -> Iterator[Case]:
    yield from averaging.cases("SFSGD", DEFINITION)
    yield Case("SFSGD-1", "decay", training(DEFINITION.config(weight_decay="0.7"), optimizer_steps(8)))
    yield Case("SFSGD-7", "defaults", training({"class": "ScheduleFreeSGD"}, optimizer_steps(6, scale=0.1)))
    rising = {"class": "WarmupScheduler", "base_lr": "0.2", "warmup_epochs": 4, "warmup_start_lr": "0.02"}
    moving = training({"class": "ScheduleFreeSGD"}, optimizer_steps(6, moving=True), scheduler=rising)
    yield Case("SFSGD-7", "default-weight_lr_power", moving)


DEFINITION = OptimizerDefinition(
    name="ScheduleFreeSGD",
    slots=averaging.AVERAGED,
    update=update,
    averaged=average,
    lr="1.0",
    parameters={
        "momentum": Real("(0, 1)", "0.9", "OPT-28"),
        "warmup_steps": Integer(0, 0, "OPT-28"),
        "r": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "weight_lr_power": Real(NON_NEGATIVE, "2.0", "OPT-28"),
    },
    example={"momentum": "0.8"},
    counting={"r": "0.5"},
    variations={"warming": {"warmup_steps": 4}, "curved": {"r": "1.5", "weight_lr_power": "1.0"}},
    cases=cases,
    defaults="SFSGD-7",
    laws={"OPT-41": {}},
    uses_step_count=True,
    exempt=("OPT-5",),
    profile="field",
    conventions=(
        Convention(
            "optax", "the warm-up of a step is one behind that of its average", ("SFSGD-2", "SFSGD-3"), warming_late
        ),
    ),
    faults=(
        *averaging.faults("SFSGD", "momentum", of_x),
        averaging.keeping_average("SFSGD-5"),
        wrapping("a momentum as that of SGD", "SFSGD-1", with_momentum),
        defaulting("momentum 0.95 by default", "SFSGD-7", momentum="0.95"),
        defaulting("a warm-up by default", "SFSGD-7", warmup_steps=10),
        defaulting("weight_lr_power 1 by default", "SFSGD-7", weight_lr_power="1.0"),
    ),
)
