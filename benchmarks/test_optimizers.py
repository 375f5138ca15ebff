"""A step of ten million weights, and of two hundred small ones; compilations; and a state, saved and loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from optimspec.base import Optimizer, update

from .conftest import Beside, Measured, waited

SIZE = 10**7
LR, DECAY = 1e-3, 0.01
RULES: dict[str, tuple[Callable[[], Optimizer], Callable[[Any], Any]]] = {
    "Adam": (lambda: optimspec.Adam(lr=LR), lambda optax: optax.adam(LR)),
    "AdamW": (
        lambda: optimspec.AdamW(lr=LR, weight_decay=DECAY),
        lambda optax: optax.adamw(LR, weight_decay=DECAY),
    ),
}
PURE_RULES = {
    **RULES,
    "ScheduleFreeAdamW": (
        lambda: optimspec.ScheduleFreeAdamW(lr=LR, weight_decay=DECAY),
        lambda optax: optax.contrib.schedule_free_adamw(LR, weight_decay=DECAY),
    ),
    "Muon": (
        lambda: optimspec.Muon(lr=LR, weight_decay=DECAY),
        lambda optax: optax.contrib.muon(LR, weight_decay=DECAY),
    ),
}
MATRIX = {"Muon": (1024, 1024)}  # for its weight, since its steps take long


def random_arrays(count: int, size: int | tuple[int, ...]) -> list[Any]:
    random = np.random.default_rng(0)
    return [jnp.asarray(random.normal(size=size).astype("float32")) for _ in range(count)]


def pure(optimizer: Optimizer) -> Callable[..., tuple[Any, Any]]:
    """The rule of a class alone: new values and slots of one array."""
    rule, hyper = type(optimizer).apply, dict(optimizer.hyper)
    if not optimizer.coupled:
        hyper["weight_decay"] = DECAY

    def stepped(g: Any, slots: Any, p: Any, k: Any) -> tuple[Any, Any]:
        return rule(g, slots, p, LR, k, **hyper)

    return stepped


def of_optax(transformation: Any) -> Callable[..., tuple[Any, Any]]:
    optax = pytest.importorskip("optax")

    def stepped(g: Any, state: Any, p: Any, k: Any = None) -> tuple[Any, Any]:
        updates, state = transformation.update(g, state, p)
        return optax.apply_updates(p, updates), state

    return stepped


def repeated(step: Callable[..., tuple[Any, Any]], g: Any, state: Any, p: Any) -> Callable[[], object]:
    held = {"p": p, "state": state, "k": 0}

    def act() -> object:
        held["k"] += 1
        held["p"], held["state"] = step(g, held["state"], held["p"], jnp.int32(held["k"]))
        return waited(held["p"])

    return act


@pytest.mark.parametrize("rule", PURE_RULES)
def test_the_pure_rule_on_donated_arrays(beside: Beside, benchmark: Any, rule: str) -> None:
    """Beside the time, the memory that the compiled step takes besides what is donated to it."""
    made, transform = PURE_RULES[rule]
    shape = MATRIX.get(rule, SIZE)
    (p,), (g,) = random_arrays(1, shape), random_arrays(1, shape)
    optimizer, transformation = made(), transform(pytest.importorskip("optax"))
    acts, peaks = [], []
    for step, state in (
        (pure(optimizer), type(optimizer).init_slots(p, **optimizer.hyper)),
        (of_optax(transformation), transformation.init(p)),
    ):
        program = jax.jit(step, donate_argnums=(1, 2)).lower(g, state, p, jnp.int32(1)).compile()
        memory: Any = program.memory_analysis()
        peaks.append(
            memory.argument_size_in_bytes
            + memory.temp_size_in_bytes
            + memory.output_size_in_bytes
            - memory.alias_size_in_bytes
        )
        acts.append(repeated(program, g, state, jnp.copy(p)))
    size = "a matrix of 1024 rows and columns" if rule in MATRIX else "10^7 weights"
    beside(*acts, f"{rule}: the pure rule, {size}, donated, optax", "optax", 1.05)
    benchmark.extra_info.update(memory=peaks[0] / peaks[1])


@pytest.mark.parametrize(("count", "size", "bound"), [(1, SIZE, 0.7), (200, 16, 1.3)])
@pytest.mark.parametrize("rule", RULES)
def test_a_step(beside: Beside, rule: str, count: int, size: int, bound: float) -> None:
    made, transform = RULES[rule]
    weights, gradients = (dict(enumerate(random_arrays(count, size))) for _ in range(2))
    optimizer, transformation = made(), transform(pytest.importorskip("optax"))
    optimizer.register_trainable_weights({key: optimspec.ParamState(p) for key, p in weights.items()})
    theirs = repeated(jax.jit(of_optax(transformation)), gradients, transformation.init(weights), weights)
    label = "10^7 weights" if count == 1 else f"{count} small weights"
    what = f"{rule}: a step of {label}, optax without donation"
    beside(lambda: optimizer.step(gradients), theirs, what, "optax", bound, rounds=15 if count == 1 else 100)


def test_a_hundred_steps(measured: Measured) -> None:
    step: Any = update.update_weights
    before = step._cache_size()

    def act() -> None:
        scheduler = optimspec.ExponentialLR(LR)
        optimizer = optimspec.Adam(lr=scheduler)
        optimizer.register_trainable_weights({"w": optimspec.ParamState(jnp.ones(7))})
        for _ in range(100):
            optimizer.step({"w": jnp.ones(7)})
            scheduler.step()

    what = "100 steps with a moving rate, compiled"
    measured(act, what, "times", 1, value=lambda _: step._cache_size() - before)


@pytest.mark.parametrize(("name", "arrays", "bound"), [("the state", False, 2.0), ("the state as arrays", True, 2.2)])
def test_a_state_saved_and_loaded(beside: Beside, name: str, arrays: bool, bound: float) -> None:
    optimizer = optimspec.Adam(lr=LR)
    (p,) = random_arrays(1, SIZE)
    optimizer.register_trainable_weights({"w": optimspec.ParamState(p)})
    slots = np.ones(2 * SIZE, dtype="float32")
    beside(
        lambda: optimizer.load_state_dict(optimizer.state_dict(arrays=arrays)),
        lambda: slots.copy().copy(),
        f"Adam: {name} of 10^7 weights, copies of the bytes",
        "two copies",
        bound,
        rounds=5,
    )
