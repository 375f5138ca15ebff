"""A plateau follows the metric in the log; its mistakes are put in by stepping it wrongly."""

from random import Random

import numpy as np
import pytest
from optimspec_conformance.logs.answer import Answer, answer
from optimspec_conformance.logs.conventions import SPECIFICATION
from optimspec_conformance.logs.errors import LogError
from optimspec_conformance.logs.log import Log, checked
from optimspec_conformance.logs.plateau import Plateau
from optimspec_conformance.logs.printed import printed
from optimspec_conformance.logs.spec import parse

DRAWS, NAMED = 20, 18


def drawn(seed: int) -> tuple[str, Log]:
    """A plateau, and a log of metrics that fall ever more seldom; its rates are still to be written."""
    random = Random(seed)
    spec = f"ReduceLROnPlateau(base_lr={random.choice([0.1, 0.03])}, factor=0.5, patience={random.randrange(2, 6)})"
    metrics = np.array([max(1 / (1 + row), 0.05) + random.uniform(0, 0.05) for row in range(80)])
    return spec, Log(np.arange(80), np.zeros(80), printed(["0.0"]), metrics=metrics)


def written(log: Log, plateau: Plateau) -> Log:
    rates = plateau.rates(log).rates
    return checked(log.steps, rates, printed([repr(rate) for rate in rates.tolist()]), log.metrics)


def asked(log: Log, spec: str) -> Answer:
    return answer(log, parse(spec), 0, None, None)


def test_a_right_plateau_agrees() -> None:
    for seed in range(DRAWS):
        spec, log = drawn(seed)
        found = asked(written(log, Plateau(parse(spec), 0, SPECIFICATION)), spec)
        assert found.agrees
        assert len(np.unique(found.log.rates)) > 2


def test_a_resume_goes_on_where_it_was() -> None:
    spec, log = drawn(0)
    rows = np.array([*range(50), *range(40, 80)])
    assert log.metrics is not None
    right = Plateau(parse(spec), 0, SPECIFICATION)
    rates = right.rates(log).rates[rows]
    assert asked(checked(log.steps[rows], rates, printed(["0.123456789012"]), log.metrics[rows]), spec).agrees


@pytest.mark.parametrize("kind", ["processes", "forgotten"])
def test_a_mistake_is_named(kind: str) -> None:
    unnamed = []
    for seed in range(DRAWS):
        spec, log = drawn(seed)
        right = Plateau(parse(spec), 0, SPECIFICATION)
        cut = int(np.argmax(np.diff(right.rates(log).rates) < 0)) + 1
        wrong = (
            Plateau(parse(spec), 0, SPECIFICATION, times=2 + seed % 3)
            if kind == "processes"
            else Plateau(parse(spec), 0, SPECIFICATION, forgotten=cut, afresh=bool(seed % 2))
        )
        found = asked(written(log, wrong), spec)
        if kind not in {mistake.kind for explanation in found.explanations for mistake in explanation.mistakes}:
            unnamed.append((seed, spec, found.explanations))
    assert len(unnamed) <= DRAWS - NAMED, unnamed


def test_a_plateau_needs_a_metric() -> None:
    with pytest.raises(LogError, match="name its column with --metric"):
        asked(checked(np.arange(3), np.ones(3), printed(["1.0"])), "ReduceLROnPlateau(base_lr=0.1)")
