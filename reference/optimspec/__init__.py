"""optimspec: the reference implementation of the specification, small enough to read in one sitting."""

from .composition.chained import ChainedScheduler
from .composition.sequential import SequentialLR
from .optimizers.adam import Adam
from .optimizers.rmsprop import RMSprop
from .optimizers.sgd import SGD
from .schedulers.constant import ConstantLR
from .schedulers.cosine_annealing import CosineAnnealingLR
from .schedulers.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from .schedulers.cyclic import CyclicLR
from .schedulers.exponential import ExponentialLR
from .schedulers.exponential_decay import ExponentialDecayLR
from .schedulers.linear import LinearLR
from .schedulers.multi_step import MultiStepLR
from .schedulers.one_cycle import OneCycleLR
from .schedulers.piecewise_constant import PiecewiseConstantSchedule
from .schedulers.polynomial import PolynomialLR
from .schedulers.reduce_on_plateau import ReduceLROnPlateau
from .schedulers.step import StepLR
from .schedulers.warmup import WarmupScheduler
from .schedulers.warmup_cosine import WarmupCosineSchedule
from .types import Optimizer, ParamState, Scheduler

__version__ = "0.1.0"

__all__ = [
    "SGD",
    "Adam",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialDecayLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "Optimizer",
    "ParamState",
    "PiecewiseConstantSchedule",
    "PolynomialLR",
    "RMSprop",
    "ReduceLROnPlateau",
    "Scheduler",
    "SequentialLR",
    "StepLR",
    "WarmupCosineSchedule",
    "WarmupScheduler",
]
