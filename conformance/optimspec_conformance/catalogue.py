"""The models of all classes, by name."""

from __future__ import annotations

from .composition import chained, sequential
from .model import CompositeModel, Dialect, MetricModel, Model, OptimizerModel, ScheduleModel, SchedulerModel
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

SCHEDULES: dict[str, ScheduleModel] = {module.MODEL.name: module.MODEL for module in _SCHEDULES}
METRICS: dict[str, MetricModel] = {reduce_on_plateau.MODEL.name: reduce_on_plateau.MODEL}
COMPOSITES: dict[str, CompositeModel] = {module.MODEL.name: module.MODEL for module in (chained, sequential)}
OPTIMIZERS: dict[str, OptimizerModel] = {module.MODEL.name: module.MODEL for module in _OPTIMIZERS}
SCHEDULERS: dict[str, SchedulerModel] = {**SCHEDULES, **METRICS, **COMPOSITES}
MODELS: dict[str, Model] = {**SCHEDULERS, **OPTIMIZERS}


def place(name: str) -> str:
    """Where a class stands in spec/, the reference, the kit and the vectors, such as schedulers/exponential."""
    model = MODELS[name]
    return f"{model.folder}/{model.cases.__module__.rpartition('.')[2]}"


def dialects(name: str) -> list[tuple[Dialect, Model]]:
    """The dialects of a class, each with the model that speaks it."""
    model = MODELS[name]
    return [] if isinstance(model, CompositeModel) else [(spoken, model.speaking(spoken)) for spoken in model.dialects]
