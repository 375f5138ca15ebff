"""optimspec: the reference implementation of the specification, small enough to read in one sitting."""

from .composition.chained import ChainedScheduler
from .composition.sequential import SequentialLR
from .optimizers.adadelta import Adadelta
from .optimizers.adagrad import Adagrad
from .optimizers.adam import Adam
from .optimizers.adamax import Adamax
from .optimizers.adamw import AdamW
from .optimizers.lion import Lion
from .optimizers.momentum import Momentum
from .optimizers.momentum_nesterov import MomentumNesterov
from .optimizers.nadam import Nadam
from .optimizers.radam import RAdam
from .optimizers.rmsprop import RMSprop
from .optimizers.rprop import Rprop
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
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialDecayLR",
    "ExponentialLR",
    "LinearLR",
    "Lion",
    "Momentum",
    "MomentumNesterov",
    "MultiStepLR",
    "Nadam",
    "OneCycleLR",
    "Optimizer",
    "ParamState",
    "PiecewiseConstantSchedule",
    "PolynomialLR",
    "RAdam",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rprop",
    "Scheduler",
    "SequentialLR",
    "StepLR",
    "WarmupCosineSchedule",
    "WarmupScheduler",
]
