"""SGD: spec/optimizers/sgd.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import EXPONENTIAL
from ...scenarios.operations import new, optimizer_load, optimizer_save, optimizer_step, read, register
from ...scenarios.values import Json, Row, array, decode_key
from ...scenarios.weights import (
    KEYS,
    MATRIX,
    SCALAR,
    VECTOR,
    gradients,
    group,
    optimizer_steps,
    training,
    weights,
    with_element,
    zeros,
)
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Boolean, Real
from ..faults import changing, ignoring, overriding, wrapping
from ..rule_conventions import DECAYED_BEFORE
from ..rule_faults import dampened, dampened_later


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, nesterov: bool) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * (g + momentum * slots["v"] if nesterov else slots["v"])
    return stepped


def rate_inside(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, nesterov: bool) -> Array:
    slots["v"] = momentum * slots["v"] + lr * g
    return p - (lr * g + momentum * slots["v"] if nesterov else slots["v"])


def momentum_only(original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, **hyper: Any) -> Array:
    stepped: Array = original(g, slots, p, lr, *args, **hyper)
    return stepped + lr * g if hyper["nesterov"] else stepped


ANY_ERROR: dict[str, Json] = {"error": "any"}


def gradient_of_another_dtype() -> Case:
    """A step that is exact in float32 and in float64, so that the dtype of the gradient makes no difference."""
    weight: Json = [["w", array([0.5, -1.5, 2.0])]]
    same, other = (
        {**training(DEFINITION.config(), [optimizer_step([["w", array([1.0, 0.5, -0.25], dtype=dtype)]]), read()])}
        | {"weights": weight}
        for dtype in ("float32", "float64")
    )
    return Case(
        "OPT-11", "a-gradient-in-float64", other, other=same, rows=1, options={"unless_refused": 1, **ANY_ERROR}
    )


def take_dtype_of_gradient(self: Any, original: Any, grads: Any) -> None:
    original(grads)
    for key, gradient in grads if isinstance(grads, list) else []:
        weight = self.weights[decode_key(key)]
        weight.dtype = gradient.get("dtype", weight.dtype)


def clip_by_finite_norm(self: Any, original: Any, arrays: Any) -> Any:
    finite = all(math.isfinite(float(value)) for g in arrays.values() for value in g)
    return original(arrays) if finite else arrays


def keep_rate_of_new_groups(self: Any, original: Any, state: Any) -> None:
    original({**state, "default_lr": getattr(self.rates, "default_lr", None)})


def cases() -> Iterator[Case]:
    plain, heavy = DEFINITION.config(), DEFINITION.config(momentum="0.8")
    nesterov = heavy | {"nesterov": {"bool": True}}
    yield Case("SGD-1", "twelve-steps", training(plain))
    yield Case("SGD-1", "one-step", training(plain, optimizer_steps(1)))
    yield Case("SGD-2", "twelve-steps", training(heavy))
    yield Case("SGD-2", "momentum-above-one", training(heavy | {"momentum": "1.1"}, optimizer_steps(4)))
    yield Case("SGD-3", "twelve-steps", training(nesterov))
    yield Case("SGD-3", "no-momentum", training(plain | {"nesterov": {"bool": True}}, optimizer_steps(3)))
    yield Case("SGD-4", "first-steps", training(heavy, optimizer_steps(2)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    yield Case("SGD-5", "tenth-by-tenth", training(heavy, optimizer_steps(5, moving=True), scheduler=falling))
    slower = falling | {"gamma": "0.7"}
    yield Case("SGD-2", "falling-rate", training(heavy, optimizer_steps(4, moving=True), scheduler=slower))
    yield Case("SGD-3", "falling-rate", training(nesterov, optimizer_steps(4, moving=True), scheduler=slower))
    yield Case(
        "SGD-5",
        "tenth-by-tenth-nesterov",
        training(nesterov, optimizer_steps(5, moving=True), scheduler=falling),
    )
    yield Case("SGD-6", "defaults", training({"class": "SGD"}, optimizer_steps(3, scale=10.0), scheduler=None))
    yield Case(
        "SGD-6",
        "default-nesterov",
        training({"class": "SGD", "lr": "0.1", "momentum": "0.7"}, optimizer_steps(3), scheduler=None),
    )
    three_groups = EXPONENTIAL | {"base_lr": ["0.05", "0.02", "0.3"]}
    late_registration = [
        register(weights([MATRIX])),
        group(SCALAR),
        *optimizer_steps(2, keys=[*KEYS, SCALAR]),
    ]
    yield Case(
        "OPT-30",
        "behind-a-late-registration",
        training(plain, late_registration, scheduler=three_groups, keys=[VECTOR]),
    )
    refused = [group(SCALAR, lr="-1.0"), group(SCALAR, weight_decay="-1.0")]
    yield Case("OPT-29", "of-a-group", training(plain, refused, keys=[VECTOR]), options={"error": "names"})
    tiny = training(DEFINITION.config(grad_clip_norm="1e-31"), optimizer_steps(3, scale=1e-30, dtype="float64"))
    in_float64 = tiny | {"weights": zeros(dtype="float64")}
    yield Case("OPT-36", "tiny-in-float64", in_float64, options={"may_refuse": True})
    clipped = DEFINITION.config(grad_clip_norm="0.7")
    huge = optimizer_steps(3, scale=2.8e38)  # neither their squares nor their norm is a float32
    infinite = optimizer_step(with_element(gradients(2), math.inf))
    yield Case("OPT-36", "huge-and-infinite", training(clipped, [*huge, infinite]))
    yield gradient_of_another_dtype()
    another_rate = new(DEFINITION.config("0.25"))
    joins = [optimizer_save(), another_rate, optimizer_load(), group(MATRIX), *optimizer_steps(2)]
    yield Case("STA-10", "a-group-joins-later", training(DEFINITION.config("0.5"), joins, keys=[VECTOR]))
    saved = [group(SCALAR), *optimizer_steps(2, keys=[VECTOR, SCALAR]), optimizer_save()]
    one_group: list[Row] = [new(), register(weights([SCALAR]))]
    loaded = [*saved, *one_group, optimizer_load()]
    yield Case("STA-17", "the-same-weights-in-one-group", training(plain, loaded, keys=[VECTOR]))
    yield Case("STA-17", "the-same-weights-on-a-scheduler", training(plain, loaded, scheduler=falling, keys=[VECTOR]))
    x, y = (register([[key, array([1.0])]]) for key in "xy")
    another_weight: list[Row] = [
        x,
        optimizer_save(),
        new(),
        y,
        optimizer_load(),
    ]
    yield Case("STA-15", "another-weight", training(plain, another_weight, keys=[VECTOR]))


DEFINITION = OptimizerDefinition(
    name="SGD",
    slots=["v"],
    update=update,
    lr="0.001",
    parameters={"momentum": Real(NON_NEGATIVE, "0.0", "OPT-28"), "nesterov": Boolean({"bool": False})},
    example={},
    memory={"momentum": "0.8"},
    variations={"nesterov": {"momentum": "0.8", "nesterov": {"bool": True}}},
    cases=cases,
    defaults="SGD-6",
    laws={"OPT-41": {}},
    conventions=(
        Convention(
            "keras",
            "the rate is inside the momentum, and weight decay is decoupled",
            ("SGD-2", "SGD-3", "SGD-5", "SGD-6", "OPT-5", "OPT-39"),
            rate_inside,
            defaults={"lr": "0.01"},
            changes=DECAYED_BEFORE,
        ),
    ),
    faults=(
        dampened("SGD-4"),
        dampened_later("SGD-4"),
        ignoring("nesterov ignored", "SGD-3", nesterov=False),
        ignoring("momentum ignored", "SGD-2", momentum=0),
        ignoring("always nesterov", "SGD-2", nesterov=True),
        wrapping("nesterov by the momentum alone", "SGD-3", momentum_only),
        overriding("gradients of an infinite norm are not clipped", "OPT-36", clip_norm=clip_by_finite_norm),
        overriding("a weight takes the dtype of its gradient", "OPT-11", step=take_dtype_of_gradient),
        overriding(
            "a group that joins after a load has the rate of construction",
            "STA-10",
            load_state_dict=keep_rate_of_new_groups,
        ),
        changing("a momentum of 0 taken for 0.9", "SGD-1", momentum=lambda momentum: momentum or 9 * momentum + 0.9),
    ),
)
