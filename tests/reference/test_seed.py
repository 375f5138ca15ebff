"""The examples of the seed document, run with the reference in upstream's place.

Their rates are EXP-1 and EXP-3, the warm-up is CMP-1, CMP-2 and CHAIN-1, the checkpoint STA-7 and STA-8. An optimizer
tells its scheduler's rate at all times: OPT-3, OPT-4.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest

LISTED = {0: "0.100000", 5: "0.077378", 10: "0.059874", 15: "0.046329"}
PRINTED = ["Epoch 0: lr = 0.095000", "Epoch 5: lr = 0.073509", "Epoch 10: lr = 0.056880", "Epoch 15: lr = 0.044013"]
WARMED_UP = [0.001, 0.00266, 0.0041515, 0.0054872, 0.00667895125, 0.007737809375, 0.00735091890625]


def state_dict(model: Any) -> dict[str, Any]:
    return {repr(key): jax.tree.map(np.asarray, state.value) for key, state in model.states().items()}


class Linear:
    """As much of a layer as the examples ask for."""

    state_dict = state_dict

    def __init__(self, inputs: int, outputs: int) -> None:
        self._states = {
            "weight": optimspec.ParamState(jnp.ones((inputs, outputs))),
            "bias": optimspec.ParamState(jnp.zeros(outputs)),
        }

    def states(self, kind: type = object) -> dict[str, optimspec.ParamState]:
        return {key: state for key, state in self._states.items() if isinstance(state, kind)}


class Framework(NamedTuple):
    """What the examples take from brainstate."""

    Linear: Callable[[int, int], Any]
    ParamState: Any


@pytest.fixture(params=["optimspec", "brainstate"])
def nn(request: pytest.FixtureRequest) -> Framework:
    if request.param == "optimspec":
        return Framework(Linear, optimspec.ParamState)
    brainstate = pytest.importorskip("brainstate")
    # the example of the checkpoint calls state_dict, which brainstate's modules do not have
    return Framework(type("Linear", (brainstate.nn.Linear,), {"state_dict": state_dict}), brainstate.ParamState)


def ones(states: Any) -> dict[Any, Any]:
    return {key: jax.tree.map(jnp.ones_like, state.value) for key, state in states.items()}


def rates(optimizer: Any, scheduler: optimspec.Schedule, epochs: int, grads: Any = None) -> Iterator[float]:
    """Yield the rate before each step of the scheduler, and the last one."""
    for _ in range(epochs):
        assert [optimizer.current_lr] == scheduler.get_last_lr()
        yield optimizer.current_lr
        if grads is not None:
            optimizer.step(grads)
        scheduler.step()
    assert [optimizer.current_lr] == scheduler.get_last_lr()
    yield optimizer.current_lr


def test_the_listed_rates_are_those_of_the_times_beside_them(nn: Framework) -> None:
    model = nn.Linear(10, 5)
    scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=0.95)
    optimizer = optimspec.SGD(lr=scheduler, momentum=0.9)
    optimizer.register_trainable_weights(model.states(nn.ParamState))

    walked = list(rates(optimizer, scheduler, 20))

    assert {t: f"{walked[t]:.6f}" for t in LISTED} == LISTED


def test_the_first_loop_prints_the_rates_one_step_later(nn: Framework, capsys: pytest.CaptureFixture[str]) -> None:
    model = nn.Linear(10, 5)
    scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=0.95)
    optimizer = optimspec.SGD(lr=scheduler, momentum=0.9)
    optimizer.register_trainable_weights(model.states(nn.ParamState))

    for epoch in range(20):
        scheduler.step()
        if epoch % 5 == 0:
            print(f"Epoch {epoch}: lr = {optimizer.current_lr:.6f}")

    assert capsys.readouterr().out.splitlines() == PRINTED


@pytest.mark.parametrize(
    ("base_lr", "gamma", "epochs", "listed", "decimals", "new"),
    [
        pytest.param(0.001, 0.99, 100, "0.000366", 6, optimspec.Adam, id="slow"),
        pytest.param(0.1, 0.96, 50, "0.013", 3, partial(optimspec.SGD, momentum=0.9, weight_decay=1e-4), id="moderate"),
        pytest.param(0.1, 0.9, 30, "0.00424", 5, partial(optimspec.SGD, momentum=0.9), id="aggressive"),
    ],
)
def test_training_ends_at_the_listed_rate(
    nn: Framework, base_lr: float, gamma: float, epochs: int, listed: str, decimals: int, new: Callable[[Any], Any]
) -> None:
    model = nn.Linear(10, 5)
    scheduler = optimspec.ExponentialLR(base_lr=base_lr, gamma=gamma)
    optimizer = new(scheduler)
    optimizer.register_trainable_weights(model.states(nn.ParamState))
    untrained = state_dict(model)

    *_, last = rates(optimizer, scheduler, epochs, ones(model.states(nn.ParamState)))

    assert f"{last:.{decimals}f}" == listed
    assert last == pytest.approx(base_lr * gamma**epochs, rel=1e-9)
    assert jax.tree.all(jax.tree.map(lambda now, then: np.all(now < then), state_dict(model), untrained))


@pytest.mark.parametrize(("gamma", "halved"), [(0.95, 14), (0.96, 17), (0.98, 35), (0.99, 69)])
def test_the_rate_halves_when_the_guidelines_say(gamma: float, halved: int) -> None:
    scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=gamma)
    assert next(t for t in range(100) if scheduler.lr_at(t) <= 0.05) == halved


def test_a_chained_warm_up_rises_to_the_decay(nn: Framework) -> None:
    warmup = optimspec.LinearLR(start_factor=0.1, end_factor=1.0, total_iters=5)
    decay = optimspec.ExponentialLR(base_lr=0.01, gamma=0.95)
    scheduler = optimspec.ChainedScheduler([warmup, decay])
    model = nn.Linear(10, 5)
    optimizer = optimspec.Adam(lr=scheduler)
    optimizer.register_trainable_weights(model.states(nn.ParamState))

    walked = list(rates(optimizer, scheduler, 100, ones(model.states(nn.ParamState))))

    assert walked[:7] == pytest.approx(WARMED_UP, rel=1e-9)
    assert walked[5:] == pytest.approx([0.01 * 0.95**t for t in range(5, 101)], rel=1e-9)


# with a gradient of 1, Adam's first step is the rate and RMSprop's ten times the rate, up to eps
@pytest.mark.parametrize(("cls", "factor"), [(optimspec.Adam, 1.0), (optimspec.RMSprop, 10.0)])
def test_any_optimizer_follows_its_scheduler(nn: Framework, cls: Any, factor: float) -> None:
    model = nn.Linear(10, 5)
    scheduler = optimspec.ExponentialLR(base_lr=0.001, gamma=0.98)
    optimizer = cls(lr=scheduler)
    optimizer.register_trainable_weights(model.states(nn.ParamState))
    untrained = state_dict(model)

    *_, last = rates(optimizer, scheduler, 40)
    optimizer.step(ones(model.states(nn.ParamState)))

    assert last == pytest.approx(0.001 * 0.98**40, rel=1e-9)
    for moved in jax.tree.leaves(jax.tree.map(np.subtract, untrained, state_dict(model))):
        np.testing.assert_allclose(moved, factor * last, rtol=1e-5, atol=2e-7)  # two roundings of a weight near 1


def test_a_loaded_scheduler_has_the_saved_rate_at_once(nn: Framework) -> None:
    model = nn.Linear(10, 5)
    scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=0.95)
    optimizer = optimspec.SGD(lr=scheduler, momentum=0.9)
    optimizer.register_trainable_weights(model.states(nn.ParamState))
    for _ in range(50):
        scheduler.step()
    checkpoint = {"epoch": 50, "model": model.state_dict(), "scheduler": scheduler.state_dict()}

    new_scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=0.95)
    attached_before = optimspec.SGD(lr=new_scheduler, momentum=0.9)
    new_scheduler.load_state_dict(checkpoint["scheduler"])
    attached_after = optimspec.SGD(lr=new_scheduler, momentum=0.9)

    assert new_scheduler.get_last_lr() == pytest.approx([0.1 * 0.95**50], rel=1e-9)
    assert new_scheduler.get_last_lr() == scheduler.get_last_lr()
    assert optimizer.current_lr == attached_before.current_lr == attached_after.current_lr
    assert jax.tree.all(jax.tree.map(np.array_equal, checkpoint["model"], state_dict(model)))
