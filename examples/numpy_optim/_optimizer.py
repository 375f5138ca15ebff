"""What every optimizer does, whatever its rule."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numpy_optim._arguments import fields, integer, items, optional_real, real, say
from numpy_optim._scheduler import Scheduler, State
from numpy_optim._schedulers import ConstantLR

Array = NDArray[np.floating[Any]]
Gradients = Mapping[Hashable, ArrayLike]


@dataclass(eq=False)
class ParamState:
    """A trainable weight. Anything with a `value` that can be bound anew will do in its place."""

    value: Any


Weights = Mapping[Hashable, ParamState]


@dataclass(frozen=True)
class Moment:
    """What a rule may know of a weight's step besides the gradient and the slots."""

    k: int
    rate: float
    decay: float
    theta: Array
    group: int
    relative: bool  # whether the rate is a factor of steps that are relative to the weight


Part = tuple[Array, dict[str, Array], Moment]


@dataclass
class _Weight:
    """What an optimizer knows of one weight."""

    state: ParamState
    group: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    slots: dict[str, Array]
    k: int = 0

    def array(self) -> Array:
        array = np.asarray(self.state.value)
        if (array.dtype, array.shape) != (self.dtype, self.shape):
            raise ValueError(f"a weight must stay {self.dtype} {self.shape}, got {array.dtype} {array.shape}")
        return array

    def save(self, label: str) -> dict[str, Any]:
        slots = {name: _pack(slot) for name, slot in self.slots.items()}
        entry = {"key": label, "group": self.group, "k": self.k, "dtype": self.dtype.name}
        return entry | {"shape": list(self.shape), "slots": slots}


