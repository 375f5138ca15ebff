"""WarmupCosineRestarts: spec/schedulers/warmup_cosine_restarts.md."""

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


def rate(t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any) -> Any:
    if t >= total_steps:
        return mp.mpf(eta_min)
    return endless(t, b, warmup_steps, total_steps, cycles, warmup_start_lr, eta_min)


def endless(
    t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
) -> Any:
    if t < warmup_steps:
        return warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps
    length = total_steps - warmup_steps
    x = (t - warmup_steps) * cycles % length
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * x / length)) / 2


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["total_steps"] <= hyper["warmup_steps"]:
        raise Refused("value", "total_steps")


def float_remainder(
    t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
) -> Any:
    """The remainder of a share of the whole, in floats."""
    if not warmup_steps <= t < total_steps:
        return rate(t, b, warmup_steps, total_steps, cycles, warmup_start_lr, eta_min)
    x = cycles * ((t - warmup_steps) / (total_steps - warmup_steps)) % 1.0
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * x)) / 2


def float_length(
    t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
) -> Any:
    """The remainder of the time by a length that is no whole number."""
    if not warmup_steps <= t < total_steps:
        return rate(t, b, warmup_steps, total_steps, cycles, warmup_start_lr, eta_min)
    length = (total_steps - warmup_steps) / cycles
    x = (t - warmup_steps) % length / length
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * x)) / 2


def cycles_of_whole_steps(
    t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
) -> Any:
    """Each cycle is as long as its length rounded down."""
    if not warmup_steps <= t < total_steps:
        return rate(t, b, warmup_steps, total_steps, cycles, warmup_start_lr, eta_min)
    length = max((total_steps - warmup_steps) // cycles, 1)
    x = mp.mpf((t - warmup_steps) % length) / length
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * x)) / 2


def there_and_back(
    t: int, b: Any, warmup_steps: int, total_steps: int, cycles: int, warmup_start_lr: Any, eta_min: Any
) -> Any:
    """No restart: a cosine that rises as it fell."""
    if not warmup_steps <= t < total_steps:
        return rate(t, b, warmup_steps, total_steps, cycles, warmup_start_lr, eta_min)
    x = mp.mpf((t - warmup_steps) * cycles) / (total_steps - warmup_steps)
    return eta_min + (b - eta_min) * (1 + mp.cos(mp.pi * x)) / 2


def late_restart(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    """The floor at a boundary, and the base rate a step later."""
    length = hyper["total_steps"] - hyper["warmup_steps"]
    done = (t - hyper["warmup_steps"]) * hyper["cycles"]
    ends = 0 < done < length * hyper["cycles"] and done % length == 0
    return hyper["eta_min"] if ends else original(t, b, **hyper)


def in_global_time(t: int, b: Any, warmup_steps: int, *args: Any, **hyper: Any) -> Any:
    return rate(t, b, warmup_steps if t < warmup_steps else 0, *args, **hyper)


def one_increment_ahead(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t + (t < hyper["warmup_steps"]), b, **hyper)


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    begins = [start for start in (0, hyper["warmup_steps"], hyper["total_steps"]) if start <= t]
    return original(begins[-1], b, **hyper)


# W, T, n, and boundaries: times at which a cycle ends, and a float remainder is nearly a whole cycle. The first
# three are those of n·((t − W)/(T − W)) by 1, the others those of t − W by (T − W)/n.
BOUNDARIES = (
    (0, 44, 22, (30,)),
    (4, 50, 23, (30,)),
    (0, 66, 55, (18, 36)),
    (0, 10, 6, (5,)),
    (3, 23, 12, (8, 13, 18)),
)


def cases() -> Iterator[Case]:
    yield Case("WRESTART-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2, 3])})
    yield Case("WRESTART-2", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(4, 18))})
    for cycles in (1, 2, 5, 12, 30):
        config = DEFINITION.config(**DEFINITION.example | {"cycles": cycles})
        yield Case("WRESTART-2", f"cycles-{cycles}", {"scheduler": config, "do": walk(range(3, 18))})
    for steps, total, cycles, boundaries in BOUNDARIES:
        lengths = {"warmup_steps": steps, "total_steps": total, "cycles": cycles}
        config = DEFINITION.config(["0.3", "0.02"], **DEFINITION.example | lengths)
        jumps = [jump(t) for t in boundaries]
        yield Case("WRESTART-3", f"{cycles}-of-{total - steps}", {"scheduler": config, "do": jumps}, options=EXACTLY)
    yield Case("WRESTART-3", "around", {"scheduler": DEFINITION.config(), "do": walk(range(3, 17))})
    for b, w, e in (("0.1", "0.03", "0.02"), ("0.7", "0.2", "1e-06"), ("0.001", "0.03", "2.1")):
        config = DEFINITION.config(b, **DEFINITION.example | {"warmup_start_lr": w, "eta_min": e})
        starts = [jump(4), jump(8), jump(12), read()]
        yield Case("WRESTART-3", b, {"scheduler": config | {"last_epoch": 4}, "do": starts}, options=EXACTLY)
        rest = [read(), step(), jump(20), jump(24), jump(100000)]
        yield Case("WRESTART-4", b, {"scheduler": config | {"last_epoch": 16}, "do": rest}, options=EXACTLY)
    default = {"class": "WarmupCosineRestarts", "base_lr": "0.3"}
    yield Case("WRESTART-5", "all", {"scheduler": default, "do": walk([1, 999, 1000, 1001, 5500, 9999, 10000, 10001])})
    short = default | {"warmup_steps": 3, "total_steps": 9}
    yield Case("WRESTART-5", "default-cycles", {"scheduler": short, "do": walk([1, 3, 5, 7, 9])})
    for steps in (0, 1):
        config = DEFINITION.config(**DEFINITION.example | {"warmup_steps": steps, "total_steps": 7})
        yield Case("WRESTART-6", f"warm-up-of-{steps}", {"scheduler": config, "do": walk(range(1, 9))})
    for steps, total in ((5, 5), (6, 5), (1000, 999)):
        config = DEFINITION.config(warmup_steps=steps, total_steps=total)
        yield Case("WRESTART-7", f"{steps}-of-{total}", {"scheduler": config, "do": []})
    yield Case("WRESTART-7", "against-the-default", {"scheduler": DEFINITION.config(total_steps=1000), "do": []})


