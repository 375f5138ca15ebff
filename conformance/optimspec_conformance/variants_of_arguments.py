"""Faults in what a constructor takes: bad values accepted, good ones refused, other defaults. Derived from the domains.

What is taken in place of a bad value does not matter: the value of the class's example serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .domains import NON_NEGATIVE, Domain, Integer, Pair, Real, Refused
from .faults import Fault, shell
from .model import BASE_LR, CompositeModel, Model, OptimizerModel
from .refusals import Arguments, Judge, at_once, families, refusing, wrapping
from .scenario import Json, decode
from .variants_of_optimizers import follows_sizes

LAST_EPOCH, LR = Integer(-1, 0, "SCH-21"), Real(NON_NEGATIVE, None, "OPT-6")


def of(model: Model) -> tuple[Fault, ...]:
    if isinstance(model, CompositeModel):
        return tuple(of_last_epoch()) if model.own_time else ()
    of_class = of_optimizer(model) if isinstance(model, OptimizerModel) else of_scheduler(model)
    return (*of_class, *other_defaults(model))


def of_scheduler(model: Any) -> Iterator[Fault]:
    yield from of_parameters(model.parameters, model.example, ("SCH-26", "SCH-27", "SCH-28"))
    yield from of_last_epoch()
    for name, domain in model.parameters.items():
        if isinstance(domain, Integer) and name in model.example:
            yield refusing(f"{name} must be a Python int", "SCH-29", name, lambda value: not isinstance(value, int))
    if model.base is None:
        base_lr = replace(BASE_LR, refused_by="SCH-20")
        yield from of_parameters({"base_lr": base_lr}, {"base_lr": "0.3"}, ("SCH-19", "SCH-20", "SCH-28"))
        yield shell("another default of base_lr", "SCH-16", take_arguments=with_another_base_rate)


def of_optimizer(model: OptimizerModel) -> Iterator[Fault]:
    yield from of_parameters(model.all_parameters, model.example, ("OPT-27", "OPT-28", "OPT-29"))
    yield from families(LR, "lr", ("OPT-7", "OPT-6", "OPT-29"), lambda judge: {"own_rate": at_once(judge)})
    for name, domain in model.parameters.items():
        if isinstance(domain, Pair):
            yield refusing(f"{name} must be a list", "OPT-40", name, lambda value: not isinstance(value, list))


def of_parameters(
    parameters: dict[str, Domain], examples: Mapping[str, Json], by: tuple[str, str, str]
) -> Iterator[Fault]:
    for name, domain in parameters.items():
        yield from families(domain, name, by, wrapping(name, domain, decode(examples.get(name, domain.default))))


def of_last_epoch() -> Iterator[Fault]:
    def wrapped(judge: Judge) -> Mapping[str, Callable[..., Any]]:
        def take(own: Any, right: Any, arguments: Arguments) -> None:
            given = arguments.get("last_epoch", 0)
            try:
                right(arguments)
            except Refused as refusal:
                judge(refusal, given)
                own.t = 0

        return {"take_time": take}

    yield from families(LAST_EPOCH, "last_epoch", ("SCH-22", "SCH-21", "SCH-28"), wrapped)
    yield shell("a scheduler begins at 1", "SCH-1", take_time=from_one)


def from_one(own: Any, right: Any, arguments: Arguments) -> None:
    right({"last_epoch": 1} | arguments)
    arguments.pop("last_epoch", None)


def with_another_base_rate(own: Any, right: Any, arguments: Arguments, parameters: Any) -> None:
    right({"base_lr": 0.01} | arguments, parameters)


def other_defaults(model: Any) -> Iterator[Fault]:
    """Of every parameter that has a default, the value of the example, which is another."""
    for name, domain in model.parameters.items():
        if model.defaults is not None and name in model.example and domain.default is not None:
            yield Fault(f"another default of {name}", model.defaults, with_default(name, model.example[name]))
    if isinstance(model, OptimizerModel) and model.defaults is not None:
        if model.lr is not None:
            yield Fault("another default of lr", model.defaults, lambda model: replace(model, lr="0.5"))
        if model.weight_decay is not None:
            decay: Callable[[Any], Any] = lambda model: replace(model, weight_decay="0.3")  # noqa: E731
            yield Fault("another default of weight_decay", model.defaults, decay)
        if not model.wraps and follows_sizes(model):
            yield shell("gradients clipped by default", model.defaults, take_arguments=clipping)


def clipping(own: Any, right: Any, arguments: Arguments, parameters: Any) -> None:
    right({"grad_clip_norm": 0.1} | arguments, parameters)


def with_default(name: str, value: Json) -> Callable[[Any], Any]:
    def change(model: Any) -> Any:
        return replace(model, parameters={**model.parameters, name: replace(model.parameters[name], default=value)})

    return change
