"""What all optimizers share: weights, groups, clipping, weight decay, state. A class adds its rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from .math_functions import Namespace, Real
from .param_state import State
from .schedule import Schedule
from .scheduler import Scheduler
from .update import Cohort, Rule, Slots, StepInputs, clip_gradients, compute_dtype, update_weights
from .validation import NON_NEGATIVE, POSITIVE, integer, items, optional, real

DTYPES: Final = ("float16", "bfloat16", "float32", "float64")


class FixedRate(Schedule):
    """η(t) = b: the schedule of an optimizer whose ``lr`` is a number."""

    def __init__(self, owner: Optimizer, lr: float) -> None:
        super().__init__([real(owner, "lr", lr, NON_NEGATIVE, "OPT-6")], 0)

    def _rate(self, t: Real, group: int, xp: Namespace) -> Real:
        return self._base_lrs[group]


@dataclass
class Weight:
    """A registered state with its group, its slots (a dict of arrays for each leaf of its value) and its count k."""

    state: State
    group: int
    slots: list[Slots]
    k: int = 0

    def __getstate__(self) -> dict[str, Any]:
        """Slots are pickled as numpy arrays: a float64 jax array would be unpickled as float32."""
        return vars(self) | {"slots": jax.tree.map(np.asarray, self.slots)}


class Optimizer(ABC):
    """Updates the registered weights with the current rates of its scheduler. It stores no rate of its own.

    A class defines two pure functions of one array, ``init_slots`` and ``apply``, which receive the hyperparameters by
    name. Weight decay is coupled, that is, already added to g, unless a class sets ``coupled = False``: then ``apply``
    receives it. A class that sets ``joint`` is given all arrays of a group that have the same k as one vector; its
    slots are flat too, or have a flat row for each of several vectors. A class that sets ``moves_at_rate_zero`` moves
    weights also where the rate is 0. A class that sets ``whole`` says what ``apply`` is given of all arrays together.
    """

    coupled: bool = True
    joint: bool = False
    moves_at_rate_zero: bool = False
    whole: bool = False

    @staticmethod
    @abstractmethod
    def init_slots(p: Array, *args: Any, **hyper: Any) -> Slots:
        """The slots of an array before its first step."""

    @staticmethod
    @abstractmethod
    def apply(g: Array, slots: Slots, p: Array, lr: Real, k: Real, *args: Any, **hyper: Any) -> tuple[Array, Slots]:
        """The array p after a step with the gradient g, and its slots. k is 1 in the first step."""

    def __init__(
        self,
        lr: float | Scheduler,
        weight_decay: float,
        grad_clip_norm: float | None,
        grad_clip_value: float | None,
        **hyper: Any,
    ) -> None:
        self._scheduler: Final[Scheduler] = lr if isinstance(lr, Scheduler) else FixedRate(self, lr)
        self._weight_decay: Final = real(self, "weight_decay", weight_decay, NON_NEGATIVE, "OPT-28")
        self._clip: Final = {
            name: optional(real, self, name, bound, POSITIVE, "OPT-28")
            for name, bound in (("grad_clip_norm", grad_clip_norm), ("grad_clip_value", grad_clip_value))
        }
        self.hyper: Final = hyper
        self._decays: list[float] = []
        self._weights: dict[Hashable, Weight] = {}

    @property
    def current_lr(self) -> float:
        """The current rate of the first group."""
        return self._scheduler.get_last_lr()[0]

    def common_arguments(self) -> dict[str, Any]:
        """The arguments that all optimizers have, with their values in this one."""
        lr = self.current_lr if isinstance(self._scheduler, FixedRate) else self._scheduler
        return {"lr": lr, "weight_decay": self._weight_decay, **self._clip}

    def register_trainable_weights(self, states: Mapping[Any, State]) -> None:
        """Add states, objects with a ``value``, to the first group.

        Raises TypeError if there is no mapping, no ``value``, or a dtype that cannot be trained, ValueError for a key
        that is registered already, and changes nothing in that case.
        """
        weights = self._new_weights(states, group=0)
        if not self._decays:
            self._decays.append(self._weight_decay)
        self._weights |= weights

    def add_param_group(
        self, states: Mapping[Any, State], lr: float | None = None, weight_decay: float | None = None
    ) -> None:
        """Add states as a new group, optionally with its own base rate and weight decay."""
        self._require_registration("add_param_group")
        group = len(self._decays)
        weights = self._new_weights(states, group)
        base_lr = optional(real, self, "lr", lr, NON_NEGATIVE, "OPT-6")
        decay = optional(real, self, "weight_decay", weight_decay, NON_NEGATIVE, "OPT-28")
        if base_lr is not None and any(leaf.ignores_base_lr for leaf in self._scheduler.leaves):
            raise TypeError(
                f"{type(self).__name__}: lr must be left out, since the schedule's rates are absolute [OPT-31]"
            )
        self._scheduler.extend_groups(group + 1)
        if base_lr is not None:
            self._scheduler.set_base_lr(group, base_lr)
        self._decays.append(self._weight_decay if decay is None else decay)
        self._weights |= weights

    def _new_weights(self, states: Mapping[Any, State], group: int) -> dict[Hashable, Weight]:
        if not isinstance(states, Mapping):
            raise TypeError(f"{type(self).__name__}: states must be a mapping, got {states!r} [OPT-22]")
        new: dict[Hashable, Weight] = {}
        for key, state in states.items():
            if key in self._weights:
                raise ValueError(f"{type(self).__name__}: {key!r} is registered already [OPT-21]")
            if any(state is weight.state for weight in (*self._weights.values(), *new.values())):
                raise ValueError(f"{type(self).__name__}: the weight {key!r} has another key already [OPT-45]")
            if not hasattr(state, "value"):
                raise TypeError(f"{type(self).__name__}: the state at {key!r} has no value, got {state!r} [OPT-22]")
            leaves = jax.tree.leaves(state.value)
            for leaf in leaves:
                if str(getattr(leaf, "dtype", "no dtype")) not in DTYPES:
                    raise TypeError(
                        f"{type(self).__name__}: {key!r} must hold arrays of {DTYPES}, got {leaf!r} [OPT-12]"
                    )
                self.check_array(key, leaf)
            with jax.enable_x64(True):
                arrays = [jnp.asarray(leaf, compute_dtype(leaf)) for leaf in leaves]
                slots = [type(self).init_slots(p.ravel() if self.joint else p, **self.hyper) for p in arrays]
            new[key] = Weight(state, group, slots)
        return new

    def check_array(self, key: Hashable, array: Array) -> None:
        """Raise ValueError if the class cannot train an array of this shape."""
        return

    def step(self, grads: Mapping[Any, Any]) -> None:
        """Rebind the ``value`` of every weight that has a gradient, and leave the others alone.

        Raises TypeError if ``grads`` is no mapping, KeyError for an unknown key, ValueError for a wrong shape or
        structure and before any registration, and changes nothing in that case.
        """
        self._require_registration("step")
        if not isinstance(grads, Mapping):
            raise TypeError(f"{type(self).__name__}: gradients must be a mapping, got {grads!r} [OPT-25]")
        if not grads:
            return
        weights = [self._weight(key) for key in grads]
        gradients, values = list(grads.values()), [weight.state.value for weight in weights]
        if _shape(gradients) != _shape(values):
            key = next(key for key, g, p in zip(grads, gradients, values, strict=True) if _shape(g) != _shape(p))
            raise ValueError(f"{type(self).__name__}: the gradient of {key!r} must have its weight's shape [OPT-24]")
        options = {name: value for name, value in self.hyper.items() if isinstance(value, (bool, str, type))}
        numbers = {name: value for name, value in self.hyper.items() if name not in options}
        rule = Rule(type(self).apply, self.coupled, self.joint, self.moves_at_rate_zero, tuple(options.items()))
        index_of_cohort, cohorts = self._cohorts(weights)
        with jax.enable_x64(True):
            if any(self._clip.values()):
                gradients = clip_gradients(gradients, values, **self._clip)
            if self.whole:
                numbers |= self.of_all_arrays(weights, gradients, values)
            inputs = StepInputs(gradients, values, cohorts, numbers)
            slots, values = update_weights(rule, index_of_cohort, [weight.slots for weight in weights], inputs)
        jax.block_until_ready(values)  # type: ignore[no-untyped-call]  # jax leaves it without annotations
        for weight, value, new_slots in zip(weights, values, slots, strict=True):
            weight.state.value, weight.slots, weight.k = value, new_slots, weight.k + 1

    update = step

    def of_all_arrays(self, weights: list[Weight], gradients: list[Any], values: list[Any]) -> dict[str, Any]:
        """What ``apply`` is given besides the hyperparameters, by name, before the weights of a step are updated."""
        return {}

    def _cohorts(self, weights: list[Weight]) -> tuple[tuple[int, ...], list[Cohort]]:
        """The index of each weight's cohort, and the cohorts."""
        keys = [(weight.group, weight.k + 1) for weight in weights]
        index_of = {key: index for index, key in enumerate(dict.fromkeys(keys))}
        rates = self._scheduler.get_last_lr()
        return tuple(index_of[key] for key in keys), [
            Cohort(rates[group], self._decays[group], k) for group, k in index_of
        ]

    def _weight(self, key: Hashable) -> Weight:
        if key not in self._weights:
            raise KeyError(f"{type(self).__name__}: no weight is registered as {key!r} [OPT-23]")
        return self._weights[key]

    def _require_registration(self, method: str) -> None:
        if not self._decays:
            raise ValueError(f"{type(self).__name__}: {method} needs register_trainable_weights first [OPT-19]")

    def state_dict(self, arrays: bool = False) -> dict[str, Any]:
        """Slots and counts by the ``repr`` of their keys, and the rates of a fixed ``lr``, without weights.

        The state is JSON; with ``arrays``, slots are numpy arrays instead, which takes no more time than a copy.
        """
        packed = np.array if arrays else _packed
        own_rate = isinstance(self._scheduler, FixedRate)
        return {
            "class": type(self).__name__,
            "groups": len(self._decays),
            "own_lr": self._scheduler.state_dict() if own_rate else None,
            "weights": [
                {"key": repr(key), "k": weight.k, "slots": [jax.tree.map(packed, leaf) for leaf in weight.slots]}
                for key, weight in self._sorted_weights()
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError or ValueError for an invalid state, and changes nothing in that case."""
        if not isinstance(state, Mapping):
            raise TypeError(f"{type(self).__name__}: a state must be a mapping, got {state!r} [STA-16]")
        if state["class"] != type(self).__name__:
            raise ValueError(f"{type(self).__name__}: the state is one of {state['class']!r} [STA-21]")
        if integer(self, "groups", state["groups"], 0, "STA-16") != len(self._decays):
            raise ValueError(f"{type(self).__name__}: the state has another number of groups [STA-17]")
        weights, saved = self._sorted_weights(), items(self, "weights", state["weights"], "weights", "STA-16")
        if [repr(key) for key, _ in weights] != [entry["key"] for entry in saved]:
            raise KeyError(f"{type(self).__name__}: the state has other weights than {list(self._weights)} [STA-15]")
        loaded = [
            (weight, self._loaded_count(entry["k"]), self._loaded_slots(weight, entry["slots"]))
            for (_, weight), entry in zip(weights, saved, strict=True)
        ]
        if isinstance(self._scheduler, FixedRate):
            self._scheduler.load_state_dict(state["own_lr"])
        for weight, k, slots in loaded:
            weight.k, weight.slots = k, slots

    def _sorted_weights(self) -> list[tuple[Hashable, Weight]]:
        """The weights ordered by the ``repr`` of their keys, independent of the order of registration."""
        return sorted(self._weights.items(), key=lambda entry: repr(entry[0]))

    def _loaded_count(self, saved: Any) -> int:
        k = integer(self, "k", saved, 0, "STA-16")
        if k > 2**53:
            raise ValueError(f"{type(self).__name__}: no run has {k} steps [STA-16]")
        return k

    def _loaded_slots(self, weight: Weight, saved: Any) -> list[Slots]:
        """Saved slots as new arrays. They must have the dtypes and shapes of the weight's slots."""

        def loaded(slot: Array, saved: Any) -> Array:
            right = str(slot.dtype), list(slot.shape), 2 * slot.nbytes
            match saved:
                case np.ndarray() if (str(saved.dtype), list(saved.shape)) == right[:2]:
                    return jnp.array(saved)
                case {"dtype": dtype, "shape": shape, "bytes": str(digits)} if (dtype, shape, len(digits)) == right:
                    return jnp.array(np.frombuffer(bytes.fromhex(digits), slot.dtype).reshape(slot.shape))
            raise ValueError(f"{type(self).__name__}: a slot must be {slot.dtype} of shape {slot.shape} [STA-16]")

        if len(items(self, "slots", saved, "slots", "STA-16")) != len(weight.slots):
            raise ValueError(f"{type(self).__name__}: the state has slots for {len(saved)} arrays [STA-16]")
        with jax.enable_x64(True):
            return [
                {name: loaded(slot, values[name]) for name, slot in slots.items()}
                for slots, values in zip(weight.slots, saved, strict=True)
            ]


def _shape(tree: Any) -> tuple[Any, list[tuple[int, ...]]]:
    """The structure of a tree, and the shapes of its leaves."""
    leaves, structure = jax.tree.flatten(tree)
    return structure, [np.shape(leaf) for leaf in leaves]


def _packed(slot: Array) -> dict[str, Any]:
    """An array as JSON: its bytes in hexadecimal, since JSON has neither infinity nor nan."""
    return {"dtype": str(slot.dtype), "shape": list(slot.shape), "bytes": slot.tobytes().hex()}
