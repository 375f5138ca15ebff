"""Runs scenarios: a method for each operation, and the one place that reads the JSON of an operation.

The oracle and the native runner are ``TraceRunner``s, which observe what each operation does. The snippet writer is an
``OperationRunner`` that writes it as Python. A runner that lacks an operation cannot be instantiated, and the type
checker says so. A new operation is a method here, a case of ``perform`` and a builder in ``operations``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Generic, TypeVar

from .values import Json, Row, Scenario, Trace

Result = TypeVar("Result")
Scheduler = TypeVar("Scheduler")
Optimizer = TypeVar("Optimizer")


class UnknownOperation(ValueError):
    """A scenario has an operation that is not in docs/vectors.md, or that lacks an argument."""


class OperationRunner(ABC, Generic[Result]):
    """A method for each operation, named as its builder in ``operations``; each returns a ``Result``."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    @abstractmethod
    def construct(self) -> Result:
        """Build the scheduler and the optimizer of the scenario, and register its weights."""

    # -------------------------------------------------------------------------------------------------- the scheduler

    @abstractmethod
    def step(self, n: int) -> Result:
        """Take n steps, and observe only the last."""

    @abstractmethod
    def jump(self, epoch: Json) -> Result:
        """Step to a time."""

    @abstractmethod
    def measure(self, metric: Json) -> Result:
        """Step with a metric."""

    @abstractmethod
    def save(self, name: str, via: str | None) -> Result:
        """Keep the scheduler's state under a name, after a round trip through ``via``."""

    @abstractmethod
    def load(self, name: str) -> Result:
        """Load the state under a name into the scheduler."""

    @abstractmethod
    def new_scheduler(self, config: Scenario) -> Result:
        """Replace the scheduler, and drop the optimizers."""

    @abstractmethod
    def members(self) -> Result:
        """Observe the members of the composite, even if it was refused."""

    # -------------------------------------------------------------------------------------------------- the optimizer

    @abstractmethod
    def new(self, optimizer: Scenario) -> Result:
        """Build everything again; the weights keep their values."""

    @abstractmethod
    def join(self) -> Result:
        """Attach another optimizer to the same scheduler, and use it."""

    @abstractmethod
    def use(self, which: int) -> Result:
        """Continue with one of the optimizers."""

    @abstractmethod
    def optimizer_step(self, grads: Json, n: int) -> Result:
        """Update the weights n times with the same gradients."""

    @abstractmethod
    def optimizer_update(self, grads: Json, n: int) -> Result:
        """The same, through its alias ``update``."""

    @abstractmethod
    def register(self, weights: Json) -> Result:
        """Register more weights in the first group."""

    @abstractmethod
    def add_param_group(self, weights: Json, **options: Json) -> Result:
        """Add a group of weights; ``options`` may have an ``lr`` and a ``weight_decay``."""

    @abstractmethod
    def set_lr(self, lr: Json, group: int) -> Result:
        """Set the rate of a group, in place of a scheduler."""

    @abstractmethod
    def set_value(self, weights: Json) -> Result:
        """Give registered weights other values, as a user may between two steps."""

    @abstractmethod
    def averaged(self) -> Result:
        """Observe the averages of the weights."""

    @abstractmethod
    def optimizer_save(self, name: str, via: str | None) -> Result:
        """Keep the optimizer's state under a name, after a round trip through ``via``."""

    @abstractmethod
    def optimizer_load(self, name: str) -> Result:
        """Load the state under a name into the optimizer."""

    # ----------------------------------------------------------------------------------------------- the surroundings

    @abstractmethod
    def tamper(self, on: str, how: str) -> Result:
        """Damage a saved state."""

    @abstractmethod
    def scribble(self, on: str) -> Result:
        """Overwrite a saved state, a list that was passed in, or one that was returned."""

    @abstractmethod
    def bystander(self) -> Result:
        """Step, save and load another scheduler of the same class."""

    @abstractmethod
    def read(self) -> Result:
        """Read everything once, before it is read again to be observed."""

    @abstractmethod
    def intact(self) -> Result:
        """Observe which of the caller's arrays the last update has changed."""

    def perform(self, row: Row) -> Result:
        """Read an operation, and call its method."""
        match row:
            case {"op": "optimizer.step", "grads": grads}:
                return self.optimizer_step(grads, row.get("n", 1))
            case {"op": "scheduler.step", "epoch": epoch}:
                return self.jump(epoch)
            case {"op": "scheduler.step", "metric": metric}:
                return self.measure(metric)
            case {"op": "scheduler.step"}:
                return self.step(row.get("n", 1))
            case {"op": "read"}:
                return self.read()
            case {"op": "scheduler.save", "as": name}:
                return self.save(name, row.get("via"))
            case {"op": "scheduler.load", "from": name}:
                return self.load(name)
            case {"op": "scheduler.new"}:
                return self.new_scheduler(self.config(row, "scheduler"))
            case {"op": "scheduler.members"}:
                return self.members()
            case {"op": "new"}:
                return self.new(self.config(row, "optimizer"))
            case {"op": "optimizer.join"}:
                return self.join()
            case {"op": "optimizer.use", "which": which}:
                return self.use(which)
            case {"op": "optimizer.update", "grads": grads}:
                return self.optimizer_update(grads, row.get("n", 1))
            case {"op": "optimizer.register", "weights": weights}:
                return self.register(weights)
            case {"op": "optimizer.add_param_group", "weights": weights}:
                options = {name: row[name] for name in ("lr", "weight_decay") if name in row}
                return self.add_param_group(weights, **options)
            case {"op": "optimizer.set_lr", "lr": lr, "group": group}:
                return self.set_lr(lr, group)
            case {"op": "optimizer.set_value", "weights": weights}:
                return self.set_value(weights)
            case {"op": "optimizer.averaged"}:
                return self.averaged()
            case {"op": "optimizer.save", "as": name}:
                return self.optimizer_save(name, row.get("via"))
            case {"op": "optimizer.load", "from": name}:
                return self.optimizer_load(name)
            case {"op": "tamper", "on": on, "how": how}:
                return self.tamper(on, how)
            case {"op": "scribble", "on": on}:
                return self.scribble(on)
            case {"op": "bystander"}:
                return self.bystander()
            case {"op": "intact"}:
                return self.intact()
        raise UnknownOperation(f"unknown operation {row}")

    def config(self, row: Row, kind: str) -> Scenario:
        """The arguments that an operation gives, or else those of the scenario."""
        config: Scenario = row[kind] if kind in row else self.scenario[kind]
        return config

    def first_metric(self) -> list[Json]:
        """The first metric of the scenario, if any, with which a bystander is stepped."""
        return [row["metric"] for row in self.scenario["do"] if "metric" in row][:1]


