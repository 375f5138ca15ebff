"""optimspec: the reference implementation of the specification, small enough to read in one sitting."""

from .composition.chained import ChainedScheduler
from .optimizers.adam import Adam
from .optimizers.rmsprop import RMSprop
from .optimizers.sgd import SGD
from .schedulers.cosine_annealing import CosineAnnealingLR
from .schedulers.exponential import ExponentialLR
from .schedulers.linear import LinearLR
from .schedulers.multi_step import MultiStepLR
from .schedulers.step import StepLR
from .types import Optimizer, ParamState, Scheduler

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Adam",
    "ChainedScheduler",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "Optimizer",
    "ParamState",
    "RMSprop",
    "Scheduler",
    "StepLR",
]
