"""Rprop: spec/optimizers/rprop.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.values import array
from ...scenarios.weights import VECTOR, optimizer_steps, training
from ..argument_faults import accepting_combination, refusing
from ..arithmetic import sign
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import Pair, Refused
from ..faults import changing, wrapping


def update(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, etas: tuple[Any, Any], step_sizes: tuple[Any, Any]
) -> Array:
    size = slots["size"] + (1 if k == 1 else 0)
    turn = sign(g) * sign(slots["last"])
    slots["last"] = np.where(turn < 0, 0 * g, g)
    if lr > 0:
        shrunk = np.maximum(etas[0] * size, np.minimum(size, step_sizes[0] / lr))
        grown = np.minimum(etas[1] * size, np.maximum(size, step_sizes[1] / lr))
        size = np.where(turn < 0, shrunk, np.where(turn > 0, grown, size))
    slots["size"] = size
    stepped: Array = p - lr * size * sign(slots["last"])
    return stepped


def rate_acting_once(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, etas: tuple[Any, Any], step_sizes: tuple[Any, Any]
) -> Array:
    size = slots["size"] + (lr if k == 1 else 0)
    turn = sign(g) * sign(slots["last"])
    slots["last"] = np.where(turn < 0, 0 * g, g)
    size = np.where(turn < 0, etas[0] * size, np.where(turn > 0, etas[1] * size, size))
    slots["size"] = np.minimum(np.maximum(size, step_sizes[0]), step_sizes[1])
    stepped: Array = p - slots["size"] * sign(slots["last"])
    return stepped


def one_step_late(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, etas: tuple[Any, Any], step_sizes: tuple[Any, Any]
) -> Array:
    """Steps one step late: ``last`` is the step that the previous gradient asked for."""
    size = slots["size"] if "first" in slots else slots["size"] + lr
    slots["first"] = 0 * g
    turn = sign(g) * sign(slots["last"])
    changed = np.where(turn < 0, etas[0] * size, etas[1] * size)
    limited = np.minimum(np.maximum(changed, step_sizes[0]), step_sizes[1])
    slots["size"] = np.where(turn == 0, size, limited)
    late = np.where(turn < 0, 0 * g, slots["last"])
    slots["last"] = np.where(turn < 0, 0 * g, slots["size"] * sign(g))
    stepped: Array = p - late
    return stepped


def check_combination(hyper: dict[str, Any]) -> None:
    if not hyper["etas"][0] < 1 < hyper["etas"][1]:
        raise Refused("value", "etas")
    if hyper["step_sizes"][0] > hyper["step_sizes"][1]:
        raise Refused("value", "step_sizes")


def step_of_last_gradient(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    moved = lr * slots["size"] * sign(slots["last"])
    original(g, slots, p, lr, k, sqrt, **hyper)
    return p - moved


def move_on_sign_change(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    original(g, slots, p, lr, k, sqrt, **hyper)
    return p - lr * slots["size"] * sign(g)


def keep_first_rate(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    slots["first"] = lr if k == 1 else slots["first"]
    return original(g, slots, p, slots["first"], k, sqrt, **hyper)


def gradient_instead_of_sign(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    original(g, slots, p, lr, k, sqrt, **hyper)
    return p - lr * slots["size"] * slots["last"]


def rate_applied_twice(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    return p - lr * (p - original(g, slots, p, lr, k, sqrt, **hyper))


def cases() -> Iterator[Case]:
    yield Case("RPROP-1", "first-step", training(DEFINITION.config(), optimizer_steps(1)))
    yield Case("RPROP-1", "first-steps", training(DEFINITION.config(), optimizer_steps(2)))
    yield Case("RPROP-1", "tiny-gradients", training(DEFINITION.config(), optimizer_steps(1, scale=1e-6)))
    yield Case(
        "RPROP-1", "below-the-smallest", training(DEFINITION.config(step_sizes=["0.1", "2.0"]), optimizer_steps(1))
    )
    same_gradients = [row for _ in range(6) for row in optimizer_steps(1)]
    yield Case("RPROP-2", "same-signs", training(DEFINITION.config(), same_gradients))
    faint_gradients = [row for _ in range(4) for row in optimizer_steps(1, scale=1e-25)]
    yield Case("RPROP-2", "faint-gradients", training(DEFINITION.config(), faint_gradients))
    yield Case("RPROP-3", "changing-signs", training(DEFINITION.config()))
    yield Case("RPROP-3", "twenty-steps", training(DEFINITION.config(), optimizer_steps(20)))
    yield Case("RPROP-4", "zeros", training(DEFINITION.config(), optimizer_steps(12, first=7)))
    narrow = DEFINITION.config(step_sizes=["0.03", "0.08"])
    yield Case("RPROP-5", "largest", training(narrow, same_gradients))
    yield Case("RPROP-5", "smallest", training(narrow, optimizer_steps(20)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 2, "gamma": "0.3"}
    yield Case(
        "RPROP-6", "falling-rate", training(DEFINITION.config(), optimizer_steps(8, moving=True), scheduler=falling)
    )
    warming = {"class": "PiecewiseConstantSchedule", "boundaries": [3], "values": ["0.0", "0.1"]}
    constant_signs = [row for _ in range(6) for row in optimizer_steps(1, moving=True)]
    yield Case("RPROP-10", "warm-up", training(DEFINITION.config(), constant_signs, scheduler=warming))
    yield Case(
        "RPROP-10", "changing-signs", training(DEFINITION.config(), optimizer_steps(9, moving=True), scheduler=warming)
    )
    restart = {"class": "PiecewiseConstantSchedule", "boundaries": [2, 4], "values": ["0.1", "1e-05", "0.1"]}
    narrow = DEFINITION.config(step_sizes=["0.001", "0.12"])
    yield Case(
        "RPROP-5", "rate-below-the-smallest", training(narrow, optimizer_steps(12, moving=True), scheduler=restart)
    )
    yield Case("RPROP-5", "grows-from-below", training(narrow, constant_signs, scheduler=restart))
    rising = {"class": "PiecewiseConstantSchedule", "boundaries": [2], "values": ["0.05", "0.5"]}
    yield Case("RPROP-5", "rate-above-the-largest", training(narrow, constant_signs, scheduler=rising))
    moving = [row for _ in range(6) for row in optimizer_steps(1, moving=True)]
    yield Case("RPROP-6", "same-signs", training(DEFINITION.config(), moving, scheduler=falling))
    yield Case("RPROP-7", "defaults", training({"class": "Rprop"}, optimizer_steps(8, scale=10.0)))
    yield Case("RPROP-7", "default-largest", training({"class": "Rprop", "lr": "40.0"}, same_gradients[:4]))
    tiny_weights = {"weights": [[VECTOR, array([1e-5, -2e-5, 3e-5, -4e-5, 5e-5])]]}
    shrinking = training({"class": "Rprop", "lr": "2e-06"}, optimizer_steps(20, keys=[VECTOR])) | tiny_weights
    yield Case("RPROP-7", "default-smallest", shrinking)
    for etas in (["1.0", "1.2"], ["0.5", "1.0"], ["1.2", "0.5"], ["0.0", "1.2"]):
        yield Case("RPROP-8", f"{etas[0]}-{etas[1]}", training(DEFINITION.config(etas=etas), []))
    yield Case("RPROP-9", "out-of-order", training(DEFINITION.config(step_sizes=["2.0", "1.0"]), []))
    equal = DEFINITION.config(step_sizes=["0.0625", "0.0625"])
    yield Case("OPT-48", "equal-step_sizes", training(equal, optimizer_steps(4)))


DEFINITION = OptimizerDefinition(
    name="Rprop",
    slots=["size", "last"],
    update=update,
    lr="0.01",
    parameters={
        "etas": Pair("(0, inf)", ["0.5", "1.2"], "RPROP-8"),
        "step_sizes": Pair("(0, inf)", ["1e-06", "50.0"], "RPROP-9"),
    },
    weight_decay=None,
    example={"etas": ["0.6", "1.3"], "step_sizes": ["0.0001", "2.0"]},
    cases=cases,
    defaults="RPROP-7",
    uses_step_count=True,
    laws={"OPT-43": {}},
    check_combination=check_combination,
    conventions=(
        Convention(
            "torch",
            "the rate is the first step size, and acts once",
            ("RPROP-1", "RPROP-5", "RPROP-6", "RPROP-10", "OPT-1", "OPT-5"),
            rate_acting_once,
        ),
        Convention(
            "optax",
            "the rate is the first step size, and acts once, and each step comes one step late",
            ("RPROP-1", "RPROP-2", "RPROP-5", "RPROP-6", "RPROP-10", "OPT-1", "OPT-5"),
            one_step_late,
        ),
    ),
    faults=(
        wrapping("the step of the last gradient", "RPROP-1", step_of_last_gradient),
        wrapping("moves where the sign changes, too", "RPROP-3", move_on_sign_change),
        changing("never grows", "RPROP-2", etas=lambda etas: (etas[0], 1)),
        changing("never shrinks", "RPROP-3", etas=lambda etas: (1, etas[1])),
        changing("no limits", "RPROP-5", step_sizes=lambda sizes: (0 * sizes[0], 10**9 * sizes[1])),
        wrapping("the size of the first rate, whatever comes later", "RPROP-6", keep_first_rate),
        wrapping("the gradient itself instead of its sign", "RPROP-1", gradient_instead_of_sign),
        wrapping("the rate applied to a size that has it already", "RPROP-1", rate_applied_twice),
    ),
    undiagnosed=(
        accepting_combination("etas on one side of 1 are accepted", "RPROP-8", etas=(0.5, 1.2), step_sizes=(0.1, 1.0)),
        accepting_combination(
            "step_sizes in the wrong order are accepted", "RPROP-9", etas=(0.5, 1.2), step_sizes=(0.1, 1.0)
        ),
        refusing("equal step_sizes are refused", "OPT-48", "step_sizes", lambda sizes: len({*sizes}) < len(sizes)),
    ),
)
