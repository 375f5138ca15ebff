"""Faults that any optimizer can have in clipping, decay, its rate and its averages."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..classes.faults import Fault, overriding
from ..oracle.optimizers import OracleOptimizer
from ..scenarios.values import decode_key
from .conditions import (
    HALF,
    decays,
    first_dtype_matters,
    gradient_sizes_matter,
    has_averages,
    norm_in_half_precision_matters,
    small_changes_matter,
    with_coupled_decay,
)
from .optimizer_groups import GROUPS

# --------------------------------------------------------------------------------------------- clipping and decay


def clip_each_array(self: Any, original: Any, arrays: Any) -> Any:
    return {key: original({key: g})[key] for key, g in arrays.items()}


def clip_each_group(self: Any, original: Any, arrays: Any) -> Any:
    clipped: dict[Any, Any] = {}
    for group in range(len(self.groups)):
        clipped |= original({key: g for key, g in arrays.items() if self.weights[key].group == group})
    return {key: clipped[key] for key in arrays}


def clip_in_float32(self: Any, original: Any, arrays: Any) -> Any:
    """The norm is computed in float32."""
    bound = self.hyper["grad_clip_norm"]
    if bound is None:
        return arrays
    squares = [np.array([float(v) for v in g], dtype=np.float32) ** 2 for g in arrays.values()]
    norm = float(np.sqrt(np.sum(np.concatenate(squares), dtype=np.float32)))
    return {key: g * (bound / norm) for key, g in arrays.items()} if norm > bound else arrays


def clip_by_more(self: Any, original: Any, arrays: Any) -> Any:
    """The norm that divides is 1e-6 larger."""
    bound, norm = self.hyper["grad_clip_norm"], self.arithmetic.sqrt(sum((g * g).sum() for g in arrays.values()))
    return arrays if bound is None or norm <= bound else {key: g * (bound / (norm + 1e-6)) for key, g in arrays.items()}


def clip_in_half_precision(self: Any, original: Any, arrays: Any) -> Any:
    """The norm is computed in float16 where the weights are in half precision."""
    bound = self.hyper["grad_clip_norm"]
    if bound is None or not any(self.weights[key].dtype in HALF for key in arrays):
        return original(arrays)
    squares = [np.square(np.asarray(g, dtype=np.float16)) for g in arrays.values()]
    norm = float(np.sqrt(np.sum(np.concatenate(squares), dtype=np.float16)))
    return {key: g * (bound / norm) for key, g in arrays.items()} if norm > bound else arrays


def clip_in_first_dtype(self: Any, original: Any, arrays: Any) -> Any:
    """The norm is computed in the dtype of the first gradient."""
    bound = self.hyper["grad_clip_norm"]
    first = next((self.weights[key].dtype for key in arrays), "float64")
    if bound is None or first != "float32":
        return original(arrays)
    squares = [np.array([float(v) for v in g], dtype=np.float32) ** 2 for g in arrays.values()]
    norm = float(np.sqrt(np.sum(np.concatenate(squares), dtype=np.float32)))
    return {key: g * (bound / norm) for key, g in arrays.items()} if norm > bound else arrays


def clip_the_step(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    """The step is clipped, not the gradient."""
    step = original(g, slots, p, lr, k, shape, decay) - p
    norm, value = (self.hyper[name] for name in ("grad_clip_norm", "grad_clip_value"))
    length = self.arithmetic.sqrt((step * step).sum())
    step = step * (norm / length) if norm is not None and length > norm else step
    return p + (step if value is None else np.minimum(np.maximum(step, -value), value))


def update_without_clipping(self: Any, original: Any, grads: Any) -> None:
    hyper = self.hyper
    self.hyper = hyper | {"grad_clip_norm": None, "grad_clip_value": None}
    try:
        original(grads)
    finally:
        self.hyper = hyper


def skip_clipping(self: Any, original: Any, arrays: Any) -> Any:
    return arrays


def clip_value_first(self: Any, original: Any, arrays: Any) -> Any:
    return original(OracleOptimizer.clip_value(self, arrays))


def clip_after_decay(self: Any, original: Any, arrays: Any) -> Any:
    """Clips g plus weight decay, and subtracts the decay again, since the rule adds it."""
    decays = {
        key: self.arithmetic.scalar(self.groups[self.weights[key].group]) * self.weights[key].value for key in arrays
    }
    clipped = original({key: g + decays[key] for key, g in arrays.items()})
    return {key: g - decays[key] for key, g in clipped.items()}


def decouple_decay(
    self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any
) -> Any:
    return original(g - decay * p, slots, p, lr, k, shape, decay) - lr * decay * p


def ignore_decay(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return original(g - decay * p, slots, p, lr, k, shape, decay)


def apply_rate_twice(
    self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any
) -> Any:
    return p - lr * (p - original(g, slots, p, lr, k, shape, decay))


def ignore_rate(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return original(g, slots, p, 1 + 0 * lr, k, shape, decay)


def step_upwards(self: Any, original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, shape: Any, decay: Any) -> Any:
    return 2 * p - original(g, slots, p, lr, k, shape, decay)


def round_to_float16(self: Any, original: Any, *args: Any) -> Any:
    return np.array([float(np.float16(float(value))) for value in original(*args)])


RULES = (
    overriding("the norm of each array alone is clipped", "OPT-36", gradient_sizes_matter, clip_norm=clip_each_array),
    overriding("the norm of each group alone is clipped", "OPT-36", gradient_sizes_matter, clip_norm=clip_each_group),
    overriding("the norm is computed in float32", "OPT-36", small_changes_matter, clip_norm=clip_in_float32),
    overriding("clipped by the norm plus 1e-6", "OPT-36", gradient_sizes_matter, clip_norm=clip_by_more),
    overriding(
        "the norm is computed in half precision",
        "OPT-47",
        norm_in_half_precision_matters,
        clip_norm=clip_in_half_precision,
    ),
    overriding(
        "the norm is computed in the dtype of the first gradient",
        "OPT-36",
        first_dtype_matters,
        clip_norm=clip_in_first_dtype,
    ),
    overriding(
        "the step is clipped in place of the gradient",
        "OPT-36",
        clip_norm=skip_clipping,
        clip_value=skip_clipping,
        _apply=clip_the_step,
    ),
    overriding("update does not clip", "OPT-18", gradient_sizes_matter, update=update_without_clipping),
    overriding("grad_clip_norm ignored", "OPT-36", gradient_sizes_matter, clip_norm=skip_clipping),
    overriding("grad_clip_value ignored", "OPT-37", gradient_sizes_matter, clip_value=skip_clipping),
    overriding(
        "clipped by value before the norm",
        "OPT-38",
        gradient_sizes_matter,
        clip_norm=clip_value_first,
        clip_value=skip_clipping,
    ),
    overriding("clipped after weight decay", "OPT-38", decays, clip_norm=clip_after_decay, clip_value=clip_after_decay),
    overriding("the rate applied twice", "OPT-1", _apply=apply_rate_twice),
    overriding("the rate ignored", "OPT-1", _apply=ignore_rate),
    overriding("a step upwards", "OPT-8", _apply=step_upwards),
    overriding("weights in half precision", "NUM-4", _apply=round_to_float16),
    overriding("weight decay decoupled", "OPT-39", with_coupled_decay, _apply=decouple_decay),
    overriding("weight decay ignored", "OPT-39", with_coupled_decay, _apply=ignore_decay),
)


# ---------------------------------------------------------------------------------------------------------- averages


def average_in_place(self: Any, original: Any) -> Any:
    """The weights become their averages, as in a mode for evaluation."""
    averages = {key: self.average(weight) for key, weight in self.weights.items()}
    encoded = original()
    for key, average in averages.items():
        self.weights[key].value = average
    return encoded


AVERAGES = (
    overriding(
        "averaged gives the weights", "OPT-49", has_averages, average=lambda self, original, weight: weight.value
    ),
    overriding(
        "averaged leaves out the weights that were not stepped",
        "OPT-49",
        has_averages,
        averaged=lambda self, original: [pair for pair in original() if self.weights[decode_key(pair[0])].k],
    ),
    overriding("averaged puts the averages in place of the weights", "OPT-50", has_averages, averaged=average_in_place),
)

FAULTS: tuple[Fault, ...] = (*RULES, *GROUPS, *AVERAGES)
