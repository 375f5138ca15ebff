"""Faults that any optimizer can have in saving and loading its state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..classes.domains import Refused
from ..classes.faults import Fault, overriding
from .conditions import has_slots, has_state, uses_step_count
from .optimizer_groups import clear_slots


def slot_sizes_matter(definition: Any) -> bool:
    """Whether the magnitude of a slot matters, and not only its sign."""
    return has_slots(definition) and definition.laws.get("OPT-42") != {}


def count_when_asked(self: Any, original: Any) -> Any:
    for weight in self.weights.values():
        weight.k += 1
    return original()


def count_when_asked_early(self: Any, original: Any) -> Any:
    for weight in self.weights.values():
        weight.k = weight.k or 1
    return original()


def state_of_the_first_time(self: Any, original: Any) -> Any:
    state = original()
    self.first_weights = state["weights"] | getattr(self, "first_weights", {})
    return state | {"weights": self.first_weights}


def clear_when_asked(self: Any, original: Any) -> Any:
    state = original()
    clear_slots(self)
    return state


def save_hyperparameters(self: Any, original: Any) -> Any:
    return {**original(), "hyper": self.hyper}


def load_hyperparameters(self: Any, original: Any, state: Any) -> None:
    original(state)
    self.hyper = state["hyper"]


def add_counts(self: Any, original: Any, state: Any) -> None:
    before = {key: weight.k for key, weight in self.weights.items()}
    original(state)
    for key, weight in self.weights.items():
        weight.k += before[key]


def count_one_more(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.k += 1


def ignore_state(self: Any, original: Any, state: Any) -> None:
    """The state is ignored."""


def drop_slots(self: Any, original: Any, state: Any) -> None:
    original(state)
    clear_slots(self)


def reset_counts(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.k = 0


def count_one_less(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.k = max(weight.k - 1, 0)


def ignore_state_without_steps(self: Any, original: Any, state: Any) -> None:
    if "tampered" in state or any(k for k, _ in state["weights"].values()):
        original(state)


def load_by_order(self: Any, original: Any, state: Any) -> None:
    if "tampered" not in state and len(state["weights"]) == len(self.weights):
        state = {**state, "weights": dict(zip(self.weights, state["weights"].values(), strict=True))}
    original(state)


def keep_rates(self: Any, original: Any, state: Any) -> None:
    rates = {name: getattr(self.rates, name) for name in ("lrs", "default_lr") if hasattr(self.rates, name)}
    original({**state, **rates})


def load_float16_slots(self: Any, original: Any, state: Any) -> None:
    original(state)
    for weight in self.weights.values():
        weight.slots = {
            name: np.array([float(np.float16(float(value))) for value in slot.ravel()]).reshape(slot.shape)
            for name, slot in weight.slots.items()
        }


def refuse_nan(self: Any, original: Any, state: Any) -> None:
    slots = [slot for _, slots in state.get("weights", {}).values() for slot in slots.values()]
    if any(math.isnan(float(value)) for slot in slots for value in slot.ravel()):
        raise Refused("value", by="STA-16")
    original(state)


def reset_scheduler(self: Any, original: Any, state: Any) -> None:
    original(state)
    if hasattr(self.rates, "set_time"):
        self.rates.set_time(0)


def has_numbers(definition: Any) -> bool:
    """Whether the optimizer has numbers as a whole."""
    return definition.numbers is not None


def keep_numbers(self: Any, original: Any, state: Any) -> None:
    numbers = dict(self.numbers)
    original(state)
    self.numbers = numbers


def reset_numbers_and_refuse(self: Any, original: Any, state: Any) -> None:
    try:
        original(state)
    except Refused:
        self.numbers = self.first_numbers()
        raise


def save_weights(self: Any, original: Any) -> Any:
    return {**original(), "values": self.values()}


def load_weights(self: Any, original: Any, state: Any) -> None:
    original(state)
    for key, weight in self.weights.items():
        weight.value = state["values"].get(key, weight.value)


def save_reference(self: Any, original: Any) -> Any:
    return {**original(), "live": self}


def load_reference(self: Any, original: Any, state: Any) -> None:
    weights = {key: (w.k, dict(w.slots)) for key, w in state["live"].weights.items()} if "live" in state else {}
    original({**state, "weights": weights})


FAULTS: tuple[Fault, ...] = (
    overriding("a load restores nothing", "STA-7", has_state, load_state_dict=ignore_state),
    overriding(
        "a state from before the first step is not loaded",
        "STA-7",
        has_state,
        load_state_dict=ignore_state_without_steps,
    ),
    overriding("slots go to the weights in their order, not by key", "STA-7", has_slots, load_state_dict=load_by_order),
    overriding("a load drops the slots", "STA-7", has_slots, load_state_dict=drop_slots),
    overriding("a load resets the counts", "STA-7", uses_step_count, load_state_dict=reset_counts),
    overriding("a load restores the counts one step behind", "STA-7", uses_step_count, load_state_dict=count_one_less),
    overriding("a load does not restore the optimizer's own rates", "STA-10", load_state_dict=keep_rates),
    overriding("a state has slots in half precision", "STA-9", slot_sizes_matter, load_state_dict=load_float16_slots),
    overriding("a state with a nan in a slot is refused", "STA-9", has_slots, load_state_dict=refuse_nan),
    overriding(
        "a load of the optimizer moves its scheduler to the beginning", "STA-13", load_state_dict=reset_scheduler
    ),
    overriding("asking for a state moves the counts", "STA-19", uses_step_count, state_dict=count_when_asked),
    overriding(
        "the slots in a state are those of the first time it was asked for",
        "STA-7",
        has_slots,
        state_dict=state_of_the_first_time,
    ),
    overriding("asking for a state clears the slots", "STA-19", has_slots, state_dict=clear_when_asked),
    overriding(
        "a state asked for before the first step counts as a step",
        "STA-19",
        uses_step_count,
        state_dict=count_when_asked_early,
    ),
    overriding(
        "a load brings the saved hyperparameters",
        "STA-20",
        state_dict=save_hyperparameters,
        load_state_dict=load_hyperparameters,
    ),
    overriding("a load adds to the counts", "STA-7", uses_step_count, load_state_dict=add_counts),
    overriding("a load restores the counts one step ahead", "STA-7", uses_step_count, load_state_dict=count_one_more),
    overriding("a load does not restore what all weights share", "STA-7", has_numbers, load_state_dict=keep_numbers),
    overriding(
        "a load that is refused resets what all weights share",
        "STA-18",
        has_numbers,
        load_state_dict=reset_numbers_and_refuse,
    ),
    overriding("a load puts the weights back, too", "STA-14", state_dict=save_weights, load_state_dict=load_weights),
    overriding(
        "a state changes with the optimizer it came from",
        "STA-1",
        has_state,
        state_dict=save_reference,
        load_state_dict=load_reference,
    ),
)
