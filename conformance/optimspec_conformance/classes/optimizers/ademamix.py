"""AdEMAMix: spec/optimizers/ademamix.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...scenarios.case import Case
from ...scenarios.weights import optimizer_steps, training
from ..arithmetic import exp, log
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, Integer, Real, Triple
from ..faults import changing, formula, ignoring
from ..rule_faults import epsilon_inside, rooting, wrongly_decaying


def harmonic(beta1: Any, beta3: Any, done: Any) -> Any:
    """The β whose 1/ln β is ``done`` of the way from that of β₁ to that of β₃, where 1/ln 0 is 0."""
    inverse = (1 - done) * (1 / log(beta1) if beta1 else 0) + done * (1 / log(beta3) if beta3 else 0)
    return exp(1 / inverse) if inverse else 0 * beta1


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: int,
    sqrt: Any,
    betas: tuple[Any, Any, Any],
    alpha: Any,
    alpha_warmup: int | None,
    beta3_warmup: int | None,
    eps: Any,
    weight_decay: Any,
) -> Array:
    beta1, beta2, beta3 = betas
    if alpha_warmup and k < alpha_warmup:
        alpha = alpha * k / alpha_warmup
    if beta3_warmup and k < beta3_warmup:
        beta3 = harmonic(beta1, beta3, (k + 0 * beta1) / beta3_warmup)
    slots["m1"] = beta1 * slots["m1"] + (1 - beta1) * g
    slots["m2"] = beta3 * slots["m2"] + (1 - beta3) * g
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
    m1_hat, v_hat = slots["m1"] / (1 - beta1**k), slots["v"] / (1 - beta2**k)
    stepped: Array = p - lr * ((m1_hat + alpha * slots["m2"]) / (sqrt(v_hat) + eps) + weight_decay * p)
    return stepped


def straight(beta1: Any, beta3: Any, done: Any) -> Any:
    return (1 - done) * beta1 + done * beta3


def ademamix_variant(
    corrected: tuple[bool, bool, bool] = (True, False, True),
    steps_before: int = 0,
    between: Callable[[Any, Any, Any], Any] = harmonic,
    coupled: bool = False,
) -> Callable[..., Array]:
    """AdEMAMix with other bias corrections (of m₁, m₂, v), with another warm-up, or with coupled weight decay.

    ``steps_before`` is subtracted from the k of both warm-ups.
    """

    def update(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Any,
        k: int,
        sqrt: Any,
        betas: tuple[Any, Any, Any],
        alpha: Any,
        alpha_warmup: int | None,
        beta3_warmup: int | None,
        eps: Any,
        weight_decay: Any,
    ) -> Array:
        g = g + weight_decay * p if coupled else g
        beta1, beta2, beta3 = betas
        alpha_done, beta3_done = (
            min((k - steps_before + 0 * beta1) / length, 1) if length else 1 for length in (alpha_warmup, beta3_warmup)
        )
        beta3 = between(beta1, beta3, beta3_done) if beta3_done < 1 else beta3
        slots["m1"] = beta1 * slots["m1"] + (1 - beta1) * g
        slots["m2"] = beta3 * slots["m2"] + (1 - beta3) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m1, m2, v = (
            slots[name] / (1 - beta**k if is_corrected else 1)
            for name, beta, is_corrected in zip(("m1", "m2", "v"), (beta1, beta3, beta2), corrected, strict=True)
        )
        direction = (m1 + alpha * alpha_done * m2) / (sqrt(v) + eps)
        stepped: Array = p - lr * (direction + (0 if coupled else weight_decay) * p)
        return stepped

    return update


def cases() -> Iterator[Case]:
    plain = DEFINITION.config()
    yield Case("MIX-1", "twelve-steps", training(plain))
    yield Case("MIX-1", "unequal-betas", training(DEFINITION.config(betas=["0.3", "0.9", "0.6"])))
    yield Case("MIX-1", "no-memory", training(DEFINITION.config(betas=["0.0", "0.0", "0.0"]), optimizer_steps(4)))
    yield Case("MIX-2", "large-eps", training(DEFINITION.config(eps="0.3")))
    yield Case("MIX-2", "no-eps", training(DEFINITION.config(eps="0.0"), optimizer_steps(5, dense=True)))
    yield Case("MIX-2", "no-second-momentum", training(DEFINITION.config(alpha="0.0")))
    yield Case("MIX-2", "large-alpha", training(DEFINITION.config(alpha="8.0"), optimizer_steps(6)))
    slow = DEFINITION.config(betas=["0.95", "0.999", "0.99"])
    yield Case("MIX-3", "slow-betas", training(slow, optimizer_steps(20)))
    for name, length in {"one": 1, "five": 5, "not-yet-over": 40}.items():
        yield Case("MIX-4", f"warm-up-of-{name}", training(plain | {"alpha_warmup": length}, optimizer_steps(8)))
        yield Case("MIX-5", f"warm-up-of-{name}", training(plain | {"beta3_warmup": length}, optimizer_steps(8)))
    joined = [*optimizer_steps(3, keys=["v"]), *optimizer_steps(6, first=4)]
    both = plain | {"alpha_warmup": 4, "beta3_warmup": 6}
    yield Case("MIX-4", "of-each-weight", training(both, joined))
    yield Case("MIX-5", "beside-that-of-alpha", training(both))
    fast_first = DEFINITION.config(betas=["0.0", "0.95", "0.99"], beta3_warmup=5)
    yield Case("MIX-5", "from-0", training(fast_first, optimizer_steps(8)))
    decaying = DEFINITION.config(weight_decay="0.7")
    yield Case("MIX-6", "decay", training(decaying))
    falling = {"class": "StepLR", "base_lr": "0.2", "step_size": 1, "gamma": "0.3"}
    yield Case("MIX-6", "falling-rate", training(decaying, optimizer_steps(6, moving=True), scheduler=falling))
    yield Case("MIX-7", "defaults", training({"class": "AdEMAMix"}, optimizer_steps(4, scale=10.0)))
    defaults = {"class": "AdEMAMix", "lr": "0.1", "eps": "0.01"}
    yield Case("MIX-7", "default-betas", training(defaults | {"alpha": "100.0"}, optimizer_steps(8)))
    yield Case("MIX-7", "default-alpha", training(defaults | {"betas": ["0.9", "0.999", "0.5"]}, optimizer_steps(6)))
    yield Case("MIX-7", "default-eps", training({"class": "AdEMAMix", "lr": "0.1"}, optimizer_steps(3, scale=1e-8)))


DEFINITION = OptimizerDefinition(
    name="AdEMAMix",
    slots=["m1", "m2", "v"],
    update=update,
    lr="0.001",
    parameters={
        "betas": Triple("[0, 1)", ["0.9", "0.999", "0.9999"], "MIX-8"),
        "alpha": Real(NON_NEGATIVE, "5.0", "OPT-28"),
        "alpha_warmup": Integer(1, None, "OPT-28", optional=True),
        "beta3_warmup": Integer(1, None, "OPT-28", optional=True),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
    },
    example={"betas": ["0.8", "0.95", "0.9"], "alpha": "2.0", "eps": "0.001", "weight_decay": "0.02"},
    variations={"warming-up": {"alpha_warmup": 6, "beta3_warmup": 9}},
    cases=cases,
    defaults="MIX-7",
    laws={"OPT-41": {"weight_decay": "0.0"}, "OPT-42": {"weight_decay": "0.0", "eps": "0.0"}},
    uses_step_count=True,
    coupled=False,
    profile="field",
    conventions=(
        Convention("optax", "warm-ups count from 0", ("MIX-4", "MIX-5"), ademamix_variant(steps_before=1)),
        Convention("pytorch_optimizer", "weight decay is coupled", ("MIX-6",), ademamix_variant(coupled=True)),
    ),
    faults=(
        formula("warm-ups that count from 0", "MIX-4", ademamix_variant(steps_before=1)),
        formula("warm-ups that count from 2", "MIX-5", ademamix_variant(steps_before=-1)),
        formula("no bias correction", "MIX-3", ademamix_variant(corrected=(False, False, False))),
        formula("no bias correction of the first momentum", "MIX-3", ademamix_variant(corrected=(False, False, True))),
        formula("the second momentum corrected too", "MIX-3", ademamix_variant(corrected=(True, True, True))),
        formula("no bias correction of the squares", "MIX-3", ademamix_variant(corrected=(True, False, False))),
        formula("β₃ warmed up in a straight line", "MIX-5", ademamix_variant(between=straight)),
        epsilon_inside("MIX-2"),
        changing("the first two betas swapped", "MIX-1", betas=lambda betas: (betas[1], betas[0], betas[2])),
        changing("the last two betas swapped", "MIX-1", betas=lambda betas: (betas[0], betas[2], betas[1])),
        ignoring("no second momentum, as in AdamW", "MIX-2", alpha=0),
        ignoring("no warm-up of alpha", "MIX-4", alpha_warmup=None),
        ignoring("no warm-up of β₃", "MIX-5", beta3_warmup=None),
        ignoring("epsilon ignored", "MIX-2", eps=0),
        rooting("no root", "MIX-2", lambda sqrt, x, **_: x),
        *wrongly_decaying("MIX-6", "MIX-6"),
    ),
)
