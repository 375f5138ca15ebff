"""Learning-rate schedulers and optimizers in numpy, with the native API: `ExponentialLR`, `StepLR`, `MultiStepLR`,
`CosineAnnealingLR`, `LinearLR` and `ChainedScheduler`; `SGD`, `Adam` and `RMSprop`; `ParamState` for the weights. One
file, written from the specification alone, that needs nothing but numpy: MIT-simple to copy into your own project. A
rate is always computed from the time and the base rate, so nothing can become stale; weights are float32 or float64.
"""

from __future__ import annotations

import math
import operator
import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from numbers import Real
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]
Int = SupportsIndex
State = Mapping[str, Any]
Gradients = Mapping[Hashable, ArrayLike]


class _Unset(Enum):
    """The default of `base_lr`: a scheduler in a chain must know whether its base rate was stated."""

    UNSET = "unset"


UNSET = _Unset.UNSET
DEFAULT_BASE_LR = 1e-3
BaseLR = float | list[float] | tuple[float, ...] | _Unset

# ------------------------------------------------------------------------------------------------------ arguments


def _say(owner: object, text: str) -> str:
    return f"{type(owner).__name__}: {text}"


def _real(owner: object, name: str, value: Any, domain: str) -> float:
    """Return `value` as a float if it is a real number in `domain`, an interval such as "(0, 1]"."""
    if not isinstance(value, Real):
        raise TypeError(_say(owner, f"{name} must be a real number in {domain}, got {value!r}"))
    try:
        number = float(value)
    except OverflowError:  # an integer beyond every float
        number = math.inf
    low, high = map(float, domain[1:-1].split(","))
    above = number > low if domain[0] == "(" else number >= low
    below = number < high if domain[-1] == ")" else number <= high
    if not (above and below):
        raise ValueError(_say(owner, f"{name} must be in {domain}, got {value!r}"))
    return number


def _optional(owner: object, name: str, value: Any, domain: str) -> float | None:
    return None if value is None else _real(owner, name, value, domain)


