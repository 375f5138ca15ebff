"""Groups and read-outs: one rate for each group, read without consequences (spec/scheduler.md, spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import Model, OptimizerModel, ScheduleModel
from ..scenario import Case, Json, Row, Scenario
from ..steps import READ, jump, scribble, step
from ..training import KEYS, MATRIX, SCALAR, VECTOR, gradients, run, training, update, weights

EXPONENTIAL = {"class": "ExponentialLR", "base_lr": ["0.05", "0.02"], "gamma": "0.87"}
PLAIN_SGD: Scenario = {"class": "SGD", "lr": "@scheduler"}
UPDATE = update(gradients(1, [VECTOR]))


def group(key: Json, **options: Json) -> Row:
    return {"op": "optimizer.add_param_group", "weights": weights([key]), **options}


def scenarios(model: Model) -> Iterator[Case]:
    yield from of_optimizer(model) if isinstance(model, OptimizerModel) else of_scheduler(model)


def of_scheduler(model: Model) -> Iterator[Case]:
    assert not isinstance(model, OptimizerModel)
    three, one = model.spec(["0.3", "0.02", "0.1"]), model.spec("0.3")

    def attached(scheduler: Scenario, do: list[Row]) -> Scenario:
        return {"scheduler": scheduler, "optimizer": PLAIN_SGD, "weights": weights([VECTOR]), "do": do}

    yield Case("SCH-9", "more-rates-than-groups", attached(three, [step(2), READ]))
    yield Case("SCH-9", "more-groups-than-rates", attached(one, [step(), group(MATRIX), group(SCALAR), step()]))
    yield Case("SCH-10", "scribbled", {"scheduler": three, "do": [scribble("last_lr"), READ, step(), step()]})
    yield Case("SCH-11", "time", {"scheduler": three, "do": [step(), step(3), jump(2)]})
    yield Case("SCH-12", "base-rates", {"scheduler": three, "do": [step(), step(3)]})
    yield Case("SCH-13", "scribbled", {"scheduler": three, "do": [scribble("base_lrs"), READ, step(), step()]})
    yield Case("SCH-14", "three-times", {"scheduler": three, "do": [step(2), READ, READ, READ, step(), READ, step()]})
    yield Case("SCH-15", "three-groups", {"scheduler": three, "do": [step(), jump(3), jump(5)]})
    two = model.spec(["0.3", "0.02"])
    yield Case("SCH-15", "last-entry-serves", attached(two, [step(), group(MATRIX), group(SCALAR), step(), step(3)]))
    yield Case("SCH-15", "tuple", {"scheduler": model.spec({"tuple": ["0.3", "0.02"]}), "do": [step(), step()]})
    yield Case("SCH-17", "zero", {"scheduler": model.spec("0.0"), "do": [step(), step(4)]})
    yield Case("SCH-17", "one-of-two", {"scheduler": model.spec(["0.0", "0.3"]), "do": [step(), step(4)]})
    if isinstance(model, ScheduleModel):
        yield Case("SCH-18", "scribbled", {"scheduler": two, "do": [scribble("base_lr"), READ, step(), step()]})
    yield Case("OPT-3", "read", attached(two, [step(), READ, step(4), jump(1), jump(0)]))
    yield Case("OPT-3", "at-a-time", attached(model.spec(["0.3", "0.02"], 3), [READ, step()]))
    yield Case("OPT-1", "first-step", attached(two, [UPDATE]))
    used = [step(), UPDATE, step(), step(), UPDATE, jump(6), UPDATE, jump(0), UPDATE]
    yield Case("OPT-1", "moving", attached(two, used))
    yield Case("OPT-4", "two", attached(two, [{"op": "optimizer.join"}, step(), UPDATE, {"op": "optimizer.use", "which": 0}, UPDATE, step(), UPDATE]))
    yield Case("OPT-30", "second-group", attached(two, [group(MATRIX), step(), update(gradients(1, [MATRIX])), step(2), update(gradients(2, [MATRIX]))]))
    own = [group(MATRIX, lr="0.07"), step(), update(gradients(1, [MATRIX])), step(2), update(gradients(2, KEYS[:2]))]
    yield Case("OPT-31", "own-rate", attached(two, own))
    yield Case("OPT-31", "own-rate-later", attached(one, [step(2), group(MATRIX, lr="0.07"), READ, step(), group(SCALAR), step()]))
    if "schedulers" in one:
        yield Case("CMP-8", "own-rate", attached(one, [group(MATRIX, lr="0.07"), step(), {"op": "scheduler.members"}]))


def of_optimizer(model: OptimizerModel) -> Iterator[Case]:
    on_scheduler = {"scheduler": EXPONENTIAL, "keys": [VECTOR]}
    two = update(gradients(1, [VECTOR, MATRIX]))
    second = update(gradients(2, [VECTOR, MATRIX]))
    yield Case("OPT-30", "two-groups", training(model.spec(), [group(MATRIX), two, step(), second], **on_scheduler))
    own = [group(MATRIX, lr="0.3"), two, step(), second]
    yield Case("OPT-31", "own-rate", training(model.spec(), own, **on_scheduler))
    yield Case("OPT-31", "own-float-rate", training(model.spec(), [group(MATRIX, lr="0.3"), two, second], keys=[VECTOR]))
    none = [group(MATRIX, lr="0.3"), group(SCALAR), *run(2)]
    yield Case("OPT-32", "float", training(model.spec(), none, keys=[VECTOR]))
    yield Case("OPT-32", "scheduler", training(model.spec(), [*none, step(), *run(1, first=3)], **on_scheduler))
    decays = [group(MATRIX, weight_decay="0.4"), two, second]
    yield Case("OPT-33", "own-decay", training(model.spec(), decays, keys=[VECTOR]))
    yield Case("OPT-33", "no-decay", training(model.spec(weight_decay="0.2"), [group(MATRIX, weight_decay="0.0"), two, second], keys=[VECTOR]))
    yield Case("OPT-33", "the-optimizer's", training(model.spec(weight_decay="0.2"), [group(MATRIX), two, second], keys=[VECTOR]))
    rule = [group(MATRIX), *run(6, keys=[MATRIX])]
    yield Case("OPT-34", "rule", training(model.spec(), rule, keys=[VECTOR]))
    for name, variation in model.variations.items():
        yield Case("OPT-34", f"rule-{name}", training(model.spec(**variation), rule, keys=[VECTOR]))
    joins = [*run(3, keys=[VECTOR]), group(MATRIX), *run(3, first=4, keys=[VECTOR, MATRIX])]
    yield Case("OPT-35", "running", training(model.spec(), joins, keys=[VECTOR]))


def test_groups(case: Case, verify: Callable[[Case], None]) -> None:
    verify(case)
