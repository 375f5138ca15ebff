"""Implementations that are wrong in one way each, and the requirement that must reject them, written down beforehand.

Each is the reference with one class changed: its formula, its rule, or what surrounds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
import optimspec
from optimspec.types.scheduler import UNSET

Class = type[Any]


@dataclass(frozen=True)
class Fault:
    """``requirement`` must be among those that reject ``broken``, which takes the place of its base class."""

    name: str
    requirement: str
    broken: Class
    precision: str = "float64"

    @property
    def subject(self) -> str:
        return next(base.__name__ for base in self.broken.__mro__ if base.__name__ in optimspec.__all__)


def formula(base: Class, name: str, requirement: str, rate: Callable[..., Any]) -> Fault:
    """A schedule with another formula, given in plain numbers."""
    return Fault(name, requirement, type(f"Broken{base.__name__}", (base,), {"rate": staticmethod(rate)}))


def rule(base: Class, name: str, requirement: str, apply: Callable[..., Any]) -> Fault:
    """An optimizer with another rule."""
    return Fault(name, requirement, type(f"Broken{base.__name__}", (base,), {"apply": staticmethod(apply)}))


def shell(base: Class, name: str, requirement: str, **members: Any) -> Fault:
    """A class with other methods."""
    return Fault(name, requirement, type(f"Broken{base.__name__}", (base,), members))


EXP, STEP, MULTI = optimspec.ExponentialLR, optimspec.StepLR, optimspec.MultiStepLR
COS, LIN, CHAIN = optimspec.CosineAnnealingLR, optimspec.LinearLR, optimspec.ChainedScheduler
SGD, ADAM, RMS = optimspec.SGD, optimspec.Adam, optimspec.RMSprop


def cosine(x: float, b: float, e: float) -> float:
    return float(e + (b - e) * (1 + np.cos(np.pi * x)) / 2)


FORMULAS = [
    formula(EXP, "one step late", "SCH-3", lambda t, b, gamma, xp: b * gamma ** max(t - 1, 0)),
    formula(EXP, "one step early", "SCH-2", lambda t, b, gamma, xp: b * gamma ** (t + 1)),
    formula(EXP, "linear instead", "EXP-1", lambda t, b, gamma, xp: b * max(1 - t * (1 - gamma), 0)),
    formula(EXP, "in float16", "NUM-1", lambda t, b, gamma, xp: float(np.float16(b * gamma**t))),
    formula(EXP, "gamma of the paper's other name", "EXP-1", lambda t, b, gamma, xp: b / gamma**t),
    formula(STEP, "one step late", "STEP-3", lambda t, b, step_size, gamma, xp: b * gamma ** (max(t - 1, 0) // step_size)),
    formula(STEP, "one step early", "STEP-3", lambda t, b, step_size, gamma, xp: b * gamma ** ((t + 1) // step_size)),
    formula(STEP, "smooth", "STEP-1", lambda t, b, step_size, gamma, xp: b * gamma ** (t / step_size)),
    formula(MULTI, "milestone not included", "MULTI-3", lambda t, b, milestones, gamma, xp: b * gamma ** sum(m < t for m in milestones)),
    formula(MULTI, "one fall at most", "MULTI-1", lambda t, b, milestones, gamma, xp: b * gamma ** any(m <= t for m in milestones)),
    formula(MULTI, "zero does not count", "MULTI-4", lambda t, b, milestones, gamma, xp: b * gamma ** sum(0 < m <= t for m in milestones)),
    formula(COS, "periodic", "COS-5", lambda t, b, T_max, eta_min, xp: cosine(t / T_max, b, eta_min)),
    formula(COS, "ends one step early", "COS-1", lambda t, b, T_max, eta_min, xp: cosine(min(t / max(T_max - 1, 1), 1), b, eta_min)),
    formula(COS, "ends one step late", "COS-4", lambda t, b, T_max, eta_min, xp: cosine(min(t / (T_max + 1), 1), b, eta_min)),
    formula(COS, "eta_min ignored", "COS-1", lambda t, b, T_max, eta_min, xp: cosine(min(t / T_max, 1), b, 0.0)),
    formula(LIN, "no clamp", "LIN-3", lambda t, b, start_factor, end_factor, total_iters, xp: b * max(start_factor + (end_factor - start_factor) * t / max(total_iters, 1), 0.0)),
    formula(LIN, "stuck at the start", "LIN-4", lambda t, b, start_factor, end_factor, total_iters, xp: b * (start_factor if total_iters == 0 else start_factor + (end_factor - start_factor) * min(t, total_iters) / total_iters)),
    formula(LIN, "not exact at the end", "LIN-3", lambda t, b, start_factor, end_factor, total_iters, xp: b * (start_factor + (end_factor - start_factor) * (min(t, total_iters) / max(total_iters, 1) if total_iters else 1))),
    formula(LIN, "warm-up one step too long", "LIN-1", lambda t, b, start_factor, end_factor, total_iters, xp: b * (start_factor + (end_factor - start_factor) * min(t / (total_iters + 1), 1))),
]  # fmt: skip


def cancelling(t: int, b: float, T_max: int, eta_min: float, xp: Any) -> float:
    angle = np.float32(np.pi) * np.float32(min(t, T_max)) / np.float32(T_max)
    return float(np.float32(eta_min) + np.float32(b - eta_min) * ((1 + np.cos(angle)) / np.float32(2)))


def drifting(self: Any, t: int) -> None:
    """Multiplies a float32 factor at every step, and so drifts."""
    if t == self._t + 1:
        self._factor = np.float32(getattr(self, "_factor", 1.0)) * np.float32(self.hyper["gamma"])
    else:
        self._factor = np.float32(self.hyper["gamma"] ** t)
    self._t = t


def drifted(self: Any) -> list[float]:
    return [float(np.float32(b) * getattr(self, "_factor", np.float32(1))) for b in self._base_lrs]


FLOAT32 = [
    Fault("cancellation", "NUM-2", formula(COS, "", "", cancelling).broken, "float32"),
    Fault("drift", "NUM-3", shell(EXP, "", "", _move=drifting, get_last_lr=drifted).broken, "float32"),
]

def restored_to_base(self: Any, state: Any) -> None:
    optimspec.Scheduler.load_state_dict(self, {**state, "last_epoch": 0})


def restored_late(self: Any, state: Any) -> None:
    optimspec.Scheduler.load_state_dict(self, {**state, "last_epoch": max(state["last_epoch"] - 1, 0)})


def aliased_state(self: Any) -> dict[str, Any]:
    return {"last_epoch": self._t, "base_lrs": self._base_lrs, "joining_lr": self._joining_lr}


def aliased_load(self: Any, state: Any) -> None:
    optimspec.Scheduler.load_state_dict(self, state)
    self._base_lrs = state["base_lrs"]


def emptying_load(self: Any, state: Any) -> None:
    optimspec.Scheduler.load_state_dict(self, state)
    state.clear()


def lenient_load(self: Any, state: Any) -> None:
    if isinstance(state, dict) and "last_epoch" in state:
        optimspec.Scheduler.load_state_dict(self, state)


def half_load(self: Any, state: Any) -> None:
    self._t = state["last_epoch"]
    optimspec.Scheduler.load_state_dict(self, state)


def jump_ignored(self: Any, epoch: Any = None) -> None:
    optimspec.Scheduler.step(self)


def only_forward(self: Any, epoch: Any = None) -> None:
    if epoch is None or epoch > self._t or epoch < 0:
        optimspec.Scheduler.step(self, epoch)


def stepped_twice(self: Any, epoch: Any = None) -> None:
    optimspec.Scheduler.step(self, epoch)
    if epoch is None:
        optimspec.Scheduler.step(self)


def first_group_only(self: Any) -> list[float]:
    return [self.lr_at(self._t, 0)] * len(self._base_lrs)


def second_group_still(self: Any) -> list[float]:
    return [self.lr_at(self._t, 0), *self._base_lrs[1:]]


def stateful_reading(self: Any) -> list[float]:
    """PyTorch's ``get_lr``, called from outside."""
    rates = optimspec.Scheduler.get_last_lr(self)
    self._t += len(getattr(self, "_read", [])) % 2
    self._read = [*getattr(self, "_read", []), 1]
    return rates


