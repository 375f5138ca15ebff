"""SGD: spec/optimizers/sgd.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import NON_NEGATIVE, Boolean, Real
from ..faults import around, asking, dampened, dampened_later, ignoring
from ..model import Array, Dialect, OptimizerModel, Slots
from ..scenario import Case, Json, Row, array
from ..training import KEYS, MATRIX, SCALAR, VECTOR, run, training, weights


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, nesterov: bool) -> Array:
    slots["v"] = momentum * slots["v"] + g
    stepped: Array = p - lr * (g + momentum * slots["v"] if nesterov else slots["v"])
    return stepped


def rate_inside(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, momentum: Any, nesterov: bool) -> Array:
    slots["v"] = momentum * slots["v"] + lr * g
    return p - (lr * g + momentum * slots["v"] if nesterov else slots["v"])


def momentum_alone(right: Any, g: Array, slots: Slots, p: Array, lr: Any, *given: Any, **hyper: Any) -> Array:
    stepped: Array = right(g, slots, p, lr, *given, **hyper)
    return stepped + lr * g if hyper["nesterov"] else stepped


def cases() -> Iterator[Case]:
    plain = MODEL.spec(momentum="0.0", nesterov={"bool": False})
    yield Case("SGD-1", "twelve-steps", training(plain))
    yield Case("SGD-1", "one-step", training(plain, run(1)))
    heavy = MODEL.spec(nesterov={"bool": False})
    yield Case("SGD-2", "twelve-steps", training(heavy))
    yield Case("SGD-2", "momentum-above-one", training(heavy | {"momentum": "1.1"}, run(4)))
    yield Case("SGD-3", "twelve-steps", training(MODEL.spec()))
    yield Case("SGD-3", "no-momentum", training(MODEL.spec(momentum="0.0"), run(3)))
    yield Case("SGD-4", "first-steps", training(heavy, run(2)))
    yield Case("SGD-4", "first-steps-nesterov", training(MODEL.spec(), run(2)))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.1"}
    yield Case("SGD-5", "tenth-by-tenth", training(heavy, run(5, moving=True), scheduler=falling))
    yield Case("SGD-5", "tenth-by-tenth-nesterov", training(MODEL.spec(), run(5, moving=True), scheduler=falling))
    yield Case("SGD-6", "defaults", training({"class": "SGD"}, run(3, scale=10.0), scheduler=None))
    yield Case("SGD-6", "default-lr", training({"class": "SGD", "momentum": "0.7"}, run(3), scheduler=None))
    yield Case(
        "SGD-6", "default-nesterov", training({"class": "SGD", "lr": "0.1", "momentum": "0.7"}, run(3), scheduler=None)
    )
    three = {"class": "ExponentialLR", "base_lr": ["0.05", "0.02", "0.3"], "gamma": "0.87"}
    late = [{"op": "optimizer.register", "weights": weights([MATRIX])}, joined(), *run(2, keys=[*KEYS, SCALAR])]
    yield Case("OPT-30", "behind-a-late-registration", training(heavy, late, scheduler=three, keys=[VECTOR]))
    refused = [joined(lr="-1.0"), joined(weight_decay="-1.0")]
    yield Case("OPT-29", "of-a-group", training(heavy, refused, keys=[VECTOR]), options={"error": "names"})
    saved = [joined(), *run(2, keys=[VECTOR, SCALAR]), {"op": "optimizer.save", "as": "o"}]
    one_group: list[Row] = [{"op": "new"}, {"op": "optimizer.register", "weights": weights([SCALAR])}]
    loaded = [*saved, *one_group, {"op": "optimizer.load", "from": "o"}]
    yield Case("STA-17", "the-same-weights-in-one-group", training(heavy, loaded, keys=[VECTOR]))
    yield Case("STA-17", "the-same-weights-on-a-scheduler", training(heavy, loaded, scheduler=falling, keys=[VECTOR]))
    x, y = ({"op": "optimizer.register", "weights": [[key, array([1.0])]]} for key in "xy")
    others: list[Row] = [
        x,
        {"op": "optimizer.save", "as": "o"},
        {"op": "new"},
        y,
        {"op": "optimizer.load", "from": "o"},
    ]
    yield Case("STA-15", "another-weight", training(heavy, others, keys=[VECTOR]))


def joined(**given: Json) -> Row:
    """A group with what is given of its own."""
    return {"op": "optimizer.add_param_group", "weights": weights([SCALAR]), **given}


MODEL = OptimizerModel(
    name="SGD",
    slots=["v"],
    update=update,
    lr="0.001",
    parameters={"momentum": Real(NON_NEGATIVE, "0.0", "OPT-28"), "nesterov": Boolean({"bool": False})},
    example={"momentum": "0.8", "nesterov": {"bool": True}},
    variations={"plain": {"momentum": "0.0", "nesterov": {"bool": False}}, "heavy": {"nesterov": {"bool": False}}},
    cases=cases,
    defaults="SGD-6",
    laws={"OPT-41": {}},
    dialects=(Dialect("keras", "the rate is inside the momentum", rate_inside),),
    faults=(
        dampened("SGD-4"),
        dampened_later("SGD-4"),
        ignoring("nesterov ignored", "SGD-3", nesterov=False),
        ignoring("momentum ignored", "SGD-2", momentum=0),
        ignoring("always nesterov", "SGD-2", nesterov=True),
        around("nesterov by the momentum alone", "SGD-3", momentum_alone),
        asking("a momentum of 0 taken for 0.9", "SGD-1", momentum=lambda momentum: momentum or 9 * momentum + 0.9),
    ),
)
