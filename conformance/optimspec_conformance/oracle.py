"""The oracle: a scenario in, its exact trace out. Schedules in 50-digit arithmetic, written from the specification alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .catalogue import COMPOSITES, SCHEDULES
from .domains import Integer, Refused
from .exact import mp
from .model import BASE_LR
from .oracle_optimizer import EXACT, Arithmetic, OracleOptimizer
from .scenario import Json, Row, Scenario, Trace, decode, number

LAST_EPOCH = Integer(-1, 0, "SCH-21")
EPOCH = Integer(0, None, "SCH-23")
REFUSED_STATE = ["key", "value", "type"]


class OracleScheduler:
    """A schedule at a time, for its groups. ``state`` and ``adopt`` are a save and a load."""

    def __init__(self, spec: Scenario) -> None:
        arguments = {name: decode(value) for name, value in spec.items() if name != "class"}
        self.model = SCHEDULES[spec["class"]]
        unknown = set(arguments) - {"base_lr", "last_epoch", *self.model.parameters}
        if unknown:
            raise ValueError(f"the scenario gives {spec['class']} unknown arguments {unknown}")
        self.stated = "base_lr" in arguments
        self.base_lrs = BASE_LR.check("base_lr", arguments.get("base_lr", decode(BASE_LR.default)))
        self.joining_lr = self.base_lrs[-1]
        self.t = max(LAST_EPOCH.check("last_epoch", arguments.get("last_epoch", 0)), 0)
        self.hyper = {
            name: _exact(domain.check(name, arguments[name] if name in arguments else decode(domain.default)))
            for name, domain in self.model.parameters.items()
        }
        self.members: list[OracleScheduler] = []

    def rate(self, group: int, t: int | None = None) -> Any:
        return self.model.rate(self.t if t is None else t, mp.mpf(self.base_lrs[group]), **self.hyper)

    def rates(self) -> list[Any]:
        return [self.rate(group) for group in range(len(self.base_lrs))]

    def move(self, t: int) -> None:
        self.t = t

    def extend(self, groups: int) -> None:
        self.base_lrs += [self.joining_lr] * (groups - len(self.base_lrs))
        for member in self.members:
            member.extend(groups)

    def set_base_lr(self, group: int, base_lr: float) -> None:
        self.base_lrs[group] = base_lr
        for member in self.members:
            member.set_base_lr(group, base_lr)

    def state(self) -> Json:
        members = [member.state() for member in self.members]
        return {"t": self.t, "base_lrs": list(self.base_lrs), "joining_lr": self.joining_lr, "members": members}

    def check_state(self, state: Json) -> None:
        if not isinstance(state, Mapping) or state.get("tampered"):
            raise Refused("any state")
        if len(state["base_lrs"]) != len(self.base_lrs) or len(state["members"]) != len(self.members):
            raise Refused("any state")
        for member, its_state in zip(self.members, state["members"], strict=True):
            member.check_state(its_state)

    def adopt(self, state: Json) -> None:
        self.t, self.base_lrs, self.joining_lr = state["t"], list(state["base_lrs"]), state["joining_lr"]
        for member, its_state in zip(self.members, state["members"], strict=True):
            member.adopt(its_state)


class OracleChain(OracleScheduler):
    """ChainedScheduler: the product of the members' factors on one base rate."""

    def __init__(self, spec: Scenario) -> None:
        self.members = _members(spec)
        if len({member.t for member in self.members}) > 1:
            raise Refused("value", "schedulers")
        self.t = self.members[0].t
        stated = [member for member in self.members if member.stated]
        self.stated = bool(stated)
        lists = [member.base_lrs for member in stated or self.members]
        longest = max(len(base_lrs) for base_lrs in lists)
        choices = [base_lrs + base_lrs[-1:] * (longest - len(base_lrs)) for base_lrs in lists]
        if any(choice != choices[0] for choice in choices):
            raise Refused("value", "base_lr")
        self.take(choices[0])

    def take(self, base_lrs: list[float]) -> None:
        self.base_lrs, self.joining_lr = list(base_lrs), base_lrs[-1]
        for member in self.members:
            if isinstance(member, OracleChain):
                member.take(base_lrs)
            else:
                member.base_lrs, member.joining_lr = list(base_lrs), base_lrs[-1]

    def rate(self, group: int, t: int | None = None) -> Any:
        b = mp.mpf(self.base_lrs[group])
        factors = [member.rate(group, t) / b for member in self.members] if b else [mp.mpf(0)]
        return b * mp.fprod(factors)

    def move(self, t: int) -> None:
        self.t = t
        for member in self.members:
            member.move(t)


def build(spec: Scenario) -> OracleScheduler:
    """The scheduler of a scenario. Raises Refused where an implementation must refuse its arguments."""
    return OracleChain(spec) if spec["class"] in COMPOSITES else OracleScheduler(spec)


def _members(spec: Scenario) -> list[OracleScheduler]:
    given = spec["schedulers"]
    if isinstance(given, dict) and "class" not in given:
        (given,) = given.values()
    if not isinstance(given, list):
        raise Refused("type", "schedulers")
    if not given:
        raise Refused("value", "schedulers")
    if not all(isinstance(member, dict) and "class" in member for member in given):
        raise Refused("type", "schedulers")
    return [build(member) for member in given]