def unchecked_exponential(self: Any, base_lr: Any = UNSET, gamma: Any = 0.95, last_epoch: Any = 0) -> None:
    optimspec.Scheduler.__init__(self, base_lr, last_epoch, gamma=gamma)


def literal_minus_one(self: Any, base_lr: Any = UNSET, gamma: Any = 0.95, last_epoch: Any = 0) -> None:
    EXP.__init__(self, base_lr, gamma, last_epoch)
    self._t = last_epoch


SHARED: list[Any] = []


def shared_time(self: Any, t: int) -> None:
    SHARED[:] = [t]
    self._t = t


def shared_read(self: Any) -> list[float]:
    self._t = SHARED[0] if SHARED and self._t else self._t
    return optimspec.Scheduler.get_last_lr(self)


SCHEDULER_SHELLS = [
    shell(EXP, "stepped twice", "SCH-3", step=stepped_twice),
    shell(EXP, "jump ignored", "SCH-4", step=jump_ignored),
    shell(STEP, "never back", "SCH-4", step=only_forward),
    shell(EXP, "restored to base", "STA-7", load_state_dict=restored_to_base),
    shell(COS, "restored one late", "STA-7", load_state_dict=restored_late),
    shell(EXP, "aliased state", "STA-2", state_dict=aliased_state),
    shell(LIN, "aliased load", "STA-12", load_state_dict=aliased_load),
    shell(EXP, "load empties its argument", "STA-11", load_state_dict=emptying_load),
    shell(EXP, "empty state accepted", "STA-15", load_state_dict=lenient_load),
    shell(MULTI, "half a load", "STA-18", load_state_dict=half_load),
    shell(EXP, "all groups like the first", "SCH-15", get_last_lr=first_group_only),
    shell(EXP, "gamma for group 0 alone", "SCH-15", get_last_lr=second_group_still),
    shell(STEP, "reading moves", "SCH-14", get_last_lr=stateful_reading),
    shell(EXP, "gamma not checked", "EXP-4", __init__=unchecked_exponential),
    shell(EXP, "last_epoch=-1 taken literally", "SCH-6", __init__=literal_minus_one),
    shell(EXP, "time shared by all", "SCH-8", _move=shared_time, get_last_lr=shared_read),
    shell(EXP, "base_lrs handed out", "SCH-13", base_lrs=property(lambda self: self._base_lrs)),
]


