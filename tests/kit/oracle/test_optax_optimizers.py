"""The oracle's optimizers against the installed optax, in float64: the same weights where the rules are the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest
from optimspec_conformance.scenarios.values import Json, Scenario, decode
from trained import (
    Arrays,
    apart,
    arguments,
    assert_same,
    gradients,
    gradients_of_each_step,
    made,
    of_shape,
    of_the_oracle,
    rates,
    starting_weights,
    under_a_falling_rate,
)

optax: Any = pytest.importorskip("optax")

TRUE, FALSE = {"bool": True}, {"bool": False}


def of_optax(
    scenario: Scenario,
    build: Callable[..., Any],
    wrap: Callable[[Any], Any] = lambda params: params,
    weights: Callable[[Any], Any] = lambda params: params,
) -> list[Arrays]:
    """The weights after each step of what ``build`` makes of the rate, or of a schedule, and of the arguments.

    ``wrap`` makes what optax takes for its parameters of plain weights, ``weights`` finds them there.
    """
    with jax.enable_x64(True):
        lrs = rates(scenario)
        lr = lrs[0] if len(set(lrs)) == 1 else lambda steps_before: jax.numpy.asarray(lrs)[steps_before]
        params = wrap(jax.tree.map(jax.numpy.asarray, starting_weights(scenario)))
        optimizer = build(lr, **arguments(scenario))
        state = optimizer.init(params)
        stepped = []
        for grads in gradients_of_each_step(scenario):
            updates, state = optimizer.update(jax.tree.map(jax.numpy.asarray, grads), state, params)
            params = optax.apply_updates(params, updates)
            stepped.append({key: np.asarray(p) for key, p in weights(params).items()})
    return stepped


def lion(lr: float, betas: list[float], weight_decay: float = 0.0) -> Any:
    return optax.lion(lr, b1=betas[0], b2=betas[1], weight_decay=weight_decay)


def rmsprop(lr: float, alpha: float, weight_decay: float = 0.0, **hyper: Any) -> Any:
    rule = optax.rmsprop(lr, decay=alpha, eps_in_sqrt=True, **hyper)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def adagrad(
    lr: float, initial_accumulator_value: float, eps: float, lr_decay: float = 0.0, weight_decay: float = 0.0
) -> Any:
    def decayed(steps_before: Any) -> Any:
        return lr / (1 + steps_before * lr_decay)

    rule = optax.adagrad(decayed, initial_accumulator_value=initial_accumulator_value, eps=eps)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def amsgrad(lr: float, betas: list[float], eps: float, amsgrad: bool) -> Any:
    return optax.amsgrad(lr, b1=betas[0], b2=betas[1], eps=eps)


def lamb(lr: float, betas: list[float], eps: float, weight_decay: float = 0.0) -> Any:
    return optax.lamb(lr, b1=betas[0], b2=betas[1], eps=eps, weight_decay=weight_decay)


def yogi(lr: float, betas: list[float], eps: float, weight_decay: float = 0.0) -> Any:
    return optax.chain(optax.add_decayed_weights(weight_decay), optax.yogi(lr, b1=betas[0], b2=betas[1], eps=eps))


def adabelief(lr: float, betas: list[float], eps: float, weight_decay: float = 0.0) -> Any:
    rule = optax.adabelief(lr, b1=betas[0], b2=betas[1], eps=eps)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule)


def adabelief_of_one_epsilon(lr: float, betas: list[float], eps: float) -> Any:
    return optax.adabelief(lr, b1=betas[0], b2=betas[1], eps=eps, eps_root=eps)


def novograd(lr: float, betas: list[float], eps: float, weight_decay: float = 0.0) -> Any:
    return optax.novograd(lr, b1=betas[0], b2=betas[1], eps=eps, weight_decay=weight_decay)


def sm3(lr: float, momentum: float, eps: float = 1e-8, weight_decay: float = 0.0) -> Any:
    rule = optax.scale_by_sm3(momentum, eps=eps)
    return optax.chain(optax.add_decayed_weights(weight_decay), rule, optax.scale_by_learning_rate(lr))


def lbfgs(lr: float, memory_size: int, **hyper: Any) -> Any:
    return optax.lbfgs(lr, memory_size, linesearch=None, **hyper)


def adafactor(
    lr: float,
    eps: list[float],
    clip_threshold: float,
    decay_rate: float,
    beta1: float | None = None,
    weight_decay: float = 0.0,
    factored: bool = True,
) -> Any:
    """The parts of optax's in the order of the specification, its β₂ in float64, and small arrays factored too."""

    def power(steps_before: Any, rate: float) -> Any:
        return 1 - (steps_before + 1.0) ** -rate

    return optax.chain(
        optax.scale_by_factored_rms(factored, decay_rate, 0, 1, eps[0], decay_rate_fn=power),
        optax.clip_by_block_rms(clip_threshold),
        optax.identity() if beta1 is None else optax.ema(beta1, debias=False),
        optax.add_decayed_weights(weight_decay),
        optax.scale_by_learning_rate(lr),
    )


