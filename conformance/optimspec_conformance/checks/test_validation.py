"""Validation: arguments of the wrong type or value, refused at construction, by name (spec/scheduler.md, spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..domains import INF, NAN, Domain, Integer
from ..model import BASE_LR, Model, OptimizerModel, ScheduleModel
from ..scenario import Case, Json, Scenario
from ..steps import jump, step
from ..training import VECTOR, run, training

NO_INTEGERS: list[Json] = ["2.0", {"str": "2"}, [2]]


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


def scenarios(model: Model) -> Iterator[Case]:
    match model:
        case OptimizerModel():
            yield from of_optimizer(model)
        case ScheduleModel():
            yield from of_parameters(model.parameters, lambda **given: {"scheduler": model.spec(**model.example | given), "do": []}, "SCH")
            yield from of_base_lr(model)
            yield from of_time(model)


def of_parameters(parameters: dict[str, Domain], made: Callable[..., Scenario], page: str) -> Iterator[Case]:
    wrong_type, not_finite, named = ("SCH-26", "SCH-27", "SCH-28") if page == "SCH" else ("OPT-27", "OPT-28", "OPT-29")
    for name, domain in parameters.items():
        kinds = ((wrong_type, domain.wrong_types()), (not_finite, domain.not_finite()), (domain.refused_by, domain.wrong_values()))
        for requirement, values in kinds:
            for value in values:
                yield Case(requirement, f"{name}={text(value)}", made(**{name: value}), options={"error": "kind"})
            for value in values[:1]:
                yield Case(named, f"{name}={text(value)}", made(**{name: value}), options={"error": "names"})


def of_base_lr(model: ScheduleModel) -> Iterator[Case]:
    yield from of_named_base_lr(model, "SCH-19", BASE_LR.wrong_types())
    yield from of_named_base_lr(model, "SCH-20", BASE_LR.not_finite() + BASE_LR.wrong_values())
    default = {name: value for name, value in model.spec().items() if name != "base_lr"}
    yield Case("SCH-16", "default", {"scheduler": default, "do": [step(), step(3)]})


def of_named_base_lr(model: ScheduleModel, requirement: str, values: list[Json]) -> Iterator[Case]:
    for value in values:
        yield Case(requirement, text(value), {"scheduler": model.spec(value), "do": []}, options={"error": "kind"})
    yield Case("SCH-28", f"base_lr={text(values[0])}", {"scheduler": model.spec(values[0]), "do": []}, options={"error": "names"})


def of_time(model: ScheduleModel) -> Iterator[Case]:
    def at(last_epoch: Json) -> Scenario:
        return {"scheduler": {**model.spec(), "last_epoch": last_epoch}, "do": []}

    for value in (-2, -100):
        yield Case("SCH-21", str(value), at(value), options={"error": "kind"})
    yield Case("SCH-28", "last_epoch=-2", at(-2), options={"error": "names"})
    for value in NO_INTEGERS:
        yield Case("SCH-22", text(value), at(value), options={"error": "kind"})
        yield Case("SCH-24", text(value), {"scheduler": model.spec(), "do": [step(), jump(value)]}, options={"error": "kind"})
    for value in (-1, -2):
        yield Case("SCH-23", str(value), {"scheduler": model.spec(), "do": [step(), jump(value)]}, options={"error": "kind"})
    yield Case("SCH-28", "epoch=-1", {"scheduler": model.spec(), "do": [jump(-1)]}, options={"error": "names"})
    yield Case("SCH-29", "last_epoch", at({"int64": 3}))
    yield Case("SCH-29", "epoch", {"scheduler": model.spec(), "do": [jump({"int64": 3}), step()]})
    for name, domain in model.parameters.items():
        if isinstance(domain, Integer):
            value = {"int64": model.example[name]}
            yield Case("SCH-29", name, {"scheduler": model.spec(**model.example | {name: value}), "do": [step(), step(4)]})


def of_optimizer(model: OptimizerModel) -> Iterator[Case]:
    def made(**given: Json) -> Scenario:
        return training(model.spec(**given), [], keys=[VECTOR])

    yield from of_parameters(model.all_parameters, made, "OPT")
    for value in ("-0.1", NAN, INF, {"float": "-inf"}):
        yield Case("OPT-6", text(value), made(lr=value), options={"error": "kind"})
    for value in ({"str": "0.1"}, None, ["0.1"]):
        yield Case("OPT-7", text(value), made(lr=value), options={"error": "kind"})
    yield Case("OPT-29", "lr=-0.1", made(lr="-0.1"), options={"error": "names"})
    yield Case("OPT-5", "zero-rate", training(model.spec(lr="0.0"), run(3)))


def test_validation(case: Case, verify: Callable[[Case], None]) -> None:
    verify(case)
