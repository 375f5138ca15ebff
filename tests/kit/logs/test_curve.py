"""The rates in double precision are the exact ones."""

import numpy as np
import pytest
from optimspec_conformance.classes.catalogue import DEFINITIONS, SCHEDULES
from optimspec_conformance.classes.definition import CompositeDefinition, ScheduleDefinition
from optimspec_conformance.logs.conventions import readings
from optimspec_conformance.logs.curve import Curve
from optimspec_conformance.logs.formulas import FORMULAS
from optimspec_conformance.scenarios.values import Scenario

TIMES = np.array([*range(40), 50, 97, 1000, 10**6])
OF_THE_USER = ("LambdaLR", "MultiplicativeLR")  # whose formula is a function that a log does not tell
NAMES = [
    name
    for name, definition in DEFINITIONS.items()
    if isinstance(definition, ScheduleDefinition) and name not in OF_THE_USER
]


@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_has_a_formula(name: str) -> None:
    assert SCHEDULES[name].rate in FORMULAS


@pytest.mark.parametrize("name", NAMES)
def test_a_formula_gives_the_exact_rates(name: str) -> None:
    definition = SCHEDULES[name]
    for hyper in (definition.example, *({**definition.example, **more} for more in definition.variations.values())):
        for curve in (Curve(definition.config("0.3", **hyper)), Curve(definition.config(["0.3", "0.02"], **hyper), 1)):
            np.testing.assert_allclose(curve(TIMES), curve.exact(TIMES), rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize(
    "config",
    [
        *(SCHEDULES[name].config() for name in NAMES if [*readings(SCHEDULES[name].config())]),
        DEFINITIONS["SequentialLR"].config(),
    ],
    ids=lambda config: config["class"],
)
def test_so_does_that_of_a_convention(config: Scenario) -> None:
    times = TIMES[TIMES <= 12]  # in that of torch, OneCycleLR refuses more
    for convention in readings(config):
        curve = Curve(config, reading=convention)
        np.testing.assert_allclose(curve(times), curve.exact(times), rtol=1e-13, atol=1e-16)


@pytest.mark.parametrize("name", ["ChainedScheduler", "SequentialLR"])
def test_so_does_that_of_a_composite(name: str) -> None:
    definition = DEFINITIONS[name]
    assert isinstance(definition, CompositeDefinition)
    for base_lr in ("0.3", "0.0", ["0.3", "0.02"]):
        curve = Curve(definition.config(base_lr), group=len(base_lr) - 1 if isinstance(base_lr, list) else 0)
        np.testing.assert_allclose(curve(TIMES), curve.exact(TIMES), rtol=1e-13, atol=1e-17)
