"""Rates that were observed in libraries, to the digits that were noted, beside those of their conventions."""

from __future__ import annotations

import pytest
from optimspec_conformance.classes.conventions import definitions_under
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import jump
from optimspec_conformance.scenarios.values import Json, string

STABLE: Json = {"warmup_steps": 2, "total_steps": 10, "decay_steps": 3, "eta_min": "0.1"}
LINEAR, COSINE, ROOT = ({**STABLE, "decay": string(decay)} for decay in ("linear", "cosine", "1-sqrt"))
LINE: Json = {"warmup_steps": 4, "total_steps": 10}
POWER: Json = {"warmup_steps": 2, "total_steps": 10, "power": "2.0", "eta_min": "0.1"}
ROOT_OF_TIME: Json = {"warmup_steps": 4}

SEEN: list[tuple[str, str, Json, int, str]] = [  # class, convention, arguments, the first time, the rates from there on
    ("WarmupStableDecay", "", LINEAR, 0, "0 .5 1 1 1 1 1 1 .7 .4 .1 .1 .1"),
    ("WarmupStableDecay", "", COSINE, 8, ".775 .325 .1"),
    ("WarmupStableDecay", "", ROOT, 8, ".4804 .2652 .1"),
    ("WarmupStableDecay", "transformers", LINEAR, 0, ".1 .55 1 1 1 1 1 1 .7 .4 .1 .1 .1"),
    ("WarmupStableDecay", "pytorch_optimizer", LINEAR, 0, "0 .5 1 1 1 1 1 1 .6667 .3333 .1 .1 .1"),
    ("WarmupStableDecay", "pytorch_optimizer", ROOT, 8, ".4226 .1835 .1"),
    ("WarmupStableDecay", "torchtitan", LINEAR, 0, ".5 1 1 1 1 1 1 1 .7 .4 .1 -.2 -.5"),
    ("WarmupStableDecay", "torchtitan", COSINE, 11, ".325 .775"),
    ("WarmupLinearSchedule", "", LINE, 0, "0 .25 .5 .75 1 .8333 .6667 .5 .3333 .1667 0 0 0"),
    ("WarmupLinearSchedule", "torchtitan", LINE, 0, ".25 .5 .75 1 1 .8333 .6667 .5 .3333 .1667 0 -.1667 -.3333 -.5"),
    ("WarmupLinearSchedule", "deepspeed", LINE, 0, "0 0 .25 .5 .75 1 .8333"),
    ("InverseSqrtSchedule", "", ROOT_OF_TIME, 0, "0 .25 .5 .75 1 .8944 .8165 .7559 .7071"),
    ("InverseSqrtSchedule", "big_vision", ROOT_OF_TIME, 5, ".99995"),
    ("InverseSqrtSchedule", "noam", ROOT_OF_TIME, 0, ".25 .5 .75 1 .8944"),
    ("InverseSqrtSchedule", "transformers", {"warmup_steps": 0}, 0, "1 .99995 .9999"),
    ("WarmupPolynomialSchedule", "", POWER, 0, "0 .5 1 .7891 .6063"),
    ("WarmupPolynomialSchedule", "", POWER, 9, ".1141 .1 .1"),
    ("WarmupPolynomialSchedule", "timm", POWER, 0, "0 .5 .676 .541"),
    ("WarmupCosineRestarts", "", {"warmup_steps": 0, "total_steps": 12, "cycles": 3}, 0, "1 .8536 .5 .1464 1"),
    ("WarmupCosineRestarts", "", {"warmup_steps": 0, "total_steps": 12, "cycles": 3}, 11, ".1464 0 0"),
    ("WarmupCosineRestarts", "torch", {"warmup_steps": 0, "total_steps": 12, "cycles": 3}, 11, ".1464 1"),
]


@pytest.mark.parametrize(("name", "convention", "arguments", "first", "seen"), SEEN)
def test_a_schedule_has_the_rates_that_were_seen(
    name: str, convention: str, arguments: Json, first: int, seen: str
) -> None:
    rates = seen.split()
    do = [jump(t) for t in range(first, first + len(rates))]
    scheduler = {"class": name, "base_lr": "1.0", **arguments}
    definitions = definitions_under({name: convention} if convention else {})
    rows = exact_trace({"scheduler": scheduler, "do": do}, definitions=definitions)[1:]
    for row, rate in zip(rows, rates, strict=True):
        digits = len(rate.partition(".")[2])
        assert float(row["lr"][0]) == pytest.approx(float(rate), rel=0, abs=0.5001 * 10.0**-digits)


def test_the_floor_of_a_group_is_in_proportion_in_transformers() -> None:
    scheduler = {"class": "WarmupPolynomialSchedule", "base_lr": ["1.0", "0.01"], **POWER}
    definitions = definitions_under({"WarmupPolynomialSchedule": "transformers"})
    (row,) = exact_trace({"scheduler": scheduler, "do": [jump(10)]}, definitions=definitions)[1:]
    assert [float(lr) for lr in row["lr"]] == [0.1, 0.001]
