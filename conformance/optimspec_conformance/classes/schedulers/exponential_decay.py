"""ExponentialDecayLR: spec/schedulers/exponential_decay.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.operations import jump, read, walk
from ...scenarios.values import Json, Scenario
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import NON_NEGATIVE, POSITIVE, Boolean, Integer, Real
from ..faults import ignoring, wrapping

STAIRS: Json = {"bool": True}


def rate(
    t: int, b: Any, decay_steps: int, decay_rate: Any, transition_begin: int, staircase: bool, end_value: Any
) -> Any:
    since = max(t - transition_begin, 0)
    lr = b * decay_rate ** (since // decay_steps if staircase else mp.mpf(since) / decay_steps)
    if end_value is None or decay_rate == 1:
        return lr
    return max(lr, end_value) if decay_rate < 1 else min(lr, end_value)


def bounded_from_above(
    t: int, b: Any, decay_steps: int, decay_rate: Any, transition_begin: int, staircase: bool, end_value: Any
) -> Any:
    lr = rate(t, b, decay_steps, decay_rate, transition_begin, staircase, end_value)
    return min(lr, end_value) if decay_rate == 1 and end_value is not None else lr


def plain(base_lr: Json = "0.3", **changed: Json) -> Scenario:
    """A decay without a delay, a staircase or a bound, with some arguments changed."""
    return DEFINITION.config(base_lr, **{"decay_steps": 3, "decay_rate": "0.6", **changed})


def bounded_below(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    end_value = hyper["end_value"]
    unbounded = original(t, b, **hyper | {"end_value": None})
    return unbounded if end_value is None or hyper["decay_rate"] == 1 else max(unbounded, end_value)


def stairs_rounded(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    delay, length = hyper["transition_begin"], hyper["decay_steps"]
    return original(max(t - delay, 0) + delay + (length // 2 if hyper["staircase"] and t > delay else 0), b, **hyper)


def stairs_late(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(max(t - 1, 0) if hyper["staircase"] else t, b, **hyper)


def delay_not_subtracted(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    delayed = t <= hyper["transition_begin"]
    return original(t, b, **hyper) if delayed else original(t, b, **{**hyper, "transition_begin": 0})


def cases() -> Iterator[Case]:
    yield Case("DECAY-1", "smooth", {"scheduler": plain(["0.3", "0.02"]), "do": walk(range(1, 13))})
    delayed = plain(transition_begin=4)
    yield Case("DECAY-1", "delayed", {"scheduler": delayed, "do": walk(range(1, 13))})
    yield Case("DECAY-1", "growing", {"scheduler": plain(decay_rate="1.3"), "do": walk(range(1, 11))})
    default = {"class": "ExponentialDecayLR", "base_lr": "0.3"}
    yield Case(
        "DECAY-2", "default-decay_steps", {"scheduler": default | {"decay_rate": "0.5"}, "do": walk([1, 500, 1000])}
    )
    yield Case("DECAY-2", "default-decay_rate", {"scheduler": default | {"decay_steps": 2}, "do": walk([1, 2, 7])})
    bounded = default | {"decay_steps": 2, "decay_rate": "0.5"}
    yield Case("DECAY-2", "default-end_value", {"scheduler": bounded, "do": walk([1, 3, 40])})
    yield Case("DECAY-3", "before", {"scheduler": delayed, "do": walk([1, 3, 4, 5])})
    yield Case("DECAY-3", "stairs", {"scheduler": delayed | {"staircase": STAIRS}, "do": walk([3, 4, 6, 7])})
    yield Case("DECAY-4", "stairs", {"scheduler": plain(staircase=STAIRS), "do": walk(range(1, 11))})
    delayed_stairs = plain(staircase=STAIRS, transition_begin=2)
    yield Case("DECAY-4", "delayed", {"scheduler": delayed_stairs, "do": walk(range(1, 11))})
    slow = plain(staircase=STAIRS, decay_steps=10**7, decay_rate="0.5")
    yield Case("DECAY-4", "far", {"scheduler": slow, "do": [jump(t) for t in (19999999, 20000000)]})
    for s in (3, 10, 49):
        around = {"scheduler": plain(staircase=STAIRS, decay_steps=s), "do": walk([s - 1, s, 3 * s - 1, 3 * s])}
        yield Case("DECAY-4", f"multiples-of-{s}", around)
    yield Case("DECAY-5", "bounded", {"scheduler": plain(["0.3", "0.02"], end_value="0.1"), "do": walk(range(1, 12))})
    yield Case("DECAY-5", "bounded-at-once", {"scheduler": plain("0.05", end_value="0.1"), "do": walk([1, 2])})
    growing = plain(["0.3", "0.02"], decay_rate="1.7", end_value="1.1")
    yield Case("DECAY-6", "bounded", {"scheduler": growing, "do": walk(range(1, 14))})
    nothing = plain(decay_rate="1.7", end_value="0.0")
    yield Case("DECAY-6", "bounded-by-nothing", {"scheduler": nothing, "do": walk([1, 2])})
    yield Case(
        "DECAY-6", "bounded-at-once", {"scheduler": plain("2.0", decay_rate="1.7", end_value="1.1"), "do": walk([1])}
    )
    for name, end_value in (("below", "0.1"), ("above", "0.9")):
        constant = plain(decay_rate="1.0", end_value=end_value)
        yield Case("DECAY-7", name, {"scheduler": constant, "do": walk([1, 5, 50])})
    beyond = [jump(1000), jump(100000), jump(1000000)]
    yield Case("DECAY-8", "infinite", {"scheduler": plain(decay_steps=1, decay_rate="50.0"), "do": beyond})
    to_end = plain(decay_steps=1, decay_rate="50.0", end_value="1.1")
    yield Case("DECAY-8", "end_value", {"scheduler": to_end, "do": [read(), *beyond]})
    tiny = plain("1e-30", decay_steps=1, decay_rate="50.0")  # also in float32, in which r^x overflows before b·r^x does
    yield Case("DECAY-8", "still-in-range", {"scheduler": tiny, "do": [jump(20), jump(30), jump(38)]})
    zero = plain("0.0", decay_steps=1, decay_rate="50.0")
    yield Case("DECAY-8", "zero-stays-zero", {"scheduler": zero, "do": beyond})
    yield Case("DECAY-5", "beyond", {"scheduler": plain(decay_steps=1, end_value="0.1"), "do": beyond})


DEFINITION = ScheduleDefinition(
    name="ExponentialDecayLR",
    rate=rate,
    parameters={
        "decay_steps": Integer(1, 1000, "DECAY-9"),
        "decay_rate": Real(POSITIVE, "0.96", "DECAY-10"),
        "transition_begin": Integer(0, 0, "DECAY-11"),
        "staircase": Boolean({"bool": False}),
        "end_value": Real(NON_NEGATIVE, None, "DECAY-12", optional=True),
    },
    example={
        "decay_steps": 3,
        "decay_rate": "0.7",
    },
    variations={
        "delayed": {"transition_begin": 2},
        "stairs": {"staircase": STAIRS},
        "bounded": {"end_value": "0.015"},
    },
    times=[0, 2, 4, 5, 8],
    long_run={"decay_steps": 1000, "decay_rate": "0.98", "transition_begin": 7},
    cases=cases,
    defaults="DECAY-2",
    conventions=(
        Convention("optax", "with decay_rate=1 the end value is a maximum", ("DECAY-7",), bounded_from_above),
    ),
    faults=(
        ignoring("staircase ignored", "DECAY-4", staircase=False),
        ignoring("always a staircase, as by an integer division", "DECAY-1", staircase=True),
        wrapping("stairs rounded to the nearest", "DECAY-4", stairs_rounded),
        wrapping("stairs one step late", "DECAY-4", stairs_late),
        ignoring("transition_begin ignored", "DECAY-3", transition_begin=0),
        wrapping("transition_begin waited for, and not subtracted", "DECAY-1", delay_not_subtracted),
        ignoring("end_value ignored", "DECAY-5", end_value=None),
        ignoring("decay_steps ignored", "DECAY-1", decay_steps=1),
        wrapping("end_value the least rate, growing or not", "DECAY-6", bounded_below),
    ),
)
