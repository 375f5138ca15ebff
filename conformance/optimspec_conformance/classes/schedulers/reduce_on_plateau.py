"""ReduceLROnPlateau: spec/schedulers/reduce_on_plateau.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import SGD
from ...scenarios.operations import jump, load, measure, new_scheduler, save, scribble, step
from ...scenarios.values import Json, Row, Scenario, string
from ...scenarios.weights import MATRIX, VECTOR, group, training
from ..arithmetic import mp
from ..definition import Convention, PlateauDefinition
from ..domains import INF, NAN, NON_NEGATIVE, Choice, Integer, Rates, Real, Refused
from ..faults import changing, ignoring, overriding, wrapping


def advance(
    state: dict[str, Any],
    metric: Any,
    mode: str,
    factor: float,
    patience: int,
    threshold: float,
    threshold_mode: str,
    cooldown: int,
    min_lr: list[float],
    eps: float,
) -> dict[str, Any]:
    """One step. ``state`` holds the rates, the best metric, the count of bad epochs and the remaining cooldown."""
    better = improves(metric, state["best"], mode, mp.mpf(threshold), threshold_mode)
    return advance_state(state, metric, better, factor, patience, cooldown, min_lr, eps)


def advance_in_torch(state: dict[str, Any], metric: Any, threshold: float, **hyper: Any) -> dict[str, Any]:
    """One step with the relative threshold best·(1 ∓ threshold)."""
    best, sign = state["best"], 1 if hyper.pop("mode") == "min" else -1
    if hyper.pop("threshold_mode") == "abs" or best is None:
        better = sign * metric < (mp.inf if best is None else sign * best - mp.mpf(threshold))
    else:
        better = sign * metric < sign * best * (1 - sign * mp.mpf(threshold))
    return advance_state(state, metric, bool(better), **hyper)


def advance_state(
    state: dict[str, Any],
    metric: Any,
    better: bool,
    factor: float,
    patience: int,
    cooldown: int,
    min_lr: list[float],
    eps: float,
) -> dict[str, Any]:
    """The state after a metric that is better than the best, or not."""
    lrs, best, bad, remaining = state["lrs"], state["best"], state["bad"], state["cooldown"]
    if better:
        best, bad = metric, 0
    else:
        bad += 1
    if remaining > 0:
        remaining, bad = remaining - 1, 0
    if bad > patience:
        floors = [mp.mpf(min_lr[min(group, len(min_lr) - 1)]) for group in range(len(lrs))]
        reduced = [max(lr * mp.mpf(factor), floor) for lr, floor in zip(lrs, floors, strict=True)]
        lrs = [new if lr - new > mp.mpf(eps) else lr for lr, new in zip(lrs, reduced, strict=True)]
        remaining, bad = cooldown, 0
    return {"lrs": list(lrs), "best": best, "bad": bad, "cooldown": remaining}


def improves(metric: Any, best: Any, mode: str, threshold: Any, threshold_mode: str) -> bool:
    if mp.isnan(metric):
        return False
    if best is None:
        return bool(metric < mp.inf if mode == "min" else metric > -mp.inf)
    margin = threshold * abs(best) if threshold_mode == "rel" else threshold
    return bool(metric < best - margin if mode == "min" else metric > best + margin)


def load_without(**forgotten: Any) -> Callable[..., None]:
    def load_state_dict(self: Any, original: Any, state: Json) -> None:
        original({**state, "metric_state": {**state["metric_state"], **forgotten}})

    return load_state_dict


MAX, ABS = {"mode": string("max")}, {"threshold_mode": string("abs")}


def metrics(*values: str | float | Json) -> list[Row]:
    return [measure(value if isinstance(value, (str, dict)) else repr(float(value))) for value in values]


def plain(base_lr: Json = "0.8", **changed: Json) -> Scenario:
    """A plateau that cuts the rate after two bad epochs, with some arguments changed."""
    return DEFINITION.config(base_lr, **{"factor": "0.5", "patience": 1, **changed})


def ignore_best_in_cooldown(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    after = original(state, metric, **hyper)
    return {**after, "best": state["best"]} if state["cooldown"] > 0 else after


def keep_count_after_cut(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    after = original(state, metric, **hyper)
    was_cut = after["bad"] == 0 and state["bad"] == hyper["patience"] and after["best"] == state["best"]
    return {**after, "bad": hyper["patience"]} if was_cut else after


def count_in_cooldown(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    after = original(state, metric, **hyper)
    worse = state["cooldown"] > 0 and after["best"] == state["best"]
    return {**after, "bad": state["bad"] + 1} if worse else after


def last_metric_as_best(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    return {**original(state, metric, **hyper), "best": metric}


def relative_threshold_in(mode: str) -> Callable[..., Any]:
    def advance(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
        return original(state, metric, **hyper | ({"threshold_mode": "rel"} if hyper["mode"] == mode else {}))

    return advance


def first_metric_against_zero(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    best = mp.mpf(0) if state["best"] is None else state["best"]
    return original({**state, "best": best}, metric, **hyper)


def infinite_as_nan(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    return original(state, mp.nan if mp.isinf(metric) else metric, **hyper)


def join_at_first_rate(self: Any, original: Any, groups: int) -> None:
    count = len(self.metric_state["lrs"])
    original(groups)
    self.metric_state["lrs"][count:] = self.metric_state["lrs"][:1] * (groups - count)


def count_twice(self: Any, original: Any, metric: Any) -> None:
    original(metric)
    self.t += 1


def keep_previous_rates(self: Any, original: Any, metric: Any) -> None:
    previous = list(self.metric_state["lrs"])
    original(metric)
    self.previous = previous


def previous_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    previous = vars(self).get("previous", [])
    return previous[group] if group < len(previous) else original(group)


def cut_first_rate(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    return original(group) * (self.hyper["factor"] if self.metric_state["best"] is None else 1)


def require_python_number(self: Any, original: Any, metric: Any) -> None:
    if type(metric) not in (int, float):
        raise Refused("type")
    original(metric)


def accept_no_metric(self: Any, original: Any, metric: Any) -> None:
    original(0.0 if metric is None else metric)


def count_as_nothing(self: Any, original: Any, t: int) -> None:
    """A fault: a step sets the time, and does nothing else."""
    self.t = t


def convert_metric(self: Any, original: Any, metric: Any) -> None:
    original(float(metric) if isinstance(metric, str) else metric)


def take_first_entry(self: Any, original: Any, metric: Any) -> None:
    original(metric[0] if isinstance(metric, list) else metric)


def nan_as_best(original: Any, state: dict[str, Any], metric: Any, **hyper: Any) -> Any:
    after = original(state, metric, **hyper)
    return {**after, "best": metric} if mp.isnan(metric) else after


def spoil_the_best(self: Any, original: Any, target: str) -> None:
    if target == "metric":
        self.metric_state = {**self.metric_state, "best": mp.mpf(77)}


def cases() -> Iterator[Case]:
    constant = metrics(*[1.0] * 12)
    for patience in (0, 1, 3):
        yield Case("PLAT-1", f"patience-{patience}", {"scheduler": plain(patience=patience), "do": constant})
    mixed = metrics(5, 4, 4, 4, 3, 3, 3, 3, 2, 2.5, 2.4, 2.3, 1, 1, 1)
    yield Case("PLAT-1", "improving-between", {"scheduler": plain(), "do": mixed})
    yield Case("PLAT-2", "floor", {"scheduler": plain(["0.8", "0.1"], min_lr="0.09"), "do": constant})
    yield Case("PLAT-2", "above-the-rate", {"scheduler": plain("0.05", min_lr="0.09"), "do": constant})
    yield Case("PLAT-3", "small-cuts", {"scheduler": plain("0.2", eps="0.06"), "do": constant})
    yield Case("PLAT-3", "exactly-eps", {"scheduler": plain("0.5", eps="0.125"), "do": constant})
    cooled = plain("0.2", eps="0.06", cooldown=3)
    yield Case("PLAT-3", "cooldown-all-the-same", {"scheduler": cooled, "do": metrics(*[1.0] * 5, *[2.0] * 9)})
    joins = [*constant[:3], group(MATRIX, lr="0.8"), *constant[3:]]
    too_small = training(SGD, joins, plain("0.05", eps="0.06", cooldown=3), keys=[VECTOR])
    yield Case("PLAT-3", "cooldown-without-a-cut", too_small)
    for requirement, mode, threshold_mode in (
        ("PLAT-4", "min", "rel"),
        ("PLAT-5", "min", "abs"),
        ("PLAT-6", "max", "rel"),
        ("PLAT-7", "max", "abs"),
    ):
        modes = (MAX if mode == "max" else {}) | (ABS if threshold_mode == "abs" else {})
        config = plain(**modes, threshold="0.25", patience=2)
        sign = 1 if mode == "min" else -1
        down = [8, 7, 6.5, 5.5, 5, 4.9, 4, 3.5, 3.4, 3.3, 3.2, 3.1, 3.0, 2.9]
        yield Case(requirement, "slowly", {"scheduler": config, "do": metrics(*[sign * v for v in down])})
        yield Case(requirement, "other-sign", {"scheduler": config, "do": metrics(*[sign * (v - 20) for v in down])})
        on_the_edge = [4, 3 if threshold_mode == "rel" else 3.75, 3.5, 3.25, 3, 3, 3, 3]
        yield Case(requirement, "on-the-edge", {"scheduler": config, "do": metrics(*[sign * v for v in on_the_edge])})
        beyond = [4, 4 - 1.004 * (1 if threshold_mode == "rel" else 0.25), 4, 4, 4]
        yield Case(requirement, "just-beyond", {"scheduler": config, "do": metrics(*[sign * v for v in beyond])})
        yield Case(
            requirement,
            "negative-constant",
            {"scheduler": plain(**modes), "do": metrics(*[-1.0] * 8)},
        )
        yield Case(
            requirement,
            "around-zero",
            {"scheduler": config, "do": metrics(*[sign * v for v in (1, 0, 0, -0.1, -0.1, -1, -1, -1, -1)])},
        )
    better_in_cooldown = metrics(1, 1, 1, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6)
    yield Case("PLAT-8", "best-in-cooldown", {"scheduler": plain(cooldown=2), "do": better_in_cooldown})
    yield Case("PLAT-8", "no-bad-epochs", {"scheduler": plain(cooldown=4, patience=2), "do": metrics(*[1.0] * 14)})
    yield Case("PLAT-8", "cooldown-of-one", {"scheduler": plain(cooldown=1, patience=0), "do": constant})
    yield Case("PLAT-9", "first", {"scheduler": plain(), "do": metrics(NAN, NAN, 2, 2, 2, 1, NAN, NAN, NAN)})
    for mode in ("min", "max"):
        modes = MAX if mode == "max" else {}
        config = plain(**modes)
        yield Case("PLAT-9", f"between-{mode}", {"scheduler": config, "do": metrics(2, NAN, 2, NAN, NAN, 2, NAN)})
        yield Case(
            "PLAT-10",
            mode,
            {"scheduler": plain(**modes, patience=0, threshold="0.5"), "do": metrics(3, 3, 3)},
        )
        infinite: list[Json] = [INF, INF, {"float": "-inf"}, 1.0, INF, {"float": "-inf"}, 1.0, 1.0]
        yield Case("PLAT-11", mode, {"scheduler": config, "do": metrics(*infinite)})
        yield Case("PLAT-11", f"later-{mode}", {"scheduler": config, "do": metrics(1, *infinite)})
    kinds: dict[str, Json] = {"int": 3, "float32": {"float32": "3.0"}, "0-d": {"0-d": "3.0"}, "int64": {"int64": 3}}
    for name, metric in kinds.items():
        yield Case("PLAT-12", name, {"scheduler": plain(), "do": [measure(metric)] * 5})
    for name, min_lr in (("list", ["0.3", "0.01"]), ("fewer", ["0.3"]), ("tuple", {"tuple": ["0.3", "0.01"]})):
        config = plain(["0.8", "0.4", "0.2"], min_lr=min_lr)
        yield Case("PLAT-13", name, {"scheduler": config, "do": metrics(*[1.0] * 9)})
    more = plain(["0.8", "0.4"], min_lr=["0.3", "0.01", "0.2"])
    yield Case("PLAT-13", "more", {"scheduler": more, "do": metrics(*[1.0] * 9)})
    for name, without in (("nothing", step()), ("epoch", jump(3))):
        yield Case("PLAT-14", name, {"scheduler": plain(), "do": [*metrics(1.0), without]})
    for name, metric in (("text", string("1.0")), ("list", ["1.0"]), ("none", None)):
        yield Case("PLAT-22", name, {"scheduler": plain(), "do": [*metrics(1.0), measure(metric), *metrics(1.0, 1.0)]})
    run = metrics(1, 1, 1, 1, 1, 1, 0.9, 0.9, 0.9, 0.9, 0.9)
    for at in range(1, 9):
        config = plain(cooldown=2, patience=2)
        resumed = [*run[:at], save(via="pickle"), new_scheduler(), load(), *run[at:]]
        yield Case("PLAT-15", f"after-{at}", {"scheduler": config, "do": resumed})
    digits = metrics(1, 0.1234567886, 0.1234567888, 0.1234567887)  # the last two are better than a rounded best
    exact = plain(patience=0, threshold="0.0")
    with_digits = [*digits[:2], save(via="pickle"), new_scheduler(), load(), *digits[2:]]
    yield Case("PLAT-15", "all-digits", {"scheduler": exact, "do": with_digits})
    reused = [row for metric in (1.0, 2.0, 3.0, 0.5) for row in (measure({"0-d": repr(metric)}), scribble("metric"))]
    yield Case("PLAT-12", "array-used-again", {"scheduler": plain(patience=0), "do": reused})
    constant_run = [*constant[:5], save(via="pickle"), new_scheduler(), load(), *constant[5:]]
    yield Case("PLAT-15", "in-a-cooldown", {"scheduler": plain(cooldown=2, patience=2), "do": constant_run})
    resumed = [*metrics(NAN), save(), new_scheduler(), load(), *metrics(1, 1, 1)]
    yield Case("PLAT-15", "no-best-yet", {"scheduler": plain(), "do": resumed})
    default = {"class": "ReduceLROnPlateau", "base_lr": "0.8"}
    yield Case("PLAT-17", "all", {"scheduler": default, "do": metrics(*[1.0] * 13)})
    impatient = default | {"patience": 0}
    yield Case("PLAT-17", "default-threshold", {"scheduler": impatient, "do": metrics(1, 0.99995, 0.9998, 0.9998)})
    nearly = {"scheduler": impatient, "do": metrics(1, 0.9998995, 0.9998995)}
    yield Case("PLAT-17", "beyond-the-default-threshold", nearly)
    tiny = impatient | {"base_lr": "1.117e-08"}
    yield Case("PLAT-17", "beyond-the-default-eps", {"scheduler": tiny, "do": metrics(1, 1)})
    yield Case("PLAT-17", "default-threshold_mode", {"scheduler": impatient, "do": metrics(100, 99.995, 99.95, 99.9)})
    yield Case("PLAT-17", "default-cooldown", {"scheduler": impatient, "do": constant[:5]})
    yield Case("PLAT-17", "default-eps", {"scheduler": impatient | {"base_lr": "2e-08"}, "do": metrics(1, 1, 1, 1)})
    thirds = plain(["0.7", "0.1"], factor=repr(1 / 3), patience=0)
    yield Case("NUM-1", "cuts", {"scheduler": thirds, "do": constant})
    yield Case("PLAT-21", "time", {"scheduler": plain() | {"last_epoch": 5}, "do": constant[:6]})


DEFINITION = PlateauDefinition(
    name="ReduceLROnPlateau",
    advance=advance,
    parameters={
        "mode": Choice(("min", "max"), string("min"), "PLAT-20"),
        "factor": Real("(0, 1)", "0.1", "PLAT-18"),
        "patience": Integer(0, 10, "PLAT-19"),
        "threshold": Real(NON_NEGATIVE, "0.0001", "PLAT-19"),
        "threshold_mode": Choice(("rel", "abs"), string("rel"), "PLAT-20"),
        "cooldown": Integer(0, 0, "PLAT-19"),
        "min_lr": Rates("0.0", "PLAT-19"),
        "eps": Real(NON_NEGATIVE, "1e-08", "PLAT-19"),
    },
    example={
        "factor": "0.6",
        "patience": 1,
        "threshold": "0.01",
        "cooldown": 1,
        "min_lr": "0.0001",
    },
    variations={
        "max": MAX,
        "abs": ABS,
        "eps": {"eps": "0.0001"},
    },
    cases=cases,
    defaults="PLAT-17",
    conventions=(
        Convention("torch", "the relative threshold is best·(1 − threshold)", ("PLAT-4", "PLAT-6"), advance_in_torch),
    ),
    per_group=("min_lr",),
    faults=(
        changing("cuts one bad epoch early", "PLAT-1", patience=lambda patience: patience - 1),
        changing("cuts one bad epoch late", "PLAT-1", patience=lambda patience: patience + 1),
        ignoring("cooldown ignored", "PLAT-8", cooldown=0),
        changing("cooldown one epoch short", "PLAT-8", cooldown=lambda cooldown: max(cooldown - 1, 0)),
        wrapping("the best not tracked in a cooldown", "PLAT-8", ignore_best_in_cooldown),
        wrapping("the count goes on after a cut", "PLAT-1", keep_count_after_cut),
        wrapping("bad epochs counted in a cooldown", "PLAT-8", count_in_cooldown),
        ignoring("eps ignored", "PLAT-3", eps=0.0),
        ignoring("min_lr ignored", "PLAT-2", min_lr=[0.0]),
        changing("the first min_lr for all groups", "PLAT-13", min_lr=lambda floors: floors[:1]),
        ignoring("threshold ignored", "PLAT-4", threshold=0.0),
        changing("threshold modes swapped", "PLAT-4", threshold_mode=lambda mode: "rel" if mode == "abs" else "abs"),
        ignoring("always in mode min", "PLAT-6", mode="min"),
        wrapping("the threshold counts from the last metric", "PLAT-1", last_metric_as_best),
        wrapping("a nan becomes the best", "PLAT-9", nan_as_best),
        overriding("a load forgets the count of bad epochs", "PLAT-15", load_state_dict=load_without(bad=0)),
        overriding("the array of a metric is kept", "PLAT-12", on_scribble=spoil_the_best),
        overriding("a load forgets the best", "PLAT-15", load_state_dict=load_without(best=None)),
        overriding("a load forgets the cooldown", "PLAT-15", load_state_dict=load_without(cooldown=0)),
        wrapping("an absolute threshold taken relative in mode min", "PLAT-5", relative_threshold_in("min")),
        wrapping("an absolute threshold taken relative in mode max", "PLAT-7", relative_threshold_in("max")),
        wrapping("the first metric held against 0", "PLAT-10", first_metric_against_zero),
        wrapping("an infinite metric taken for nan", "PLAT-11", infinite_as_nan),
        overriding("a group that joins has the first rate of now", "PLAT-16", extend=join_at_first_rate),
        overriding("the first rate is cut already", "SCH-2", rate=cut_first_rate),
        overriding("the rate lags one step behind", "PLAT-1", step=keep_previous_rates, rate=previous_rate),
    ),
    undiagnosed=(
        overriding("each step counts twice", "PLAT-21", step=count_twice),
        overriding("a metric must be a Python number", "PLAT-12", step=require_python_number),
        overriding("a step without a metric is accepted", "PLAT-14", step=accept_no_metric),
        overriding("a jump without a metric is accepted", "PLAT-14", jump=count_as_nothing),
        overriding("a text that reads as a number is a metric", "PLAT-22", step=convert_metric),
        overriding("a list of one number is a metric", "PLAT-22", step=take_first_entry),
    ),
)
