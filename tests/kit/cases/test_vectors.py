"""The golden vectors: their schema, the seed's numbers, and that they ask what can go wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema_rs import validator_for
from optimspec_conformance import specification
from optimspec_conformance.cases import committed
from optimspec_conformance.cases.committed import CommittedCase, cases
from optimspec_conformance.cases.generate import index_and_manifest, path_of, vectors_of
from optimspec_conformance.cases.tolerances import tolerance_of_law
from optimspec_conformance.classes.catalogue import DEFINITIONS, OPTIMIZERS, SCHEDULERS
from optimspec_conformance.scenarios.case import Case
from optimspec_conformance.scenarios.weights import training

SCHEMA = json.loads((committed.VECTORS / "schema.json").read_text(encoding="utf-8"))

EXPLICIT = {"weight_decay", "initial_accumulator_value"}  # their defaults differ from library to library
AT_DEFAULT = {"Adafactor": ["clip_threshold"], "Muon": ["nesterov"]}  # all that some libraries can


def rates(case: CommittedCase) -> list[float]:
    return [float(row["lr"][0]) for row in case.trace or []]


def named(id_: str) -> CommittedCase:
    return next(case for case in cases() if case.id == id_)


@pytest.mark.parametrize("path", committed.files(), ids=lambda path: path.stem)
def test_every_file_follows_the_schema(path: Any) -> None:
    validator = validator_for(SCHEMA)
    assert [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []


def test_the_schema_refuses_what_is_no_vector() -> None:
    content = json.loads((committed.VECTORS / "schedulers" / "exponential.json").read_text(encoding="utf-8"))
    content["cases"][0]["trace"][0]["lr"] = [0.1]
    assert not validator_for(SCHEMA).is_valid(content)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_oracle_makes_them_again_identically(name: str) -> None:
    assert path_of(name).read_text(encoding="utf-8") == vectors_of(name)


def test_index_and_manifest_are_theirs() -> None:
    files = {path: path.read_text(encoding="utf-8") for path in committed.files()}
    for path, text in index_and_manifest(files).items():
        assert path.read_text(encoding="utf-8") == text


def test_they_hold_the_numbers_of_the_seed() -> None:
    first = rates(named("EXP-1/ExponentialLR/seed-0.1-0.95-15"))
    assert [f"{rate:.6f}" for rate in first] == ["0.100000", "0.077378", "0.059874", "0.046329"]
    assert round(rates(named("EXP-1/ExponentialLR/seed-0.001-0.99-100"))[-1], 6) == 0.000366
    assert round(rates(named("EXP-1/ExponentialLR/seed-0.1-0.96-50"))[-1], 3) == 0.013
    assert round(rates(named("EXP-1/ExponentialLR/seed-0.1-0.9-30"))[-1], 5) == 0.00424
    assert rates(named("EXP-1/ExponentialLR/seed-0.1-0.95-50"))[-1] == pytest.approx(0.1 * 0.95**50, rel=1e-15)
    warm_up = [0.001, 0.00266, 0.0041515, 0.0054872, 0.00667895125, 0.007737809375, 0.00735091890625]
    assert rates(named("CHAIN-1/ChainedScheduler/seed"))[:7] == pytest.approx(warm_up, rel=1e-12)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_parameter_of_an_example_is_away_from_its_default(name: str) -> None:
    definition = DEFINITIONS[name]
    parameters = getattr(definition, "all_parameters", getattr(definition, "parameters", {}))
    for parameter, value in getattr(definition, "example", {}).items():
        if parameter not in AT_DEFAULT.get(name, []):
            assert value != parameters[parameter].default or (parameter in EXPLICIT and value == "0.0")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_every_scheduler_has_long_walks_groups_zero_rates_and_resumed_runs(name: str) -> None:
    mine = [case for case in cases() if case.subject == name]
    walked = {case.id.split("/")[-1]: case.trace or [] for case in mine if case.requirement == "SCH-3"}
    assert len(walked["one-by-one"]) >= 10 or SCHEDULERS[name].times[-1] < 6
    assert (
        any(row["t"] >= 99999 for case in mine for row in case.trace or [] if "t" in row) or name == "ReduceLROnPlateau"
    )
    assert any("0.0" in row.get("base", []) for case in mine for row in case.trace or [])
    assert any(len(row.get("base", [])) > 1 for case in mine for row in case.trace or [])
    assert {"resumed", "resumed-at-each-step"} <= {case.id.split("/")[-1] for case in mine if case.other}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_long_trajectories_with_everything_on(name: str) -> None:
    long = [
        case for case in cases() if case.subject == name and (case.requirement == "NUM-4" or "everything" in case.id)
    ]
    assert {case.requirement for case in long} == {"NUM-4", "OPT-34", "STA-7"}
    lengths_with_all, all_axes = [], {2} if OPTIMIZERS[name].matrices else {0, 1, 2, 3}
    for case in long:
        length = sum(row.get("n", 1) for row in case.scenario["do"] if row["op"] == "optimizer.step")
        assert length >= (10 if OPTIMIZERS[name].needs_smooth_gradients and case.requirement != "NUM-4" else 20)
        axes = {len(weight["shape"]) for _, weight in (case.trace or [])[-1]["weights"]}
        assert axes == all_axes or case.requirement == "NUM-4"
        lengths_with_all += [length] if axes == all_axes else []
    assert max(lengths_with_all) >= 20


def test_what_the_oracle_breaks_is_no_law() -> None:
    halved, plain = (training(OPTIMIZERS["Rprop"].config(lr)) for lr in ("0.05", "0.1"))
    with pytest.raises(ValueError, match="is no law"):
        tolerance_of_law(Case("OPT-41", "halved", halved, other=plain, rows=12, options={"scaled": "0.5"}))


def test_a_tolerance_of_weights_is_never_idle() -> None:
    stated = {case.id: float(case.options["tolerance"]) for case in cases() if "tolerance" in case.options}
    assert len(stated) > 100
    assert max(tolerance for id_, tolerance in stated.items() if "float16" not in id_) <= 1e-3
    assert max(stated.values()) <= 2**-6


def test_every_level_of_the_specification_is_checked() -> None:
    levels = {specification.requirements()[case.requirement].level for case in cases()}
    assert levels == {"MUST", "SHOULD"}