def last_member_wins(self: Any, t: Any, group: int, xp: Any) -> Any:
    return self.members[-1]._rate(t, group, xp)


def summed(self: Any, t: Any, group: int, xp: Any) -> Any:
    return sum(member._rate(t, group, xp) for member in self.members) / len(self.members)


def divided(self: Any, t: Any, group: int, xp: Any) -> Any:
    b = self._base_lrs[group]
    lr: Any = b
    for member in self.members:
        lr = lr * (member._rate(t, group, xp) / b)
    return lr


def first_members_base(self: Any, schedulers: Any) -> None:
    CHAIN.__init__(self, schedulers)
    first = self.members[0]
    if not first._stated:
        self.take_base_lrs([1e-3] * len(self._base_lrs), 1e-3)


def members_left_behind(self: Any, t: int) -> None:
    self._t = t


CHAINS = [
    shell(CHAIN, "last member wins", "CHAIN-1", _rate=last_member_wins),
    shell(CHAIN, "mean instead of product", "CHAIN-1", _rate=summed),
    shell(CHAIN, "zero divides", "CHAIN-2", _rate=divided),
    shell(CHAIN, "base rate of the first member", "CMP-2", __init__=first_members_base),
    shell(CHAIN, "members left behind", "CHAIN-3", _move=members_left_behind),
    shell(CHAIN, "groups of the members forgotten", "SCH-9", extend_groups=lambda self, count: None),
    shell(CHAIN, "own rate for the chain alone", "CMP-8", set_base_lr=optimspec.Scheduler.set_base_lr),
]


def adam(bias: bool = True, root: bool = False, betas: int = 1, square: bool = True) -> Callable[..., Any]:
    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, amsgrad: bool) -> Any:
        beta1, beta2 = (beta1, beta2)[::betas]
        m = beta1 * slots["m"] + (1 - beta1) * g
        v = beta2 * slots["v"] + (1 - beta2) * (g**2 if square else jnp.abs(g))
        m_hat, v_hat = (m / (1 - beta1**k), v / (1 - beta2**k)) if bias else (m, v)
        new_slots = {"m": m, "v": v}
        if amsgrad:
            v_hat = new_slots["v_max"] = jnp.maximum(slots["v_max"], v_hat)
        return p - lr * m_hat / (jnp.sqrt(v_hat + eps) if root else jnp.sqrt(v_hat) + eps), new_slots

    return apply