def _exact(value: Any) -> Any:
    return mp.mpf(value) if isinstance(value, float) else value


class Run:
    """The state of a scenario that is being run."""

    def __init__(self, scenario: Scenario, arithmetic: Arithmetic) -> None:
        self.scenario, self.arithmetic = scenario, arithmetic
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
        except Refused as refusal:
            error: Row = {"kind": REFUSED_STATE if refusal.kind == "any state" else refusal.kind}
            self.trace.append({"error": error | ({"names": refusal.names} if refusal.names else {})})
            return False
        self.trace.append(self.observe())
        return True

    def construct(self) -> None:
        self.scheduler = build(self.scenario["scheduler"]) if "scheduler" in self.scenario else None
        if "optimizer" in self.scenario:
            self.optimizers = [self.new_optimizer()]

    def new_optimizer(
        self, values: Mapping[Any, Any] | None = None, spec: Scenario | None = None
    ) -> OracleOptimizer:
        optimizer = OracleOptimizer(spec or self.scenario["optimizer"], self.scheduler, self.arithmetic)
        if self.scenario["weights"] is not None:
            optimizer.register(self.scenario["weights"], values)
        return optimizer

    def operate(self, row: Row) -> None:
        match row:
            case {"op": "scheduler.members"}:
                made = self.scheduler.members if self.scheduler else _members_alone(self.scenario["scheduler"])
                self.trace.append({"members": [{"t": m.t, **_rates(m)} for m in made]})
            case {"op": "intact"}:
                self.trace.append({"changed": []})
            case _:
                self.attempt(self.perform, row)

    def perform(self, row: Row) -> None:
        match row:
            case {"op": "scheduler.step", "epoch": epoch}:
                self.moving().move(EPOCH.check("epoch", decode(epoch)))
            case {"op": "scheduler.step"}:
                self.moving().move(self.moving().t + row.get("n", 1))
            case {"op": "scheduler.save", "as": name}:
                self.saved[name] = self.moving().state()
            case {"op": "scheduler.load", "from": name}:
                self.moving().check_state(self.saved[name])
                self.moving().adopt(self.saved[name])
            case {"op": "scheduler.new"}:
                self.scheduler, self.optimizers, self.used = build(row.get("scheduler", self.scenario["scheduler"])), [], 0
            case {"op": "new"}:
                values = self.optimizer.values()
                self.scheduler = build(self.scenario["scheduler"]) if self.scheduler else None
                self.optimizers, self.used = [self.new_optimizer(values, row.get("optimizer"))], 0
            case {"op": "optimizer.new"}:
                self.optimizers[self.used] = self.new_optimizer(self.optimizer.values())
            case {"op": "optimizer.join"}:
                self.optimizers.append(self.new_optimizer())
                self.used = len(self.optimizers) - 1
            case {"op": "optimizer.use", "which": which}:
                self.used = which
            case {"op": "optimizer.step" | "optimizer.update", "grads": grads}:
                self.optimizer.step(grads)
            case {"op": "optimizer.register", "weights": weights}:
                self.optimizer.register(weights)
            case {"op": "optimizer.add_param_group", "weights": weights}:
                self.optimizer.add_param_group(weights, row.get("lr"), row.get("weight_decay"))
            case {"op": "optimizer.save", "as": name}:
                self.saved[name] = self.optimizer.state()
            case {"op": "optimizer.load", "from": name}:
                self.optimizer.adopt(self.saved[name])
            case {"op": "tamper", "on": name}:
                self.saved[name] = {"tampered": True}
            case {"op": "read" | "scribble" | "bystander"}:
                pass
            case _:
                raise ValueError(f"unknown operation {row}")

    def moving(self) -> OracleScheduler:
        assert self.scheduler is not None
        return self.scheduler

    @property
    def optimizer(self) -> OracleOptimizer:
        return self.optimizers[self.used]

    def observe(self) -> Row:
        row: Row = {}
        if self.scheduler is not None:
            row = {"t": self.scheduler.t, **_rates(self.scheduler)}
        if self.optimizers and self.optimizer.groups:
            row["opt_lr"] = number(float(self.optimizer.rate(0)))
        if self.optimizers:
            row["weights"] = self.optimizer.observe()
        return row


def _rates(scheduler: OracleScheduler) -> Row:
    return {"base": [number(b) for b in scheduler.base_lrs], "lr": [number(float(lr)) for lr in scheduler.rates()]}


def _members_alone(spec: Scenario) -> list[OracleScheduler]:
    """The members of a composite that was refused: as if it had never been tried."""
    return [build(member) for member in spec["schedulers"] if isinstance(member, dict) and "class" in member]


def trace(scenario: Scenario, arithmetic: Arithmetic = EXACT) -> Trace:
    """The exact trace of a scenario, its numbers rounded once, to float64."""
    return Run(copy.deepcopy(scenario), arithmetic).run()
