"""optax: schedules by their functional form, and optimizers as chains of transformations.

Formulas, rules, refusals and the state of an optimizer, a tree of arrays that is saved as it is, are optax's. Time
and read-outs of schedules are the adapter's (``functional``); the rate of a scheduler is set through
``optax.inject_hyperparams``. JAX keeps its default of 32 bits.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from functools import partial
from importlib.metadata import version
from typing import Any

from ..implementations.native import NativeImplementation, PlainState
from ..scenarios.trace import Unsupported
from . import functional
from .functional import Function, LibraryFunction, Renames, Scheduler, call_library, check_real, library_name
from .names import LibraryName, calling


@calling(
    "optax.cosine_decay_schedule", base_lr="init_value", T_max="decay_steps", eta_min="alpha, a share of init_value"
)
def cosine(T_max: Any, base_lr: Any, eta_min: Any = 0.0) -> Function:
    """In optax, the floor is a fraction of the base rate."""
    import optax

    check_real(base_lr, eta_min)
    if base_lr == 0:
        raise Unsupported("a floor above a base rate of 0 cannot be a part of it")
    schedule: Function = optax.cosine_decay_schedule(base_lr, T_max, eta_min / base_lr)
    return schedule


@calling(
    "optax.linear_schedule",
    base_lr="init_value and end_value",
    start_factor="init_value, as a rate",
    end_factor="end_value, as a rate",
    total_iters="transition_steps",
)
def linear(total_iters: Any, start_factor: Any, end_factor: Any, base_lr: Any) -> Function:
    import optax

    check_real(base_lr, start_factor, end_factor)
    schedule: Function = optax.linear_schedule(base_lr * start_factor, base_lr * end_factor, total_iters)
    return schedule


@calling("optax.join_schedules", base_lr="schedules, the last", factor="schedules, a rate", total_iters="boundaries")
def constant(factor: Any, total_iters: Any, base_lr: Any) -> Function:
    check_real(base_lr, factor)
    return steps([total_iters], [base_lr * factor, base_lr])


@calling(
    "optax.piecewise_constant_schedule",
    base_lr="init_value",
    milestones="boundaries_and_scales",
    gamma="boundaries_and_scales",
)
def multi_step(milestones: Any, gamma: Any, base_lr: Any) -> Function:
    import optax

    schedule: Function = optax.piecewise_constant_schedule(base_lr, dict.fromkeys(milestones, gamma))
    return schedule


@calling("optax.join_schedules", values="schedules")
def steps(boundaries: Any, values: Any, base_lr: Any = None) -> Function:
    import optax

    schedule: Function = optax.join_schedules([optax.constant_schedule(value) for value in values], boundaries)
    return schedule


@calling("optax.cosine_onecycle_schedule", max_lr="peak_value", total_steps="transition_steps")
def one_cycle(anneal_strategy: Any = "cos", **ours: Any) -> Function:
    """The cosine variant; optax's linear one has a third phase."""
    import optax

    if anneal_strategy != "cos":
        raise Unsupported("optax has the cosine alone")
    for name in ("epochs", "steps_per_epoch"):
        if ours.pop(name, None) is not None:
            raise Unsupported(f"optax has no {name}")
    renamed = {"max_lr": "peak_value", "total_steps": "transition_steps"}
    theirs = {renamed.get(name, name): value for name, value in ours.items()}
    schedule: Function = call_library(optax.cosine_onecycle_schedule, **theirs)
    return schedule


RATE: Renames = {"base_lr": "init_value"}
SCHEDULERS: dict[str, Callable[..., Function]] = {
    "ExponentialLR": LibraryFunction(
        "optax.exponential_decay", RATE | {"gamma": "decay_rate"}, {"transition_steps": 1}
    ),
    "StepLR": LibraryFunction(
        "optax.exponential_decay", RATE | {"step_size": "transition_steps", "gamma": "decay_rate"}, {"staircase": True}
    ),
    "MultiStepLR": multi_step,
    "CosineAnnealingLR": cosine,
    "LinearLR": linear,
    "ConstantLR": constant,
    "PolynomialLR": LibraryFunction(
        "optax.polynomial_schedule", RATE | {"total_iters": "transition_steps", "power": "power"}, {"end_value": 0.0}
    ),
    "ExponentialDecayLR": LibraryFunction(
        "optax.exponential_decay",
        RATE
        | {"decay_steps": "transition_steps", "decay_rate": "decay_rate", "transition_begin": "transition_begin"}
        | {"staircase": "staircase", "end_value": "end_value"},
    ),
    "WarmupScheduler": LibraryFunction(
        "optax.linear_schedule",
        {"warmup_start_lr": "init_value", "base_lr": "end_value", "warmup_epochs": "transition_steps"},
    ),
    "WarmupCosineSchedule": LibraryFunction(
        "optax.warmup_cosine_decay_schedule",
        {"warmup_start_lr": "init_value", "base_lr": "peak_value", "eta_min": "end_value"}
        | {"warmup_steps": "warmup_steps", "total_steps": "decay_steps"},
    ),
    "PiecewiseConstantSchedule": steps,
    "OneCycleLR": one_cycle,
}

