"""WarmupScheduler: spec/schedulers/warmup.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import EXACTLY, Case
from ...scenarios.operations import jump, read, step, walk
from ..definition import ScheduleDefinition
from ..domains import NON_NEGATIVE, Integer, Real
from ..faults import dividing_whole_numbers, formula, ignoring, longer, shorter


def rate(t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:
    if t >= warmup_epochs:
        return b
    return warmup_start_lr + (b - warmup_start_lr) * t / warmup_epochs


def overshooting(t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:
    return warmup_start_lr + (b - warmup_start_lr) * t / warmup_epochs if warmup_epochs else b


def start_rate_stays(t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:
    return rate(t, b, warmup_epochs, warmup_start_lr) if warmup_epochs else warmup_start_lr


def one_increment_ahead(t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:
    return rate(t + 1, b, warmup_epochs, warmup_start_lr)


def start_as_fraction(t: int, b: Any, warmup_epochs: int, warmup_start_lr: Any) -> Any:
    return rate(t, b, warmup_epochs, b * warmup_start_lr)


def cases() -> Iterator[Case]:
    yield Case("WARM-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 9))})
    yield Case(
        "WARM-1",
        "downwards",
        {"scheduler": DEFINITION.config("0.1", warmup_epochs=4, warmup_start_lr="0.9"), "do": walk(range(1, 6))},
    )
    yield Case(
        "WARM-1",
        "from-zero",
        {"scheduler": DEFINITION.config(warmup_epochs=3, warmup_start_lr="0.0"), "do": walk([1, 2, 3])},
    )
    default = {"class": "WarmupScheduler", "base_lr": "0.3"}
    yield Case(
        "WARM-2", "default-warmup_epochs", {"scheduler": default | {"warmup_start_lr": "0.1"}, "do": walk([1, 4, 5, 6])}
    )
    yield Case(
        "WARM-2", "default-warmup_start_lr", {"scheduler": default | {"warmup_epochs": 4}, "do": walk([1, 3, 4])}
    )
    for b, w in (("0.1", "0.03"), ("0.7", "0.2")):
        after = {**DEFINITION.config(b, warmup_epochs=7, warmup_start_lr=w), "last_epoch": 7}
        yield Case("WARM-3", b, {"scheduler": after, "do": [read(), step(), jump(100), jump(100000)]}, options=EXACTLY)
    yield Case("WARM-3", "around", {"scheduler": DEFINITION.config(), "do": walk([5, 6, 7])})
    no_length = DEFINITION.config(warmup_epochs=0, warmup_start_lr="0.2")
    yield Case("WARM-4", "no-length", {"scheduler": no_length, "do": walk([1, 2, 10])})
    yield Case(
        "WARM-5",
        "start",
        {"scheduler": DEFINITION.config("0.7", warmup_epochs=7, warmup_start_lr="0.1"), "do": [read(), jump(0)]},
        options=EXACTLY,
    )


DEFINITION = ScheduleDefinition(
    name="WarmupScheduler",
    rate=rate,
    parameters={
        "warmup_epochs": Integer(0, 5, "WARM-6"),
        "warmup_start_lr": Real(NON_NEGATIVE, "0.0", "WARM-7"),
    },
    example={"warmup_epochs": 6, "warmup_start_lr": "0.01"},
    times=[0, 1, 5, 6, 7],
    long_run={"warmup_epochs": 130001, "warmup_start_lr": "0.01"},
    cases=cases,
    defaults="WARM-2",
    faults=(
        longer("one increment behind, the base rate one step late", "WARM-3", "warmup_epochs"),
        shorter("the base rate one step early", "WARM-1", "warmup_epochs"),
        ignoring("warmup_start_lr ignored", "WARM-5", warmup_start_lr=0),
        formula("no clamp, overshoots", "WARM-3", overshooting),
        formula("the first increment at the beginning", "WARM-5", one_increment_ahead),
        formula("warmup_start_lr as a fraction of the base rate", "WARM-5", start_as_fraction),
        formula("without a length the rate stays where it starts", "WARM-4", start_rate_stays),
        *dividing_whole_numbers("WARM-1", "warmup_epochs"),
    ),
)