DEFINITION = ScheduleDefinition(
    name="WarmupCosineRestarts",
    profile="field",
    rate=rate,
    parameters={
        "warmup_steps": Integer(0, 1000, "WRESTART-8"),
        "total_steps": Integer(1, 10000, "WRESTART-7"),
        "cycles": Integer(1, 1, "WRESTART-9"),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "WRESTART-10"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "WRESTART-11"),
    },
    example={"warmup_steps": 4, "total_steps": 16, "cycles": 3, "warmup_start_lr": "0.05", "eta_min": "0.01"},
    times=[0, 1, 3, 4, 5, 7, 8, 12, 15, 16, 17],
    long_run={
        "warmup_steps": 1000,
        "total_steps": 130001,
        "cycles": 7,
        "warmup_start_lr": "0.05",
        "eta_min": "0.01",
    },
    cases=cases,
    defaults="WRESTART-5",
    check_combination=check_combination,
    with_end={"total_steps": {"warmup_steps": 0}},
    conventions=(Convention("torch", "the cycles begin again after the end", ("WRESTART-4",), endless),),
    faults=(
        formula("a remainder of floats, which misses boundaries", "WRESTART-3", float_remainder),
        formula("a remainder by a float length, which misses boundaries", "WRESTART-3", float_length),
        formula("cycles of whole steps", "WRESTART-2", cycles_of_whole_steps),
        formula("the cosine rises again as it fell", "WRESTART-2", there_and_back),
        wrapping("the floor at a boundary, the restart one step late", "WRESTART-3", late_restart),
        formula("the cycles in global time", "WRESTART-2", in_global_time),
        formula("the cycles begin again after the end", "WRESTART-4", endless),
        ignoring("cycles ignored", "WRESTART-2", cycles=1),
        ignoring("warmup_start_lr ignored", "WRESTART-1", warmup_start_lr=0),
        ignoring("eta_min ignored", "WRESTART-4", eta_min=0),
        longer("the end one step late", "WRESTART-4", "total_steps"),
        shorter("the end one step early", "WRESTART-2", "total_steps"),
        longer("the warm-up one step too long", "WRESTART-1", "warmup_steps"),
        wrapping("the first increment at the beginning", "WRESTART-1", one_increment_ahead),
        changing("a warm-up of one step at least", "WRESTART-6", warmup_steps=lambda steps: max(steps, 1)),
        wrapping("an integer division, each phase ends as it began", "WRESTART-1", progress_in_whole_numbers),
    ),
    undiagnosed=(
        accepting_combination("a total_steps that is not above warmup_steps is accepted", "WRESTART-7", warmup_steps=0),
    ),
)
