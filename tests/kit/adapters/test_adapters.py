"""The adapters that come with the kit: what a library does passes, conventions are named, the rest is not provided.

Each is tested where its library is installed.
"""

from __future__ import annotations

import copy
import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.implementations.native import NativeImplementation
from optimspec_conformance.implementations.protocol import Implementation
from optimspec_conformance.scenarios.trace import Unsupported
from optimspec_conformance.verdict import known_failures
from optimspec_conformance.verdict.judge import Verdict, judge
from optimspec_conformance.verdict.known_failures import KnownFailure, KnownFailures

KNOWN = Path(__file__).parents[3] / "conformance" / "known-failures"
LIBRARIES = ("torch", "optax", "keras", "transformers", "timm", "schedulefree", "prodigyopt")


@cache
def adapted(library: str) -> Implementation:
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    found: Implementation = import_module(f"optimspec_conformance.adapters.{library}").implementation()
    return found


def case(id_: str) -> CommittedCase:
    return next(case for case in cases() if case.id == id_)


def verdict(library: str, id_: str) -> Verdict:
    return judge(case(id_), adapted(library), KnownFailures())


PASSES = [
    ("torch", "EXP-1/ExponentialLR/seed-0.1-0.95-15"),
    ("torch", "SGD-1/SGD/twelve-steps"),
    ("torch", "ADAMW-1/AdamW/twelve-steps"),
    ("optax", "STEP-1/StepLR/three-falls"),
    ("optax", "SGD-1/SGD/twelve-steps"),
    ("optax", "YOGI-1/Yogi/twelve-steps"),
    ("keras", "STEP-1/StepLR/three-falls"),
    ("keras", "SGD-1/SGD/twelve-steps"),
    ("torch", "LAMBDA-1/LambdaLR/power"),
    ("transformers", "WSD-3/WarmupStableDecay/linear-of-8"),
    ("timm", "STEP-1/StepLR/three-falls"),
    ("schedulefree", "SFSGD-1/ScheduleFreeSGD/twelve-steps"),
    ("prodigyopt", "PROD-5/Prodigy/there-and-back"),
]
CONVENTIONS = [
    ("torch", "COS-1/CosineAnnealingLR/whole", "torch"),
    ("torch", "RMS-2/RMSprop/large-eps", "torch"),
    ("optax", "ONE-1/OneCycleLR/warm-up-of-0.3-of-10", "optax"),
    ("optax", "BELIEF-2/AdaBelief/large-eps", "optax"),
    ("keras", "PIECE-1/PiecewiseConstantSchedule/whole", "keras"),
    ("keras", "SGD-5/SGD/tenth-by-tenth", "keras"),
    ("transformers", "WSD-1/WarmupStableDecay/sequence-1", "transformers"),
    ("timm", "WCOS-2/WarmupCosineSchedule/fall", "timm"),
]
NOT_PROVIDED = [
    ("torch", "YOGI-1/Yogi/twelve-steps", "torch has no Yogi"),
    ("torch", "OPT-37/SGD/elements", "torch: SGD has no grad_clip_value"),
    ("torch", "OPT-18/SGD/update", "PyTorch's optimizers have no update"),
    ("optax", "STA-4/ExponentialLR/pickle", "optax: a schedule is a function, and has no state"),
    ("optax", "OPT-33/SGD/own-decay", "optax: the library's optimizers have no groups"),
    ("keras", "SCH-10/StepLR/scribbled", "the adapter makes the list"),
    ("keras", "YOGI-1/Yogi/twelve-steps", "keras has no Yogi"),
    ("transformers", "WLIN-1/WarmupLinearSchedule/rise", "has no warmup_start_lr"),
    ("timm", "STA-4/StepLR/pickle", "its state does not hold it"),
]


@pytest.mark.parametrize(("library", "id_"), PASSES)
def test_what_a_library_does_as_the_specification_says_passes(library: str, id_: str) -> None:
    found = verdict(library, id_)
    assert found.result == "pass", found.text


