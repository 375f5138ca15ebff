"""A training run that can be interrupted: two groups on a nested schedule. Another process can import it, too."""

import inspect
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import optimspec
from reference_cases import OPTIMIZERS, SCHEDULERS, base_lrs, bits, gradients, new_states

STEPS: Final = 50
Checkpoint = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


class Run:
    """Two groups on a nested schedule, clipped and decayed where the class can; a weight rests in every third step."""

    def __init__(self, name: str) -> None:
        cls = getattr(optimspec, name)
        known = inspect.signature(cls).parameters
        clipping = {"grad_clip_norm": 2.5, "grad_clip_value": 1.25}
        hyper = OPTIMIZERS[name][0] | {key: bound for key, bound in clipping.items() if key in known}
        self.states = new_states(name=name)
        self.scheduler = SCHEDULERS["SequentialLR"](base_lrs(name))
        self.optimizer = cls(lr=self.scheduler, **hyper)
        self.optimizer.register_trainable_weights({"w": self.states["w"]})
        self.optimizer.add_param_group({"v": self.states["v"]}, weight_decay=0.3 if "weight_decay" in known else None)

    def go(self, steps: Iterable[int]) -> None:
        for k in steps:
            stepped = {"w": self.states["w"]} if k % 3 == 1 else self.states
            self.optimizer.step(gradients(k, stepped))
            self.scheduler.step()

    def checkpoint(self) -> Checkpoint:
        weights = {key: np.array(state.value) for key, state in self.states.items()}
        return self.scheduler.state_dict(), self.optimizer.state_dict(), weights

    def load(self, checkpoint: Checkpoint, order: str = "scheduler-first") -> None:
        for key, weight in checkpoint[2].items():
            self.states[key].value = weight
        parts = [self.scheduler, self.optimizer]
        for part, state in list(zip(parts, checkpoint, strict=False))[:: 1 if order == "scheduler-first" else -1]:
            part.load_state_dict(state)

    def end(self) -> tuple[Any, ...]:
        return bits(self.states), self.scheduler.state_dict(), self.optimizer.state_dict()


def end_of_a_resumed_run(name: str, checkpoint: Checkpoint, k: int) -> tuple[Any, ...]:
    run = Run(name)
    run.load(checkpoint)
    run.go(range(k, STEPS))
    return run.end()
