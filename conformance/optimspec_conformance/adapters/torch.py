"""torch: the classes of ``torch.optim`` and ``torch.optim.lr_scheduler``, as all of PyTorch's (``pytorch``)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from . import pytorch
from .functional import call_library, import_dotted
from .names import LibraryName, calling
from .pytorch import Optimizer, Scheduler, TorchClass
from .pytorch import Weight as Weight

CLIPPING, LACKS, tensor = pytorch.CLIPPING, pytorch.NOT_OBSERVABLE, pytorch.tensor  # old names, kept for one version


class Named(TorchClass):
    """The old ``TorchClass``, kept for one version: it takes the name of a class in ``torch.optim`` without dots."""

    def made(self, **arguments: Any) -> Any:
        optim = import_dotted("torch.optim")
        name = self.in_library().name
        return call_library(getattr(optim, name, None) or getattr(optim.lr_scheduler, name), **arguments)


@calling("torch.optim.Muon", scale="adjust_lr_fn")
def muon(params: Any, scale: Any = "original", **arguments: Any) -> Any:
    if scale == "none":
        raise Unsupported("Muon always scales its steps")
    return import_dotted("torch.optim.Muon")(params, adjust_lr_fn=scale, **arguments)


ALONE = {"cycle_momentum": False}  # cycling the momentum is not part of the specification

SCHEDULERS = {
    "ExponentialLR": TorchClass("torch.optim.lr_scheduler.ExponentialLR"),
    "StepLR": TorchClass("torch.optim.lr_scheduler.StepLR"),
    "MultiStepLR": TorchClass("torch.optim.lr_scheduler.MultiStepLR"),
    "CosineAnnealingLR": TorchClass("torch.optim.lr_scheduler.CosineAnnealingLR"),
    "LinearLR": TorchClass("torch.optim.lr_scheduler.LinearLR"),
    "ConstantLR": TorchClass("torch.optim.lr_scheduler.ConstantLR"),
    "PolynomialLR": TorchClass("torch.optim.lr_scheduler.PolynomialLR"),
    "CyclicLR": TorchClass("torch.optim.lr_scheduler.CyclicLR", fixed=ALONE),
    "OneCycleLR": TorchClass("torch.optim.lr_scheduler.OneCycleLR", fixed=ALONE),
    "CosineAnnealingWarmRestarts": TorchClass("torch.optim.lr_scheduler.CosineAnnealingWarmRestarts"),
    "ReduceLROnPlateau": TorchClass("torch.optim.lr_scheduler.ReduceLROnPlateau", lacks=("last_epoch",)),
    "LambdaLR": TorchClass("torch.optim.lr_scheduler.LambdaLR"),
    "MultiplicativeLR": TorchClass("torch.optim.lr_scheduler.MultiplicativeLR"),
    "ChainedScheduler": TorchClass("torch.optim.lr_scheduler.ChainedScheduler", composite=True),
    "SequentialLR": TorchClass("torch.optim.lr_scheduler.SequentialLR", composite=True),
}

OPTIMIZERS = {
    "SGD": TorchClass("torch.optim.SGD"),
    "Momentum": TorchClass("torch.optim.SGD", no_default=("momentum",)),
    "MomentumNesterov": TorchClass("torch.optim.SGD", fixed={"nesterov": True}, no_default=("momentum",)),
    "Adam": TorchClass("torch.optim.Adam"),
    "AdamW": TorchClass("torch.optim.AdamW"),
    "RMSprop": TorchClass("torch.optim.RMSprop"),
    "Adagrad": TorchClass("torch.optim.Adagrad"),
    "Adadelta": TorchClass("torch.optim.Adadelta"),
    "Adamax": TorchClass("torch.optim.Adamax"),
    "Nadam": TorchClass("torch.optim.NAdam"),
    "RAdam": TorchClass("torch.optim.RAdam"),
    "Rprop": TorchClass("torch.optim.Rprop"),
    "Adafactor": TorchClass(
        "torch.optim.Adafactor",
        {"clip_threshold": "d", "decay_rate": "beta2_decay"},
        lacks=("beta1", "factored"),
        negated=("decay_rate",),
    ),
    "LBFGS": TorchClass(
        "torch.optim.LBFGS",
        {"memory_size": "history_size"},
        {"max_iter": 1, "tolerance_grad": 0.0, "tolerance_change": 0.0},  # one iteration a step
        lacks=("scale_init_precond",),
    ),
    "Muon": TorchClass(muon),
    "ASGD": TorchClass("torch.optim.ASGD"),
}


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name])
    if name in OPTIMIZERS:
        return partial(Optimizer, OPTIMIZERS[name])
    raise AttributeError(name)


CONVENTIONS = (
    "CosineAnnealingLR",
    "ConstantLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "Adam",
    "RMSprop",
    "Adagrad",
    "Adamax",
    "RAdam",
    "Rprop",
    "Adafactor",
    "LBFGS",
    "ASGD",
)


def names() -> dict[str, LibraryName]:
    """What PyTorch calls the classes. The base rate of a schedule is the rate of the optimizer that it is built on."""
    named = {name: entry.theirs() for name, entry in {**SCHEDULERS, **OPTIMIZERS}.items()}
    of_optimizer = {"base_lr": "lr of the optimizer"}
    return named | {
        name: replace(named[name], parameters={**of_optimizer, **named[name].parameters})
        for name in SCHEDULERS
        if name != "CyclicLR"
    }


def implementation() -> NativeImplementation:
    return pytorch.implementation("torch", {**SCHEDULERS, **OPTIMIZERS}, dict.fromkeys(CONVENTIONS, "torch"))
