"""The oracle: a scenario in, its exact trace out, in 50-digit arithmetic, written from the specification alone."""

from __future__ import annotations

import pickle
from collections.abc import Hashable, Mapping
from typing import Any

from ..classes.catalogue import DEFINITIONS
from ..classes.domains import Refused
from ..scenarios.runner import TraceRunner
from ..scenarios.values import Json, Row, Scenario, Trace, UserError, decode, number
from .arithmetic import EXACT, Arithmetic
from .optimizers import OracleOptimizer
from .schedulers import Definitions, OracleScheduler, build, with_overrides

REFUSED_STATE = ["key", "value", "type"]
LACKING = ("empty", "time-alone")


class Run(TraceRunner[OracleScheduler, OracleOptimizer]):
    """Performs the operations of a scenario on the oracle's own objects."""

    def __init__(self, scenario: Scenario, arithmetic: Arithmetic, definitions: Definitions) -> None:
        super().__init__(scenario)
        self.arithmetic, self.definitions = arithmetic, definitions
        self.saved: dict[str, Json] = {}

    def observe(self) -> Row:
        row: Row = {}
        if self.scheduler is not None:
            row = {"t": self.scheduler.last_epoch(), **_rates(self.scheduler)}
        if self.optimizers and self.current_optimizer.groups:
            row["opt_lr"] = number(float(self.current_optimizer.current_lr()))
        if self.optimizers:
            row["weights"] = self.current_optimizer.observe()
        return row

    def refusal(self, error: Exception) -> Row | None:
        match error:
            case Refused():
                kind: Row = {"kind": REFUSED_STATE if error.kind == "any state" else error.kind}
                row: Row = {"error": kind | ({"names": error.names} if error.names else {})}
                return row | ({"by": error.by} if error.by else {})
            case UserError():
                return {"error": {"kind": UserError.__name__}}
        return None

    def build(self, config: Scenario) -> OracleScheduler:
        return build(config, self.definitions)

    def new_optimizer(self, config: Scenario, values: Mapping[Hashable, Any] | None = None) -> OracleOptimizer:
        cls = with_overrides(OracleOptimizer, self.definitions[config["class"]].overrides)
        optimizer = cls(config, self.scheduler, self.arithmetic, self.definitions)
        if self.scenario["weights"] is not None:
            optimizer.register(self.scenario["weights"], values)
        return optimizer

    def weight_values(self) -> Mapping[Hashable, Any]:
        return self.current_optimizer.values()

    @property
    def required_scheduler(self) -> OracleScheduler:
        """The scheduler, for operations that need one."""
        assert self.scheduler is not None
        return self.scheduler

    def step(self, n: int) -> None:
        if n > 1:
            self.required_scheduler.walk(n)
        else:
            self.required_scheduler.step(None)

    def jump(self, epoch: Json) -> None:
        self.required_scheduler.jump(self.required_scheduler.check_epoch(decode(epoch)))

    def measure(self, metric: Json) -> None:
        self.required_scheduler.step(decode(metric))

    def save(self, name: str, via: str | None) -> None:
        self.saved[name] = self.required_scheduler.round_trip(self.required_scheduler.state_dict(), via)

    def load(self, name: str) -> None:
        self.required_scheduler.check_state(self.saved[name])
        self.required_scheduler.load_state_dict(self.saved[name])

    def members(self) -> Row:
        members = self.scheduler.members if self.scheduler else _members_alone(self.scenario["scheduler"])
        return {"members": [{"t": m.t, **_rates(m)} for m in members]}

    def optimizer_step(self, grads: Json, n: int) -> None:
        for _ in range(n):
            self.current_optimizer.step(grads)

    def optimizer_update(self, grads: Json, n: int) -> None:
        for _ in range(n):
            self.current_optimizer.update(grads)

    def register(self, weights: Json) -> None:
        self.current_optimizer.register(weights)

    def add_param_group(self, weights: Json, **options: Json) -> None:
        self.current_optimizer.add_param_group(weights, options.get("lr"), options.get("weight_decay"))

    def set_lr(self, lr: Json, group: int) -> None:
        self.current_optimizer.rates.set_base_lr(group, decode(lr))

    def set_value(self, weights: Json) -> None:
        self.current_optimizer.set_value(weights)

    def averaged(self) -> Row:
        return {"averaged": self.current_optimizer.averaged()}

    def optimizer_save(self, name: str, via: str | None) -> None:
        self.saved[name] = self.current_optimizer.round_trip(self.current_optimizer.state_dict(), via)

    def optimizer_load(self, name: str) -> None:
        self.current_optimizer.load_state_dict(self.saved[name])

    def tamper(self, on: str, how: str) -> None:
        self.saved[on] = {"tampered": "STA-15" if how in LACKING else "STA-16"}

    def scribble(self, on: str) -> None:
        for owner in [self.scheduler, *self.optimizers]:
            if owner is not None:
                owner.on_scribble("state" if on in self.saved else on)

    def bystander(self) -> None:
        if self.scheduler is not None:
            self.scheduler.on_bystander()

    def read(self) -> None:
        if self.scheduler is not None:
            self.scheduler.on_read()

    def intact(self) -> Row:
        owner = self.current_optimizer if self.optimizers else self.required_scheduler
        return {"changed": owner.changed_arrays()}


def _rates(scheduler: OracleScheduler) -> Row:
    return {
        "base": [number(b) for b in scheduler.get_base_lrs()],
        "lr": [number(float(lr)) for lr in scheduler.get_last_lr()],
    }


def _members_alone(config: Scenario) -> list[OracleScheduler]:
    """The members of a refused composite, on their own."""
    members = [member for member in config["schedulers"] if isinstance(member, dict) and "class" in member]
    return [build(member) for member in members]


def exact_trace(scenario: Scenario, arithmetic: Arithmetic = EXACT, definitions: Definitions = DEFINITIONS) -> Trace:
    """The exact trace of a scenario, its numbers rounded once, to float64."""
    copied = pickle.loads(pickle.dumps(scenario))  # faults may change it; ten times as fast as deepcopy
    return Run(copied, arithmetic, definitions).run()