def relative_adafactor(lr: float, eps: list[float], **hyper: Any) -> Any:
    def falling(steps_before: Any) -> Any:
        return lr * jax.numpy.minimum(0.01, (steps_before + 1.0) ** -0.5)

    return optax.chain(
        adafactor(1.0, eps, **hyper), optax.scale_by_param_block_rms(eps[1]), optax.scale_by_schedule(falling)
    )


def adan(lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    return optax.adan(lr, *betas, eps=eps, eps_root=0.0, weight_decay=weight_decay)


def ademamix(
    lr: float,
    betas: list[float],
    alpha: float,
    eps: float,
    weight_decay: float,
    alpha_warmup: int | None = None,
    beta3_warmup: int | None = None,
) -> Any:
    """Warm-ups are schedules, which are given the number of steps before."""

    def warm_alpha(steps_before: Any) -> Any:
        return alpha * jax.numpy.minimum(steps_before / np.float64(alpha_warmup or 1), 1.0)

    def warm_beta3(steps_before: Any) -> Any:
        done = jax.numpy.minimum(steps_before / np.float64(beta3_warmup or 1), 1.0)
        return jax.numpy.exp(1 / ((1 - done) / math.log(betas[0]) + done / math.log(betas[2])))

    return optax.contrib.ademamix(
        lr,
        betas[0],
        betas[1],
        betas[2] if beta3_warmup is None else warm_beta3,
        alpha if alpha_warmup is None else warm_alpha,
        eps=eps,
        weight_decay=weight_decay,
    )


def adopt(lr: float, betas: list[float], eps: float, weight_decay: float) -> Any:
    """There is no weight decay."""
    assert weight_decay == 0
    return optax.contrib.adopt(lr, *betas, eps=eps)


def lookahead(lr: float, base_optimizer: Scenario, sync_period: int, alpha: float) -> Any:
    bases = {
        "SGD": lambda: optax.sgd(lr, decode(base_optimizer["momentum"])),
        "Adam": lambda: optax.adam(lr, *decode(base_optimizer["betas"]), decode(base_optimizer["eps"])),
    }
    return optax.lookahead(bases[base_optimizer["class"]](), sync_period, alpha)


SAME: list[tuple[str, Callable[..., Any], dict[str, Json]]] = [
    ("Lion", lion, {}),
    ("Lion", lion, {"betas": ["0.5", "0.9"], "weight_decay": "0.3"}),
    ("Adadelta", optax.adadelta, {"lr": "1.0"}),
    ("Adadelta", optax.adadelta, {"rho": "0.99", "eps": "0.3", "weight_decay": "0.2"}),
    ("RMSprop", rmsprop, {"momentum": "0.0", "eps": "0.3", "centered": FALSE}),
    ("RMSprop", rmsprop, {"momentum": "0.7", "weight_decay": "0.2", "centered": FALSE}),
    ("RMSprop", rmsprop, {"momentum": "0.7", "eps": "0.01", "centered": TRUE}),
    ("Adagrad", adagrad, {"eps": "0.3", "lr_decay": "0.1"}),
    ("Adagrad", adagrad, {"initial_accumulator_value": "0.7", "lr_decay": "0.0", "weight_decay": "0.2"}),
    ("Adam", amsgrad, {"amsgrad": TRUE, "eps": "0.3"}),
    ("Lamb", lamb, {}),
    ("Lamb", lamb, {"betas": ["0.9", "0.999"], "eps": "0.3", "weight_decay": "0.7"}),
    ("Lars", optax.lars, {"eps": "0.01"}),
    ("Lars", optax.lars, {"lr": "1.0", "eps": "0.3", "momentum": "0.9", "weight_decay": "0.7"}),
    ("Yogi", yogi, {}),
    ("Yogi", yogi, {"betas": ["0.9", "0.999"], "eps": "0.3", "weight_decay": "0.2"}),
    ("AdaBelief", adabelief, {"eps": "1e-16"}),
    ("AdaBelief", adabelief_of_one_epsilon, {}),
    ("AdaBelief", adabelief_of_one_epsilon, {"betas": ["0.9", "0.999"], "eps": "0.3"}),
    ("Novograd", novograd, {}),
    ("Novograd", novograd, {"betas": ["0.9", "0.25"], "eps": "0.3", "weight_decay": "0.7"}),
    ("Fromage", optax.fromage, {}),
    ("Fromage", optax.fromage, {"lr": "1.0"}),
    ("Adafactor", adafactor, {"beta1": "0.7"}),
    ("Adafactor", adafactor, {"beta1": None, "clip_threshold": "1.3", "weight_decay": "0.7"}),
    ("Adafactor", adafactor, {"factored": FALSE, "decay_rate": "0.8"}),
    ("AdEMAMix", ademamix, {}),
    ("AdEMAMix", ademamix, {"betas": ["0.9", "0.999", "0.9999"], "eps": "0.3", "weight_decay": "0.7"}),
    ("ADOPT", adopt, {"weight_decay": "0.0"}),
    ("ADOPT", adopt, {"betas": ["0.9", "0.9999"], "eps": "0.3", "weight_decay": "0.0"}),
    ("Adafactor", relative_adafactor, {"lr": None}),
    ("Adafactor", relative_adafactor, {"lr": None, "eps": ["0.01", "1.5"], "weight_decay": "0.7"}),
]


@pytest.mark.parametrize(
    ("name", "build", "hyper"), SAME, ids=[f"{name}-{'-'.join(hyper) or 'example'}" for name, _, hyper in SAME]
)
def test_an_optimizer_of_the_same_rule_has_optaxs_weights(
    name: str, build: Callable[..., Any], hyper: dict[str, Json]
) -> None:
    scenario = made(name, **hyper)
    assert_same(of_the_oracle(scenario), of_optax(scenario, build))


LONG_FIRST, LONG_LAST, EQUAL = [5, 1, 3], [2, 3, 4], [3, 3, 3]


@pytest.mark.parametrize("shape", [LONG_FIRST, LONG_LAST, EQUAL], ids=str)
@pytest.mark.parametrize(("name", "build"), [("Adafactor", adafactor), ("SM3", sm3)])
def test_the_slices_of_an_array_of_three_axes_are_optaxs(
    name: str, build: Callable[..., Any], shape: list[int]
) -> None:
    scenario = of_shape(made(name), shape)
    assert_same(of_the_oracle(scenario), of_optax(scenario, build))


@pytest.mark.parametrize("hyper", [{}, {"momentum": "0.0", "eps": "0.3", "weight_decay": "0.2"}], ids=str)
@pytest.mark.parametrize("shape", [[5], [2, 3]], ids=str)
def test_sm3_has_optaxs_weights_but_for_a_scalar(hyper: dict[str, Json], shape: list[int]) -> None:
    scenario = of_shape(made("SM3", **hyper), shape)
    assert_same(of_the_oracle(scenario), of_optax(scenario, sm3))


def test_optax_cannot_take_sm3_to_a_scalar() -> None:
    with pytest.raises(IndexError):
        of_optax(of_shape(made("SM3"), []), sm3)


@pytest.mark.parametrize("hyper", [{}, {"memory_size": 10, "scale_init_precond": FALSE}, {"lr": "1.0"}], ids=str)
def test_lbfgs_has_optaxs_weights_without_a_line_search(hyper: dict[str, Json]) -> None:
    scenario = made("LBFGS", **hyper) | {"do": gradients(smooth=True)}
    assert_same(of_the_oracle(scenario), of_optax(scenario, lbfgs))


def test_optaxs_lbfgs_stands_still_after_a_step_at_rate_zero() -> None:
    warming = {"class": "LinearLR", "base_lr": "0.2", "start_factor": "0.0", "total_iters": 4}
    scenario = under_a_falling_rate(made("LBFGS") | {"do": gradients(smooth=True)}) | {"scheduler": warming}
    theirs = of_optax(scenario, lbfgs)
    assert_same([starting_weights(scenario)] * len(theirs), theirs)
    assert apart(of_the_oracle(scenario), theirs)


SGD: Scenario = {"class": "SGD", "momentum": "0.5"}
ADAM: Scenario = {"class": "Adam", "betas": ["0.8", "0.95"], "eps": "0.001"}


@pytest.mark.parametrize("base", [SGD, ADAM], ids=lambda base: str(base["class"]))
@pytest.mark.parametrize("hyper", [{}, {"sync_period": 1, "alpha": "0.3"}, {"sync_period": 5}], ids=str)
def test_lookahead_has_the_weights_of_optaxs_fast_parameters(base: Scenario, hyper: dict[str, Json]) -> None:
    scenario = made("Lookahead", base_optimizer=base, **hyper)
    theirs = of_optax(scenario, lookahead, optax.LookaheadParams.init_synced, lambda params: params.fast)
    assert_same(of_the_oracle(scenario), theirs)


FALLING = [
    ("Lamb", lamb),
    ("Yogi", yogi),
    ("AdaBelief", adabelief_of_one_epsilon),
    ("Novograd", novograd),
    ("Fromage", optax.fromage),
    ("Adafactor", adafactor),
    ("AdEMAMix", ademamix),
]


@pytest.mark.parametrize(("name", "build"), FALLING, ids=[name for name, _ in FALLING])
def test_an_optimizer_follows_its_schedule_as_optaxs_does(name: str, build: Callable[..., Any]) -> None:
    scenario = under_a_falling_rate(made(name))
    assert_same(of_the_oracle(scenario), of_optax(scenario, build))


def test_optaxs_momentum_of_lars_holds_the_rate() -> None:
    scenario = under_a_falling_rate(made("Lars"))
    assert apart(of_the_oracle(scenario), of_optax(scenario, optax.lars))


PARTING: list[tuple[str, Callable[..., Any], dict[str, Json]]] = [
    ("AdaBelief", adabelief, {"eps": "0.001"}),
    ("AdaBelief", adabelief, {"eps": "0.3", "weight_decay": "0.2"}),
    ("Adan", adan, {}),
    ("Adan", adan, {"betas": ["0.98", "0.92", "0.99"], "eps": "0.3", "weight_decay": "0.7"}),
    ("AdEMAMix", ademamix, {"alpha_warmup": 7, "beta3_warmup": 9}),
    ("AdEMAMix", ademamix, {"alpha_warmup": 40}),
    ("AdEMAMix", ademamix, {"beta3_warmup": 40, "alpha": "5.0"}),
]


@pytest.mark.parametrize(
    ("name", "build", "hyper"),
    PARTING,
    ids=[f"{name}-{'-'.join(hyper) or 'example'}" for name, _, hyper in PARTING],
)
def test_the_convention_optax_has_optaxs_weights(name: str, build: Callable[..., Any], hyper: dict[str, Json]) -> None:
    scenario = made(name, **hyper)
    theirs = of_optax(scenario, build)
    assert_same(of_the_oracle(scenario, "optax"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


def test_optaxs_adan_is_the_same_in_its_first_step() -> None:
    scenario = made("Adan", weight_decay="0.0")
    ours, theirs = of_the_oracle(scenario), of_optax(scenario, adan)
    np.testing.assert_allclose(theirs[0]["v"], ours[0]["v"], rtol=1e-12)
    assert apart(ours[1:2], theirs[1:2])


def rprop(lr: Any, etas: list[float], step_sizes: list[float]) -> Any:
    """optax's takes a number, here the first one."""
    return optax.rprop(lr(0) if callable(lr) else lr, *etas, *step_sizes)


FOLLOWING: list[tuple[str, Callable[..., Any], dict[str, Json]]] = [
    ("Rprop", rprop, {}),
    ("Rprop", rprop, {"etas": ["0.4", "1.7"], "step_sizes": ["0.1", "0.3"]}),
    ("Lars", optax.lars, {"eps": "0.01"}),
    ("Lars", optax.lars, {"eps": "0.3", "momentum": "0.9", "weight_decay": "0.7"}),
]


@pytest.mark.parametrize(
    ("name", "build", "hyper"),
    FOLLOWING,
    ids=[f"{name}-{'-'.join(hyper) or 'example'}" for name, _, hyper in FOLLOWING],
)
def test_the_convention_optax_has_optaxs_weights_at_a_falling_rate(
    name: str, build: Callable[..., Any], hyper: dict[str, Json]
) -> None:
    scenario = under_a_falling_rate(made(name, **hyper))
    theirs = of_optax(scenario, build)
    assert_same(of_the_oracle(scenario, "optax"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


DEFAULTS = [
    ("AdamW", optax.adamw),
    ("RMSprop", optax.rmsprop),
    ("Adagrad", optax.adagrad),
    ("Lion", optax.lion),
    ("Novograd", optax.novograd),
]


@pytest.mark.parametrize(("name", "build"), DEFAULTS, ids=[name for name, _ in DEFAULTS])
def test_the_convention_optax_has_optaxs_defaults(name: str, build: Callable[..., Any]) -> None:
    scenario = made(name, "0.5") | {"optimizer": {"class": name, "lr": "0.5"}}
    theirs = of_optax(scenario, build)
    assert_same(of_the_oracle(scenario, "optax"), theirs)
    assert apart(of_the_oracle(scenario), theirs)


def test_optaxs_adamax_follows_the_convention_torch() -> None:
    scenario = made("Adamax", eps="0.3")
    theirs = of_optax(scenario, lambda lr, betas, eps: optax.adamax(lr, *betas, eps))
    assert_same(of_the_oracle(scenario, "torch"), theirs)
    assert apart(of_the_oracle(scenario), theirs)
