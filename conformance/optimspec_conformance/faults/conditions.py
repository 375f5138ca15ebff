"""Conditions of faults: in which optimizers each of them matters."""

from __future__ import annotations

from typing import Any


def decays(definition: Any) -> bool:
    return bool(definition.decays)


def with_coupled_decay(definition: Any) -> bool:
    return bool(definition.coupled and definition.decays)


def uses_step_count(definition: Any) -> bool:
    """Whether the rule depends on k."""
    return bool(definition.uses_step_count)


def has_slots(definition: Any) -> bool:
    """Whether the rule has slots: named ones, or ones that it makes itself, for shapes or joint arrays."""
    return bool(definition.slots) or definition.is_wrapper or definition.needs_shape or definition.joint_arrays


def has_slots_of_each_array(definition: Any) -> bool:
    """Whether each array has slots. Joint arrays do not count: a step at rate 0 leaves nothing in their slots."""
    return has_slots(definition) and not definition.joint_arrays


def uses_large_counts(definition: Any) -> bool:
    """Whether the rule depends on the size of k, and not only on whether a step is the first."""
    return bool(definition.uses_step_count and definition.name not in ("Rprop", "SM3", "LBFGS", "Novograd", "ADOPT"))


def norm_in_half_precision_matters(definition: Any) -> bool:
    return not definition.needs_smooth_gradients


def first_dtype_matters(definition: Any) -> bool:
    """Whether there is a gradient of another dtype that moves nothing."""
    return small_changes_matter(definition) and definition.name != "Yogi"


def takes_any_shape(definition: Any) -> bool:
    return definition.matrices is None


def steps_groups_apart(definition: Any) -> bool:
    """Whether each group has a rate and steps of its own."""
    return definition.numbers is None


def steps_arrays_apart(definition: Any) -> bool:
    return not definition.joint_arrays


def corrects_far(definition: Any) -> bool:
    """Whether a bias correction by the second beta still matters after a thousand steps."""
    return uses_large_counts(definition) and "betas" in definition.parameters and "OPT-41" in definition.laws


def shows_nan(definition: Any) -> bool:
    """Whether a nan in a gradient becomes a nan in the weight, by the formula."""
    return bool(definition.shows_nan)


def steps_far_with_count(definition: Any) -> bool:
    return definition.uses_step_count and not definition.needs_smooth_gradients


def steps_far_without_count(definition: Any) -> bool:
    return not definition.uses_step_count and not definition.needs_smooth_gradients


def counts_past_one(definition: Any) -> bool:
    """Whether the rule tells a second step from a first or a third one."""
    return bool(uses_large_counts(definition) or definition.still_steps)


def small_changes_matter(definition: Any) -> bool:
    """Whether a small change in the magnitude of all gradients matters: not where only signs or a norm do."""
    return gradient_sizes_matter(definition) and definition.name not in ("Lion", "Fromage")


def has_named_slots(definition: Any) -> bool:
    return bool(definition.slots)


def has_state(definition: Any) -> bool:
    """Whether a saved state holds anything that the rule depends on."""
    return has_slots(definition) or uses_step_count(definition)


def gradient_sizes_matter(definition: Any) -> bool:
    """Whether the magnitude of gradients matters, and not only their sign."""
    return "OPT-43" not in definition.laws


HALF = ("float16", "bfloat16")


def has_hyperparameters_that_half_precision_lacks(definition: Any) -> bool:
    """Whether the hyperparameters round to others in half precision, and a few steps show it."""
    shown = definition.name not in ("Adadelta", "Adafactor", "ADOPT", "Lars", "Lion", "Novograd")
    return bool({"betas", "eps"} & definition.example.keys()) and shown


def has_averages(definition: Any) -> bool:
    return definition.averaged is not None
