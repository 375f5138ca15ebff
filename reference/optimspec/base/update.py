"""The compiled part of every optimizer: clipping, and the update with weight decay and the rule of the class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from .math_functions import Real

Slots: TypeAlias = dict[str, Array]


class Rule(NamedTuple):
    """What is compiled once: the rule of a class, and the hyperparameters that choose between branches of its code."""

    apply: Callable[..., tuple[Array, Slots]]
    coupled: bool  # weight decay is added to the gradient
    joint: bool  # the arrays of a cohort are updated as one
    moves_at_rate_zero: bool
    options: tuple[tuple[str, bool | str | type], ...]


class Cohort(NamedTuple):
    """What weights share that are in the same group and have taken the same number of steps."""

    lr: Real
    decay: Real
    k: Real


class StepInputs(NamedTuple):
    """What changes from step to step, besides the slots. Numbers are computed in float64, arrays keep their dtype."""

    gradients: list[Any]  # a tree of arrays for each weight
    values: list[Any]
    cohorts: list[Cohort]
    hyper: dict[str, Real]


@jax.jit
def clip_gradients(
    gradients: list[Any], values: list[Any], grad_clip_norm: Real | None, grad_clip_value: Real | None
) -> list[Any]:
    """The gradients, clipped by norm and then by value, in the dtypes in which their weights are updated."""
    grads = jax.tree.map(lambda g, p: g.astype(compute_dtype(p)), gradients, values)
    if grad_clip_norm is not None:
        squares = [jnp.sum(g.astype(jnp.float64) ** 2) for g in jax.tree.leaves(grads)]
        scale = jnp.minimum(1.0, grad_clip_norm / jnp.sqrt(sum(squares)))
        grads = jax.tree.map(lambda g: (g * scale).astype(g.dtype), grads)
    if grad_clip_value is not None:
        grads = jax.tree.map(lambda g: jnp.clip(g, -grad_clip_value, grad_clip_value), grads)
    clipped: list[Any] = grads
    return clipped


@partial(jax.jit, static_argnames=("rule", "index_of_cohort"), donate_argnames="slots")
def update_weights(
    rule: Rule, index_of_cohort: tuple[int, ...], slots: list[list[Slots]], inputs: StepInputs
) -> tuple[list[list[Slots]], list[Any]]:
    """The slots and values of all weights after a step; ``index_of_cohort`` has an index for each weight.

    The slots are donated. They are returned first, so that each new slot takes the memory of the old one.
    """
    params, structure_of_values = jax.tree.flatten(inputs.values)
    flat_slots, structure_of_slots = jax.tree.flatten(slots, is_leaf=lambda node: isinstance(node, dict))
    index_of = [index for index, leaves in zip(index_of_cohort, slots, strict=True) for _ in leaves]
    ps = [p.astype(compute_dtype(p)) for p in params]
    gs = [g.astype(p.dtype) for g, p in zip(jax.tree.leaves(inputs.gradients), ps, strict=True)]
    arrays = list(zip(gs, flat_slots, ps, strict=True))
    for positions in _cohort_arrays(index_of):
        cohort = inputs.cohorts[index_of[positions[0]]]
        updated = _updated(rule, cohort, inputs.hyper, [arrays[i] for i in positions])
        for i, (p, s) in zip(positions, updated, strict=True):
            params[i] = p.reshape(params[i].shape).astype(params[i].dtype)
            flat_slots[i] = {name: s[name].astype(old.dtype) for name, old in flat_slots[i].items()}
    return jax.tree.unflatten(structure_of_slots, flat_slots), jax.tree.unflatten(structure_of_values, params)


def _cohort_arrays(index_of: list[int]) -> Iterable[list[int]]:
    """The arrays of each cohort, by their positions."""
    positions: dict[int, list[int]] = {}
    for i, index in enumerate(index_of):
        positions.setdefault(index, []).append(i)
    return positions.values()


def _updated(
    rule: Rule, cohort: Cohort, hyper: dict[str, Real], arrays: list[tuple[Array, Slots, Array]]
) -> list[tuple[Array, Slots]]:
    """The arrays of a cohort and their slots after a step. A joint rule sees them as one vector."""
    if not rule.joint:
        return [_applied(rule, cohort, hyper, *array) for array in arrays]
    flat = [(g.ravel(), slots, p.ravel()) for g, slots, p in arrays]
    joined = jax.tree.map(lambda *parts: jnp.concatenate(parts, axis=-1), *flat)
    return _cut(_applied(rule, cohort, hyper, *joined), [p.size for _, _, p in arrays])


def _applied(
    rule: Rule, cohort: Cohort, hyper: dict[str, Real], g: Array, slots: Slots, p: Array
) -> tuple[Array, Slots]:
    """One array and its slots after a step: weight decay, then the rule."""
    lr, decay, k = cohort
    given: dict[str, Any] = {**hyper, **dict(rule.options)}
    if rule.coupled:
        g = jnp.where(decay == 0, g, g + decay * p)  # 0·∞ is 0 here
    else:
        given["weight_decay"] = decay
    new_p, new_slots = rule.apply(g, slots, p, lr, k, **given)
    if rule.moves_at_rate_zero:
        return new_p, new_slots
    return jnp.where(lr == 0, p, new_p), new_slots  # at rate 0 nothing moves, not even by 0/0 (OPT-5)


def _cut(joined: tuple[Array, Slots], sizes: list[int]) -> list[tuple[Array, Slots]]:
    """Take concatenated arrays apart again."""
    ends = pairwise(accumulate(sizes, initial=0))
    return [jax.tree.map(lambda array, a=a, b=b: array[..., a:b], joined) for a, b in ends]


def compute_dtype(array: Any) -> Any:
    """The dtype of the computation: float32 for half precision, in which a square or an eps would vanish."""
    return jnp.promote_types(array.dtype, jnp.float32)
