"""Arguments that the specification leaves open: numpy's and jax's numbers are taken, arrays of one number are not."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimspec
import pytest

NUMBERS = [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), jnp.asarray(0.5), Decimal("0.5"), Fraction(1, 2)]
NO_NUMBERS = [np.array([0.5]), jnp.asarray([0.5]), np.array("0.5"), np.array(True), np.complex64(0.5), 0.5 + 0j, "0.5"]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_a_number_of_any_kind_becomes_a_python_float(number: Any) -> None:
    scheduler = optimspec.ExponentialLR(number, gamma=number)
    assert repr(scheduler.base_lrs) == "[0.5]"
    assert repr(scheduler.lr_at(1)) == "0.25"


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="ExponentialLR: gamma must be a real number"):
        optimspec.ExponentialLR(gamma=value)
    with pytest.raises(TypeError, match="ReduceLROnPlateau: metric must be a real number or a 0-d array"):
        optimspec.ReduceLROnPlateau().step(value)


def test_a_numpy_boolean_is_a_boolean() -> None:
    state = optimspec.ParamState(np.array([1.0], np.float32))
    nesterov: Any = np.True_
    optimizer = optimspec.SGD(lr=0.1, momentum=0.5, nesterov=nesterov)
    optimizer.register_trainable_weights({"w": state})
    optimizer.step({"w": np.array([1.0], np.float32)})
    np.testing.assert_allclose(state.value, [0.85])


@pytest.mark.parametrize("states", [[optimspec.ParamState(np.zeros(2))], None, optimspec.ParamState(np.zeros(2))])
def test_states_that_are_no_mapping_are_refused(states: Any) -> None:
    optimizer = optimspec.SGD(lr=0.1)
    with pytest.raises(TypeError, match="SGD: states must be a mapping"):
        optimizer.register_trainable_weights(states)


@pytest.mark.parametrize("wrong", [["b"], ["a", "b"]])
def test_a_gradient_of_another_shape_is_named_by_its_key(wrong: list[str]) -> None:
    optimizer = optimspec.SGD(lr=0.1)
    optimizer.register_trainable_weights({key: optimspec.ParamState(np.zeros(2, np.float32)) for key in "ab"})
    gradients = {key: np.zeros(3 if key in wrong else 2, np.float32) for key in "ab"}
    with pytest.raises(ValueError, match=f"the gradient of '{wrong[0]}' must have"):
        optimizer.step(gradients)


def test_a_lookahead_has_a_rate_of_its_own() -> None:
    base = optimspec.Adam(lr=0.1)
    before = base.state_dict()
    optimizer = optimspec.Lookahead(base)
    optimizer.register_trainable_weights({"a": optimspec.ParamState(np.zeros(2, np.float32))})
    optimizer.add_param_group({"b": optimspec.ParamState(np.zeros(2, np.float32))}, lr=0.3)
    assert optimizer.current_lr == 0.1
    assert base.state_dict() == before
