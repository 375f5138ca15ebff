"""The definitions of all classes, by name, in the order in which they are listed everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from typing import TypeVar

from .definition import (
    CompositeDefinition,
    Convention,
    Definition,
    OptimizerDefinition,
    PlateauDefinition,
    ScheduleDefinition,
    SchedulerDefinition,
)

D = TypeVar("D", ScheduleDefinition, PlateauDefinition, CompositeDefinition, OptimizerDefinition)


def _definitions(kind: type[D], folder: str, *modules: str) -> dict[str, D]:
    definitions = {}
    for module in modules:
        definition = import_module(f"{__package__}.{folder}.{module}").DEFINITION
        assert isinstance(definition, kind)
        definitions[definition.name] = definition
    return definitions


SCHEDULES = _definitions(
    ScheduleDefinition,
    "schedulers",
    "exponential",
    "step",
    "multi_step",
    "cosine_annealing",
    "linear",
    "constant",
    "polynomial",
    "exponential_decay",
    "warmup",
    "warmup_cosine",
    "piecewise_constant",
    "cyclic",
    "one_cycle",
    "cosine_annealing_warm_restarts",
    "warmup_stable_decay",
    "warmup_linear",
    "warmup_polynomial",
    "inverse_sqrt",
    "warmup_cosine_restarts",
    "piecewise_linear",
    "lambda_lr",
    "multiplicative",
)
PLATEAUS = _definitions(PlateauDefinition, "schedulers", "reduce_on_plateau")
COMPOSITES = _definitions(CompositeDefinition, "composition", "chained", "sequential")
OPTIMIZERS = _definitions(
    OptimizerDefinition,
    "optimizers",
    "sgd",
    "momentum",
    "momentum_nesterov",
    "adam",
    "adamw",
    "rmsprop",
    "adagrad",
    "adadelta",
    "adamax",
    "nadam",
    "radam",
    "lion",
    "rprop",
    "lamb",
    "lars",
    "yogi",
    "adabelief",
    "novograd",
    "sm3",
    "fromage",
    "adafactor",
    "lookahead",
    "lbfgs",
    "muon",
    "schedule_free_adamw",
    "schedule_free_sgd",
    "asgd",
    "adan",
    "ademamix",
    "cautious_adamw",
    "adopt",
    "prodigy",
)
SCHEDULERS: dict[str, SchedulerDefinition] = {**SCHEDULES, **PLATEAUS, **COMPOSITES}
DEFINITIONS: dict[str, Definition] = {**SCHEDULERS, **OPTIMIZERS}


def module_path(name: str) -> str:
    """The path of a class in spec/, the reference, the kit and the vectors, such as schedulers/exponential."""
    definition = DEFINITIONS[name]
    return f"{definition.folder}/{definition.cases.__module__.rpartition('.')[2]}"


def conventions(name: str) -> list[tuple[Convention, Definition]]:
    """The conventions of a class, each with its definition under it."""
    definition = DEFINITIONS[name]
    return [(convention, definition.under(convention)) for convention in definition.conventions]


def arguments(name: str) -> set[str]:
    """The names of all arguments of a class."""
    match DEFINITIONS[name]:
        case OptimizerDefinition() as definition:
            return {"lr", *definition.all_parameters}
        case CompositeDefinition() as definition:
            return {"schedulers", *definition.arguments(1), *(["last_epoch"] if definition.own_time else [])}
        case ScheduleDefinition() | PlateauDefinition() as definition:
            return {"last_epoch", *definition.parameters, *(["base_lr"] if definition.base is None else [])}


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at a name that may have been meant."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
