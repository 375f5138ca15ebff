"""A log without a schedule: some are proposed, the simplest first, and what the log leaves open is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from optimspec_conformance.cli import main
from optimspec_conformance.logs.curve import Curve
from optimspec_conformance.logs.log import Log, checked
from optimspec_conformance.logs.printed import printed
from optimspec_conformance.logs.proposals import propose
from optimspec_conformance.logs.spec import parse
from optimspec_conformance.session.exit_codes import NOT_CONFORMANT, OK

WARMUP = "LinearLR(base_lr=0.1, start_factor=0.5, total_iters=100)"
FAMILIES = [
    "ConstantLR(base_lr=0.0003, factor=1.0, total_iters=0)",
    "StepLR(base_lr=0.1, step_size=300, gamma=0.5)",
    "MultiStepLR(base_lr=0.1, milestones=[200, 500, 900], gamma=0.2)",
    "PiecewiseConstantSchedule(boundaries=[100, 400], values=[0.1, 0.3, 0.02])",
    "ExponentialLR(base_lr=0.1, gamma=0.999)",
    "LinearLR(base_lr=0.1, start_factor=1.0, end_factor=0.1, total_iters=800)",
    "PolynomialLR(base_lr=0.1, total_iters=1000, power=2.0)",
    "CosineAnnealingLR(base_lr=0.0003, T_max=950, eta_min=3e-06)",
    "CosineAnnealingWarmRestarts(base_lr=0.1, T_0=250, T_mult=1, eta_min=0.001)",
    "CosineAnnealingWarmRestarts(base_lr=0.1, T_0=120, T_mult=2, eta_min=0.0)",
    "OneCycleLR(max_lr=0.1, total_steps=1000, pct_start=0.3, div_factor=25.0, final_div_factor=10000.0)",
    "WarmupCosineSchedule(base_lr=0.001, warmup_steps=100, total_steps=1000)",
    *(
        f"SequentialLR([{WARMUP}, {after}], milestones=[{milestones}])"
        for after, milestones in [
            ("ConstantLR(base_lr=0.1, factor=1.0, total_iters=0)", "100"),
            ("StepLR(base_lr=0.1, step_size=300, gamma=0.1)", "100"),
            ("ExponentialLR(base_lr=0.1, gamma=0.995)", "100"),
            ("CosineAnnealingLR(base_lr=0.1, T_max=900, eta_min=0.0)", "100"),
            ("CosineAnnealingWarmRestarts(base_lr=0.1, T_0=200, T_mult=2, eta_min=0.0)", "100"),
            (
                "ConstantLR(base_lr=0.1, factor=1.0, total_iters=0), "
                "LinearLR(base_lr=0.1, start_factor=1.0, end_factor=0.0, total_iters=200)",
                "100, 800",
            ),
        ]
    ),
]


def written(steps: np.ndarray, rates: np.ndarray, form: str) -> Log:
    texts = [format(rate, form) for rate in rates.tolist()]
    return checked(steps, np.array([float(text) for text in texts]), printed(texts))


@pytest.mark.parametrize(("every", "form"), [(1, ".8g"), (7, ".3e"), (3, ".17g")])
@pytest.mark.parametrize("spec", FAMILIES)
def test_the_schedule_is_found_again(spec: str, every: int, form: str) -> None:
    steps = np.arange(0, 1100, every)
    proposals = propose(written(steps, Curve(parse(spec))(steps), form)).all
    assert spec in [proposal.text for proposal in proposals]
    assert all(proposal.agrees for proposal in proposals)
    lengths = [proposal.complexity for proposal in proposals]
    assert lengths == sorted(lengths)


def test_the_simplest_comes_first() -> None:
    steps = np.arange(0, 1000)
    log = written(steps, Curve(parse(FAMILIES[1]))(steps), ".8g")
    assert [proposal.text.partition("(")[0] for proposal in propose(log).all][:3] == [
        "StepLR",
        "MultiStepLR",
        "PiecewiseConstantSchedule",
    ]


def test_what_the_log_leaves_open_is_said() -> None:
    steps = np.arange(0, 1000, 7)
    log = written(steps, Curve(parse("StepLR(base_lr=0.1, step_size=300, gamma=0.5)"))(steps), ".8g")
    assert propose(log).all[0].free == ("step_size, from 299 to 301",)
    steps = np.arange(0, 100)
    log = written(
        steps, Curve(parse("LinearLR(base_lr=0.1, start_factor=1.0, end_factor=0.2, total_iters=800)"))(steps), ".8g"
    )
    (line, *_) = propose(log).all
    assert line.text == "LinearLR(base_lr=0.1, start_factor=1.0, end_factor=0.0, total_iters=1000)"
    assert "total_iters and end_factor" in line.free[0]


def test_an_inverse_square_root_is_told_as_a_formula() -> None:
    steps = np.arange(1, 2000, 3)
    rates = 0.01 * np.where(steps < 400, steps / 400, np.sqrt(400 / np.maximum(steps, 1)))
    texts = [proposal.text for proposal in propose(written(steps, rates, ".6g")).all]
    assert "inverse square root: 0.01·√(400/t) from step 400 on; no class of the specification has it" in texts


def test_rates_that_follow_no_schedule_are_said_to_come_near_at_best() -> None:
    rates = np.random.default_rng(0).uniform(0.1, 0.2, 300)
    assert not propose(written(np.arange(300), rates, ".6g")).agrees


def log(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["log", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_the_command_proposes_what_it_then_accepts(tmp_path: Path) -> None:
    steps = np.arange(0, 1100, 10)
    rates = Curve(parse(FAMILIES[-1]))(steps)
    path, plot = tmp_path / "log.csv", tmp_path / "plot.svg"
    path.write_text(
        "step,lr\n" + "".join(f"{s},{r:.6e}\n" for s, r in zip(steps, rates, strict=True)), encoding="utf-8"
    )
    result = log(str(path), "--report", str(plot))
    assert result.exit_code == OK
    assert result.output.startswith("agrees: ")
    assert plot.read_text(encoding="utf-8").startswith("<svg")
    for proposal in json.loads(log(str(path), "--json").output)["proposals"]:
        assert log(str(path), "--schedule", proposal["schedule"]).exit_code == OK


def test_a_log_may_count_from_one() -> None:
    steps = np.arange(1, 1100, 5)
    found = propose(written(steps, Curve(parse(FAMILIES[7]))(steps - 1), ".8g"))
    assert [proposal.text for proposal in found.all] == [FAMILIES[7]]
    assert next(found.lines()).startswith("with --first-step 1")


def test_the_command_says_that_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rates = np.random.default_rng(0).uniform(0.1, 0.2, 100)
    path.write_text("step,lr\n" + "".join(f"{s},{r:.6e}\n" for s, r in enumerate(rates)), encoding="utf-8")
    result = log(str(path))
    assert result.exit_code == NOT_CONFORMANT
    assert result.output.startswith("comes near: ")
