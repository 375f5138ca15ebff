"""What the kit knows of a class: its exact formula and its parameters. One ``MODEL`` stands in the module of each class."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .domains import NON_NEGATIVE, POSITIVE, Boolean, Domain, Rates, Real
from .scenario import Case, Json, Scenario

Array = np.ndarray[Any, Any]
Slots = dict[str, Array]

BASE_LR = Rates("0.001", "SCH-20")


@dataclass(frozen=True)
class ScheduleModel:
    """A class of schedulers.

    ``rate(t, b, **hyper)`` is η(t) in 50-digit arithmetic. ``example`` holds a value for every parameter that is not its
    default, ``times`` the times at which that example could go wrong, ``far`` arguments whose rate at t = 100 000 is
    still worth comparing.
    """

    name: str
    rate: Callable[..., Any]
    parameters: dict[str, Domain]
    example: dict[str, Json]
    times: Sequence[int]
    far: dict[str, Json]
    cases: Callable[[], Iterable[Case]]
    folder: str = "schedulers"

    def spec(self, base_lr: Json = "0.3", last_epoch: int | None = None, **hyper: Json) -> Scenario:
        """The scheduler of the example, or one with other hyperparameters."""
        made = {"class": self.name, "base_lr": base_lr, **(hyper or self.example)}
        return made if last_epoch is None else made | {"last_epoch": last_epoch}

    def far_spec(self) -> Scenario:
        return self.spec("0.3", **self.far)


@dataclass(frozen=True)
class CompositeModel:
    """A class of schedulers made of schedulers. ``members`` are those of the example; the first states the base rate."""

    name: str
    members: Sequence[Scenario]
    times: Sequence[int]
    far: Sequence[Scenario]
    cases: Callable[[], Iterable[Case]]
    folder: str = "composition"

    def spec(self, base_lr: Json = "0.3", last_epoch: int | None = None, members: Sequence[Scenario] = ()) -> Scenario:
        first, *others = members or self.members
        made = [{**first, "base_lr": base_lr}, *others]
        if last_epoch is not None:
            made = [{**member, "last_epoch": last_epoch} for member in made]
        return {"class": self.name, "schedulers": made}

    def far_spec(self) -> Scenario:
        return self.spec(members=self.far)


@dataclass(frozen=True)
class OptimizerModel:
    """A class of optimizers.

    ``slots`` names the arrays that start at zero. ``update(g, slots, p, lr, k, sqrt, **hyper)`` gives the stepped weight
    and replaces ``slots``; it is written for flat numpy arrays and runs on 50-digit numbers and on plain floats alike.
    ``example`` holds a value for every parameter of its own that is not its default.
    """

    name: str
    slots: Sequence[str]
    update: Callable[..., Array]
    lr: str
    parameters: dict[str, Domain]
    example: dict[str, Json]
    variations: dict[str, dict[str, Json]]
    cases: Callable[[], Iterable[Case]]
    folder: str = "optimizers"
    shared: dict[str, Domain] = field(
        default_factory=lambda: {
            "weight_decay": Real(NON_NEGATIVE, "0.0", "OPT-28"),
            "grad_clip_norm": Real(POSITIVE, None, "OPT-28", optional=True),
            "grad_clip_value": Real(POSITIVE, None, "OPT-28", optional=True),
        }
    )

    @property
    def all_parameters(self) -> dict[str, Domain]:
        return self.parameters | self.shared

    def spec(self, lr: Json = "0.05", **hyper: Json) -> Scenario:
        """The optimizer of the example, or one with some hyperparameters changed."""
        return {"class": self.name, "lr": lr, **self.example, **hyper}


Model = ScheduleModel | CompositeModel | OptimizerModel
__all__ = ["BASE_LR", "Array", "Boolean", "CompositeModel", "Model", "OptimizerModel", "ScheduleModel", "Slots"]
