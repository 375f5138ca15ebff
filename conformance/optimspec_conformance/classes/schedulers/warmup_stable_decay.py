"""WarmupStableDecay: spec/schedulers/warmup_stable_decay.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ...scenarios.values import string
from ..argument_faults import accepting_combination
from ..arithmetic import mp
from ..definition import Convention, ScheduleDefinition
from ..domains import NON_NEGATIVE, Choice, Integer, Real, Refused
from ..faults import changing, defaulting, formula, ignoring, longer, shorter, wrapping

SHAPES: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + mp.cos(mp.pi * x)) / 2,
    "1-sqrt": lambda x: 1 - mp.sqrt(x),
}


def rate(
    t: int,
    b: Any,
    warmup_steps: int,
    total_steps: int,
    decay_steps: int,
    decay: str,
    warmup_start_lr: Any,
    eta_min: Any,
) -> Any:
    if t < warmup_steps:
        return warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps
    if t >= total_steps:
        return mp.mpf(eta_min)
    return eta_min + (b - eta_min) * share(t, total_steps, decay_steps, decay)


def share(t: int, total_steps: int, decay_steps: int, decay: str) -> Any:
    """δ, the share of the distance to the floor that is left."""
    decayed = max(t - (total_steps - decay_steps), 0)
    return SHAPES[decay](mp.mpf(decayed) / decay_steps) if decayed else mp.mpf(1)


def check_combination(hyper: dict[str, Any]) -> None:
    if hyper["warmup_steps"] + hyper["decay_steps"] > hyper["total_steps"]:
        raise Refused("value")  # of three parameters, any may be named


def unclamped(t: int, b: Any, total_steps: int, decay_steps: int, decay: str, eta_min: Any, **hyper: Any) -> Any:
    if t <= total_steps or not decay_steps:
        return rate(t, b, total_steps=total_steps, decay_steps=decay_steps, decay=decay, eta_min=eta_min, **hyper)
    return eta_min + (b - eta_min) * share(t, total_steps, decay_steps, decay)


def ahead_and_unclamped(t: int, b: Any, **hyper: Any) -> Any:
    return unclamped(t + (t < hyper["warmup_steps"]), b, **hyper)


def up_from_the_floor(t: int, b: Any, **hyper: Any) -> Any:
    return rate(t, b, **{**hyper, "warmup_start_lr": hyper["eta_min"]})


def without_the_floor(t: int, b: Any, total_steps: int, decay_steps: int, decay: str, **hyper: Any) -> Any:
    """No floor while the rate decays, but with a cosine."""
    if total_steps - decay_steps < t < total_steps and decay != "cosine":
        return b * share(t, total_steps, decay_steps, decay)
    return rate(t, b, total_steps=total_steps, decay_steps=decay_steps, decay=decay, **hyper)


def decay_of_the_total(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    """The decay as long as all that follows the warm-up."""
    return original(t, b, **{**hyper, "decay_steps": hyper["total_steps"] - hyper["warmup_steps"]})


def one_increment_ahead(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t + (t < hyper["warmup_steps"]), b, **hyper)


def decay_begins_late(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    """One step at the base rate too many, and the decay one step behind."""
    falls = hyper["total_steps"] - hyper["decay_steps"] < t < hyper["total_steps"]
    return original(t - falls, b, **hyper)


def stable_phase_counted(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    """decay_steps taken for the length of the stable phase."""
    rest = hyper["total_steps"] - hyper["warmup_steps"]
    return original(t, b, **{**hyper, "decay_steps": max(rest - hyper["decay_steps"], 0)})


def progress_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    begins = (0, hyper["warmup_steps"], hyper["total_steps"] - hyper["decay_steps"], hyper["total_steps"])
    return original(max(start for start in begins if start <= t), b, **hyper)


def cases() -> Iterator[Case]:
    yield Case("WSD-1", "rise", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk([1, 2])})
    for b, w, e in (("0.1", "0.03", "0.02"), ("0.7", "0.2", "1e-06"), ("0.001", "0.03", "2.1")):
        config = DEFINITION.config(b, **DEFINITION.example | {"warmup_start_lr": w, "eta_min": e})
        stable = [read(), *(jump(t) for t in (4, 5, 6, 3))]
        yield Case("WSD-2", b, {"scheduler": config | {"last_epoch": 3}, "do": stable}, options=EXACTLY)
        rest = [read(), step(), jump(17), jump(24), jump(100000)]
        yield Case("WSD-5", b, {"scheduler": config | {"last_epoch": 11}, "do": rest}, options=EXACTLY)
    long = DEFINITION.config(**DEFINITION.example | {"decay_steps": 2})
    yield Case("WSD-2", "longer-than-the-decay", {"scheduler": long, "do": walk(range(3, 10))}, options=EXACTLY)
    yield Case("WSD-3", "fall", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(6, 12))})
    for decay in SHAPES:
        config = DEFINITION.config(**DEFINITION.example | {"decay": string(decay)})
        yield Case("WSD-4", decay, {"scheduler": config, "do": walk(range(5, 13))})
        for decay_steps in (0, 1, 8):
            config = DEFINITION.config(**DEFINITION.example | {"decay": string(decay), "decay_steps": decay_steps})
            yield Case("WSD-3", f"{decay}-of-{decay_steps}", {"scheduler": config, "do": walk(range(2, 13))})
        at_once = {**DEFINITION.example, "decay": string(decay), "warmup_steps": 0, "decay_steps": 11}
        yield Case("WSD-6", decay, {"scheduler": DEFINITION.config(**at_once), "do": walk([1, 2, 10, 11])})
    for warmup_steps in (0, 1):
        config = DEFINITION.config(**DEFINITION.example | {"warmup_steps": warmup_steps})
        yield Case("WSD-6", f"warm-up-of-{warmup_steps}", {"scheduler": config, "do": walk([1, 2])})
    for name in ("warmup_steps", "total_steps", "decay_steps", "decay"):
        config = {key: value for key, value in DEFINITION.config().items() if key != name}
        yield Case("WSD-7", name, {"scheduler": config, "do": []})
    rates = ("warmup_start_lr", "eta_min")
    default = {key: value for key, value in DEFINITION.config().items() if key not in rates}
    yield Case("WSD-8", "all", {"scheduler": default, "do": walk([1, 3, 8, 11])})
    for warmup_steps, decay_steps, total_steps in ((3, 9, 11), (12, 0, 11), (0, 12, 11), (11, 11, 11)):
        lengths = {"warmup_steps": warmup_steps, "decay_steps": decay_steps, "total_steps": total_steps}
        config = DEFINITION.config(**DEFINITION.example | lengths)
        yield Case("WSD-9", f"{warmup_steps}-and-{decay_steps}-of-{total_steps}", {"scheduler": config, "do": []})


DEFINITION = ScheduleDefinition(
    name="WarmupStableDecay",
    profile="field",
    rate=rate,
    parameters={
        "warmup_steps": Integer(0, None, "WSD-11"),
        "total_steps": Integer(1, None, "WSD-12"),
        "decay_steps": Integer(0, None, "WSD-13"),
        "decay": Choice(tuple(SHAPES), None, "WSD-10"),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "WSD-14"),
        "eta_min": Real(NON_NEGATIVE, "0.0", "WSD-15"),
    },
    example={
        "warmup_steps": 3,
        "total_steps": 11,
        "decay_steps": 4,
        "decay": string("linear"),
        "warmup_start_lr": "0.05",
        "eta_min": "0.01",
    },
    variations={"cosine": {"decay": string("cosine")}, "1-sqrt": {"decay": string("1-sqrt")}},
    times=[0, 1, 2, 3, 6, 7, 8, 10, 11, 12],
    long_run={
        "warmup_steps": 1000,
        "total_steps": 130001,
        "decay_steps": 70000,
        "decay": string("1-sqrt"),
        "warmup_start_lr": "0.05",
        "eta_min": "0.01",
    },
    cases=cases,
    defaults="WSD-8",
    check_combination=check_combination,
    with_end={"total_steps": {"warmup_steps": 0, "decay_steps": 0}},
    conventions=(
        Convention("transformers", "the warm-up starts at the floor", ("WSD-1",), up_from_the_floor),
        Convention(
            "pytorch_optimizer",
            "the floor holds only from the end on, but with a cosine",
            ("WSD-3",),
            without_the_floor,
        ),
        Convention(
            "torchtitan",
            "the warm-up is one step ahead, and the decay goes on after the end",
            ("WSD-1", "WSD-5"),
            ahead_and_unclamped,
        ),
    ),
    faults=(
        wrapping("the decay begins right after the warm-up", "WSD-2", decay_of_the_total),
        wrapping("decay_steps taken for the length of the stable phase", "WSD-2", stable_phase_counted),
        wrapping("the decay one step behind", "WSD-3", decay_begins_late),
        formula("no floor while the rate decays", "WSD-3", without_the_floor),
        formula("the decay goes on after the end", "WSD-5", unclamped),
        ignoring("every decay is linear", "WSD-4", decay="linear"),
        ignoring("every decay is a cosine", "WSD-4", decay="cosine"),
        ignoring("warmup_start_lr ignored", "WSD-1", warmup_start_lr=0),
        ignoring("eta_min ignored", "WSD-5", eta_min=0),
        formula("the warm-up starts at the floor", "WSD-1", up_from_the_floor),
        longer("the end one step late", "WSD-5", "total_steps"),
        shorter("the end one step early", "WSD-3", "total_steps"),
        longer("the warm-up one step too long", "WSD-1", "warmup_steps"),
        wrapping("the first increment at the beginning", "WSD-1", one_increment_ahead),
        changing("a warm-up of one step at least", "WSD-6", warmup_steps=lambda steps: max(steps, 1)),
        wrapping("an integer division, each phase ends as it began", "WSD-1", progress_in_whole_numbers),
    ),
    undiagnosed=(
        defaulting("a cosine where no decay is given", "WSD-7", decay=string("cosine")),
        defaulting("a total of 10000 steps where none is given", "WSD-7", total_steps=10000),
        accepting_combination(
            "phases that are longer than the whole are accepted", "WSD-9", warmup_steps=0, decay_steps=0
        ),
    ),
)
