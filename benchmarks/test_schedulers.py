"""A step and a read of the rate, attached to an optimizer; and the rates at a million times at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optimspec
import pytest

from .conftest import OURS, Measure, waited

STEPS, TIMES = 1000, 10**6
OF_BRAINTOOLS = 1 / 30


def exponential(library: Any, lr: float) -> Any:
    return library.ExponentialLR(lr, gamma=0.999)


def cosine(library: Any, lr: float) -> Any:
    return library.CosineAnnealingLR(lr, T_max=1000)


def chained(library: Any, lr: float) -> Any:
    return library.ChainedScheduler([exponential(library, lr), library.StepLR(lr, step_size=30, gamma=0.9)])


SCHEDULES = [exponential, cosine, chained]


def attached(library: Any, schedule: Callable[[Any, float], Any]) -> Callable[[], float]:
    """A step and a read in a library that has the native API."""
    scheduler = schedule(library, 0.1)
    optimizer = library.SGD(lr=scheduler)
    weight = getattr(library, "ParamState", None) or pytest.importorskip("brainstate").ParamState
    optimizer.register_trainable_weights({"w": weight(jnp.zeros(3))})

    def step_and_read() -> float:
        scheduler.step()
        rate: float = optimizer.current_lr
        return rate

    return step_and_read


def in_torch(schedule: Callable[[Any, float], Any]) -> Callable[[], float]:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(3))], lr=0.1)
    optimizer.step()

    class Wrapped:
        """PyTorch's schedulers take the optimizer in place of a rate."""

        def __getattr__(self, name: str) -> Any:
            made = getattr(torch.optim.lr_scheduler, name)
            return lambda first, **given: made(first if isinstance(first, list) else optimizer, **given)

    scheduler = schedule(Wrapped(), 0.1)

    def step_and_read() -> float:
        scheduler.step()
        rate: float = optimizer.param_groups[0]["lr"]
        return rate

    return step_and_read


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [OURS, "torch"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_step_and_a_read(side: Measure, schedule: Callable[[Any, float], Any], name: str) -> None:
    act = attached(optimspec, schedule) if name == OURS else in_torch(schedule)
    side(act, f"{schedule.__name__}: step and read, PyTorch", name, 1.0, calls=STEPS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [OURS, "braintools"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_step_and_a_read_beside_braintools(side: Measure, schedule: Callable[[Any, float], Any], name: str) -> None:
    library = optimspec if name == OURS else pytest.importorskip("braintools").optim
    act = attached(library, schedule)
    side(act, f"{schedule.__name__}: step and read, braintools", name, OF_BRAINTOOLS, calls=20)


@pytest.mark.parametrize("name", [OURS, "optax"])
@pytest.mark.parametrize("schedule", ["exponential", "cosine", "warm-up and cosine"])
def test_rates_at_a_million_times(side: Measure, schedule: str, name: str) -> None:
    optax = pytest.importorskip("optax")
    ours, theirs = {
        "exponential": (optimspec.ExponentialLR(0.1, gamma=0.999), optax.exponential_decay(0.1, 1, 0.999)),
        "cosine": (optimspec.CosineAnnealingLR(0.1, T_max=1000), optax.cosine_decay_schedule(0.1, 1000)),
        "warm-up and cosine": (
            optimspec.WarmupCosineSchedule(0.1, warmup_steps=100, total_steps=1000),
            optax.warmup_cosine_decay_schedule(0.0, 0.1, 100, 1000),
        ),
    }[schedule]
    rates = jax.jit(ours.lr_at if name == OURS else jax.vmap(theirs))
    times = jnp.arange(TIMES)
    side(lambda: waited(rates(times)), f"{schedule}: a million rates, optax", name, 1.1)
