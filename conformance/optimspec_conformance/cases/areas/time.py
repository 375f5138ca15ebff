"""Time: where a schedule starts, how it moves, and that the rate depends on the time alone (spec/scheduler.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import CompositeDefinition, Definition, PlateauDefinition, ScheduleDefinition
from ...scenarios.case import Case
from ...scenarios.examples import SGD
from ...scenarios.operations import bystander, intact, jump, new_scheduler, optimizer_step, read, step, walk
from ...scenarios.values import Json
from ...scenarios.weights import VECTOR, gradients, training


def scenarios(definition: Definition) -> Iterator[Case]:
    match definition:
        case PlateauDefinition():
            yield from plateau_cases(definition)
        case ScheduleDefinition() | CompositeDefinition():
            yield from schedule_cases(definition)
        case _:
            return
    update = optimizer_step(gradients(1, [VECTOR]))
    attached = [*definition.steps(2), bystander(), read(), update, *definition.steps(), update]
    yield Case("SCH-8", "attached", training(SGD, attached, definition.config(), keys=[VECTOR]))
    lists = definition.config(["0.3", "0.02"])
    yield Case("SCH-31", "lists", {"scheduler": lists, "do": [intact()]}, options={"from": 1})
    if not isinstance(definition, CompositeDefinition):
        later = definition.config(["0.3", "0.02"], last_epoch=max(definition.times))
        yield Case("SCH-31", "lists-later", {"scheduler": later, "do": [intact()]}, options={"from": 1})


def plateau_cases(definition: PlateauDefinition) -> Iterator[Case]:
    config = definition.config()
    yield Case("SCH-1", "start", {"scheduler": config, "do": [read()]})
    yield Case("SCH-2", "at-7", {"scheduler": definition.config(last_epoch=7), "do": []})
    yield Case("SCH-3", "one-by-one", {"scheduler": config, "do": definition.steps(12)})
    for name, variation in definition.variations.items():
        yield Case(
            "SCH-3",
            name,
            {"scheduler": definition.config(**definition.example | variation), "do": definition.steps(12)},
        )
    yield Case("SCH-5", "then-step", {"scheduler": definition.config(last_epoch=2), "do": definition.steps(3)})
    yield Case(
        "SCH-6", "minus-one", {"scheduler": definition.config(last_epoch=-1), "do": [read(), *definition.steps(2)]}
    )
    with_bystander = [*definition.steps(2), bystander(), read(), *definition.steps(4)]
    yield Case("SCH-8", "bystander", {"scheduler": config, "do": with_bystander})


def schedule_cases(definition: ScheduleDefinition | CompositeDefinition) -> Iterator[Case]:
    config, last = definition.config(), max(definition.times)
    yield Case("SCH-1", "start", {"scheduler": config, "do": [read()]})
    yield Case("SCH-3", "one-by-one", {"scheduler": config, "do": walk(range(1, last + 4))})
    yield Case("SCH-3", "several", {"scheduler": config, "do": [step(2), step(), step(last)]})
    yield Case("SCH-4", "forward", {"scheduler": config, "do": [jump(t) for t in sorted(definition.times)]})
    yield Case("SCH-4", "back", {"scheduler": config, "do": [jump(t) for t in sorted(definition.times, reverse=True)]})
    yield Case(
        "SCH-4", "then-step", {"scheduler": config, "do": [jump(last), step(), jump(1), step(), jump(0), step()]}
    )
    for t in definition.times:
        yield Case("SCH-2", f"at-{t}", {"scheduler": definition.config(last_epoch=t), "do": []})
    yield Case("SCH-5", "then-step", {"scheduler": definition.config(last_epoch=2), "do": [step(), step(), step(last)]})
    yield Case("SCH-6", "minus-one", {"scheduler": definition.config(last_epoch=-1), "do": [read(), step(), step()]})
    n = definition.times[-2]
    three_ways = [step(n), new_scheduler(), jump(n), new_scheduler(definition.config(last_epoch=n))]
    yield Case("SCH-7", "three-ways", {"scheduler": config, "do": three_ways})
    each_time = [jump(t) for t in sorted(definition.times)]
    yield Case(
        "SCH-7", "each-time", {"scheduler": config, "do": [*each_time, new_scheduler(), *walk(definition.times)]}
    )
    yield Case("SCH-7", "there-and-back", {"scheduler": config, "do": [step(n), step(9), jump(n), jump(0), step(n)]})
    yield Case("SCH-8", "bystander", {"scheduler": config, "do": [step(2), bystander(), read(), step(), step()]})
    yield Case("SCH-25", "negative", {"scheduler": config, "do": [step(2), jump(-1), read(), jump(-5), read(), step()]})
    not_integers: list[Json] = ["3.5", {"str": "3"}, [3]]
    refused = [row for bad in not_integers for row in (jump(bad), read(), step())]
    yield Case("SCH-25", "not-an-integer", {"scheduler": config, "do": [step(2), *refused]})
    bases: dict[str, Json] = {"third": repr(1 / 3), "digits": "0.12345678901234568", "small": "1e-30", "large": "1e+30"}
    bases |= {"integer": 1, "float32": {"float32": "0.3"}, "int64": {"int64": 2}}
    bases |= {
        "float64": {"float64": "0.12345678901234568"},
        "list-of-float64": [{"float64": "0.3"}, {"float64": "0.02"}],
    }
    for name, base_lr in bases.items():
        jumps = [jump(t) for t in definition.times]
        options = {"relative": "1e-05"} if name == "float32" else {}  # rates may be computed in its dtype
        yield Case("NUM-1", f"{name}-rate", {"scheduler": definition.config(base_lr), "do": jumps}, options=options)
    yield Case("NUM-1", "far", {"scheduler": definition.long_run_config(), "do": [jump(100000), step(), jump(99999)]})
    if isinstance(definition, CompositeDefinition):  # they drift only if their members do, and take much longer
        return
    yield Case("NUM-3", "walk", {"scheduler": definition.long_run_config(), "do": [step(20000), step()]})
    for name, variation in definition.variations.items():
        varied = definition.config(**definition.example | variation)
        yield Case("SCH-3", name, {"scheduler": varied, "do": walk(range(1, last + 4))})
        yield Case("SCH-7", name, {"scheduler": varied, "do": [jump(n), jump(1), step(n), jump(0), step(9)]})
