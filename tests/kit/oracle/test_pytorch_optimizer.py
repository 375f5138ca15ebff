"""The oracle's optimizers against the installed pytorch_optimizer: the same weights under its conventions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from optimspec_conformance.scenarios.values import Json, Scenario
from trained import (
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients_of_each_step,
    made,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

torch: Any = pytest.importorskip("torch")
library: Any = pytest.importorskip("pytorch_optimizer")
Build = Callable[..., Any]


def of_torch(scenario: Scenario, build: Build) -> list[Arrays]:
    """The weights after each step of what ``build`` makes of the weights, the rate and the arguments."""
    tensors = {key: torch.nn.Parameter(torch.tensor(w)) for key, w in starting_weights(scenario).items()}
    optimizer = build(list(tensors.values()), rates(scenario)[0], **arguments(scenario))
    stepped = []
    for lr, grads in zip(rates(scenario), gradients_of_each_step(scenario), strict=True):
        optimizer.param_groups[0]["lr"] = lr
        for key, gradient in grads.items():
            tensors[key].grad = torch.tensor(gradient)
        optimizer.step()
        stepped.append({key: tensor.detach().numpy().copy() for key, tensor in tensors.items()})
    return stepped


def adan(weights: Any, lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    """Without ``weight_decouple``, which subtracts, its weight decay is that of the paper."""
    return library.Adan(
        weights, lr, tuple(betas), weight_decay=weight_decay, weight_decouple=False, max_grad_norm=0.0, eps=eps
    )


def ademamix(weights: Any, lr: float, betas: list[float], alpha: float, eps: float, **hyper: Any) -> Any:
    """It has one warm-up for both."""
    warmup = hyper.pop("alpha_warmup", None)
    assert hyper.pop("beta3_warmup", None) == warmup
    return library.AdEMAMix(weights, lr, tuple(betas), alpha=alpha, t_alpha_beta3=warmup, eps=eps, **hyper)


def decoupled_ademamix(*args: Any, **hyper: Any) -> Any:
    return ademamix(*args, **hyper, weight_decouple=True)


def cautious(weights: Any, lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    """Its AdEMAMix masks the first momentum alone; with an alpha of 0 there is no other."""
    decay = {"weight_decay": weight_decay, "weight_decouple": True}
    return library.AdEMAMix(weights, lr, (*betas, 0.5), alpha=0.0, eps=eps, cautious=True, **decay)


def adopt(weights: Any, lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    return library.ADOPT(weights, lr, tuple(betas), weight_decay=weight_decay, eps=eps)


def adopt_of_timm(weights: Any, lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    """It takes the bound as a function of k."""
    decay = {"weight_decay": weight_decay, "weight_decouple": True}
    return library.ADOPT(weights, lr, tuple(betas), lambda k: (k - 1) ** 0.333, eps=eps, **decay)


SAME: list[tuple[str, Build, dict[str, Json]]] = [
    ("Adan", adan, {}),
    ("Adan", adan, {"betas": ["0.98", "0.92", "0.99"], "eps": "0.3", "weight_decay": "0.7"}),
    ("AdEMAMix", decoupled_ademamix, {"weight_decay": "0.3"}),
    ("AdEMAMix", decoupled_ademamix, {"alpha_warmup": 9, "beta3_warmup": 9, "alpha": "5.0"}),
]
PARTING: list[tuple[str, str, Build, dict[str, Json]]] = [
    ("AdEMAMix", "pytorch_optimizer", ademamix, {}),
    ("AdEMAMix", "pytorch_optimizer", ademamix, {"alpha_warmup": 9, "beta3_warmup": 9, "weight_decay": "0.7"}),
    ("ADOPT", "pytorch_optimizer", adopt, {}),
    ("ADOPT", "pytorch_optimizer", adopt, {"betas": ["0.9", "0.9999"], "eps": "0.3", "weight_decay": "0.7"}),
    ("ADOPT", "timm", adopt_of_timm, {"weight_decay": "0.0"}),
    ("CautiousAdamW", "paper", cautious, {}),
    ("CautiousAdamW", "paper", cautious, {"betas": ["0.95", "0.9"], "eps": "0.3", "weight_decay": "0.7"}),
]


@pytest.mark.parametrize(("name", "build", "hyper"), SAME)
@pytest.mark.parametrize("moving", [False, True], ids=["steady", "moving"])
def test_an_optimizer_of_the_same_rule_has_its_weights(
    name: str, build: Build, hyper: dict[str, Json], moving: bool
) -> None:
    scenario = under_a_falling_rate(made(name, **hyper)) if moving else made(name, **hyper)
    assert_same(of_the_oracle(scenario), of_torch(scenario, build))


@pytest.mark.parametrize(("name", "convention", "build", "hyper"), PARTING)
def test_a_convention_has_its_weights(name: str, convention: str, build: Build, hyper: dict[str, Json]) -> None:
    scenario = made(name, **hyper)
    theirs = of_torch(scenario, build)
    assert_same(of_the_oracle(scenario, convention), theirs)
    assert apart(of_the_oracle(scenario), theirs)
