"""Time: where a schedule starts, how it moves, and that the rate depends on the time alone (spec/scheduler.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import CompositeDefinition, Definition, PlateauDefinition, ScheduleDefinition
from ...scenarios.case import Case
from ...scenarios.operations import bystander, jump, new_scheduler, read, step, walk


def scenarios(definition: Definition) -> Iterator[Case]:
    match definition:
        case PlateauDefinition():
            yield from plateau_cases(definition)
        case ScheduleDefinition() | CompositeDefinition():
            yield from schedule_cases(definition)


def plateau_cases(definition: PlateauDefinition) -> Iterator[Case]:
    config = definition.config(["0.3", "0.02"])
    yield Case("SCH-1", "start", {"scheduler": config, "do": [read()]})
    yield Case("SCH-2", "at-7", {"scheduler": definition.config(["0.3", "0.02"], 7), "do": []})
    yield Case("SCH-3", "one-by-one", {"scheduler": config, "do": definition.steps(12)})
    yield Case("SCH-5", "then-step", {"scheduler": definition.config(["0.3", "0.02"], 2), "do": definition.steps(3)})
    yield Case(
        "SCH-6", "minus-one", {"scheduler": definition.config(last_epoch=-1), "do": [read(), *definition.steps(2)]}
    )
    with_bystander = [*definition.steps(2), bystander(), read(), *definition.steps(4)]
    yield Case("SCH-8", "bystander", {"scheduler": config, "do": with_bystander})


def schedule_cases(definition: ScheduleDefinition | CompositeDefinition) -> Iterator[Case]:
    config, last = definition.config(["0.3", "0.02"]), max(definition.times)
    yield Case("SCH-1", "start", {"scheduler": config, "do": [read()]})
    yield Case("SCH-3", "one-by-one", {"scheduler": config, "do": walk(range(1, last + 4))})
    yield Case("SCH-3", "several", {"scheduler": config, "do": [step(2), step(), step(last)]})
    yield Case("SCH-4", "forward", {"scheduler": config, "do": [jump(t) for t in sorted(definition.times)]})
    yield Case("SCH-4", "back", {"scheduler": config, "do": [jump(t) for t in sorted(definition.times, reverse=True)]})
    yield Case(
        "SCH-4", "then-step", {"scheduler": config, "do": [jump(last), step(), jump(1), step(), jump(0), step()]}
    )
    for t in definition.times:
        yield Case("SCH-2", f"at-{t}", {"scheduler": definition.config(["0.3", "0.02"], t), "do": []})
    yield Case(
        "SCH-5", "then-step", {"scheduler": definition.config(["0.3", "0.02"], 2), "do": [step(), step(), step(last)]}
    )
    yield Case("SCH-6", "minus-one", {"scheduler": definition.config(last_epoch=-1), "do": [read(), step(), step()]})
    n = definition.times[-2]
    three_ways = [step(n), new_scheduler(), jump(n), new_scheduler(definition.config(["0.3", "0.02"], n))]
    yield Case("SCH-7", "three-ways", {"scheduler": config, "do": three_ways})
    each_time = [jump(t) for t in sorted(definition.times)]
    yield Case(
        "SCH-7", "each-time", {"scheduler": config, "do": [*each_time, new_scheduler(), *walk(definition.times)]}
    )
    yield Case("SCH-7", "there-and-back", {"scheduler": config, "do": [step(n), step(9), jump(n), jump(0), step(n)]})
    yield Case("SCH-8", "bystander", {"scheduler": config, "do": [step(2), bystander(), read(), step(), step()]})
    yield Case("SCH-25", "negative", {"scheduler": config, "do": [step(2), jump(-1), read(), jump(-5), read(), step()]})
    for name, bad in (("float", "3.5"), ("text", {"str": "3"}), ("list", [3])):
        yield Case("SCH-25", name, {"scheduler": config, "do": [step(2), jump(bad), read(), step()]})
    yield Case("NUM-1", "far", {"scheduler": definition.long_run_config(), "do": [jump(100000), step(), jump(99999)]})
    if isinstance(definition, ScheduleDefinition):  # composites drift only if their members do, and take much longer
        yield Case("NUM-3", "walk", {"scheduler": definition.long_run_config(), "do": [step(20000), step()]})