def torch_amsgrad(g: Any, slots: Any, p: Any, lr: Any, k: Any, beta1: Any, beta2: Any, eps: Any, amsgrad: bool) -> Any:
    m = beta1 * slots["m"] + (1 - beta1) * g
    v = beta2 * slots["v"] + (1 - beta2) * g**2
    new_slots = {"m": m, "v": v}
    largest = v
    if amsgrad:
        largest = new_slots["v_max"] = jnp.maximum(slots["v_max"], v)
    return p - lr * m / (1 - beta1**k) / (jnp.sqrt(largest / (1 - beta2**k)) + eps), new_slots


def no_amsgrad(g: Any, slots: Any, p: Any, lr: Any, k: Any, amsgrad: bool, **hyper: Any) -> Any:
    stepped, new_slots = ADAM.apply(g, slots, p, lr, k, **hyper, amsgrad=False)
    return stepped, new_slots | {name: slots[name] for name in slots if name not in new_slots}


def sgd(dampened: bool = False, nesterov_ignored: bool = False, rate_inside: bool = False) -> Callable[..., Any]:
    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, momentum: Any, nesterov: bool) -> Any:
        new = (1 - momentum if dampened else 1.0) * g * (lr if rate_inside else 1.0)
        v = momentum * slots["v"] + new
        direction = new + momentum * v if nesterov and not nesterov_ignored else v
        return p - (1.0 if rate_inside else lr) * direction, {"v": v}

    return apply


def rmsprop(root: bool = True, centred: bool = True, alpha: int = 1, momentum: bool = True) -> Callable[..., Any]:
    def apply(g: Any, slots: Any, p: Any, lr: Any, k: Any, alpha: Any, eps: Any, momentum: Any, centered: bool) -> Any:
        old = alpha if alpha_kept else 1 - alpha
        square = old * slots["square"] + (1 - old) * g**2
        mean = old * slots["mean"] + (1 - old) * g
        variance = jnp.maximum(square - mean**2, 0) if centered and centred else square
        step = g / (jnp.sqrt(variance + eps) if root else jnp.sqrt(variance) + eps)
        v = (momentum if momentum_kept else 0.0) * slots["momentum"] + step
        return p - lr * v, {"square": square, "mean": mean, "momentum": v}

    alpha_kept, momentum_kept = alpha == 1, momentum
    return apply


RULES = [
    rule(ADAM, "no bias correction", "ADAM-2", adam(bias=False)),
    rule(ADAM, "epsilon inside the root", "ADAM-3", adam(root=True)),
    rule(ADAM, "betas swapped", "ADAM-1", adam(betas=-1)),
    rule(ADAM, "absolute value instead of square", "ADAM-1", adam(square=False)),
    rule(ADAM, "amsgrad as in PyTorch", "ADAM-4", torch_amsgrad),
    rule(ADAM, "amsgrad ignored", "ADAM-4", no_amsgrad),
    rule(SGD, "dampened", "SGD-4", sgd(dampened=True)),
    rule(SGD, "nesterov ignored", "SGD-3", sgd(nesterov_ignored=True)),
    rule(SGD, "rate inside the momentum", "SGD-5", sgd(rate_inside=True)),
    rule(RMS, "epsilon outside the root", "RMS-2", rmsprop(root=False)),
    rule(RMS, "centred ignored", "RMS-3", rmsprop(centred=False)),
    rule(RMS, "alpha for the new part", "RMS-1", rmsprop(alpha=-1)),
    rule(RMS, "momentum ignored", "RMS-4", rmsprop(momentum=False)),
]


def stale_rate(self: Any, grads: Any) -> None:
    """Steps with the rate that was current when the weights were registered."""
    moved, self._scheduler._t = self._scheduler._t, 0
    try:
        optimspec.Optimizer.step(self, grads)
    finally:
        self._scheduler._t = moved


def moving_step(self: Any, grads: Any) -> None:
    optimspec.Optimizer.step(self, grads)
    self._scheduler.step()


def one_count(self: Any, grads: Any) -> None:
    """One count for all weights."""
    optimspec.Optimizer.step(self, grads)
    for weight in self._weights.values():
        weight.k = max(w.k for w in self._weights.values())


