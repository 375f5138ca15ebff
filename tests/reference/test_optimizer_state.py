"""An optimizer that is refused a step, saved, resumed, copied or joined by a group goes on as if nothing had happened.

STA-4 to STA-6, STA-9, STA-10, STA-13 and STA-14; OPT-23 to OPT-26, OPT-30, OPT-31, OPT-34, OPT-35 and CMP-8.
"""

import copy
import json
import pickle
from typing import Any

import numpy as np
import optimspec
import pytest
from reference_cases import (
    ONE_RATE,
    assert_close,
    bits,
    exported,
    gradients,
    new_chain,
    new_optimizer,
    new_states,
    train,
)

every_class = pytest.mark.parametrize("name", exported(optimspec.Optimizer))
every_class_with_rates_of_groups = pytest.mark.parametrize(
    "name", [name for name in exported(optimspec.Optimizer) if name not in ONE_RATE]
)
COPIES = {"pickle": lambda given: pickle.loads(pickle.dumps(given)), "deepcopy": copy.deepcopy}


def through_json(state: Any) -> Any:
    return json.loads(json.dumps(state, allow_nan=False))


@every_class
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        pytest.param({"u": np.ones(2, np.float32)}, KeyError, id="unknown-key"),
        pytest.param({"v": np.ones(3, np.float32)}, ValueError, id="shape"),
        pytest.param({"v": {"v": np.ones(2, np.float32)}}, ValueError, id="structure"),
        pytest.param({"v": None}, ValueError, id="none"),
        pytest.param([np.ones(2, np.float32)], TypeError, id="no-mapping"),
        pytest.param({"w": np.full((2, 3), "a")}, TypeError, id="no-numbers"),
    ],
)
def test_a_refused_step_changes_nothing(name: str, wrong: Any, error: type[Exception]) -> None:
    states, undisturbed = new_states(name=name), new_states(name=name)
    optimizer, other = new_optimizer(name, states=states), new_optimizer(name, states=undisturbed)
    train(optimizer, states, range(3))
    train(other, undisturbed, range(3))
    held = [state.value for state in states.values()]

    with pytest.raises(error):
        optimizer.step(gradients(3, states) | wrong if isinstance(wrong, dict) else wrong)

    assert all(state.value is value for state, value in zip(states.values(), held, strict=True))
    assert optimizer.state_dict() == other.state_dict()
    train(optimizer, states, range(3, 6))
    train(other, undisturbed, range(3, 6))
    assert bits(states) == bits(undisturbed)


@every_class
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_state_survives_strict_json(name: str, dtype: str) -> None:
    states, resumed = new_states(dtype, name), new_states(dtype, name)
    optimizer = new_optimizer(name, states=states)
    train(optimizer, states, range(5))
    state = optimizer.state_dict()

    loaded = new_optimizer(name, states=resumed)
    loaded.load_state_dict(through_json(state))
    assert bits(resumed) == bits(new_states(dtype, name)), "loading changed a weight"
    for key, saved in states.items():
        resumed[key].value = saved.value
    train(optimizer, states, range(5, 10))
    train(loaded, resumed, range(5, 10))

    assert through_json(state) == state
    assert bits(resumed) == bits(states)
    assert loaded.state_dict() == optimizer.state_dict()


@every_class
@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
def test_a_state_of_arrays_is_loaded_like_one_of_json(name: str, dtype: str) -> None:
    states, resumed = new_states(dtype, name), new_states(dtype, name)
    optimizer, loaded = new_optimizer(name, states=states), new_optimizer(name, states=resumed)
    train(optimizer, states, range(5))
    before, state = optimizer.state_dict(), optimizer.state_dict(arrays=True)
    train(optimizer, states, range(5, 6))

    loaded.load_state_dict(pickle.loads(pickle.dumps(state)))
    assert loaded.state_dict() == before, "the state is no snapshot"
    loaded.load_state_dict(state)
    for array in arrays_of(state):
        array.fill(9)
    assert loaded.state_dict() == before, "the load is no copy"


def arrays_of(state: Any) -> list[np.ndarray[Any, Any]]:
    return [array for weight in state["weights"] for slots in weight["slots"] for array in slots.values()]


@pytest.mark.parametrize("wrong", [np.zeros((3, 2), "float32"), np.zeros((2, 3)), np.zeros((2, 3), "int32")])
def test_an_array_that_is_no_slot_is_refused(wrong: Any) -> None:
    states = {"w": optimspec.ParamState(np.ones((2, 3), "float32"))}
    optimizer = new_optimizer("Adam", states=states)
    before, state = optimizer.state_dict(), optimizer.state_dict(arrays=True)
    state["weights"][0]["slots"][0]["m"] = wrong
    with pytest.raises(ValueError, match="STA-16"):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


