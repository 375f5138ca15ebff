"""Shared by adapters of libraries on PyTorch: schedulers on an optimizer, and parameters that are updated in place.

Rates, time, groups, slots, states and refusals are the library's. A scheduler needs an optimizer: without one in the
scenario it gets an ``SGD`` with a group for each base rate and no weights. The members of a composite are built on
one optimizer. The keys of weights, which PyTorch does not have, and ``update`` are the adapter's.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from numbers import Integral
from typing import Any

import numpy as np

from ..implementations.native import NativeImplementation
from ..scenarios.trace import Unsupported
from .functional import NEUTRAL, call_library, import_dotted, negative
from .names import LACKING, NAMES, LibraryName, with_fixed


@dataclass(frozen=True)
class TorchClass:
    """What makes a scheduler or an optimizer: its name, such as ``torch.optim.SGD``, or a function that is marked.

    ``renamed`` and ``fixed`` are arguments; ``lacks`` are those that it does not have, unsupported unless they have
    their ``NEUTRAL`` value, or None if there is no such value. ``negated`` are arguments that it has with the other
    sign. ``no_default`` are arguments whose default differs from ours; a ``composite`` takes members.
    """

    make: str | Callable[..., Any]
    renamed: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    negated: tuple[str, ...] = ()
    no_default: tuple[str, ...] = ()
    composite: bool = False

    @property
    def name(self) -> str:
        return self.in_library().name.rpartition(".")[2]

    def in_library(self) -> LibraryName:
        return LibraryName(self.make) if isinstance(self.make, str) else NAMES[self.make]

    def theirs(self) -> LibraryName:
        """The library's name for it, and for our parameters."""
        renamed = dict.fromkeys(self.lacks, LACKING) | {
            ours: f"{theirs}, of the other sign" if ours in self.negated else theirs
            for ours, theirs in self.renamed.items()
        }
        made = self.in_library()
        return LibraryName(with_fixed(made.name, self.fixed), {**renamed, **made.parameters})

    def made(self, **arguments: Any) -> Any:
        return call_library(import_dotted(self.make) if isinstance(self.make, str) else self.make, **arguments)

    def arguments(self, values: dict[str, Any]) -> dict[str, Any]:
        for name in (*self.lacks, *CLIPPING):
            if values.get(name, NEUTRAL.get(name)) != NEUTRAL.get(name):
                raise Unsupported(f"{self.name} has no {name}")
        for name in self.no_default:
            if name not in values:
                raise Unsupported(f"{self.name} has no default for {name} that makes it this class")
        supported = {name: value for name, value in values.items() if name not in (*self.lacks, *CLIPPING)}
        supported |= {name: negative(supported[name]) for name in self.negated if name in supported}
        return {self.renamed.get(name, name): value for name, value in supported.items()} | self.fixed


CLIPPING = ("grad_clip_norm", "grad_clip_value")  # a function in PyTorch, not part of an optimizer

NOT_OBSERVABLE = {
    "CMP-7": "the adapter rebuilds the members of a composite on one optimizer",
    "CMP-10": "the adapter makes a new list of the members",
    "OPT-13": "PyTorch knows weights by themselves, not by keys",
    "OPT-18": "PyTorch's optimizers have no update()",
}


class Scheduler:
    """A scheduler of PyTorch, and the optimizer whose groups hold its rates."""

    def __init__(self, torch_class: TorchClass, last_epoch: Any = 0, **values: Any) -> None:
        self.torch_class, self.arguments = torch_class, torch_class.arguments(values)
        self.members = [member for member in as_list(values.get("schedulers")) if isinstance(member, Scheduler)]
        self.base_lr = {"base_lr": values["base_lr"]} if "base_lr" in values else shared_base_lr(self.members)
        if torch_class.name != "CyclicLR":
            self.arguments.pop("base_lr", None)
        if not (isinstance(last_epoch, Integral) and last_epoch == 0):
            self.arguments |= torch_class.arguments({"last_epoch": last_epoch})
        self.used = False
        self.build(import_dotted("torch.optim.SGD")(**self.rates()))

    def rates(self) -> dict[str, Any]:
        """The arguments of an optimizer with a group for each base rate."""
        if "base_lr" in self.base_lr and not isinstance(self.base_lr["base_lr"], (list, tuple)):
            return {"params": [{"params": []} for _ in range(self.count())], "lr": self.base_lr["base_lr"]}
        if "base_lr" in self.base_lr:
            return {"params": [{"params": [], "lr": base_lr} for base_lr in self.base_lr["base_lr"]]}
        return {"params": [{"params": []} for _ in range(self.count())]}

    def count(self) -> int:
        """The number of groups, if no list of base rates gives it."""
        absolute = len(as_list(self.arguments.get("max_lr"))) if self.torch_class.name == "OneCycleLR" else 1
        return max([1, absolute, *(member.count() for member in self.members)])

    def walk_until(self, arguments: dict[str, Any]) -> None:
        """Give the optimizer the rates of a run that is resumed at ``last_epoch``."""
        last_epoch = arguments["last_epoch"]
        if isinstance(last_epoch, (int, np.integer)) and last_epoch >= 0 and not self.members:
            from_start = {name: value for name, value in arguments.items() if name != "last_epoch"}
            walked = self.torch_class.made(optimizer=self.optimizer, **from_start)
            for _ in range(last_epoch + 1):
                walked.step()

    def build(self, optimizer: Any) -> Any:
        groups = len(optimizer.param_groups)
        arguments = {name: limit_entries(name, value, groups) for name, value in self.arguments.items()}
        self.optimizer = optimizer
        self.initial_lrs = [group["lr"] for group in optimizer.param_groups]
        if "last_epoch" in arguments:
            arguments["last_epoch"] = epoch_before(arguments["last_epoch"])
            for group in optimizer.param_groups:
                group.setdefault("initial_lr", group["lr"])
            self.walk_until(arguments)
        if self.members:
            members = [
                member.build(optimizer) if isinstance(member, Scheduler) else member
                for member in arguments["schedulers"]
            ]
            arguments["schedulers"] = members if isinstance(arguments["schedulers"], list) else tuple(members)
        self.torch = self.torch_class.made(optimizer=optimizer, **arguments)
        return self.torch

    def attach(self, optimizer: Any) -> None:
        if self.used:
            raise Unsupported("a scheduler of PyTorch's is built on its optimizer, and has no other")
        self.used = True
        self.build(optimizer)

    def step(self, *metric: Any, **epoch: Any) -> None:
        if epoch and self.torch_class.composite:
            raise Unsupported(f"step() of a {self.torch_class.name} takes no epoch")
        self.used = True
        self.torch.step(*metric, **epoch)

    def get_last_lr(self) -> Any:
        return self.torch.get_last_lr()

    @property
    def last_epoch(self) -> Any:
        return read_time(self.torch)

    @property
    def base_lrs(self) -> Any:
        """The base rates; for a plateau, which has none, those of the groups at construction."""
        initial_lrs = [group["initial_lr"] for group in self.optimizer.param_groups if "initial_lr" in group]
        return getattr(self.torch, "base_lrs", initial_lrs or self.initial_lrs)

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

    @value.setter
    def value(self, array: Any) -> None:
        self.parameter.data.copy_(tensor(array))