def slots_dropped(self: Any, state: Any) -> None:
    zeroed = {key: w | {"slots": [{n: np.zeros_like(s).tolist() for n, s in leaf.items()} for leaf in w["slots"]]} for key, w in state["weights"].items()}
    optimspec.Optimizer.load_state_dict(self, {**state, "weights": zeroed})


def count_reset(self: Any, state: Any) -> None:
    optimspec.Optimizer.load_state_dict(self, state)
    for weight in self._weights.values():
        weight.k = 0


def slots_wiped(self: Any, states: Any) -> None:
    optimspec.Optimizer.register_trainable_weights(self, states)
    for weight in self._weights.values():
        weight.slots = [{name: jnp.zeros_like(slot) for name, slot in leaf.items()} for leaf in weight.slots]


def each_its_own_norm(self: Any, grads: Any) -> None:
    if not isinstance(grads, dict) or any(key not in self._weights for key in grads):
        optimspec.Optimizer.step(self, grads)
    for key, gradient in dict(grads).items():
        optimspec.Optimizer.step(self, {key: gradient})


def in_place(self: Any, grads: Any) -> None:
    """Writes into the array that the user holds."""
    held = {key: self._weights[key].state.value for key in grads} if isinstance(grads, dict) and set(grads) <= set(self._weights) else {}
    optimspec.Optimizer.step(self, grads)
    for key, array in held.items():
        if isinstance(array, np.ndarray):
            array[...] = np.asarray(self._weights[key].state.value)
            self._weights[key].state.value = array


def unknown_ignored(self: Any, grads: Any) -> None:
    optimspec.Optimizer.step(self, {k: g for k, g in grads.items() if k in self._weights} if isinstance(grads, dict) else grads)


OPTIMIZER_SHELLS = [
    shell(SGD, "stale rate", "OPT-1", step=stale_rate),
    shell(SGD, "steps the scheduler", "OPT-2", step=moving_step),
    shell(ADAM, "one count for all weights", "OPT-10", step=one_count),
    shell(SGD, "slots dropped by a load", "STA-7", load_state_dict=slots_dropped),
    shell(ADAM, "count reset by a load", "STA-7", load_state_dict=count_reset),
    shell(SGD, "registering wipes momentum", "OPT-14", register_trainable_weights=slots_wiped),
    shell(SGD, "each weight its own norm", "OPT-36", step=each_its_own_norm),
    shell(SGD, "updates in place", "OPT-15", step=in_place),
    shell(RMS, "unknown keys ignored", "OPT-23", step=unknown_ignored),
    shell(SGD, "current_lr of construction", "OPT-3", current_lr=property(lambda self: self._scheduler.base_lrs[0])),
]

CONST, POLY, DECAY = optimspec.ConstantLR, optimspec.PolynomialLR, optimspec.ExponentialDecayLR
WARM, WCOS, PIECE = optimspec.WarmupScheduler, optimspec.WarmupCosineSchedule, optimspec.PiecewiseConstantSchedule
CYC, ONE, RESTART = optimspec.CyclicLR, optimspec.OneCycleLR, optimspec.CosineAnnealingWarmRestarts
PLAT, SEQ = optimspec.ReduceLROnPlateau, optimspec.SequentialLR


def decay(
    unbounded: bool = False, rounded: bool = False, optax: bool = False, delay: bool = True, nan: bool = False
) -> Callable[..., float]:
    def rate(t: int, b: float, decay_steps: int, decay_rate: float, transition_begin: int, staircase: bool, end_value: Any, xp: Any) -> float:
        since = max(t - transition_begin, 0) if delay else t
        x = since / decay_steps
        x = float(np.float32(since) / np.float32(decay_steps)) if rounded else x
        try:
            lr = b * decay_rate ** (np.floor(x) if staircase else x)
        except OverflowError:
            lr = float("nan") if nan else float("inf")
        lr = float(lr) if b else 0.0
        if unbounded or end_value is None or (decay_rate == 1 and not optax):
            return lr
        return float(max(lr, end_value) if decay_rate < 1 else min(lr, end_value))

    return rate


