"""Groups and read-outs: one rate for each group, read without consequences (spec/scheduler.md, spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ...classes.definition import (
    CompositeDefinition,
    Definition,
    OptimizerDefinition,
    PlateauDefinition,
    SchedulerDefinition,
)
from ...scenarios.case import Case
from ...scenarios.examples import EXPONENTIAL, SGD
from ...scenarios.operations import join, jump, members, optimizer_step, read, scribble, step, use
from ...scenarios.values import Json, Row, Scenario
from ...scenarios.weights import MATRIX, SCALAR, VECTOR, gradients, group, optimizer_steps, training

TWO_RATES = EXPONENTIAL | {"base_lr": ["0.05", "0.02"]}
UPDATE = optimizer_step(gradients(1, [VECTOR]))


def scenarios(definition: Definition) -> Iterator[Case]:
    if isinstance(definition, OptimizerDefinition):
        yield from of_optimizer(definition)
        return
    yield from of_read_outs(definition)
    yield from of_attached(definition)


def of_read_outs(definition: SchedulerDefinition) -> Iterator[Case]:
    three, two, moves = definition.config(["0.3", "0.02", "0.1"]), definition.config(["0.3", "0.02"]), definition.steps

    def of(scheduler: Scenario, *do: Row) -> Scenario:
        return {"scheduler": scheduler, "do": list(do)}

    yield Case("SCH-10", "scribbled", of(three, scribble("last_lr"), read(), *moves(), *moves()))
    yield Case("SCH-11", "time", of(three, *moves(), *moves(3)))
    yield Case("SCH-12", "base-rates", of(three, *moves(), *moves(3)))
    yield Case("SCH-13", "scribbled", of(three, scribble("base_lrs"), read(), *moves(), *moves()))
    yield Case("SCH-14", "three-times", of(three, *moves(2), read(), read(), read(), *moves(), read(), *moves()))
    yield Case("SCH-17", "zero", of(definition.config("0.0"), *moves(), *moves(4)))
    yield Case("SCH-17", "one-of-two", of(definition.config(["0.0", "0.3"]), *moves(), *moves(4)))
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        yield Case("SCH-15", "three-groups", of(three, *moves(), *moves(3)))
        yield Case("SCH-15", "tuple", of(definition.config({"tuple": ["0.3", "0.02"]}), *moves(), *moves()))
    if not isinstance(definition, CompositeDefinition) and definition.base is None:
        yield Case("SCH-18", "scribbled", of(two, scribble("base_lr"), read(), *moves(), *moves()))


def of_attached(definition: SchedulerDefinition) -> Iterator[Case]:
    three, two, one = (
        definition.config(["0.3", "0.02", "0.1"]),
        definition.config(["0.3", "0.02"]),
        definition.config("0.3"),
    )
    moves = definition.steps

    def of(scheduler: Scenario, *do: Row) -> Scenario:
        return training(SGD, list(do), scheduler, keys=[VECTOR])

    yield Case("SCH-9", "more-rates-than-groups", of(three, *moves(2), read()))
    yield Case("SCH-9", "more-groups-than-rates", of(one, *moves(), group(MATRIX), group(SCALAR), *moves()))
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        served = [*moves(), group(MATRIX), group(SCALAR), *moves(), *moves(3)]
        yield Case("SCH-15", "last-entry-serves", of(two, *served))
    yield Case("OPT-3", "read", of(two, *moves(), read(), *moves(4)))
    yield Case("OPT-3", "at-a-time", of(definition.config(["0.3", "0.02"], 5), read(), *moves()))
    yield Case("OPT-1", "first-step", of(two, UPDATE))
    each = [row for _ in range(max(definition.times) + 1) for row in (*moves(), UPDATE)]
    yield Case("OPT-1", "each-step", of(two, *each))
    yield Case("OPT-1", "moving", of(two, *moves(), UPDATE, *moves(), *moves(), UPDATE))
    if not isinstance(definition, PlateauDefinition):
        yield Case("OPT-3", "jumps", of(two, step(5), jump(1), jump(0)))
        back = [jump(t) for t in sorted(definition.times, reverse=True)]
        yield Case("OPT-3", "jumps-to-each-time", of(two, *back))
        yield Case("OPT-1", "jumps", of(two, jump(6), UPDATE, jump(0), UPDATE))
    joined = [*moves(), join(), *moves(4), UPDATE, use(0), UPDATE, *moves(3), UPDATE]
    yield Case("OPT-4", "two", of(two, *joined), options={"from": len(joined) - 4 - len(moves(3))})
    first, second = optimizer_step(gradients(1)), optimizer_step(gradients(2))
    yield Case("OPT-30", "second-group", of(two, group(MATRIX), *moves(4), first, *moves(3), second, *moves(3), first))
    if definition.absolute is not None:
        yield Case(definition.absolute, "own-rate", of(one, *moves(2), group(MATRIX, lr="0.07"), read(), *moves()))
        return
    own = [group(MATRIX, lr="0.07"), *moves(), first, *moves(2), second]
    yield Case("OPT-31", "own-rate", of(two, *own))
    later = [*moves(2), group(MATRIX, lr="0.07"), read(), *moves(), group(SCALAR), *moves()]
    yield Case("PLAT-16" if isinstance(definition, PlateauDefinition) else "OPT-31", "own-rate-later", of(one, *later))
    if isinstance(definition, CompositeDefinition):
        yield Case("CMP-8", "own-rate", of(one, group(MATRIX, lr="0.07"), *moves(), members()))


def of_optimizer(definition: OptimizerDefinition) -> Iterator[Case]:
    def of(*do: Row, scheduler: Scenario | None = None, **hyper: Json) -> Scenario:
        return training(definition.config(**hyper), list(do), scheduler, keys=[VECTOR])

    first, second = optimizer_step(gradients(1)), optimizer_step(gradients(2))
    yield Case("OPT-30", "two-groups", of(group(MATRIX), first, step(), second, scheduler=TWO_RATES))
    yield Case("OPT-3", "moving", of(read(), step(), read(), step(2), jump(1), read(), scheduler=TWO_RATES))
    own = group(MATRIX, lr="0.3")
    yield Case("OPT-31", "own-rate", of(own, first, step(), second, scheduler=TWO_RATES))
    yield Case("OPT-31", "own-float-rate", of(own, first, second))
    behind = [group(VECTOR, lr="0.3"), group(MATRIX), *optimizer_steps(2)]
    yield Case("OPT-32", "float", training(definition.config(), behind, keys=[SCALAR]))
    moving = [*behind, step(), *optimizer_steps(1, first=3)]
    yield Case("OPT-32", "scheduler", training(definition.config(), moving, TWO_RATES, keys=[SCALAR]))
    if definition.decays:
        yield Case("OPT-33", "own-decay", of(group(MATRIX, weight_decay="0.4"), first, second))
        no_decay = of(group(MATRIX, weight_decay="0.0"), first, second, weight_decay="0.2")
        yield Case("OPT-33", "no-decay", no_decay)
        yield Case("OPT-33", "the-optimizer's", of(group(MATRIX), first, second, weight_decay="0.2"))
    rule = [group(MATRIX), *optimizer_steps(6, smooth=definition.needs_smooth_gradients)]
    yield Case("OPT-34", "rule", of(*rule))
    for name, variation in definition.variations.items():
        yield Case("OPT-34", f"rule-{name}", of(*rule, **variation))
    still = group(MATRIX, lr="0.0")  # so that only the weights that were there are looked at
    joins = [*optimizer_steps(3, keys=[VECTOR]), still, *optimizer_steps(3, first=4)]
    yield Case("OPT-35", "running", of(*joins))
