"""Precision: what is right in float32 passes, and what the pages show passes in float32 and in float64."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimspec
import page_forms
import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases, manifest
from optimspec_conformance.cases.rounding import in_float32, survives_rounding
from optimspec_conformance.cases.tolerances import rates
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.scenarios.values import Json, Scenario, decode, tagged
from optimspec_conformance.verdict.judge import judge
from optimspec_conformance.verdict.known_failures import KnownFailures

FLOOR = "NUM-1/CosineAnnealingLR/floor-far-above"


def failures(of: list[CommittedCase], namespace: Any, precision: str) -> list[str]:
    implementation = NativeImplementation("it", namespace, precision=precision)
    verdicts = [judge(case, implementation, KnownFailures()) for case in of]
    return [verdict.text for verdict in verdicts if verdict.result not in ("pass", "not provided")]


def of_class(name: str) -> list[CommittedCase]:
    return [case for case in cases() if case.subject == name]


@pytest.mark.parametrize("name", page_forms.NAMES)
def test_right_rates_in_float32_pass_every_check(name: str) -> None:
    assert failures(of_class(name), page_forms.namespace(np.float32), "float32") == []


@pytest.mark.parametrize("name", page_forms.NAMES)
def test_the_form_of_a_page_is_exact_where_the_page_asks_for_it(name: str) -> None:
    exact = [case for case in of_class(name) if "ulps" in case.options]
    assert failures(exact, page_forms.namespace(np.float64), "float64") == []


def test_every_class_of_exact_rates_has_its_form_tried() -> None:
    exact = {case.subject for case in cases() if "ulps" in case.options}
    read_off = {"PiecewiseConstantSchedule", "OneCycleLR"}  # a value of the list; one quotient
    assert exact - read_off <= set(page_forms.NAMES)


def test_the_rounding_of_arguments_to_float32_breaks_no_case() -> None:
    """A fifth of them, another one for each version of the vectors."""
    rounded = [case for case in cases() if case.trace is not None and in_float32(case.scenario) != case.scenario]
    some = Random(manifest()["digest"]).sample(rounded, len(rounded) // 5)
    assert [case.id for case in some if not in_float64(case) and not survives_rounding(case)] == []


def test_the_arguments_of_scenarios_are_rounded_and_nothing_else_is() -> None:
    kept: Scenario = {"class": "SGD", "mode": {"str": "0.1"}, "scale_fn": {"fn": "power", "base": "0.1"}, "T_max": 3}
    weights = [["0.1", {"dtype": "float64", "shape": [1], "data": ["0.1"]}]]
    scenario = {"optimizer": kept | {"lr": ["0.1", {"tuple": ["0.5", "1e-50"]}]}, "weights": weights, "do": []}
    expected = kept | {"lr": ["0.10000000149011612", {"tuple": ["0.5", "0.0"]}]}
    assert in_float32(scenario) == scenario | {"optimizer": expected}


def in_float64(case: CommittedCase) -> bool:
    return "float64" in tagged([case.scenario, case.other], "dtype")


def own_rates(scenario: Json) -> Iterator[float]:
    """The rates of an optimizer, of its groups and of what it wraps."""
    values = scenario.values() if isinstance(scenario, dict) else scenario
    if isinstance(scenario, dict) and scenario.get("lr") is not None:
        yield decode(scenario["lr"])
    for value in values:
        if isinstance(value, (dict, list)):
            yield from own_rates(value)


def test_float32_has_every_rate_of_float64_weights() -> None:
    mine = [case for case in cases() if in_float64(case)]
    assert {case.requirement for case in mine} >= {"OPT-12", "NUM-5", "STA-9"}
    for case in mine:
        scenarios = [scenario for scenario in (case.scenario, case.other) if scenario is not None]
        assert not any("scheduler" in scenario or "lr" not in scenario["optimizer"] for scenario in scenarios), case.id
        assert [rate for rate in own_rates(scenarios) if rate != np.float32(rate)] == [], case.id


def with_rate_in_float32(g: Any, slots: Any, p: Any, lr: Any, k: Any, **hyper: Any) -> Any:
    return optimspec.SGD.apply(g, slots, p, jnp.asarray(lr, jnp.float32).astype(g.dtype), k, **hyper)


def test_the_rounding_of_a_rate_is_none_of_its_weights() -> None:
    mine = [case for case in of_class("SGD") if in_float64(case)]
    sgd = type("SGD", (optimspec.SGD,), {"apply": staticmethod(with_rate_in_float32)})
    assert failures(mine, SimpleNamespace(**vars(optimspec) | {"SGD": sgd}), "float32") == []


def with_cosine(rate: Any) -> Any:
    cosine = type("CosineAnnealingLR", (optimspec.CosineAnnealingLR,), {"rate": staticmethod(rate)})
    return SimpleNamespace(**vars(optimspec) | {"CosineAnnealingLR": cosine})


def recommended(t: int, b: float, T_max: int, eta_min: float, xp: Any) -> float:
    w = np.sin(np.pi * (T_max - min(t, T_max)) / (2 * T_max)) ** 2
    return float(w * b + (1 - w) * eta_min)


@pytest.mark.parametrize(("shift", "wrong"), [(0.0, False), (1e-8, True)])
def test_an_error_is_relative_to_the_floor_if_that_is_larger(shift: float, wrong: bool) -> None:
    def rate(t: int, b: float, T_max: int, eta_min: float, xp: Any) -> float:
        return recommended(t, b, T_max, eta_min, xp) + shift * eta_min

    (case,) = [case for case in cases() if case.id == FLOOR]
    assert bool(failures([case], with_cosine(rate), "float64")) == wrong


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        ({"class": "ExponentialLR", "base_lr": "0.3"}, []),
        ({"class": "CosineAnnealingLR", "base_lr": "0.3", "eta_min": "2.0"}, [2.0]),
        ({"class": "CyclicLR", "max_lr": ["0.5", {"str": "x"}, 3, {"float": "nan"}, 10**400]}, [0.5, 3.0]),
        ({"class": "SequentialLR", "schedulers": [{"class": "WarmupScheduler", "base_lr": "7.0"}]}, [7.0]),
    ],
)
def test_the_rates_that_an_error_is_relative_to(scheduler: Scenario, expected: list[float]) -> None:
    assert list(rates({"scheduler": scheduler, "do": []})) == expected
