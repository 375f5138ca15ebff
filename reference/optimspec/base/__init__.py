"""What all schedulers share, and what all optimizers share. Nothing here knows a formula."""

from .composite import Composite
from .optimizer import Optimizer
from .param_state import ParamState
from .scheduler import Scheduler

__all__ = ["Composite", "Optimizer", "ParamState", "Scheduler"]
