"""The oracle against the installed PyTorch: the same rates where the formulas are, else what the errata say."""

from __future__ import annotations

from itertools import product
from math import cos, exp, pi
from typing import Any

import numpy as np
import pytest
from optimspec_conformance.classes.catalogue import COMPOSITES, PLATEAUS, SCHEDULES
from optimspec_conformance.oracle.run import exact_trace
from optimspec_conformance.scenarios.operations import jump, measure, walk
from optimspec_conformance.scenarios.values import Json, Row, Scenario, decode, number, string

torch: Any = pytest.importorskip("torch")

# SequentialLR of an older PyTorch steps its members in a way that PyTorch deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step:UserWarning")

Rates = list[list[float]]

TWO_GROUPS = ["0.3", "0.02"]
BASES = [0.3, 0.02]
STEPS = walk(range(1, 65))


def schedule(name: str, base_lr: Json = TWO_GROUPS, **hyper: Json) -> Scenario:
    return SCHEDULES[name].config(base_lr, **hyper)


def plateau(**hyper: Json) -> Scenario:
    return PLATEAUS["ReduceLROnPlateau"].config(TWO_GROUPS, **hyper)


def of_the_oracle(spec: Scenario, do: list[Row] = STEPS) -> Rates:
    return [[float(lr) for lr in row["lr"]] for row in exact_trace({"scheduler": spec, "do": do})]


def build(spec: Scenario, optimizer: Any) -> Any:
    """PyTorch's scheduler of the same name and arguments; the base rates are the optimizer's."""
    kept = {name: value for name, value in spec.items() if name not in ("class", "base_lr", "schedulers")}
    arguments = {name: decode(value) for name, value in kept.items()}
    if "schedulers" in spec:
        arguments["schedulers"] = [build(member, optimizer) for member in spec["schedulers"]]
    if spec["class"] == "CyclicLR":
        arguments["base_lr"] = decode(spec["base_lr"])
    if spec["class"] in ("CyclicLR", "OneCycleLR"):
        arguments["cycle_momentum"] = False
    return getattr(torch.optim.lr_scheduler, spec["class"])(optimizer=optimizer, **arguments)


