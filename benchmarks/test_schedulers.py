"""A step and a read of the rate, attached to an optimizer; and the rates at a million times at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optimspec
import pytest

from .conftest import Act, Beside, waited

STEPS, TIMES = 1000, 10**6
OF_BRAINTOOLS = 1 / 30


def exponential(library: Any, lr: float) -> Any:
    return library.ExponentialLR(lr, gamma=0.999)


def cosine(library: Any, lr: float) -> Any:
    return library.CosineAnnealingLR(lr, T_max=1000)


def chained(library: Any, lr: float) -> Any:
    return library.ChainedScheduler([exponential(library, lr), library.StepLR(lr, step_size=30, gamma=0.9)])


def function(library: Any, lr: float) -> Any:
    return library.LambdaLR(lr, lr_lambda=lambda t: 0.999**t)


SCHEDULES = [exponential, cosine, chained]  # braintools has no LambdaLR


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
            return lambda first, **arguments: made(first if isinstance(first, list) else optimizer, **arguments)

    scheduler = schedule(Wrapped(), 0.1)

    def step_and_read() -> float:
        scheduler.step()
        rate: float = optimizer.param_groups[0]["lr"]
        return rate

    return step_and_read


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("schedule", [*SCHEDULES, function])
def test_a_step_and_a_read(beside: Beside, schedule: Callable[[Any, float], Any]) -> None:
    what = f"{schedule.__name__}: step and read, PyTorch"
    beside(attached(optimspec, schedule), in_torch(schedule), what, "torch", 1.0, calls=STEPS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_step_and_a_read_beside_braintools(beside: Beside, schedule: Callable[[Any, float], Any]) -> None:
    theirs = attached(pytest.importorskip("braintools").optim, schedule)
    what = f"{schedule.__name__}: step and read, braintools"
    beside(attached(optimspec, schedule), theirs, what, "braintools", OF_BRAINTOOLS, calls=20)


@pytest.mark.parametrize("schedule", ["exponential", "cosine", "warm-up and cosine"])
def test_rates_at_a_million_times(beside: Beside, schedule: str) -> None:
    optax = pytest.importorskip("optax")
    ours, theirs = {
        "exponential": (optimspec.ExponentialLR(0.1, gamma=0.999), optax.exponential_decay(0.1, 1, 0.999)),
        "cosine": (optimspec.CosineAnnealingLR(0.1, T_max=1000), optax.cosine_decay_schedule(0.1, 1000)),
        "warm-up and cosine": (
            optimspec.WarmupCosineSchedule(0.1, warmup_steps=100, total_steps=1000),
            optax.warmup_cosine_decay_schedule(0.0, 0.1, 100, 1000),
        ),
    }[schedule]
    times = jnp.arange(TIMES)

    def rates(of: Any) -> Act:
        compiled = jax.jit(of)
        return lambda: waited(compiled(times))

    what = f"{schedule}: a million rates, optax"
    beside(rates(ours.lr_at), rates(jax.vmap(theirs)), what, "optax", 1.1)
