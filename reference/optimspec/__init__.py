"""optimspec: the reference implementation of the specification, small enough to read in one sitting."""

from .base import Optimizer, ParamState, Schedule, Scheduler
from .composition.chained import ChainedScheduler
from .composition.sequential import SequentialLR
from .optimizers.adabelief import AdaBelief
from .optimizers.adadelta import Adadelta
from .optimizers.adafactor import Adafactor
from .optimizers.adagrad import Adagrad
from .optimizers.adam import Adam
from .optimizers.adamax import Adamax
from .optimizers.adamw import AdamW
from .optimizers.adan import Adan
from .optimizers.ademamix import AdEMAMix
from .optimizers.adopt import ADOPT
from .optimizers.asgd import ASGD
from .optimizers.cautious_adamw import CautiousAdamW
from .optimizers.fromage import Fromage
from .optimizers.lamb import Lamb
from .optimizers.lars import Lars
from .optimizers.lbfgs import LBFGS
from .optimizers.lion import Lion
from .optimizers.lookahead import Lookahead
from .optimizers.momentum import Momentum
from .optimizers.momentum_nesterov import MomentumNesterov
from .optimizers.muon import Muon
from .optimizers.nadam import Nadam
from .optimizers.novograd import Novograd
from .optimizers.prodigy import Prodigy
from .optimizers.radam import RAdam
from .optimizers.rmsprop import RMSprop
from .optimizers.rprop import Rprop
from .optimizers.schedule_free_adamw import ScheduleFreeAdamW
from .optimizers.schedule_free_sgd import ScheduleFreeSGD
from .optimizers.sgd import SGD
from .optimizers.sm3 import SM3
from .optimizers.yogi import Yogi
from .schedulers.constant import ConstantLR
from .schedulers.cosine_annealing import CosineAnnealingLR
from .schedulers.cosine_annealing_warm_restarts import CosineAnnealingWarmRestarts
from .schedulers.cyclic import CyclicLR
from .schedulers.exponential import ExponentialLR
from .schedulers.exponential_decay import ExponentialDecayLR
from .schedulers.inverse_sqrt import InverseSqrtSchedule
from .schedulers.lambda_lr import LambdaLR
from .schedulers.linear import LinearLR
from .schedulers.multi_step import MultiStepLR
from .schedulers.multiplicative import MultiplicativeLR
from .schedulers.one_cycle import OneCycleLR
from .schedulers.piecewise_constant import PiecewiseConstantSchedule
from .schedulers.piecewise_linear import PiecewiseLinearSchedule
from .schedulers.polynomial import PolynomialLR
from .schedulers.reduce_on_plateau import ReduceLROnPlateau
from .schedulers.step import StepLR
from .schedulers.warmup import WarmupScheduler
from .schedulers.warmup_cosine import WarmupCosineSchedule
from .schedulers.warmup_cosine_restarts import WarmupCosineRestarts
from .schedulers.warmup_linear import WarmupLinearSchedule
from .schedulers.warmup_polynomial import WarmupPolynomialSchedule
from .schedulers.warmup_stable_decay import WarmupStableDecay

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
