"""prodigyopt: its Prodigy, which is an optimizer of PyTorch's (``pytorch``)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..implementations.native import NativeImplementation
from . import pytorch
from .functional import import_dotted
from .names import calling
from .pytorch import OptimizerAlone, TorchClass
from .pytorch import Weight as Weight


@calling("prodigyopt.Prodigy", growth_rate="growth_rate, infinite in place of None")
def prodigy(params: Any, growth_rate: Any = None, **arguments: Any) -> Any:
    growth = {} if growth_rate is None else {"growth_rate": growth_rate}
    return import_dotted("prodigyopt.Prodigy")(params, **growth, **arguments)


SCHEDULERS: dict[str, TorchClass] = {}
OPTIMIZERS = {"Prodigy": TorchClass(prodigy, {"bias_correction": "use_bias_correction"})}


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in OPTIMIZERS:
        return partial(OptimizerAlone, OPTIMIZERS[name])
    raise AttributeError(name)


def implementation() -> NativeImplementation:
    return pytorch.implementation("prodigyopt", OPTIMIZERS)