def restarts(T_mult_of_log: bool = False, late: bool = False, equal: bool = False) -> Callable[..., float]:
    def rate(t: int, b: float, T_0: int, T_mult: int, eta_min: float, xp: Any) -> float:
        t = t - 1 if late and t else t
        if T_mult == 1 or equal:
            return cosine(t % T_0 / T_0, b, eta_min)
        if T_mult_of_log:
            n = int(np.log(t / T_0 * (T_mult - 1) + 1) / np.log(T_mult))
            start, length = T_0 * (T_mult**n - 1) // (T_mult - 1), T_0 * T_mult**n
            return cosine((t - start) / length, b, eta_min)
        since, length = t, T_0
        while since >= length:
            since, length = since - length, length * T_mult
        return cosine(since / length, b, eta_min)

    return rate


def looping(t: int, b: float, T_0: int, T_mult: int, eta_min: float, xp: Any) -> float:
    """Subtracts one cycle after another, and so takes longer the later it is."""
    since, length = t, T_0
    while since >= length:
        since, length = since - length, length * T_mult
    return cosine(since / length, b, eta_min)


def cyclic(symmetric: bool = False, first_cycle: int = 0, of_cycle: bool = True) -> Callable[..., float]:
    def rate(t: int, b: float, max_lr: float, step_size_up: int, step_size_down: int, mode: str, gamma: float, scale_fn: Any, scale_mode: str, xp: Any) -> float:
        cycle, r = divmod(t, step_size_up + step_size_down)
        down = step_size_up if symmetric else step_size_down
        height = r / step_size_up if r <= step_size_up else max((step_size_up + down - r) / down, 0)
        scale = {"triangular": 1.0, "triangular2": 0.5 ** (cycle + first_cycle), "exp_range": gamma ** (cycle if not of_cycle else t)}[mode]
        if scale_fn is not None:
            scale = scale_fn(cycle + 1 - first_cycle if scale_mode == "cycle" else t)
        return b + (max_lr - b) * height * scale

    return rate


def swallowing(self: Any, t: Any, group: int = 0) -> float:
    try:
        return float(optimspec.Scheduler.lr_at(self, t, group))
    except Exception:
        return float(self._base_lrs[group])


def one_cycle(rounded: bool = False, cos_up: bool = False, initial: bool = False, over: bool = False, line: bool = False) -> Callable[..., float]:
    def rate(t: int, b: float, max_lr: float, total_steps: int, pct_start: float, anneal_strategy: str, div_factor: float, final_div_factor: float, xp: Any) -> float:
        warm = max(int(pct_start * total_steps), 1) if rounded else pct_start * total_steps
        first = max_lr / div_factor
        last = (first if initial else max_lr) / final_div_factor
        if t <= warm:
            return cosine(t / warm, first, max_lr) if cos_up else first + (max_lr - first) * t / warm
        x = (t - warm) / (total_steps - warm)
        x = x if over else min(x, 1.0)
        return cosine(x, max_lr, last) if anneal_strategy == "cos" and not line else max_lr + (last - max_lr) * min(x, 1.0)

    return rate


