"""Prodigy: spec/optimizers/prodigy.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import (
    new,
    optimizer_load,
    optimizer_save,
    optimizer_step,
    optimizer_update,
    register,
    set_value,
    tamper,
)
from ...scenarios.values import Json, Row, Scenario
from ...scenarios.weights import KEYS, MATRIX, SCALAR, VECTOR, group, optimizer_steps, training, weights, zeros
from ..definition import Array, Convention, OptimizerDefinition, Slots
from ..domains import NON_NEGATIVE, POSITIVE, Boolean, Pair, Real, Refused
from ..faults import Fault, defaulting, formula, ignoring, overriding, wrapping
from ..rule_faults import betas_swapped, epsilon_inside, rooting, wrongly_decaying

Numbers = dict[str, Any]


def numbers(d0: Any, **_: Any) -> Numbers:
    """The numbers before the first step; ``largest`` is the largest of d₀ and all d̂."""
    return {"k": 0, "d": d0, "largest": d0, "r": 0 * d0}


def grown(d: Any, d0: Any, largest: Any, growth_rate: Any) -> Any:
    """d after a step."""
    return largest if growth_rate is None or d == d0 else min(largest, growth_rate * d)


def update(
    g: Array,
    slots: Slots,
    p: Array,
    lr: Any,
    k: Any,
    sqrt: Any,
    numbers: Numbers,
    betas: tuple[Any, Any],
    beta3: Any,
    eps: Any,
    d0: Any,
    d_coef: Any,
    growth_rate: Any,
    bias_correction: bool,
    safeguard_warmup: bool,
    weight_decay: Any,
) -> Array:
    (beta1, beta2), d, steps = betas, numbers["d"], numbers["k"] + 1
    beta3 = sqrt(beta2) if beta3 is None else beta3
    rho = d * lr * (sqrt(1 - beta2**steps) / (1 - beta1**steps) if bias_correction else 1)
    slots["start"] = np.where(k == 1, p, slots["start"])
    s = beta3 * slots["s"] + d / d0 * (d if safeguard_warmup else rho) * g
    size = abs(s).sum()
    if lr == 0 or size == 0:
        return p
    r = beta3 * numbers["r"] + d / d0 * rho * (g * (slots["start"] - p)).sum()
    largest = max(numbers["largest"], d_coef * r / size)
    next_d = grown(d, d0, largest, growth_rate)
    numbers |= {"k": steps, "d": next_d, "largest": largest, "r": r}
    slots["s"] = s
    slots["m"] = beta1 * slots["m"] + (1 - beta1) * (d * g)
    slots["v"] = beta2 * slots["v"] + (1 - beta2) * (d * g) * (d * g)
    stepped: Array = p - rho * (slots["m"] / (sqrt(slots["v"]) + next_d * eps) + weight_decay * p)
    return stepped


def prodigy_variant(
    of_averages: Callable[[Any, Any], Any] = lambda d, next_d: d,
    of_step: Callable[[Any, Any], Any] = lambda d, next_d: d,
    of_eps: Callable[[Any, Any], Any] = lambda d, next_d: next_d,
    weight: Callable[[Any, Any], Any] = lambda d, d0: d / d0,
    way: Callable[[Array, Array], Array] = lambda start, p: start - p,
    size: Callable[[Array, Any], Any] = lambda s, sqrt: abs(s).sum(),
    next_of: Callable[..., Any] = lambda d, d0, largest, estimate, rate: grown(d, d0, largest, rate),
    corrected: Callable[[Any, Any, Any], Any] = lambda beta, steps, k: 1 - beta**steps,
    averaged: Callable[[Array, Array, Any, Any], Array] = lambda m, g, beta1, next_d: m,
    at_rest: str = "rests",
) -> Callable[..., Array]:
    """Prodigy with another d in its averages, its step or beside ε, with other sums, growth, or bias correction.

    ``at_rest`` is what a step does at rate 0, or where ‖s‖₁ is 0: it "rests", it "counts", or it "runs" like any other
    except that it moves no weight. The s of "others" among the numbers are part of ‖s‖₁.
    """

    def update(
        g: Array,
        slots: Slots,
        p: Array,
        lr: Any,
        k: Any,
        sqrt: Any,
        numbers: Numbers,
        betas: tuple[Any, Any],
        beta3: Any,
        eps: Any,
        d0: Any,
        d_coef: Any,
        growth_rate: Any,
        bias_correction: bool,
        safeguard_warmup: bool,
        weight_decay: Any,
    ) -> Array:
        (beta1, beta2), d, steps = betas, numbers["d"], numbers["k"] + 1
        beta3 = sqrt(beta2) if beta3 is None else beta3
        rate = lr * (sqrt(corrected(beta2, steps, k)) / corrected(beta1, steps, k) if bias_correction else 1)
        slots["start"] = np.where(k == 1, p, slots["start"])
        s = beta3 * slots["s"] + weight(d, d0) * (d if safeguard_warmup else d * rate) * g
        total = size(s, sqrt) + numbers.get("others", 0)
        still = lr == 0 or total == 0
        if still and at_rest != "runs":
            numbers["k"] += int(at_rest == "counts")
            return p
        r = beta3 * numbers["r"] + (weight(d, d0) * d * rate * g * way(slots["start"], p)).sum()
        estimate = d_coef * r / total if total != 0 else d
        largest = max(numbers["largest"], estimate)
        next_d = next_of(d, d0, largest, estimate, growth_rate)
        numbers |= {"k": steps, "d": next_d, "largest": largest, "r": r}
        slots["s"], scaled = s, of_averages(d, next_d) * g
        slots["m"] = beta1 * slots["m"] + (1 - beta1) * scaled
        slots["v"] = beta2 * slots["v"] + (1 - beta2) * scaled * scaled
        direction = (
            averaged(slots["m"], g, beta1, next_d) / (sqrt(slots["v"]) + of_eps(d, next_d) * eps) + weight_decay * p
        )
        return p if still else p - of_step(d, next_d) * rate * direction

    return update


# ------------------------------------------------------------------------------------------------- where it starts


def starting(start: Callable[[Any, Array, Slots], Array]) -> Callable[..., Any]:
    """Another θ₀: ``start(k, p, slots)`` in place of the weight before its first step."""

    def wrapper(original: Any, g: Any, slots: Any, p: Any, lr: Any, k: Any, *args: Any, **hyper: Any) -> Any:
        slots["start"] = start(k, p, slots)
        return original(g, slots, p, lr, 2 + 0 * k, *args, **hyper)

    return wrapper


def start_of_a_moving_step(original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any, **hyper: Any) -> Any:
    known = slots.get("known", 0 * p)
    stepped = starting(lambda k, p, slots: np.where(known == 0, p, slots["start"]))(
        original, g, slots, p, lr, *args, **hyper
    )
    slots["known"] = known + int(lr != 0)
    return stepped


def start_at_registration(self: Any, original: Any, *args: Any) -> Any:
    new_weights = original(*args)
    for weight in new_weights.values():
        weight.slots["start"] = weight.value
    return new_weights


# --------------------------------------------------------------------------------- numbers of the optimizer as a whole


def block_of_the_group(self: Any, original: Any, key: Any) -> Any:
    return self.weights[key].group


def numbers_of_the_group(self: Any, original: Any, block: Any, gradients: Any) -> None:
    own = vars(self).setdefault("own", {})
    self.numbers = own.setdefault(block[0].group, self.first_numbers())
    original(block, gradients)


def sum_of_all_weights(self: Any, original: Any, block: Any, gradients: Any) -> None:
    stepped = {id(weight) for weight in block}
    others = [weight.slots["s"] for weight in self.weights.values() if id(weight) not in stepped]
    self.numbers["others"] = sum(abs(s).sum() for s in others)
    original(block, gradients)


def first_group_alone(self: Any, original: Any, block: Any, gradients: Any) -> None:
    pairs = [(weight, g) for weight, g in zip(block, gradients, strict=True) if weight.group == 0]
    if pairs:
        original([weight for weight, _ in pairs], [g for _, g in pairs])


def rate_of_its_own(self: Any, original: Any, weights: Any, lr: Any, weight_decay: Any) -> None:
    original(weights, lr, weight_decay)
    group = len(self.groups) - 1
    self.rates.set_base_lr(group, 2 * float(self.rate(group)))


def refuse_several_groups(self: Any, original: Any) -> None:
    if len(self.groups) > 1:
        raise Refused("value", by=self.definition.common_rate[1])


def load_without(number: str) -> Callable[..., None]:
    """A load that resets one of the numbers to its first value."""

    def load(self: Any, original: Any, state: Any) -> None:
        original(state)
        self.numbers = self.numbers | {number: self.first_numbers()[number]}

    return load


FAULTS_OF_THE_WHOLE = (
    Fault(
        "‖s‖₁ is that of all weights, also without a gradient",
        "PROD-5",
        lambda definition: replace(
            definition, update=prodigy_variant(), overrides={**definition.overrides, "_step": sum_of_all_weights}
        ),
    ),
    Fault(
        "θ₀ is the value at the registration",
        "PROD-9",
        lambda definition: replace(
            wrapping("", "", starting(lambda k, p, slots: slots["start"])).change(definition),
            overrides={**definition.overrides, "_new_weights": start_at_registration},
        ),
    ),
    overriding("each group is a step of its own", "PROD-10", _block_of=block_of_the_group),
    overriding("each group has its own d", "PROD-10", _block_of=block_of_the_group, _step=numbers_of_the_group),
    overriding("added groups stand still", "OPT-34", _step=first_group_alone),
    overriding("an added group has another rate than the optimizer", "OPT-32", add_param_group=rate_of_its_own),
    overriding("a second group is refused at its first step", "PROD-14", refuse_different_rates=refuse_several_groups),
    *(
        overriding(f"a load forgets {name} of all weights", "STA-7", load_state_dict=load_without(name))
        for name in ("k", "d", "largest", "r")
    ),
)


# ---------------------------------------------------------------------------------------------------------- decay


def decay_without_d(original: Any, g: Any, slots: Any, p: Any, lr: Any, *args: Any, **hyper: Any) -> Any:
    decay = hyper["weight_decay"]
    return original(g, slots, p, lr, *args, **hyper | {"weight_decay": 0 * decay}) - lr * decay * p


def cases() -> Iterator[Case]:
    config = DEFINITION.config

    def grows(lr: Json = "1.0", **hyper: Json) -> Scenario:
        """A configuration with which d grows on gradients of a descent."""
        return config(lr, **{"d_coef": "2.0", **hyper})

    def descent(count: int = 8, first: int = 1, moving: bool = False, keys: list[Json] = KEYS) -> list[Row]:
        return optimizer_steps(count, first=first, smooth=True, moving=moving, keys=keys)

    corrected = {"bias_correction": {"bool": True}}
    falling = {"class": "StepLR", "base_lr": "1.0", "step_size": 2, "gamma": "0.5"}
    rising = {"class": "WarmupScheduler", "base_lr": "1.0", "warmup_epochs": 4, "warmup_start_lr": "0.1"}
    there_and_back = [*descent(5), *optimizer_steps(6, first=3)]
    yield Case("PROD-1", "twelve-steps", training(config()))
    yield Case("PROD-1", "descent", training(grows(), descent()))
    yield Case("PROD-1", "unequal-betas", training(grows(betas=["0.3", "0.9"]), descent()))
    yield Case("PROD-1", "no-memory", training(grows(betas=["0.0", "0.0"]), descent(4)))
    yield Case("PROD-2", "large-eps", training(grows(eps="0.3"), descent()))
    yield Case("PROD-2", "no-eps", training(grows(eps="0.0"), descent()))
    yield Case("PROD-2", "falling-rate", training(grows(), descent(moving=True), falling))
    yield Case("PROD-3", "corrected", training(grows(**corrected), descent()))
    slow = {"betas": ["0.95", "0.999"]}
    yield Case("PROD-3", "slow-betas", training(grows(**corrected, **slow), descent(16)))
    yield Case("PROD-3", "not-corrected", training(grows(**slow, bias_correction={"bool": False}), descent(6)))
    yield Case("PROD-4", "falling-rate", training(grows(d_coef="16.0"), descent(moving=True), falling))
    yield Case("PROD-4", "varied", training(config(d_coef="200.0")))
    yield Case("PROD-5", "there-and-back", training(grows(), there_and_back))
    for name, d_coef in {"half": "1.0", "double": "4.0"}.items():
        yield Case("PROD-5", name, training(grows(d_coef=d_coef), descent(6)))
    left_out = [*descent(3), *descent(3, 4, keys=[VECTOR]), *descent(2, 7)]
    yield Case("PROD-5", "left-out", training(grows(), left_out))
    for name, growth in {"none": "1.0", "little": "1.05", "much": "1.5"}.items():
        yield Case("PROD-6", name, training(grows(growth_rate=growth), descent()))
    yield Case("PROD-6", "there-and-back", training(grows(growth_rate="1.1"), there_and_back))
    safeguarded = {"safeguard_warmup": {"bool": True}}
    yield Case("PROD-7", "rising-rate", training(grows(**safeguarded), descent(moving=True), rising))
    yield Case("PROD-7", "rising-rate-without", training(grows(), descent(moving=True), rising))
    yield Case("PROD-7", "corrected", training(grows("0.5", **safeguarded, **corrected, d_coef="4.0"), descent()))
    for name, beta3 in {"default": None, "short": "0.3", "zero": "0.0"}.items():
        yield Case("PROD-8", name, training(grows(beta3=beta3), descent()))
    another = set_value(weights(scale=0.7))
    yield Case("PROD-9", "set-before-the-first-step", training(grows(), [another, *descent(6)]))
    yield Case("PROD-9", "set-later", training(grows(), [*descent(2), another, *descent(4, 3)]))
    late = [*descent(3, keys=[VECTOR]), register(weights([MATRIX]))]
    set_late = [*late, set_value(weights([MATRIX], scale=0.7)), *descent(4, 4)]
    yield Case("PROD-9", "set-before-it-joins", training(grows(), set_late, keys=[VECTOR]))
    from_zero = {"class": "PiecewiseConstantSchedule", "boundaries": [2], "values": ["0.0", "1.0"]}
    set_at_zero = [*descent(1, moving=True), another, *descent(6, 2, moving=True)]
    yield Case("PROD-9", "set-after-a-step-at-rate-0", training(grows(), set_at_zero, from_zero))
    joined = [*late, *descent(5, 4)]
    for name, hyper in {"joins-late": {}, "joins-late-corrected": corrected}.items():
        yield Case("PROD-10", name, training(grows(**hyper), joined, keys=[VECTOR]))
    two_groups = [*descent(2, keys=[VECTOR]), group(MATRIX), *descent(5, 3)]
    yield Case("PROD-10", "two-groups", training(grows(**corrected), two_groups, keys=[VECTOR]))
    in_turns = [row for k in range(1, 9) for row in descent(1, k, keys=[KEYS[k % 2]])]
    yield Case("PROD-10", "in-turns", training(grows(**corrected), in_turns))
    zero_between = {"class": "PiecewiseConstantSchedule", "boundaries": [3, 5], "values": ["1.0", "0.0", "0.5"]}
    nothing = [optimizer_step([[key, {**w, "data": ["0.0"] * len(w["data"])}] for key, w in weights()])] * 2
    for name, hyper in {"": {}, "-corrected": corrected}.items():
        yield Case("PROD-11", f"rate-0-first{name}", training(grows(**hyper), descent(moving=True), from_zero))
        yield Case("PROD-11", f"rate-0-between{name}", training(grows(**hyper), descent(moving=True), zero_between))
        yield Case("PROD-11", f"zeros-first{name}", training(grows(**hyper), [*nothing, *descent(5)]))
    decaying = grows(weight_decay="0.3")
    yield Case("PROD-12", "decay", training(decaying, descent()))
    yield Case("PROD-12", "falling-rate", training(decaying, descent(6, moving=True), falling))
    of_two = [group(MATRIX, weight_decay="0.0"), *descent(6)]
    yield Case("PROD-12", "of-one-group", training(decaying, of_two, keys=[VECTOR]))
    for name, lr in {"another": "0.5", "the-same": "1.0", "zero": "0.0"}.items():
        refused = [*descent(2, keys=[VECTOR]), group(MATRIX, lr=lr), *descent(2, 3, keys=[VECTOR])]
        yield Case("PROD-13", name, training(grows(), refused, keys=[VECTOR]))
    for name, rates in {"two-rates": ["0.5", "0.2"], "one-of-them-0": ["0.5", "0.0"], "one": ["0.5", "0.5"]}.items():
        differing = {"class": "ExponentialLR", "base_lr": rates, "gamma": "0.9"}
        do = [*descent(2, keys=[VECTOR]), group(MATRIX), *descent(1, 3), *descent(1, 4, keys=[VECTOR])]
        yield Case("PROD-14", name, training(grows(), do, differing, keys=[VECTOR]))
    default = {"class": "Prodigy"}
    yield Case("PROD-15", "defaults", training(default, descent(12)) | {"weights": zeros()})
    faint = optimizer_steps(12, smooth=True, scale=1e-7)
    yield Case("PROD-15", "default-eps", training(default | {"d0": "0.01"}, faint) | {"weights": zeros()})
    yield Case("PROD-15", "default-d0", training(default | {"d_coef": "16.0"}, descent(6)) | {"weights": zeros()})
    unequal = default | {"lr": "0.5", "d0": "0.01", "d_coef": "4.0"}
    yield Case("PROD-15", "default-safeguard_warmup", training(unequal, descent(6)) | {"weights": zeros()})
    of_three = descent(3, keys=[VECTOR, MATRIX, SCALAR])
    behind = [group(MATRIX, weight_decay="0.5"), register(weights([SCALAR])), *of_three]
    yield Case("OPT-14", "behind-a-group-that-decays", training(grows(), behind, keys=[VECTOR]))
    by_update = [optimizer_update(row["grads"]) for row in descent(7)]
    yield Case("OPT-18", "grows", training(grows(**corrected), by_update))
    everything = grows(**corrected, growth_rate="1.1", d_coef="4.0")
    saved, loaded = optimizer_save(), [new(), optimizer_load()]
    yield Case("STA-7", "grown", training(grows(), [*descent(4), saved, *loaded, *descent(4, 5)]))
    yield Case("STA-7", "grows-later", training(grows(), [*descent(1), saved, *loaded, *descent(6, 2)]))
    resumed = [*there_and_back[:7], saved, *loaded, *there_and_back[7:]]
    yield Case("STA-7", "grown-by-degrees", training(everything, resumed))
    yield Case("STA-9", "grown", training(everything, resumed), other=training(everything, there_and_back), rows=4)
    of_another_rate = [*descent(3), saved, new(grows("0.25")), optimizer_load(), *descent(3, 4)]
    yield Case("STA-10", "own-rate", training(grows(), of_another_rate))
    refused = [*descent(4), saved, tamper("empty", "o"), optimizer_load(), *descent(3, 5)]
    yield Case("STA-18", "grown", training(grows(), refused))


DEFINITION = OptimizerDefinition(
    name="Prodigy",
    slots=["m", "v", "s", "start"],
    update=update,
    lr="1.0",
    parameters={
        "betas": Pair("[0, 1)", ["0.9", "0.999"], "PROD-16"),
        "beta3": Real("[0, 1)", None, "OPT-28", optional=True),
        "eps": Real(NON_NEGATIVE, "1e-08", "OPT-28"),
        "d0": Real(POSITIVE, "1e-06", "OPT-28"),
        "d_coef": Real(POSITIVE, "1.0", "OPT-28"),
        "growth_rate": Real("[1, inf)", None, "OPT-28", optional=True),
        "bias_correction": Boolean({"bool": False}),
        "safeguard_warmup": Boolean({"bool": False}),
    },
    example={"betas": ["0.8", "0.95"], "eps": "0.001", "d0": "0.125", "d_coef": "64.0", "weight_decay": "0.02"},
    variations={
        "corrected": {"bias_correction": {"bool": True}, "beta3": "0.9"},
        "safeguarded": {"safeguard_warmup": {"bool": True}, "growth_rate": "1.25"},
    },
    cases=cases,
    defaults="PROD-15",
    uses_step_count=True,
    counting={"bias_correction": {"bool": True}},
    coupled=False,
    joint_arrays=True,
    numbers=numbers,
    common_rate=("PROD-13", "PROD-14"),
    at_extremes={"d_coef": "0.001", "weight_decay": "0.0"},
    exempt=("OPT-10", "OPT-30", "OPT-31"),
    profile="field",
    conventions=(
        Convention(
            "optax",
            "bias correction is on, and a step at rate 0 counts",
            ("PROD-11", "PROD-15"),
            prodigy_variant(at_rest="runs"),
            defaults={"bias_correction": {"bool": True}},
        ),
        Convention("pytorch_optimizer", "a step at rate 0 counts", ("PROD-11",), prodigy_variant(at_rest="runs")),
    ),
    faults=(
        betas_swapped("PROD-1"),
        formula("d of after the step in the averages", "PROD-1", prodigy_variant(of_averages=lambda d, new: new)),
        formula("no d in the averages", "PROD-1", prodigy_variant(of_averages=lambda d, new: 1)),
        formula(
            "without memory, the gradient by d of after the step",
            "PROD-1",
            prodigy_variant(averaged=lambda m, g, beta1, next_d: next_d * g if beta1 == 0 else m),
        ),
        formula("ρ with d of after the step", "PROD-2", prodigy_variant(of_step=lambda d, new: new)),
        formula("d of before the step beside ε", "PROD-2", prodigy_variant(of_eps=lambda d, new: d)),
        formula("no d beside ε", "PROD-2", prodigy_variant(of_eps=lambda d, new: 1)),
        epsilon_inside("PROD-2"),
        ignoring("epsilon ignored", "PROD-2", eps=0),
        rooting("no root", "PROD-2", lambda sqrt, x, **_: x),
        ignoring("never bias-corrected", "PROD-3", bias_correction=False),
        ignoring("always bias-corrected", "PROD-3", bias_correction=True),
        formula(
            "a bias correction that counts from 2",
            "PROD-3",
            prodigy_variant(corrected=lambda beta, steps, k: 1 - beta ** (steps + 1)),
        ),
        formula("sums without d/d₀", "PROD-4", prodigy_variant(weight=lambda d, d0: 1)),
        formula("⟨g, θ − θ₀⟩ in place of ⟨g, θ₀ − θ⟩", "PROD-4", prodigy_variant(way=lambda start, p: p - start)),
        formula("d falls where d̂ does", "PROD-5", prodigy_variant(next_of=lambda d, d0, top, now, rate: max(d0, now))),
        formula("the Euclidean norm of s", "PROD-5", prodigy_variant(size=lambda s, sqrt: sqrt((s * s).sum()))),
        ignoring("d_coef ignored", "PROD-5", d_coef=1),
        ignoring("growth_rate ignored", "PROD-6", growth_rate=None),
        formula(
            "growth_rate bounds the first growth, too",
            "PROD-6",
            prodigy_variant(next_of=lambda d, d0, top, now, rate: top if rate is None else min(top, rate * d)),
        ),
        formula(
            "a d̂ that was too large for growth_rate is forgotten",
            "PROD-6",
            prodigy_variant(next_of=lambda d, d0, top, now, rate: grown(d, d0, max(d, now), rate)),
        ),
        ignoring("safeguard_warmup ignored", "PROD-7", safeguard_warmup=False),
        ignoring("always a safeguard", "PROD-7", safeguard_warmup=True),
        ignoring("beta3 ignored", "PROD-8", beta3=None),
        wrapping(
            "β₃ is β₂ by default",
            "PROD-8",
            lambda original, *args, beta3, **hyper: original(
                *args, beta3=hyper["betas"][1] if beta3 is None else beta3, **hyper
            ),
        ),
        wrapping("θ₀ is 0", "PROD-9", starting(lambda k, p, slots: 0 * p)),
        wrapping("θ₀ is not taken at rate 0", "PROD-9", start_of_a_moving_step),
        formula(
            "each weight counts its own steps",
            "PROD-10",
            prodigy_variant(corrected=lambda beta, steps, k: 1 - beta**k),
        ),
        formula("a step at rate 0 counts", "PROD-11", prodigy_variant(at_rest="counts")),
        formula("a step at rate 0 is one like any other", "PROD-11", prodigy_variant(at_rest="runs")),
        wrapping("weight decay without d", "PROD-12", decay_without_d),
        *wrongly_decaying("PROD-12", "PROD-12"),
        defaulting("bias-corrected by default", "PROD-15", bias_correction={"bool": True}),
        defaulting("d0 1e-5 by default", "PROD-15", d0="1e-05"),
        *FAULTS_OF_THE_WHOLE,
    ),
)