BETAS: Renames = {"betas": ("b1", "b2"), "eps": "eps"}
MOMENTUM: Renames = {"momentum": "momentum"}
DECAY: Renames = {"weight_decay": "weight_decay"}


@calling("optax.adam", lr="learning_rate", betas="b1, b2", amsgrad="optax.amsgrad")
def adam(amsgrad: Any = False, **arguments: Any) -> Any:
    return LibraryFunction("optax.amsgrad" if amsgrad is True else "optax.adam", LR | BETAS)(**arguments)


@calling(
    "optax.adafactor(min_dim_size_to_factor=1)",
    lr="learning_rate",
    clip_threshold="clipping_threshold",
    beta1="momentum",
    weight_decay="weight_decay_rate",
)
def adafactor(lr: Any = None, eps: Any = None, **ours: Any) -> Any:
    """Without a rate, optax multiplies by the size of the weight, whose least value is fixed.

    Otherwise it keeps all second moments of an array with fewer than 128 rows or columns.
    """
    import optax

    if eps is not None:
        if not isinstance(eps, (list, tuple)) or len(eps) != 2:
            raise Unsupported("optax's adafactor has one epsilon")
        if lr is None and eps[1] != 1e-3:
            raise Unsupported("the second epsilon of optax's adafactor is fixed")
        ours["eps"] = eps[0]
    renamed = {"clip_threshold": "clipping_threshold", "beta1": "momentum", "weight_decay": "weight_decay_rate"}
    theirs = {renamed.get(name, name): value for name, value in ours.items()}
    return optax.adafactor(lr, min_dim_size_to_factor=1, multiply_by_parameter_scale=lr is None, **theirs)


@calling("optax.scale_by_sm3", momentum="b1", lr="optax.scale_by_learning_rate")
def sm3(learning_rate: Any, **arguments: Any) -> Any:
    import optax

    return optax.chain(optax.scale_by_sm3(**arguments), optax.scale_by_learning_rate(learning_rate))


@calling("optax.contrib.muon", scale="consistent_rms: None, or 0.2")
def muon(learning_rate: Any, scale: Any = None, **arguments: Any) -> Any:
    import optax

    if scale == "none":
        raise Unsupported("optax's muon always scales its steps")
    if scale == "match_rms_adamw":
        arguments["consistent_rms"] = 0.2
    return optax.contrib.muon(learning_rate, **arguments)


@calling("optax.contrib.ademamix", alpha_warmup="alpha, a schedule")
def ademamix(alpha: Any = 5.0, alpha_warmup: Any = None, **arguments: Any) -> Any:
    import optax

    if alpha_warmup is not None:
        check_real(alpha)
        alpha = optax.linear_schedule(0.0, alpha, alpha_warmup)
    return call_library(optax.contrib.ademamix, alpha=alpha, **arguments)


