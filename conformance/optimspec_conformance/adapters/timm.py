"""timm: its schedulers, which give an optimizer of PyTorch the rates of a time that the caller counts.

Formulas, groups and refusals are timm's. The time is the adapter's: a scheduler of timm receives it in each step,
and its state does not hold it. The package itself imports torchvision, which need not be there: without it,
``timm.scheduler`` is imported alone.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from . import functional, pytorch
from .functional import COUNTED, call_library, check_time, import_dotted
from .names import calling
from .pytorch import TorchClass
from .pytorch import Weight as Weight

STATELESS = "a scheduler of timm's is told the time, and its state does not hold it"
FLOOR = {"eta_min": "lr_min"}
WARMUP = FLOOR | {"warmup_steps": "warmup_t", "warmup_start_lr": "warmup_lr_init", "total_steps": "t_initial"}
ENDLESS = {"cycle_limit": sys.maxsize}


@calling("timm.scheduler.WSDLRScheduler", total_steps="t_initial and warmup_t")
def stable_decay(optimizer: Any, t_initial: Any, warmup_t: Any, **arguments: Any) -> Any:
    """In timm, the warm-up comes before what ``t_initial`` counts."""
    function = import_dotted("timm.scheduler.WSDLRScheduler")
    rest = check_time(t_initial) - check_time(warmup_t)
    return call_library(function, optimizer=optimizer, t_initial=rest, warmup_t=warmup_t, **arguments)


@calling("timm.scheduler.CosineLRScheduler(warmup_prefix=True)", total_steps="t_initial, of one cycle")
def restarts(optimizer: Any, t_initial: Any, warmup_t: Any, cycle_limit: Any, **arguments: Any) -> Any:
    """In timm, a cycle has a length in steps."""
    function = import_dotted("timm.scheduler.CosineLRScheduler")
    rest, cycles = check_time(t_initial) - check_time(warmup_t), check_time(cycle_limit)
    if cycles == 0 or rest % cycles:
        raise Unsupported("a cycle of timm's has a whole number of steps")
    lengths = {"t_initial": rest // cycles, "warmup_t": warmup_t, "warmup_prefix": True, "cycle_limit": cycles}
    return call_library(function, optimizer=optimizer, **lengths, **arguments)


SCHEDULERS = {
    "StepLR": TorchClass("timm.scheduler.StepLRScheduler", {"step_size": "decay_t", "gamma": "decay_rate"}),
    "MultiStepLR": TorchClass("timm.scheduler.MultiStepLRScheduler", {"milestones": "decay_t", "gamma": "decay_rate"}),
    "CosineAnnealingLR": TorchClass("timm.scheduler.CosineLRScheduler", FLOOR | {"T_max": "t_initial"}),
    "CosineAnnealingWarmRestarts": TorchClass(
        "timm.scheduler.CosineLRScheduler", FLOOR | {"T_0": "t_initial", "T_mult": "cycle_mul"}, ENDLESS
    ),
    "PolynomialLR": TorchClass("timm.scheduler.PolyLRScheduler", {"total_iters": "t_initial"}),
    "ReduceLROnPlateau": TorchClass(
        "timm.scheduler.PlateauLRScheduler",
        {"factor": "decay_rate", "patience": "patience_t", "cooldown": "cooldown_t", "min_lr": "lr_min"},
        lacks=("last_epoch", "threshold_mode", "eps"),
    ),
    "WarmupCosineSchedule": TorchClass("timm.scheduler.CosineLRScheduler", WARMUP),
    "WarmupPolynomialSchedule": TorchClass("timm.scheduler.PolyLRScheduler", WARMUP),
    "WarmupStableDecay": TorchClass(stable_decay, WARMUP | {"decay_steps": "decay_t", "decay": "decay_fn"}),
    "WarmupCosineRestarts": TorchClass(restarts, WARMUP | {"cycles": "cycle_limit"}),
}
OPTIMIZERS: dict[str, TorchClass] = {}
CONVENTIONS = dict.fromkeys(("MultiStepLR", "WarmupCosineSchedule", "WarmupPolynomialSchedule"), "timm") | {
    "ReduceLROnPlateau": "torch"
}
NOT_OBSERVABLE = {name: why for name, why in functional.NOT_OBSERVABLE.items() if why == COUNTED}


class Scheduler(pytorch.Scheduler):
    """A scheduler of timm, on an optimizer whose groups hold its rates, and the time."""

    def __init__(self, torch_class: TorchClass, last_epoch: Any = 0, **values: Any) -> None:
        self.time = 0 if last_epoch == -1 else check_time(last_epoch)
        super().__init__(torch_class, **values)

    def build(self, optimizer: Any) -> Any:
        super().build(optimizer)
        if self.time:
            self.torch.step(self.time)
        return self.torch

    def step(self, *metric: Any, epoch: Any = None) -> None:
        time = self.time + 1 if epoch is None else check_time(epoch)
        self.torch.step(time, *metric)
        self.used, self.time = True, time

    def get_last_lr(self) -> Any:
        return [group["lr"] for group in self.optimizer.param_groups]

    @property
    def last_epoch(self) -> int:
        return self.time

    @property
    def base_lrs(self) -> Any:
        return self.torch.base_values

    def state_dict(self) -> Any:
        raise Unsupported(STATELESS)

    def load_state_dict(self, state: Any) -> None:
        raise Unsupported(STATELESS)


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name])
    raise AttributeError(name)


def import_schedulers() -> None:
    """Import ``timm.scheduler``; if torchvision is missing, without running the package's ``__init__``."""
    spec = find_spec("timm")
    if spec is not None and find_spec("torchvision") is None:
        sys.modules.setdefault("timm", module_from_spec(spec))
    import_module("timm.scheduler")


def implementation() -> NativeImplementation:
    import_schedulers()
    return pytorch.implementation("timm", SCHEDULERS, CONVENTIONS, NOT_OBSERVABLE)