@pytest.mark.parametrize(("library", "id_", "name"), CONVENTIONS)
def test_another_formula_is_a_convention_with_its_name(library: str, id_: str, name: str) -> None:
    declaring = adapted(library)
    assert name in declaring.conventions.values()
    undeclared = copy.copy(declaring)
    undeclared.conventions = {}
    found = judge(case(id_), undeclared, KnownFailures())
    assert (found.result, f"{name}: " in found.text) == ("convention", True), found.text


@pytest.mark.parametrize(("library", "id_", "reason"), NOT_PROVIDED)
def test_what_a_library_lacks_is_not_provided_and_says_why(library: str, id_: str, reason: str) -> None:
    found = verdict(library, id_)
    assert found.result == "not provided"
    assert reason in found.text


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_installed_version_is_recorded(library: str) -> None:
    assert re.match(r"\d+\.\d+", adapted(library).version)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_class_of_an_adapter_is_one_of_the_specification(library: str) -> None:
    module = import_module(f"optimspec_conformance.adapters.{library}")
    provided = {*module.SCHEDULERS, *module.OPTIMIZERS}
    assert provided <= set(DEFINITIONS)
    assert all(adapted(library).provides(name) for name in provided)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("library", "entry"),
    [
        pytest.param(library, entry, id=f"{library}-{entry.requirements[0]}-{entry.classes[0]}")
        for library in LIBRARIES
        for entry in known_failures.read(KNOWN / f"{library}.toml").entries
        if entry.reproduction
    ],
)
def test_a_reproduction_shows_its_failure_by_itself(library: str, entry: KnownFailure) -> None:
    adapted(library)
    lines = entry.reproduction.splitlines()
    assert len(lines) <= 10
    assert lines[-1].startswith("assert ")
    with pytest.raises(AssertionError):
        exec(compile(entry.reproduction, entry.name, "exec"), {})


@pytest.mark.parametrize("library", [*LIBRARIES, "braintools"])
def test_every_reason_of_a_known_failure_is_shown_by_a_reproduction(library: str) -> None:
    entries = known_failures.read(KNOWN / f"{library}.toml").entries
    shown = {entry.reason for entry in entries if entry.reproduction}
    assert [entry.name for entry in entries if entry.reason not in shown] == []
    assert not [entry.reason for entry in entries if "TODO" in entry.reason or "TODO" in entry.link]


class Lacking:
    """Schedulers whose package has no states, and no base rates to be read."""

    def __init__(self, gamma: float, base_lr: float) -> None:
        self.t, self.gamma, self.base = 0, gamma, base_lr

    def step(self) -> None:
        self.t += 1

    def get_last_lr(self) -> list[float]:
        return [self.base * self.gamma**self.t]

    @property
    def last_epoch(self) -> int:
        return self.t

    @property
    def base_lrs(self) -> list[float]:
        raise Unsupported("there are no base rates")

    def state_dict(self) -> object:
        raise Unsupported("there are no states")


def lacking(id_: str, argument: str = "not_observable", **reasons: str) -> Verdict:
    namespace = type("Namespace", (), {"ExponentialLR": Lacking})
    given: dict[str, Any] = {argument: {name.replace("_", "-"): why for name, why in reasons.items()}}
    implementation = NativeImplementation("mine", namespace, precision="float64", **given)
    return judge(case(id_), implementation, KnownFailures())


def test_what_cannot_be_read_is_not_provided_only_where_it_is_compared() -> None:
    assert lacking("EXP-1/ExponentialLR/nearly-one").result == "pass"
    without_base = lacking("SCH-12/ExponentialLR/base-rates")
    assert (without_base.result, without_base.text) == ("not provided", "mine: there are no base rates")


def test_an_operation_that_there_is_not_is_not_provided() -> None:
    assert lacking("STA-3/ExponentialLR/plain").text == "mine: there are no states"


@pytest.mark.parametrize("argument", ["not_observable", "lacks"])
def test_a_requirement_that_an_adapter_answers_for_its_library_is_not_provided(argument: str) -> None:
    """By the argument's old name, too, for one version."""
    found = lacking("EXP-1/ExponentialLR/nearly-one", argument, EXP_1="the adapter does it")
    assert (found.result, found.text) == ("not provided", "the adapter does it")