LR: Renames = {"lr": "learning_rate"}
SCHEDULE_FREE: Renames = LR | DECAY | {"warmup_steps": "warmup_steps", "weight_lr_power": "weight_lr_power"}
OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "SGD": LibraryFunction("optax.sgd", LR | MOMENTUM | {"nesterov": "nesterov"}),
    "Momentum": LibraryFunction("optax.sgd", LR | MOMENTUM, no_default=("momentum",)),
    "MomentumNesterov": LibraryFunction("optax.sgd", LR | MOMENTUM, {"nesterov": True}, no_default=("momentum",)),
    "Adam": adam,
    "AdamW": LibraryFunction("optax.adamw", LR | BETAS | DECAY),
    "RMSprop": LibraryFunction(
        "optax.rmsprop", LR | MOMENTUM | {"alpha": "decay", "eps": "eps", "centered": "centered"}
    ),
    "Adagrad": LibraryFunction(
        "optax.adagrad", LR | {"initial_accumulator_value": "initial_accumulator_value", "eps": "eps"}
    ),
    "Adadelta": LibraryFunction("optax.adadelta", LR | {"rho": "rho", "eps": "eps"} | DECAY),
    "Adamax": LibraryFunction("optax.adamax", LR | BETAS),
    "Nadam": LibraryFunction("optax.nadam", LR | BETAS),
    "RAdam": LibraryFunction("optax.radam", LR | BETAS),
    "Lion": LibraryFunction("optax.lion", LR | {"betas": ("b1", "b2")} | DECAY),
    "Rprop": LibraryFunction(
        "optax.rprop", LR | {"etas": ("eta_minus", "eta_plus"), "step_sizes": ("min_step_size", "max_step_size")}
    ),
    "Lamb": LibraryFunction("optax.lamb", LR | BETAS | DECAY),
    "Lars": LibraryFunction(
        "optax.lars", LR | MOMENTUM | DECAY | {"trust_coefficient": "trust_coefficient", "eps": "eps"}
    ),
    "Yogi": LibraryFunction("optax.yogi", LR | BETAS),
    "AdaBelief": LibraryFunction("optax.adabelief", LR | BETAS),
    "Novograd": LibraryFunction("optax.novograd", LR | BETAS | DECAY),
    "SM3": LibraryFunction(sm3, LR | {"momentum": "b1", "eps": "eps"}),
    "Fromage": LibraryFunction("optax.fromage", LR),
    "Adafactor": adafactor,
    "LBFGS": LibraryFunction(
        "optax.lbfgs",
        LR | {"memory_size": "memory_size", "scale_init_precond": "scale_init_precond"},
        {"linesearch": None},
    ),
    "Muon": LibraryFunction(
        muon,
        LR
        | DECAY
        | {"momentum": "beta", "nesterov": "nesterov", "eps": "eps", "scale": "scale"}
        | {"ns_steps": "ns_steps", "ns_coefficients": "ns_coeffs"},
    ),
    "ScheduleFreeAdamW": LibraryFunction("optax.contrib.schedule_free_adamw", SCHEDULE_FREE | BETAS),
    "ScheduleFreeSGD": LibraryFunction("optax.contrib.schedule_free_sgd", SCHEDULE_FREE | {"momentum": "b1"}),
    "AdEMAMix": LibraryFunction(
        ademamix,
        LR | DECAY | {"betas": ("b1", "b2", "b3"), "eps": "eps", "alpha": "alpha", "alpha_warmup": "alpha_warmup"},
    ),
    "Adan": LibraryFunction("optax.adan", LR | DECAY | {"betas": ("b1", "b2", "b3"), "eps": "eps"}, {"eps_root": 0.0}),
    "ADOPT": LibraryFunction("optax.contrib.adopt", LR | BETAS),
}
WITH_WEIGHT_DECAY = (  # of optax itself
    *("AdamW", "Adadelta", "Lion", "Lamb", "Lars", "Novograd", "Adafactor"),
    *("Muon", "ScheduleFreeAdamW", "ScheduleFreeSGD", "AdEMAMix", "Adan", "ADOPT"),
)
SAVED = "the adapter saves optax's state as it is, a tree of arrays that never change, and puts it back"
NOT_OBSERVABLE = functional.NOT_OBSERVABLE | dict.fromkeys(
    [f"STA-{i}" for i in (*range(1, 4), *range(6, 9), *range(10, 19))], SAVED
)
LACKS = NOT_OBSERVABLE  # the old name, kept for one version


class Sequence(Scheduler):
    """``optax.join_schedules`` of the functions of other schedules."""

    def __init__(self, schedulers: Any, milestones: Any, last_epoch: Any = 0) -> None:
        import optax

        members = list(schedulers) if isinstance(schedulers, (list, tuple)) else []
        if not members or not all(isinstance(member, Scheduler) for member in members):
            raise Unsupported("the adapter takes the functions out of the members")
        for member in members:
            member.has_own_time = False
        groups = range(max(len(member.functions) for member in members))

        def join(base_lr: int) -> Function:
            functions = [member.functions[min(base_lr, len(member.functions) - 1)] for member in members]
            joined: Function = optax.join_schedules(functions, milestones)
            return joined

        super().__init__(join, last_epoch=last_epoch, base_lr=list(groups))
        explicit = [member.rates for member in members if member.has_explicit_base_lr]
        self.rates, self.has_explicit_base_lr = explicit[0] if explicit else [], bool(explicit)


