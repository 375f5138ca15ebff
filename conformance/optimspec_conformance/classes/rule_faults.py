"""Faults that the rules of several optimizers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .faults import Fault, around, asking, ignoring


def _of_arrays(root: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A root that is wrong for arrays, and right for norms."""
    return lambda sqrt, x: root(sqrt, x) if isinstance(x, np.ndarray) else sqrt(x)


def rooting(name: str, requirement: str, root: Callable[..., Any], **fixed: Any) -> Fault:
    """Another root for arrays: ``root(sqrt, x, **hyper)``."""

    def made(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        rooted = _of_arrays(lambda plain, x: root(plain, x, **hyper))
        return original(g, slots, p, lr, k, lambda x: rooted(sqrt, x), **{**hyper, **fixed})

    return around(name, requirement, made)


def epsilon_inside(requirement: str) -> Fault:
    return rooting("epsilon inside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x + eps), eps=0)


def epsilon_outside(requirement: str) -> Fault:
    return rooting("epsilon outside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x) + eps, eps=0)


def betas_swapped(requirement: str) -> Fault:
    return asking("betas swapped", requirement, betas=lambda betas: betas[::-1])


def _uncorrected(first: bool, second: bool) -> Callable[..., Any]:
    """Without the division by 1 − β^k, as a change of the rate and of ε."""

    def made(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        (beta1, beta2), scale = hyper["betas"], 1
        if second:
            scale = scale / sqrt(1 - beta2**k)
            hyper["eps"] = hyper["eps"] * scale
        scale = scale * (1 - beta1**k) if first else scale
        if "weight_decay" in hyper:
            hyper["weight_decay"] = hyper["weight_decay"] / scale
        return original(g, slots, p, lr * scale, k, sqrt, **hyper)

    return made


def uncorrected(requirement: str) -> tuple[Fault, ...]:
    """Moments without bias correction."""
    return (
        around("no bias correction", requirement, _uncorrected(True, True)),
        around("no bias correction of the first moment", requirement, _uncorrected(True, False)),
        around("no bias correction of the second moment", requirement, _uncorrected(False, True)),
    )


def _epsilon_hat(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
    return original(g, slots, p, lr, k, sqrt, **hyper | {"eps": hyper["eps"] / sqrt(1 - hyper["betas"][1] ** k)})


def epsilon_hat(requirement: str) -> Fault:
    return around("epsilon not corrected", requirement, _epsilon_hat)


def _coupled(original: Any, g: Any, slots: Any, p: Any, *given: Any, weight_decay: Any, **hyper: Any) -> Any:
    return original(g + weight_decay * p, slots, p, *given, weight_decay=0 * weight_decay, **hyper)


def _unscaled(original: Any, g: Any, slots: Any, p: Any, *given: Any, weight_decay: Any, **hyper: Any) -> Any:
    return original(g, slots, p, *given, weight_decay=0 * weight_decay, **hyper) - weight_decay * p


def wrongly_decaying(decoupled: str, scaled: str | None) -> tuple[Fault, ...]:
    """Mistakes in decoupled weight decay, for the requirements that they break."""
    return (
        around("weight decay coupled", decoupled, _coupled),
        ignoring("weight decay ignored", decoupled, weight_decay=0),
        *([] if scaled is None else [around("weight decay not scaled by the rate", scaled, _unscaled)]),
    )


def _dampened(original: Any, g: Any, *given: Any, momentum: Any, **hyper: Any) -> Any:
    return original((1 - momentum) * g, *given, momentum=momentum, **hyper)


def dampened(requirement: str) -> Fault:
    return around("momentum dampened", requirement, _dampened)


def _dampened_later(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, *given: Any, **hyper: Any) -> Any:
    return original(g if k == 1 else (1 - hyper["momentum"]) * g, slots, p, lr, k, *given, **hyper)


def dampened_later(requirement: str) -> Fault:
    return around("momentum dampened but for the first step", requirement, _dampened_later)
