"""Validation: arguments of the wrong type or value, refused by name (spec/scheduler.md, spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...classes.definition import (
    BASE_LR,
    CompositeDefinition,
    Definition,
    OptimizerDefinition,
    PlateauDefinition,
    ScheduleDefinition,
    SchedulerDefinition,
)
from ...classes.domains import INF, NAN, Domain, Integer, Pair
from ...scenarios.case import Case
from ...scenarios.operations import jump, new, new_scheduler, step
from ...scenarios.values import Json, Scenario
from ...scenarios.weights import VECTOR, optimizer_steps, training

NO_INTEGERS: list[Json] = ["2.0", "2.5", {"str": "2"}, [2]]


def text(value: Json) -> str:
    """A bad value, short enough for an id."""
    match value:
        case {"float": written}:
            return str(written)
        case {"str": written}:
            return f"'{written}'"
        case {"tuple": entries}:
            return f"({', '.join(text(entry) for entry in entries)})"
        case list():
            return f"[{', '.join(text(entry) for entry in value)}]"
    return str(value)


def scenarios(definition: Definition) -> Iterator[Case]:
    match definition:
        case OptimizerDefinition():
            yield from of_optimizer(definition)
        case ScheduleDefinition() | PlateauDefinition():
            yield from of_parameters(definition.parameters, lambda **given: schedule(definition, **given), "SCH")
            yield from of_last_epoch(definition)
            yield from of_integers(definition)
            if definition.base is None:
                yield from of_base_lr(definition)
            if isinstance(definition, ScheduleDefinition):
                yield from of_jumps(definition)
        case CompositeDefinition():
            yield from of_jumps(definition)
            if definition.own_time:
                yield from of_last_epoch(definition)


def schedule(definition: ScheduleDefinition | PlateauDefinition, **given: Json) -> Scenario:
    return {"scheduler": definition.config(**definition.example | given), "do": []}


def of_parameters(parameters: dict[str, Domain], made: Callable[..., Scenario], page: str) -> Iterator[Case]:
    wrong_type, not_finite, named = ("SCH-26", "SCH-27", "SCH-28") if page == "SCH" else ("OPT-27", "OPT-28", "OPT-29")
    for name, domain in parameters.items():
        kinds = (
            (wrong_type, domain.wrong_types()),
            (not_finite, domain.not_finite()),
            (domain.refused_by, domain.wrong_values()),
        )
        for requirement, values in kinds:
            for value in values:
                yield Case(requirement, f"{name}={text(value)}", made(**{name: value}))
        yield naming(named, name, made(), [made(**{name: value}) for _, values in kinds for value in values])


def naming(requirement: str, name: str, good: Scenario, bad: list[Scenario]) -> Case:
    """All bad values of a parameter one after another: whatever is refused names it."""
    if "optimizer" in good:
        tried = [new(scenario["optimizer"]) for scenario in bad]
    else:
        tried = [new_scheduler(scenario["scheduler"]) for scenario in bad]
    return Case(requirement, name, {**good, "do": tried}, options={"error": "names"})


def of_base_lr(definition: ScheduleDefinition | PlateauDefinition) -> Iterator[Case]:
    def made(value: Json) -> Scenario:
        return {"scheduler": definition.config(value), "do": []}

    wrong_types, wrong_values = BASE_LR.wrong_types(), BASE_LR.not_finite() + BASE_LR.wrong_values()
    for requirement, values in (("SCH-19", wrong_types), ("SCH-20", wrong_values)):
        for value in values:
            yield Case(requirement, text(value), made(value))
    yield naming("SCH-28", "base_lr", made("0.3"), [made(value) for value in wrong_types + wrong_values])
    default = {name: value for name, value in definition.config().items() if name != "base_lr"}
    yield Case("SCH-16", "default", {"scheduler": default, "do": [*definition.steps(), *definition.steps(3)]})


def of_last_epoch(definition: SchedulerDefinition) -> Iterator[Case]:
    def at(last_epoch: Json) -> Scenario:
        return {"scheduler": {**definition.config(), "last_epoch": last_epoch}, "do": []}

    for value in (-2, -100):
        yield Case("SCH-21", str(value), at(value))
    for value in NO_INTEGERS:
        yield Case("SCH-22", text(value), at(value))
    yield naming("SCH-28", "last_epoch", at(0), [at(value) for value in (-2, -100, *NO_INTEGERS)])
    yield Case("SCH-29", "last_epoch", at({"int64": 3}), other=at(3), rows=1)


def of_jumps(definition: ScheduleDefinition | CompositeDefinition) -> Iterator[Case]:
    def to(*epochs: Json) -> Scenario:
        return {"scheduler": definition.config(), "do": [step(), *map(jump, epochs)]}

    for value in (-1, -2):
        yield Case("SCH-23", str(value), to(value))
    for value in NO_INTEGERS:
        yield Case("SCH-24", text(value), to(value))
    yield Case("SCH-28", "epoch", to(-1, -2, *NO_INTEGERS), options={"error": "names"})
    yield Case("SCH-29", "epoch", to({"int64": 3}, {"int64": 5}), other=to(3, 5), rows=2)


def of_integers(definition: ScheduleDefinition | PlateauDefinition) -> Iterator[Case]:
    for name, domain in definition.parameters.items():
        if isinstance(domain, Integer) and name in definition.example:
            value = {"int64": definition.example[name]}
            scenario = schedule(definition, **{name: value})
            yield Case("SCH-29", name, {**scenario, "do": [*definition.steps(), *definition.steps(4)]})


def of_optimizer(definition: OptimizerDefinition) -> Iterator[Case]:
    def made(**given: Json) -> Scenario:
        return training(definition.config(**given), [], keys=[VECTOR])

    yield from of_parameters(definition.all_parameters, made, "OPT")
    bad: dict[str, list[Json]] = {
        "OPT-6": ["-0.1", NAN, INF, {"float": "-inf"}],
        "OPT-7": [{"str": "0.1"}, ["0.1"], *([] if definition.lr is None else [None])],
    }
    for requirement, values in bad.items():
        for value in values:
            yield Case(requirement, text(value), made(lr=value))
    yield naming("OPT-29", "lr", made(), [made(lr=value) for values in bad.values() for value in values])
    for name, domain in definition.parameters.items():
        if isinstance(domain, Pair):
            for kind in ("tuple", "iterator"):
                given = {name: {kind: definition.example[name]}}
                yield Case("OPT-40", f"{name}-{kind}", training(definition.config(**given), optimizer_steps(3)))
    yield Case("OPT-5", "zero-rate", training(definition.config(lr="0.0"), optimizer_steps(3)))
