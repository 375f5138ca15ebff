"""A log without a schedule: some are proposed, the simplest first, and what the log leaves open is said."""

import json
import re
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from click.testing import CliRunner, Result
from optimspec_conformance.cli import main
from optimspec_conformance.logs.conventions import named
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
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=80, step_size_down=120)",
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=150, mode='triangular2')",
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=70, step_size_down=140, mode='exp_range', gamma=0.999)",
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


def test_a_line_that_rises_is_no_warm_up_that_is_known() -> None:
    steps = np.arange(100)
    spec = "LinearLR(base_lr=0.1, start_factor=0.1, total_iters=500)"
    found = propose(written(steps, Curve(parse(spec))(steps), ".6g")).all[0]
    assert found.text.startswith("LinearLR(")
    assert found.free[0].startswith("total_iters and base_lr of the last line, only its slope")


@pytest.mark.parametrize(("total", "every", "form"), [(1003, 1, ".8g"), (8418, 5, ".6g"), (17398, 10, ".17g")])
@pytest.mark.parametrize("share", [0.3, 0.25])
def test_one_cycle_may_turn_between_two_steps(total: int, every: int, form: str, share: float) -> None:
    spec = f"OneCycleLR(max_lr=0.1, total_steps={total}, pct_start={share}, div_factor=25.0, final_div_factor=10000.0)"
    steps = np.arange(0, total, every)
    assert spec in [proposal.text for proposal in propose(written(steps, Curve(parse(spec))(steps), form)).all]


@pytest.mark.parametrize("form", [".6g", ".8g"])
@pytest.mark.parametrize("points", [530, 560, 700])
def test_a_length_and_a_floor_are_said_to_be_free_together(points: int, form: str) -> None:
    spec = (
        "SequentialLR([LinearLR(base_lr=0.0003, start_factor=0.1, total_iters=500), "
        "CosineAnnealingLR(base_lr=0.0003, T_max=9500, eta_min={})], milestones=[500])"
    )
    steps = np.arange(points)
    for floor in (0.0, 1e-5):
        found = propose(written(steps, Curve(parse(spec.format(floor)))(steps), form)).all
        (cosine,) = (proposal for proposal in found if "CosineAnnealingLR" in proposal.text)
        lengths = re.fullmatch(r"T_max, from (\d+) to (\d+), with another eta_min", cosine.free[0])
        assert lengths
        assert int(lengths[1]) <= 9500 <= int(lengths[2])
        assert floor or cosine.text == spec.format(floor)


@pytest.mark.parametrize(("share", "form"), [(0.1, ".6g"), (0.3, ".4g")])
def test_of_a_short_arc_the_floor_0_comes_first(share: float, form: str) -> None:
    spec = "CosineAnnealingLR(base_lr=0.0003, T_max=10000, eta_min=0.0)"
    steps = np.arange(0, int(10000 * share), 10)
    found = propose(written(steps, Curve(parse(spec))(steps), form)).all
    assert found[0].text == spec


STEPS = np.arange(0, 2001, 3)
FORMULAS = [
    (0.1 + 0.9 * np.clip(1 - STEPS / 1800, 0, 1) ** 2, "0.1 + 0.9·(1 − t/1800)^2", 0),
    (1 - np.sqrt(np.clip((STEPS - 1200) / 600, 0, 1)), "1·(1 − √((t − 1200)/600))", 1200),
]


@pytest.mark.parametrize(("rates", "formula", "begin"), FORMULAS, ids=[formula for _, formula, _ in FORMULAS])
def test_a_fall_to_a_floor_is_told_as_a_formula(rates: np.ndarray, formula: str, begin: int) -> None:
    texts = [proposal.text for proposal in propose(written(STEPS, rates, ".6g")).all]
    assert texts == [f"{formula} from step {begin} on"]


