"""The definition of a class: its exact formula, its parameters, its own cases, and the known mistakes.

The module of each class has a ``DEFINITION`` of one of four kinds: a schedule, a plateau, a composite or an optimizer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np

from ..scenarios.case import Case
from ..scenarios.operations import measure, step
from ..scenarios.values import Json, Row, Scenario
from ..scenarios.weights import as_matrices, with_one_rate
from .domains import NON_NEGATIVE, POSITIVE, Domain, Integer, Pair, Rates, Real
from .faults import Fault

Array = np.ndarray[Any, Any]
Slots = dict[str, Array]
Overrides = Mapping[str, Callable[..., Any]]

BASE_LR = Rates("0.001", "SCH-20")
LAST_EPOCH = Integer(-1, 0, "SCH-21")
EPOCH = Integer(0, None, "SCH-23")
LR = Real(NON_NEGATIVE, None, "OPT-6")
SIGNS_AND_MEANS = ("Adafactor", "Fromage", "Lamb", "Lars", "LBFGS", "Lion", "Muon", "Novograd", "Rprop", "SM3")
CLIPPING: dict[str, Domain] = {
    name: Real(POSITIVE, None, "OPT-28", optional=True) for name in ("grad_clip_norm", "grad_clip_value")
}


@dataclass(frozen=True)
class Convention:
    """What a well-known library does in place of some requirements, for an implementation to follow.

    name       of the library that made it common
    about      completes "the convention torch: "
    replaces   the requirements in whose place it has its own: ADAG-2@torch stands for ADAG-2
    withdraws  those that hold no longer, as a sentence of the page says: OPT-42@optax of OPT-42
    formula    replaces that of the definition, and has its signature; None if that stays
    defaults   other defaults, written as in a scenario; None for none
    changes    other fields of the definition
    """

    name: str
    about: str
    replaces: tuple[str, ...]
    formula: Callable[..., Any] | None = None
    withdraws: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)

    def requirement(self, id_: str) -> str:
        """The requirement that is in effect in place of another one."""
        return f"{id_}@{self.name}" if id_ in (*self.replaces, *self.withdraws) else id_


def no_combination_rules(hyper: dict[str, Any]) -> None:
    """No two parameters depend on each other."""


def every_time(t: int, hyper: dict[str, Any]) -> None:
    """There is a rate at every time."""


@dataclass(frozen=True, kw_only=True)
class ClassDefinition:
    """What every class has.

    folder        where its page, its modules and its vectors are
    cases         the golden cases of its page
    faults        mistakes; a failure whose whole trace equals that of a fault is explained by it
    undiagnosed   mistakes that diagnosis does not report: wrong refusals, as the failing requirement already says it,
                  and those that look like others
    overrides     methods that replace those of the oracle's object; set by faults and conventions only
    conventions   of well-known libraries that differ
    profile       core, extended or field
    """

    name: str
    folder: str
    cases: Callable[[], Iterable[Case]]
    faults: tuple[Fault, ...] = ()
    undiagnosed: tuple[Fault, ...] = ()
    overrides: Overrides = field(default_factory=dict)
    conventions: tuple[Convention, ...] = ()
    profile: str = "core"

    def under(self, convention: Convention) -> Self:
        """The definition of the class under a convention."""
        return replace(self, **convention.changes)


@dataclass(frozen=True, kw_only=True)
class FormulaDefinition(ClassDefinition):
    """What every class with a formula of its own has.

    parameters   the domain of each parameter
    example      a value for every parameter that all libraries with the class have, or whose defaults differ
    variations   further examples, by name, with the parameters that only some libraries have: the extras
    with_end     by parameter: the other arguments that go with the end of its domain, where the example's do not
    defaults     the requirement that gives the defaults
    """

    FORMULA: ClassVar[str]  # the field that holds it

    parameters: dict[str, Domain]
    example: dict[str, Json]
    variations: dict[str, dict[str, Json]] = field(default_factory=dict)
    with_end: dict[str, dict[str, Json]] = field(default_factory=dict)
    defaults: str | None = None

    def under(self, convention: Convention) -> Self:
        known: dict[str, Any] = {name: self.parameters[name] for name in convention.defaults if name in self.parameters}
        changed = {name: replace(domain, default=convention.defaults[name]) for name, domain in known.items()}
        fields: dict[str, Any] = {"parameters": {**self.parameters, **changed}}
        fields |= {name: value for name, value in convention.defaults.items() if name not in known}
        if convention.formula is not None:
            fields[self.FORMULA] = convention.formula
        return replace(super().under(convention), **fields)


@dataclass(frozen=True, kw_only=True)
class ScheduleDefinition(FormulaDefinition):
    """A class of schedulers whose rate is a function of the time.

    rate                ``rate(t, b, **hyper)`` is η(t), in 50-digit arithmetic
    times               the times at which the example's rate can go wrong
    long_run            arguments whose rate at t = 100 000 is still worth comparing
    check_combination   refuses values that cannot be combined
    check_time          refuses a time at which a function of the user gives no rate
    per_group           the parameters with an entry for each group
    absolute            if the rates are absolute: the requirement that refuses an explicit rate of a group
    base                for a class without ``base_lr``: computes the base rates from the hyperparameters
    """

    FORMULA = "rate"

    folder: str = "schedulers"
    rate: Callable[..., Any]
    times: Sequence[int]
    long_run: dict[str, Json]
    check_combination: Callable[[dict[str, Any]], None] = no_combination_rules
    check_time: Callable[[int, dict[str, Any]], None] = every_time
    per_group: tuple[str, ...] = ()
    absolute: str | None = None
    base: Callable[[dict[str, Any]], list[float]] | None = None

    def config(self, base_lr: Json = "0.3", last_epoch: int | None = None, **hyper: Json) -> Scenario:
        """The scheduler of the example, or one with other hyperparameters."""
        rates = {"base_lr": base_lr} if self.base is None else {"max_lr": base_lr}
        config = {"class": self.name, **rates, **(hyper or self.example)}
        return config if last_epoch is None else config | {"last_epoch": last_epoch}

    def long_run_config(self) -> Scenario:
        return self.config("0.3", **self.long_run)

    def steps(self, count: int = 1) -> list[Row]:
        """Operations that make ``count`` steps."""
        return [step(count)]


@dataclass(frozen=True, kw_only=True)
class PlateauDefinition(FormulaDefinition):
    """A class of schedulers whose rate follows a metric: ``advance(state, metric, **hyper)`` is one exact step."""

    FORMULA = "advance"

    folder: str = "schedulers"
    advance: Callable[..., Any]
    per_group: tuple[str, ...] = ()
    times: Sequence[int] = (0, 1, 3, 6)
    absolute: str | None = None
    base: None = None

    def config(self, base_lr: Json = "0.3", last_epoch: int | None = None, **hyper: Json) -> Scenario:
        config = {"class": self.name, "base_lr": base_lr, **(hyper or self.example)}
        return config if last_epoch is None else config | {"last_epoch": last_epoch}

    def steps(self, count: int = 1) -> list[Row]:
        """Steps with a constant metric: a bad epoch from the second one on."""
        return [measure("1.0")] * count


@dataclass(frozen=True, kw_only=True)
class CompositeDefinition(ClassDefinition):
    """A class of schedulers that are made of schedulers.

    members     those of the example; each receives the base rate
    arguments   the other arguments, for a number of members
    own_time    whether the constructor takes a ``last_epoch``
    """

    folder: str = "composition"
    members: Sequence[Scenario]
    times: Sequence[int]
    long_run: Sequence[Scenario]
    arguments: Callable[[int], dict[str, Json]]
    own_time: bool
    absolute: str | None = None

    def config(self, base_lr: Json = "0.3", last_epoch: int | None = None) -> Scenario:
        members = [{**member, "base_lr": base_lr} for member in self.members]
        if last_epoch is not None and self.own_time:
            return self.config_of(*members) | {"last_epoch": last_epoch}
        return self.config_of(
            *(members if last_epoch is None else [{**member, "last_epoch": last_epoch} for member in members])
        )

    def config_of(self, *members: Json) -> Scenario:
        """A composite of the given members."""
        return {"class": self.name, "schedulers": list(members), **self.arguments(len(members))}

    def long_run_config(self) -> Scenario:
        return self.config_of(*({**member, "base_lr": "0.3"} for member in self.long_run))

    def steps(self, count: int = 1) -> list[Row]:
        return [step(count)]


@dataclass(frozen=True, kw_only=True)
class OptimizerDefinition(FormulaDefinition):
    """A class of optimizers.

    slots                   the names of the arrays that start at zero
    update                  ``update(g, slots, p, lr, k, sqrt, **hyper)`` returns the stepped weight and replaces
                            ``slots``; written for flat numpy arrays, it runs on 50-digit numbers and on plain floats
    lr                      the default rate; None if the rate may be left out: it is then 1, and ``update`` receives
                            ``relative=True``
    uses_step_count         the rule depends on k
    still_steps             how many first steps of a weight do not move it: general checks make as many more of each
    memory                  hyperparameters with which it remembers something from step to step, if the example does not
    counting                those with which k is seen, if the example does not show it
    weight_decay            its default; None for a class without weight decay
    coupled                 weight decay is part of g; otherwise ``update`` receives it
    laws                    the scaling laws that hold, each with the hyperparameters for which it does
    needs_shape             ``update`` receives the ``shape``
    joint_arrays            ``update`` receives all weights of a group with the same k as one array
    needs_smooth_gradients  rounding errors grow unless gradients change little from step to step
    is_wrapper              it wraps a ``base_optimizer``, whose arguments are its defaults
    check_combination       refuses values that cannot be combined
    matrices                if a weight must have exactly two axes: the requirement that refuses any other
    numbers                 ``numbers(**hyper)`` is what the optimizer has as a whole before its first step: ``update``
                            receives and replaces it, and is given all weights as one array, each element with the k
                            and the ``weight_decay`` of its weight; None for a class whose weights share no numbers
    common_rate             if groups must have one rate: the requirements that refuse a group's own, and different ones
    at_extremes             changes of the example with which it steps arrays of extreme magnitudes
    averaged                ``averaged(slots, p, k, **hyper)`` is what the method gives for a weight; None without one
    exempt                  general requirements that do not hold, as its page says
    """

    FORMULA = "update"

    folder: str = "optimizers"
    slots: Sequence[str]
    update: Callable[..., Array]
    lr: str | None
    uses_step_count: bool = False
    still_steps: int = 0
    memory: dict[str, Json] = field(default_factory=dict)
    counting: dict[str, Json] = field(default_factory=dict)
    weight_decay: str | None = "0.0"
    coupled: bool = True
    laws: dict[str, dict[str, Json]] = field(default_factory=dict)
    needs_shape: bool = False
    joint_arrays: bool = False
    needs_smooth_gradients: bool = False
    is_wrapper: bool = False
    matrices: str | None = None
    numbers: Callable[..., dict[str, Any]] | None = None
    common_rate: tuple[str, str] | None = None
    at_extremes: dict[str, Json] = field(default_factory=dict)
    averaged: Callable[..., Array] | None = None
    exempt: tuple[str, ...] = ()
    check_combination: Callable[[dict[str, Any]], None] = no_combination_rules

    @property
    def all_parameters(self) -> dict[str, Domain]:
        """Its own parameters and those that all optimizers have."""
        decay = {"weight_decay": Real(NON_NEGATIVE, self.weight_decay, "OPT-28", optional=self.is_wrapper)}
        return {**self.parameters, **(decay if self.decays else {}), **CLIPPING}

    @property
    def memories(self) -> dict[str, dict[str, Json]]:
        """Hyperparameters to add to the example in checks of what it remembers, by a suffix for their names."""
        everything = self.memory | self.counting
        return {"": {}} | ({"-with-memory": everything} if everything else {})

    @property
    def retuned(self) -> dict[str, Json]:
        """Another value for one hyperparameter that keeps the shapes of the slots; empty if there is none."""
        example = self.example | self.memory
        for name in ("betas", "etas", "momentum", "alpha", "rho", "decay_rate", "eps"):
            match self.parameters.get(name), example.get(name):
                case Pair(), [first, second] if self.name == "Nadam":  # the first one is in a product of all steps
                    return {name: [first, repr(float(second) / 2)]}
                case Pair(), [first, *others]:
                    return {name: [repr(float(first) / 2), *others]}
                case Real(), str(value):
                    return {name: repr(float(value) / 2)}
        return {}

    @property
    def shows_nan(self) -> bool:
        """Whether a nan in a gradient must become a nan in that element alone; signs, means and sums are left open."""
        return self.name not in SIGNS_AND_MEANS and self.numbers is None

    @property
    def decays(self) -> bool:
        return self.weight_decay is not None or self.is_wrapper

    def fitted(self, scenario: Scenario) -> Scenario:
        """A general scenario, adapted to this class: its shapes, and more steps if the first ones move nothing."""

        def repeated(row: Row) -> Row:
            return row | {"n": max(row.get("n", 1), 1 + self.still_steps)} if "grads" in row else row

        shaped: Scenario = as_matrices(scenario) if self.matrices else scenario
        shaped = with_one_rate(shaped) if self.common_rate else shaped
        return shaped | {"do": [repeated(row) for row in shaped["do"]]} if self.still_steps else shaped

    def config(self, lr: Json = "0.0625", **hyper: Json) -> Scenario:
        """The optimizer of the example, or one with some hyperparameters changed."""
        return {"class": self.name, "lr": lr, **self.example, **hyper}


SchedulerDefinition = ScheduleDefinition | PlateauDefinition | CompositeDefinition
Definition = SchedulerDefinition | OptimizerDefinition


def extras(definition: Definition) -> set[str]:
    """The parameters that only some libraries with the class have: checks of anything else do without them."""
    if isinstance(definition, CompositeDefinition):
        return set()
    parameters = definition.all_parameters if isinstance(definition, OptimizerDefinition) else definition.parameters
    return parameters.keys() - definition.config().keys()
