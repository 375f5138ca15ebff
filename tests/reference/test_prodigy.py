"""What Prodigy has as a whole: one rate, and numbers that are saved, copied and found by weights that join later.

PROD-5, PROD-10, PROD-11, PROD-13 and PROD-14; STA-6 and STA-9. That Lookahead does not take it is the reference's own.
"""

import copy
import json
import pickle
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimspec
import pytest

NAMES = ["k", "d", "largest", "r"]


def numbers(optimizer: Any) -> list[float]:
    """k, d, the largest estimate of d, and r, as the state has them."""
    saved = optimizer.state_dict()["numbers"]
    assert list(saved) == NAMES
    return [saved["k"], *(float.fromhex(saved[name]) for name in NAMES[1:])]


def trained(steps: int = 12, **hyper: Any) -> tuple[Any, dict[str, optimspec.ParamState]]:
    """Prodigy after some steps down a bowl, on which d grows."""
    states = {"w": optimspec.ParamState(jnp.zeros(3)), "v": optimspec.ParamState(jnp.zeros(()))}
    optimizer = optimspec.Prodigy(**{"d0": 1e-3, **hyper})
    optimizer.register_trainable_weights(states)
    go(optimizer, states, steps)
    return optimizer, states


def go(optimizer: Any, states: dict[str, optimspec.ParamState], steps: int) -> None:
    for _ in range(steps):
        optimizer.step({key: state.value - 2 for key, state in states.items()})


def through_pickle(given: Any) -> Any:
    return pickle.loads(pickle.dumps(given))


def test_d_grows_to_the_distance() -> None:
    optimizer, _ = trained(30)
    k, d, largest, _ = numbers(optimizer)
    assert k == 30
    assert 1 < d == largest <= 2


def test_a_growth_rate_bounds_d_and_not_the_largest_estimate() -> None:
    _, d, largest, _ = numbers(trained(growth_rate=1.01)[0])
    assert 1e-3 < d < largest


def test_groups_with_rates_of_their_own_are_refused() -> None:
    schedule = optimspec.ExponentialLR([0.5, 0.25])
    optimizer = optimspec.Prodigy(schedule)
    optimizer.register_trainable_weights({"w": optimspec.ParamState(jnp.zeros(3))})
    optimizer.step({"w": jnp.ones(3)})  # there may be more rates than groups
    with pytest.raises(TypeError, match=r"^Prodigy: lr must be left out, .*got 0\.5 \[PROD-13\]$"):
        optimizer.add_param_group({"v": optimspec.ParamState(jnp.zeros(3))}, lr=0.5)
    optimizer.add_param_group({"v": optimspec.ParamState(jnp.zeros(3))})
    for step in (optimizer.step, optimizer.update):
        with pytest.raises(ValueError, match=r"^Prodigy: all groups must have one rate, got .* \[PROD-14\]$"):
            step({"w": jnp.ones(3)})
    assert numbers(optimizer)[0] == 1


def test_lookahead_does_not_take_it() -> None:
    with pytest.raises(TypeError, match=r"^Lookahead: base_optimizer must step each weight by itself"):
        optimspec.Lookahead(optimspec.Prodigy())


def test_a_step_without_gradients_leaves_the_numbers() -> None:
    optimizer, states = trained()
    before = numbers(optimizer)
    optimizer.step({})
    optimizer.step({"w": jnp.zeros(3)})
    assert numbers(optimizer)[0] == before[0] + 1  # s is not 0: a gradient of zeros is one
    optimizer = optimspec.Prodigy()
    optimizer.register_trainable_weights(states)
    optimizer.step({"w": jnp.zeros(3)})
    assert numbers(optimizer) == [0, 1e-6, 1e-6, 0]


def test_a_step_without_gradients_leaves_the_numbers_of_a_load() -> None:
    optimizer, _ = trained()
    early = trained(4)[0].state_dict()
    optimizer.load_state_dict(early)
    optimizer.step({})
    assert optimizer.state_dict() == early


def test_a_weight_that_joins_later_finds_the_numbers_as_they_are() -> None:
    optimizer, _ = trained()
    before = numbers(optimizer)
    optimizer.add_param_group({"u": optimspec.ParamState(jnp.ones(2))}, weight_decay=0.1)
    assert numbers(optimizer) == before
    optimizer.step({"u": jnp.ones(2)})
    assert numbers(optimizer)[0] == before[0] + 1


@pytest.mark.parametrize("way", [copy.deepcopy, through_pickle], ids=["copy", "pickle"])
def test_a_copy_has_every_digit_of_the_numbers(way: Any) -> None:
    optimizer, states = trained()
    before = numbers(optimizer)
    copied, its_states = way((optimizer, states))
    assert numbers(copied) == before
    assert float(np.float32(before[1])) != before[1]
    go(copied, its_states, 3)
    assert numbers(optimizer) == before != numbers(copied)


def test_numbers_that_are_not_finite_survive_json() -> None:
    optimizer, _ = trained()
    optimizer.step({"w": jnp.full(3, jnp.inf)})
    state = json.loads(json.dumps(optimizer.state_dict(), allow_nan=False))
    loaded, _ = trained(0)
    loaded.load_state_dict(state)
    np.testing.assert_array_equal(numbers(loaded), numbers(optimizer))


@pytest.mark.parametrize("missing", [*NAMES, "numbers"])
def test_a_state_without_one_of_them_is_refused(missing: str) -> None:
    optimizer, _ = trained()
    before, state = numbers(optimizer), optimizer.state_dict()
    del (state if missing == "numbers" else state["numbers"])[missing]
    with pytest.raises(KeyError, match=missing):
        optimizer.load_state_dict(state)
    assert numbers(optimizer) == before