@every_class
@pytest.mark.parametrize("order", ["scheduler-first", "optimizer-first"])
@pytest.mark.parametrize("interrupted", [0, 1, 6, 17, 29])
def test_a_resumed_run_has_the_bits_of_the_whole(name: str, interrupted: int, order: str) -> None:
    whole, scheduler = new_states(name=name), new_chain()
    train(new_optimizer(name, scheduler, whole), whole, range(30), scheduler)

    begun, scheduler = new_states(name=name), new_chain()
    optimizer = new_optimizer(name, scheduler, begun)
    train(optimizer, begun, range(interrupted), scheduler)
    checkpoint = through_json([scheduler.state_dict(), optimizer.state_dict()])
    resumed = {key: optimspec.ParamState(np.array(state.value)) for key, state in begun.items()}

    scheduler = new_chain()
    optimizer = new_optimizer(name, scheduler, resumed)
    parts = [(scheduler, checkpoint[0]), (optimizer, checkpoint[1])]
    for part, state in parts if order == "scheduler-first" else reversed(parts):
        part.load_state_dict(state)
    assert [optimizer.current_lr] == scheduler.get_last_lr() == [new_chain().lr_at(interrupted)]
    train(optimizer, resumed, range(interrupted, 30), scheduler)

    assert bits(resumed) == bits(whole)


@every_class_with_rates_of_groups
def test_the_rates_of_the_optimizer_itself_are_restored(name: str) -> None:
    def built(lr: float, group_lr: float, states: dict[str, optimspec.ParamState]) -> Any:
        optimizer = new_optimizer(name, lr, {"w": states["w"]})
        optimizer.add_param_group({"v": states["v"]}, lr=group_lr)
        return optimizer

    whole, resumed = new_states(name=name), new_states(name=name)
    optimizer, loaded = built(0.05, 0.2, whole), built(0.01, 0.01, resumed)
    loaded.load_state_dict(optimizer.state_dict())
    train(optimizer, whole, range(3))
    train(loaded, resumed, range(3))

    assert loaded.current_lr == 0.05
    assert bits(resumed) == bits(whole)


@every_class_with_rates_of_groups
def test_an_explicit_rate_of_a_group_holds_in_every_member_of_a_chain(name: str) -> None:
    chain, states = new_chain(), new_states(name=name)
    optimizer = new_optimizer(name, chain, {"w": states["w"]})
    train(optimizer, {"w": states["w"]}, range(3), chain)
    factor = chain.lr_at(3) / 0.05

    optimizer.add_param_group({"v": states["v"]}, lr=0.4)

    assert [part.base_lrs for part in (chain, *chain.members)] == [[0.05, 0.4]] * 3
    assert chain.get_last_lr() == pytest.approx([0.05 * factor, 0.4 * factor], rel=1e-12)


@every_class_with_rates_of_groups
def test_a_group_runs_like_an_optimizer_of_its_own(name: str) -> None:
    """With the rule of the class, its own base rate and a count of its own, beside slots that stay."""
    together, apart = new_states(name=name), new_states(name=name)
    chain, first, second = new_chain(), new_chain(), new_chain(0.4)
    optimizer = new_optimizer(name, chain, {"w": together["w"]})
    train(optimizer, {"w": together["w"]}, range(3), chain)
    optimizer.add_param_group({"v": together["v"]}, lr=0.4)
    train(optimizer, together, range(3, 9), chain)

    train(new_optimizer(name, first, {"w": apart["w"]}), {"w": apart["w"]}, range(9), first)
    second.step(epoch=3)
    train(new_optimizer(name, second, {"v": apart["v"]}), {"v": apart["v"]}, range(3, 9), second)

    assert_close(together, apart)


@every_class
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_goes_its_own_way(name: str, way: str) -> None:
    states, scheduler = new_states(name=name), new_chain()
    optimizer = new_optimizer(name, scheduler, states)
    train(optimizer, states, range(4), scheduler)
    before = bits(states), optimizer.state_dict(), scheduler.state_dict()

    copied, its_states, its_scheduler = COPIES[way]((optimizer, states, scheduler))
    train(copied, its_states, range(4, 12), its_scheduler)

    assert (bits(states), optimizer.state_dict(), scheduler.state_dict()) == before
    train(optimizer, states, range(4, 12), scheduler)
    assert bits(its_states) == bits(states)
    assert copied.state_dict() == optimizer.state_dict()
    assert copied.current_lr == optimizer.current_lr == new_chain().lr_at(12)
