"""RAdam: spec/optimizers/radam.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Pair, Real
from ..faults import ignoring, wrapping
from ..rule_faults import betas_swapped, epsilon_inside, without_correction


def update(g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any) -> Array:
    m_hat, beta2 = moments(g, slots, k, betas), betas[1]
    r = rectification(k, beta2, sqrt)
    direction = m_hat if r is None else r * m_hat / (sqrt(slots["v"] / (1 - beta2**k)) + eps)
    stepped: Array = p - lr * direction
    return stepped


def epsilon_hat(
    g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, betas: tuple[Any, Any], eps: Any
) -> Array:
    m_hat, beta2 = moments(g, slots, k, betas), betas[1]
    r = rectification(k, beta2, sqrt)
    direction = m_hat if r is None else r * m_hat * sqrt(1 - beta2**k) / (sqrt(slots["v"]) + eps)
    stepped: Array = p - lr * direction
    return stepped


def moments(g: Array, slots: Slots, k: int, betas: tuple[Any, Any]) -> Any:
    """Update both moments; returns the bias-corrected first one."""
    beta1, beta2 = betas
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    return slots["m"] / (1 - beta1**k)


def rectification(k: int, beta2: Any, sqrt: Any) -> Any:
    """r_k, or None while ρ_k ≤ 5."""
    limit = 2 / (1 - beta2) - 1
    rho = limit - 2 * k * beta2**k / (1 - beta2**k)
    if rho <= 5:
        return None
    return sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))


def never_rectified(original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any) -> Any:
    r = rectification(k, hyper["betas"][1], sqrt)
    return original(g, slots, p, lr if r is None else lr / r, k, sqrt, **hyper)


def no_step_until_rectified(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    stepped = original(g, slots, p, lr, k, sqrt, **hyper)
    return p if rectification(k, hyper["betas"][1], sqrt) is None else stepped


def adam_until_rectified(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    stepped = original(g, slots, p, lr, k, sqrt, **hyper)
    if rectification(k, hyper["betas"][1], sqrt) is not None:
        return stepped
    beta1, beta2 = hyper["betas"]
    return p - lr * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + hyper["eps"])


def rectified_above_four(
    original: Any, g: Array, slots: Slots, p: Array, lr: Any, k: int, sqrt: Any, **hyper: Any
) -> Any:
    stepped, (beta1, beta2) = original(g, slots, p, lr, k, sqrt, **hyper), hyper["betas"]
    limit = 2 / (1 - beta2) - 1
    rho = limit - 2 * k * beta2**k / (1 - beta2**k)
    if not 4 < rho <= 5:
        return stepped
    r = sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
    return p - lr * r * slots["m"] / (1 - beta1**k) / (sqrt(slots["v"] / (1 - beta2**k)) + hyper["eps"])


def cases() -> Iterator[Case]:
    yield Case("RADAM-1", "twenty-steps", training(DEFINITION.config(), optimizer_steps(20)))
    yield Case("RADAM-1", "large-eps", training(DEFINITION.config(eps="0.3"), optimizer_steps(12)))
    yield Case("RADAM-1", "default-beta", training(DEFINITION.config(betas=["0.9", "0.999"]), optimizer_steps(12)))
    yield Case("RADAM-2", "first-steps", training(DEFINITION.config(betas=["0.8", "0.999"]), optimizer_steps(5)))
    yield Case("RADAM-2", "never-trusted", training(DEFINITION.config(betas=["0.8", "0.5"]), optimizer_steps(8)))
    yield Case("RADAM-3", "slow-betas", training(DEFINITION.config(betas=["0.95", "0.99"]), optimizer_steps(12)))
    yield Case("RADAM-3", "no-memory", training(DEFINITION.config(betas=["0.0", "0.0"]), optimizer_steps(4)))
    yield Case("RADAM-4", "defaults", training({"class": "RAdam"}, optimizer_steps(8, scale=10.0)))
    yield Case("RADAM-4", "default-betas", training({"class": "RAdam", "lr": "0.1", "eps": "0.01"}, optimizer_steps(9)))
    yield Case("RADAM-4", "default-eps", training({"class": "RAdam", "lr": "0.1"}, optimizer_steps(9, scale=1e-8)))
    fast = {"class": "RAdam", "lr": "1000.0", "betas": ["0.8", "0.95"]}
    yield Case("RADAM-4", "default-eps-alone", training(fast, optimizer_steps(9, scale=1e-10)))


DEFINITION = OptimizerDefinition(
    name="RAdam",
    slots=["m", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "RADAM-5"),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001"},
    cases=cases,
    defaults="RADAM-4",
    laws={"OPT-41": {}},
    uses_step_count=True,
    conventions=(Convention("torch", "epsilon is not corrected", ("RADAM-1",), epsilon_hat),),
    faults=(
        wrapping("never rectified", "RADAM-1", never_rectified),
        wrapping("no step until it is rectified", "RADAM-2", no_step_until_rectified),
        wrapping("the step until it is rectified is that of Adam", "RADAM-2", adam_until_rectified),
        wrapping("rectified while ρ is above 4", "RADAM-2", rectified_above_four),
        betas_swapped("RADAM-3"),
        epsilon_inside("RADAM-1"),
        ignoring("epsilon ignored", "RADAM-1", eps=0),
        wrapping("no bias correction of the first moment", "RADAM-3", without_correction(first=True, second=False)),
    ),
)
