"""Aliasing faults: state, lists and arrays that are shared with the caller instead of copied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..classes.definition import Definition, OptimizerDefinition, ScheduleDefinition
from ..classes.domains import Refused
from ..classes.faults import Fault, overriding
from ..oracle.optimizers import FixedRates
from .optimizers import wipe
from .schedulers import go, in_closed_form, stating, with_own_time

Method = Callable[..., Any]
WAYS = {"plain": "STA-3", "pickle": "STA-4", "deepcopy": "STA-5", "json": "STA-6"}


def of(definition: Definition) -> tuple[Fault, ...]:
    return OF_OPTIMIZERS if isinstance(definition, OptimizerDefinition) else OF_SCHEDULERS


def lost(via: str) -> Method:
    def sent(self: Any, original: Any, state: Any, way: str | None) -> Any:
        if way == via:
            raise Refused("type")
        return original(state, way)

    return sent


ON_THE_WAY = tuple(overriding(f"a state does not survive: {via}", by, sent=lost(via)) for via, by in WAYS.items())


def handing(self: Any, original: Any) -> Any:
    self.handed = True
    return original()


def taking(self: Any, original: Any, state: Any) -> None:
    original(state)
    self.taken = True


# ------------------------------------------------------------------------------------------------------ schedulers


def spoilt(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    """Wrong once something shared was overwritten."""
    return 77 + 0 * original(group, t) if "spoilt" in vars(self) else original(group, t)


def spoilt_by(*targets: str) -> Method:
    def scribbled(self: Any, original: Any, target: str) -> None:
        if target in targets:
            self.spoilt = True

    return scribbled


def spoilt_where(mark: str) -> Method:
    def scribbled(self: Any, original: Any, target: str) -> None:
        if target == "state" and mark in vars(self):
            self.spoilt = True

    return scribbled


def kept(name: str, requirement: str, *arguments: str) -> Fault:
    """A list of the caller is kept instead of copied, and so changes with it."""
    return overriding(name, requirement, scribbled=spoilt_by(*arguments), rate=spoilt)


def moved(self: Any, original: Any) -> None:
    go(self, self.t + 1)


def from_one_where_minus_one(self: Any, original: Any, arguments: Any) -> None:
    last = arguments.get("last_epoch")
    original(arguments)
    self.t = 1 if last == -1 else self.t


def jumped(self: Any, original: Any, t: int) -> None:
    self.jumped = 1
    original(t)


def early_after_a_jump(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, (self.t if t is None else t) + vars(self).get("jumped", 0))


def of_one_formula(definition: Any) -> bool:
    """Not a composite, which drifts if its members do."""
    return isinstance(definition, ScheduleDefinition)


def drifting(self: Any, original: Any, n: int) -> None:
    self.walked_far = vars(self).get("walked_far", 0) + n
    original(n)


def drifted(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) * (1 + 1e-12 * vars(self).get("walked_far", 0))


def nearly(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group, t) * (1 + 2.0**-50 if "taken" in vars(self) else 1)


def others_as_at_first(self: Any, original: Any, group: int) -> Any:
    return vars(self).setdefault("at_first", {}).setdefault(group, original(group)) if group else original(group)


def changing_the_state(self: Any, original: Any, state: Any) -> None:
    original(state)
    state["t"] += 1
    state["base_lrs"] = [2 * b for b in state["base_lrs"]]
    if "followed" in state:
        state["followed"] = {**state["followed"], "lrs": [2 * lr for lr in state["followed"]["lrs"]]}
    for member in state["members"]:
        member["t"] += 1


OF_SCHEDULERS: tuple[Fault, ...] = (
    *ON_THE_WAY,
    overriding("last_epoch=-1 taken for 1", "SCH-6", with_own_time, take_time=from_one_where_minus_one),
    overriding("one step ahead after a jump", "SCH-7", in_closed_form, jump=jumped, rate=early_after_a_jump),
    overriding("moved by another scheduler", "SCH-8", beside_another=moved),
    overriding("one rate, however many groups there are", "SCH-9", rates=lambda self, original: original()[:1]),
    kept("the list that get_last_lr() returns is its own", "SCH-10", "last_lr"),
    overriding("last_epoch reads one step behind", "SCH-11", time=lambda self, original: max(original() - 1, 0)),
    overriding("one base rate, however many groups there are", "SCH-12", bases=lambda self, original: original()[:1]),
    kept("the list that base_lrs returns is its own", "SCH-13", "base_lrs"),
    overriding("moved by being read", "SCH-14", looked_at=moved),
    Fault("the caller's list of base rates is kept", "SCH-18", kept("", "", "base_lr").change, stating),
    overriding("groups but the first keep their first rates", "OPT-30", shown=others_as_at_first),
    overriding("the rate drifts, step by step", "NUM-3", of_one_formula, walk=drifting, rate=drifted),
    overriding("a state is not a copy", "STA-2", state=handing, scribbled=spoilt_where("handed"), rate=spoilt),
    overriding("rates after a load differ in the last bits", "STA-9", adopt=taking, rate=nearly),
    overriding("a load changes the state that it is given", "STA-11", adopt=changing_the_state),
    overriding(
        "a load keeps the state that it is given", "STA-12", adopt=taking, scribbled=spoilt_where("taken"), rate=spoilt
    ),
)


# ------------------------------------------------------------------------------------------------------ optimizers


def wiped_where(mark: str) -> Method:
    def scribbled(self: Any, original: Any, target: str) -> None:
        if target == "state" and mark in vars(self):
            wipe(self)
            if isinstance(self.rates, FixedRates):
                self.rates.lrs = [77.0] * len(self.rates.lrs)

    return scribbled


def changing_the_saved(self: Any, original: Any, state: Any) -> None:
    original(state)
    state["lrs"] = state["lrs"] and [2 * lr for lr in state["lrs"]]


def in_dtype(**others: str) -> Method:
    def observe(self: Any, original: Any) -> Any:
        return [[key, {**weight, "dtype": others.get(weight["dtype"], weight["dtype"])}] for key, weight in original()]

    return observe


def seen_large(self: Any, original: Any, g: Any, *given: Any) -> Any:
    self.seen_large = vars(self).get("seen_large", False) or (abs(g) > 1e38).any()
    return original(g, *given)


def lost_where_large(self: Any, original: Any, state: Any, way: str | None) -> Any:
    if way == "json" and vars(self).get("seen_large"):
        raise Refused("type")
    return original(state, way)


def stepped(change: Callable[..., Any]) -> Method:
    """Another step: ``change`` receives the original one, the rate and the gradient."""

    def apply(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, *given: Any) -> Any:
        return p + change(original(g, slots, p, lr, *given) - p, lr, g, p, self)

    return apply


def damped(self: Any, original: Any, g: Any, *given: Any) -> Any:
    return original(g / (1 + abs(g)), *given)


def nothing_extreme(self: Any, original: Any, g: Any, *given: Any) -> Any:
    return original(np.where(abs(g) < 1e-20, 0 * g, np.clip(g, -1e9, 1e9)), *given)


def scales_with_the_rate(definition: Any) -> bool:
    return "OPT-41" in definition.laws


def scale_free(definition: Any) -> bool:
    return "OPT-42" in definition.laws


def follows_signs(definition: Any) -> bool:
    return "OPT-43" in definition.laws


OF_OPTIMIZERS: tuple[Fault, ...] = (
    *ON_THE_WAY,
    overriding(
        "a state after huge gradients does not survive: json", "STA-6", _apply=seen_large, sent=lost_where_large
    ),
    overriding("weights move at rate 0", "OPT-5", _apply=stepped(lambda d, lr, g, p, self: d if lr else d - p / 8)),
    overriding("float32 widened", "OPT-11", observe=in_dtype(float32="float64")),
    overriding("float64 narrowed", "OPT-12", observe=in_dtype(float64="float32")),
    overriding("a step writes into the array of a weight", "OPT-15", changed=lambda self, original: ["an array"]),
    overriding("a step writes into a gradient", "OPT-16", changed=lambda self, original: ["a gradient"]),
    overriding("update does nothing", "OPT-18", update=lambda self, original, grads: None),
    overriding(
        "a step grows faster than the rate",
        "OPT-41",
        scales_with_the_rate,
        _apply=stepped(lambda d, lr, g, p, self: d * (1 + lr)),
    ),
    overriding("large gradients are damped", "OPT-42", scale_free, _apply=damped),
    overriding(
        "the step grows with the gradient",
        "OPT-43",
        follows_signs,
        _apply=stepped(lambda d, lr, g, p, self: d * (1 + abs(g))),
    ),
    overriding("gradients of extreme sizes are cut", "NUM-5", _apply=nothing_extreme),
    overriding("a state is not a copy", "STA-2", state=handing, scribbled=wiped_where("handed")),
    overriding(
        "weights after a load differ in the last bits",
        "STA-9",
        adopt=taking,
        _apply=stepped(lambda d, lr, g, p, self: d * (1 + 2.0**-40 if "taken" in vars(self) else 1)),
    ),
    overriding("a load changes the state that it is given", "STA-11", adopt=changing_the_saved),
    overriding("a load keeps the state that it is given", "STA-12", adopt=taking, scribbled=wiped_where("taken")),
)
