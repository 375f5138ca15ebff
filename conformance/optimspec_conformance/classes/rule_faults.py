"""Faults that the rules of several optimizers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .faults import Fault, changing, ignoring, wrapping


def _arrays_only(root: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Another root for arrays only; norms keep the original one."""
    return lambda sqrt, x: root(sqrt, x) if isinstance(x, np.ndarray) else sqrt(x)


def rooting(name: str, requirement: str, root: Callable[..., Any], **fixed: Any) -> Fault:
    """Another root for arrays: ``root(sqrt, x, **hyper)``."""

    def wrapper(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        rooted = _arrays_only(lambda plain, x: root(plain, x, **hyper))
        return original(g, slots, p, lr, k, lambda x: rooted(sqrt, x), **{**hyper, **fixed})

    return wrapping(name, requirement, wrapper)


def with_epsilon_outside(update: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that adds ε inside its root, changed to add it to the root."""

    def formula(g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, eps: Any, **hyper: Any) -> Any:
        return update(g, slots, p, lr, k, lambda x: sqrt(x) + eps, eps=0, **hyper)

    return formula


def epsilon_inside(requirement: str) -> Fault:
    return rooting("epsilon inside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x + eps), eps=0)


def epsilon_outside(requirement: str) -> Fault:
    return rooting("epsilon outside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x) + eps, eps=0)


def betas_swapped(requirement: str) -> Fault:
    return changing("betas swapped", requirement, betas=lambda betas: betas[::-1])


def without_correction(*, first: bool, second: bool) -> Callable[..., Any]:
    """A rule without the division of a moment by 1 − β^k, as a change of the rate and of ε."""

    def wrapper(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        (beta1, beta2), scale = hyper["betas"], 1
        if second:
            scale = scale / sqrt(1 - beta2**k)
            hyper["eps"] = hyper["eps"] * scale
        scale = scale * (1 - beta1**k) if first else scale
        if "weight_decay" in hyper:
            hyper["weight_decay"] = hyper["weight_decay"] / scale
        return original(g, slots, p, lr * scale, k, sqrt, **hyper)

    return wrapper


def uncorrected(requirement: str) -> tuple[Fault, ...]:
    """Moments without bias correction."""
    return (
        wrapping("no bias correction", requirement, without_correction(first=True, second=True)),
        wrapping("no bias correction of the first moment", requirement, without_correction(first=True, second=False)),
        wrapping("no bias correction of the second moment", requirement, without_correction(first=False, second=True)),
    )


def _epsilon_hat(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
    return original(g, slots, p, lr, k, sqrt, **hyper | {"eps": hyper["eps"] / sqrt(1 - hyper["betas"][1] ** k)})


def epsilon_hat(requirement: str) -> Fault:
    return wrapping("epsilon not corrected", requirement, _epsilon_hat)


def _coupled(original: Any, g: Any, slots: Any, p: Any, *args: Any, weight_decay: Any, **hyper: Any) -> Any:
    return original(g + weight_decay * p, slots, p, *args, weight_decay=0 * weight_decay, **hyper)


def _unscaled(original: Any, g: Any, slots: Any, p: Any, *args: Any, weight_decay: Any, **hyper: Any) -> Any:
    return original(g, slots, p, *args, weight_decay=0 * weight_decay, **hyper) - weight_decay * p


def _stepped_weight_decays(
    original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any, weight_decay: Any, **hyper: Any
) -> Any:
    stepped = original(g, slots, p, lr, *args, weight_decay=0 * weight_decay, **hyper)
    return stepped - lr * weight_decay * stepped


def wrongly_decaying(decoupled: str, scaled: str | None) -> tuple[Fault, ...]:
    """Faults in decoupled weight decay, with the requirements that they break."""
    return (
        wrapping("weight decay coupled", decoupled, _coupled),
        ignoring("weight decay ignored", decoupled, weight_decay=0),
        *([] if scaled is None else [wrapping("weight decay not scaled by the rate", scaled, _unscaled)]),
        *(
            []
            if scaled is None
            else [wrapping("weight decay of the stepped weight", decoupled, _stepped_weight_decays)]
        ),
    )


def _dampened(original: Any, g: Any, *args: Any, momentum: Any, **hyper: Any) -> Any:
    return original((1 - momentum) * g, *args, momentum=momentum, **hyper)


def dampened(requirement: str) -> Fault:
    return wrapping("momentum dampened", requirement, _dampened)


def _dampened_later(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, *args: Any, **hyper: Any) -> Any:
    return original(g if k == 1 else (1 - hyper["momentum"]) * g, slots, p, lr, k, *args, **hyper)


def dampened_later(requirement: str) -> Fault:
    return wrapping("momentum dampened but for the first step", requirement, _dampened_later)
