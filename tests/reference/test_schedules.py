"""A schedule is a pure function of the time, whoever asks for it: Python, jit, vmap, grad, optax. The plateau is none.

The reference's own promises, which no other implementation has to keep; and EXP-1, SCH-9, SCH-14, SCH-15, NUM-1, STA-4
and STA-5 where they touch them.
"""

import copy
import pickle
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from reference_cases import BASE_LRS, SCHEDULERS, exported

TIMES = range(40)
PLATEAU = "ReduceLROnPlateau"  # its rate depends on metrics
every_schedule = pytest.mark.parametrize("name", exported(optimspec.Schedule))
COPIES = {"pickle": lambda given: pickle.loads(pickle.dumps(given)), "deepcopy": copy.deepcopy}


def curve(scheduler: optimspec.Schedule, group: int = 0) -> list[float]:
    return [scheduler.lr_at(t, group) for t in TIMES]


def one_by_one(rate: Callable[[Any], Any]) -> list[Any]:
    jitted = jax.jit(rate)
    return [jitted(t) for t in TIMES]


def test_every_class_has_arguments_here() -> None:
    assert (
        sorted(exported(optimspec.Scheduler)) == sorted(SCHEDULERS) == sorted([*exported(optimspec.Schedule), PLATEAU])
    )


@every_schedule
@pytest.mark.parametrize("group", [0, 1])
@pytest.mark.parametrize(
    "traced",
    [
        pytest.param(one_by_one, id="jit"),
        pytest.param(lambda rate: jax.vmap(rate)(jnp.arange(len(TIMES))), id="vmap"),
        pytest.param(lambda rate: jax.jit(jax.vmap(rate))(jnp.arange(len(TIMES))), id="jit-vmap"),
    ],
)
def test_a_traced_rate_is_the_eager_one(name: str, group: int, traced: Callable[[Callable[[Any], Any]], Any]) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)

    rates = traced(partial(scheduler.lr_at, group=group))

    assert all(isinstance(rate, jax.Array) and rate.shape == () for rate in rates)
    np.testing.assert_allclose(np.asarray(rates), curve(scheduler, group), rtol=2e-6, atol=1e-9)  # float32


@every_schedule
def test_times_in_numpy_have_the_rates_of_times_in_jax(name: str) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)
    rates = scheduler.lr_at(np.arange(len(TIMES)))
    assert isinstance(rates, jax.Array)
    np.testing.assert_array_equal(rates, scheduler.lr_at(jnp.arange(len(TIMES))))


@every_schedule
@pytest.mark.parametrize("integer", [int, np.int64])
def test_an_eager_rate_is_a_python_float(name: str, integer: type) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)
    for t in TIMES:
        scheduler.step(epoch=integer(t))
        rates = scheduler.get_last_lr()
        assert [type(lr) for lr in rates] == [float, float]
        assert [type(scheduler.lr_at(integer(t), group)) for group in (0, 1)] == [float, float]
        assert [scheduler.lr_at(integer(t), group) for group in (0, 1)] == rates


@every_schedule
def test_a_group_has_the_rates_of_its_own_base_rate(name: str) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)
    assert [curve(scheduler, group) for group in (0, 1)] == [curve(SCHEDULERS[name](b)) for b in BASE_LRS]
    with pytest.raises(IndexError):
        scheduler.lr_at(0, group=2)


@every_schedule
def test_asking_for_a_rate_does_not_move_the_scheduler(name: str) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)
    scheduler.step(epoch=3)
    state, rates = scheduler.state_dict(), scheduler.get_last_lr()

    curve(scheduler)
    jax.jit(jax.vmap(scheduler.lr_at))(jnp.arange(9))

    assert (scheduler.last_epoch, scheduler.state_dict(), scheduler.get_last_lr()) == (3, state, rates)


@every_schedule
def test_the_order_of_asking_and_the_own_time_do_not_matter(name: str) -> None:
    in_order, scheduler = curve(SCHEDULERS[name](BASE_LRS)), SCHEDULERS[name](BASE_LRS)
    shuffled = random.Random(0).sample(TIMES, len(TIMES))

    rates = {}
    for t in shuffled:
        scheduler.step(epoch=39 - t)
        rates[t] = scheduler.lr_at(t)

    assert [rates[t] for t in TIMES] == in_order
    assert curve(scheduler) == in_order


@every_schedule
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_goes_its_own_way(name: str, way: str) -> None:
    scheduler = SCHEDULERS[name](BASE_LRS)
    scheduler.step(epoch=3)
    rates = scheduler.get_last_lr()

    copied = COPIES[way](scheduler)
    assert (copied.last_epoch, copied.get_last_lr()) == (3, rates)
    copied.step(epoch=30)

    assert copied.get_last_lr() == [scheduler.lr_at(30, group) for group in (0, 1)]
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (3, rates)


