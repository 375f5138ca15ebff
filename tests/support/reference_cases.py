"""What the tests of the reference share: arguments for every exported class, and a training that carries errors on."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optimspec

BASE_LRS: Final = [0.3, 0.02]
ONE_RATE: Final = ("Prodigy",)  # the classes whose groups must have one rate


def inverse(t: Any) -> Any:
    return 1 / (1 + t)


def nearly_one(t: Any) -> Any:
    return 1 - 1 / (2 + t)


# A later class without an entry fails the tests of its kind. Hardly an argument is a default one.
SCHEDULERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ChainedScheduler": lambda b: new_chain(b),
    "ConstantLR": lambda b: optimspec.ConstantLR(b, factor=0.25, total_iters=9),
    "CosineAnnealingLR": lambda b: optimspec.CosineAnnealingLR(b, T_max=23, eta_min=0.001),
    "CosineAnnealingWarmRestarts": lambda b: optimspec.CosineAnnealingWarmRestarts(b, T_0=3, T_mult=2, eta_min=0.001),
    "CyclicLR": lambda b: optimspec.CyclicLR(
        b, max_lr=0.9, step_size_up=3, step_size_down=5, mode="exp_range", gamma=0.97
    ),
    "ExponentialDecayLR": lambda b: optimspec.ExponentialDecayLR(
        b, decay_steps=4, decay_rate=0.7, transition_begin=5, staircase=True, end_value=0.004
    ),
    "ExponentialLR": lambda b: optimspec.ExponentialLR(b, gamma=0.9),
    "LinearLR": lambda b: optimspec.LinearLR(b, start_factor=0.1, end_factor=0.7, total_iters=13),
    "MultiStepLR": lambda b: optimspec.MultiStepLR(b, milestones=[0, 4, 5, 31], gamma=0.3),
    "OneCycleLR": lambda b: optimspec.OneCycleLR(
        max_lr=b, total_steps=35, pct_start=0.4, div_factor=10.0, final_div_factor=100.0
    ),
    "PiecewiseConstantSchedule": lambda b: optimspec.PiecewiseConstantSchedule(
        b, boundaries=[0, 4, 31], values=[0.5, 0.3, 0.2, 0.1]
    ),
    "PolynomialLR": lambda b: optimspec.PolynomialLR(b, total_iters=23, power=1.7),
    "ReduceLROnPlateau": lambda b: optimspec.ReduceLROnPlateau(
        b, mode="max", factor=0.5, patience=1, threshold=0.01, threshold_mode="abs", cooldown=1, min_lr=0.001, eps=1e-6
    ),
    "SequentialLR": lambda b: optimspec.SequentialLR(
        [optimspec.LinearLR(start_factor=0.1), new_chain(b), optimspec.CosineAnnealingLR(T_max=9)], milestones=[6, 21]
    ),
    "StepLR": lambda b: optimspec.StepLR(b, step_size=7, gamma=0.5),
    "WarmupCosineSchedule": lambda b: optimspec.WarmupCosineSchedule(
        b, warmup_steps=6, total_steps=31, warmup_start_lr=0.0005, eta_min=0.001
    ),
    "WarmupStableDecay": lambda b: optimspec.WarmupStableDecay(
        b, warmup_steps=6, total_steps=31, decay_steps=11, decay="1-sqrt", warmup_start_lr=0.0005, eta_min=0.001
    ),
    "WarmupLinearSchedule": lambda b: optimspec.WarmupLinearSchedule(
        b, warmup_steps=6, total_steps=31, warmup_start_lr=0.0005, eta_min=0.001
    ),
    "WarmupPolynomialSchedule": lambda b: optimspec.WarmupPolynomialSchedule(
        b, warmup_steps=6, total_steps=31, power=1.7, warmup_start_lr=0.0005, eta_min=0.001
    ),
    "InverseSqrtSchedule": lambda b: optimspec.InverseSqrtSchedule(
        b, warmup_steps=6, timescale=9.0, warmup_start_lr=0.0005, eta_min=0.001
    ),
    "WarmupCosineRestarts": lambda b: optimspec.WarmupCosineRestarts(
        b, warmup_steps=6, total_steps=31, cycles=4, warmup_start_lr=0.0005, eta_min=0.001
    ),
    "PiecewiseLinearSchedule": lambda b: optimspec.PiecewiseLinearSchedule(
        b, milestones=[2, 4, 31], values=[0.5, 0.3, 0.2]
    ),
    "LambdaLR": lambda b: optimspec.LambdaLR(b, lr_lambda=inverse),
    "MultiplicativeLR": lambda b: optimspec.MultiplicativeLR(b, lr_lambda=nearly_one),
    "WarmupScheduler": lambda b: optimspec.WarmupScheduler(b, warmup_epochs=11, warmup_start_lr=0.0005),
}

# Two sets for each class, alike in their flags: a flag is compiled in, a number is not.
OPTIMIZERS: Final[Mapping[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "Adadelta": ({"rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}, {"rho": 0.7, "eps": 1e-2, "weight_decay": 0.2}),
    "Adagrad": (
        {"lr_decay": 0.1, "initial_accumulator_value": 0.3, "eps": 1e-3, "weight_decay": 0.1},
        {"lr_decay": 0.2, "initial_accumulator_value": 0.1, "eps": 1e-2, "weight_decay": 0.2},
    ),
    "AdamW": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Adamax": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Lion": ({"betas": (0.8, 0.95), "weight_decay": 0.1}, {"betas": (0.7, 0.9), "weight_decay": 0.2}),
    "Momentum": ({"momentum": 0.8, "weight_decay": 0.1}, {"momentum": 0.7, "weight_decay": 0.2}),
    "MomentumNesterov": ({"momentum": 0.8, "weight_decay": 0.1}, {"momentum": 0.7, "weight_decay": 0.2}),
    "Nadam": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.05},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2, "momentum_decay": 0.01},
    ),
    "RAdam": (
        {"betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.95), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Rprop": (
        {"etas": (0.6, 1.3), "step_sizes": (1e-4, 2.0)},
        {"etas": (0.5, 1.1), "step_sizes": (1e-5, 1.0)},
    ),
    "Adam": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1, "amsgrad": True},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2, "amsgrad": True},
    ),
    "RMSprop": (
        {"alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.8, "centered": True},
        {"alpha": 0.8, "eps": 1e-2, "weight_decay": 0.2, "momentum": 0.7, "centered": True},
    ),
    "AdaBelief": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Adafactor": (
        {"eps": (1e-3, 1e-2), "clip_threshold": 0.8, "decay_rate": 0.6, "beta1": 0.7, "weight_decay": 0.1},
        {"eps": (1e-4, 1e-3), "clip_threshold": 0.9, "decay_rate": 0.7, "beta1": 0.8, "weight_decay": 0.2},
    ),
    "Fromage": ({}, {}),
    "LBFGS": ({"memory_size": 3}, {"memory_size": 3}),
    "Lamb": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Lars": (
        {"momentum": 0.8, "trust_coefficient": 0.3, "eps": 1e-3, "weight_decay": 0.1},
        {"momentum": 0.7, "trust_coefficient": 0.2, "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Lookahead": (
        {"base_optimizer": optimspec.Adam(betas=(0.8, 0.99)), "sync_period": 3, "alpha": 0.7, "weight_decay": 0.1},
        {"base_optimizer": optimspec.Adam(betas=(0.7, 0.9)), "sync_period": 2, "alpha": 0.3, "weight_decay": 0.2},
    ),
    "Novograd": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "SM3": (
        {"momentum": 0.8, "eps": 1e-3, "weight_decay": 0.1},
        {"momentum": 0.7, "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Yogi": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "ASGD": (
        {"lambd": 0.1, "alpha": 0.6, "t0": 1, "weight_decay": 0.1},
        {"lambd": 0.2, "alpha": 0.8, "t0": 3, "weight_decay": 0.2},
    ),
    "Muon": (
        {"momentum": 0.8, "ns_steps": 4, "eps": 1e-3, "weight_decay": 0.1},
        {"momentum": 0.7, "ns_coefficients": (2.0, -1.5, 0.5), "weight_decay": 0.2},
    ),
    "ScheduleFreeAdamW": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "warmup_steps": 3, "r": 0.5, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_lr_power": 1.0, "weight_decay": 0.2},
    ),
    "ScheduleFreeSGD": (
        {"momentum": 0.8, "warmup_steps": 3, "r": 0.5, "weight_decay": 0.1},
        {"momentum": 0.7, "weight_lr_power": 1.0, "weight_decay": 0.2},
    ),
    "Adan": (
        {"betas": (0.8, 0.7, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.6, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "AdEMAMix": (
        {
            "betas": (0.8, 0.9, 0.95),
            "alpha": 2.0,
            "alpha_warmup": 7,
            "beta3_warmup": 9,
            "eps": 1e-3,
            "weight_decay": 0.1,
        },
        {
            "betas": (0.7, 0.8, 0.9),
            "alpha": 3.0,
            "alpha_warmup": 3,
            "beta3_warmup": 5,
            "eps": 1e-4,
            "weight_decay": 0.2,
        },
    ),
    "CautiousAdamW": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "ADOPT": (
        {"betas": (0.8, 0.99), "eps": 1e-3, "weight_decay": 0.1},
        {"betas": (0.7, 0.9), "eps": 1e-4, "weight_decay": 0.2},
    ),
    "Prodigy": (
        {
            "betas": (0.8, 0.99),
            "beta3": 0.9,
            "eps": 1e-3,
            "weight_decay": 0.1,
            "d0": 0.5,
            "d_coef": 20.0,
            "growth_rate": 1.1,
            "bias_correction": True,
            "safeguard_warmup": True,
        },
        {
            "betas": (0.7, 0.9),
            "beta3": 0.8,
            "eps": 1e-4,
            "weight_decay": 0.2,
            "d0": 0.4,
            "d_coef": 10.0,
            "growth_rate": 1.2,
            "bias_correction": True,
            "safeguard_warmup": True,
        },
    ),
    "SGD": (
        {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
        {"momentum": 0.8, "weight_decay": 0.2, "nesterov": True},
    ),
}

States = dict[str, optimspec.ParamState]


def exported(kind: type) -> list[str]:
    """List the classes of a kind that the package offers, without those that others are made from."""
    offered = {name: getattr(optimspec, name) for name in optimspec.__all__}
    classes = {name: found for name, found in offered.items() if isinstance(found, type)}
    return [name for name, cls in classes.items() if issubclass(cls, kind) and not inspect.isabstract(cls)]


def base_lrs(name: str) -> list[float]:
    """Give base rates of as many groups as can have their own in the class."""
    return BASE_LRS[:1] if name in ONE_RATE else BASE_LRS


def new_optimizer(name: str, lr: Any = 0.05, states: Any = None) -> Any:
    optimizer = getattr(optimspec, name)(lr=lr, **OPTIMIZERS[name][0])
    if states is not None:
        optimizer.register_trainable_weights(states)
    return optimizer


def new_chain(base_lr: Any = 0.05) -> optimspec.ChainedScheduler:
    return optimspec.ChainedScheduler(
        [optimspec.LinearLR(start_factor=0.2, total_iters=7), optimspec.ExponentialLR(base_lr, gamma=0.95)]
    )


def shaped(name: str, array: Any) -> Any:
    """Give an array in a shape that the class takes: it or, for Muon, a matrix of its elements."""
    return array.reshape((len(array), -1)) if name == "Muon" else array


def new_states(dtype: Any = "float32", name: str = "") -> States:
    values = {"w": np.array([[1.0, -0.75, 0.5], [2.0, 1.5, -1.25]]), "v": shaped(name, np.array([0.625, -1.75]))}
    # without x64 a jax array cannot be of float64, a numpy array can
    held = np.asarray if dtype == "float64" else jnp.asarray
    return {key: optimspec.ParamState(held(value.astype(dtype))) for key, value in values.items()}


def gradients(k: int, states: Mapping[str, Any]) -> dict[str, Any]:
    """Give the gradients of step k: they depend on the weights, so that an early difference is seen at the end."""

    def gradient(p: Any) -> Any:
        exact = np.asarray(p, np.float64)
        return (exact - 2 * np.cos(k + np.arange(exact.size)).reshape(exact.shape)).astype(p.dtype)

    return {key: jax.tree.map(gradient, state.value) for key, state in states.items()}


def train(optimizer: Any, states: Mapping[str, Any], steps: Iterable[int], *schedulers: optimspec.Schedule) -> None:
    for k in steps:
        optimizer.step(gradients(k, states))
        for scheduler in schedulers:
            scheduler.step()


def bits(states: Mapping[str, Any]) -> dict[str, list[bytes]]:
    return {key: [np.asarray(p).tobytes() for p in jax.tree.leaves(state.value)] for key, state in states.items()}


def assert_close(states: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Compare float32 weights of two differently compiled steps: equal but for a few roundings."""
    assert states.keys() == expected.keys()
    for key, state in states.items():
        np.testing.assert_allclose(state.value, expected[key].value, rtol=2e-6)
