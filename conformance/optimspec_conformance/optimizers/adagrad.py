"""Adagrad: spec/optimizers/adagrad.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domains import NON_NEGATIVE, Real
from ..model import Array, Dialect, OptimizerModel, Slots
from ..scenario import Case
from ..training import run, training


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    lr_decay: Any,
    initial_accumulator_value: Any,
    eps: Any,
) -> Array:
    slots["sum"] = slots["sum"] + g * g + (initial_accumulator_value if k == 1 else 0)
    stepped: Array = p - lr / (1 + (k - 1) * lr_decay) * g / sqrt(slots["sum"] + eps)
    return stepped


def outside(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    lr_decay: Any,
    initial_accumulator_value: Any,
    eps: Any,
) -> Array:
    slots["sum"] = slots["sum"] + g * g + (initial_accumulator_value if k == 1 else 0)
    stepped: Array = p - lr / (1 + (k - 1) * lr_decay) * g / (sqrt(slots["sum"]) + eps)
    return stepped


def cases() -> Iterator[Case]:
    plain = MODEL.spec(lr_decay="0.0", initial_accumulator_value="0.0")
    yield Case("ADAG-1", "twelve-steps", training(plain))
    yield Case("ADAG-1", "accumulated-before", training(MODEL.spec(lr_decay="0.0", initial_accumulator_value="0.7")))
    yield Case("ADAG-2", "large-eps", training(plain | {"eps": "0.3"}))
    yield Case("ADAG-2", "small-gradients", training(plain | {"eps": "1e-08"}, run(4, scale=1e-4)))
    yield Case("ADAG-3", "twelve-steps", training(MODEL.spec(lr_decay="0.2")))
    yield Case("ADAG-3", "fast", training(MODEL.spec(lr_decay="3.0"), run(4)))
    yield Case("ADAG-4", "defaults", training({"class": "Adagrad"}, run(4, scale=10.0)))
    yield Case("ADAG-4", "default-eps", training({"class": "Adagrad", "lr": "0.1"}, run(3, scale=1e-5)))
    yield Case("ADAG-4", "default-lr_decay", training({"class": "Adagrad", "lr": "0.1", "eps": "0.01"}, run(6)))


MODEL = OptimizerModel(
    name="Adagrad",
    slots=["sum"],
    update=update,
    lr="0.01",
    parameters={
        "lr_decay": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "initial_accumulator_value": Real(NON_NEGATIVE, "0.0", "OPT-28"),
        "eps": Real(NON_NEGATIVE, "1e-10", "OPT-28"),
    },
    example={"lr_decay": "0.1", "initial_accumulator_value": "0.3", "eps": "0.001"},
    variations={},
    cases=cases,
    laws={"OPT-41": {}, "OPT-42": {"initial_accumulator_value": "0.0", "eps": "0.0"}},
    counts=True,
    dialects=(Dialect("torch", "epsilon outside the root", outside),),
)
