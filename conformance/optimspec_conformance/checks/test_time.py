"""Time: where a schedule starts, how it moves, and that its rate depends on nothing else (spec/scheduler.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import CompositeModel, MetricModel, Model, ScheduleModel
from ..scenario import Case
from ..steps import READ, jump, step, walk

NEW = {"op": "scheduler.new"}


def scenarios(model: Model) -> Iterator[Case]:
    match model:
        case MetricModel():
            yield from of_metric(model)
        case ScheduleModel() | CompositeModel():
            yield from of_schedule(model)


def of_metric(model: MetricModel) -> Iterator[Case]:
    spec = model.spec(["0.3", "0.02"])
    yield Case("SCH-1", "start", {"scheduler": spec, "do": [READ]})
    yield Case("SCH-2", "at-7", {"scheduler": model.spec(["0.3", "0.02"], 7), "do": []})
    yield Case("SCH-3", "one-by-one", {"scheduler": spec, "do": model.steps(12)})
    yield Case("SCH-5", "then-step", {"scheduler": model.spec(["0.3", "0.02"], 2), "do": model.steps(3)})
    yield Case("SCH-6", "minus-one", {"scheduler": model.spec(last_epoch=-1), "do": [READ, *model.steps(2)]})
    bystander = [*model.steps(2), {"op": "bystander"}, READ, *model.steps(4)]
    yield Case("SCH-8", "bystander", {"scheduler": spec, "do": bystander})


def of_schedule(model: ScheduleModel | CompositeModel) -> Iterator[Case]:
    spec, last = model.spec(["0.3", "0.02"]), max(model.times)
    yield Case("SCH-1", "start", {"scheduler": spec, "do": [READ]})
    yield Case("SCH-3", "one-by-one", {"scheduler": spec, "do": walk(range(1, last + 4))})
    yield Case("SCH-3", "several", {"scheduler": spec, "do": [step(2), step(), step(last)]})
    yield Case("SCH-4", "forward", {"scheduler": spec, "do": [jump(t) for t in sorted(model.times)]})
    yield Case("SCH-4", "back", {"scheduler": spec, "do": [jump(t) for t in sorted(model.times, reverse=True)]})
    yield Case("SCH-4", "then-step", {"scheduler": spec, "do": [jump(last), step(), jump(1), step(), jump(0), step()]})
    for t in model.times:
        yield Case("SCH-2", f"at-{t}", {"scheduler": model.spec(["0.3", "0.02"], t), "do": []})
    yield Case("SCH-5", "then-step", {"scheduler": model.spec(["0.3", "0.02"], 2), "do": [step(), step(), step(last)]})
    yield Case("SCH-6", "minus-one", {"scheduler": model.spec(last_epoch=-1), "do": [READ, step(), step()]})
    n = model.times[-2]
    same = [step(n), NEW, jump(n), {**NEW, "scheduler": model.spec(["0.3", "0.02"], n)}]
    yield Case("SCH-7", "three-ways", {"scheduler": spec, "do": same})
    each = [jump(t) for t in sorted(model.times)]
    yield Case("SCH-7", "each-time", {"scheduler": spec, "do": [*each, NEW, *walk(model.times)]})
    yield Case("SCH-7", "there-and-back", {"scheduler": spec, "do": [step(n), step(9), jump(n), jump(0), step(n)]})
    yield Case("SCH-8", "bystander", {"scheduler": spec, "do": [step(2), {"op": "bystander"}, READ, step(), step()]})
    yield Case("SCH-25", "negative", {"scheduler": spec, "do": [step(2), jump(-1), READ, jump(-5), READ, step()]})
    for name, bad in (("float", "3.5"), ("text", {"str": "3"}), ("list", [3])):
        yield Case("SCH-25", name, {"scheduler": spec, "do": [step(2), jump(bad), READ, step()]})
    yield Case("NUM-1", "far", {"scheduler": model.far_spec(), "do": [jump(100000), step(), jump(99999)]})
    if isinstance(model, ScheduleModel):  # composites drift where their members do, and take much longer
        yield Case("NUM-3", "walk", {"scheduler": model.far_spec(), "do": [step(20000), step()]})
