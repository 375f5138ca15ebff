"""Right implementations that lack what real libraries lack, each after one library.

What a library lacks is said as an adapter says it, by ``Unsupported``. Whatever is wrong, its errors are of one class.
``broken`` are classes of the numpy example with a mistake, by name, in place of the right ones.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy_optim
from optimspec_conformance.adapters.functional import KEYED, NEUTRAL, NOT_OBSERVABLE, Scheduler
from optimspec_conformance.implementations import NativeImplementation
from optimspec_conformance.scenarios.trace import Unsupported

CLIPPING = ("grad_clip_norm", "grad_clip_value")
OF_SCHEDULES = {requirement: reason for requirement, reason in NOT_OBSERVABLE.items() if reason != KEYED}
RATES = ("base_lr", "max_lr", "min_lr")
PADDLE = {
    "SGD": ["momentum", "nesterov"],
    "Momentum": [],
    "Adam": ["amsgrad"],
    "AdamW": [],
    "Adamax": [],
    "Adagrad": ["lr_decay"],
    "Adadelta": [],
    "RMSprop": [],
    "Lamb": [],
    "Nadam": ["momentum_decay"],
    "RAdam": [],
    "Rprop": [],
}
PADDLE_SCHEDULERS = {
    "ExponentialLR": [],
    "StepLR": [],
    "MultiStepLR": [],
    "CosineAnnealingLR": [],
    "PolynomialLR": [],
    "LinearLR": [],
    "WarmupScheduler": [],
    "PiecewiseConstantSchedule": [],
    "CyclicLR": [],
    "OneCycleLR": ["epochs", "steps_per_epoch"],
    "ReduceLROnPlateau": [],
    "CosineAnnealingWarmRestarts": [],
}
MLX = {
    "SGD": ["nesterov"],
    "Adam": ["amsgrad", "weight_decay"],
    "AdamW": [],
    "Adamax": ["weight_decay"],
    "Adagrad": ["lr_decay", "initial_accumulator_value", "weight_decay"],
    "Adadelta": ["weight_decay"],
    "RMSprop": ["momentum", "centered", "weight_decay"],
    "Lion": [],
}
MLX_SCHEDULES = ["ExponentialLR", "StepLR", "CosineAnnealingLR", "LinearLR"]
TFJS = {
    "SGD": ["momentum", "nesterov"],
    "Momentum": [],
    "Adam": ["amsgrad"],
    "Adamax": [],
    "Adagrad": ["lr_decay"],
    "Adadelta": [],
    "RMSprop": [],
}


def paddle_like(**broken: type) -> NativeImplementation:
    """Schedulers with one rate; optimizers without groups."""
    classes = {name: optimizer(name, lacks, broken) for name, lacks in PADDLE.items()}
    schedulers = {name: scheduler(name, lacks, broken) for name, lacks in PADDLE_SCHEDULERS.items()}
    return NativeImplementation("paddle_like", namespace(classes | schedulers))


def mlx_like(**broken: type) -> NativeImplementation:
    """Schedules that are functions, in float32; optimizers without groups, clipping, or most of the extras."""
    classes = {name: optimizer(name, [*lacks, *CLIPPING], broken) for name, lacks in MLX.items()}
    functions = {name: function_of(name, broken) for name in MLX_SCHEDULES}
    return NativeImplementation("mlx_like", namespace(classes | functions), not_observable=OF_SCHEDULES)


def tfjs_like(**broken: type) -> NativeImplementation:
    """Optimizers alone, without groups, weight decay or clipping, whose rate can be set."""
    classes = {name: optimizer(name, [*lacks, "weight_decay", *CLIPPING], broken) for name, lacks in TFJS.items()}
    return NativeImplementation("tfjs_like", namespace(classes))


def namespace(classes: Mapping[str, type]) -> SimpleNamespace:
    return SimpleNamespace(ParamState=numpy_optim.ParamState, **classes)


class LibraryError(Exception):
    """The one class of errors."""


def with_one_error(method: Callable[..., Any]) -> Callable[..., Any]:
    def replaced(*args: Any, **arguments: Any) -> Any:
        try:
            return method(*args, **arguments)
        except Unsupported:
            raise
        except Exception as error:
            raise LibraryError(str(error)) from None

    return replaced


class StateWithoutPickle(dict[str, Any]):
    """A state in which something can be copied, and cannot be pickled."""

    def __deepcopy__(self, memo: Any) -> StateWithoutPickle:
        return StateWithoutPickle(copy.deepcopy(dict(self), memo))

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise Unsupported("the library's states cannot be pickled")


def optimizer(name: str, lacks: list[str], broken: Mapping[str, type]) -> type:
    """An optimizer whose rate is a number, handed on from a schedule before each step."""
    base: Any = broken.get(name) or getattr(numpy_optim, name)

    def construct(self: Any, *args: Any, **arguments: Any) -> None:
        refuse_lacking(name, lacks, arguments)
        self.function = arguments.get("lr") if isinstance(arguments.get("lr"), Scheduler) else None
        if self.function is not None:
            arguments["lr"] = float(self.function.get_last_lr()[0])
        base.__init__(self, *args, **arguments)

    def step(self: Any, grads: Any) -> None:
        if self.function is not None:
            set_lr(self, self.function.get_last_lr()[0])
        base.step(self, grads)

    def set_lr(self: Any, lr: Any) -> None:
        self._schedule = numpy_optim.ConstantLR(float(lr), factor=1.0)

    def add_param_group(self: Any, states: Any, **options: Any) -> None:
        raise Unsupported("the library has no groups")

    return type(
        name,
        (base,),
        {
            "__init__": with_one_error(construct),
            "register_trainable_weights": with_one_error(base.register_trainable_weights),
            "add_param_group": add_param_group,
            "step": with_one_error(step),
            "update": with_one_error(step),
            "set_lr": with_one_error(set_lr),
            "state_dict": lambda self: StateWithoutPickle(base.state_dict(self)),
            "load_state_dict": with_one_error(base.load_state_dict),
        },
    )


def scheduler(name: str, lacks: list[str], broken: Mapping[str, type]) -> type:
    """A scheduler with a single base rate."""
    base: Any = broken.get(name) or getattr(numpy_optim, name)

    def construct(self: Any, *args: Any, **arguments: Any) -> None:
        refuse_lacking(name, lacks, arguments)
        if any(isinstance(arguments.get(rate), (list, tuple)) for rate in RATES):
            raise Unsupported("the library has one rate")
        base.__init__(self, *args, **arguments)

    methods = {method: with_one_error(getattr(base, method)) for method in ("step", "load_state_dict")}
    return type(name, (base,), {"__init__": with_one_error(construct), **methods})


def function_of(name: str, broken: Mapping[str, type]) -> type:
    """A schedule that is a function of a count, with rates in float32."""
    base: Any = broken.get(name) or getattr(numpy_optim, name)

    def make(**arguments: Any) -> Callable[[int], Any]:
        schedule = with_one_error(base)(**arguments)

        def rate(t: int) -> Any:
            schedule.step(t)
            return np.float32(schedule.get_last_lr()[0])

        return rate

    def construct(self: Any, last_epoch: Any = 0, **arguments: Any) -> None:
        Scheduler.__init__(self, make, last_epoch=last_epoch, **arguments)

    return type(name, (Scheduler,), {"__init__": construct})


def refuse_lacking(name: str, lacks: list[str], arguments: Mapping[str, Any]) -> None:
    for argument in lacks:
        if argument in arguments and NEUTRAL.get(argument) != arguments[argument]:
            raise Unsupported(f"the library's {name} has no {argument}")
