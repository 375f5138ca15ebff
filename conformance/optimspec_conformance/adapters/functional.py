"""Shared by adapters of functional libraries: schedules with a time, and renamed arguments.

A schedule of such a library is a function of a count. The formula and the refusals are the library's. The time, the
groups (one function each) and the read-outs are the adapter's, so requirements about them are not provided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from inspect import signature
from numbers import Integral, Real
from typing import Any

from ..classes.catalogue import DEFINITIONS
from ..classes.definition import CompositeDefinition
from ..scenarios.trace import Unsupported
from .names import LACKING, NAMES, LibraryName, with_fixed

Function = Callable[[int], Any]
Renames = dict[str, str | tuple[str, ...]]
COUNTED = "the adapter counts the time, and asks the library for the rate at it"
LISTED = "the adapter makes the list, of one function for each base rate"
FOLLOWED = "the adapter hands the rate on to the optimizer before each step"
KEYED = "the adapter looks weights up by their keys"
LEFT_OUT = object()
NEUTRAL = {  # a library without them does the same
    "weight_decay": 0.0,
    "initial_accumulator_value": 0.0,
    "warmup_start_lr": 0.0,
    "eta_min": 0.0,
}
NOT_OBSERVABLE = {
    **dict.fromkeys(("SCH-1", "SCH-3", "SCH-4", "SCH-5", "SCH-6", "SCH-7", "SCH-8", "SCH-11", "SCH-14"), COUNTED),
    **dict.fromkeys(("SCH-21", "SCH-22", "SCH-23", "SCH-24", "SCH-25", "NUM-3"), COUNTED),
    **dict.fromkeys(("SCH-9", "SCH-10", "SCH-12", "SCH-13", "SCH-15", "SCH-18"), LISTED),
    **dict.fromkeys(("OPT-2", "OPT-3", "OPT-4"), FOLLOWED),
    **dict.fromkeys(("OPT-13", "OPT-18", "OPT-40"), KEYED),
}


@dataclass(frozen=True)
class LibraryFunction:
    """A function of a library that makes a schedule or an optimizer, by its name, such as ``optax.adam``.

    ``renamed`` maps our argument to theirs, or to several, one for each entry; unlisted arguments are unsupported,
    unless they have their ``NEUTRAL`` value.
    ``fixed`` are arguments that make it this class. ``no_default`` are arguments whose default differs from ours.
    """

    make: str | Callable[..., Any]
    renamed: Mapping[str, str | tuple[str, ...]]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    no_default: tuple[str, ...] = ()

    def __call__(self, **values: Any) -> Any:
        for name in self.no_default:
            if name not in values:
                raise Unsupported(f"the library has no class whose default of {name} could be seen")
        arguments = dict(self.fixed)
        for name, value in values.items():
            match self.renamed.get(name):
                case str() as theirs:
                    arguments[theirs] = value
                case tuple() as several:
                    if not isinstance(value, (list, tuple)) or len(value) != len(several):
                        raise Unsupported(f"{name} are {len(several)} arguments in the library")
                    arguments |= zip(several, value, strict=True)
                case None:
                    if value is not None and NEUTRAL.get(name) != value:
                        raise Unsupported(f"what the library makes has no {name}")
        try:
            return call_library(import_dotted(self.make) if isinstance(self.make, str) else self.make, **arguments)
        except (TypeError, ValueError) as error:
            error.args = (self.in_our_names(str(error)),)
            raise

    def in_our_names(self, message: str) -> str:
        """A message in which the library's argument names are followed by ours."""
        for ours, theirs in self.renamed.items():
            for name in (theirs,) if isinstance(theirs, str) else theirs:
                message = re.sub(rf"\b{name}\b", name if name == ours else f"{name} ({ours})", message)
        return message


def library_name(subject: str, make: Callable[..., Any]) -> LibraryName:
    """What the library calls a class, from what makes it: a ``LibraryFunction``, or a function that is marked."""
    if not isinstance(make, LibraryFunction):
        return NAMES[make]
    definition = DEFINITIONS[subject]
    parameters = () if isinstance(definition, CompositeDefinition) else definition.parameters
    lacking = {name: LACKING for name in parameters if name not in make.renamed}
    made = LibraryName(make.make, {}) if isinstance(make.make, str) else NAMES[make.make]
    return LibraryName(with_fixed(made.name, make.fixed), {**lacking, **make.renamed, **made.parameters})


