"""One step of every optimizer: the rate it uses, what it may touch, what it keeps, and how often it is compiled.

OPT-1, OPT-2, OPT-4, OPT-11, OPT-12 and OPT-15 to OPT-19. That containers are taken, that float64 is held without x64,
and that a class is compiled once, is the reference's own.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from optimspec.base import update
from reference_cases import (
    OPTIMIZERS,
    assert_close,
    bits,
    exported,
    gradients,
    new_optimizer,
    new_states,
    shaped,
    train,
)

every_class = pytest.mark.parametrize("name", exported(optimspec.Optimizer))


def compilations() -> int:
    step: Any = update.update_weights
    return int(step._cache_size())


def test_every_class_has_arguments_here() -> None:
    assert sorted(exported(optimspec.Optimizer)) == sorted(OPTIMIZERS)


@every_class
def test_a_step_without_gradients_compiles_and_changes_nothing(name: str) -> None:
    states = new_states(name=name)
    optimizer = new_optimizer(name, states=states)
    before, bits_before, count = optimizer.state_dict(), bits(states), compilations()
    optimizer.step({})
    assert (optimizer.state_dict(), bits(states), compilations()) == (before, bits_before, count)


@pytest.mark.parametrize("decays", [(0.0, 0.0), (0.0, 0.1)])
def test_a_weight_that_does_not_decay_may_be_infinite(decays: tuple[float, float]) -> None:
    infinite = optimspec.ParamState(jnp.full(3, jnp.inf))
    optimizer = optimspec.Momentum(lr=0.1)
    optimizer.register_trainable_weights({"a": infinite})
    optimizer.add_param_group({"b": optimspec.ParamState(jnp.ones(3))}, weight_decay=decays[1])
    optimizer.step({"a": jnp.ones(3), "b": jnp.ones(3)})
    assert np.isposinf(infinite.value).all()


@every_class
def test_the_arrays_of_the_user_stay_readable(name: str) -> None:
    states = new_states(name=name)
    optimizer = new_optimizer(name, states=states)

    held = []
    for k in range(4):
        grads = {key: jnp.asarray(g) for key, g in gradients(k, states).items()}
        arrays = [*grads.values(), *(state.value for state in states.values())]
        held += [(array, np.array(array)) for array in arrays]
        optimizer.step(grads)

    assert not any(array.is_deleted() for array, _ in held)
    assert all(np.array_equal(array, copied) for array, copied in held)


@every_class
def test_numpy_arrays_of_the_user_keep_their_contents(name: str) -> None:
    """Aligned ones: these jax takes over without a copy."""

    def aligned(array: Any) -> Any:
        room = np.zeros(array.nbytes + 64, np.uint8)
        begin = -room.ctypes.data % 64
        held = room[begin : begin + array.nbytes].view(array.dtype).reshape(array.shape)
        held[...] = array
        return held

    states = {
        key: optimspec.ParamState(aligned(np.asarray(state.value))) for key, state in new_states(name=name).items()
    }
    optimizer = new_optimizer(name, states=states)
    arrays = [state.value for state in states.values()]
    for k in range(4):
        grads = {key: aligned(g) for key, g in gradients(k, states).items()}
        arrays += grads.values()
        before = [array.copy() for array in arrays]
        optimizer.step(grads)
        assert all(np.array_equal(array, copied) for array, copied in zip(arrays, before, strict=True))


@every_class
def test_a_step_donates_its_own_slots(name: str) -> None:
    states = new_states(name=name)
    optimizer = new_optimizer(name, states=states)
    slots = jax.tree.leaves([weight.slots for weight in optimizer._weights.values()])
    train(optimizer, states, range(1))
    assert bool(slots) == (name != "Fromage")
    assert all(slot.is_deleted() for slot in slots)


@every_class
def test_a_new_slot_takes_the_place_of_the_old(name: str) -> None:
    """Rather than that of another, which must be copied out of its way first."""
    states = new_states(name=name)
    optimizer = new_optimizer(name, states=states)

    def places() -> Any:
        slots = [weight.slots for weight in optimizer._weights.values()]
        return jax.tree.map(lambda slot: slot.unsafe_buffer_pointer(), slots)

    train(optimizer, states, range(1))
    before = places()
    train(optimizer, states, range(1, 2))
    assert places() == before


@every_class
def test_tied_weights_step_like_equal_ones(name: str) -> None:
    array = shaped(name, jnp.array([1.0, -2.0]))
    tied = {key: optimspec.ParamState(array) for key in "ab"}
    equal = {key: optimspec.ParamState(jnp.array(array)) for key in "ab"}
    optimizers = [new_optimizer(name, states=states) for states in (tied, equal)]

    for k in range(4):
        for optimizer in optimizers:
            grads = {"a": np.array([0.5, k], np.float32), "b": np.array([-k, 0.25], np.float32)}
            optimizer.step({key: shaped(name, g) for key, g in grads.items()})

    assert bits(tied) == bits(equal)
    assert not np.array_equal(tied["a"].value, tied["b"].value)


@every_class
def test_a_gradient_may_be_the_weight_itself(name: str) -> None:
    itself, copied = new_states(name=name), new_states(name=name)
    optimizers = [new_optimizer(name, states=states) for states in (itself, copied)]
    before = itself["w"].value

    for _ in range(3):
        optimizers[0].step({key: state.value for key, state in itself.items()})
        optimizers[1].step({key: np.array(state.value) for key, state in copied.items()})

    assert bits(itself) == bits(copied)
    assert np.array_equal(before, new_states(name=name)["w"].value)


@every_class
def test_a_container_steps_like_its_arrays_apart(name: str) -> None:
    apart = new_states(name=name)
    container = {"layer": optimspec.ParamState({"w": apart["w"].value, "more": [(apart["v"].value,)]})}
    train(new_optimizer(name, states=apart), apart, range(4))
    train(new_optimizer(name, states=container), container, range(4))

    value = container["layer"].value
    assert jax.tree.map(np.shape, value) == {"w": (2, 3), "more": [(apart["v"].value.shape,)]}
    assert_close({"w": optimspec.ParamState(value["w"]), "v": optimspec.ParamState(value["more"][0][0])}, apart)


@every_class
@pytest.mark.parametrize(("dtype", "digits"), [("float16", 10), ("bfloat16", 7), ("float32", 23), ("float64", 52)])
def test_a_weight_keeps_its_dtype_and_precision(name: str, dtype: str, digits: int) -> None:
    states, exact = new_states(dtype, name), new_states("float64", name)
    train(new_optimizer(name, states=states), states, range(5))
    train(new_optimizer(name, states=exact), exact, range(5))

    for key, state in states.items():
        assert (str(state.value.dtype), state.value.shape) == (dtype, exact[key].value.shape)
        errors = np.abs(np.asarray(state.value, np.float64) - np.asarray(exact[key].value))
        amplified = 16 if name == "LBFGS" else 1  # it divides by differences of gradients
        assert np.max(errors) <= amplified * 8 * 2.0**-digits * np.max(np.abs(exact[key].value))
    assert jnp.ones(1).dtype == jnp.float32, "x64 was left on"


@every_class
def test_a_float64_weight_keeps_digits_that_float32_has_not(name: str) -> None:
    states = {"w": optimspec.ParamState(shaped(name, np.ones(3)))}
    optimizer = new_optimizer(name, 1e-12, states)
    for _ in range(2):  # ADOPT moves nothing in its first step
        optimizer.step({"w": shaped(name, np.ones(3))})
    moved = 1 - np.asarray(states["w"].value)
    assert np.all((moved > 0) & (moved < 1e-10))


@every_class
@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "complex64"])
def test_a_dtype_that_cannot_be_trained_is_refused(name: str, dtype: str) -> None:
    states = new_states(name=name) | {"n": optimspec.ParamState(jnp.ones(2, dtype))}
    optimizer = new_optimizer(name)
    with pytest.raises(TypeError, match=rf"^{name}: 'n' .*\[OPT-12\]$"):
        optimizer.register_trainable_weights(states)
    with pytest.raises(ValueError, match="OPT-19"):
        optimizer.step({})
    optimizer.register_trainable_weights(new_states(name=name))


@every_class
def test_one_compilation_serves_all_runs(name: str) -> None:
    before = compilations()
    for hyper, base_lr in zip(OPTIMIZERS[name], (0.1, 0.02), strict=True):
        scheduler = optimspec.ExponentialLR(base_lr)
        optimizer = getattr(optimspec, name)(lr=scheduler, **hyper)
        states = {"a shape of its own": optimspec.ParamState(shaped(name, jnp.ones((2, 1, 3))))}
        optimizer.register_trainable_weights(states)
        train(optimizer, states, range(5), scheduler)
    assert compilations() - before <= 1


@every_class
def test_update_is_step(name: str) -> None:
    cls = getattr(optimspec, name)
    assert cls.update is cls.step


@every_class
def test_a_step_uses_the_rate_of_the_moment_and_leaves_it(name: str) -> None:
    scheduler, following, fixed = (
        optimspec.StepLR(0.1, step_size=2, gamma=0.5),
        new_states(name=name),
        new_states(name=name),
    )
    optimizer = new_optimizer(name, scheduler, following)
    scheduler.step(epoch=2)
    train(optimizer, following, range(3))
    train(new_optimizer(name, 0.05, fixed), fixed, range(3))
    assert bits(following) == bits(fixed)
    assert scheduler.last_epoch == 2


@every_class
def test_two_optimizers_follow_one_scheduler(name: str) -> None:
    scheduler, own = optimspec.StepLR(0.1, step_size=2, gamma=0.5), optimspec.StepLR(0.1, step_size=2, gamma=0.5)
    one, two, alone = new_states(name=name), new_states(name=name), new_states(name=name)
    optimizers = [new_optimizer(name, scheduler, states) for states in (one, two)]
    reference = new_optimizer(name, own, alone)

    for k in range(6):
        train(optimizers[0], one, [k])
        train(optimizers[1], two, [k])
        assert [optimizer.current_lr for optimizer in optimizers] == [0.1 * 0.5 ** (k // 2)] * 2
        scheduler.step()
        train(reference, alone, [k], own)

    assert bits(one) == bits(two) == bits(alone)
