"""ScheduleFreeAdamW: spec/optimizers/schedule_free_adamw.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from .. import averaging
from ..averaging import averaged_step, warmed, with_share
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Integer, Pair, Real
from ..faults import defaulting, formula, ignoring, wrapping
from ..rule_faults import betas_swapped, epsilon_inside, rooting, without_correction, wrongly_decaying


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    rate = warmed(lr, k, warmup_steps)
    direction = scaled(g, slots, k, sqrt, betas[1], eps) + weight_decay * p
    return averaged_step(slots, p, at(rate, direction), rate, k, betas[0], r, weight_lr_power)


def scaled(g: Array, slots: Slots, k: int, sqrt: Any, beta2: Any, eps: Any) -> Array:
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    divided: Array = g / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    return divided


def at(rate: Any, direction: Array) -> Array:
    """A step, which is 0 at rate 0 even if the direction is not finite."""
    step: Array = rate * direction if rate else 0 * rate + 0 * direction
    return step


def average(slots: Slots, p: Array, k: int, betas: tuple[Any, Any], **_: Any) -> Array:
    x: Array = (p - (1 - betas[0]) * slots["z"]) / betas[0]
    return x


def warming_late(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    direction = scaled(g, slots, k, sqrt, betas[1], eps) + weight_decay * p
    step = at(warmed(lr, k - 1, warmup_steps), direction)
    return averaged_step(slots, p, step, warmed(lr, k, warmup_steps), k, betas[0], r, weight_lr_power)


def with_equal_shares(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    step = at(warmed(lr, k, warmup_steps), scaled(g, slots, k, sqrt, betas[1], eps))
    share = (1 + 0 * lr) / k
    return with_share(slots, p - lr * weight_decay * p, step, share, k, betas[0], first=p)


def warming_longer(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    rate = warmed(lr, k, warmup_steps + 1)
    direction = scaled(g, slots, k, sqrt, betas[1], eps) + weight_decay * p
    slots["largest"] = 0 * slots["largest"]
    return averaged_step(slots, p, at(rate, direction), rate, k, betas[0], r, weight_lr_power)


def correcting_the_rate(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    rate = warmed(lr, k, warmup_steps) * sqrt(1 - betas[1] ** k)
    slots["v"] = betas[1] * slots["v"] + (1 - betas[1]) * g * g
    direction = g / (sqrt(slots["v"]) + eps) + weight_decay * p
    return averaged_step(slots, p, at(rate, direction), rate, k, betas[0], r, weight_lr_power)


def decaying_z(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any],
    eps: Any,
    warmup_steps: int,
    r: Any,
    weight_lr_power: Any,
    weight_decay: Any,
) -> Array:
    rate = warmed(lr, k, warmup_steps)
    direction = scaled(g, slots, k, sqrt, betas[1], eps) + weight_decay * (p if k == 1 else slots["z"])
    return averaged_step(slots, p, at(rate, direction), rate, k, betas[0], r, weight_lr_power)


def of_x(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda betas: (change(betas[0]), betas[1])


def cases() -> Iterator[Case]:
    yield from averaging.cases("SFADAMW", DEFINITION)
    config = DEFINITION.config
    yield Case("SFADAMW-1", "large-eps", training(config(eps="0.3")))
    yield Case("SFADAMW-1", "slow-betas", training(config(betas=["0.9", "0.999"])))
    yield Case("SFADAMW-1", "far-from-z", training(config(lr="0.5", weight_decay="0.4"), optimizer_steps(8)))
    yield Case("SFADAMW-9", "decay", training(config(weight_decay="0.7"), optimizer_steps(8)))
    yield Case("SFADAMW-9", "no-decay", training(config(weight_decay="0.0"), optimizer_steps(4)))
    yield Case("SFADAMW-7", "defaults", training({"class": "ScheduleFreeAdamW"}, optimizer_steps(4, scale=10.0)))
    plain = {"class": "ScheduleFreeAdamW", "lr": "0.1"}
    yield Case("SFADAMW-7", "default-betas", training({**plain, "eps": "0.01"}, optimizer_steps(8)))
    rising = {"class": "WarmupScheduler", "base_lr": "0.2", "warmup_epochs": 4, "warmup_start_lr": "0.02"}
    moving = optimizer_steps(6, moving=True)
    yield Case("SFADAMW-7", "default-weight_lr_power", training({**plain, "eps": "0.01"}, moving, scheduler=rising))
    yield Case("SFADAMW-7", "default-eps", training(plain, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="ScheduleFreeAdamW",
    slots=["v", *averaging.AVERAGED],
    update=update,
    averaged=average,
    lr="0.0025",
    parameters={
        "betas": Pair("(0, 1)", ["0.9", "0.999"], "SFADAMW-8"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
        "warmup_steps": Integer(0, 0, "OPT-28"),
        "r": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "weight_lr_power": Real(NON_NEGATIVE, "2.0", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "weight_decay": "0.02"},
    variations={"warming": {"warmup_steps": 4}, "curved": {"r": "1.5", "weight_lr_power": "1.0"}},
    cases=cases,
    defaults="SFADAMW-7",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    exempt=("OPT-5",),
    profile="field",
    conventions=(
        Convention(
            "optax",
            "the warm-up of a step is one behind that of its average",
            ("SFADAMW-2", "SFADAMW-3"),
            warming_late,
        ),
        Convention(
            "keras",
            "the average has the same weight for all steps, and weight decay comes before the step",
            ("SFADAMW-1", "SFADAMW-3", "SFADAMW-9"),
            with_equal_shares,
        ),
        Convention(
            "heavyball",
            "the warm-up is one step longer, and the average follows the rate of each step",
            ("SFADAMW-2", "SFADAMW-3", "SFADAMW-7"),
            warming_longer,
            defaults={"betas": ["0.9", "0.99"], "eps": "1e-06"},
        ),
        Convention(
            "paper",
            "the bias correction is a factor of the rate",
            ("SFADAMW-1", "SFADAMW-2"),
            correcting_the_rate,
        ),
    ),
    faults=(
        *averaging.faults("SFADAMW", "betas", of_x),
        averaging.keeping_average("SFADAMW-5"),
        wrapping("no bias correction", "SFADAMW-1", without_correction(first=False, second=True)),
        epsilon_inside("SFADAMW-1"),
        betas_swapped("SFADAMW-1"),
        ignoring("epsilon ignored", "SFADAMW-1", eps=0),
        rooting("no root", "SFADAMW-1", lambda sqrt, x, **_: x),
        formula("weight decay of z", "SFADAMW-1", decaying_z),
        *wrongly_decaying("SFADAMW-9", None),
        defaulting("β₂ = 0.99 by default", "SFADAMW-7", betas=["0.9", "0.99"]),
        defaulting("eps 1e-6 by default", "SFADAMW-7", eps="1e-06"),
        defaulting("a warm-up by default", "SFADAMW-7", warmup_steps=10),
        defaulting("weight_lr_power 1 by default", "SFADAMW-7", weight_lr_power="1.0"),
    ),
)
