"""The oracle: a scenario in, its exact trace out, in 50-digit arithmetic, written from the specification alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ..classes.catalogue import DEFINITIONS
from ..classes.domains import Refused
from ..scenarios.values import Json, Row, Scenario, Trace, UserError, decode, number
from .arithmetic import EXACT, Arithmetic
from .optimizers import OracleOptimizer
from .schedulers import Definitions, OracleScheduler, build, with_overrides

REFUSED_STATE = ["key", "value", "type"]
LACKING = ("empty", "time-alone")


class Run:
    """The state of a scenario that is being run."""

    def __init__(self, scenario: Scenario, arithmetic: Arithmetic, definitions: Definitions) -> None:
        self.scenario, self.arithmetic, self.definitions = scenario, arithmetic, definitions
        self.scheduler: OracleScheduler | None = None
        self.optimizers: list[OracleOptimizer] = []
        self.used = 0
        self.saved: dict[str, Json] = {}
        self.trace: Trace = []

    def run(self) -> Trace:
        if self.attempt(self.construct) or all(row["op"] == "scheduler.members" for row in self.scenario["do"]):
            for row in self.scenario["do"]:
                self.operate(row)
        return self.trace

    def attempt(self, act: Any, *arguments: Any) -> bool:
        """Act and observe; a refusal is a row too."""
        try:
            act(*arguments)
            self.trace.append(self.observe())
        except Refused as refusal:
            error: Row = {"kind": REFUSED_STATE if refusal.kind == "any state" else refusal.kind}
            row: Row = {"error": error | ({"names": refusal.names} if refusal.names else {})}
            self.trace.append(row | ({"by": refusal.by} if refusal.by else {}))
            return False
        except UserError:
            self.trace.append({"error": {"kind": UserError.__name__}})
            return False
        return True

    def construct(self) -> None:
        made = self.scenario.get("scheduler")
        self.scheduler = None if made is None else build(made, self.definitions)
        if "optimizer" in self.scenario:
            self.optimizers = [self.new_optimizer()]

    def new_optimizer(self, values: Mapping[Any, Any] | None = None, config: Scenario | None = None) -> OracleOptimizer:
        config = config or self.scenario["optimizer"]
        kind = with_overrides(OracleOptimizer, self.definitions[config["class"]].overrides)
        optimizer = kind(config, self.scheduler, self.arithmetic, self.definitions)
        if self.scenario["weights"] is not None:
            optimizer.register(self.scenario["weights"], values)
        return optimizer

    def operate(self, row: Row) -> None:
        match row:
            case {"op": "scheduler.members"}:
                made = self.scheduler.members if self.scheduler else _members_alone(self.scenario["scheduler"])
                self.trace.append({"members": [{"t": m.t, **_rates(m)} for m in made]})
            case {"op": "intact"}:
                self.trace.append({"changed": self.optimizer.changed()})
            case _:
                self.attempt(self.perform, row)

    def perform(self, row: Row) -> None:
        match row:
            case {"op": "scheduler.step", "epoch": epoch}:
                self.moving().jump(self.moving().time_of(decode(epoch)))
            case {"op": "scheduler.step"}:
                self.step(row)
            case {"op": "scheduler.save", "as": name}:
                self.saved[name] = self.moving().sent(self.moving().state(), row.get("via"))
            case {"op": "scheduler.load", "from": name}:
                self.moving().check_state(self.saved[name])
                self.moving().adopt(self.saved[name])
            case {"op": "scheduler.new"}:
                self.scheduler, self.optimizers, self.used = (
                    build(row["scheduler"] if "scheduler" in row else self.scenario["scheduler"], self.definitions),
                    [],
                    0,
                )
            case {"op": "new"}:
                values = self.optimizer.values()
                self.scheduler = build(self.scenario["scheduler"], self.definitions) if self.scheduler else None
                self.optimizers, self.used = [self.new_optimizer(values, row.get("optimizer"))], 0
            case {"op": "optimizer.join"}:
                self.optimizers.append(self.new_optimizer())
                self.used = len(self.optimizers) - 1
            case {"op": "optimizer.use", "which": which}:
                self.used = which
            case {"op": "optimizer.step" | "optimizer.update" as op, "grads": grads}:
                for _ in range(row.get("n", 1)):
                    (self.optimizer.step if op == "optimizer.step" else self.optimizer.update)(grads)
            case {"op": "optimizer.register", "weights": weights}:
                self.optimizer.register(weights)
            case {"op": "optimizer.add_param_group", "weights": weights}:
                self.optimizer.add_param_group(weights, row.get("lr"), row.get("weight_decay"))
            case {"op": "optimizer.save", "as": name}:
                self.saved[name] = self.optimizer.sent(self.optimizer.state(), row.get("via"))
            case {"op": "optimizer.load", "from": name}:
                self.optimizer.adopt(self.saved[name])
            case {"op": "tamper", "on": name, "how": how}:
                self.saved[name] = {"tampered": "STA-15" if how in LACKING else "STA-16"}
            case {"op": "scribble", "on": target}:
                for owner in [self.scheduler, *self.optimizers]:
                    if owner is not None:
                        owner.scribbled("state" if target in self.saved else target)
            case {"op": "read" | "bystander" as op}:
                if self.scheduler is not None:
                    (self.scheduler.looked_at if op == "read" else self.scheduler.beside_another)()
            case _:
                raise ValueError(f"unknown operation {row}")

    def step(self, row: Row) -> None:
        metric = decode(row["metric"]) if "metric" in row else None
        if row.get("n", 1) > 1:
            self.moving().walk(row["n"])
        else:
            self.moving().step(metric)

    def moving(self) -> OracleScheduler:
        assert self.scheduler is not None
        return self.scheduler

    @property
    def optimizer(self) -> OracleOptimizer:
        return self.optimizers[self.used]

    def observe(self) -> Row:
        row: Row = {}
        if self.scheduler is not None:
            row = {"t": self.scheduler.time(), **_rates(self.scheduler)}
        if self.optimizers and self.optimizer.groups:
            row["opt_lr"] = number(float(self.optimizer.current()))
        if self.optimizers:
            row["weights"] = self.optimizer.observe()
        return row


def _rates(scheduler: OracleScheduler) -> Row:
    return {"base": [number(b) for b in scheduler.bases()], "lr": [number(float(lr)) for lr in scheduler.rates()]}


def _members_alone(config: Scenario) -> list[OracleScheduler]:
    """The members of a composite that was refused: as if it had never been tried."""
    members = [member for member in config["schedulers"] if isinstance(member, dict) and "class" in member]
    return [build(member) for member in members]


def exact_trace(scenario: Scenario, arithmetic: Arithmetic = EXACT, definitions: Definitions = DEFINITIONS) -> Trace:
    """The exact trace of a scenario, its numbers rounded once, to float64."""
    return Run(copy.deepcopy(scenario), arithmetic, definitions).run()
