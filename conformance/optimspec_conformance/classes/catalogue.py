"""The models of all classes, by name."""

from __future__ import annotations

from .composition import chained, sequential
from .definition import (
    CompositeDefinition,
    Definition,
    Dialect,
    OptimizerDefinition,
    PlateauDefinition,
    ScheduleDefinition,
    SchedulerDefinition,
)
from .optimizers import (
    adabelief,
    adadelta,
    adafactor,
    adagrad,
    adam,
    adamax,
    adamw,
    fromage,
    lamb,
    lars,
    lbfgs,
    lion,
    lookahead,
    momentum,
    momentum_nesterov,
    nadam,
    novograd,
    radam,
    rmsprop,
    rprop,
    sgd,
    sm3,
    yogi,
)
from .schedulers import (
    constant,
    cosine_annealing,
    cosine_annealing_warm_restarts,
    cyclic,
    exponential,
    exponential_decay,
    linear,
    multi_step,
    one_cycle,
    piecewise_constant,
    polynomial,
    reduce_on_plateau,
    step,
    warmup,
    warmup_cosine,
)

_SCHEDULES = (
    exponential,
    step,
    multi_step,
    cosine_annealing,
    linear,
    constant,
    polynomial,
    exponential_decay,
    warmup,
    warmup_cosine,
    piecewise_constant,
    cyclic,
    one_cycle,
    cosine_annealing_warm_restarts,
)
_OPTIMIZERS = (
    sgd,
    momentum,
    momentum_nesterov,
    adam,
    adamw,
    rmsprop,
    adagrad,
    adadelta,
    adamax,
    nadam,
    radam,
    lion,
    rprop,
    lamb,
    lars,
    yogi,
    adabelief,
    novograd,
    sm3,
    fromage,
    adafactor,
    lookahead,
    lbfgs,
)

SCHEDULES: dict[str, ScheduleDefinition] = {module.DEFINITION.name: module.DEFINITION for module in _SCHEDULES}
PLATEAUS: dict[str, PlateauDefinition] = {reduce_on_plateau.DEFINITION.name: reduce_on_plateau.DEFINITION}
COMPOSITES: dict[str, CompositeDefinition] = {
    module.DEFINITION.name: module.DEFINITION for module in (chained, sequential)
}
OPTIMIZERS: dict[str, OptimizerDefinition] = {module.DEFINITION.name: module.DEFINITION for module in _OPTIMIZERS}
SCHEDULERS: dict[str, SchedulerDefinition] = {**SCHEDULES, **PLATEAUS, **COMPOSITES}
DEFINITIONS: dict[str, Definition] = {**SCHEDULERS, **OPTIMIZERS}


def module_path(name: str) -> str:
    """Where a class stands in spec/, the reference, the kit and the vectors, such as schedulers/exponential."""
    definition = DEFINITIONS[name]
    return f"{definition.folder}/{definition.cases.__module__.rpartition('.')[2]}"


def dialects(name: str) -> list[tuple[Dialect, Definition]]:
    """The dialects of a class, each with the model that speaks it."""
    definition = DEFINITIONS[name]
    return (
        []
        if isinstance(definition, CompositeDefinition)
        else [(spoken, definition.speaking(spoken)) for spoken in definition.dialects]
    )