class Optimizer:
    """Weights in groups, each of which follows a rate, and the rule that turns a gradient into a direction."""

    _slot_names: tuple[str, ...] = ()
    _sizes: frozenset[str] = frozenset()  # the slots that are never negative
    _coupled = True  # whether weight decay is a part of the gradient
    _relative = False
    _moves_at_zero = False  # whether a rate of 0 moves weights, or slots by where they are

    def __init__(
        self,
        lr: float | Scheduler,
        weight_decay: float,
        grad_clip_norm: float | None,
        grad_clip_value: float | None,
    ) -> None:
        self._own_rate = not isinstance(lr, Scheduler)  # whether it follows a schedule that never moves
        self._schedule = lr if isinstance(lr, Scheduler) else ConstantLR(real(self, "lr", lr, "[0, inf)"), factor=1.0)
        self.weight_decay = real(self, "weight_decay", weight_decay, "[0, inf)")
        self.grad_clip_norm = optional_real(self, "grad_clip_norm", grad_clip_norm, "(0, inf)")
        self.grad_clip_value = optional_real(self, "grad_clip_value", grad_clip_value, "(0, inf)")
        self._weights: dict[Hashable, _Weight] = {}
        self._decays: list[float] = []  # one for each group

    def _start(self, _name: str, /) -> float:
        """Return what a slot is before the first step."""
        return 0.0

    def _layout(self, array: Array, /) -> dict[str, Array]:
        """Return the slots that a weight has before the first step."""
        return {name: np.full(array.shape, self._start(name), array.dtype) for name in self._slot_names}

    def _direction(self, g: Array, slots: dict[str, Array], at: Moment, /) -> Array:
        """Return what the rate multiplies, and bind the slots anew."""
        raise NotImplementedError

    def _check_shape(self, _key: Hashable, _shape: tuple[int, ...], /) -> None:
        """Raise ValueError for a shape that the rule cannot step."""
        return

    def _directions(self, parts: list[Part], /) -> list[Array]:
        """Return the directions of all the weights of a step, which hardly any rule joins."""
        return [self._direction(*part) for part in parts]

    def _move(self, direction: Array, _slots: dict[str, Array], at: Moment, /) -> Array:
        """Return the new weight, at a rate that is not 0."""
        moved: Array = at.theta - at.rate * direction
        return moved

    @property
    def current_lr(self) -> float:
        return self._schedule.get_last_lr()[0]

    def register_trainable_weights(self, states: Weights) -> None:
        """Make the weights part of the first group."""
        weights = self._new_weights(states, group=0)
        self._schedule._attach(max(1, len(self._decays)))
        self._decays = self._decays or [self.weight_decay]
        self._weights |= weights

    def add_param_group(self, states: Weights, lr: float | None = None, weight_decay: float | None = None) -> None:
        """Make the weights a group, with a base rate and a weight decay of its own where they are given."""
        if not self._decays:
            raise ValueError(say(self, "register weights before you add a group"))
        if lr is not None and self._schedule._holds_absolute():
            raise TypeError(say(self, "lr cannot be given to a group of an absolute schedule"))
        rate = optional_real(self, "lr", lr, "[0, inf)")
        decay = optional_real(self, "weight_decay", weight_decay, "[0, inf)")
        weights = self._new_weights(states, group=len(self._decays))
        self._decays.append(self.weight_decay if decay is None else decay)
        self._schedule._attach(len(self._decays), rate)
        self._weights |= weights

    def step(self, grads: Gradients) -> None:
        """Give every weight with a gradient a new `value`. All is computed first, so that a refusal changes nothing."""
        if not self._decays:
            raise ValueError(say(self, "register weights before you step"))
        if not isinstance(grads, Mapping):
            raise TypeError(say(self, f"grads must be a mapping, got {type(grads).__name__}"))
        rates = self._schedule.get_last_lr()
        gradients = self._clip({key: self._gradient(key, gradient) for key, gradient in grads.items()})
        weights, parts = [self._weights[key] for key in gradients], list[Part]()
        for weight, gradient in zip(weights, gradients.values(), strict=True):
            rate, decay = rates[weight.group], self._decays[weight.group]
            at = Moment(weight.k + 1, rate, decay, weight.array(), weight.group, self._relative)
            g = gradient + decay * at.theta if self._coupled and decay else gradient
            parts.append((g, dict(weight.slots), at))
        updates = []
        for weight, (_, slots, at), direction in zip(weights, parts, self._directions(parts), strict=True):
            value = at.theta.copy()  # at rate 0, even if the step is infinite
            if at.rate or self._moves_at_zero:
                value = self._move(direction, slots, at)
            slots = {name: np.asarray(slot, weight.dtype) for name, slot in slots.items()}
            updates.append((weight, np.asarray(value, weight.dtype), slots))
        for weight, value, slots in updates:
            weight.state.value, weight.slots, weight.k = value, slots, weight.k + 1

    def update(self, grads: Gradients) -> None:
        """Do the same as `step`."""
        self.step(grads)

    def state_dict(self) -> dict[str, Any]:
        """Return the counts, the slots and the float rates. A scheduler that was given is saved apart."""
        return {
            "kind": type(self).__name__,
            "lr": self._schedule.state_dict() if self._own_rate else None,
            "groups": len(self._decays),
            "weights": [weight.save(_label(key)) for key, weight in self._weights.items()],
        }

    def load_state_dict(self, state: State) -> None:
        kind, lr, groups, entries = fields(self, state, "kind", "lr", "groups", "weights")
        if kind != type(self).__name__:
            raise ValueError(say(self, f"a state of the same class was expected, got one of {kind!r}"))
        if groups != len(self._decays):
            raise ValueError(say(self, f"groups must be {len(self._decays)}, got {groups!r}"))
        if self._own_rate != (lr is not None):
            raise ValueError(say(self, "lr must be saved by an optimizer with the same kind of rate"))
        loaded = self._read_weights(items(self, "weights", entries))
        if self._own_rate:
            self._schedule.load_state_dict(lr)
        for weight, k, slots in loaded:
            weight.k, weight.slots = k, slots

    def _new_weights(self, states: Weights, group: int) -> dict[Hashable, _Weight]:
        if not isinstance(states, Mapping):
            raise TypeError(say(self, f"weights must be a mapping, got {type(states).__name__}"))
        weights: dict[Hashable, _Weight] = {}
        for key, state in states.items():
            if key in self._weights:
                raise ValueError(say(self, f"{key!r} is registered already"))
            if any(state is known.state for known in (*self._weights.values(), *weights.values())):
                raise ValueError(say(self, f"the weight {key!r} is registered already"))
            if not hasattr(state, "value"):
                raise TypeError(say(self, f"the weight {key!r} has no value"))
            array = np.asarray(state.value)
            if array.dtype.type not in (np.float32, np.float64):
                raise TypeError(say(self, f"{key!r} must be float32 or float64, got {array.dtype}"))
            self._check_shape(key, array.shape)
            weights[key] = _Weight(state, group, array.dtype, array.shape, self._layout(array))
        return weights

    def _gradient(self, key: Hashable, gradient: ArrayLike) -> Array:
        if key not in self._weights:
            raise KeyError(say(self, f"no weight is registered as {key!r}"))
        weight, g = self._weights[key], np.asarray(gradient)
        if not np.can_cast(g.dtype, weight.dtype, "same_kind"):
            raise TypeError(say(self, f"the gradient of {key!r} must be real, got {g.dtype}"))
        if g.shape != weight.shape:
            raise ValueError(say(self, f"the gradient of {key!r} must be {weight.shape}, got {g.shape}"))
        return np.asarray(g, weight.dtype)

    def _clip(self, gradients: dict[Hashable, Array]) -> dict[Hashable, Array]:
        if (limit := self.grad_clip_norm) is not None and (size := norm(list(gradients.values()))) > limit:
            gradients = {key: g * (limit / size) for key, g in gradients.items()}
        if (limit := self.grad_clip_value) is not None:
            gradients = {key: _limit(g, limit) for key, g in gradients.items()}
        return gradients

    def _read_weights(self, entries: list[Any]) -> list[tuple[_Weight, int, dict[str, Array]]]:
        """Check the saved weights and pair them with the registered ones, those of one label by their order."""
        if len(entries) != len(self._weights):
            raise ValueError(say(self, f"weights must be {len(self._weights)}, got {len(entries)}"))
        waiting: dict[tuple[int, str], list[_Weight]] = {}
        for key, weight in self._weights.items():
            waiting.setdefault((weight.group, _label(key)), []).append(weight)
        loaded = []
        for entry in entries:
            label, group, k, dtype, shape, packed = fields(self, entry, "key", "group", "k", "dtype", "shape", "slots")
            if not waiting.get((group, label)):
                raise KeyError(say(self, f"no weight {label} is left in group {group}"))
            weight = waiting[group, label].pop(0)
            if (dtype, tuple(shape)) != (weight.dtype.name, weight.shape):
                raise ValueError(say(self, f"{label} must be {weight.dtype} {weight.shape}, got {dtype} {shape}"))
            k = integer(self, "k", k, 0)
            new = self._layout(np.empty(weight.shape, weight.dtype))
            texts = fields(self, packed, *new)
            slots = {name: _unpack(text, new[name]) for name, text in zip(new, texts, strict=True)}
            for name, slot in slots.items():
                if (k == 0 and (slot != new[name]).any()) or (name in self._sizes and (slot < 0).any()):
                    raise ValueError(say(self, f"{label} cannot have such a {name} after {k} steps"))
            loaded.append((weight, k, slots))
        return loaded


