"""Faults in what is handed in and out, in reading, and in the company of others: shared where it should be a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .domains import Refused
from .faults import Fault, shell
from .model import Model, OptimizerModel, ScheduleModel
from .oracle_optimizer import FixedRates
from .variants_of_optimizers import wipe
from .variants_of_schedulers import go, in_closed_form, stating, with_own_time

Method = Callable[..., Any]
WAYS = {"plain": "STA-3", "pickle": "STA-4", "deepcopy": "STA-5", "json": "STA-6"}


def of(model: Model) -> tuple[Fault, ...]:
    return OF_OPTIMIZERS if isinstance(model, OptimizerModel) else OF_SCHEDULERS


def lost(via: str) -> Method:
    def sent(own: Any, right: Any, state: Any, way: str | None) -> Any:
        if way == via:
            raise Refused("type")
        return right(state, way)

    return sent


ON_THE_WAY = tuple(shell(f"a state does not survive: {via}", by, sent=lost(via)) for via, by in WAYS.items())


def handing(own: Any, right: Any) -> Any:
    own.handed = True
    return right()


def taking(own: Any, right: Any, state: Any) -> None:
    right(state)
    own.taken = True


# ------------------------------------------------------------------------------------------------------ schedulers


def spoilt(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    """After a scribble."""
    return 77 + 0 * right(group, t) if "spoilt" in vars(own) else right(group, t)


def spoilt_by(*targets: str) -> Method:
    def scribbled(own: Any, right: Any, target: str) -> None:
        if target in targets:
            own.spoilt = True

    return scribbled


def spoilt_where(mark: str) -> Method:
    def scribbled(own: Any, right: Any, target: str) -> None:
        if target == "state" and mark in vars(own):
            own.spoilt = True

    return scribbled


def kept(name: str, requirement: str, *arguments: str) -> Fault:
    """A list of the caller's is kept, and so changes with it."""
    return shell(name, requirement, scribbled=spoilt_by(*arguments), rate=spoilt)


def moved(own: Any, right: Any) -> None:
    go(own, own.t + 1)


def from_one_where_minus_one(own: Any, right: Any, arguments: Any) -> None:
    last = arguments.get("last_epoch")
    right(arguments)
    own.t = 1 if last == -1 else own.t


def jumped(own: Any, right: Any, t: int) -> None:
    own.jumped = 1
    right(t)


def early_after_a_jump(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, (own.t if t is None else t) + vars(own).get("jumped", 0))


def of_one_formula(model: Any) -> bool:
    """No composite, which drifts where its members do."""
    return isinstance(model, ScheduleModel)


def drifting(own: Any, right: Any, n: int) -> None:
    own.walked_far = vars(own).get("walked_far", 0) + n
    right(n)


def drifted(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, t) * (1 + 1e-12 * vars(own).get("walked_far", 0))


def nearly(own: Any, right: Any, group: int, t: int | None = None) -> Any:
    return right(group, t) * (1 + 2.0**-50 if "taken" in vars(own) else 1)


def others_as_at_first(own: Any, right: Any, group: int) -> Any:
    return vars(own).setdefault("at_first", {}).setdefault(group, right(group)) if group else right(group)


def changing_the_state(own: Any, right: Any, state: Any) -> None:
    right(state)
    state["t"] += 1
    state["base_lrs"] = [2 * b for b in state["base_lrs"]]
    if "followed" in state:
        state["followed"] = {**state["followed"], "lrs": [2 * lr for lr in state["followed"]["lrs"]]}
    for member in state["members"]:
        member["t"] += 1


OF_SCHEDULERS: tuple[Fault, ...] = (
    *ON_THE_WAY,
    shell("last_epoch=-1 taken for 1", "SCH-6", with_own_time, take_time=from_one_where_minus_one),
    shell("one step ahead after a jump", "SCH-7", in_closed_form, jump=jumped, rate=early_after_a_jump),
    shell("moved by another scheduler", "SCH-8", beside_another=moved),
    shell("one rate, however many groups there are", "SCH-9", rates=lambda own, right: right()[:1]),
    kept("the list that get_last_lr() returns is its own", "SCH-10", "last_lr"),
    shell("last_epoch reads one step behind", "SCH-11", time=lambda own, right: max(right() - 1, 0)),
    shell("one base rate, however many groups there are", "SCH-12", bases=lambda own, right: right()[:1]),
    kept("the list that base_lrs returns is its own", "SCH-13", "base_lrs"),
    shell("moved by being read", "SCH-14", looked_at=moved),
    Fault("the caller's list of base rates is kept", "SCH-18", kept("", "", "base_lr").change, stating),
    shell("groups but the first keep their first rates", "OPT-30", shown=others_as_at_first),
    shell("the rate drifts, step by step", "NUM-3", of_one_formula, walk=drifting, rate=drifted),
    shell("a state is not a copy", "STA-2", state=handing, scribbled=spoilt_where("handed"), rate=spoilt),
    shell("rates after a load differ in the last bits", "STA-9", adopt=taking, rate=nearly),
    shell("a load changes the state that it is given", "STA-11", adopt=changing_the_state),
    shell(
        "a load keeps the state that it is given", "STA-12", adopt=taking, scribbled=spoilt_where("taken"), rate=spoilt
    ),
)


