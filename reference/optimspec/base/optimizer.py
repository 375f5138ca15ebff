"""What all optimizers share: weights, groups, clipping, weight decay, state. A class adds a rule."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import jax
import jax.numpy as jnp
import numpy as np

from .scheduler import Scheduler
from .update import Slots, clipped, stepped, wide
from .validation import NON_NEGATIVE, POSITIVE, integer, items, real

DTYPES: Final = ("float16", "bfloat16", "float32", "float64")


class FixedRate(Scheduler):
    """η(t) = b: the schedule of an optimizer that was given a float."""

    @staticmethod
    def rate(t: Any, b: Any, xp: Any) -> Any:
        return b

    def __init__(self, owner: Optimizer, lr: Any) -> None:
        super().__init__([real(owner, "lr", lr, NON_NEGATIVE, "OPT-6")], 0)


@dataclass
class Weight:
    """A registered state: its group, its slots (a dict of arrays for each leaf of its value) and its count k."""

    state: Any
    group: int
    slots: list[Slots]
    k: int = 0

    def __getstate__(self) -> dict[str, Any]:
        """A jax array of float64 would come out of a pickle as float32."""
        return vars(self) | {"slots": jax.tree.map(np.asarray, self.slots)}


class Optimizer:
    """Steps registered weights with the rate that its scheduler has at that moment; keeps no rate of its own.

    A class defines two pure functions of one array, which receive the hyperparameters by name:

    ``init_slots(p, **hyper)``              the slots of an array before its first step
    ``apply(g, slots, p, lr, k, **hyper)``  the stepped array and its slots; k is 1 at the first step

    Weight decay is coupled, and so part of g, unless a class says ``coupled = False``: then ``apply`` receives it.
    A class that is ``joint`` gets all arrays of a group that have the same k as one, laid end to end; its slots are
    flat then, or have a flat row for each of several such arrays.
    """

    init_slots: ClassVar[Callable[..., Slots]]
    apply: ClassVar[Callable[..., tuple[Any, Slots]]]
    coupled: bool = True
    joint: bool = False

    def __init__(self, lr: Any, weight_decay: Any, grad_clip_norm: Any, grad_clip_value: Any, **hyper: Any) -> None:
        self._scheduler: Final = lr if isinstance(lr, Scheduler) else FixedRate(self, lr)
        self._weight_decay: Final = real(self, "weight_decay", weight_decay, NON_NEGATIVE, "OPT-28")
        self._clip: Final = {
            name: None if bound is None else real(self, name, bound, POSITIVE, "OPT-28")
            for name, bound in (("grad_clip_norm", grad_clip_norm), ("grad_clip_value", grad_clip_value))
        }
        self.hyper: Final = hyper
        self._decays: list[float] = []
        self._weights: dict[Hashable, Weight] = {}

    @property
    def current_lr(self) -> float:
        """The first group's rate, now."""
        return self._scheduler.get_last_lr()[0]

    def common_arguments(self) -> dict[str, Any]:
        """What every optimizer takes, as this one was given it."""
        lr = self.current_lr if isinstance(self._scheduler, FixedRate) else self._scheduler
        return {"lr": lr, "weight_decay": self._weight_decay, **self._clip}

    def register_trainable_weights(self, states: Mapping[Any, Any]) -> None:
        """Add states, objects with a ``value``, to the first group.

        Raises TypeError for no mapping, no ``value`` or a dtype that cannot be trained, ValueError for a key that is
        there already; nothing has changed then.
        """
        weights = self._new_weights(states, group=0)
        if not self._decays:
            self._decays.append(self._weight_decay)
        self._weights |= weights

    def add_param_group(self, states: Mapping[Any, Any], lr: Any = None, weight_decay: Any = None) -> None:
        """Add states as a group of their own, with a base rate and a weight decay of its own where given."""
        self._require_registration("add_param_group")
        group = len(self._decays)
        weights = self._new_weights(states, group)
        base_lr = None if lr is None else real(self, "lr", lr, NON_NEGATIVE, "OPT-6")
        decay = self._weight_decay
        if weight_decay is not None:
            decay = real(self, "weight_decay", weight_decay, NON_NEGATIVE, "OPT-28")
        if base_lr is not None and any(part.absolute for part in self._scheduler.parts):
            raise TypeError(
                f"{type(self).__name__}: lr must be left out, since the schedule's rates are absolute [OPT-31]"
            )
        self._scheduler.extend_groups(group + 1)
        if base_lr is not None:
            self._scheduler.set_base_lr(group, base_lr)
        self._decays.append(decay)
        self._weights |= weights

    def _new_weights(self, states: Mapping[Any, Any], group: int) -> dict[Hashable, Weight]:
        if not isinstance(states, Mapping):
            raise TypeError(f"{type(self).__name__}: states must be a mapping, got {states!r} [OPT-22]")
        new = {}
        for key, state in states.items():
            if key in self._weights:
                raise ValueError(f"{type(self).__name__}: {key!r} is registered already [OPT-21]")
            if not hasattr(state, "value"):
                raise TypeError(f"{type(self).__name__}: the state at {key!r} has no value, got {state!r} [OPT-22]")
            leaves = jax.tree.leaves(state.value)
            for leaf in leaves:
                if str(getattr(leaf, "dtype", "no dtype")) not in DTYPES:
                    raise TypeError(
                        f"{type(self).__name__}: {key!r} must hold arrays of {DTYPES}, got {leaf!r} [OPT-12]"
                    )
            with jax.enable_x64(True):
                arrays = [wide(jnp.asarray(p)) for p in leaves]
                slots = [type(self).init_slots(p.ravel() if self.joint else p, **self.hyper) for p in arrays]
            new[key] = Weight(state, group, slots)
        return new

    def step(self, grads: Mapping[Any, Any]) -> None:
        """Rebind ``value`` of every weight that has a gradient; the other weights are left alone.

        Raises TypeError for no mapping, KeyError for an unknown key, ValueError for another shape or structure and
        before any registration; nothing has changed then.
        """
        self._require_registration("step")
        if not isinstance(grads, Mapping):
            raise TypeError(f"{type(self).__name__}: gradients must be a mapping, got {grads!r} [OPT-25]")
        weights = [self._weight(key) for key in grads]
        gradients, values = list(grads.values()), [weight.state.value for weight in weights]
        if _shape(gradients) != _shape(values):
            key = next(key for key, g, p in zip(grads, gradients, values, strict=True) if _shape(g) != _shape(p))
            raise ValueError(f"{type(self).__name__}: the gradient of {key!r} must have its weight's shape [OPT-24]")
        common = [(weight.group, weight.k + 1) for weight in weights]
        place = {pair: i for i, pair in enumerate(dict.fromkeys(common))}
        rates = self._scheduler.get_last_lr()
        decays: list[float | None] = [self._decays[group] for group, _ in place]
        if self.coupled and not any(decays):
            decays = [None] * len(place)  # θ need not be read for g + 0·θ
        static = {name: value for name, value in self.hyper.items() if isinstance(value, (bool, type))}
        with jax.enable_x64(True):
            if any(self._clip.values()):
                gradients = clipped(gradients, values, **self._clip)
            slots, values = stepped(
                (type(self).apply, self.coupled, self.joint),
                tuple(place[pair] for pair in common),
                tuple(static.items()),
                gradients,
                values,
                [weight.slots for weight in weights],
                [rates[group] for group, _ in place],
                decays,
                [k for _, k in place],
                {name: value for name, value in self.hyper.items() if name not in static},
            )
        jax.block_until_ready(values)  # type: ignore[no-untyped-call]  # jax leaves it without annotations
        for weight, value, new_slots in zip(weights, values, slots, strict=True):
            weight.state.value, weight.slots, weight.k = value, new_slots, weight.k + 1

    update = step

    def _weight(self, key: Hashable) -> Weight:
        if key not in self._weights:
            raise KeyError(f"{type(self).__name__}: no weight is registered as {key!r} [OPT-23]")
        return self._weights[key]

    def _require_registration(self, method: str) -> None:
        if not self._decays:
            raise ValueError(f"{type(self).__name__}: {method} needs register_trainable_weights first [OPT-19]")

    def state_dict(self) -> dict[str, Any]:
        """Slots and counts, each with the ``repr`` of its key, and the optimizer's own rates: JSON, no weights."""
        own_rate = isinstance(self._scheduler, FixedRate)
        return {
            "groups": len(self._decays),
            "own_lr": self._scheduler.state_dict() if own_rate else None,
            "weights": [
                {"key": repr(key), "k": weight.k, "slots": [jax.tree.map(_packed, leaf) for leaf in weight.slots]}
                for key, weight in self._sorted_weights()
            ],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError or ValueError, and then nothing has changed."""
        if not isinstance(state, Mapping):
            raise TypeError(f"{type(self).__name__}: a state must be a mapping, got {state!r} [STA-16]")
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
        """In the order of their keys' ``repr``, whatever the order of registration."""
        return sorted(self._weights.items(), key=lambda entry: repr(entry[0]))

    def _loaded_count(self, saved: Any) -> int:
        k = integer(self, "k", saved, 0, "STA-16")
        if k > 2**53:
            raise ValueError(f"{type(self).__name__}: no run has {k} steps [STA-16]")
        return k

    def _loaded_slots(self, weight: Weight, saved: Any) -> list[Slots]:
        """Saved slots as arrays, which must have the dtypes and shapes that the weight's slots have."""

        def loaded(slot: Any, saved: Any) -> Any:
            right = str(slot.dtype), list(slot.shape), 2 * slot.nbytes
            match saved:
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


def _packed(slot: Any) -> dict[str, Any]:
    """An array as JSON, which has neither infinity nor nan: its bytes are hexadecimal digits."""
    return {"dtype": str(slot.dtype), "shape": list(slot.shape), "bytes": slot.tobytes().hex()}
