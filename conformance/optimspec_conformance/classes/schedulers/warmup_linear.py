"""WarmupLinearSchedule: spec/schedulers/warmup_linear.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..argument_faults import accepting_combination
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import NON_NEGATIVE, Integer, Real, Refused
from ..faults import changing, formula, ignoring, longer, shorter, wrapping


def rate(t: int, b: Any, warmup_steps: int, total_steps: int, warmup_start_lr: Any, eta_min: Any) -> Any:
    return unclamped(min(t, total_steps), b, warmup_steps, total_steps, warmup_start_lr, eta_min)


def unclamped(t: int, b: Any, warmup_steps: int, total_steps: int, warmup_start_lr: Any, eta_min: Any) -> Any:
    if t < warmup_steps:
        return warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps
    return eta_min + (b - eta_min) * mp.mpf(total_steps - t) / (total_steps - warmup_steps)


def without_warm_up(t: int, b: Any, warmup_steps: int, total_steps: int, *rates: Any, **hyper: Any) -> Any:
    return rate(t + warmup_steps, b, warmup_steps, total_steps, *rates, **hyper)


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["total_steps"] <= hyper["warmup_steps"]:
        raise Refused("value", "total_steps")


def line_too_long(t: int, b: Any, warmup_steps: int, total_steps: int, *rates: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps, warmup_steps + total_steps, *rates, **hyper)


def line_in_global_time(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps if t < warmup_steps else 0, *args, **hyper)


def rising_again(t: int, b: Any, warmup_steps: int, total_steps: int, *rates: Any, **hyper: Any) -> Any:
    return unclamped(total_steps - abs(total_steps - t), b, warmup_steps, total_steps, *rates, **hyper)


def ahead_and_unclamped(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return unclamped(t + (t < warmup_steps), b, warmup_steps, *args, **hyper)


def one_step_late(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t - 1, b, max(warmup_steps, 2), *args, **hyper) if t else mp.mpf(0)


def one_increment_ahead(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t + (t < hyper["warmup_steps"]), b, **hyper)


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    begins = [start for start in (0, hyper["warmup_steps"], hyper["total_steps"]) if start <= t]
    return original(begins[-1], b, **hyper)


def rest_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(hyper["total_steps"] if t > hyper["warmup_steps"] else t, b, **hyper)


def cases() -> Iterator[Case]:
    yield Case("WLIN-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2, 3])})
    yield Case("WLIN-2", "fall", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(4, 13))})
    one_step = DEFINITION.config(warmup_steps=4, total_steps=5)
    yield Case("WLIN-2", "fall-of-one-step", {"scheduler": one_step, "do": walk(range(3, 8))})
    for b, w, e in (("0.1", "0.03", "0.02"), ("0.7", "0.2", "1e-06"), ("0.001", "0.03", "2.1")):
        config = DEFINITION.config(b, warmup_steps=3, total_steps=10, warmup_start_lr=w, eta_min=e)
        yield Case("WLIN-3", b, {"scheduler": config | {"last_epoch": 3}, "do": [read(), jump(3)]}, options=EXACTLY)
        rest = [read(), step(), jump(17), jump(24), jump(100000)]
        yield Case("WLIN-4", b, {"scheduler": config | {"last_epoch": 10}, "do": rest}, options=EXACTLY)
    yield Case("WLIN-3", "around", {"scheduler": DEFINITION.config(), "do": walk([2, 3, 4, 5])})
    yield Case("WLIN-4", "around", {"scheduler": DEFINITION.config(), "do": walk([9, 10, 11, 12, 13])})
    default = {"class": "WarmupLinearSchedule", "base_lr": "0.3"}
    yield Case("WLIN-5", "all", {"scheduler": default, "do": walk([1, 999, 1000, 1001, 5500, 9999, 10000, 10001])})
    short = default | {"warmup_steps": 3}
    yield Case("WLIN-5", "default-total_steps", {"scheduler": short, "do": walk([1, 3, 4, 5000, 9999, 10000])})
    for steps in (0, 1):
        config = DEFINITION.config(warmup_steps=steps, total_steps=5, warmup_start_lr="0.2", eta_min="0.01")
        yield Case("WLIN-6", f"warm-up-of-{steps}", {"scheduler": config, "do": walk(range(1, 7))})
    for steps, total in ((5, 5), (6, 5), (1000, 999)):
        config = DEFINITION.config(warmup_steps=steps, total_steps=total)
        yield Case("WLIN-7", f"{steps}-of-{total}", {"scheduler": config, "do": []})
    yield Case("WLIN-7", "against-the-default", {"scheduler": DEFINITION.config(total_steps=1000), "do": []})


DEFINITION = ScheduleDefinition(
    name="WarmupLinearSchedule",
    profile="field",
    rate=rate,
    parameters={
        "warmup_steps": Integer(0, 1000, "WLIN-8"),
        "total_steps": Integer(1, 10000, "WLIN-7"),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "WLIN-9"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "WLIN-10"),
    },
    example={"warmup_steps": 4, "total_steps": 11, "warmup_start_lr": "0.05", "eta_min": "0.01"},
    times=[0, 1, 3, 4, 5, 10, 11, 12],
    long_run={"warmup_steps": 1000, "total_steps": 130001, "warmup_start_lr": "0.05", "eta_min": "0.01"},
    cases=cases,
    defaults="WLIN-5",
    check_combination=check_combination,
    with_end={"total_steps": {"warmup_steps": 0}},
    conventions=(
        Convention(
            "torchtitan",
            "the warm-up is one step ahead, and the line goes on below the floor",
            ("WLIN-1", "WLIN-4"),
            ahead_and_unclamped,
        ),
        Convention(
            "deepspeed",
            "the rate starts at 0, and everything comes one step late",
            ("WLIN-1", "WLIN-2", "WLIN-3", "WLIN-4", "WLIN-6"),
            one_step_late,
        ),
    ),
    faults=(
        formula("no warm-up, the fall begins at once", "WLIN-1", without_warm_up),
        formula("the fall as long as the whole", "WLIN-2", line_too_long),
        formula("the fall in global time", "WLIN-3", line_in_global_time),
        formula("falls below the floor after the end", "WLIN-4", unclamped),
        formula("rises again after the end", "WLIN-4", rising_again),
        ignoring("warmup_start_lr ignored", "WLIN-1", warmup_start_lr=0),
        ignoring("eta_min ignored", "WLIN-4", eta_min=0),
        longer("the fall ends one step late", "WLIN-4", "total_steps"),
        shorter("the fall ends one step early", "WLIN-2", "total_steps"),
        longer("the warm-up one step too long", "WLIN-1", "warmup_steps"),
        wrapping("the first increment at the beginning", "WLIN-1", one_increment_ahead),
        changing("a warm-up of one step at least", "WLIN-6", warmup_steps=lambda steps: max(steps, 1)),
        wrapping("an integer division, t/warmup_steps is 0 until the end", "WLIN-1", progress_in_whole_numbers),
        wrapping("an integer division, (T − t)/(T − W) is 0 from the first step on", "WLIN-2", rest_in_whole_numbers),
    ),
    undiagnosed=(
        accepting_combination("a total_steps that is not above warmup_steps is accepted", "WLIN-7", warmup_steps=0),
    ),
)