def _integer(owner: object, name: str, value: Any, low: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(_say(owner, f"{name} must be an integer, got {value!r}")) from None
    if number < low:
        raise ValueError(_say(owner, f"{name} must be at least {low}, got {value!r}"))
    return number


def _boolean(owner: object, name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(_say(owner, f"{name} must be a boolean, got {value!r}"))
    return bool(value)


def _items(owner: object, name: str, value: Any) -> list[Any]:
    try:
        iterator = iter(value)
    except TypeError:
        raise TypeError(_say(owner, f"{name} must be iterable, got {value!r}")) from None
    return list(iterator)


def _base_rates(owner: object, name: str, value: Any) -> list[float]:
    entries = value if isinstance(value, list | tuple) else [value]
    if not entries:
        raise ValueError(_say(owner, f"{name} must not be empty"))
    return [_real(owner, name, entry, "[0, inf)") for entry in entries]


def _fields(owner: object, state: Any, *names: str) -> list[Any]:
    """Return the values of a saved dictionary that has exactly these keys."""
    if not isinstance(state, Mapping):
        raise TypeError(_say(owner, f"a state must be a dictionary, got {state!r}"))
    if set(state) != set(names):
        raise KeyError(_say(owner, f"a state must have the keys {sorted(names)}, got {list(state)}"))
    return [state[name] for name in names]


# ----------------------------------------------------------------------------------------------------- schedulers


@dataclass
class _Track:
    """The time and the base rates of a scheduler. A composite and all its members share one."""

    time: int
    given: list[float]  # what `base_lr` said; the last entry is for every further group
    stated: bool  # whether `base_lr` was given at all
    groups: int = 0  # how many groups follow it
    explicit: dict[int, float] = field(default_factory=dict)  # the base rates of groups that have one of their own

    def default(self, group: int) -> float:
        return self.given[min(group, len(self.given) - 1)]

    def base_lrs(self) -> list[float]:
        return [self.explicit.get(i, self.default(i)) for i in range(max(self.groups, len(self.given)))]


class Scheduler(ABC):
    """A time, a base rate for each parameter group, and the rule that turns both into a rate."""

    def __init__(self, base_lr: BaseLR = UNSET, last_epoch: Int = 0) -> None:
        given = _base_rates(self, "base_lr", DEFAULT_BASE_LR if base_lr is UNSET else base_lr)
        time = max(0, _integer(self, "last_epoch", last_epoch, -1))
        self._track = _Track(time, given, stated=base_lr is not UNSET)

    @abstractmethod
    def _rate(self, t: int, base: float) -> float:
        """Return the rate at time `t` of a group whose base rate is `base`: a pure function."""

    @property
    def last_epoch(self) -> int:
        return self._track.time

    @property
    def base_lrs(self) -> list[float]:
        return self._track.base_lrs()

    def get_last_lr(self) -> list[float]:
        return [self._rate(self._track.time, base) for base in self._track.base_lrs()]

    def step(self, epoch: Int | None = None) -> None:
        """Move to the next time, or to the time `epoch`."""
        self._track.time = self._track.time + 1 if epoch is None else _integer(self, "epoch", epoch, 0)

    def state_dict(self) -> dict[str, Any]:
        given = list(self._track.given)
        return {"kind": self._kind(), "last_epoch": self.last_epoch, "base_lr": given, "base_lrs": self.base_lrs}

    def load_state_dict(self, state: State) -> None:
        kind, last_epoch, base_lr, base_lrs = _fields(self, state, "kind", "last_epoch", "base_lr", "base_lrs")
        if kind != self._kind():
            raise ValueError(_say(self, f"a state of {self._kind()} was expected, got one of {kind!r}"))
        time = _integer(self, "last_epoch", last_epoch, 0)
        given, rates = _base_rates(self, "base_lr", base_lr), _base_rates(self, "base_lrs", base_lrs)
        if len(rates) != len(self.base_lrs) or len(given) > len(rates):
            raise ValueError(_say(self, f"base_lrs must have {len(self.base_lrs)} entries, got {rates}"))
        track = self._track
        track.time, track.given, track.groups = time, given, len(rates)
        track.explicit = {i: rate for i, rate in enumerate(rates) if rate != track.default(i)}

    def _kind(self) -> str | list[Any]:
        """Describe the class, and the members if there are any, in terms that a state may hold."""
        return type(self).__name__

    def _bind(self, track: _Track) -> None:
        """Become part of a composite."""
        self._track = track

    def _attach(self, groups: int, explicit: float | None = None) -> None:
        """Take note of an optimizer's `groups` groups, the last of which may have a base rate of its own."""
        self._track.groups = max(self._track.groups, groups)
        if explicit is not None:
            self._track.explicit[groups - 1] = explicit


class _ConstantLR(Scheduler):
    """What an optimizer with a float rate follows."""

    def _rate(self, t: int, base: float) -> float:
        return base


class ExponentialLR(Scheduler):
    """The rate falls by the factor `gamma` at every step."""

    def __init__(self, base_lr: BaseLR = UNSET, gamma: float = 0.95, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.gamma = _real(self, "gamma", gamma, "(0, 1)")

    def _rate(self, t: int, base: float) -> float:
        return base * _power(self.gamma, t)


class StepLR(Scheduler):
    """The rate falls by the factor `gamma` every `step_size` steps."""

    def __init__(self, base_lr: BaseLR = UNSET, step_size: Int = 30, gamma: float = 0.1, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.step_size = _integer(self, "step_size", step_size, 1)
        self.gamma = _real(self, "gamma", gamma, "(0, 1]")

    def _rate(self, t: int, base: float) -> float:
        return base * _power(self.gamma, t // self.step_size)


class MultiStepLR(Scheduler):
    """The rate falls by the factor `gamma` at each milestone."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        milestones: Iterable[Int] = (30, 60, 90),
        gamma: float = 0.1,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.milestones = tuple(_integer(self, "milestones", m, 0) for m in _items(self, "milestones", milestones))
        if any(later <= earlier for earlier, later in zip(self.milestones, self.milestones[1:], strict=False)):
            raise ValueError(f"MultiStepLR: milestones must be strictly increasing, got {self.milestones}")
        self.gamma = _real(self, "gamma", gamma, "(0, 1]")

    def _rate(self, t: int, base: float) -> float:
        return base * _power(self.gamma, bisect_right(self.milestones, t))


class CosineAnnealingLR(Scheduler):
    """Half a cosine from the base rate to `eta_min` at `T_max`, where the rate stays."""

    def __init__(self, base_lr: BaseLR = UNSET, T_max: Int = 50, eta_min: float = 0.0, last_epoch: Int = 0) -> None:
        super().__init__(base_lr, last_epoch)
        self.T_max = _integer(self, "T_max", T_max, 1)
        self.eta_min = _real(self, "eta_min", eta_min, "[0, inf)")

    def _rate(self, t: int, base: float) -> float:
        # The two weights add up to 1. As squared sines neither of them cancels, and both ends are exact.
        done = min(t, self.T_max)
        falling = math.sin(math.pi / 2 * ((self.T_max - done) / self.T_max)) ** 2
        rising = math.sin(math.pi / 2 * (done / self.T_max)) ** 2
        return base * falling + self.eta_min * rising


class LinearLR(Scheduler):
    """The factor on the base rate moves along a line from `start_factor` to `end_factor`, where it stays."""

    def __init__(
        self,
        base_lr: BaseLR = UNSET,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: Int = 5,
        last_epoch: Int = 0,
    ) -> None:
        super().__init__(base_lr, last_epoch)
        self.start_factor = _real(self, "start_factor", start_factor, "[0, 1]")
        self.end_factor = _real(self, "end_factor", end_factor, "[0, 1]")
        self.total_iters = _integer(self, "total_iters", total_iters, 0)

    def _rate(self, t: int, base: float) -> float:
        if t >= self.total_iters:
            return base * self.end_factor
        left, done = (self.total_iters - t) / self.total_iters, t / self.total_iters
        return base * (self.start_factor * left + self.end_factor * done)


class ChainedScheduler(Scheduler):
    """All members act at once: the rate is the base rate times the factor of every member."""

    def __init__(self, schedulers: Iterable[Scheduler]) -> None:
        members = _items(self, "schedulers", schedulers)
        if not members:
            raise ValueError("ChainedScheduler: schedulers must not be empty")
        for member in members:
            if not isinstance(member, Scheduler):
                raise TypeError(f"ChainedScheduler: schedulers must all be schedulers, got {member!r}")
        tracks = [member._track for member in members]
        times = {track.time for track in tracks}
        if len(times) > 1:
            raise ValueError(f"ChainedScheduler: schedulers must be at one time, got {sorted(times)}")
        stated = [track for track in tracks if track.stated]
        longest = max((len(track.given) for track in stated), default=1)
        bases = [[track.default(i) for i in range(longest)] for track in stated] or [[DEFAULT_BASE_LR]]
        if any(base != bases[0] for base in bases):
            raise ValueError(f"ChainedScheduler: schedulers must not state different base rates, got {bases}")
        self._members: tuple[Scheduler, ...] = tuple(members)
        groups = max(track.groups for track in tracks)
        explicit = {group: rate for track in tracks for group, rate in track.explicit.items()}
        self._bind(_Track(times.pop(), bases[0], bool(stated), groups, explicit))

    def _bind(self, track: _Track) -> None:
        super()._bind(track)
        for member in self._members:
            member._bind(track)

    def _kind(self) -> list[Any]:
        return [type(self).__name__, *(member._kind() for member in self._members)]

    def _rate(self, t: int, base: float) -> float:
        if base == 0:
            return 0.0
        # Fractions make the product exact: no order of the members matters, and a single member's rate is kept.
        factors = (Fraction(member._rate(t, base)) / Fraction(base) for member in self._members)
        return float(math.prod(factors, start=Fraction(base)))


def _power(gamma: float, n: int) -> float:
    return gamma ** min(n, 2**1000)  # a larger n fits no float, and has no other power


# ----------------------------------------------------------------------------------------------------- optimizers


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
        self._schedule = lr if isinstance(lr, Scheduler) else _ConstantLR(_real(self, "lr", lr, "[0, inf)"))
        self.weight_decay = _real(self, "weight_decay", weight_decay, "[0, inf)")
        self.grad_clip_norm = _optional(self, "grad_clip_norm", grad_clip_norm, "(0, inf)")
        self.grad_clip_value = _optional(self, "grad_clip_value", grad_clip_value, "(0, inf)")
        self._weights: dict[Hashable, _Weight] = {}
        self._decays: list[float] = []  # one for each group

    @abstractmethod
    def _direction(self, g: Array, slots: dict[str, Array], k: int) -> Array:
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
            raise ValueError(_say(self, "register weights before you add a group"))
        rate = _optional(self, "lr", lr, "[0, inf)")
        decay = _optional(self, "weight_decay", weight_decay, "[0, inf)")
        weights = self._new_weights(states, group=len(self._decays))
        self._decays.append(self.weight_decay if decay is None else decay)
        self._schedule._attach(len(self._decays), rate)
        self._weights |= weights

    def step(self, grads: Gradients) -> None:
        """Give every weight with a gradient a new `value`. All is computed first, so that a refusal changes nothing."""
        if not self._decays:
            raise ValueError(_say(self, "register weights before you step"))
        if not isinstance(grads, Mapping):
            raise TypeError(_say(self, f"grads must be a mapping, got {type(grads).__name__}"))
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
            "lr": self._schedule.state_dict() if isinstance(self._schedule, _ConstantLR) else None,
            "groups": len(self._decays),
            "weights": [weight.save(_label(key)) for key, weight in self._weights.items()],
        }

    def load_state_dict(self, state: State) -> None:
        lr, groups, entries = _fields(self, state, "lr", "groups", "weights")
        if groups != len(self._decays):
            raise ValueError(_say(self, f"groups must be {len(self._decays)}, got {groups!r}"))
        own = isinstance(self._schedule, _ConstantLR)
        if own != (lr is not None):
            raise ValueError(_say(self, "lr must be saved by an optimizer with the same kind of rate"))
        loaded = self._read_weights(_items(self, "weights", entries))
        if own:
            self._schedule.load_state_dict(lr)
        for weight, k, slots in loaded:
            weight.k, weight.slots = k, slots

    def _new_weights(self, states: Weights, group: int) -> dict[Hashable, _Weight]:
        if not isinstance(states, Mapping):
            raise TypeError(_say(self, f"weights must be a mapping, got {type(states).__name__}"))
        weights = {}
        for key, state in states.items():
            if key in self._weights:
                raise ValueError(_say(self, f"{key!r} is registered already"))
            if not hasattr(state, "value"):
                raise TypeError(_say(self, f"the weight {key!r} has no value"))
            array = np.asarray(state.value)
            if array.dtype.type not in (np.float32, np.float64):
                raise TypeError(_say(self, f"{key!r} must be float32 or float64, got {array.dtype}"))
            slots = {name: np.zeros(array.shape, array.dtype) for name in self._slot_names}
            weights[key] = _Weight(state, group, array.dtype, array.shape, slots)
        return weights

    def _gradient(self, key: Hashable, gradient: ArrayLike) -> Array:
        if key not in self._weights:
            raise KeyError(_say(self, f"no weight is registered as {key!r}"))
        weight, g = self._weights[key], np.asarray(gradient)
        if not np.can_cast(g.dtype, weight.dtype, "same_kind"):
            raise TypeError(_say(self, f"the gradient of {key!r} must be real, got {g.dtype}"))
        if g.shape != weight.shape:
            raise ValueError(_say(self, f"the gradient of {key!r} must be {weight.shape}, got {g.shape}"))
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
            raise ValueError(_say(self, f"weights must be {len(self._weights)}, got {len(entries)}"))
        waiting: dict[tuple[int, str], list[_Weight]] = {}
        for key, weight in self._weights.items():
            waiting.setdefault((weight.group, _label(key)), []).append(weight)
        loaded = []
        for entry in entries:
            label, group, k, dtype, shape, packed = _fields(self, entry, "key", "group", "k", "dtype", "shape", "slots")
            if not waiting.get((group, label)):
                raise KeyError(_say(self, f"no weight {label} is left in group {group}"))
            weight = waiting[group, label].pop(0)
            if (dtype, tuple(shape)) != (weight.dtype.name, weight.shape):
                raise ValueError(_say(self, f"{label} must be {weight.dtype} {weight.shape}, got {dtype} {shape}"))
            k = _integer(self, "k", k, 0)
            texts = _fields(self, packed, *self._slot_names)
            slots = {name: _unpack(text, weight) for name, text in zip(self._slot_names, texts, strict=True)}
            for name, slot in slots.items():
                if (k == 0 and slot.any()) or (name in self._squares and (slot < 0).any()):
                    raise ValueError(_say(self, f"{label} cannot have such a {name} after {k} steps"))
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
        self.momentum = _real(self, "momentum", momentum, "[0, inf)")
        self.nesterov = _boolean(self, "nesterov", nesterov)
        self._slot_names = ("v",) if self.momentum else ()

    def _direction(self, g: Array, slots: dict[str, Array], k: int) -> Array:
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
        self.eps = _real(self, "eps", eps, "[0, inf)")
        self.amsgrad = _boolean(self, "amsgrad", amsgrad)
        self._slot_names = ("m", "v", "v_max") if self.amsgrad else ("m", "v")

    def _two_betas(self, betas: Any) -> tuple[float, float]:
        try:
            numbers = [_real(self, "betas", beta, "[0, 1)") for beta in _items(self, "betas", betas)]
        except TypeError as error:
            raise _BetasError(str(error)) from None
        if len(numbers) != 2:
            raise ValueError(f"Adam: betas must be two real numbers in [0, 1), got {numbers}")
        return numbers[0], numbers[1]

    def _direction(self, g: Array, slots: dict[str, Array], k: int) -> Array:
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
        self.alpha = _real(self, "alpha", alpha, "[0, 1]")
        self.eps = _real(self, "eps", eps, "[0, inf)")
        self.momentum = _real(self, "momentum", momentum, "[0, inf)")
        self.centered = _boolean(self, "centered", centered)
        self._slot_names = ("mean_square", *["mean"] * self.centered, *["buffer"] * bool(self.momentum))

    def _direction(self, g: Array, slots: dict[str, Array], k: int) -> Array:
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


# ---------------------------------------------------------------------------------------------- saved optimizers


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