MORE_FORMULAS = [
    formula(CONST, "ends one step late", "CONST-1", lambda t, b, factor, total_iters, xp: b * factor if t <= total_iters else b),
    formula(CONST, "never ends", "CONST-3", lambda t, b, factor, total_iters, xp: b * factor),
    formula(CONST, "stuck without a length", "CONST-4", lambda t, b, factor, total_iters, xp: b * factor if t < total_iters or total_iters == 0 else b),
    formula(POLY, "no clamp", "POLY-3", lambda t, b, total_iters, power, xp: b * abs(1 - t / total_iters) ** power),
    formula(POLY, "power ignored", "POLY-1", lambda t, b, total_iters, power, xp: b * (1 - min(t, total_iters) / total_iters)),
    formula(POLY, "one step late", "POLY-1", lambda t, b, total_iters, power, xp: b * (1 - min(max(t - 1, 0), total_iters) / total_iters) ** power),
    formula(DECAY, "no bound", "DECAY-5", decay(unbounded=True)),
    formula(DECAY, "bounded where it does not decay", "DECAY-7", decay(optax=True)),
    formula(DECAY, "stairs in float32", "DECAY-4", decay(rounded=True)),
    formula(DECAY, "no delay", "DECAY-3", decay(delay=False)),
    formula(DECAY, "nan beyond the floats", "DECAY-8", decay(nan=True)),
    formula(WARM, "one increment behind", "WARM-1", lambda t, b, warmup_epochs, warmup_start_lr, xp: b if t > warmup_epochs or not warmup_epochs else warmup_start_lr + (b - warmup_start_lr) * t / (warmup_epochs + 1)),
    formula(WARM, "start ignored", "WARM-5", lambda t, b, warmup_epochs, warmup_start_lr, xp: b * min(t / warmup_epochs, 1) if warmup_epochs else b),
    formula(WARM, "overshoots", "WARM-3", lambda t, b, warmup_epochs, warmup_start_lr, xp: warmup_start_lr + (b - warmup_start_lr) * t / warmup_epochs if warmup_epochs else b),
    formula(WCOS, "cosine over the whole length", "WCOS-2", lambda t, b, warmup_steps, total_steps, warmup_start_lr, eta_min, xp: warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps if t < warmup_steps else cosine(min((t - warmup_steps) / total_steps, 1), b, eta_min)),
    formula(WCOS, "global time", "WCOS-3", lambda t, b, warmup_steps, total_steps, warmup_start_lr, eta_min, xp: warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps if t < warmup_steps else cosine(min(t / total_steps, 1), b, eta_min)),
    formula(WCOS, "rises again", "WCOS-4", lambda t, b, warmup_steps, total_steps, warmup_start_lr, eta_min, xp: warmup_start_lr + (b - warmup_start_lr) * t / warmup_steps if t < warmup_steps else cosine((t - warmup_steps) / (total_steps - warmup_steps), b, eta_min)),
    formula(WCOS, "warm-up from zero", "WCOS-1", lambda t, b, warmup_steps, total_steps, warmup_start_lr, eta_min, xp: b * t / warmup_steps if t < warmup_steps else cosine(min((t - warmup_steps) / (total_steps - warmup_steps), 1), b, eta_min)),
    formula(PIECE, "old value at the boundary", "PIECE-2", lambda t, b, boundaries, values, xp: values[sum(m < t for m in boundaries)]),
    formula(PIECE, "values times the base rate", "PIECE-4", lambda t, b, boundaries, values, xp: b * values[sum(m <= t for m in boundaries)]),
    formula(PIECE, "the last value is never reached", "PIECE-1", lambda t, b, boundaries, values, xp: values[min(sum(m <= t for m in boundaries), max(len(values) - 2, 0))]),
    formula(CYC, "symmetric", "CYC-2", cyclic(symmetric=True)),
    formula(CYC, "cycles counted from 1", "CYC-5", cyclic(first_cycle=1)),
    formula(CYC, "gamma of the cycle", "CYC-6", cyclic(of_cycle=False)),
    shell(CYC, "exceptions swallowed", "CYC-9", lr_at=swallowing),
    shell(CYC, "max_lr of the first group", "CYC-10", per_group=(), rate=staticmethod(lambda t, b, max_lr, xp, **hyper: CYC.rate(t, b, max_lr[0], **hyper, xp=np))),
    formula(ONE, "rounded warm-up", "ONE-1", one_cycle(rounded=True)),
    formula(ONE, "warm-up along a cosine", "ONE-1", one_cycle(cos_up=True)),
    formula(ONE, "initial rate divided", "ONE-3", one_cycle(initial=True)),
    formula(ONE, "rises after its end", "ONE-3", one_cycle(over=True)),
    formula(ONE, "line instead of cosine", "ONE-2", one_cycle(line=True)),
    formula(RESTART, "cycle by logarithm", "RESTART-3", restarts(T_mult_of_log=True)),
    formula(RESTART, "one step late", "RESTART-2", restarts(late=True)),
    formula(RESTART, "T_mult ignored", "RESTART-1", restarts(equal=True)),
    formula(RESTART, "one cycle after another", "RESTART-4", looping),
]  # fmt: skip


def plateau(**changed: Any) -> Callable[..., None]:
    """PyTorch's algorithm with one thing changed, on the reference's own state."""

    def followed(self: Any, metric: Any) -> None:
        hyper, value = self.hyper, float(metric)
        better = self._improves(value)
        cooling = self._cooldown > 0
        if better and not (changed.get("best_lost") and cooling):
            self._best, self._bad_epochs = value, 0
        elif not better:
            self._bad_epochs += 1
        if cooling:
            self._cooldown -= 1
            self._bad_epochs = self._bad_epochs if changed.get("counting") else 0
        if self._bad_epochs > hyper["patience"] - changed.get("impatient", 0):
            lrs = [max(lr * hyper["factor"], hyper["min_lr"][min(i, len(hyper["min_lr"]) - 1)]) for i, lr in enumerate(self._lrs)]
            eps = 0.0 if changed.get("no_eps") else hyper["eps"]
            made = [old - new > eps for old, new in zip(self._lrs, lrs, strict=True)]
            self._lrs = [new if m else old for old, new, m in zip(self._lrs, lrs, made, strict=True)]
            if not changed.get("cooldown_only_if_cut") or any(made):
                self._cooldown, self._bad_epochs = hyper["cooldown"], 0
        self._move(self._t + 1)

    return followed