# ------------------------------------------------------------------------------------------------------ optimizers


def wiped_where(mark: str) -> Method:
    def scribbled(own: Any, right: Any, target: str) -> None:
        if target == "state" and mark in vars(own):
            wipe(own)
            if isinstance(own.rates, FixedRates):
                own.rates.lrs = [77.0] * len(own.rates.lrs)

    return scribbled


def changing_the_saved(own: Any, right: Any, state: Any) -> None:
    right(state)
    state["lrs"] = state["lrs"] and [2 * lr for lr in state["lrs"]]


def in_dtype(**others: str) -> Method:
    def observe(own: Any, right: Any) -> Any:
        return [[key, {**weight, "dtype": others.get(weight["dtype"], weight["dtype"])}] for key, weight in right()]

    return observe


def seen_large(own: Any, right: Any, g: Any, *given: Any) -> Any:
    own.seen_large = vars(own).get("seen_large", False) or (abs(g) > 1e38).any()
    return right(g, *given)


def lost_where_large(own: Any, right: Any, state: Any, way: str | None) -> Any:
    if way == "json" and vars(own).get("seen_large"):
        raise Refused("type")
    return right(state, way)


def stepped(change: Callable[..., Any]) -> Method:
    """Another step: ``change`` is given the right one, the rate and the gradient."""

    def apply(own: Any, right: Any, g: Any, slots: Any, p: Any, lr: Any, *given: Any) -> Any:
        return p + change(right(g, slots, p, lr, *given) - p, lr, g, p, own)

    return apply


def damped(own: Any, right: Any, g: Any, *given: Any) -> Any:
    return right(g / (1 + abs(g)), *given)


def nothing_extreme(own: Any, right: Any, g: Any, *given: Any) -> Any:
    return right(np.where(abs(g) < 1e-20, 0 * g, np.clip(g, -1e9, 1e9)), *given)


def scales_with_the_rate(model: Any) -> bool:
    return "OPT-41" in model.laws


def scale_free(model: Any) -> bool:
    return "OPT-42" in model.laws


def follows_signs(model: Any) -> bool:
    return "OPT-43" in model.laws


OF_OPTIMIZERS: tuple[Fault, ...] = (
    *ON_THE_WAY,
    shell("a state after huge gradients does not survive: json", "STA-6", _apply=seen_large, sent=lost_where_large),
    shell("weights move at rate 0", "OPT-5", _apply=stepped(lambda d, lr, g, p, own: d if lr else d - p / 8)),
    shell("float32 widened", "OPT-11", observe=in_dtype(float32="float64")),
    shell("float64 narrowed", "OPT-12", observe=in_dtype(float64="float32")),
    shell("a step writes into the array of a weight", "OPT-15", changed=lambda own, right: ["an array"]),
    shell("a step writes into a gradient", "OPT-16", changed=lambda own, right: ["a gradient"]),
    shell("update does nothing", "OPT-18", update=lambda own, right, grads: None),
    shell(
        "a step grows faster than the rate",
        "OPT-41",
        scales_with_the_rate,
        _apply=stepped(lambda d, lr, g, p, own: d * (1 + lr)),
    ),
    shell("large gradients are damped", "OPT-42", scale_free, _apply=damped),
    shell(
        "the step grows with the gradient",
        "OPT-43",
        follows_signs,
        _apply=stepped(lambda d, lr, g, p, own: d * (1 + abs(g))),
    ),
    shell("gradients of extreme sizes are cut", "NUM-5", _apply=nothing_extreme),
    shell("a state is not a copy", "STA-2", state=handing, scribbled=wiped_where("handed")),
    shell(
        "weights after a load differ in the last bits",
        "STA-9",
        adopt=taking,
        _apply=stepped(lambda d, lr, g, p, own: d * (1 + 2.0**-40 if "taken" in vars(own) else 1)),
    ),
    shell("a load changes the state that it is given", "STA-11", adopt=changing_the_saved),
    shell("a load keeps the state that it is given", "STA-12", adopt=taking, scribbled=wiped_where("taken")),
)
