"""Weights of bfloat16 and float16, alone and among others: computed in float32, rounded once a step, saved as they are.

OPT-11, STA-9 and STA-10 for these dtypes. What a step computes in, and that a gradient may be of a wider dtype than its
weight, is the reference's own.
"""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Final

import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from reference_cases import OPTIMIZERS, States, bits, exported, gradients, new_optimizer, new_states, shaped, train

# Of the halves half a unit in the last place, and a little, for a rounding in float32 by which two compilations differ.
TOLERANCES: Final = {"bfloat16": 0.501 * 2.0**-7, "float16": 0.501 * 2.0**-10, "float32": 1e-6, "float64": 1e-12}
every_class = pytest.mark.parametrize("name", exported(optimspec.Optimizer))
every_half = pytest.mark.parametrize("dtype", ["bfloat16", "float16"])


def exact(array: Any) -> Any:
    return np.asarray(array, np.float64)


def a_weight_of_each(name: str, dtypes: Iterable[str] = TOLERANCES) -> States:
    """Give weights of these dtypes, with the values and under the names of all four."""
    given = {}
    for key, dtype, shape in zip(TOLERANCES, dtypes, "wvwv", strict=True):
        values = np.asarray(new_states(key, name)[shape].value)
        given[key] = optimspec.ParamState(values.astype(dtype))
    return given


def with_defaults(name: str) -> Any:
    """Give of the arguments of its class only those that have none."""
    cls = getattr(optimspec, name)
    required = [key for key, known in inspect.signature(cls).parameters.items() if known.default is known.empty]
    return cls(lr=0.01, **{key: OPTIMIZERS[name][0][key] for key in required})


def assert_rounded_once(half: Mapping[str, Any], single: Mapping[str, Any], dtype: str) -> None:
    for key, state in half.items():
        assert str(state.value.dtype) == dtype
        unrounded = exact(single[key].value)
        assert np.all(np.isfinite(unrounded))
        assert np.all(np.abs(exact(state.value) - unrounded) <= TOLERANCES[dtype] * np.abs(unrounded))


@every_class
@every_half
@pytest.mark.parametrize("given", ["half", "float32"])
def test_a_step_is_one_in_float32_rounded_once(name: str, dtype: str, given: str) -> None:
    """Also where the gradient has digits that the weight has not."""
    half, single = new_states(dtype, name), new_states(name=name)
    optimizer, other = new_optimizer(name, states=half), new_optimizer(name, states=single)
    for k in range(10):
        grads = {key: g + np.float32(0.001) for key, g in gradients(k, single).items()}
        grads = {key: g.astype(dtype if given == "half" else given) for key, g in grads.items()}
        optimizer.step(grads)
        other.step({key: g.astype(np.float32) for key, g in grads.items()})
        assert_rounded_once(half, single, dtype)
        for key, state in half.items():
            single[key].value = state.value.astype(jnp.float32)


@every_class
@every_half
def test_neither_a_square_nor_an_epsilon_is_lost(name: str, dtype: str) -> None:
    """The squares of these are infinite and zero in float16, as the default epsilons are zero."""
    values = shaped(name, np.array([1.0, -2.0, 0.5, 1.5, -0.75, 3.0]))
    grads = shaped(name, np.array([3e4, -1000.0, 1e-4, -6e-8, 0.0, 200.0]))
    half, single = ({"w": optimspec.ParamState(jnp.asarray(values, kind))} for kind in (dtype, "float32"))
    for states in (half, single):
        optimizer = with_defaults(name)
        optimizer.register_trainable_weights(states)
        optimizer.step({"w": grads.astype(dtype)})
    assert_rounded_once(half, single, dtype)


@every_class
def test_weights_of_all_dtypes_step_together_each_with_its_own_precision(name: str) -> None:
    states, wide = a_weight_of_each(name), a_weight_of_each(name, ["float64"] * 4)
    optimizer, other = new_optimizer(name, states=states), new_optimizer(name, states=wide)
    for k in range(5):
        grads = gradients(k, states)
        optimizer.step(grads)
        other.step({key: g.astype(np.float64) for key, g in grads.items()})
        for key, state in states.items():
            assert (str(state.value.dtype), state.value.shape) == (key, wide[key].value.shape)
            errors = np.abs(exact(state.value) - exact(wide[key].value))
            assert np.max(errors) <= TOLERANCES[key] * np.max(np.abs(exact(wide[key].value)))
            wide[key].value = exact(state.value)


@every_class
def test_a_run_of_all_dtypes_resumes_with_its_bits(name: str) -> None:
    whole, resumed = a_weight_of_each(name), a_weight_of_each(name)
    optimizer, loaded = new_optimizer(name, states=whole), new_optimizer(name, 0.2, resumed)
    train(optimizer, whole, range(7))
    loaded.load_state_dict(optimizer.state_dict())
    for key, state in whole.items():
        resumed[key].value = state.value

    train(optimizer, whole, range(7, 20))
    train(loaded, resumed, range(7, 20))

    assert bits(resumed) == bits(whole)
    assert loaded.state_dict() == optimizer.state_dict()