def ratcheting(self: Any, value: float) -> bool:
    """best·(1 − threshold), as in PyTorch."""
    if self._best is None or not self.hyper["relative"]:
        return PLAT._improves(self, value)
    sign = self.hyper["sign"]
    return bool(sign * value < sign * self._best * (1 - sign * self.hyper["threshold"]))


def nan_improves(self: Any, value: float) -> bool:
    return value != value or PLAT._improves(self, value)


def bad_epochs_lost(self: Any, state: Any) -> None:
    optimspec.Scheduler.load_state_dict(self, {**state, "bad_epochs": 0} if isinstance(state, dict) and state else state)


def metric_optional(self: Any, metric: Any = None) -> None:
    PLAT.step(self, 0.0 if metric is None else metric)


PLATEAUS = [
    shell(PLAT, "one epoch too impatient", "PLAT-1", step=plateau(impatient=1)),
    shell(PLAT, "best forgotten in a cooldown", "PLAT-8", step=plateau(best_lost=True)),
    shell(PLAT, "bad epochs in a cooldown", "PLAT-8", step=plateau(counting=True)),
    shell(PLAT, "eps ignored", "PLAT-3", step=plateau(no_eps=True)),
    shell(PLAT, "no cooldown without a cut", "PLAT-3", step=plateau(cooldown_only_if_cut=True)),
    shell(PLAT, "relative threshold of PyTorch", "PLAT-4", _improves=ratcheting),
    shell(PLAT, "nan improves", "PLAT-9", _improves=nan_improves),
    shell(PLAT, "bad epochs lost by a load", "PLAT-15", load_state_dict=bad_epochs_lost),
    shell(PLAT, "metric optional", "PLAT-14", step=metric_optional),
    shell(PLAT, "min_lr of the first group", "PLAT-13", _cut=lambda self, group, lr: PLAT._cut(self, 0, lr)),
]


def global_time(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start <= t for start in self._starts[1:])
    return self.members[ruling]._rate(t, group, xp)


def strict_milestone(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start < t for start in self._starts[1:])
    return self.members[ruling]._rate(t - self._starts[ruling], group, xp)


def first_value_skipped(self: Any, t: Any, group: int, xp: Any) -> Any:
    ruling = sum(start <= t for start in self._starts[1:])
    return self.members[ruling]._rate(t - self._starts[ruling] + (ruling > 0), group, xp)


def one_base_rate(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SEQ.__init__(self, schedulers, milestones, last_epoch)
    for member in self.members:
        if not member.absolute:
            member.take_base_lrs(self._base_lrs, self._joining_lr)


def starts_at_zero(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SEQ.__init__(self, schedulers, milestones, last_epoch)
    for member in self.members:
        member._move(0)
    self._move = lambda t: optimspec.Scheduler._move(self, t)


def unordered(self: Any, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
    SEQ.__init__(self, schedulers, sorted(set(milestones)), last_epoch)


SEQUENCES = [
    shell(SEQ, "global time", "SEQ-2", _rate=global_time),
    shell(SEQ, "milestone not included", "SEQ-1", _rate=strict_milestone),
    shell(SEQ, "first value skipped", "SEQ-2", _rate=first_value_skipped),
    shell(SEQ, "one base rate for all", "SEQ-6", __init__=one_base_rate),
    shell(SEQ, "members not moved", "SEQ-3", __init__=starts_at_zero),
    shell(SEQ, "milestones sorted", "SEQ-10", __init__=unordered),
]

FAULTS = [*FORMULAS, *MORE_FORMULAS, *FLOAT32, *PLATEAUS, *SEQUENCES, *SCHEDULER_SHELLS, *CHAINS, *RULES, *OPTIMIZER_SHELLS]
