"""Lookahead, wrong in when and how the weights are pulled back, and in what it takes from its base optimizer."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import jax
import jax.numpy as jnp
from optimspec import SGD, Lookahead, Optimizer

from .fault import Fault, defaulting, ignoring, shell
from .optimizers import count_reset_by_a_load, slots_dropped_by_a_load


def pulled(slow: Any, fast: Any, alpha: Any) -> tuple[Any, Any]:
    """The new slow weight, and the new weight."""
    slow = slow + alpha * (fast - slow)
    return slow, slow


def of_the_base(named: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("base_"): value for name, value in named.items() if name.startswith("base_")}


def lookahead(
    name: str,
    requirement: str,
    *,
    due: Callable[..., Any] = lambda k, n: k % n == 0,
    pull: Callable[..., tuple[Any, Any]] = pulled,
    start: Callable[..., Any] = lambda p, fast: p,
    base_k: Callable[..., Any] = lambda k, n: k,
    at_rate_zero: bool = False,
    kept: Callable[..., Any] = lambda slot, due: slot,
) -> Fault:
    """Lookahead that is due in other steps, pulls in another way, starts elsewhere, or counts or keeps otherwise."""

    def apply(
        g: Any, slots: Any, p: Any, lr: Any, k: Any, base: Any, sync_period: Any, alpha: Any, **hyper: Any
    ) -> Any:
        decay = {name: value for name, value in hyper.items() if name == "weight_decay"}
        fast, new = base.apply(g, of_the_base(slots), p, lr, base_k(k, sync_period), **of_the_base(hyper), **decay)
        slow = jnp.where(k == 1, start(p, fast), slots["slow"])
        now = due(k, sync_period) & (at_rate_zero | (lr > 0))
        new_slow, new_fast = pull(slow, fast, alpha)
        slots = {f"base_{name}": kept(slot, now) for name, slot in new.items()}
        return jnp.where(now, new_fast, fast), slots | {"slow": jnp.where(now, new_slow, slow)}

    return shell(Lookahead, name, requirement, apply=staticmethod(apply))


def around_another(name: str, requirement: str, exchanged: Callable[[Any], Any]) -> Fault:
    """Lookahead that is built around something else than what it was given."""

    def init(self: Any, base_optimizer: Any, **given: Any) -> None:
        known = isinstance(base_optimizer, Optimizer)
        Lookahead.__init__(self, exchanged(base_optimizer) if known else base_optimizer, **given)

    return shell(Lookahead, name, requirement, __init__=init)


def with_other_rules(base: Any) -> Any:
    """Of the same class, and with what all optimizers take, but with the defaults of the class for the rest."""
    inner = {"base_optimizer": SGD()} if isinstance(base, Lookahead) else {}
    return type(base)(**inner, **base.common_arguments())


def with_its_own(**defaults: Any) -> Callable[[Any], Any]:
    """The base optimizer, as if this were what it was given."""

    def exchanged(base: Any) -> Any:
        changed, common = copy(base), base.common_arguments() | defaults
        changed.common_arguments = lambda: common
        return changed

    return exchanged


def left_out(*names: str) -> Callable[..., None]:
    """Takes these arguments and ignores them."""

    def init(self: Any, base_optimizer: Any, **given: Any) -> None:
        Lookahead.__init__(self, base_optimizer, **{name: v for name, v in given.items() if name not in names})

    return init


def zero_taken_for_none(self: Any, base_optimizer: Any, **given: Any) -> None:
    common: dict[str, Any] = {name: given.pop(name, None) or None for name in ("lr", "weight_decay")}
    Lookahead.__init__(self, base_optimizer, **common, **given)


def any_base(self: Any, base_optimizer: Any, **given: Any) -> None:
    Lookahead.__init__(self, base_optimizer if hasattr(base_optimizer, "common_arguments") else SGD(), **given)


def base_not_looked_at(self: Any, base_optimizer: Any, **given: Any) -> None:
    base_optimizer.common_arguments()
    Lookahead.__init__(self, base_optimizer, **given)


def decay_always_coupled(self: Any, base_optimizer: Any, **given: Any) -> None:
    Lookahead.__init__(self, base_optimizer, **given)
    if not self.coupled:
        self.coupled = True
        self.hyper["base_weight_decay"] = 0.0


def slow_weight_lost_by_a_load(self: Any, state: Any) -> None:
    """It becomes the weight of the moment."""
    Optimizer.load_state_dict(self, state)
    with jax.enable_x64(True):
        for weight in self._weights.values():
            leaves = jax.tree.leaves(weight.state.value)
            for p, leaf in zip(leaves, weight.slots, strict=True):
                leaf["slow"] = jnp.array(p, leaf["slow"].dtype)


def slow_weight_first(slow: Any, fast: Any, alpha: Any) -> tuple[Any, Any]:
    """The weight becomes the slow one of before."""
    return slow + alpha * (fast - slow), slow


FAULTS = [
    lookahead("a step late", "LOOK-1", due=lambda k, n: (k > 1) & (k % n == 1 % n)),
    lookahead("a step early", "LOOK-1", due=lambda k, n: (k + 1) % n == 0),
    lookahead("from the first step", "LOOK-1", due=lambda k, n: (k - 1) % n == 0),
    lookahead("once", "LOOK-1", due=lambda k, n: k == n),
    lookahead("never", "LOOK-1", due=lambda k, n: k < 0),
    lookahead("slow weight stays", "LOOK-1", pull=lambda slow, fast, a: (slow, slow + a * (fast - slow))),
    lookahead("weight not pulled", "LOOK-1", pull=lambda slow, fast, a: (slow + a * (fast - slow), fast)),
    lookahead("slow weight of before", "LOOK-1", pull=slow_weight_first),
    lookahead("alpha for the slow weight", "LOOK-1", pull=lambda slow, fast, a: pulled(slow, fast, 1 - a)),
    lookahead("away from the slow weight", "LOOK-1", pull=lambda slow, fast, a: pulled(slow, fast, -a)),
    ignoring(Lookahead, "alpha ignored", "LOOK-1", alpha=0.5),
    ignoring(Lookahead, "sync_period ignored", "LOOK-1", sync_period=5),
    lookahead("slow weight from zero", "LOOK-1", start=lambda p, fast: jnp.zeros_like(p)),
    lookahead("slow weight of the first step", "LOOK-1", start=lambda p, fast: fast),
    lookahead("slots reset by a pull", "LOOK-2", kept=lambda slot, due: jnp.where(due, 0, slot)),
    lookahead("base counts anew after a pull", "LOOK-2", base_k=lambda k, n: (k - 1) % n + 1),
    lookahead("base does not count", "LOOK-2", base_k=lambda k, n: 1),
    around_another("base hyperparameters ignored", "LOOK-2", with_other_rules),
    around_another("SGD whatever the base", "LOOK-2", lambda base: SGD(**base.common_arguments())),
    shell(Lookahead, "decay always coupled", "LOOK-2", __init__=decay_always_coupled),
    lookahead("pulled at rate 0", "LOOK-3", at_rate_zero=True),
    around_another("rate of the base ignored", "LOOK-4", with_its_own(lr=1e-3)),
    around_another("decay of the base ignored", "LOOK-4", with_its_own(weight_decay=0.0)),
    around_another("norm of the base ignored", "LOOK-4", with_its_own(grad_clip_norm=None)),
    around_another("value of the base ignored", "LOOK-4", with_its_own(grad_clip_value=None)),
    shell(Lookahead, "base rate although lr is given", "LOOK-4", __init__=left_out("lr")),
    shell(Lookahead, "base decay although one is given", "LOOK-4", __init__=left_out("weight_decay")),
    shell(Lookahead, "base norm although one is given", "LOOK-4", __init__=left_out("grad_clip_norm")),
    shell(Lookahead, "base value although one is given", "LOOK-4", __init__=left_out("grad_clip_value")),
    shell(Lookahead, "zero taken for none", "LOOK-4", __init__=zero_taken_for_none),
    defaulting(Lookahead, "period of 6", "LOOK-5", sync_period=6),
    defaulting(Lookahead, "alpha of 0.8", "LOOK-5", alpha=0.8),
    shell(Lookahead, "any base", "LOOK-6", __init__=any_base),
    shell(Lookahead, "base not looked at", "LOOK-6", __init__=base_not_looked_at),
    shell(Lookahead, "slow weight lost by a load", "STA-7", load_state_dict=slow_weight_lost_by_a_load),
    shell(Lookahead, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped_by_a_load),
    shell(Lookahead, "count reset by a load", "STA-7", load_state_dict=count_reset_by_a_load),
]
