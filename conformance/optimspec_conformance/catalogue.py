"""The models of all classes, by name."""

from __future__ import annotations

from .composition import chained
from .model import CompositeModel, Model, OptimizerModel, ScheduleModel
from .optimizers import adam, rmsprop, sgd
from .schedulers import cosine_annealing, exponential, linear, multi_step, step

SCHEDULES: dict[str, ScheduleModel] = {
    module.MODEL.name: module.MODEL for module in (exponential, step, multi_step, cosine_annealing, linear)
}
COMPOSITES: dict[str, CompositeModel] = {module.MODEL.name: module.MODEL for module in (chained,)}
OPTIMIZERS: dict[str, OptimizerModel] = {module.MODEL.name: module.MODEL for module in (sgd, adam, rmsprop)}
SCHEDULERS: dict[str, ScheduleModel | CompositeModel] = {**SCHEDULES, **COMPOSITES}
MODELS: dict[str, Model] = {**SCHEDULERS, **OPTIMIZERS}
