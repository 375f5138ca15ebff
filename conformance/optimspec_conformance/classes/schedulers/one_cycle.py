"""OneCycleLR: spec/schedulers/one_cycle.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import jump, load, new_scheduler, read, save, step, walk
from ...scenarios.values import Json, string
from ..argument_faults import accepting_combination, accepting_entries, refusing
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import POSITIVE, Choice, Integer, Rates, Real, Refused
from ..faults import Fault, changing, ignoring, overriding, wrapping


def rate(
    t: int,
    b: Any,
    max_lr: Any,
    total_steps: int | None,
    epochs: int | None,
    steps_per_epoch: int | None,
    pct_start: Any,
    anneal_strategy: str,
    div_factor: Any,
    final_div_factor: Any,
) -> Any:
    total = total_steps if total_steps is not None else (epochs or 0) * (steps_per_epoch or 0)
    peak, first, last = pct_start * total, max_lr / div_factor, max_lr / final_div_factor
    if t <= peak:
        return first + (max_lr - first) * t / peak
    progress = min((t - peak) / (total - peak), mp.mpf(1))
    remaining = (1 + mp.cos(mp.pi * progress)) / 2 if anneal_strategy == "cos" else 1 - progress
    return last + (max_lr - last) * remaining


def length(hyper: dict[str, Any]) -> int:
    total_steps = hyper["total_steps"]
    return int(total_steps if total_steps is not None else hyper["epochs"] * hyper["steps_per_epoch"])


def two_cosines(t: int, b: Any, **hyper: Any) -> Any:
    return to_an_end(hyper["max_lr"] / hyper["div_factor"] / hyper["final_div_factor"], t, **hyper)


def to_an_absolute_end(t: int, b: Any, **hyper: Any) -> Any:
    return to_an_end(mp.mpf("0.0001"), t, **hyper)


def to_an_end(last: Any, t: int, **hyper: Any) -> Any:
    total, max_lr = length(hyper), hyper["max_lr"]
    if t > total:
        raise Refused("value", by="ONE-3")
    peak, last_step, first = hyper["pct_start"] * total - 1, total - 1, max_lr / hyper["div_factor"]
    start, progress = (first, t / peak) if t <= peak else (max_lr, (t - peak) / (last_step - peak))
    end = max_lr if t <= peak else last
    remaining = (1 + mp.cos(mp.pi * progress)) / 2 if hyper["anneal_strategy"] == "cos" else 1 - progress
    return end + (start - end) * remaining


def two_cosines_and_rest(t: int, b: Any, **hyper: Any) -> Any:
    total, max_lr = length(hyper), hyper["max_lr"]
    peak, first = int(float(hyper["pct_start"]) * total), max_lr / hyper["div_factor"]
    start, end = (first, max_lr) if t < peak else (max_lr, first / hyper["final_div_factor"])
    progress = t / mp.mpf(peak) if t < peak else min((t - peak) / mp.mpf(total - peak), mp.mpf(1))
    return end + (start - end) * (1 + mp.cos(mp.pi * progress)) / 2


def base(hyper: dict[str, Any]) -> list[float]:
    return [m / hyper["div_factor"] for m in hyper["max_lr"]]


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["total_steps"] is None and None in (hyper["epochs"], hyper["steps_per_epoch"]):
        raise Refused("value", "total_steps")


def epochs_first(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    both = None not in (hyper["epochs"], hyper["steps_per_epoch"])
    return original(t, b, **hyper | ({"total_steps": None} if both else {}))


def divided_twice(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t, b, **{**hyper, "final_div_factor": hyper["div_factor"] * hyper["final_div_factor"]})


def rising_along_a_cosine(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    peak = hyper["pct_start"] * length(hyper)
    return original((1 - mp.cos(mp.pi * t / peak)) / 2 * peak if t <= peak else t, b, **hyper)


def peak_rounded_down(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    total = length(hyper)
    return original(t, b, **{**hyper, "pct_start": mp.mpf(int(hyper["pct_start"] * total)) / total})


def early_peak(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t, b, **{**hyper, "pct_start": hyper["pct_start"] - mp.mpf(1) / length(hyper)})


def one_step_short(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t, b, **{**hyper, "total_steps": length(hyper) - 1})


def unclamped(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    total = length(hyper)
    if t <= total:
        return original(t, b, **hyper)
    mirrored = original(2 * total - t, b, **hyper)
    last = hyper["max_lr"] / hyper["final_div_factor"]
    return mirrored if hyper["anneal_strategy"] == "cos" else 2 * last - mirrored


def cases() -> Iterator[Case]:
    yield Case("ONE-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2, 3, 4])})
    for pct, total in (("0.3", 10), ("0.37", 11), ("0.25", 10), ("0.01", 10), ("0.99", 10)):
        scenario = {
            "scheduler": DEFINITION.config("1.0", total_steps=total, pct_start=pct),
            "do": walk(range(1, total + 2)),
        }
        yield Case("ONE-1", f"warm-up-of-{pct}-of-{total}", scenario)
    for strategy in ("cos", "linear"):
        config = DEFINITION.config("1.0", total_steps=13, anneal_strategy=string(strategy), final_div_factor="50.0")
        yield Case("ONE-2", strategy, {"scheduler": config, "do": walk(range(4, 14))})
    yield Case("ONE-3", "rest", {"scheduler": DEFINITION.config("0.7"), "do": walk([11, 12, 13, 14, 40])})
    rest = DEFINITION.config("0.7") | {"last_epoch": 12}
    yield Case(
        "ONE-3", "exactly", {"scheduler": rest, "do": [read(), step(), jump(25), jump(100000)]}, options={"ulps": 1}
    )
    one_step = DEFINITION.config("0.7", total_steps=1)
    yield Case("ONE-3", "one-step", {"scheduler": one_step, "do": walk([1, 2])})
    by_epochs = DEFINITION.config("0.7", epochs=3, steps_per_epoch=4)
    yield Case("ONE-4", "both", {"scheduler": by_epochs, "do": walk(range(1, 14))})
    yield Case("ONE-4", "total-wins", {"scheduler": by_epochs | {"total_steps": 7}, "do": walk(range(1, 9))})
    one_each = DEFINITION.config("0.7", epochs=1, steps_per_epoch=1)
    yield Case("ONE-4", "one-each", {"scheduler": one_each, "do": walk([1, 2])})
    incomplete: dict[str, dict[str, Json]] = {
        "nothing": {},
        "epochs-alone": {"epochs": 3},
        "steps_per_epoch-alone": {"steps_per_epoch": 3},
        "none": {"total_steps": None, "epochs": None, "steps_per_epoch": None},
        "half-none": {"epochs": 3, "steps_per_epoch": None},
    }
    for name, arguments in incomplete.items():
        config = {"class": "OneCycleLR", "max_lr": "0.7", **arguments}
        yield Case("ONE-5", name, {"scheduler": config, "do": []})
    yield Case("ONE-6", "base_lrs", {"scheduler": DEFINITION.config(["0.7", "0.2"]), "do": [step(), step(5)]})
    for name, max_lr in (("list", ["0.7", "0.2"]), ("tuple", {"tuple": ["0.7", "0.2"]}), ("number", "0.7")):
        yield Case("ONE-7", name, {"scheduler": DEFINITION.config(max_lr), "do": walk([1, 5, 9])})
    default = {"class": "OneCycleLR", "total_steps": 10}
    yield Case("ONE-8", "all", {"scheduler": default, "do": walk(range(1, 12))})
    for name, value in (("max_lr", "0.7"), ("pct_start", "0.5"), ("div_factor", "5.0"), ("final_div_factor", "7.0")):
        yield Case("ONE-8", f"all-but-{name}", {"scheduler": default | {name: value}, "do": walk([1, 3, 6, 9, 10])})
    alone, saved, loaded = DEFINITION.config("0.7"), [step(2), save()], [new_scheduler(), load()]
    five = [step() for _ in range(5)]
    resumed, whole = ({"scheduler": alone, "do": [*first, *five]} for first in ([*saved, *loaded], [step(2)]))
    yield Case("STA-9", "within-the-length", resumed, other=whole, rows=5)
    later = {"scheduler": alone, "do": [*saved, step(3), *loaded, read(), step()]}
    at_once = {"scheduler": alone, "do": [*saved, *loaded, read(), step()]}
    yield Case("STA-1", "within-the-length", later, other=at_once, rows=2)
    for value in Rates("", "").wrong_types():
        if value is not None:
            yield Case("ONE-15", f"max_lr-{value}", {"scheduler": DEFINITION.config(value), "do": []})


DEFINITION = ScheduleDefinition(
    name="OneCycleLR",
    rate=rate,
    parameters={
        "max_lr": Rates("0.01", "ONE-13"),
        "total_steps": Integer(1, None, "ONE-9", optional=True),
        "epochs": Integer(1, None, "ONE-9", optional=True),
        "steps_per_epoch": Integer(1, None, "ONE-9", optional=True),
        "pct_start": Real("(0, 1)", "0.3", "ONE-10"),
        "anneal_strategy": Choice(("cos", "linear"), string("cos"), "ONE-11"),
        "div_factor": Real(POSITIVE, "25.0", "ONE-12"),
        "final_div_factor": Real(POSITIVE, "10000.0", "ONE-12"),
    },
    example={
        "total_steps": 12,
        "pct_start": "0.4",
        "div_factor": "10.0",
        "final_div_factor": "100.0",
    },
    variations={"linear": {"anneal_strategy": string("linear")}},
    times=[0, 1, 4, 5, 11, 12, 13],
    long_run={"total_steps": 130001, "pct_start": "0.4"},
    cases=cases,
    defaults="ONE-8",
    conventions=(
        Convention(
            "torch",
            "both legs are cosines, one step less to the peak, the initial rate is divided",
            ("ONE-1", "ONE-2", "ONE-3"),
            two_cosines,
        ),
        Convention(
            "paddle",
            "both legs are cosines, one step less to the peak, the last rate is absolute",
            ("ONE-1", "ONE-2", "ONE-3"),
            to_an_absolute_end,
        ),
        Convention(
            "optax",
            "both legs are cosines, from a whole step on, the initial rate is divided",
            ("ONE-1", "ONE-2", "ONE-3"),
            two_cosines_and_rest,
        ),
    ),
    check_combination=check_combination,
    per_group=("max_lr",),
    absolute="ONE-14",
    base=base,
    faults=(
        wrapping("the last rate is that of the beginning, divided by final_div_factor", "ONE-2", divided_twice),
        ignoring("always a cosine", "ONE-2", anneal_strategy="cos"),
        ignoring("always a line", "ONE-2", anneal_strategy="linear"),
        wrapping("the rise is half a cosine, too", "ONE-1", rising_along_a_cosine),
        wrapping("the length of the rise rounded down", "ONE-1", peak_rounded_down),
        wrapping("the peak comes one step early", "ONE-1", early_peak),
        wrapping("one step too short", "ONE-3", one_step_short),
        wrapping("no clamp after the end", "ONE-3", unclamped),
        ignoring("pct_start ignored", "ONE-1", pct_start=mp.mpf(0.3)),
        changing("div_factor ignored", "ONE-1", div_factor=lambda _: mp.mpf(25)),
        wrapping("epochs and steps_per_epoch before total_steps", "ONE-4", epochs_first),
        Fault(
            "base_lrs reads as max_lr",
            "ONE-6",
            lambda definition: replace(definition, base=lambda hyper: hyper["max_lr"]),
        ),
        overriding(
            "the first max_lr for all groups", "ONE-7", rate=lambda self, original, group, t=None: original(0, t)
        ),
    ),
    undiagnosed=(
        accepting_combination("no length is accepted", "ONE-5", total_steps=100),
        overriding("an explicit rate of a group is accepted", "ONE-14", refuse_group_rate=lambda self, original: None),
        accepting_entries("max_lr", "ONE-15", "type", [0.1]),
        refusing("a max_lr of 0 is refused", "SCH-17", "max_lr", lambda max_lr: 0 in np.ravel(max_lr)),
    ),
)
