"""Draws random scenarios from the whole space of hyperparameters and operations.

Every function draws from an object with the interface of ``random.Random``: hypothesis passes one whose draws it can
shrink, ``adopt`` a seeded one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from ..classes.catalogue import COMPOSITES, DEFINITIONS, OPTIMIZERS, SCHEDULES
from ..classes.definition import (
    CompositeDefinition,
    Definition,
    FormulaDefinition,
    OptimizerDefinition,
    PlateauDefinition,
    SchedulerDefinition,
    extras,
)
from ..classes.domains import (
    BaseOptimizer,
    Boolean,
    Choice,
    Domain,
    Function,
    Functions,
    Increasing,
    Integer,
    Pair,
    RateList,
    Rates,
    Real,
)
from ..scenarios.examples import SGD
from ..scenarios.operations import (
    jump,
    load,
    measure,
    new,
    new_scheduler,
    optimizer_load,
    optimizer_save,
    optimizer_step,
    read,
    save,
    scribble,
    step,
)
from ..scenarios.values import Json, Row, Scenario, number
from ..scenarios.weights import MATRIX, SCALAR, VECTOR, descent, gradients, group, training

ROUND_TRIPS = (None, "pickle", "deepcopy")
OF_SCHEDULERS = ("s", "last_lr", "base_lrs")
RATES = {"base_lr", "max_lr", "min_lr"}
TABLE = {"fn": "table", "values": ["0.5", "0.75", "0.0", "1.5", "0.9"]}
CEILING = 3.0  # for parameters without an upper bound, where larger values add nothing


def scenario(random: Random, definition: Definition, length: int = 25) -> Scenario:
    """A scenario: an object of a class with random arguments, and up to ``length`` random operations on it."""
    count = random.randint(0, length)
    if isinstance(definition, OptimizerDefinition):
        scheduler = random.choice([None, *SCHEDULES.values()])
        scheduler_config = None if scheduler is None else schedule(random, scheduler)
        untrained = training(optimizer(random, definition), [], scheduler_config, keys=[VECTOR])
        do = operation_sequence(
            random,
            count,
            scheduler_steps(random, scheduler),
            scheduler_only=False,
            smooth=definition.needs_smooth_gradients,
        )
        return definition.fitted(untrained | {"do": do})
    if random.randint(0, 2):
        do = operation_sequence(random, count, scheduler_steps(random, definition), scheduler_only=True)
        return {"scheduler": schedule(random, definition), "do": do}
    untrained = training(SGD, [], schedule(random, definition), keys=[VECTOR])
    return untrained | {
        "do": operation_sequence(random, count, scheduler_steps(random, definition), scheduler_only=False)
    }


def plain(drawn: Json) -> Json:
    """What every library of the classes can run: a scenario without extras, defaults, lists of rates, and groups."""
    if isinstance(drawn, list):
        rows = [row for row in drawn if not (isinstance(row, dict) and row.get("op") == "optimizer.add_param_group")]
        return [plain(row) for row in rows]
    if not isinstance(drawn, dict):
        return drawn
    definition = DEFINITIONS.get(drawn.get("class", ""))
    left_out = set() if definition is None else extras(definition)
    kept = {name: plain(value) for name, value in drawn.items() if name not in left_out}
    if isinstance(definition, FormulaDefinition):
        kept = {**definition.example, **kept}
    return kept | {name: kept[name][0] for name in RATES & kept.keys() if isinstance(kept[name], list)}


def without_scheduler(drawn: Scenario) -> Scenario:
    """An optimizer's scenario at its own rate: what every library of the class can run."""
    if "scheduler" not in drawn:
        return drawn
    do = [row for row in drawn["do"] if not row["op"].startswith("scheduler.") and row.get("on") not in OF_SCHEDULERS]
    rest = {name: value for name, value in drawn.items() if name != "scheduler"}
    return {**rest, "optimizer": drawn["optimizer"] | {"lr": "0.0625"}, "do": do}


def scheduler_steps(random: Random, definition: SchedulerDefinition | None) -> list[Callable[[], Row]]:
    """The ways to step a scheduler of a class, also ways that must be refused."""
    if definition is None:
        return []
    if isinstance(definition, PlateauDefinition):
        return [lambda: measure(metric(random))] * 4 + [step]
    refused: list[Json] = [-1, -3, "1.5"]
    return [
        lambda: step(random.randint(1, 9)),
        step,
        lambda: jump(random.randint(0, 90)),
        lambda: jump(random.choice(refused)),
    ]


def metric(random: Random) -> Json:
    usual = random.choice(("0.0", "1.0", decimal_between(random, -2.0, 2.0), decimal_between(random, 0.9, 1.1)))
    unusual: list[Json] = [{"float": "nan"}, {"float": "inf"}, {"float32": "0.5"}, {"0-d": "0.5"}, 1]
    return random.choice(unusual) if random.randint(0, 9) == 9 else usual


def schedule(
    random: Random, definition: SchedulerDefinition, depth: int = 2, base_lr: Json = None, last_epoch: int | None = None
) -> Scenario:
    """A scheduler; a member of a composite receives the time and the base rate, if any, of the composite."""
    if base_lr is None:
        base_lr = rates(random)
    if last_epoch is None and random.randint(0, 2) == 2:
        last_epoch = random.randint(-1, 40)
    if isinstance(definition, CompositeDefinition):
        return composite(random, definition, depth, base_lr, last_epoch)
    hyper = {n: argument_of(random, d) for n, d in definition.parameters.items() if d.required or random.randint(0, 4)}
    if definition.base is None and random.randint(0, 4):
        hyper["base_lr"] = base_lr
    if "values" in hyper and random.randint(0, 9):  # the right number of values, except in a few scenarios
        count = len(hyper["milestones"]) if "milestones" in hyper else len(hyper.get("boundaries", [0, 0])) + 1
        hyper["values"] = [decimal_between(random, 0.0, 2.0) for _ in range(count)]
    return {"class": definition.name, **hyper} | ({} if last_epoch is None else {"last_epoch": last_epoch})


