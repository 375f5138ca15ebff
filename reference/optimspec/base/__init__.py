"""What all schedulers share, and what all optimizers share. Nothing here knows a particular formula or rule."""

from .composite import Composite
from .optimizer import Optimizer
from .param_state import ParamState
from .schedule import Schedule
from .scheduler import Scheduler

__all__ = ["Composite", "Optimizer", "ParamState", "Schedule", "Scheduler"]
