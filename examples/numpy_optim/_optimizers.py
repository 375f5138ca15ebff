"""The optimizers."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from numpy_optim._arguments import boolean, fields, integer, items, optional_real, real, say
from numpy_optim._scheduler import Scheduler, State
from numpy_optim._schedulers import ConstantLR

Array = NDArray[np.floating[Any]]
Gradients = Mapping[Hashable, ArrayLike]


@dataclass(eq=False)
class ParamState:
    """A trainable weight. Anything with a `value` that can be bound anew will do in its place."""

    value: Any


Weights = Mapping[Hashable, ParamState]


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


class Optimizer(ABC):
    """Weights in groups, each of which follows a rate, and the rule that turns a gradient into a direction."""

    _slot_names: tuple[str, ...] = ()
    _squares: frozenset[str] = frozenset()  # the slots that are never negative

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

    @abstractmethod
    def _direction(self, g: Array, slots: dict[str, Array], k: int, /) -> Array:
        """Return what the rate multiplies in a weight's step `k`, and bind its slots anew."""

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
        updates = []
        for key, gradient in gradients.items():
            weight = self._weights[key]
            theta, rate, decay = weight.array(), rates[weight.group], self._decays[weight.group]
            g = gradient + decay * theta if decay else gradient
            slots = dict(weight.slots)
            direction = self._direction(g, slots, weight.k + 1)
            value = theta - rate * direction if rate else theta.copy()  # at rate 0 even an infinite step is none
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
            "lr": self._schedule.state_dict() if self._own_rate else None,
            "groups": len(self._decays),
            "weights": [weight.save(_label(key)) for key, weight in self._weights.items()],
        }

    def load_state_dict(self, state: State) -> None:
        lr, groups, entries = fields(self, state, "lr", "groups", "weights")
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
        weights = {}
        for key, state in states.items():
            if key in self._weights:
                raise ValueError(say(self, f"{key!r} is registered already"))
            if not hasattr(state, "value"):
                raise TypeError(say(self, f"the weight {key!r} has no value"))
            array = np.asarray(state.value)
            if array.dtype.type not in (np.float32, np.float64):
                raise TypeError(say(self, f"{key!r} must be float32 or float64, got {array.dtype}"))
            slots = {name: np.zeros(array.shape, array.dtype) for name in self._slot_names}
            weights[key] = _Weight(state, group, array.dtype, array.shape, slots)
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
        if (limit := self.grad_clip_norm) is not None and (norm := _norm(list(gradients.values()))) > limit:
            gradients = {key: g * (limit / norm) for key, g in gradients.items()}
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
            texts = fields(self, packed, *self._slot_names)
            slots = {name: _unpack(text, weight) for name, text in zip(self._slot_names, texts, strict=True)}
            for name, slot in slots.items():
                if (k == 0 and slot.any()) or (name in self._squares and (slot < 0).any()):
                    raise ValueError(say(self, f"{label} cannot have such a {name} after {k} steps"))
            loaded.append((weight, k, slots))
        return loaded


class SGD(Optimizer):
    """Stochastic gradient descent, with classical or Nesterov momentum."""

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.nesterov = boolean(self, "nesterov", nesterov)
        self._slot_names = ("v",) if self.momentum else ()

    def _direction(self, g: Array, slots: dict[str, Array], _k: int, /) -> Array:
        if not self.momentum:
            return g
        slots["v"] = self.momentum * slots["v"] + g
        return g + self.momentum * slots["v"] if self.nesterov else slots["v"]


class _BetasError(TypeError, ValueError):
    """Betas that are no numbers: of the wrong type (OPT-27), and "not two numbers in [0, 1)" (ADAM-6)."""


class Adam(Optimizer):
    """The first moment of the gradient over the root of the second, both corrected for starting at zero."""

    _squares = frozenset({"v", "v_max"})

    def __init__(
        self,
        lr: float | Scheduler = 1e-3,
        betas: Iterable[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.betas = self._two_betas(betas)
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.amsgrad = boolean(self, "amsgrad", amsgrad)
        self._slot_names = ("m", "v", "v_max") if self.amsgrad else ("m", "v")

    def _two_betas(self, betas: Any) -> tuple[float, float]:
        try:
            numbers = [real(self, "betas", beta, "[0, 1)") for beta in items(self, "betas", betas)]
        except TypeError as error:
            raise _BetasError(str(error)) from None
        if len(numbers) != 2:
            raise ValueError(f"Adam: betas must be two real numbers in [0, 1), got {numbers}")
        return numbers[0], numbers[1]

    def _direction(self, g: Array, slots: dict[str, Array], k: int, /) -> Array:
        beta1, beta2 = self.betas
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * g
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * g * g
        m_hat, v_hat = slots["m"] / (1 - beta1**k), slots["v"] / (1 - beta2**k)
        if self.amsgrad:
            v_hat = slots["v_max"] = np.maximum(slots["v_max"], v_hat)
        return _ratio(m_hat, np.sqrt(v_hat) + self.eps)


class RMSprop(Optimizer):
    """The gradient over a running root mean square of itself, centred or not, with momentum or without."""

    _squares = frozenset({"mean_square"})

    def __init__(
        self,
        lr: float | Scheduler = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        grad_clip_norm: float | None = None,
        grad_clip_value: float | None = None,
    ) -> None:
        super().__init__(lr, weight_decay, grad_clip_norm, grad_clip_value)
        self.alpha = real(self, "alpha", alpha, "[0, 1]")
        self.eps = real(self, "eps", eps, "[0, inf)")
        self.momentum = real(self, "momentum", momentum, "[0, inf)")
        self.centered = boolean(self, "centered", centered)
        self._slot_names = ("mean_square", *["mean"] * self.centered, *["buffer"] * bool(self.momentum))

    def _direction(self, g: Array, slots: dict[str, Array], _k: int, /) -> Array:
        slots["mean_square"] = variance = self.alpha * slots["mean_square"] + (1 - self.alpha) * g * g
        if self.centered:
            slots["mean"] = self.alpha * slots["mean"] + (1 - self.alpha) * g
            variance = np.maximum(variance - slots["mean"] ** 2, 0)  # never negative but for rounding
        direction = _ratio(g, np.sqrt(variance + self.eps))
        if self.momentum:
            slots["buffer"] = direction = self.momentum * slots["buffer"] + direction
        return direction


def _ratio(a: Array, b: Array) -> Array:
    """Return a/b, and 0 for 0/0: with `eps=0`, a gradient that was always 0 moves nothing."""
    return a / np.where((a == 0) & (b == 0), np.ones_like(b), b)


def _limit(g: Array, limit: float) -> Array:
    limit = min(limit, float(np.finfo(g.dtype).max))
    return np.clip(g, -limit, limit)


def _norm(arrays: list[Array]) -> float:
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


def _unpack(text: Any, weight: _Weight) -> Array:
    numbers = np.frombuffer(bytes.fromhex(text), weight.dtype.newbyteorder("<"))
    return numbers.astype(weight.dtype).reshape(weight.shape)
