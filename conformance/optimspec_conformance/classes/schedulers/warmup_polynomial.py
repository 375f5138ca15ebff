"""WarmupPolynomialSchedule: spec/schedulers/warmup_polynomial.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..argument_faults import accepting_combination
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import NON_NEGATIVE, POSITIVE, Integer, Real, Refused
from ..faults import changing, formula, ignoring, longer, overriding, shorter, wrapping


def rate(t: int, b: Any, warmup_steps: int, total_steps: int, power: Any, warmup_start_lr: Any, eta_min: Any) -> Any:
    if t < warmup_steps:
        return warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps
    left = mp.mpf(max(total_steps - t, 0)) / (total_steps - warmup_steps)
    return eta_min + (b - eta_min) * left**power


def without_warm_up(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t + warmup_steps, b, warmup_steps, *args, **hyper)


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["total_steps"] <= hyper["warmup_steps"]:
        raise Refused("value", "total_steps")


def fall_too_long(t: int, b: Any, warmup_steps: int, total_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps, warmup_steps + total_steps, *args, **hyper)


def fall_in_global_time(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps if t < warmup_steps else 0, *args, **hyper)


def rising_again(t: int, b: Any, warmup_steps: int, total_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(total_steps - abs(total_steps - t), b, warmup_steps, total_steps, *args, **hyper)


def time_alone_raised(
    t: int, b: Any, warmup_steps: int, total_steps: int, power: Any, warmup_start_lr: Any, eta_min: Any
) -> Any:
    if t < warmup_steps:
        return rate(t, b, warmup_steps, total_steps, power, warmup_start_lr, eta_min)
    done = mp.mpf(min(t, total_steps) - warmup_steps) / (total_steps - warmup_steps)
    return eta_min + (b - eta_min) * (1 - done**power)


def floor_in_proportion(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    """The floor of a group has the same ratio to its base rate as that of the first group."""
    hyper, first = self.hyper, mp.mpf(self.base_lrs[0])
    floor = hyper["eta_min"] * self.base_lrs[group] / first if first else hyper["eta_min"]
    self.hyper = {**hyper, "eta_min": floor}
    try:
        return original(group, t)
    finally:
        self.hyper = hyper


def one_increment_ahead(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t + (t < hyper["warmup_steps"]), b, **hyper)


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    begins = [start for start in (0, hyper["warmup_steps"], hyper["total_steps"]) if start <= t]
    return original(begins[-1], b, **hyper)


def rest_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(hyper["total_steps"] if t > hyper["warmup_steps"] else t, b, **hyper)


def cases() -> Iterator[Case]:
    yield Case("WPOLY-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2, 3])})
    yield Case("WPOLY-2", "fall", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(4, 13))})
    for name, power in (("line", "1.0"), ("root", "0.5"), ("square", "2.0"), ("steep", "7.5")):
        config = DEFINITION.config(**DEFINITION.example | {"power": power})
        yield Case("WPOLY-2", name, {"scheduler": config, "do": walk(range(4, 13))})
    one_step = DEFINITION.config(warmup_steps=4, total_steps=5, power="2.0")
    yield Case("WPOLY-2", "fall-of-one-step", {"scheduler": one_step, "do": walk(range(3, 8))})
    for b, w, e in (("0.1", "0.03", "0.02"), ("0.7", "0.2", "1e-06"), ("0.001", "0.03", "2.1")):
        config = DEFINITION.config(b, warmup_steps=3, total_steps=10, warmup_start_lr=w, eta_min=e)
        yield Case("WPOLY-3", b, {"scheduler": config | {"last_epoch": 3}, "do": [read(), jump(3)]}, options=EXACTLY)
        rest = [read(), step(), jump(17), jump(24), jump(100000)]
        yield Case("WPOLY-4", b, {"scheduler": config | {"last_epoch": 10}, "do": rest}, options=EXACTLY)
    yield Case("WPOLY-3", "around", {"scheduler": DEFINITION.config(), "do": walk([2, 3, 4, 5])})
    yield Case("WPOLY-4", "around", {"scheduler": DEFINITION.config(), "do": walk([9, 10, 11, 12, 13])})
    default = {"class": "WarmupPolynomialSchedule", "base_lr": "0.3"}
    yield Case("WPOLY-5", "all", {"scheduler": default, "do": walk([1, 999, 1000, 1001, 5500, 9999, 10000, 10001])})
    short = default | {"warmup_steps": 3}
    yield Case("WPOLY-5", "default-total_steps", {"scheduler": short, "do": walk([1, 3, 4, 5000, 9999, 10000])})
    curved = default | {"warmup_steps": 3, "total_steps": 9, "power": "2.0"}
    yield Case("WPOLY-5", "default-rates", {"scheduler": curved, "do": walk([1, 3, 5, 9])})
    straight = default | {"warmup_steps": 3, "total_steps": 9}
    yield Case("WPOLY-5", "default-power", {"scheduler": straight, "do": walk([1, 3, 5, 9])})
    groups = DEFINITION.config(["0.3", "0.02", "0.005"])
    yield Case("WPOLY-12", "fall", {"scheduler": groups, "do": walk(range(4, 13))})
    of_groups = [jump(11), step(), jump(100000)]
    yield Case("WPOLY-12", "rest", {"scheduler": groups, "do": of_groups}, options=EXACTLY)
    for steps in (0, 1):
        config = DEFINITION.config(warmup_steps=steps, total_steps=5, warmup_start_lr="0.2", eta_min="0.01")
        yield Case("WPOLY-6", f"warm-up-of-{steps}", {"scheduler": config, "do": walk(range(1, 7))})
    for steps, total in ((5, 5), (6, 5), (1000, 999)):
        config = DEFINITION.config(warmup_steps=steps, total_steps=total)
        yield Case("WPOLY-7", f"{steps}-of-{total}", {"scheduler": config, "do": []})
    yield Case("WPOLY-7", "against-the-default", {"scheduler": DEFINITION.config(total_steps=1000), "do": []})


DEFINITION = ScheduleDefinition(
    name="WarmupPolynomialSchedule",
    profile="field",
    rate=rate,
    parameters={
        "warmup_steps": Integer(0, 1000, "WPOLY-8"),
        "total_steps": Integer(1, 10000, "WPOLY-7"),
        "power": Real(POSITIVE, "1.0", "WPOLY-11"),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "WPOLY-9"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "WPOLY-10"),
    },
    example={"warmup_steps": 4, "total_steps": 11, "power": "1.7", "warmup_start_lr": "0.05", "eta_min": "0.01"},
    times=[0, 1, 3, 4, 5, 10, 11, 12],
    long_run={
        "warmup_steps": 1000,
        "total_steps": 130001,
        "power": "1.7",
        "warmup_start_lr": "0.05",
        "eta_min": "0.01",
    },
    cases=cases,
    defaults="WPOLY-5",
    check_combination=check_combination,
    with_end={"total_steps": {"warmup_steps": 0}},
    conventions=(
        Convention("timm", "the fall is counted from the beginning", ("WPOLY-2", "WPOLY-3"), fall_in_global_time),
        Convention(
            "transformers",
            "the floor is that of the first group, in proportion to the base rates",
            ("WPOLY-12",),
            changes={"overrides": {"rate": floor_in_proportion}},
        ),
    ),
    faults=(
        formula("no warm-up, the fall begins at once", "WPOLY-1", without_warm_up),
        formula("the fall as long as the whole", "WPOLY-2", fall_too_long),
        formula("the fall in global time", "WPOLY-3", fall_in_global_time),
        formula("the time raised to the power, not the rest of it", "WPOLY-2", time_alone_raised),
        formula("rises again after the end", "WPOLY-4", rising_again),
        ignoring("warmup_start_lr ignored", "WPOLY-1", warmup_start_lr=0),
        ignoring("power ignored", "WPOLY-2", power=1),
        ignoring("eta_min ignored", "WPOLY-4", eta_min=0),
        overriding("the floor in proportion to the base rates", "WPOLY-12", rate=floor_in_proportion),
        longer("the fall ends one step late", "WPOLY-4", "total_steps"),
        shorter("the fall ends one step early", "WPOLY-2", "total_steps"),
        longer("the warm-up one step too long", "WPOLY-1", "warmup_steps"),
        wrapping("the first increment at the beginning", "WPOLY-1", one_increment_ahead),
        changing("a warm-up of one step at least", "WPOLY-6", warmup_steps=lambda steps: max(steps, 1)),
        wrapping("an integer division, t/warmup_steps is 0 until the end", "WPOLY-1", progress_in_whole_numbers),
        wrapping("an integer division, (T − t)/(T − W) is 0 from the first step on", "WPOLY-2", rest_in_whole_numbers),
    ),
    undiagnosed=(
        accepting_combination("a total_steps that is not above warmup_steps is accepted", "WPOLY-7", warmup_steps=0),
    ),
)
