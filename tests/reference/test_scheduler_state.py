"""States of schedulers that no scheduler has saved: contradictions are refused, numpy numbers are taken for numbers.

The reference's own reading of STA-16 and STA-17, which leave open what the entries of a state are called.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import optimspec
import pytest

PLATEAU = optimspec.ReduceLROnPlateau


def plateau() -> optimspec.ReduceLROnPlateau:
    scheduler = PLATEAU([0.3, 0.02], patience=1, cooldown=2)
    for metric in (1.0, 1.0, 1.0, 0.5, 0.6):
        scheduler.step(metric)
    return scheduler


def chain() -> optimspec.ChainedScheduler:
    scheduler = optimspec.ChainedScheduler([optimspec.ExponentialLR(0.3), optimspec.LinearLR(), optimspec.StepLR()])
    scheduler.step()
    return scheduler


def sequence() -> optimspec.SequentialLR:
    scheduler = optimspec.SequentialLR([optimspec.ExponentialLR(0.3), optimspec.LinearLR()], [2])
    scheduler.step(epoch=5)
    return scheduler


@pytest.mark.parametrize(
    ("made", "contradiction"),
    [
        pytest.param(plateau, lambda state: state["lrs"].pop(), id="a rate too few"),
        pytest.param(plateau, lambda state: state.update(best=float("nan")), id="nan is the best"),
        pytest.param(chain, lambda state: state["schedulers"][1].update(last_epoch=7), id="a member at another time"),
        pytest.param(chain, lambda state: state["schedulers"][0].update(base_lrs=[0.1]), id="another base rate"),
        pytest.param(sequence, lambda state: state["schedulers"][1].update(base_lrs=[-0.1]), id="a member's base rate"),
    ],
)
def test_a_state_that_contradicts_itself_is_refused(
    made: Callable[[], optimspec.Scheduler], contradiction: Callable[[Any], Any]
) -> None:
    scheduler = made()
    before = scheduler.state_dict()
    state = scheduler.state_dict()
    contradiction(state)

    with pytest.raises(ValueError, match=r"\[STA-1[67]\]"):
        scheduler.load_state_dict(state)

    assert scheduler.state_dict() == before


def test_the_times_of_the_members_of_a_sequence_follow_from_its_own() -> None:
    scheduler = sequence()
    state = scheduler.state_dict()
    state["schedulers"][1]["last_epoch"] = 99
    scheduler.load_state_dict(state)
    assert [member.last_epoch for member in scheduler.members] == [5, 3]


@pytest.mark.parametrize("made", [plateau, chain, sequence])
def test_a_state_of_numpy_numbers_is_saved_as_plain_ones(made: Callable[[], optimspec.Scheduler]) -> None:
    def with_numpy(value: Any) -> Any:
        match value:
            case dict():
                return {name: with_numpy(entry) for name, entry in value.items()}
            case list():
                return [with_numpy(entry) for entry in value]
        return value if value is None else np.asarray(value)[()]

    scheduler = made()
    plain = scheduler.state_dict()
    scheduler.load_state_dict(with_numpy(plain))
    assert repr(scheduler.state_dict()) == repr(plain)  # which tells np.float64(0.5) from 0.5


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"last_epoch": -1}, id="a time before the first"),
        pytest.param({"last_epoch": 2.5}, id="a time between two steps"),
        pytest.param({"default_base_lr": -0.1}, id="a negative rate for groups to come"),
        pytest.param({"base_lrs": [-0.1]}, id="a negative base rate"),
    ],
)
@pytest.mark.parametrize("in_a_member", [False, True])
def test_an_impossible_state_is_refused_at_every_depth(change: dict[str, Any], in_a_member: bool) -> None:
    scheduler = optimspec.SequentialLR(
        [optimspec.ConstantLR(0.1), optimspec.ExponentialLR(0.1, gamma=0.9)], milestones=[2]
    )
    scheduler.step(5)
    before, state = scheduler.state_dict(), scheduler.state_dict()
    (state["schedulers"][1] if in_a_member else state).update(change)

    with pytest.raises((KeyError, TypeError, ValueError)):
        scheduler.load_state_dict(state)

    assert scheduler.state_dict() == before


def test_groups_that_join_after_a_load_have_the_rate_that_was_saved_for_them() -> None:
    saved, loaded = optimspec.StepLR([0.1, 0.2]), optimspec.StepLR([0.3, 0.4])
    loaded.load_state_dict(saved.state_dict())
    loaded.extend_groups(3)
    assert loaded.base_lrs == [0.1, 0.2, 0.2]


def test_the_members_of_a_chain_keep_lists_of_their_own() -> None:
    scheduler = chain()
    scheduler.members[0].set_base_lr(0, 0.7)
    assert [part.base_lrs for part in (*scheduler.members, scheduler)] == [[0.7], [0.3], [0.3], [0.3]]
