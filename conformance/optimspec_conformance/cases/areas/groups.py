"""Groups and read-outs: one rate a group, and reading has no side effects (spec/scheduler.md, spec/optimizer.md)."""

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
from ...scenarios.operations import (
    add_param_group,
    join,
    jump,
    members,
    optimizer_step,
    read,
    register,
    scribble,
    step,
    use,
)
from ...scenarios.values import Json, Row, Scenario
from ...scenarios.weights import (
    ALL,
    MATRIX,
    SCALAR,
    TENSOR,
    VECTOR,
    gradients,
    group,
    optimizer_steps,
    training,
    weights,
)

TWO_RATES = EXPONENTIAL | {"base_lr": ["0.05", "0.02"]}
UPDATE = optimizer_step(gradients(1, [VECTOR]))


def scenarios(definition: Definition) -> Iterator[Case]:
    if isinstance(definition, OptimizerDefinition):
        yield from optimizer_cases(definition)
        return
    yield from read_out_cases(definition)
    yield from attached_cases(definition)


def read_out_cases(definition: SchedulerDefinition) -> Iterator[Case]:
    one, three = definition.config(), definition.config(["0.3", "0.02", "0.1"])
    steps = definition.steps

    def scenario(scheduler: Scenario, *do: Row) -> Scenario:
        return {"scheduler": scheduler, "do": list(do)}

    yield Case("SCH-10", "scribbled", scenario(one, scribble("last_lr"), read(), *steps(), *steps()))
    yield Case("SCH-11", "time", scenario(one, *steps(), *steps(3)))
    yield Case("SCH-12", "base-rates", scenario(one, *steps(), *steps(3)))
    yield Case("SCH-13", "scribbled", scenario(one, scribble("base_lrs"), read(), *steps(), *steps()))
    yield Case("SCH-14", "three-times", scenario(one, *steps(2), read(), read(), read(), *steps(), read(), *steps()))
    yield Case("SCH-17", "zero", scenario(definition.config("0.0"), *steps(), *steps(4)))
    yield Case("SCH-17", "one-of-two", scenario(definition.config(["0.0", "0.3"]), *steps(), *steps(4)))
    yield Case("SCH-12", "three-groups", scenario(three, *steps(), *steps(3)))
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        yield Case("SCH-15", "three-groups", scenario(three, *steps(), *steps(3)))
        if not isinstance(definition, PlateauDefinition):
            yield Case("SCH-15", "jumps", scenario(three, *map(jump, sorted(definition.times, reverse=True))))
        yield Case("SCH-15", "tuple", scenario(definition.config({"tuple": ["0.3", "0.02"]}), *steps(), *steps()))
    if not isinstance(definition, CompositeDefinition) and definition.base is None:
        yield Case(
            "SCH-18",
            "scribbled",
            scenario(definition.config(["0.3", "0.02"]), scribble("base_lr"), read(), *steps(), *steps()),
        )


def attached_cases(definition: SchedulerDefinition) -> Iterator[Case]:
    one, two, three = map(definition.config, ("0.3", ["0.3", "0.02"], ["0.3", "0.02", "0.1"]))
    steps = definition.steps

    def scenario(scheduler: Scenario, *do: Row) -> Scenario:
        return training(SGD, list(do), scheduler, keys=[VECTOR])

    yield Case("SCH-9", "more-rates-than-groups", scenario(three, *steps(2), read()))
    fewer = [*steps(), group(MATRIX), group(SCALAR), join(), read(), *steps()]
    yield Case("SCH-9", "fewer-groups-of-a-second-optimizer", scenario(one, *fewer))
    yield Case("SCH-9", "more-groups-than-rates", scenario(one, *steps(), group(MATRIX), group(SCALAR), *steps()))
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        six = scenario(definition.config(["0.3", "0.02", "0.1", "0.05", "0.2", "0.07"]), *steps(), *steps(3))
        yield Case("SCH-15", "six-rates", six)
        joins = [*steps(), group(MATRIX), group(SCALAR), *steps(), *steps(3)]
        yield Case("SCH-15", "last-entry-serves", scenario(two, *joins))
    yield Case("OPT-3", "read", scenario(one, *steps(), read(), *steps(4)))
    yield Case("OPT-3", "at-a-time", scenario(definition.config(last_epoch=5), read(), *steps()))
    yield Case("OPT-1", "first-step", scenario(one, UPDATE))
    every_step = [row for _ in range(max(definition.times) + 1) for row in (*steps(), UPDATE)]
    yield Case("OPT-1", "each-step", scenario(one, *every_step))
    of_all = [row for k in (1, 2, 3, 4) for row in (optimizer_step(gradients(k, ALL)), *steps())]
    yield Case("OPT-1", "all-weights", training(SGD, of_all, one, keys=ALL))
    yield Case("OPT-1", "moving", scenario(one, *steps(), UPDATE, *steps(), *steps(), UPDATE))
    if not isinstance(definition, PlateauDefinition):
        yield Case("OPT-3", "jumps", scenario(one, step(5), jump(1), jump(0)))
        backwards = [jump(t) for t in sorted(definition.times, reverse=True)]
        yield Case("OPT-3", "jumps-to-each-time", scenario(one, *backwards))
        yield Case("OPT-1", "jumps", scenario(one, jump(6), UPDATE, jump(0), UPDATE))
    joined = [*steps(), join(), *steps(4), UPDATE, use(0), UPDATE, *steps(3), UPDATE]
    yield Case("OPT-4", "two", scenario(one, *joined), options={"from": len(joined) - 4 - len(steps(3))})
    first, second = optimizer_step(gradients(1)), optimizer_step(gradients(2))
    both = [group(MATRIX), *steps(), join(), group(MATRIX), *steps(3), first, use(0), first, *steps(), second]
    yield Case("OPT-30", "two-optimizers", scenario(two, *both))
    yield Case(
        "OPT-30", "second-group", scenario(two, group(MATRIX), *steps(4), first, *steps(3), second, *steps(3), first)
    )
    if definition.absolute is not None:
        yield Case(
            definition.absolute, "own-rate", scenario(one, *steps(2), group(MATRIX, lr="0.07"), read(), *steps())
        )
        return
    own_rate = [group(MATRIX, lr="0.07"), *steps(), first, *steps(2), second]
    yield Case("OPT-31", "own-rate", scenario(two, *own_rate))
    later = [*steps(2), group(MATRIX, lr="0.07"), read(), *steps(), group(SCALAR), *steps()]
    yield Case(
        "PLAT-16" if isinstance(definition, PlateauDefinition) else "OPT-31", "own-rate-later", scenario(one, *later)
    )
    if isinstance(definition, CompositeDefinition):
        yield Case("CMP-8", "own-rate", scenario(one, group(MATRIX, lr="0.07"), *steps(), members()))
        late = [jump(max(definition.times)), group(MATRIX, lr="0.07"), members(), jump(0), members()]
        yield Case("CMP-8", "own-rate-late", scenario(one, *late))