def composite(
    random: Random, definition: CompositeDefinition, depth: int, base_lr: Json, last_epoch: int | None
) -> Scenario:
    kinds: list[SchedulerDefinition] = [m for m in SCHEDULES.values() if definition.own_time or m.absolute is None]
    kinds += COMPOSITES.values() if depth > 1 else []
    time = None if definition.own_time or last_epoch is None else last_epoch
    members = [
        schedule(random, random.choice(kinds), depth - 1, base_lr if not definition.own_time else None, time or 0)
        for _ in range(random.randint(1, 3))
    ]
    config: Scenario = {"class": definition.name, "schedulers": members}
    if definition.own_time:
        config["milestones"] = sorted({random.randint(0, 30) for _ in members[1:]})
        config |= {} if last_epoch is None else {"last_epoch": last_epoch}
    return config


def optimizer(random: Random, definition: OptimizerDefinition) -> Scenario:
    drawn = {
        name: argument_of(random, domain) for name, domain in definition.all_parameters.items() if random.randint(0, 2)
    }
    hyper = drawn | ({"base_optimizer": argument_of(random, BaseOptimizer(None, ""))} if definition.is_wrapper else {})
    return {"class": definition.name, "lr": decimal_between(random, 0.0, 0.3), **hyper}


def argument_of(random: Random, domain: Domain) -> Json:
    match domain:
        case Integer(at_least=low, optional=optional):
            return None if optional and random.randint(0, 3) == 3 else random.randint(low, low + 40)
        case Choice(options=options):
            return {"str": random.choice(options)}
        case Function():
            return random.choice([None, None, {"fn": "power", "base": "0.75"}, {"fn": "inverse"}])
        case Functions():
            return random.choice([{"fn": "power", "base": "0.75"}, {"fn": "inverse"}, TABLE])
        case RateList():
            return [decimal_between(random, 0.0, 2.0) for _ in range(3)]
        case Rates():
            return rates(random)
        case Increasing():
            return sorted({random.randint(0, 60) for _ in range(random.randint(0, 4))})
        case Boolean():
            return {"bool": bool(random.randint(0, 1))}
        case BaseOptimizer():
            return optimizer(
                random,
                random.choice(
                    [
                        m
                        for m in OPTIMIZERS.values()
                        if not (m.is_wrapper or m.needs_smooth_gradients or m.matrices or m.numbers)
                    ]
                ),
            )
        case Pair(interval=interval, length=length):
            return [real_in(random, Real(interval, None, "")) for _ in range(length)]
        case Real():
            return real_in(random, domain)
    raise ValueError(f"no way to draw from {domain}")


def real_in(random: Random, domain: Real) -> Json:
    low, high = domain.ends()
    low, high = (end if math.isfinite(end) else math.copysign(CEILING, end) for end in (low, high))
    edges = [end for end in (low, high) if domain.contains(end)]
    if edges and random.randint(0, 5) == 5:
        return number(random.choice(edges))
    return decimal_between(random, low + 1e-3 * (high - low), high - 1e-3 * (high - low))


def decimal_between(random: Random, low: float, high: float) -> str:
    return repr(round(random.uniform(low, high), random.choice((2, 4, 12))) or low)


def rates(random: Random) -> Json:
    drawn = [
        random.choice(("0.0", decimal_between(random, 0.0, 2.0)))
        if random.randint(0, 3) == 3
        else decimal_between(random, 1e-3, 2.0)
        for _ in range(random.randint(1, 3))
    ]
    return drawn if random.randint(0, 1) else drawn[0]


def operation_sequence(
    random: Random, length: int, scheduler_steps: list[Callable[[], Row]], scheduler_only: bool, smooth: bool = False
) -> list[Row]:
    """Random operations. Only saved states are loaded; each group is added once, sometimes with its own rate."""
    do: list[Row] = []
    saved: list[str] = []
    unused = [MATRIX, SCALAR]
    k = 0

    def save_scheduler() -> Row:
        saved.append("s")
        return save(via=random.choice(ROUND_TRIPS))

    def train() -> Row:
        nonlocal k
        k += 1
        keys = random.choice(([VECTOR], [VECTOR], []))
        return optimizer_step(descent(k, keys) if smooth else gradients(k, keys))

    def save_optimizer() -> Row:
        saved.append("o")
        return optimizer_save()

    def add_group() -> Row:
        own_rate = {"lr": decimal_between(random, 0.0, 0.5)} if random.randint(0, 1) else {}
        return group(unused.pop(), **own_rate)

    def rebuild() -> Row:
        unused[:] = [MATRIX, SCALAR]
        return new_scheduler() if scheduler_only else new()

    for _ in range(length):
        choices: list[Callable[[], Row]] = [rebuild, read]
        if scheduler_steps:
            choices += [*scheduler_steps, save_scheduler, lambda: scribble(random.choice(("last_lr", "base_lrs")))]
            choices += [load, load, lambda: scribble("s")] if "s" in saved else []
        if not scheduler_only:
            choices += [train, train, train, save_optimizer]
            choices += [add_group] if unused else []
            choices += [optimizer_load] if "o" in saved else []
        do.append(random.choice(choices)())
        if do[-1]["op"] == "scribble" and do[-1]["on"] == "s":
            saved = [name for name in saved if name != "s"]
    return do