@pytest.mark.parametrize("way", COPIES)
def test_a_copied_plateau_goes_its_own_way(way: str) -> None:
    scheduler = SCHEDULERS[PLATEAU](BASE_LRS)
    for metric in (0.5, 0.6, 0.4, 0.3, 0.2, 0.2):
        scheduler.step(metric)
    state, rates = scheduler.state_dict(), scheduler.get_last_lr()

    copied = COPIES[way](scheduler)
    assert copied.state_dict() == state
    walks = []
    for plateau in (copied, scheduler):
        assert (plateau.state_dict(), plateau.get_last_lr()) == (state, rates)
        walks.append([plateau.step(0.1) or plateau.get_last_lr() for _ in range(9)])

    assert walks[0] == walks[1]
    assert rates != walks[0][-1] != BASE_LRS


def test_a_plateau_is_no_function_of_the_time() -> None:
    scheduler = SCHEDULERS[PLATEAU](BASE_LRS)
    assert [type(lr) for lr in scheduler.get_last_lr()] == [float, float]
    assert not hasattr(scheduler, "lr_at")


@every_schedule
@pytest.mark.filterwarnings("error")
def test_many_groups_have_the_bits_that_each_has_alone(name: str) -> None:
    scheduler = SCHEDULERS[name]([0.0, *random.Random(0).choices([1e-300, 0.3, 0.02, 7.0, 1e300], k=40)])
    for t in TIMES:
        scheduler.step(epoch=t)
        rates = scheduler.get_last_lr()
        assert rates == [scheduler.lr_at(t, group) for group in range(len(scheduler.base_lrs))]
        assert {type(rate) for rate in rates} == {float}


@every_schedule
def test_a_schedule_serves_optax(name: str) -> None:
    optax = pytest.importorskip("optax")
    scheduler = SCHEDULERS[name](BASE_LRS)
    scheduler.step(epoch=9)  # optax counts for itself
    rule = optax.sgd(learning_rate=scheduler.lr_at)
    params, g = jnp.zeros(3), jnp.array([1.0, -2.0, 0.5])
    state, update = rule.init(params), jax.jit(rule.update)

    for count in range(3):
        updates, state = update(g, state)
        np.testing.assert_allclose(updates, -scheduler.lr_at(count) * np.asarray(g), rtol=2e-6)


@pytest.mark.parametrize("t", [0, 1, 7, 30])
@pytest.mark.parametrize("transform", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_an_exponential_decay_is_differentiable_in_b_and_gamma(t: int, transform: Callable[[Any], Any]) -> None:
    slope = transform(jax.grad(optimspec.ExponentialLR.rate, argnums=(1, 2)))
    by_b, by_gamma = slope(t, 0.1, 0.95)
    np.testing.assert_allclose(by_b, 0.95**t, rtol=2e-6)
    np.testing.assert_allclose(by_gamma, 0.1 * t * 0.95 ** (t - 1), rtol=2e-6)


def test_a_far_rate_is_the_formula_in_python_floats() -> None:
    walked = optimspec.ExponentialLR(base_lr=0.1, gamma=0.99998)
    for _ in range(10**5):
        walked.step()
    assert walked.get_last_lr() == [walked.lr_at(10**5)] == [0.1 * 0.99998**100_000]


def test_a_far_traced_rate_keeps_five_digits() -> None:
    scheduler = optimspec.ExponentialLR(base_lr=0.1, gamma=0.999)
    np.testing.assert_allclose(jax.jit(scheduler.lr_at)(10_000), 0.1 * 0.999**10_000, rtol=1e-5)


@pytest.mark.parametrize("T_0", [1, 2**31])
def test_a_traced_cycle_may_begin_at_the_last_int32_or_never(T_0: int) -> None:
    scheduler = optimspec.CosineAnnealingWarmRestarts(base_lr=0.3, T_0=T_0, T_mult=2, eta_min=0.01)
    last = 2**31 - 1
    np.testing.assert_allclose(jax.jit(scheduler.lr_at)(last), scheduler.lr_at(last), rtol=2e-6)


def test_a_cycle_may_begin_beyond_int32() -> None:
    scheduler = optimspec.CosineAnnealingWarmRestarts(base_lr=0.3, T_0=1, T_mult=2)
    assert scheduler.lr_at(2**40 - 1) == 0.3


def test_a_triangle_of_no_height_outlasts_a_scale_beyond_floats() -> None:
    scheduler = optimspec.CyclicLR(0.1, 1.0, step_size_up=3, mode="exp_range", gamma=10.0)
    assert scheduler.lr_at(402) == 0.1


def test_a_time_in_a_narrow_integer_is_a_time_all_the_same() -> None:
    scheduler = optimspec.StepLR(0.1, step_size=300, gamma=0.5)
    assert scheduler.lr_at(np.int8(100)) == scheduler.lr_at(100)


def test_a_time_beyond_the_range_of_floats_has_the_rate_at_the_end() -> None:
    assert optimspec.ExponentialLR(0.1, gamma=0.5).lr_at(10**400) == 0.0
