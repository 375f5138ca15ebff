"""States that nothing has saved, or not with these arguments: impossible ones are refused, and nothing changes.

The reference's own reading of STA-16, which leaves open what the entries of a state are called.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import optimspec
import pytest

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


def adam(*values: Any) -> optimspec.Adam:
    optimizer = optimspec.Adam(lr=0.1)
    optimizer.register_trainable_weights({i: optimspec.ParamState(value) for i, value in enumerate(values)})
    optimizer.step(dict(enumerate(values)))
    return optimizer


def slot(weight: Any) -> Any:
    return weight["slots"][0]["m"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda weight: weight.update(k=-1), id="a negative count"),
        pytest.param(lambda weight: weight.update(k=2**53 + 1), id="a count that float64 does not have"),
        pytest.param(lambda weight: weight.update(k=1.0), id="a count that is no integer"),
        pytest.param(lambda weight: slot(weight).update(shape=[3, 2]), id="another shape of the same size"),
        pytest.param(lambda weight: slot(weight).update(dtype="int32"), id="another dtype of the same size"),
        pytest.param(lambda weight: slot(weight).update(bytes="00" * 23), id="a byte too few"),
        pytest.param(lambda weight: slot(weight).update(bytes="0 " * 24), id="spaces in place of digits"),
        pytest.param(lambda weight: slot(weight).update(bytes="xy" * 24), id="no digits"),
        pytest.param(lambda weight: slot(weight).update(bytes=b"00" * 24), id="no text"),
        pytest.param(lambda weight: slot(weight).pop("shape"), id="no shape"),
        pytest.param(lambda weight: weight["slots"][0].update(m=[[0.0] * 3] * 2), id="a list"),
        pytest.param(lambda weight: weight["slots"][0].pop("m"), id="a slot too few"),
        pytest.param(lambda weight: weight["slots"].append(weight["slots"][0]), id="slots of an array too many"),
        pytest.param(lambda weight: weight.update(slots=[]), id="no slots"),
        pytest.param(lambda weight: weight.update(key="'another'"), id="another key"),
    ],
)
def test_an_impossible_state_is_refused(change: Callable[[Any], Any]) -> None:
    optimizer = adam(MATRIX)
    before, state = optimizer.state_dict(), optimizer.state_dict()
    change(state["weights"][0])

    with pytest.raises((KeyError, TypeError, ValueError)):
        optimizer.load_state_dict(state)

    assert optimizer.state_dict() == before


def test_the_largest_count_and_slots_that_are_no_numbers_are_possible() -> None:
    optimizer = adam(np.full((2, 3), 1e30, np.float32), np.full(2, np.nan, np.float32))
    state = optimizer.state_dict()
    state["weights"][0]["k"] = 2**53
    optimizer.load_state_dict(json.loads(json.dumps(state, allow_nan=False)))
    assert optimizer.state_dict() == state
    infinite, nothing = (
        np.frombuffer(bytes.fromhex(w["slots"][0]["v"]["bytes"]), np.float32) for w in state["weights"]
    )
    assert np.isinf(infinite).all()
    assert np.isnan(nothing).all()


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_the_state_of_a_weight_without_elements_is_restored(shape: tuple[int, ...]) -> None:
    optimizer = adam(np.zeros(shape, np.float32), MATRIX)
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert optimizer.state_dict() == state
    optimizer.step({0: np.zeros(shape, np.float32)})


def test_the_state_of_an_optimizer_without_weights_is_restored() -> None:
    state = optimspec.Adam(lr=0.3).state_dict()
    optimizer = optimspec.Adam(lr=0.1)
    optimizer.load_state_dict(state)
    assert optimizer.current_lr == 0.3


@pytest.mark.parametrize("cls", [optimspec.LambdaLR, optimspec.MultiplicativeLR])
def test_a_time_at_which_the_function_gives_no_rate(cls: Any) -> None:
    saved, loading = cls(0.1, lr_lambda=lambda t: 1.0), cls(0.2, lr_lambda=lambda t: math.nan if t == 2 else 1.0)
    saved.step()
    saved.step()
    with pytest.raises(ValueError, match="lr_lambda"):
        loading.load_state_dict(saved.state_dict())
    assert (loading.last_epoch, loading.get_last_lr()) == (0, [0.2])
