"""Muon: spec/optimizers/muon.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import add_param_group, optimizer_step, read, register
from ...scenarios.values import Json, Row, Scenario, array, rounded
from ...scenarios.weights import MATRIX, VECTOR, optimizer_steps, training, weights
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Boolean, Choice, Integer, Real, Triple
from ..faults import changing, defaulting, ignoring, wrapping
from ..rule_faults import wrongly_decaying

SCALES = ("original", "match_rms_adamw", "none")


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    nesterov: bool,
    ns_steps: int,
    ns_coefficients: tuple[Any, Any, Any],
    eps: Any,
    scale: str,
    weight_decay: Any,
    shape: list[int],
) -> Array:
    slots["m"] = momentum * slots["m"] + (1 - momentum) * g
    u = (1 - momentum) * g + momentum * slots["m"] if nesterov else slots["m"]
    x = orthogonalized(u, shape, sqrt, ns_steps, ns_coefficients, eps)
    stepped: Array = p - lr * weight_decay * p - lr * factor(scale, shape, lr, sqrt) * x
    return stepped


def orthogonalized(
    u: Array,
    shape: list[int],
    sqrt: Any,
    ns_steps: int,
    ns_coefficients: tuple[Any, Any, Any],
    eps: Any,
    rounding: Callable[[Array], Array] = lambda x: x,
) -> Array:
    """The Newton–Schulz iteration; ``rounding`` rounds each of its matrices."""
    norm, (a, b, c) = sqrt((u * u).sum()), ns_coefficients
    if norm == 0:
        return 0 * u
    x = rounding(u / (norm + eps)).reshape(shape)
    tall = shape[0] > shape[1]  # transposed, its squares are smaller
    x = x.T if tall else x
    for _ in range(ns_steps):
        square = rounding(product(x, x.T))
        x = rounding(a * x + product(rounding(b * square + c * product(square, square)), x))
    return (x.T if tall else x).ravel()


def product(x: Array, y: Array) -> Array:
    """The product of two matrices, with sums in the same order on every machine."""
    sums: Array = (x[:, :, None] * y[None, :, :]).sum(axis=1)
    return sums


def factor(scale: str, shape: list[int], lr: Any, sqrt: Any) -> Any:
    rows, columns = shape
    one = 1 + 0 * lr  # so that it is computed in the arithmetic of the rate
    match scale:
        case "original":
            return sqrt(max(one, one * rows / columns))
        case "match_rms_adamw":
            return one / 5 * sqrt(one * max(rows, columns))
    return one


def with_corrected_momentum(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    nesterov: bool,
    ns_steps: int,
    ns_coefficients: tuple[Any, Any, Any],
    eps: Any,
    scale: str,
    weight_decay: Any,
    shape: list[int],
) -> Array:
    slots["m"] = momentum * slots["m"] + (1 - momentum) * g
    u = slots["m"] / (1 - momentum**k)
    if nesterov:
        ahead = momentum * slots["m"] / (1 - momentum ** (k + 1))
        u = ahead + (1 - momentum) * g / (1 - momentum**k)
    x = orthogonalized(u, shape, sqrt, ns_steps, ns_coefficients, eps)
    sides = shape[::-1] if scale == "original" else shape
    stepped: Array = p - lr * weight_decay * p - lr * factor(scale, sides, lr, sqrt) * x
    return stepped


def with_undamped_momentum(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    momentum: Any,
    nesterov: bool,
    ns_steps: int,
    ns_coefficients: tuple[Any, Any, Any],
    eps: Any,
    scale: str,
    weight_decay: Any,
    shape: list[int],
) -> Array:
    slots["m"] = momentum * slots["m"] + g
    u = g + momentum * slots["m"] if nesterov else slots["m"]
    x = orthogonalized(u, shape, sqrt, ns_steps, ns_coefficients, eps)
    stepped: Array = p - lr * weight_decay * p - lr * factor(scale, shape, lr, sqrt) * x
    return stepped


def iterating(name: str, requirement: str, iterate: Callable[..., Array]) -> Any:
    """A fault in the iteration: ``iterate`` has the arguments of ``orthogonalized``."""

    def wrapper(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Array:
        momentum, shape, decay = hyper["momentum"], hyper["shape"], hyper["weight_decay"]
        original(g, slots, p, lr, k, sqrt, **hyper)
        u = (1 - momentum) * g + momentum * slots["m"] if hyper["nesterov"] else slots["m"]
        x = iterate(u, shape, sqrt, hyper["ns_steps"], hyper["ns_coefficients"], hyper["eps"])
        stepped: Array = p - lr * decay * p - lr * factor(hyper["scale"], shape, lr, sqrt) * x
        return stepped

    return wrapping(name, requirement, wrapper)


def in_bfloat16(u: Array, shape: list[int], sqrt: Any, steps: int, coefficients: Any, eps: Any) -> Array:
    def rounding(x: Array) -> Array:
        flat = rounded([float(value) for value in x.ravel()], "bfloat16").astype(float)
        nearest: Array = (0 * x.ravel() + flat).reshape(x.shape)
        return nearest

    return orthogonalized(u, shape, sqrt, steps, coefficients, eps, rounding)


def bounded_below(u: Array, shape: list[int], sqrt: Any, steps: int, coefficients: Any, eps: Any) -> Array:
    """The norm is at least ε, and nothing is added to it."""
    norm = sqrt((u * u).sum())
    return orthogonalized(u, shape, sqrt, steps, coefficients, max(norm, eps) - norm)


def nan_of_zero(u: Array, *arguments: Any) -> Array:
    return orthogonalized(u, *arguments) if (u != 0).any() else u + float("nan")


def sides_exchanged(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    still = original(g, slots, p, lr, k, sqrt, **{**hyper, "scale": "none"}) - p + lr * hyper["weight_decay"] * p
    return p - lr * hyper["weight_decay"] * p + factor(hyper["scale"], hyper["shape"][::-1], lr, sqrt) * still


def decay_scaled(original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, **hyper: Any) -> Any:
    sqrt = args[1]
    scaled = hyper["weight_decay"] * factor(hyper["scale"], hyper["shape"], lr, sqrt)
    return original(g, slots, p, lr, *args, **{**hyper, "weight_decay": scaled})


def undamped(original: Any, g: Array, slots: Slots, p: Array, lr: Any, *args: Any, momentum: Any, **hyper: Any) -> Any:
    return original(g / (1 - momentum), slots, p, lr, *args, momentum=momentum, **hyper)


def slope(shape: list[int], k: int) -> Json:
    """A matrix of full rank, different for each k."""
    rows, columns = shape
    numbers = [
        ((7 * i * i + 11 * j + 5 * i * j * (k + 2) + 3 * k) % 23 - 11) / 8 for i in range(rows) for j in range(columns)
    ]
    return array(numbers, shape)


def outer(shape: list[int], k: int) -> Json:
    """The gradient of a linear layer for a batch of one: of rank one, in numbers that are exact in bfloat16."""
    rows, columns = shape
    left, right = [(3 * i + 2 * k) % 7 - 2.5 for i in range(rows)], [(5 * j + k) % 9 - 3.5 for j in range(columns)]
    return array([x * y / 4 for x in left for y in right], shape)


def trained(config: Scenario, shape: list[int], gradient: Callable[[list[int], int], Json], steps: int = 4) -> Scenario:
    """Training of a matrix that starts at 0: its value is the sum of all steps."""
    do = [optimizer_step([["w", gradient(shape, k)]]) for k in range(1, steps + 1)]
    return {"optimizer": config, "weights": [["w", array([0.0] * (shape[0] * shape[1]), shape)]], "do": do}


def of_matrices(scenario: Scenario) -> Scenario:
    return DEFINITION.fitted(scenario)


def cases() -> Iterator[Case]:
    config = DEFINITION.config
    still = config(weight_decay="0.0")
    for name, shape in {"scalar": [], "vector": [3], "three-axes": [2, 1, 2], "four-axes": [2, 2, 1, 1]}.items():
        size = int(np.prod(shape))
        more: list[Json] = [["x", array([0.5] * size, shape)]]
        for how, join in {"registered": register, "in-a-group": add_param_group}.items():
            refused: list[Row] = [*optimizer_steps(1, keys=[MATRIX]), join(more), read()]
            yield Case("MUON-1", f"{name}-{how}", training(config(), refused, keys=[MATRIX]))
    yield Case("MUON-2", "twelve-steps", of_matrices(training(config())))
    yield Case("MUON-2", "large-eps", trained(config(eps="0.7"), [3, 2], slope))
    yield Case("MUON-2", "without", trained(config(momentum="0.0"), [2, 3], slope))
    for name, nesterov in {"nesterov": True, "plain": False}.items():
        yield Case("MUON-3", name, trained(config(nesterov={"bool": nesterov}), [3, 4], slope, 6))
    for name, shape in {"square": [4, 4], "wide": [2, 5], "tall": [5, 2], "row": [1, 4], "column": [4, 1]}.items():
        yield Case("MUON-4", name, trained(still, shape, slope))
    yield Case("MUON-4", "one-step", trained(config(ns_steps=1), [3, 2], slope))
    yield Case("MUON-4", "nine-steps", trained(config(ns_steps=9), [3, 2], slope))
    yield Case("MUON-4", "coefficients", trained(config(ns_coefficients=["2.0", "-1.5", "0.5"]), [3, 2], slope))
    yield Case("MUON-4", "large-eps", trained(config(eps="0.7"), [4, 2], slope))
    tiny = of_matrices(training(config(eps="1e-06"), optimizer_steps(4, scale=1e-6)))
    yield Case("MUON-4", "tiny-gradients", tiny)
    zero = optimizer_step([[MATRIX, array([0.0] * 6, [2, 3])]])
    for name, eps in {"zero": {}, "zero-without-eps": {"eps": "0.0"}}.items():
        do = [zero, *optimizer_steps(2, keys=[MATRIX]), zero]
        yield Case("MUON-5", name, training(config(weight_decay="0.0", **eps), do, keys=[MATRIX]))
    for name, shape in {"square": [8, 8], "wide": [4, 12], "tall": [12, 4]}.items():
        yield Case("MUON-6", f"rank-one-{name}", trained(still, shape, outer, 1))
    yield Case("MUON-6", "batches-of-one", trained(still, [8, 6], outer, 3))
    for scale in SCALES:
        for name, shape in {"wide": [2, 5], "tall": [5, 2]}.items():
            yield Case("MUON-7", f"{scale}-{name}", trained(config(scale={"str": scale}), shape, slope))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    decaying = config(weight_decay="0.7")
    moving = training(decaying, optimizer_steps(6, moving=True), scheduler=falling)
    yield Case("MUON-8", "falling-rate", of_matrices(moving))
    yield Case("MUON-8", "beside-a-scale", of_matrices(training(decaying, optimizer_steps(4))))
    yield Case("MUON-9", "defaults", of_matrices(training({"class": "Muon"}, optimizer_steps(4))))
    decays = {"weights": weights([MATRIX], scale=30.0)}
    yield Case(
        "MUON-9", "default-weight_decay", training({"class": "Muon"}, optimizer_steps(4, keys=[MATRIX])) | decays
    )
    faint = training({"class": "Muon", "lr": "0.1"}, optimizer_steps(4, scale=1e-7, keys=[VECTOR]), keys=[VECTOR])
    yield Case("MUON-9", "default-eps", of_matrices(faint))
    yield Case("MUON-9", "default-scale", trained({"class": "Muon", "lr": "0.1"}, [5, 2], slope))
    yield Case("MUON-9", "default-momentum", trained({"class": "Muon", "lr": "0.1"}, [3, 4], slope, 8))


DEFINITION = OptimizerDefinition(
    name="Muon",
    slots=["m"],
    update=update,
    lr="0.02",
    parameters={
        "momentum": Real("[0, 1)", "0.95", "OPT-28"),
        "nesterov": Boolean({"bool": True}),
        "ns_steps": Integer(1, 5, "OPT-28"),
        "ns_coefficients": Triple("(-inf, inf)", ["3.4445", "-4.775", "2.0315"], "MUON-10"),
        "eps": Real(NON_NEGATIVE, "1e-07", "OPT-28"),
        "scale": Choice(SCALES, {"str": "original"}, "OPT-28"),
    },
    example={"momentum": "0.8", "nesterov": {"bool": True}, "weight_decay": "0.02"},
    variations={
        "plain": {"nesterov": {"bool": False}, "ns_steps": 3, "scale": {"str": "none"}},
        "matched": {"scale": {"str": "match_rms_adamw"}, "eps": "0.01"},
    },
    cases=cases,
    defaults="MUON-9",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    coupled=False,
    needs_shape=True,
    matrices="MUON-1",
    profile="field",
    conventions=(
        Convention(
            "optax",
            "the momentum is bias-corrected, and the scale is that of a matrix whose rows are the inputs",
            ("MUON-3", "MUON-7", "MUON-9"),
            with_corrected_momentum,
            defaults={"eps": "1e-08"},
        ),
        Convention(
            "keras",
            "the momentum is not damped, and the scale is that of AdamW",
            ("MUON-2", "MUON-3", "MUON-9"),
            with_undamped_momentum,
            defaults={"lr": "0.001", "weight_decay": "0.004", "scale": {"str": "match_rms_adamw"}},
        ),
    ),
    faults=(
        wrapping("the momentum is not damped", "MUON-2", undamped),
        ignoring("momentum ignored", "MUON-2", momentum=0),
        ignoring("never looks ahead", "MUON-3", nesterov=False),
        ignoring("always looks ahead", "MUON-3", nesterov=True),
        changing("an iteration too few", "MUON-4", ns_steps=lambda steps: steps - 1),
        changing("an iteration too many", "MUON-4", ns_steps=lambda steps: steps + 1),
        ignoring("ns_steps ignored", "MUON-4", ns_steps=5),
        ignoring("ns_coefficients ignored", "MUON-4", ns_coefficients=(3.4445, -4.775, 2.0315)),
        changing("the last two coefficients exchanged", "MUON-4", ns_coefficients=lambda c: (c[0], c[2], c[1])),
        ignoring("epsilon ignored", "MUON-4", eps=0),
        iterating("epsilon is a lower bound of the norm", "MUON-4", bounded_below),
        iterating("a gradient of zeros gives nan", "MUON-5", nan_of_zero),
        iterating("the iteration in bfloat16", "MUON-6", in_bfloat16),
        wrapping("rows and columns exchanged in the scale", "MUON-7", sides_exchanged),
        ignoring("no scale", "MUON-7", scale="none"),
        ignoring("the scale of AdamW, whatever scale is", "MUON-7", scale="match_rms_adamw"),
        ignoring("the original scale, whatever scale is", "MUON-7", scale="original"),
        wrapping("weight decay scaled like the step", "MUON-8", decay_scaled),
        *wrongly_decaying("MUON-8", "MUON-8"),
        defaulting("eps 1e-8 by default", "MUON-9", eps="1e-08"),
        defaulting("scaled as AdamW by default", "MUON-9", scale={"str": "match_rms_adamw"}),
        defaulting("not looking ahead by default", "MUON-9", nesterov={"bool": False}),
    ),
)