def optimizer_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    def scenario(*do: Row, scheduler: Scenario | None = None, **hyper: Json) -> Scenario:
        return training(definition.config(**hyper), list(do), scheduler, keys=[VECTOR])

    first, second = optimizer_step(gradients(1)), optimizer_step(gradients(2))
    yield Case("OPT-30", "two-groups", scenario(group(MATRIX), first, step(), second, scheduler=TWO_RATES))
    another = [group(MATRIX), step(), join(), group(MATRIX), first, step(), use(0), second, use(1), second]
    yield Case("OPT-30", "two-optimizers", scenario(*another, scheduler=TWO_RATES))
    names = [f"w{i}" for i in range(6)]
    each = [add_param_group([[name, weights([VECTOR], scale=i + 0.7)[0][1]]]) for i, name in enumerate(names[1:])]
    of_six = [optimizer_step([[name, gradients(k + i)[0][1]] for i, name in enumerate(names)]) for k in (1, 2)]
    six_rates = TWO_RATES | {"base_lr": ["0.0625", "0.25", "0.03125", "0.125", "0.5", "0.1875"]}
    six = training(definition.config(), [*each, of_six[0], step(), of_six[1]], six_rates)
    yield Case("OPT-30", "six-groups", six | {"weights": [[names[0], weights([VECTOR])[0][1]]]})
    yield Case("OPT-3", "moving", scenario(read(), step(), read(), step(2), jump(1), read(), scheduler=EXPONENTIAL))
    between = [*optimizer_steps(1, keys=[VECTOR]), step(), read(), *optimizer_steps(1, first=2, keys=[VECTOR]), step(2)]
    yield Case("OPT-3", "between-updates", scenario(*between, read(), scheduler=EXPONENTIAL))
    own_rate = group(MATRIX, lr="0.3")
    yield Case("OPT-31", "own-rate", scenario(own_rate, first, step(), second, scheduler=TWO_RATES))
    of_all = [optimizer_step(gradients(k, [VECTOR, MATRIX, SCALAR])) for k in (1, 2)]
    yield Case("OPT-31", "own-float-rates", scenario(own_rate, group(SCALAR, lr="0.0"), *of_all))
    reordered = [group(VECTOR, lr="0.3"), group(MATRIX), *optimizer_steps(2)]
    yield Case("OPT-32", "float", training(definition.config(), reordered, keys=[SCALAR]))
    moving = [*reordered, step(), *optimizer_steps(1, first=3)]
    yield Case("OPT-32", "scheduler", training(definition.config(), moving, TWO_RATES, keys=[SCALAR]))
    if definition.decays:
        none: dict[str, Json] = {"weight_decay": "0.0"} if "weight_decay" in definition.example else {}
        own_decay = [group(MATRIX, weight_decay="0.4"), first, register(weights([SCALAR])), second]
        yield Case("OPT-33", "own-decay", scenario(*own_decay, **none))
        of_arrays = [optimizer_step(gradients(k, [VECTOR, MATRIX, TENSOR])) for k in (1, 2)]
        no_decay = [group(MATRIX, weight_decay="0.0"), group(TENSOR), *of_arrays]
        yield Case("OPT-33", "no-decay-and-the-optimizer's", scenario(*no_decay, weight_decay="0.2"))
    rule = [group(MATRIX), *optimizer_steps(6, smooth=definition.needs_smooth_gradients)]
    yield Case("OPT-34", "rule", scenario(*rule))
    frozen = group(MATRIX, lr="0.0")  # so that only the weights of the first group change
    joins = [*optimizer_steps(3, keys=[VECTOR]), frozen, *optimizer_steps(3, first=4)]
    yield Case("OPT-35", "running", scenario(*joins, **definition.memory))
