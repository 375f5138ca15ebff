"""Learning-rate schedulers and optimizers in numpy, with the native API, written from the specification alone.

It needs nothing but numpy: MIT-simple to copy into your own project. The rate of a schedule is always computed from the
time and the base rate, so nothing can become stale; weights are float32 or float64, in a `ParamState` or alike.
"""

from numpy_optim._adams import Adam, Adamax, AdamW, Nadam, RAdam
from numpy_optim._averages import ASGD, ScheduleFreeAdamW, ScheduleFreeSGD
from numpy_optim._composites import ChainedScheduler, SequentialLR
from numpy_optim._extended import SM3, AdaBelief, Adafactor, Fromage, Lamb, Lars, Novograd, Yogi
from numpy_optim._field import ADOPT, Adan, AdEMAMix, CautiousAdamW
from numpy_optim._horizons import (
    InverseSqrtSchedule,
    LambdaLR,
    MultiplicativeLR,
    PiecewiseLinearSchedule,
    WarmupCosineRestarts,
    WarmupLinearSchedule,
    WarmupPolynomialSchedule,
    WarmupStableDecay,
)
from numpy_optim._muon import Muon
from numpy_optim._optimizer import Optimizer, ParamState
from numpy_optim._optimizers import SGD, Adadelta, Adagrad, Lion, Momentum, MomentumNesterov, RMSprop, Rprop
from numpy_optim._plateau import ReduceLROnPlateau
from numpy_optim._prodigy import Prodigy
from numpy_optim._scheduler import Schedule, Scheduler
from numpy_optim._schedulers import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialDecayLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    PiecewiseConstantSchedule,
    PolynomialLR,
    StepLR,
    WarmupCosineSchedule,
    WarmupScheduler,
)
from numpy_optim._whole import LBFGS, Lookahead

__version__ = "0.1.0"

__all__ = [
    "ADOPT",
    "ASGD",
    "LBFGS",
    "SGD",
    "SM3",
    "AdEMAMix",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "CautiousAdamW",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialDecayLR",
    "ExponentialLR",
    "Fromage",
    "InverseSqrtSchedule",
    "Lamb",
    "LambdaLR",
    "Lars",
    "LinearLR",
    "Lion",
    "Lookahead",
    "Momentum",
    "MomentumNesterov",
    "MultiStepLR",
    "MultiplicativeLR",
    "Muon",
    "Nadam",
    "Novograd",
    "OneCycleLR",
    "Optimizer",
    "ParamState",
    "PiecewiseConstantSchedule",
    "PiecewiseLinearSchedule",
    "PolynomialLR",
    "Prodigy",
    "RAdam",
    "RMSprop",
    "ReduceLROnPlateau",
    "Rprop",
    "Schedule",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "Scheduler",
    "SequentialLR",
    "StepLR",
    "WarmupCosineRestarts",
    "WarmupCosineSchedule",
    "WarmupLinearSchedule",
    "WarmupPolynomialSchedule",
    "WarmupScheduler",
    "WarmupStableDecay",
    "Yogi",
]
