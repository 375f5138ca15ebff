"""keras: the schedules and optimizers of Keras 3 on its JAX backend, on weights that are ``keras.Variable``.

Formulas, rules, clipping, refusals and the state of an optimizer (``save_own_variables``, ``load_own_variables``) are
Keras's. Time and read-outs of schedules are the adapter's (``functional``); the rate of a scheduler is assigned to
``learning_rate`` before each step.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable
from functools import partial
from importlib.metadata import version
from typing import Any

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from . import functional
from .functional import (
    Function,
    LibraryFunction,
    Renames,
    Scheduler,
    call_library,
    check_real,
    import_dotted,
    negative,
)

os.environ.setdefault("KERAS_BACKEND", "jax")  # read once, when Keras is imported


def floored(make: Callable[..., Function], eta_min: Any = 0.0, base_lr: Any = None, **arguments: Any) -> Function:
    """A schedule of Keras whose floor is a fraction of the base rate."""
    if base_lr is None:
        raise Unsupported("Keras's schedules have no default rate")
    check_real(base_lr, eta_min)
    if base_lr == 0:
        raise Unsupported("a floor above a base rate of 0 cannot be a part of it")
    schedule: Function = call_library(make, initial_learning_rate=base_lr, alpha=eta_min / base_lr, **arguments)
    return schedule


def cosine(T_max: Any, **arguments: Any) -> Function:
    return floored(import_dotted("keras.optimizers.schedules.CosineDecay"), decay_steps=T_max, **arguments)


def restarts(T_0: Any, T_mult: Any = 1, **arguments: Any) -> Function:
    """Compiled, as in a training step: otherwise JAX would compile its branches at each call."""
    schedule = floored(
        import_dotted("keras.optimizers.schedules.CosineDecayRestarts"),
        first_decay_steps=T_0,
        t_mul=T_mult,
        **arguments,
    )
    compiled: Function = import_dotted("jax.jit")(schedule)
    return compiled


def warmup_cosine(
    warmup_steps: Any, total_steps: Any, base_lr: Any, warmup_start_lr: Any = 0.0, eta_min: Any = 0.0
) -> Function:
    """In Keras, the decay is counted from the end of the warm-up, and its floor is a fraction of the peak."""
    check_real(base_lr, eta_min, warmup_steps, total_steps)
    if base_lr == 0:
        raise Unsupported("a floor above a base rate of 0 cannot be a part of it")
    schedule: Function = import_dotted("keras.optimizers.schedules.CosineDecay")(
        warmup_start_lr, total_steps - warmup_steps, eta_min / base_lr, warmup_target=base_lr, warmup_steps=warmup_steps
    )
    return schedule


def piecewise(boundaries: Any, values: Any, base_lr: Any = None) -> Function:
    schedule: Function = import_dotted("keras.optimizers.schedules.PiecewiseConstantDecay")(boundaries, values)
    return schedule


def linear(total_iters: Any, start_factor: Any, end_factor: Any, base_lr: Any) -> Function:
    check_real(base_lr, start_factor, end_factor)
    schedule: Function = import_dotted("keras.optimizers.schedules.PolynomialDecay")(
        base_lr * start_factor, total_iters, base_lr * end_factor
    )
    return schedule


def adafactor(learning_rate: Any = None, decay_rate: Any = None, factored: Any = True, **arguments: Any) -> Any:
    """Keras always factors, and requires a rate."""
    if factored is not True:
        raise Unsupported("Keras factors every array of two axes or more")
    if learning_rate is not None:
        arguments["learning_rate"] = learning_rate
    if decay_rate is not None:
        arguments["beta_2_decay"] = negative(decay_rate)
    return import_dotted("keras.optimizers.Adafactor")(**arguments)


def muon(scale: Any = None, eps: Any = None, **arguments: Any) -> Any:
    """In Keras, the epsilon of the iteration is fixed."""
    if eps not in (None, 1e-7):
        raise Unsupported("the epsilon of Keras's Muon is fixed")
    if scale == "original":
        raise Unsupported("Keras's Muon has no such scale")
    if scale is not None:
        arguments["rms_rate"] = None if scale == "none" else 0.2
    return import_dotted("keras.optimizers.Muon")(**arguments)


RATE: Renames = {"base_lr": "initial_learning_rate"}
SCHEDULERS: dict[str, Callable[..., Function]] = {
    "ExponentialLR": LibraryFunction(
        "keras.optimizers.schedules.ExponentialDecay", RATE | {"gamma": "decay_rate"}, {"decay_steps": 1}
    ),
    "StepLR": LibraryFunction(
        "keras.optimizers.schedules.ExponentialDecay",
        RATE | {"step_size": "decay_steps", "gamma": "decay_rate"},
        {"staircase": True},
    ),
    "ExponentialDecayLR": LibraryFunction(
        "keras.optimizers.schedules.ExponentialDecay",
        RATE | {"decay_steps": "decay_steps", "decay_rate": "decay_rate", "staircase": "staircase"},
    ),
    "CosineAnnealingLR": cosine,
    "LinearLR": linear,
    "PolynomialLR": LibraryFunction(
        "keras.optimizers.schedules.PolynomialDecay",
        RATE | {"total_iters": "decay_steps", "power": "power"},
        {"end_learning_rate": 0.0},
    ),
    "WarmupCosineSchedule": warmup_cosine,
    "PiecewiseConstantSchedule": piecewise,
    "CosineAnnealingWarmRestarts": restarts,
}

COMMON: Renames = {
    "lr": "learning_rate",
    "weight_decay": "weight_decay",
    "grad_clip_norm": "global_clipnorm",
    "grad_clip_value": "clipvalue",
}
BETAS: Renames = COMMON | {"betas": ("beta_1", "beta_2"), "eps": "epsilon"}
MOMENTUM: Renames = COMMON | {"momentum": "momentum"}
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "SGD": LibraryFunction("keras.optimizers.SGD", MOMENTUM | {"nesterov": "nesterov"}),
    "Momentum": LibraryFunction("keras.optimizers.SGD", MOMENTUM, no_default=("momentum",)),
    "MomentumNesterov": LibraryFunction("keras.optimizers.SGD", MOMENTUM, {"nesterov": True}, no_default=("momentum",)),
    "Adam": LibraryFunction("keras.optimizers.Adam", BETAS | {"amsgrad": "amsgrad"}),
    "AdamW": LibraryFunction("keras.optimizers.AdamW", BETAS),
    "RMSprop": LibraryFunction(
        "keras.optimizers.RMSprop", MOMENTUM | {"alpha": "rho", "eps": "epsilon", "centered": "centered"}
    ),
    "Adagrad": LibraryFunction(
        "keras.optimizers.Adagrad",
        COMMON | {"initial_accumulator_value": "initial_accumulator_value", "eps": "epsilon"},
    ),
    "Adadelta": LibraryFunction("keras.optimizers.Adadelta", COMMON | {"rho": "rho", "eps": "epsilon"}),
    "Adamax": LibraryFunction("keras.optimizers.Adamax", BETAS),
    "Nadam": LibraryFunction("keras.optimizers.Nadam", BETAS),
    "Lion": LibraryFunction("keras.optimizers.Lion", COMMON | {"betas": ("beta_1", "beta_2")}),
    "Lamb": LibraryFunction("keras.optimizers.Lamb", BETAS),
    "Adafactor": LibraryFunction(
        adafactor,
        COMMON
        | {"eps": ("epsilon_1", "epsilon_2"), "clip_threshold": "clip_threshold"}
        | {"decay_rate": "decay_rate", "factored": "factored"},
    ),
    "Muon": LibraryFunction(
        muon,
        MOMENTUM
        | {"nesterov": "nesterov", "ns_steps": "ns_steps", "ns_coefficients": ("muon_a", "muon_b", "muon_c")}
        | {"scale": "scale", "eps": "eps"},
    ),
    "ScheduleFreeAdamW": LibraryFunction(
        "keras.optimizers.ScheduleFreeAdamW", BETAS | {"warmup_steps": "warmup_steps"}
    ),
}


class Optimizer(functional.Optimizer):
    """An optimizer of Keras, and its variables."""

    def __init__(self, name: str, **arguments: Any) -> None:
        super().__init__(arguments.get("lr"))
        if self.scheduler is not None:
            arguments["lr"] = self.number()
        self.keras = OPTIMIZERS[name](**arguments)

    def number(self) -> float:
        return float(self.rate())

    @property
    def current_lr(self) -> Any:
        return self.keras.learning_rate.value

    def begin(self) -> None:
        self.keras.build(list(self.states.values()))

    def apply(self, gradients: dict[Hashable, Any]) -> None:
        if self.scheduler is not None:
            self.keras.learning_rate = self.number()
        self.keras.apply(list(gradients.values()), [self.states[key] for key in gradients])

    def state_dict(self) -> Any:
        store: dict[str, Any] = {}
        self.keras.save_own_variables(store)
        return store

    def load_state_dict(self, state: Any) -> None:
        self.keras.load_own_variables(state)


def variable(array: Any) -> Any:
    return import_dotted("keras.Variable")(array, dtype=str(array.dtype))


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name])
    if name in OPTIMIZERS:
        return partial(Optimizer, name)
    raise AttributeError(name)


CONVENTIONS = (
    "PiecewiseConstantSchedule",
    "SGD",
    "Momentum",
    "MomentumNesterov",
    "Adam",
    "AdamW",
    "RMSprop",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "Lion",
    "Lamb",
    "Adafactor",
    "Muon",
    "ScheduleFreeAdamW",
)


def implementation() -> NativeImplementation:
    return NativeImplementation(
        "keras",
        sys.modules[__name__],
        make_state=variable,
        version=version("keras"),
        state="m.variable({})",
        module=__name__,
        not_observable=functional.NOT_OBSERVABLE
        | {"STA-12": "whether JAX copies an array of numpy depends on where that lies in memory"},
        table={**SCHEDULERS, **OPTIMIZERS},
        conventions=dict.fromkeys(CONVENTIONS, "keras"),
    )