class Optimizer:
    """An optimizer of PyTorch, and its parameters by key."""

    def __init__(self, torch_class: TorchClass, **values: Any) -> None:
        self.parameters: dict[Hashable, Any] = {}
        self.groups = 1
        arguments = {"params": [{"params": []}], **torch_class.arguments(values)}
        scheduler = values.get("lr")
        if isinstance(scheduler, Scheduler):
            del arguments["lr"]
            arguments |= scheduler.rates()
        elif torch_class.name == "Adafactor" and scheduler is None:
            arguments.pop("lr", None)
        self.torch = torch_class.made(**arguments)
        if isinstance(scheduler, Scheduler):
            scheduler.attach(self.torch)

    @property
    def current_lr(self) -> Any:
        return self.torch.param_groups[0]["lr"]

    def register_trainable_weights(self, states: Mapping[Hashable, Any]) -> None:
        if self.parameters:
            raise Unsupported("a group of PyTorch's takes its parameters when it is made")
        self.torch.param_groups[0]["params"].extend(self.take_parameters(states))

    def add_param_group(self, states: Mapping[Hashable, Any], **options: Any) -> None:
        """Use the next group that was made for a base rate, or add one if there is none."""
        if not self.parameters:
            raise Unsupported("PyTorch's optimizers take parameters when they are made")
        params, self.groups = self.take_parameters(states), self.groups + 1
        if self.groups > len(self.torch.param_groups):
            self.torch.add_param_group({"params": params, **options})
        elif "lr" in options:
            raise Unsupported("a scheduler of PyTorch's finds a group's rate when it is built")
        else:
            self.torch.param_groups[self.groups - 1]["params"].extend(params)
            self.torch.param_groups[self.groups - 1].update(options)

    def take_parameters(self, states: Mapping[Hashable, Any]) -> list[Any]:
        if not all(isinstance(state, Weight) for state in states.values()) or self.parameters.keys() & states.keys():
            raise Unsupported("PyTorch knows parameters by themselves, not by keys")
        parameters = {key: state.parameter for key, state in states.items()}
        self.parameters |= parameters
        return list(parameters.values())

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


class OptimizerAlone(Optimizer):
    """An optimizer of a library that has no schedulers: a rate is written to where the library reads it."""

    def set_lr(self, lr: Any, group: int = 0) -> None:
        self.torch.param_groups[group]["lr"] = lr


def tensor(array: Any) -> Any:
    import torch

    return torch.as_tensor(array)


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def limit_entries(name: str, value: Any, groups: int) -> Any:
    """The value without entries for groups that do not exist, which PyTorch would refuse."""
    return value[:groups] if name in ("max_lr", "min_lr") and isinstance(value, (list, tuple)) else value


def shared_base_lr(members: list[Scheduler]) -> dict[str, Any]:
    """The base rate of the optimizer of a composite."""
    explicit = [member.base_lr for member in members if member.base_lr]
    if any(rates != explicit[0] for rates in explicit):
        raise Unsupported("the members of a composite of PyTorch's have the base rates of one optimizer")
    return explicit[0] if explicit else {}


def epoch_before(last_epoch: Any) -> Any:
    """PyTorch expects the epoch before the first one, and steps at construction."""
    return last_epoch - 1 if isinstance(last_epoch, (int, np.integer)) and last_epoch > 0 else last_epoch


def read_time(scheduler: Any) -> Any:
    """The time; for a ``ChainedScheduler``, which has none, that of its first member."""
    return scheduler.last_epoch if hasattr(scheduler, "last_epoch") else read_time(scheduler._schedulers[0])


def implementation(
    library: str,
    table: Mapping[str, TorchClass],
    conventions: Mapping[str, str] | None = None,
    not_observable: Mapping[str, str] = NOT_OBSERVABLE,
) -> NativeImplementation:
    """The classes of a library, in the adapter of its name."""
    import_module("torch._dynamo")  # as the first optimizer would, in each isolated process
    module = f"{__package__}.{library}"
    return NativeImplementation(
        library,
        import_module(module),
        make_state=Weight,
        precision="float64",
        version=version(library),
        make_array=tensor,
        state="m.Weight({})",
        module=module,
        not_observable=not_observable,
        table=table,
        conventions=conventions,
    )
