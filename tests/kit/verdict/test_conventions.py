"""Conventions: what is right elsewhere conforms once it is declared; until then it is named, and is no failure."""

from __future__ import annotations

import ast
import math
import re
from types import SimpleNamespace
from typing import Any

import optimspec
import pytest
from optimspec_conformance import specification
from optimspec_conformance.cases.committed import cases
from optimspec_conformance.classes.catalogue import DEFINITIONS, SCHEDULES, conventions, module_path
from optimspec_conformance.classes.conventions import of_class
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import ScenarioAborted, out_of_time
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import walk
from optimspec_conformance.scenarios.values import Json, Scenario, Trace, string
from optimspec_conformance.verdict.followed import FollowedConventions
from optimspec_conformance.verdict.judge import Verdict, judge
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures

ALL = [(name, convention.name) for name in DEFINITIONS for convention, _ in conventions(name)]
EXAMPLE = re.compile(r"`(\w+\([^`]*\))`\s+gives\s+([-\d.e, ]+) at t = 0 to (\d+)")


def page(name: str) -> str:
    return (specification.directory() / f"{module_path(name)}.md").read_text(encoding="utf-8")


def written(value: Any) -> Json:
    if isinstance(value, str):
        return string(value)
    return (
        repr(value) if isinstance(value, float) else [written(v) for v in value] if isinstance(value, list) else value
    )


def called(code: str) -> Scenario:
    """The scheduler that a call builds."""
    call = ast.parse(code, mode="eval").body
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Name)
    arguments = {str(keyword.arg): written(ast.literal_eval(keyword.value)) for keyword in call.keywords}
    return {"class": call.func.id, **arguments}


def section(name: str, convention: str) -> str:
    """What the page of a class says of a convention."""
    found = re.search(rf"^### {convention}\n\n(.+?)(?=^##|\Z)", page(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no section on {convention}"
    return found[1]


@pytest.mark.parametrize(("name", "convention"), ALL)
def test_every_convention_has_its_requirements_on_the_page_of_its_class(name: str, convention: str) -> None:
    one = of_class(name, convention)
    text = re.sub(r"\s+", " ", section(name, convention))
    assert text.lower().startswith(one.about.lower())
    named = [one.requirement(id_) for id_ in (*one.replaces, *one.withdraws)]
    assert re.findall(r"(?:\*\*|\[)(\S+@\w+)(?:\*\*|\])", text) == named
    assert all(id_ in specification.requirements() for id_ in named)


@pytest.mark.parametrize("name", sorted({name for name, _ in ALL} & set(SCHEDULES)))
def test_the_golden_values_on_a_page_are_the_conventions(name: str) -> None:
    for convention, definition in conventions(name):
        ((code, values, last),) = EXAMPLE.findall(section(name, convention.name))
        scenario = {"scheduler": called(code), "do": walk(range(1, int(last) + 1))}
        rates = [float(row["lr"][0]) for row in exact_trace(scenario, definitions={**DEFINITIONS, name: definition})]
        assert rates == pytest.approx([float(value) for value in values.split(",")], rel=1e-5)


def periodic(t: int, b: float, T_max: int, eta_min: float, xp: Any) -> float:
    return eta_min + (b - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2


def judged(id_: str, broken: type[Any], known: KnownFailures | None = None) -> Verdict:
    """What becomes of a case with this in place of its base class."""
    namespace = SimpleNamespace(**vars(optimspec) | {broken.__mro__[1].__name__: broken})
    implementation = NativeImplementation("mine", namespace, precision="float64")
    return judge(next(case for case in cases() if case.id == id_), implementation, known or KnownFailures())


def verdict(id_: str, rate: Any, known: KnownFailures | None = None) -> Verdict:
    return judged(id_, type("Cosine", (optimspec.CosineAnnealingLR,), {"rate": staticmethod(rate)}), known)


def test_a_convention_is_named_and_does_not_pass() -> None:
    spoken = verdict("COS-5/CosineAnnealingLR/0.1", periodic)
    assert spoken.result == "convention"
    assert "torch: the cosine is periodic" in spoken.text


def test_what_is_nearly_a_convention_is_a_failure() -> None:
    assert (
        verdict("COS-5/CosineAnnealingLR/0.1", lambda t, b, **hyper: 1.001 * periodic(t, b, **hyper)).result == "fail"
    )


def test_a_rounding_error_is_no_convention() -> None:
    rounded = verdict("COS-4/CosineAnnealingLR/0.1", lambda t, b, **hyper: (1 + 1e-14) * hyper["eta_min"])
    assert rounded.result == "fail"


def test_a_convention_that_is_declared_is_known() -> None:
    entry = KnownFailure(
        ("COS-5",), ("CosineAnnealingLR",), "the cosine is periodic", "https://example.org", "assert False"
    )
    assert verdict("COS-5/CosineAnnealingLR/0.1", periodic, KnownFailures((entry,))).result == "known failure"


def of_optax(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
    m = beta1 * slots["m"] + (1 - beta1) * g
    s = beta2 * slots["s"] + (1 - beta2) * (g - m) ** 2 + 1e-16
    return p - lr * m / (1 - beta1**k) / ((s / (1 - beta2**k)) ** 0.5 + eps), {"m": m, "s": s}


ADABELIEF = type("Belief", (optimspec.AdaBelief,), {"apply": staticmethod(of_optax)})


@pytest.mark.parametrize("name", ["twelve-steps", "unequal-betas"])
def test_the_convention_of_an_optimizer_is_named_and_does_not_pass(name: str) -> None:
    spoken = judged(f"BELIEF-1/AdaBelief/{name}", ADABELIEF)
    assert spoken.result == "convention"
    assert "optax: what is added to s in each step is 1e-16" in spoken.text


def test_a_convention_passes_where_it_does_not_differ() -> None:
    assert judged("BELIEF-4/AdaBelief/default-betas", ADABELIEF).result == "pass"


class Hangs(NativeImplementation):
    runs = 0

    def run(self, scenario: Scenario) -> Trace:
        self.runs += 1
        raise ScenarioAborted(scenario, out_of_time(10.0).difference(0), [])


def test_the_search_for_conventions_ends_where_a_run_breaks_off() -> None:
    hangs = Hangs("hangs", optimspec, precision="float64")
    with pytest.raises(ScenarioAborted, match="cut off after 10 s"):
        FollowedConventions(hangs).all_shown()
    assert hangs.runs == 1
    assert FollowedConventions(hangs).shown("Adagrad") == ""
