"""schedulefree: its optimizers, which are PyTorch's (``pytorch``), always in the mode of training.

The averages are what the weights hold in the mode of evaluation.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

from ..implementations.native import NativeImplementation
from . import pytorch
from .pytorch import OptimizerAlone, TorchClass
from .pytorch import Weight as Weight

SCHEDULERS: dict[str, TorchClass] = {}
OPTIMIZERS = {
    "ScheduleFreeAdamW": TorchClass("schedulefree.AdamWScheduleFree"),
    "ScheduleFreeSGD": TorchClass("schedulefree.SGDScheduleFree"),
}


class Optimizer(OptimizerAlone):
    """An optimizer in the mode of training."""

    def __init__(self, torch_class: TorchClass, **values: Any) -> None:
        super().__init__(torch_class, **values)
        self.torch.train()

    def averaged(self) -> dict[Hashable, Any]:
        self.torch.eval()
        averages = {key: parameter.detach().clone() for key, parameter in self.parameters.items()}
        self.torch.train()
        return averages


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in OPTIMIZERS:
        return partial(Optimizer, OPTIMIZERS[name])
    raise AttributeError(name)


def implementation() -> NativeImplementation:
    return pytorch.implementation("schedulefree", OPTIMIZERS)
