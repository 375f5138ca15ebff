"""Faults: the oracle with one thing changed. Each is a change of the model of a class, and names what it breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Change = Callable[[Any], Any]


def everywhere(model: Any) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """A mistake in the implementation of a class: ``name`` completes “looks like”, ``change`` makes a model wrong.

    Of faults that many classes share, ``where`` tells whether a class is such that it makes a difference.
    """

    name: str
    requirement: str
    change: Change
    where: Callable[[Any], bool] = everywhere


def field_of(model: Any) -> str:
    """Where a model has its formula."""
    return next(name for name in ("rate", "advance", "update") if hasattr(model, name))


def formula(name: str, requirement: str, made: Callable[..., Any]) -> Fault:
    """Another formula, with the signature of the right one."""
    return Fault(name, requirement, lambda model: replace(model, **{field_of(model): made}))


def around(name: str, requirement: str, made: Callable[..., Any]) -> Fault:
    """The right formula, used wrongly: ``made`` is given it before its arguments."""

    def change(model: Any) -> Any:
        right = getattr(model, field_of(model))
        return replace(model, **{field_of(model): lambda *given, **hyper: made(right, *given, **hyper)})

    return Fault(name, requirement, change)


def ignoring(name: str, requirement: str, **fixed: Any) -> Fault:
    """The right formula, with these hyperparameters whatever the user asked for."""
    return around(name, requirement, lambda right, *given, **hyper: right(*given, **{**hyper, **fixed}))


def asking(name: str, requirement: str, **changed: Callable[[Any], Any]) -> Fault:
    """The right formula, with these hyperparameters changed."""
    return around(
        name,
        requirement,
        lambda right, *given, **hyper: right(*given, **hyper | {key: to(hyper[key]) for key, to in changed.items()}),
    )


def longer(name: str, requirement: str, parameter: str) -> Fault:
    return asking(name, requirement, **{parameter: lambda length: length and length + 1})


def shorter(name: str, requirement: str, parameter: str) -> Fault:
    return asking(name, requirement, **{parameter: lambda length: length and max(length - 1, 1)})


def defaulting(name: str, requirement: str, **defaults: Any) -> Fault:
    """Other defaults, written as in a scenario."""

    def change(model: Any) -> Any:
        domains = {key: replace(model.parameters[key], default=value) for key, value in defaults.items()}
        return replace(model, parameters={**model.parameters, **domains})

    return Fault(name, requirement, change)


def shell(
    name: str, requirement: str, where: Callable[[Any], bool] = everywhere, **methods: Callable[..., Any]
) -> Fault:
    """Other methods round the formula: each is given the oracle's object and the right method before its arguments."""
    return Fault(name, requirement, lambda model: replace(model, shell={**model.shell, **methods}), where)


# ---------------------------------------------------------------------------------- what rules of optimizers share


def _of_arrays(root: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A root that is wrong of arrays, and right of norms."""
    return lambda sqrt, x: root(sqrt, x) if isinstance(x, np.ndarray) else sqrt(x)


def rooting(name: str, requirement: str, root: Callable[..., Any], **fixed: Any) -> Fault:
    """Another root of the arrays: ``root(sqrt, x, **hyper)``."""

    def made(right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        rooted = _of_arrays(lambda plain, x: root(plain, x, **hyper))
        return right(g, slots, p, lr, k, lambda x: rooted(sqrt, x), **{**hyper, **fixed})

    return around(name, requirement, made)


def epsilon_inside(requirement: str) -> Fault:
    return rooting("epsilon inside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x + eps), eps=0)


def epsilon_outside(requirement: str) -> Fault:
    return rooting("epsilon outside the root", requirement, lambda sqrt, x, eps, **_: sqrt(x) + eps, eps=0)


def betas_swapped(requirement: str) -> Fault:
    return asking("betas swapped", requirement, betas=lambda betas: betas[::-1])


def _uncorrected(first: bool, second: bool) -> Callable[..., Any]:
    """Without the division by 1 − β^k, as a change of the rate and of ε."""

    def made(right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
        (beta1, beta2), scale = hyper["betas"], 1
        if second:
            scale = scale / sqrt(1 - beta2**k)
            hyper["eps"] = hyper["eps"] * scale
        scale = scale * (1 - beta1**k) if first else scale
        if "weight_decay" in hyper:
            hyper["weight_decay"] = hyper["weight_decay"] / scale
        return right(g, slots, p, lr * scale, k, sqrt, **hyper)

    return made


def uncorrected(requirement: str) -> tuple[Fault, ...]:
    """Moments as they are, where they should be corrected."""
    return (
        around("no bias correction", requirement, _uncorrected(True, True)),
        around("no bias correction of the first moment", requirement, _uncorrected(True, False)),
        around("no bias correction of the second moment", requirement, _uncorrected(False, True)),
    )


def _epsilon_hat(right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, sqrt: Any, **hyper: Any) -> Any:
    return right(g, slots, p, lr, k, sqrt, **hyper | {"eps": hyper["eps"] / sqrt(1 - hyper["betas"][1] ** k)})


def epsilon_hat(requirement: str) -> Fault:
    return around("epsilon not corrected", requirement, _epsilon_hat)


def _coupled(right: Any, g: Any, slots: Any, p: Any, *given: Any, weight_decay: Any, **hyper: Any) -> Any:
    return right(g + weight_decay * p, slots, p, *given, weight_decay=0 * weight_decay, **hyper)


def _unscaled(right: Any, g: Any, slots: Any, p: Any, *given: Any, weight_decay: Any, **hyper: Any) -> Any:
    return right(g, slots, p, *given, weight_decay=0 * weight_decay, **hyper) - weight_decay * p


def wrongly_decaying(decoupled: str, scaled: str | None) -> tuple[Fault, ...]:
    """Mistakes of a decoupled decay, and the requirements that they break."""
    return (
        around("weight decay coupled", decoupled, _coupled),
        ignoring("weight decay ignored", decoupled, weight_decay=0),
        *([] if scaled is None else [around("weight decay not scaled by the rate", scaled, _unscaled)]),
    )


def _dampened(right: Any, g: Any, *given: Any, momentum: Any, **hyper: Any) -> Any:
    return right((1 - momentum) * g, *given, momentum=momentum, **hyper)


def dampened(requirement: str) -> Fault:
    return around("momentum dampened", requirement, _dampened)


def _dampened_later(right: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, *given: Any, **hyper: Any) -> Any:
    return right(g if k == 1 else (1 - hyper["momentum"]) * g, slots, p, lr, k, *given, **hyper)


def dampened_later(requirement: str) -> Fault:
    return around("momentum dampened but for the first step", requirement, _dampened_later)
