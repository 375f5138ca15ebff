"""InverseSqrtSchedule: spec/schedulers/inverse_sqrt.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..argument_faults import accepting_combination
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition, no_combination_rules
from ..domains import NON_NEGATIVE, POSITIVE, Integer, Real, Refused
from ..faults import changing, defaulting, formula, ignoring, longer, wrapping

LONG = 10000


def rate(t: int, b: Any, warmup_steps: int, timescale: Any, warmup_start_lr: Any, eta_min: Any) -> Any:
    if t < warmup_steps:
        return warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps
    tau = mp.mpf(warmup_steps if timescale is None else timescale)
    return max(eta_min, b / mp.sqrt(1 + (t - warmup_steps) / tau))


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["warmup_steps"] == 0 and hyper["timescale"] is None:
        raise Refused("value")  # of two parameters, either may be named


def long_without_a_warm_up(t: int, b: Any, warmup_steps: int, timescale: Any, *rates: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps, timescale or warmup_steps or LONG, *rates, **hyper)


def long_whatever_the_warm_up(t: int, b: Any, warmup_steps: int, timescale: Any, *rates: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps, timescale or LONG, *rates, **hyper)


def counted_from_one(t: int, b: Any, **hyper: Any) -> Any:
    return rate(t + 1, b, **hyper)


def root_of_the_time_alone(
    t: int, b: Any, warmup_steps: int, timescale: Any, warmup_start_lr: Any, eta_min: Any
) -> Any:
    if t <= warmup_steps:
        return rate(t, b, warmup_steps, timescale, warmup_start_lr, eta_min)
    return max(eta_min, b / mp.sqrt(t - warmup_steps))


def fallen_at_the_peak(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    """The fall counts from 1."""
    return original(t + (t >= hyper["warmup_steps"]), b, **hyper)


def floor_added(t: int, b: Any, warmup_steps: int, timescale: Any, warmup_start_lr: Any, eta_min: Any) -> Any:
    if t < warmup_steps:
        return rate(t, b, warmup_steps, timescale, warmup_start_lr, eta_min)
    return eta_min + rate(t, b - eta_min, warmup_steps, timescale, warmup_start_lr, 0)


def scale_of_global_time(t: int, b: Any, warmup_steps: int, timescale: Any, warmup_start_lr: Any, eta_min: Any) -> Any:
    """√(τ/t), which is right only where τ is the length of the warm-up."""
    if t < warmup_steps or t == 0:
        return rate(t, b, warmup_steps, timescale, warmup_start_lr, eta_min)
    return max(eta_min, b * mp.sqrt(mp.mpf(timescale or warmup_steps) / t))


def whole_schedule_floored(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return max(hyper["eta_min"], original(t, b, **hyper))


def one_increment_ahead(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t + (t < hyper["warmup_steps"]), b, **hyper)


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t if t >= hyper["warmup_steps"] else 0, b, **hyper)


def time_in_whole_scales(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    start, tau = hyper["warmup_steps"], int(hyper["timescale"] or hyper["warmup_steps"] or 1)
    return original(t if t < start or tau == 0 else start + (t - start) // tau * tau, b, **hyper)


def cases() -> Iterator[Case]:
    example = DEFINITION.example
    yield Case("ISQRT-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2, 3])})
    low = DEFINITION.config(**example | {"eta_min": "0.25"})
    yield Case("ISQRT-1", "below-the-floor", {"scheduler": low, "do": walk(range(1, 12))})
    yield Case("ISQRT-2", "fall", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(4, 20))})
    yield Case(
        "ISQRT-2", "long", {"scheduler": DEFINITION.config(), "do": [jump(t) for t in (100, 10**4, 10**6, 10**9)]}
    )
    floored = DEFINITION.config(["0.3", "0.02"], **example | {"eta_min": "0.1"})
    yield Case(
        "ISQRT-2", "down-to-the-floor", {"scheduler": floored, "do": [jump(t) for t in (4, 30, 35, 36, 37, 10**6)]}
    )
    for timescale in ("1.0", "2.5", "10000.0"):
        scaled = DEFINITION.config(**example | {"timescale": timescale})
        yield Case("ISQRT-2", f"scale-{timescale}", {"scheduler": scaled, "do": walk(range(3, 13))})
    for b, w, e in (("0.1", "0.03", "0.02"), ("0.7", "0.2", "1e-06"), ("3.0", "0.03", "3.0")):
        config = DEFINITION.config(b, warmup_steps=3, timescale="7.0", warmup_start_lr=w, eta_min=e)
        yield Case("ISQRT-3", b, {"scheduler": config | {"last_epoch": 3}, "do": [read(), jump(3)]}, options=EXACTLY)
    for name, hyper in (("left-out", {}), ("none", {"timescale": None})):
        config = DEFINITION.config(warmup_steps=5, **hyper)
        yield Case("ISQRT-4", name, {"scheduler": config, "do": walk([1, 5, 6, 10, 100])})
    default = {"class": "InverseSqrtSchedule", "base_lr": "0.3"}
    yield Case("ISQRT-5", "all", {"scheduler": default, "do": [jump(t) for t in (1, 3999, 4000, 4001, 16000)]})
    yield Case(
        "ISQRT-5", "default-rates", {"scheduler": default | {"warmup_steps": 4}, "do": [jump(t) for t in (1, 4, 10**6)]}
    )
    yield Case(
        "ISQRT-6", "fall", {"scheduler": DEFINITION.config(warmup_steps=0, timescale="4.0"), "do": walk([1, 4, 12])}
    )
    at_once = DEFINITION.config(warmup_steps=0, timescale="9.0", warmup_start_lr="0.2", eta_min="0.01")
    yield Case("ISQRT-6", "start", {"scheduler": at_once, "do": [read(), step()]})
    refused = DEFINITION.config(warmup_steps=0)
    yield Case("ISQRT-7", "left-out", {"scheduler": refused, "do": []})
    yield Case("ISQRT-7", "none", {"scheduler": refused | {"timescale": None}, "do": []})


DEFINITION = ScheduleDefinition(
    name="InverseSqrtSchedule",
    profile="field",
    rate=rate,
    parameters={
        "warmup_steps": Integer(0, 4000, "ISQRT-8"),
        "timescale": Real(POSITIVE, None, "ISQRT-9", optional=True),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "ISQRT-10"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "ISQRT-11"),
    },
    example={"warmup_steps": 4, "timescale": "6.0", "warmup_start_lr": "0.05", "eta_min": "0.01"},
    variations={"scale-of-the-warm-up": {"timescale": None}},
    times=[0, 1, 3, 4, 5, 10, 11],
    long_run={"warmup_steps": 1000, "timescale": "3000.0", "warmup_start_lr": "0.05", "eta_min": "0.01"},
    cases=cases,
    defaults="ISQRT-5",
    check_combination=check_combination,
    conventions=(
        Convention(
            "noam", "the time is counted from 1", ("ISQRT-1", "ISQRT-2", "ISQRT-3", "ISQRT-6"), counted_from_one
        ),
        Convention(
            "big_vision",
            "the scale is 10,000 steps where none is given",
            ("ISQRT-4", "ISQRT-7"),
            long_whatever_the_warm_up,
            changes={"check_combination": no_combination_rules},
        ),
        Convention(
            "transformers",
            "without a warm-up the scale is 10,000 steps where none is given",
            ("ISQRT-7",),
            long_without_a_warm_up,
            changes={"check_combination": no_combination_rules},
        ),
    ),
    faults=(
        formula("the root of the time alone, without a scale", "ISQRT-2", root_of_the_time_alone),
        formula("the scale over the time since the beginning", "ISQRT-2", scale_of_global_time),
        wrapping("the fall begins one step early, b is never reached", "ISQRT-3", fallen_at_the_peak),
        formula("the floor added, not a lower bound", "ISQRT-2", floor_added),
        wrapping("the floor holds in the warm-up, too", "ISQRT-1", whole_schedule_floored),
        ignoring("timescale ignored, that of the warm-up holds", "ISQRT-2", timescale=None),
        defaulting("a scale of 10,000 where none is given", "ISQRT-4", timescale="10000.0"),
        ignoring("warmup_start_lr ignored", "ISQRT-1", warmup_start_lr=0),
        ignoring("eta_min ignored", "ISQRT-2", eta_min=0),
        longer("the warm-up one step too long", "ISQRT-1", "warmup_steps"),
        wrapping("the first increment at the beginning", "ISQRT-1", one_increment_ahead),
        changing("a warm-up of one step at least", "ISQRT-6", warmup_steps=lambda steps: max(steps, 1)),
        wrapping("an integer division, t/warmup_steps is 0 until the end", "ISQRT-1", progress_in_whole_numbers),
        wrapping("an integer division, the time in whole scales", "ISQRT-2", time_in_whole_scales),
    ),
    undiagnosed=(accepting_combination("no warm-up and no timescale are accepted", "ISQRT-7", timescale=10000.0),),
)
