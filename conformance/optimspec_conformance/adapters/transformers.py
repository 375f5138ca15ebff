"""transformers: its schedules, which are functions of the time on an optimizer of PyTorch, and its Adafactor.

As in PyTorch (``pytorch``), a schedule alone gets an ``SGD``; its default rate is that of the first group, to which
some floors are relative.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from . import pytorch
from .functional import call_library, check_real, import_dotted
from .names import calling
from .pytorch import OptimizerAlone, TorchClass
from .pytorch import Weight as Weight

STEPS = {"warmup_steps": "num_warmup_steps", "total_steps": "num_training_steps"}


@calling("transformers.get_cosine_with_min_lr_schedule_with_warmup", eta_min="min_lr")
def cosine(optimizer: Any, eta_min: Any = None, **arguments: Any) -> Any:
    """The cosine: without a floor, it is another function of transformers."""
    name = "get_cosine_schedule_with_warmup" if eta_min is None else "get_cosine_with_min_lr_schedule_with_warmup"
    floor = {} if eta_min is None else {"min_lr": eta_min}
    return call_library(import_dotted(f"transformers.{name}"), optimizer=optimizer, **arguments, **floor)


@calling("transformers.get_wsd_schedule", eta_min="min_lr_ratio, a share of the rate")
def stable_decay(optimizer: Any, eta_min: Any = 0.0, warmup_start_lr: Any = 0.0, **arguments: Any) -> Any:
    """The floor is a share of the rate; the warm-up starts there, wherever it is asked to start."""
    check_real(eta_min, warmup_start_lr)
    if not 0 <= warmup_start_lr < math.inf:
        raise Unsupported("the warm-up starts at the floor")
    shares = {0.0}
    if eta_min != 0:
        rates = [group.get("initial_lr", group["lr"]) for group in optimizer.param_groups]
        check_real(*rates)
        shares = {eta_min / rate for rate in rates if rate}
        if len(shares) != 1 or not all(rates):
            raise Unsupported("a floor that is the same share of each rate cannot be the same rate")
    function = import_dotted("transformers.get_wsd_schedule")
    return call_library(function, optimizer=optimizer, min_lr_ratio=shares.pop(), **arguments)


@calling("transformers.Adafactor", lr="lr, with relative_step=False")
def adafactor(params: Any, lr: Any = None, **arguments: Any) -> Any:
    function = import_dotted("transformers.Adafactor")
    return function(params, lr=lr, relative_step=lr is None, **arguments)


SCHEDULERS = {
    "WarmupScheduler": TorchClass(
        "transformers.get_constant_schedule_with_warmup",
        {"warmup_epochs": "num_warmup_steps"},
        lacks=("warmup_start_lr",),
    ),
    "WarmupLinearSchedule": TorchClass(
        "transformers.get_linear_schedule_with_warmup", STEPS, lacks=("warmup_start_lr", "eta_min")
    ),
    "WarmupCosineSchedule": TorchClass(cosine, STEPS, lacks=("warmup_start_lr",)),
    "WarmupPolynomialSchedule": TorchClass(
        "transformers.get_polynomial_decay_schedule_with_warmup",
        STEPS | {"eta_min": "lr_end"},
        lacks=("warmup_start_lr",),
    ),
    "WarmupStableDecay": TorchClass(stable_decay, STEPS | {"decay_steps": "num_decay_steps", "decay": "decay_type"}),
    "WarmupCosineRestarts": TorchClass(
        "transformers.get_cosine_with_hard_restarts_schedule_with_warmup",
        STEPS | {"cycles": "num_cycles"},
        lacks=("warmup_start_lr", "eta_min"),
    ),
    "InverseSqrtSchedule": TorchClass(
        "transformers.get_inverse_sqrt_schedule",
        {"warmup_steps": "num_warmup_steps"},
        lacks=("warmup_start_lr", "eta_min"),
    ),
}
OPTIMIZERS = {"Adafactor": TorchClass(adafactor, lacks=("factored",), negated=("decay_rate",))}


class Scheduler(pytorch.Scheduler):
    """A schedule, on an optimizer whose default rate is that of its first group."""

    def rates(self) -> dict[str, Any]:
        arguments, base_lr = super().rates(), self.base_lr.get("base_lr")
        return arguments | {"lr": base_lr[0]} if isinstance(base_lr, (list, tuple)) and base_lr else arguments


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name])
    if name in OPTIMIZERS:
        return partial(OptimizerAlone, OPTIMIZERS[name])
    raise AttributeError(name)


CONVENTIONS = dict.fromkeys(
    ("WarmupCosineSchedule", "WarmupPolynomialSchedule", "WarmupStableDecay", "InverseSqrtSchedule", "Adafactor"),
    "transformers",
)


def implementation() -> NativeImplementation:
    return pytorch.implementation("transformers", {**SCHEDULERS, **OPTIMIZERS}, CONVENTIONS)