class TraceRunner(OperationRunner[Row | None], Generic[Scheduler, Optimizer]):
    """Observes a row after the construction and after each operation, unless the operation returns its own row."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.scheduler: Scheduler | None = None
        self.optimizers: list[Optimizer] = []
        self.current = 0
        self.trace: Trace = []

    def run(self) -> Trace:
        """The trace. A refused construction ends it, unless every operation is ``scheduler.members``."""
        rows = self.scenario["do"]
        if self.attempt(self.construct) or all(row["op"] == "scheduler.members" for row in rows):
            for row in rows:
                self.attempt(partial(self.perform, row))
        return self.trace

    def attempt(self, act: Callable[[], Row | None]) -> bool:
        """Act and observe; a refusal is a row too."""
        try:
            row = act()
            self.trace.append(self.observe() if row is None else row)
        except UnknownOperation:
            raise
        except Exception as error:
            refusal_row = self.refusal(error)
            if refusal_row is None:
                raise
            self.trace.append(refusal_row)
            return False
        return True

    @abstractmethod
    def observe(self) -> Row:
        """The read-outs of the scheduler and the optimizer."""

    @abstractmethod
    def refusal(self, error: Exception) -> Row | None:
        """The row of an error; None if the error must end the run."""

    @abstractmethod
    def build(self, config: Scenario) -> Scheduler:
        """A scheduler."""

    @abstractmethod
    def new_optimizer(self, config: Scenario, values: Mapping[Hashable, Json] | None = None) -> Optimizer:
        """An optimizer with the weights of the scenario, which start from ``values`` where these are given."""

    @abstractmethod
    def weight_values(self) -> Mapping[Hashable, Json]:
        """The values of the weights, by key."""

    @property
    def current_optimizer(self) -> Optimizer:
        """The optimizer that operations act on."""
        return self.optimizers[self.current]

    def construct(self) -> None:
        if "scheduler" in self.scenario:
            self.scheduler = self.build(self.scenario["scheduler"])
        if "optimizer" in self.scenario:
            self.optimizers = [self.new_optimizer(self.scenario["optimizer"])]

    def new_scheduler(self, config: Scenario) -> None:
        self.scheduler = self.build(config)
        self.optimizers, self.current = [], 0

    def new(self, optimizer: Scenario) -> None:
        values = self.weight_values()
        if "scheduler" in self.scenario:
            self.scheduler = self.build(self.scenario["scheduler"])
        self.optimizers, self.current = [self.new_optimizer(optimizer, values)], 0

    def join(self) -> None:
        self.optimizers.append(self.new_optimizer(self.scenario["optimizer"]))
        self.current = len(self.optimizers) - 1

    def use(self, which: int) -> None:
        self.current = which
