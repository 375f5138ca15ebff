"""Averages of weights: their containers, dtypes and copies; and which weights Muon takes.

OPT-49, OPT-50 and MUON-1. That containers are taken, and that a Lookahead does as its base optimizer does, is the
reference's own.
"""

import inspect
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from optimspec.base.averaging import AveragingOptimizer
from reference_cases import bits, exported, gradients, new_optimizer, new_states, train

every_averaging_class = pytest.mark.parametrize("name", exported(AveragingOptimizer))


def trained(name: str, steps: int = 4, dtype: str = "float32") -> tuple[Any, Any]:
    states = new_states(dtype)
    optimizer = new_optimizer(name, states=states)
    train(optimizer, states, range(steps))
    return optimizer, states


def test_the_classes_with_averages_are_those_of_the_pages() -> None:
    assert exported(AveragingOptimizer) == ["ASGD", "ScheduleFreeAdamW", "ScheduleFreeSGD"]


@every_averaging_class
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_an_average_has_the_dtype_and_the_shape_of_its_weight(name: str, dtype: str) -> None:
    optimizer, states = trained(name, dtype=dtype)
    for key, average in optimizer.averaged().items():
        assert (str(average.dtype), average.shape) == (dtype, states[key].value.shape)
        assert not np.array_equal(average, states[key].value)
    assert jnp.ones(1).dtype == jnp.float32, "x64 was left on"


@every_averaging_class
def test_averages_have_the_containers_of_their_weights(name: str) -> None:
    optimizer, states = trained(name)
    value = {"w": new_states()["w"].value, "more": [(new_states()["v"].value,)]}
    container = {"layer": optimspec.ParamState(value)}
    other = new_optimizer(name, states=container)
    train(other, container, range(4))
    apart, together = optimizer.averaged(), other.averaged()["layer"]
    assert jax.tree.map(np.shape, together) == jax.tree.map(np.shape, value)
    np.testing.assert_allclose(together["w"], apart["w"], rtol=2e-6)
    np.testing.assert_allclose(together["more"][0][0], apart["v"], rtol=2e-6)
    assert states.keys() == apart.keys()


@every_averaging_class
def test_averages_stay_readable_and_are_not_the_weights(name: str) -> None:
    optimizer, states = trained(name, steps=0)
    at_first = optimizer.averaged()
    assert all(at_first[key] is not state.value for key, state in states.items())
    before = bits(states)
    train(optimizer, states, range(4))
    assert {key: [np.asarray(average).tobytes()] for key, average in at_first.items()} == before


@every_averaging_class
def test_asking_for_averages_changes_no_bit(name: str) -> None:
    asked, silent = new_states(), new_states()
    optimizers = [new_optimizer(name, states=states) for states in (asked, silent)]
    for k in range(6):
        for optimizer, states in zip(optimizers, (asked, silent), strict=True):
            optimizer.step(gradients(k, states))
        optimizers[0].averaged()
    assert bits(asked) == bits(silent)
    assert optimizers[0].state_dict() == optimizers[1].state_dict()


@pytest.mark.parametrize("name", ["ScheduleFreeAdamW", "ScheduleFreeSGD"])
def test_the_value_that_is_bound_is_part_of_the_average(name: str) -> None:
    optimizer, states = trained(name)
    before = optimizer.averaged()["v"]
    states["v"].value = states["v"].value + 1
    np.testing.assert_allclose(optimizer.averaged()["v"] - before, 1 / 0.8, rtol=1e-5)


def test_muon_refuses_a_container_of_which_one_array_is_no_matrix() -> None:
    optimizer = optimspec.Muon()
    layer = optimspec.ParamState({"kernel": jnp.ones((2, 3)), "bias": jnp.ones(3)})
    with pytest.raises(ValueError, match=r"^Muon: 'layer' must have exactly two axes, got .*\(3,\) \[MUON-1\]$"):
        optimizer.register_trainable_weights({"layer": layer})
    with pytest.raises(ValueError, match="OPT-19"):
        optimizer.step({})
    lookahead = optimspec.Lookahead(optimspec.Muon())
    with pytest.raises(ValueError, match="MUON-1"):
        lookahead.register_trainable_weights({"bias": optimspec.ParamState(jnp.ones(3))})
    lookahead.register_trainable_weights({"kernel": optimspec.ParamState(jnp.ones((2, 3)))})


def test_a_lookahead_takes_the_arrays_that_its_base_optimizer_takes() -> None:
    optimizer = optimspec.Lookahead(optimspec.Muon())
    with pytest.raises(ValueError, match="MUON-1"):
        optimizer.register_trainable_weights({"v": optimspec.ParamState(np.zeros(3, np.float32))})
    optimizer.register_trainable_weights({"m": optimspec.ParamState(np.zeros((2, 3), np.float32))})


def test_a_lookahead_moves_at_rate_0_where_its_base_optimizer_does() -> None:
    """A step at rate 0 moves y to where the average is, since beta is 1 there."""
    rates = optimspec.PiecewiseConstantSchedule(0.1, boundaries=[2], values=[0.1, 0.0])
    weight = optimspec.ParamState(np.ones(3, np.float32))
    optimizer = optimspec.Lookahead(optimspec.ScheduleFreeSGD(lr=rates, warmup_steps=3))
    optimizer.register_trainable_weights({"w": weight})
    for _ in range(2):
        optimizer.step({"w": np.ones(3, np.float32)})
        rates.step()
    before = weight.value
    optimizer.step({"w": np.ones(3, np.float32)})
    assert not np.array_equal(weight.value, before)


def test_the_average_begins_after_a_million_steps_by_default() -> None:
    assert inspect.signature(optimspec.ASGD).parameters["t0"].default == 1_000_000