class Optimizer(functional.Optimizer):
    """A chain of transformations: clipping, coupled weight decay, the rule."""

    def __init__(self, name: str, **arguments: Any) -> None:
        import jax
        import optax

        super().__init__(arguments.get("lr"))
        transformations = []
        for limit, make_transformation in (
            ("grad_clip_norm", optax.clip_by_global_norm),
            ("grad_clip_value", optax.clip),
        ):
            if arguments.get(limit) is not None:
                transformations.append(make_transformation(arguments[limit]))
            arguments.pop(limit, None)
        if "weight_decay" in arguments and name not in WITH_WEIGHT_DECAY:
            transformations.append(optax.add_decayed_weights(arguments.pop("weight_decay")))

        def make_chain(learning_rate: Any) -> Any:
            rule = OPTIMIZERS[name](**arguments | ({"lr": learning_rate} if "lr" in arguments else {}))
            return optax.chain(*transformations, rule)

        self.transformation = (
            make_chain(arguments.get("lr"))
            if self.scheduler is None
            else optax.inject_hyperparams(make_chain)(self.rate())
        )

        self.compute_updates = self.transformation.update
        if name in ("LBFGS", "Novograd"):
            # otherwise JAX would compile its loops and branches at each step
            self.compute_updates = jax.jit(self.compute_updates)

    def begin(self) -> None:
        self.state = self.transformation.init(self.values())

    def values(self) -> dict[Hashable, Any]:
        return {key: state.value for key, state in self.states.items()}

    def apply(self, gradients: dict[Hashable, Any]) -> None:
        import jax
        import jax.numpy as jnp
        import optax

        if gradients.keys() != self.states.keys():
            raise Unsupported("optax steps all weights at once")
        if self.scheduler is not None:
            self.state.hyperparams["learning_rate"] = jnp.asarray(self.rate())
        values = self.values()
        arrays = jax.tree.map(jnp.asarray, gradients)
        updates, self.state = self.compute_updates(arrays, self.state, values)
        for key, value in optax.apply_updates(values, updates).items():
            self.states[key].value = value

    @property
    def current_lr(self) -> Any:
        raise Unsupported("optax's optimizers do not expose their rate")

    def state_dict(self) -> Any:
        return self.state

    def load_state_dict(self, state: Any) -> None:
        self.state = state


class AveragingOptimizer(Optimizer):
    """A chain that ends with a rule which can give an average of the weights."""

    def averaged(self) -> Any:
        import optax

        chain = self.state if self.scheduler is None else self.state.inner_state
        averages = optax.contrib.schedule_free_eval_params(chain[-1], self.values())
        return {key: averages[key] for key in self.states}


def __getattr__(name: str) -> Any:
    """The classes, by the names of the specification."""
    if name == "SequentialLR":
        return Sequence
    if name in SCHEDULERS:
        return partial(Scheduler, SCHEDULERS[name], "max_lr" if name == "OneCycleLR" else "base_lr")
    if name in OPTIMIZERS:
        return partial(AveragingOptimizer if name.startswith("ScheduleFree") else Optimizer, name)
    raise AttributeError(name)


CONVENTIONS = {
    "LinearLR": "torch",
    "ExponentialDecayLR": "optax",
    "OneCycleLR": "optax",
    "AdamW": "optax",
    "RMSprop": "optax",
    "Adagrad": "optax",
    "Adamax": "torch",
    "Nadam": "optax",
    "Lion": "optax",
    "Rprop": "optax",
    "Lars": "optax",
    "AdaBelief": "optax",
    "Novograd": "optax",
    "Adafactor": "optax",
    "Muon": "optax",
    "ScheduleFreeAdamW": "optax",
    "ScheduleFreeSGD": "optax",
    "AdEMAMix": "optax",
    "Adan": "optax",
}


def names() -> dict[str, LibraryName]:
    """What optax calls the classes."""
    joined = LibraryName("optax.join_schedules", {"milestones": "boundaries"})
    made = {**SCHEDULERS, **OPTIMIZERS}
    return {name: library_name(name, make) for name, make in made.items()} | {"SequentialLR": joined}


def implementation() -> NativeImplementation:
    import jax.numpy as jnp

    return NativeImplementation(
        "optax",
        sys.modules[__name__],
        make_state=PlainState,
        version=version("optax"),
        make_array=lambda value: value if value.dtype == "float64" else jnp.asarray(value),  # never narrowed (OPT-12)
        module=__name__,
        not_observable=NOT_OBSERVABLE,
        table={**SCHEDULERS, **OPTIMIZERS},
        conventions=CONVENTIONS,
    )
