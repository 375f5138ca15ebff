"""Validation: arguments of the wrong type or value, refused by name (spec/scheduler.md, spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...classes.definition import (
    BASE_LR,
    CLIPPING,
    CompositeDefinition,
    Definition,
    FormulaDefinition,
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

NOT_INTEGERS: list[Json] = ["2.0", "2.5", {"str": "2"}, [2]]


def value_text(value: Json) -> str:
    """A bad value in the short form of an id."""
    match value:
        case {"float": text}:
            return str(text)
        case {"str": text}:
            return f"'{text}'"
        case {"tuple": entries}:
            return f"({', '.join(value_text(entry) for entry in entries)})"
        case list():
            return f"[{', '.join(value_text(entry) for entry in value)}]"
    return str(value)


def scenarios(definition: Definition) -> Iterator[Case]:
    match definition:
        case OptimizerDefinition():
            yield from optimizer_cases(definition)
        case ScheduleDefinition() | PlateauDefinition():
            yield from parameter_cases(
                definition, definition.parameters, lambda **arguments: schedule_scenario(definition, **arguments), "SCH"
            )
            yield from end_cases(
                definition,
                definition.parameters,
                lambda **arguments: definition.config(**definition.example | arguments),
                lambda *configs: schedules_in_turn(definition, *configs),
                "SCH-30",
            )
            yield from last_epoch_cases(definition)
            yield from integer_cases(definition)
            if definition.base is None:
                yield from base_lr_cases(definition)
            if isinstance(definition, ScheduleDefinition):
                yield from jump_cases(definition)
        case CompositeDefinition():
            yield from jump_cases(definition)
            if definition.own_time:
                yield from last_epoch_cases(definition)


def schedule_scenario(definition: ScheduleDefinition | PlateauDefinition, **arguments: Json) -> Scenario:
    return {"scheduler": definition.config(**definition.example | arguments), "do": []}


def schedules_in_turn(
    definition: ScheduleDefinition | PlateauDefinition, first: Scenario, *others: Scenario
) -> Scenario:
    """Schedulers that each make some steps."""
    steps = [*definition.steps(), *definition.steps(3)]
    do = [row for other in others for row in (new_scheduler(other), *steps)]
    return {"scheduler": first, "do": [*steps, *do]}


def optimizers_in_turn(first: Scenario, *others: Scenario) -> Scenario:
    """Optimizers that each make two steps with the same weights."""
    steps = optimizer_steps(2, dense=True)
    return training(first, [*steps, *(row for other in others for row in (new(other), *steps))])


def parameter_cases(
    definition: FormulaDefinition, parameters: dict[str, Domain], scenario: Callable[..., Scenario], page: str
) -> Iterator[Case]:
    """Each bad value of a parameter alone; those of an extra together, so that few checks need it.

    Both bounds of clipping are one extra.
    """
    of_extras: dict[str, dict[str, list[Scenario]]] = {}
    type_by, finite_by, name_by = ("SCH-26", "SCH-27", "SCH-28") if page == "SCH" else ("OPT-27", "OPT-28", "OPT-29")
    for name, domain in parameters.items():
        kinds = (
            (type_by, domain.wrong_types()),
            (finite_by, domain.not_finite()),
            (domain.refused_by, domain.wrong_values()),
        )
        if name not in definition.example:
            together = of_extras.setdefault("grad_clip" if name in CLIPPING else name, {})
            for requirement, values in kinds:
                together.setdefault(requirement, []).extend(scenario(**{name: value}) for value in values)
            continue
        for requirement, values in kinds:
            for value in values:
                yield Case(requirement, f"{name}={value_text(value)}", scenario(**{name: value}))
        bad = [scenario(**{name: value}) for _, values in kinds for value in values]
        yield naming_case(name_by, name, scenario(), bad)
    for name, by_requirement in of_extras.items():
        for requirement, scenarios in by_requirement.items():
            if scenarios:
                yield Case(requirement, name, one_after_another(scenario(), scenarios))
        bad = [bad for scenarios in by_requirement.values() for bad in scenarios]
        yield naming_case(name_by, name, scenario(), bad)


def one_after_another(valid: Scenario, bad: list[Scenario]) -> Scenario:
    """A valid object, and then constructions that are refused."""
    if "optimizer" in valid:
        return {**valid, "do": [new(scenario["optimizer"]) for scenario in bad]}
    return {**valid, "do": [new_scheduler(scenario["scheduler"]) for scenario in bad]}


def naming_case(requirement: str, name: str, valid: Scenario, bad: list[Scenario]) -> Case:
    """All bad values of a parameter, one after another: every refusal names the parameter."""
    return Case(requirement, name, one_after_another(valid, bad), options={"error": "names"})


def end_cases(
    definition: FormulaDefinition,
    parameters: dict[str, Domain],
    config: Callable[..., Scenario],
    scenario: Callable[..., Scenario],
    requirement: str,
) -> Iterator[Case]:
    """Objects with a parameter at a closed end of its domain, one after another: those of extras apart."""
    configs: dict[str, list[Scenario]] = {}
    for name, domain in parameters.items():
        kind = "ends" if name in config() else "ends-of-extras" if name in definition.parameters else f"end-of-{name}"
        for end in domain.closed_ends():
            configs.setdefault(kind, []).append(config(**definition.with_end.get(name, {}), **{name: end}))
    for kind, built in configs.items():
        yield Case(requirement, kind, scenario(*built))


def base_lr_cases(definition: ScheduleDefinition | PlateauDefinition) -> Iterator[Case]:
    def scenario(value: Json) -> Scenario:
        return {"scheduler": definition.config(value), "do": []}

    wrong_types, wrong_values = BASE_LR.wrong_types(), BASE_LR.not_finite() + BASE_LR.wrong_values()
    for requirement, values in (("SCH-19", wrong_types), ("SCH-20", wrong_values)):
        for value in values:
            yield Case(requirement, value_text(value), scenario(value))
    yield naming_case("SCH-28", "base_lr", scenario("0.3"), [scenario(value) for value in wrong_types + wrong_values])
    default = {name: value for name, value in definition.config().items() if name != "base_lr"}
    yield Case("SCH-16", "default", {"scheduler": default, "do": [*definition.steps(), *definition.steps(3)]})


def last_epoch_cases(definition: SchedulerDefinition) -> Iterator[Case]:
    def scenario_at(last_epoch: Json) -> Scenario:
        return {"scheduler": {**definition.config(), "last_epoch": last_epoch}, "do": []}

    for value in (-2, -100):
        yield Case("SCH-21", str(value), scenario_at(value))
    for value in NOT_INTEGERS:
        yield Case("SCH-22", value_text(value), scenario_at(value))
    yield naming_case(
        "SCH-28", "last_epoch", scenario_at(0), [scenario_at(value) for value in (-2, -100, *NOT_INTEGERS)]
    )
    yield Case("SCH-29", "last_epoch", scenario_at({"int64": 3}), other=scenario_at(3), rows=1)


def jump_cases(definition: ScheduleDefinition | CompositeDefinition) -> Iterator[Case]:
    def scenario_with(*epochs: Json) -> Scenario:
        return {"scheduler": definition.config(), "do": [step(), *map(jump, epochs)]}

    for value in (-1, -2):
        yield Case("SCH-23", str(value), scenario_with(value))
    for value in NOT_INTEGERS:
        yield Case("SCH-24", value_text(value), scenario_with(value))
    yield Case("SCH-28", "epoch", scenario_with(-1, -2, *NOT_INTEGERS), options={"error": "names"})
    yield Case("SCH-29", "epoch", scenario_with({"int64": 3}, {"int64": 5}), other=scenario_with(3, 5), rows=2)


def integer_cases(definition: ScheduleDefinition | PlateauDefinition) -> Iterator[Case]:
    for name, domain in definition.parameters.items():
        if isinstance(domain, Integer) and name in definition.example:
            value = {"int64": definition.example[name]}
            scenario = schedule_scenario(definition, **{name: value})
            yield Case("SCH-29", name, {**scenario, "do": [*definition.steps(), *definition.steps(4)]})


def optimizer_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    def scenario(**arguments: Json) -> Scenario:
        return training(definition.config(**arguments), [], keys=[VECTOR])

    yield from parameter_cases(definition, definition.all_parameters, scenario, "OPT")
    bad: dict[str, list[Json]] = {
        "OPT-6": ["-0.1", NAN, INF, {"float": "-inf"}],
        "OPT-7": [{"str": "0.1"}, ["0.1"], *([] if definition.lr is None else [None])],
    }
    for requirement, values in bad.items():
        for value in values:
            yield Case(requirement, value_text(value), scenario(lr=value))
    yield naming_case("OPT-29", "lr", scenario(), [scenario(lr=value) for values in bad.values() for value in values])
    yield from end_cases(definition, definition.all_parameters, definition.config, optimizers_in_turn, "OPT-48")
    for name, domain in definition.parameters.items():
        if isinstance(domain, Pair):
            for kind in ("tuple", "iterator"):
                arguments = {name: {kind: definition.example.get(name, domain.default)}}
                yield Case("OPT-40", f"{name}-{kind}", training(definition.config(**arguments), optimizer_steps(3)))
    yield Case("OPT-5", "zero-rate", training(definition.config(lr="0.0"), optimizer_steps(3)))
    to_zero = {"class": "LinearLR", "base_lr": "0.0625", "start_factor": "1.0", "end_factor": "0.0", "total_iters": 2}
    for name, memory in definition.memories.items():
        falling = training(definition.config(**memory), optimizer_steps(5, moving=True), scheduler=to_zero)
        yield Case("OPT-5", f"rate-falls-to-zero{name}", falling)