def ratio(a: Array, b: Array) -> Array:
    """Return a/b, and 0 for 0/0: with `eps=0`, a gradient that was always 0 moves nothing."""
    return a / np.where((a == 0) & (b == 0), np.ones_like(b), b)


def _limit(g: Array, limit: float) -> Array:
    limit = min(limit, float(np.finfo(g.dtype).max))
    return np.clip(g, -limit, limit)


def norm(arrays: list[Array]) -> float:
    """Return one Euclidean norm over all arrays, in float64, whose squares neither overflow nor vanish."""
    peak = max((float(np.max(np.abs(array), initial=0)) for array in arrays), default=0.0)
    if not 0 < peak < math.inf:
        return peak
    return peak * math.sqrt(sum(float(np.sum((array.astype(np.float64) / peak) ** 2)) for array in arrays))


def _label(key: Hashable) -> str:
    """Return a name for a key that another process gives it too. Keys with one name are told apart by their order."""
    match key:
        case str():
            return repr(key)
        case tuple():
            return f"({', '.join(map(_label, key))})"
        case frozenset():
            return f"{{{', '.join(sorted(map(_label, key)))}}}"
        case _:
            return re.sub(r" at 0x[0-9A-Fa-f]+", "", repr(key))


def _pack(array: Array) -> str:
    """Return the bytes, least significant first, as text: it survives JSON to the bit, also where it is infinite."""
    return array.astype(array.dtype.newbyteorder("<")).tobytes().hex()


def _unpack(text: Any, like: Array) -> Array:
    numbers = np.frombuffer(bytes.fromhex(text), like.dtype.newbyteorder("<"))
    return numbers.astype(like.dtype).reshape(like.shape)
