"""Rates beside PyTorch's, in float64, where the spec means the same.

EXP-1, STEP-1, MULTI-1, COS-1 (up to T_max, after which PyTorch's rises), LIN-1, CONST-1, POLY-1, RESTART-1, CYC-1,
SEQ-1 to SEQ-5, CHAIN-1 and PLAT-1 to PLAT-8.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import optimspec
import pytest
from optimspec import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

LR = 0.01


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("scheduler", "torchs"),
    [
        (ExponentialLR(LR, 0.9), lambda lrs, optimizer: lrs.ExponentialLR(optimizer, 0.9)),
        (StepLR(LR, 7, 0.3), lambda lrs, optimizer: lrs.StepLR(optimizer, 7, 0.3)),
        (MultiStepLR(LR, [3, 4, 31], 0.3), lambda lrs, optimizer: lrs.MultiStepLR(optimizer, [3, 4, 31], 0.3)),
        (CosineAnnealingLR(LR, 60), lambda lrs, optimizer: lrs.CosineAnnealingLR(optimizer, 60)),
        (CosineAnnealingLR(LR, 60, 0.001), lambda lrs, optimizer: lrs.CosineAnnealingLR(optimizer, 60, 0.001)),
        (LinearLR(LR, 0.1, 0.7, 13), lambda lrs, optimizer: lrs.LinearLR(optimizer, 0.1, 0.7, 13)),
        (ConstantLR(LR, 0.3, 13), lambda lrs, optimizer: lrs.ConstantLR(optimizer, 0.3, 13)),
        (PolynomialLR(LR, 60, 1.7), lambda lrs, optimizer: lrs.PolynomialLR(optimizer, 60, 1.7)),
        (
            CosineAnnealingWarmRestarts(LR, 5, 2, 0.001),
            lambda lrs, optimizer: lrs.CosineAnnealingWarmRestarts(optimizer, 5, 2, 0.001),
        ),
        (
            CyclicLR(LR, 0.1, 7, 13, mode="triangular2"),
            lambda lrs, optimizer: lrs.CyclicLR(optimizer, LR, 0.1, 7, 13, mode="triangular2", cycle_momentum=False),
        ),
        (
            SequentialLR([LinearLR(LR, 0.1), CosineAnnealingLR(LR, 60)], [9]),
            lambda lrs, optimizer: lrs.SequentialLR(
                optimizer, [lrs.LinearLR(optimizer, 0.1), lrs.CosineAnnealingLR(optimizer, 60)], [9]
            ),
        ),
        (
            ChainedScheduler([LinearLR(start_factor=0.1), ExponentialLR(LR, 0.95), StepLR(step_size=20, gamma=0.5)]),
            lambda lrs, optimizer: lrs.ChainedScheduler(
                [lrs.LinearLR(optimizer, 0.1), lrs.ExponentialLR(optimizer, 0.95), lrs.StepLR(optimizer, 20, 0.5)]
            ),
        ),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, optimspec.Scheduler) else "",
)
def test_rates_are_those_of_torch(torch: Any, scheduler: optimspec.Schedule, torchs: Callable[[Any, Any], Any]) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    other = torchs(torch.optim.lr_scheduler, optimizer)
    expected = []
    for _ in range(61):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        other.step()
    np.testing.assert_allclose([scheduler.lr_at(t) for t in range(61)], expected, rtol=1e-12, atol=1e-12 * LR)


@pytest.mark.parametrize(
    "hyper",
    [
        {"factor": 0.5, "patience": 2},
        {"factor": 0.5, "patience": 1, "cooldown": 2, "threshold": 0.1, "min_lr": 0.001},
        {"mode": "max", "factor": 0.3, "patience": 0, "threshold_mode": "abs", "threshold": 0.2, "eps": 1e-4},
    ],
    ids=["short", "cooldown", "max-abs"],
)
def test_a_plateau_cuts_when_that_of_torch_does(torch: Any, hyper: dict[str, Any]) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **hyper)
    scheduler = ReduceLROnPlateau(LR, **hyper)
    improves_in_a_cooldown = [1.0, 1.0, 1.0, 1.0, 0.5, 0.6, 0.6, 0.6]
    for metric in improves_in_a_cooldown + np.random.default_rng(0).uniform(0.4, 1.5, 60).tolist():
        scheduler.step(metric)
        other.step(metric)
        assert scheduler.get_last_lr() == pytest.approx([optimizer.param_groups[0]["lr"]], rel=1e-12)
    assert scheduler.get_last_lr()[0] < LR