def import_dotted(path: str) -> Any:
    """Import an object by its dotted name."""
    library, *names = path.split(".")
    return reduce(getattr, names, import_module(library))


def call_library(function: Callable[..., Any], **arguments: Any) -> Any:
    """Call a function of the library; if it has no default for an argument that is left out, raise Unsupported."""
    for name, parameter in signature(function).parameters.items():
        is_required = parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        if is_required and name not in arguments:
            raise Unsupported(f"{getattr(function, '__name__', 'the library')} has no default for {name}")
    return function(**arguments)


class Scheduler:
    """A schedule function for each group, with a time. ``make`` makes the function of one base rate.

    ``rate`` is the argument that differs between groups.
    """

    def __init__(
        self, make: Callable[..., Function], rate: str = "base_lr", last_epoch: Any = 0, **arguments: Any
    ) -> None:
        self.time = 0 if last_epoch == -1 else check_time(last_epoch)
        self.has_own_time = True
        self.has_explicit_base_lr = rate == "base_lr" and rate in arguments
        rates = arguments.pop(rate, LEFT_OUT)
        self.rates = list(rates) if isinstance(rates, (list, tuple)) else [rates]
        if not self.rates:
            raise Unsupported(LISTED)
        self.functions = [
            call_library(make, **arguments, **({} if base_lr is LEFT_OUT else {rate: base_lr}))
            for base_lr in self.rates
        ]

    def step(self, epoch: Any = None) -> None:
        self.time = self.time + 1 if epoch is None else check_time(epoch)

    @property
    def last_epoch(self) -> int:
        if not self.has_own_time:
            raise Unsupported("a function that is a part of another has no time of its own")
        return self.time

    def get_last_lr(self) -> list[Any]:
        return [function(self.last_epoch) for function in self.functions]

    @property
    def base_lrs(self) -> list[Any]:
        if not self.has_explicit_base_lr:
            raise Unsupported("the library's schedule was given no base rate")
        return list(self.rates)

    def state_dict(self) -> Any:
        raise Unsupported("a schedule is a function, and has no state")

    def load_state_dict(self, state: Any) -> None:
        raise Unsupported("a schedule is a function, and has no state")


class Optimizer:
    """Adds weights by key, and a scheduler, to an optimizer of a library that has neither."""

    def __init__(self, lr: Any = None) -> None:
        self.scheduler = lr if isinstance(lr, Scheduler) else None
        self.states: dict[Hashable, Any] = {}

    def register_trainable_weights(self, states: Mapping[Hashable, Any]) -> None:
        if self.states:
            raise Unsupported("the library's optimizers take all weights at once")
        if not all(hasattr(state, "value") for state in states.values()):
            raise Unsupported(KEYED)
        self.states = dict(states)
        self.begin()

    def step(self, gradients: Any) -> None:
        if not self.states or not isinstance(gradients, dict) or gradients.keys() - self.states.keys():
            raise Unsupported(KEYED)
        self.apply(gradients)

    def rate(self) -> Any:
        assert self.scheduler is not None
        return self.scheduler.get_last_lr()[0]

    def add_param_group(self, states: Mapping[Hashable, Any], **options: Any) -> None:
        raise Unsupported("the library's optimizers have no groups")

    def update(self, gradients: Any) -> None:
        raise Unsupported(KEYED)

    def begin(self) -> None:
        raise NotImplementedError

    def apply(self, gradients: dict[Hashable, Any]) -> None:
        raise NotImplementedError


def check_time(time: Any) -> int:
    """A time, as an int. Raises Unsupported if it is none: the library, which never sees it, cannot refuse it."""
    if not isinstance(time, Integral) or time < 0:
        raise Unsupported(COUNTED)
    return int(time)


def check_real(*numbers: Any) -> None:
    """Refuse what is not a number, when the library receives only a product or quotient and cannot refuse by name."""
    for number in numbers:
        if not isinstance(number, Real):
            raise Unsupported("the library receives only a product of these arguments")


def negative(number: Any) -> Any:
    """The negative of a number, for a library in which it has the opposite sign."""
    check_real(number)
    return -number


Names, LACKS, Named, named = Renames, NOT_OBSERVABLE, LibraryFunction, import_dotted  # old names, kept for one version
called, counted, real = call_library, check_time, check_real