@pytest.mark.parametrize("form", [".4g", ".6g", ".17g"])
@pytest.mark.parametrize("every", [1, 3, 5])
@pytest.mark.parametrize(
    "spec",
    [
        "InverseSqrtSchedule(base_lr=0.1, warmup_steps=137)",
        "InverseSqrtSchedule(base_lr=0.1, warmup_steps=0, timescale=10000.0)",
        "InverseSqrtSchedule(base_lr=0.1, warmup_steps=137, timescale=500.0, warmup_start_lr=0.01)",
        "LinearLR(base_lr=0.000118, start_factor=1.0, end_factor=0.0, total_iters=4333)",
        "ExponentialLR(base_lr=0.0001, gamma=0.9992855441771851)",
    ],
)
def test_numbers_that_are_not_round_are_found(spec: str, every: int, form: str) -> None:
    steps = np.arange(0, 4400, every)
    found = propose(written(steps, Curve(parse(spec))(steps), form)).all
    assert found[0].agrees
    assert found[0].text.partition("(")[0] == spec.partition("(")[0]


@pytest.mark.parametrize("total", [300, 1000, 777])
def test_one_cycle_as_torch_has_it(total: int) -> None:
    spec = f"OneCycleLR(max_lr=0.1, total_steps={total}, pct_start=0.3, div_factor=25.0, final_div_factor=10000.0)"
    curve, steps = Curve(parse(spec), 0, named(parse(spec), "torch")), np.arange(total)
    (found,) = propose(written(steps, curve(steps), ".6g")).all
    assert (found.text, found.convention, found.agrees) == (spec, "torch", True)


@pytest.mark.parametrize("form", [".6g", ".17g"])
@pytest.mark.parametrize("every", [1, 5])
def test_a_warm_up_within_a_cosine_as_timm_has_it(every: int, form: str) -> None:
    spec = (
        "SequentialLR([LinearLR(base_lr=0.1, start_factor=0.01, total_iters=50), "
        "CosineAnnealingLR(base_lr=0.1, T_max=700, eta_min=0.001)], milestones=[50])"
    )
    curve, steps = Curve(parse(spec), 0, named(parse(spec), "timm")), np.arange(0, 700, every)
    (found,) = propose(written(steps, curve(steps), form)).all
    assert (found.text, found.convention, found.agrees) == (spec, "timm", True)


def test_a_number_that_the_log_does_not_show_is_free() -> None:
    spec = parse("OneCycleLR(max_lr=0.1, total_steps=300)")
    steps = np.arange(93)
    rates = Curve(spec, 0, named(spec, "torch"))(steps)
    (found,) = propose(written(steps, rates, ".4g")).all
    assert "final_div_factor: half and twice as much would do" in found.free


AFTER = {
    "begins again": lambda steps, n: np.where(steps < n, steps, steps - n),
    "ahead": lambda steps, n: np.where(steps < n, steps, steps + 40),
    "behind": lambda steps, n: np.where(steps < n, steps, steps - 40),
}


@pytest.mark.parametrize("how", AFTER)
def test_a_resume_is_told_beside_a_schedule(how: str) -> None:
    missed = []
    for seed in range(10):
        random = Random(seed)
        spec = random.choice(
            [
                "ExponentialLR(base_lr=0.1, gamma=0.99)",
                "PolynomialLR(base_lr=0.1, total_iters=900, power=2.0)",
                "CosineAnnealingLR(base_lr=0.1, T_max=800, eta_min=0.001)",
                "LinearLR(base_lr=0.1, start_factor=1.0, end_factor=0.0, total_iters=900)",
            ]
        )
        n = random.randrange(200, 400)
        steps = np.arange(600) if seed % 2 else np.array([*range(n + 5), *range(n, 600)])
        log = written(steps, Curve(parse(spec))(AFTER[how](steps, n)), random.choice([".6g", ".17g"]))
        if not seed % 2:  # the steps that are repeated have the rates of the run before
            rates = log.rates.copy()
            rates[: n + 5] = Curve(parse(spec))(steps[: n + 5])
            log = replace(log, rates=rates)
        found = propose(log)
        assert not found.agrees
        if not any(proposal.text == spec and how in proposal.mistake for proposal in found.all):
            missed.append((seed, spec, list(found.lines())))
    assert len(missed) <= 1, missed


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


def test_a_formula_is_not_drawn(tmp_path: Path) -> None:
    path, plot = tmp_path / "log.csv", tmp_path / "plot.svg"
    rates = FORMULAS[0][0]
    path.write_text(
        "step,lr\n" + "".join(f"{s},{r:.6e}\n" for s, r in zip(STEPS, rates, strict=True)), encoding="utf-8"
    )
    result = log(str(path), "--report", str(plot))
    assert result.exit_code == OK
    assert "nothing is drawn" in result.stderr
    assert not plot.exists()


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