def of_torch(spec: Scenario, do: list[Row] = STEPS) -> Rates:
    """Read the rates of the optimizer's groups, which are plain floats, at the start and after each step."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": base} for base in BASES]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    scheduler = build(spec, optimizer)
    rates = [[group["lr"] for group in optimizer.param_groups]]
    for row in do:
        optimizer.step()  # PyTorch warns where the scheduler's step comes first
        scheduler.step(*[decode(row[argument]) for argument in ("metric", "epoch") if argument in row])
        rates.append([group["lr"] for group in optimizer.param_groups])
    return rates


def assert_same(ours: Rates, theirs: Rates) -> None:
    """To 1e-12 of the rate, or of the base rate where that is more."""
    assert len(ours) == len(theirs)
    for t, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        within = [pytest.approx(rate, rel=1e-12, abs=1e-12 * base) for rate, base in zip(our, BASES, strict=True)]
        assert their == within, f"at t = {t}"


POWER, INVERSE = {"fn": "power", "base": "0.8"}, {"fn": "inverse"}

SAME: dict[str, list[dict[str, Json]]] = {
    "ExponentialLR": [{"gamma": "0.87"}, {"gamma": "0.999"}, {"gamma": "0.3"}],
    "StepLR": [{"step_size": 4, "gamma": "0.6"}, {"step_size": 1, "gamma": "0.97"}, {"step_size": 17, "gamma": "1.0"}],
    "MultiStepLR": [{"milestones": [3, 7, 60], "gamma": "0.6"}, {"milestones": [0, 21], "gamma": "0.25"}],
    "CosineAnnealingLR": [{"T_max": 64, "eta_min": "0.003"}, {"T_max": 101}, {"T_max": 65, "eta_min": "0.4"}],
    "LinearLR": [
        {"start_factor": "0.2", "end_factor": "0.9", "total_iters": 6},
        {"start_factor": "1.0", "end_factor": "0.0", "total_iters": 41},
        {"start_factor": "0.001", "total_iters": 63},
        {"start_factor": "0.7", "end_factor": "0.1", "total_iters": 100},
    ],
    "ConstantLR": [{"factor": "0.4", "total_iters": 6}, {"factor": "0.01", "total_iters": 50}, {"total_iters": 1}],
    "PolynomialLR": [
        *({"total_iters": total, "power": power} for total, power in ((8, "0.8"), (64, "2.5"), (90, "0.5"))),
        {"total_iters": 63},
    ],
    "CosineAnnealingWarmRestarts": [
        *({"T_0": T_0, "T_mult": m, "eta_min": "0.01"} for T_0, m in product((1, 3, 10), (1, 2, 3))),
        {"T_0": 5, "T_mult": 7, "eta_min": "0.2"},
    ],
    "CyclicLR": [
        *(
            {
                "max_lr": ["0.9", "0.4"],
                "step_size_up": up,
                "step_size_down": down,
                "mode": string(mode),
                "gamma": "0.95",
            }
            for (up, down), mode in product(((3, None), (4, 7), (9, 1)), ("triangular", "triangular2", "exp_range"))
        ),
        {"max_lr": "0.5", "step_size_up": 6, "mode": string("exp_range"), "gamma": "1.03"},
        {"max_lr": "0.01", "step_size_up": 2, "step_size_down": 5},
        *(
            {"max_lr": "0.5", "step_size_up": 3, "step_size_down": 4, "scale_fn": fn, "scale_mode": string(scale_mode)}
            for fn, scale_mode in product((POWER, INVERSE), ("cycle", "iterations"))
        ),
    ],
}
EACH = [pytest.param(schedule(name, **hyper), id=f"{name}-{i}") for name in SAME for i, hyper in enumerate(SAME[name])]


@pytest.mark.parametrize("spec", EACH)
def test_a_schedule_of_the_same_formula_has_pytorchs_rates(spec: Scenario) -> None:
    assert_same(of_the_oracle(spec), of_torch(spec))


EXPONENTIAL, FALL = schedule("ExponentialLR", gamma="0.95"), schedule("StepLR", step_size=9, gamma="0.7")
WARM_UP, HELD = schedule("LinearLR", start_factor="0.1", total_iters=7), schedule("ConstantLR", total_iters=11)
MULTI, POLYNOMIAL = schedule("MultiStepLR", milestones=[5, 13]), schedule("PolynomialLR", total_iters=70, power="0.9")
COSINE = schedule("CosineAnnealingLR", T_max=64, eta_min="0.0")
RESTARTS = schedule("CosineAnnealingWarmRestarts", T_0=4, T_mult=2, eta_min="0.01")
CYCLES = schedule("CyclicLR", ["0.1", "0.05"], max_lr="0.8", step_size_up=3, step_size_down=4)


@pytest.mark.parametrize(
    "members",
    [[FALL], [WARM_UP, EXPONENTIAL], [HELD, FALL, MULTI], [POLYNOMIAL, WARM_UP], [EXPONENTIAL, COSINE, HELD, WARM_UP]],
    ids=lambda members: "-".join(member["class"] for member in members),
)
def test_a_chain_of_factors_has_pytorchs_rates(members: list[Scenario]) -> None:
    chain = COMPOSITES["ChainedScheduler"].config_of(*members)
    assert_same(of_the_oracle(chain), of_torch(chain))


@pytest.mark.parametrize(
    ("members", "milestones"),
    [
        ([FALL], []),
        ([WARM_UP, EXPONENTIAL], [7]),
        ([WARM_UP, EXPONENTIAL], [0]),
        ([EXPONENTIAL, WARM_UP, FALL], [3, 20]),
        ([HELD, COSINE, POLYNOMIAL, MULTI], [5, 6, 40]),
        ([WARM_UP, RESTARTS], [10]),
        ([RESTARTS, HELD, WARM_UP], [13, 40]),
        ([FALL, CYCLES], [8]),
    ],
)
def test_a_sequence_has_pytorchs_rates(members: list[Scenario], milestones: list[int]) -> None:
    sequence = COMPOSITES["SequentialLR"].config_of(*members) | {"milestones": milestones}
    assert_same(of_the_oracle(sequence), of_torch(sequence))


def metrics(mode: str, threshold_mode: str) -> list[Row]:
    """Improving, then not, noisily and with a nan; of both signs where the threshold is absolute."""
    noise = np.random.default_rng(7).uniform(-0.1, 0.1, 90)
    falling = [0.5 + exp(-t / 15) + float(noise[t]) for t in range(90)]
    values = [value if mode == "min" else 1 / value for value in falling]
    values = [value - 0.8 if threshold_mode == "abs" else value for value in values]
    return [measure(number(value)) for value in [*values[:40], float("nan"), *values[40:]]]


@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize(
    "hyper",
    [
        {"factor": "0.6", "patience": 1, "threshold": "0.01", "cooldown": 3, "min_lr": ["0.05", "0.002"]},
        {"factor": "0.9", "patience": 0, "threshold": "0.2", "min_lr": "0.005"},
        {"factor": "0.3", "patience": 4, "threshold": "0.0", "cooldown": 1, "eps": "0.007"},
    ],
    ids=["cooldown", "impatient", "eps"],
)
def test_a_plateau_has_pytorchs_rates(hyper: dict[str, Json], mode: str, threshold_mode: str) -> None:
    spec, do = plateau(mode=string(mode), threshold_mode=string(threshold_mode), **hyper), metrics(mode, threshold_mode)
    ours = of_the_oracle(spec, do)
    assert len({rate for rate, _ in ours}) > 3
    assert_same(ours, of_torch(spec, do))


def test_pytorchs_cosine_climbs_again_after_t_max_where_the_oracles_rests() -> None:
    spec = schedule("CosineAnnealingLR", T_max=8, eta_min="0.01")
    periodic = [[0.01 + (b - 0.01) * (1 + cos(pi * t / 8)) / 2 for b in BASES] for t in range(65)]
    assert_same(of_torch(spec), periodic)
    assert_same(of_the_oracle(spec), periodic[:9] + [[0.01, 0.01]] * 56)


def test_pytorchs_one_cycle_peaks_a_step_early_after_a_cosine_and_ends_lower_and_in_an_error() -> None:
    settings = {"total_steps": 20, "pct_start": "0.33", "div_factor": "10.0", "final_div_factor": "50.0"}
    spec = schedule("OneCycleLR", ["1.0", "1.0"], **settings)
    ours, theirs = of_the_oracle(spec), of_torch(spec, walk(range(1, 21)))
    assert_same(ours[:7], [[0.1 + 0.9 * t / 6.6] * 2 for t in range(7)])
    assert_same(theirs[:6], [[0.1 + 0.9 * (1 - cos(pi * t / 5.6)) / 2] * 2 for t in range(6)])
    assert_same(ours[20:], [[1.0 / 50] * 2] * 45)
    assert_same(theirs[19:20], [[0.1 / 50] * 2])
    with pytest.raises(ValueError, match="total steps"):
        of_torch(spec, walk(range(1, 22)))


def test_in_pytorch_a_constant_negative_metric_improves_for_ever_on_a_relative_threshold() -> None:
    spec, do = plateau(factor="0.5", patience=1), [measure("-1.0")] * 5
    assert [rate for rate, _ in of_the_oracle(spec, do)] == [0.3, 0.3, 0.3, 0.15, 0.15, 0.075]
    assert of_torch(spec, do) == [BASES] * 6


@pytest.mark.parametrize(("name", "first"), [("LinearLR", "start_factor"), ("ConstantLR", "factor")])
def test_in_pytorch_a_warm_up_of_no_length_is_never_over(name: str, first: str) -> None:
    spec = schedule(name, total_iters=0, **{first: "0.2"})
    assert_same(of_the_oracle(spec), [BASES] * 65)
    assert_same(of_torch(spec), [[b * 0.2 for b in BASES]] * 65)


def test_pytorch_misses_the_beginning_of_a_cycle_that_it_jumps_to() -> None:
    spec = schedule("CosineAnnealingWarmRestarts", T_0=1, T_mult=10, eta_min="0.01")
    assert of_the_oracle(spec, [jump(111)])[1] == BASES
    assert of_torch(spec, [jump(111)])[1] == [0.01, 0.01]
