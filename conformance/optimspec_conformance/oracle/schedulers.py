"""The oracle's schedulers: time, groups and state around the exact formulas in ``classes``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

import numpy as np

from ..classes.arithmetic import mp
from ..classes.catalogue import COMPOSITES, DEFINITIONS, PLATEAUS, SCHEDULES
from ..classes.definition import (
    BASE_LR,
    EPOCH,
    LAST_EPOCH,
    Definition,
    Overrides,
    PlateauDefinition,
    ScheduleDefinition,
)
from ..classes.domains import Increasing, Refused
from ..scenarios.values import Json, Scenario, decode
from .hooks import FaultHooks

MILESTONES = Increasing(None, "SEQ-10")
Definitions = Mapping[str, Definition]
T = TypeVar("T")


class OracleScheduler(FaultHooks):
    """A schedule with a time and groups."""

    name: str
    absolute: str | None = None
    hyper: dict[str, Any]

    def __init__(self, config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
        arguments = {name: decode(value) for name, value in config.items() if name != "class"}
        definition = definitions[config["class"]]
        assert isinstance(definition, ScheduleDefinition)
        self.definition, self.name = definition, definition.name
        self.absolute = self.definition.absolute
        self.read_last_epoch(arguments)
        self.read_arguments(arguments, self.definition.parameters)
        self.definition.check_combination(self.hyper)
        self.definition.check_time(self.t, self.hyper)
        if self.definition.base is not None:
            self.has_explicit_base_lr, self.base_lrs = False, self.definition.base(self.hyper)
        self.default_base_lr = self.base_lrs[-1]

    def read_last_epoch(self, arguments: dict[str, Any]) -> None:
        self.t = max(LAST_EPOCH.check("last_epoch", arguments.pop("last_epoch", 0)) or 0, 0)

    def read_arguments(self, arguments: dict[str, Any], parameters: Mapping[str, Any]) -> None:
        self.has_explicit_base_lr = "base_lr" in arguments
        self.base_lrs = BASE_LR.check("base_lr", arguments.pop("base_lr", decode(BASE_LR.default)))
        self.hyper = {
            name: domain.check(name, arguments.pop(name) if name in arguments else decode(domain.default))
            for name, domain in parameters.items()
        }
        if arguments:
            raise ValueError(f"the scenario gives unknown arguments {sorted(arguments)}")

    @property
    def members(self) -> list[OracleScheduler]:
        return []

    def leaves(self) -> Iterator[OracleScheduler]:
        yield self

    def arguments_of(self, group: int) -> dict[str, Any]:
        """The hyperparameters of a group."""
        entries = {name: self.hyper[name][min(group, len(self.hyper[name]) - 1)] for name in self.definition.per_group}
        return {**self.hyper, **entries}

    def rate(self, group: int, t: int | None = None) -> Any:
        hyper = {name: exact(value) for name, value in self.arguments_of(group).items()}
        return self.definition.rate(self.t if t is None else t, mp.mpf(self.base_lrs[group]), **hyper)

    def get_last_lr(self) -> list[Any]:
        return [self.rate(group) for group in range(len(self.base_lrs))]

    def last_epoch(self) -> int:
        return self.t

    def get_base_lrs(self) -> list[float]:
        return self.base_lrs

    def optimizer_rate(self, group: int) -> Any:
        """The rate that attached optimizers see."""
        return self.rate(group)

    def set_time(self, t: int) -> None:
        self.definition.check_time(t, self.hyper)
        self.t = t

    def step(self, metric: Any) -> None:
        if metric is not None:
            raise ValueError("the scenario gives a metric to a schedule that has none")
        self.walk(1)

    def walk(self, n: int) -> None:
        self.set_time(self.t + n)

    def check_epoch(self, epoch: Any) -> int:
        """The time of a jump."""
        try:
            return EPOCH.check("epoch", epoch) or 0
        except Refused as refusal:
            raise Refused(refusal.kind, "epoch", "SCH-24" if refusal.kind == "type" else "SCH-23") from None

    def jump(self, t: int) -> None:
        self.set_time(t)

    def extend(self, groups: int) -> None:
        self.base_lrs += [self.default_base_lr] * (groups - len(self.base_lrs))
        for member in self.members:
            member.extend(groups)

    def refuse_group_rate(self) -> None:
        """Refuse an explicit rate of a group, if any leaf has absolute rates."""
        absolute = [leaf.absolute for leaf in self.leaves() if leaf.absolute]
        if absolute:
            raise Refused("type", by=absolute[0])

    def set_base_lr(self, group: int, base_lr: float) -> None:
        self.base_lrs[group] = base_lr
        for member in self.members:
            member.set_base_lr(group, base_lr)

    def set_base_lrs(self, base_lrs: list[float]) -> None:
        """Take the base rates of a composite."""
        self.base_lrs, self.default_base_lr = list(base_lrs), base_lrs[-1]

    def state_dict(self) -> Json:
        members = [member.state_dict() for member in self.members]
        return {
            "kind": self.name,
            "t": self.t,
            "base_lrs": list(self.base_lrs),
            "default_base_lr": self.default_base_lr,
            "members": members,
        }

    def check_state(self, state: Json) -> None:
        if "tampered" in state:
            raise Refused("any state", by=state["tampered"])
        if state["kind"] != self.name:
            raise Refused("any state", by="STA-21")
        if len(state["base_lrs"]) != len(self.base_lrs) or len(state["members"]) != len(self.members):
            raise Refused("any state", by="STA-17")
        for member, its_state in zip(self.members, state["members"], strict=True):
            member.check_state(its_state)

    def load_state_dict(self, state: Json) -> None:
        self.t, self.base_lrs, self.default_base_lr = state["t"], list(state["base_lrs"]), state["default_base_lr"]
        for member, its_state in zip(self.members, state["members"], strict=True):
            member.load_state_dict(its_state)


class OraclePlateau(OracleScheduler):
    """ReduceLROnPlateau. ``metric_state`` holds its rates, the best metric, the bad epochs and the cooldown."""

    def __init__(self, config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
        arguments = {name: decode(value) for name, value in config.items() if name != "class"}
        definition = definitions[config["class"]]
        assert isinstance(definition, PlateauDefinition)
        self.plateau, self.name = definition, definition.name
        self.read_last_epoch(arguments)
        self.read_arguments(arguments, self.plateau.parameters)
        self.default_base_lr = self.base_lrs[-1]
        self.metric_state: dict[str, Any] = {
            "lrs": [mp.mpf(b) for b in self.base_lrs],
            "best": None,
            "bad": 0,
            "cooldown": 0,
        }

    def rate(self, group: int, t: int | None = None) -> Any:
        return self.metric_state["lrs"][group]

    def step(self, metric: Any) -> None:
        if metric is None:
            raise Refused("type", by="PLAT-14")
        if not isinstance(metric, (int, float, np.number, np.ndarray)):
            raise Refused("type", by="PLAT-22")
        self.metric_state = self.plateau.advance(self.metric_state, exact(float(metric)), **self.hyper)
        self.t += 1

    def jump(self, t: int) -> None:
        self.step(None)

    def set_time(self, t: int) -> None:
        raise ValueError("the scenario moves a plateau without a metric")

    def extend(self, groups: int) -> None:
        super().extend(groups)
        self.metric_state["lrs"] += [mp.mpf(b) for b in self.base_lrs[len(self.metric_state["lrs"]) :]]

    def set_base_lr(self, group: int, base_lr: float) -> None:
        super().set_base_lr(group, base_lr)
        self.metric_state["lrs"][group] = mp.mpf(base_lr)

    def state_dict(self) -> Json:
        return super().state_dict() | {"metric_state": {**self.metric_state, "lrs": list(self.metric_state["lrs"])}}

    def load_state_dict(self, state: Json) -> None:
        super().load_state_dict(state)
        self.metric_state = {**state["metric_state"], "lrs": list(state["metric_state"]["lrs"])}


class OracleComposite(OracleScheduler):
    """A scheduler made of members."""

    def __init__(self, config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
        self.name = config["class"]
        self.read_members(config, definitions)

    def read_members(self, config: Scenario, definitions: Definitions) -> None:
        self.built_members = build_members(config["schedulers"], definitions)

    @property
    def members(self) -> list[OracleScheduler]:
        return self.built_members

    def leaves(self) -> Iterator[OracleScheduler]:
        for member in self.members:
            yield from member.leaves()


class OracleChain(OracleComposite):
    """ChainedScheduler: the product of the members' factors on one base rate."""

    def __init__(self, config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
        super().__init__(config, definitions)
        if any(leaf.absolute for leaf in self.leaves()):
            raise Refused("type", "schedulers", "CHAIN-9")
        if len({member.t for member in self.members}) > 1:
            raise Refused("value", "schedulers", "CHAIN-5")
        self.t = self.members[0].t
        explicit = [member for member in self.members if member.has_explicit_base_lr]
        self.has_explicit_base_lr = bool(explicit)
        lists = [member.base_lrs for member in explicit or self.members]
        extended_lists = [extended(base_lrs, max(map(len, lists))) for base_lrs in lists]
        if any(base_lrs != extended_lists[0] for base_lrs in extended_lists):
            raise Refused("value", by="CHAIN-6")  # of two parameters, either may be named
        self.set_base_lrs(extended_lists[0])

    def set_base_lrs(self, base_lrs: list[float]) -> None:
        super().set_base_lrs(base_lrs)
        for member in self.members:
            member.set_base_lrs(base_lrs)

    def rate(self, group: int, t: int | None = None) -> Any:
        b = mp.mpf(self.base_lrs[group])
        return b * mp.fprod(member.rate(group, t) / b for member in self.members) if b else b

    def set_time(self, t: int) -> None:
        self.t = t
        for member in self.members:
            member.set_time(t)


class OracleSequence(OracleComposite):
    """SequentialLR: one member after another, each in its own time and with its own base rate."""

    def __init__(self, config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
        super().__init__(config, definitions)
        milestones = self.read_milestones(decode(config["milestones"]))
        if len(self.members) != len(milestones) + 1:
            raise Refused("value")  # of two parameters, either may be named
        self.starts = (0, *milestones)
        explicit = [member.base_lrs for member in self.members if member.has_explicit_base_lr]
        self.has_explicit_base_lr = bool(explicit)
        base_lrs = explicit[0] if explicit else BASE_LR.check("base_lr", decode(BASE_LR.default))
        self.set_base_lrs(extended(base_lrs, max(len(member.base_lrs) for member in self.members)))
        self.read_last_epoch({"last_epoch": decode(config["last_epoch"])} if "last_epoch" in config else {})
        self.set_time(self.t)

    def read_milestones(self, milestones: Any) -> tuple[int, ...]:
        return MILESTONES.check("milestones", milestones)

    def set_base_lrs(self, base_lrs: list[float]) -> None:
        super().set_base_lrs(base_lrs)
        for member in self.members:
            if not member.has_explicit_base_lr and not member.absolute:
                member.set_base_lrs(base_lrs)
            member.extend(len(base_lrs))

    def rate(self, group: int, t: int | None = None) -> Any:
        t = self.t if t is None else t
        active = sum(start <= t for start in self.starts[1:])
        return self.members[active].rate(group, t - self.starts[active])

    def set_time(self, t: int) -> None:
        self.t = t
        for start, member in zip(self.starts, self.members, strict=True):
            member.set_time(max(t - start, 0))

    def load_state_dict(self, state: Json) -> None:
        super().load_state_dict(state)
        self.set_time(self.t)


def build(config: Scenario, definitions: Definitions = DEFINITIONS) -> OracleScheduler:
    """The scheduler of a scenario. Raises Refused if an implementation must refuse its arguments."""
    cls: type[OracleScheduler] = OracleScheduler
    if config["class"] in PLATEAUS:
        cls = OraclePlateau
    if config["class"] in COMPOSITES:
        cls = OracleChain if "milestones" not in config else OracleSequence
    return with_overrides(cls, definitions[config["class"]].overrides)(config, definitions)


def with_overrides(cls: type[T], overrides: Overrides) -> type[T]:
    """A class with some methods replaced; each receives the object and the original method before its arguments."""

    def wrapped(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(cls, name)
        return lambda self, *args, **options: method(self, partial(original, self), *args, **options)

    return type(cls.__name__, (cls,), {name: wrapped(name, m) for name, m in overrides.items()}) if overrides else cls


def build_members(members: Json, definitions: Definitions) -> list[OracleScheduler]:
    if isinstance(members, dict) and "class" not in members:
        (members,) = members.values()
    if not isinstance(members, list):
        raise Refused("type", "schedulers", "CMP-6")
    if not members:
        raise Refused("value", "schedulers", "CMP-5")
    classes = [member.get("class") if isinstance(member, dict) else None for member in members]
    if not all(name in (*SCHEDULES, *COMPOSITES) for name in classes):
        raise Refused("type", "schedulers", "CMP-11" if set(classes) & set(PLATEAUS) else "CMP-6")
    return [build(member, definitions) for member in members]


def extended(base_lrs: list[float], count: int) -> list[float]:
    return base_lrs + base_lrs[-1:] * (count - len(base_lrs))


def exact(value: Any) -> Any:
    return mp.mpf(value) if isinstance(value, float) else value
