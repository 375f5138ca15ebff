"""What all optimizers have compiled: clipping, and the step, with weight decay and the rule of the class."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import accumulate, pairwise
from typing import Any

import jax
import jax.numpy as jnp

Slots = dict[str, Any]


@jax.jit
def clipped(
    gradients: list[Any], values: list[Any], grad_clip_norm: float | None, grad_clip_value: float | None
) -> Any:
    """The gradients in the dtypes that their weights are computed in, clipped by norm and then by value."""
    grads = jax.tree.map(lambda g, p: g.astype(wide(p).dtype), gradients, values)
    if grad_clip_norm is not None:
        squares = [jnp.sum(g.astype(jnp.float64) ** 2) for g in jax.tree.leaves(grads)]
        scale = jnp.minimum(1.0, grad_clip_norm / jnp.sqrt(sum(squares)))
        grads = jax.tree.map(lambda g: (g * scale).astype(g.dtype), grads)
    if grad_clip_value is not None:
        grads = jax.tree.map(lambda g: jnp.clip(g, -grad_clip_value, grad_clip_value), grads)
    return grads


@partial(jax.jit, static_argnums=(0, 1, 2), donate_argnums=5)
def stepped(
    rule: tuple[Callable[..., tuple[Any, Slots]], bool, bool],
    common: tuple[int, ...],
    static: tuple[tuple[str, Any], ...],
    gradients: list[Any],
    values: list[Any],
    slots: list[list[Slots]],
    lrs: list[float],
    decays: list[float | None],
    ks: list[int],
    hyper: dict[str, float],
) -> tuple[list[list[Slots]], list[Any]]:
    """The slots and values of all weights after a step, compiled once for a class and its weights.

    ``common`` has the place of each weight's rate, decay and count. Scalars are float64, arrays keep their dtype. The
    slots, which are donated, come first: what is returned takes the place of the donated arrays in their order.
    """
    apply, coupled, joint = rule
    held = [jax.tree.leaves(value) for value in values]
    params = [[wide(p) for p in leaves] for leaves in held]
    grads = [
        [g.astype(p.dtype) for g, p in zip(jax.tree.leaves(gradient), leaves, strict=True)]
        for gradient, leaves in zip(gradients, params, strict=True)
    ]
    new_params, new_slots = [[*leaves] for leaves in held], [[*leaves] for leaves in slots]
    for places in _blocks(common, params, joint):
        i, j = places[0]
        lr, decay, k = lrs[common[i]], decays[common[i]], ks[common[i]]
        g, p, s = grads[i][j], params[i][j], slots[i][j]
        if joint:
            g, p = (_end_to_end(*(arrays[i][j].ravel() for i, j in places)) for arrays in (grads, params))
            s = jax.tree.map(_end_to_end, *(slots[i][j] for i, j in places))
        own = hyper | dict(static) | ({} if coupled else {"weight_decay": decay})
        g = g + decay * p if coupled and decay is not None else g
        moved, s = apply(g, s, p, lr, k, **own)
        moved = jnp.where(lr == 0, p, moved)  # at rate 0 nothing moves, not even by 0/0 (OPT-5)
        cut = _cut((moved, s), [params[i][j].size for i, j in places]) if joint else [(moved, s)]
        for (i, j), (new, slot) in zip(places, cut, strict=True):
            new_params[i][j] = new.reshape(held[i][j].shape).astype(held[i][j].dtype)
            new_slots[i][j] = {name: slot[name].astype(old.dtype) for name, old in slots[i][j].items()}
    structures = [jax.tree.structure(value) for value in values]
    return new_slots, list(map(jax.tree.unflatten, structures, new_params))


def norm(x: Any) -> Any:
    """The Euclidean norm of an array, summed in float64, where no square of a float32 overflows or vanishes."""
    return jnp.sqrt(jnp.sum(x.astype(jnp.float64) ** 2)).astype(x.dtype)


def _blocks(common: tuple[int, ...], params: list[list[Any]], joint: bool) -> Iterable[list[tuple[int, int]]]:
    """The places of the arrays that the rule takes as one: each alone, unless it is joint."""
    blocks: dict[Any, list[tuple[int, int]]] = {}
    for i, leaves in enumerate(params):
        for j in range(len(leaves)):
            blocks.setdefault(common[i] if joint else (i, j), []).append((i, j))
    return blocks.values()


def _end_to_end(*arrays: Any) -> Any:
    return jnp.concatenate(arrays, axis=-1)


def _cut(tree: Any, sizes: list[int]) -> list[Any]:
    """The parts, of the given sizes, of arrays that were laid end to end."""
    ends = pairwise(accumulate(sizes, initial=0))
    return [jax.tree.map(lambda array, a=a, b=b: array[..., a:b], tree) for a, b in ends]


def wide(array: Any) -> Any:
    """Half precision is computed in float32: a square or an eps would not survive there."""
    return array.astype(jnp.promote_types(array.dtype, jnp.float32))
