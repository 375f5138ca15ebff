"""torch: the classes of ``torch.optim`` and ``torch.optim.lr_scheduler``, on parameters that are updated in place.

Rates, time, groups, slots, states and refusals are PyTorch's. A scheduler of PyTorch needs an optimizer: without one in
the scenario it gets an ``SGD`` with a group for each base rate and no weights. The members of a composite are built on
one optimizer. The keys of weights, which PyTorch does not have, and ``update`` are the adapter's.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from numbers import Integral
from typing import Any

import numpy as np

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from .functional import called


@dataclass(frozen=True)
class TorchClass:
    """A class of PyTorch: its name, renamed and fixed arguments, and those that it lacks.

    ``no_default`` are arguments whose default differs from ours; a ``composite`` takes members.
    """

    name: str
    renamed: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    no_default: tuple[str, ...] = ()
    composite: bool = False

    def arguments(self, given: dict[str, Any]) -> dict[str, Any]:
        for name in (*self.lacks, *CLIPPING):
            if given.get(name) is not None:
                raise Unsupported(f"{self.name} has no {name}")
        for name in self.no_default:
            if name not in given:
                raise Unsupported(f"{self.name} has no default for {name} that makes it this class")
        kept = {name: value for name, value in given.items() if name not in (*self.lacks, *CLIPPING)}
        return {self.renamed.get(name, name): value for name, value in kept.items()} | self.fixed


CLIPPING = ("grad_clip_norm", "grad_clip_value")  # a function in PyTorch, not part of an optimizer

ALONE = {"cycle_momentum": False}  # cycling the momentum is not part of the specification

SCHEDULERS = {
    "ExponentialLR": TorchClass("ExponentialLR"),
    "StepLR": TorchClass("StepLR"),
    "MultiStepLR": TorchClass("MultiStepLR"),
    "CosineAnnealingLR": TorchClass("CosineAnnealingLR"),
    "LinearLR": TorchClass("LinearLR"),
    "ConstantLR": TorchClass("ConstantLR"),
    "PolynomialLR": TorchClass("PolynomialLR"),
    "CyclicLR": TorchClass("CyclicLR", fixed=ALONE),
    "OneCycleLR": TorchClass("OneCycleLR", fixed=ALONE),
    "CosineAnnealingWarmRestarts": TorchClass("CosineAnnealingWarmRestarts"),
    "ReduceLROnPlateau": TorchClass("ReduceLROnPlateau", lacks=("last_epoch",)),
    "ChainedScheduler": TorchClass("ChainedScheduler", composite=True),
    "SequentialLR": TorchClass("SequentialLR", composite=True),
}

OPTIMIZERS = {
    "SGD": TorchClass("SGD"),
    "Momentum": TorchClass("SGD", no_default=("momentum",)),
    "MomentumNesterov": TorchClass("SGD", fixed={"nesterov": True}, no_default=("momentum",)),
    "Adam": TorchClass("Adam"),
    "AdamW": TorchClass("AdamW"),
    "RMSprop": TorchClass("RMSprop"),
    "Adagrad": TorchClass("Adagrad"),
    "Adadelta": TorchClass("Adadelta"),
    "Adamax": TorchClass("Adamax"),
    "Nadam": TorchClass("NAdam"),
    "RAdam": TorchClass("RAdam"),
    "Rprop": TorchClass("Rprop"),
    "Adafactor": TorchClass("Adafactor", {"clip_threshold": "d"}, lacks=("beta1", "factored", "decay_rate")),
    "LBFGS": TorchClass(
        "LBFGS",
        {"memory_size": "history_size"},
        {"max_iter": 1, "tolerance_grad": 0.0, "tolerance_change": 0.0},  # one iteration a step
        lacks=("scale_init_precond",),
    ),
}

NOT_OBSERVABLE = {
    "CMP-7": "the adapter builds the members of a composite anew, on one optimizer",
    "CMP-10": "the adapter makes a list of the members anew",
    "OPT-13": "PyTorch knows weights by themselves, not by keys",
    "OPT-18": "PyTorch's optimizers have no update()",
}


class Scheduler:
    """A scheduler of PyTorch, and the optimizer whose groups hold its rates."""

    def __init__(self, named: TorchClass, last_epoch: Any = 0, **given: Any) -> None:
        self.named, self.given = named, named.arguments(given)
        self.members = [m for m in listed(given.get("schedulers")) if isinstance(m, Scheduler)]
        self.base_lr = {"base_lr": given["base_lr"]} if "base_lr" in given else shared(self.members)
        if named.name != "CyclicLR":
            self.given.pop("base_lr", None)
        if not (isinstance(last_epoch, Integral) and last_epoch == 0):
            self.given |= named.arguments({"last_epoch": last_epoch})
        self.used = False
        self.build(optim().SGD(**self.rates()))

    def rates(self) -> dict[str, Any]:
        """The arguments of an optimizer with a group for each base rate."""
        if "base_lr" in self.base_lr and not isinstance(self.base_lr["base_lr"], (list, tuple)):
            return {"params": [{"params": []} for _ in range(self.count())], "lr": self.base_lr["base_lr"]}
        if "base_lr" in self.base_lr:
            return {"params": [{"params": [], "lr": rate} for rate in self.base_lr["base_lr"]]}
        return {"params": [{"params": []} for _ in range(self.count())]}

    def count(self) -> int:
        """The number of groups, if no list of base rates gives it."""
        absolute = len(listed(self.given.get("max_lr"))) if self.named.name == "OneCycleLR" else 1
        return max([1, absolute, *(member.count() for member in self.members)])

    def build(self, optimizer: Any) -> Any:
        groups = len(optimizer.param_groups)
        self.optimizer, given = optimizer, {name: cut(name, value, groups) for name, value in self.given.items()}
        self.began = [group["lr"] for group in optimizer.param_groups]
        if "last_epoch" in given:
            given["last_epoch"] = before(given["last_epoch"])
            for group in optimizer.param_groups:
                group.setdefault("initial_lr", group["lr"])
        if self.members:
            made = [m.build(optimizer) if isinstance(m, Scheduler) else m for m in given["schedulers"]]
            given["schedulers"] = made if isinstance(given["schedulers"], list) else tuple(made)
        self.torch = called(getattr(optim().lr_scheduler, self.named.name), optimizer=optimizer, **given)
        return self.torch

    def attach(self, optimizer: Any) -> None:
        if self.used:
            raise Unsupported("a scheduler of PyTorch's is built on its optimizer, and has no other")
        self.used = True
        self.build(optimizer)

    def step(self, *metric: Any, **epoch: Any) -> None:
        if epoch and self.named.composite:
            raise Unsupported(f"step() of a {self.named.name} takes no epoch")
        self.used = True
        self.torch.step(*metric, **epoch)

    def get_last_lr(self) -> Any:
        return self.torch.get_last_lr()

    @property
    def last_epoch(self) -> Any:
        return time(self.torch)

    @property
    def base_lrs(self) -> Any:
        """For a scheduler without base rates: those of the groups, before a plateau changed them."""
        kept = [group["initial_lr"] for group in self.optimizer.param_groups if "initial_lr" in group]
        return getattr(self.torch, "base_lrs", kept or self.began)

    def state_dict(self) -> Any:
        return self.torch.state_dict()

    def load_state_dict(self, state: Any) -> None:
        self.used = True
        self.torch.load_state_dict(state)


class Weight:
    """A parameter, which also holds its gradient; ``value`` shares its memory."""

    def __init__(self, array: Any) -> None:
        import torch

        self.parameter = torch.nn.Parameter(tensor(array))

    @property
    def value(self) -> Any:
        return self.parameter.detach()


class Optimizer:
    """An optimizer of PyTorch, and its parameters by key."""

    def __init__(self, named: TorchClass, **given: Any) -> None:
        self.parameters: dict[Hashable, Any] = {}
        self.groups = 1
        arguments = {"params": [{"params": []}], **named.arguments(given)}
        scheduler = given.get("lr")
        if isinstance(scheduler, Scheduler):
            del arguments["lr"]
            arguments |= scheduler.rates()
        elif named.name == "Adafactor" and scheduler is None:
            arguments.pop("lr", None)
        self.torch = getattr(optim(), named.name)(**arguments)
        if isinstance(scheduler, Scheduler):
            scheduler.attach(self.torch)

    @property
    def current_lr(self) -> Any:
        return self.torch.param_groups[0]["lr"]

    def register_trainable_weights(self, states: Mapping[Hashable, Any]) -> None:
        if self.parameters:
            raise Unsupported("a group of PyTorch's takes its parameters when it is made")
        self.torch.param_groups[0]["params"].extend(self.of(states))

    def add_param_group(self, states: Mapping[Hashable, Any], **options: Any) -> None:
        """Use a group that was made for a base rate, if any is left, or add one."""
        if not self.parameters:
            raise Unsupported("PyTorch's optimizers take parameters when they are made")
        params, self.groups = self.of(states), self.groups + 1
        if self.groups > len(self.torch.param_groups):
            self.torch.add_param_group({"params": params, **options})
        elif "lr" in options:
            raise Unsupported("a scheduler of PyTorch's finds a group's rate when it is built")
        else:
            self.torch.param_groups[self.groups - 1]["params"].extend(params)
            self.torch.param_groups[self.groups - 1].update(options)

    def of(self, states: Mapping[Hashable, Any]) -> list[Any]:
        if not all(isinstance(state, Weight) for state in states.values()) or self.parameters.keys() & states.keys():
            raise Unsupported("PyTorch knows parameters by themselves, not by keys")
        new = {key: state.parameter for key, state in states.items()}
        self.parameters |= new
        return list(new.values())

    def step(self, gradients: Any) -> None:
        """Step the parameters that have a gradient."""
        if not self.parameters or not isinstance(gradients, dict) or gradients.keys() - self.parameters.keys():
            raise Unsupported("PyTorch finds the gradients in the parameters")
        for parameter in self.parameters.values():
            parameter.grad = None
        for key, gradient in gradients.items():
            self.parameters[key].grad = tensor(gradient)
        self.torch.step(lambda: 0.0)

    def state_dict(self) -> Any:
        return self.torch.state_dict()

    def load_state_dict(self, state: Any) -> None:
        self.torch.load_state_dict(state)


def optim() -> Any:
    import torch

    return torch.optim


def tensor(array: Any) -> Any:
    import torch

    return torch.as_tensor(array)


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def cut(name: str, value: Any, groups: int) -> Any:
    """Without entries for more groups than there are, which PyTorch would refuse."""
    return value[:groups] if name in ("max_lr", "min_lr") and isinstance(value, (list, tuple)) else value


def shared(members: list[Scheduler]) -> dict[str, Any]:
    """The base rate of the optimizer of a composite."""
    stated = [member.base_lr for member in members if member.base_lr]
    if any(rates != stated[0] for rates in stated):
        raise Unsupported("the members of a composite of PyTorch's have the base rates of one optimizer")
    return stated[0] if stated else {}


def before(last_epoch: Any) -> Any:
    """PyTorch takes the epoch before the first one, and steps at construction."""
    return last_epoch - 1 if isinstance(last_epoch, (int, np.integer)) and last_epoch > 0 else last_epoch


def time(scheduler: Any) -> Any:
    """The time; that of a ``ChainedScheduler``, which has none, is its first member's."""
    return scheduler.last_epoch if hasattr(scheduler, "last_epoch") else time(scheduler._schedulers[0])


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name])
    if name in OPTIMIZERS:
        return partial(Optimizer, OPTIMIZERS[name])
    raise AttributeError(name)


def implementation() -> NativeImplementation:
    return NativeImplementation(
        "torch",
        sys.modules[__name__],
        make_state=Weight,
        precision="float64",
        version=version("torch"),
        make_array=tensor,
        state="m.Weight({})",
        module=__name__,
        not_observable=NOT_OBSERVABLE,
        table={**SCHEDULERS, **OPTIMIZERS},
    )
