"""The search lane: random scenarios over the whole space of hyperparameters and operations.

Everything is drawn from an object with the interface of ``random.Random``: hypothesis hands in one whose draws it can
shrink, and ``adopt`` a seeded one, for the sequences that are committed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from ..classes.catalogue import COMPOSITES, OPTIMIZERS, SCHEDULES
from ..classes.definition import (
    CompositeDefinition,
    Definition,
    OptimizerDefinition,
    PlateauDefinition,
    SchedulerDefinition,
)
from ..classes.domains import (
    BaseOptimizer,
    Boolean,
    Choice,
    Domain,
    Function,
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

WAYS = (None, "pickle", "deepcopy")
CEILING = 3.0  # for parameters without an upper bound: larger ones only make larger numbers


def scenario(random: Random, definition: Definition, length: int = 25) -> Scenario:
    """An object of a class with random arguments, and up to ``length`` random operations on it."""
    operations = random.randint(0, length)
    if isinstance(definition, OptimizerDefinition):
        scheduler = random.choice([None, *SCHEDULES.values()])
        scheduled = None if scheduler is None else schedule(random, scheduler)
        made = training(optimizer(random, definition), [], scheduled, keys=[VECTOR])
        do = sequence(
            random, operations, moves(random, scheduler), alone=False, smooth=definition.needs_smooth_gradients
        )
        return made | {"do": do}
    if random.randint(0, 2):
        do = sequence(random, operations, moves(random, definition), alone=True)
        return {"scheduler": schedule(random, definition), "do": do}
    made = training(SGD | {"momentum": "0.5"}, [], schedule(random, definition), keys=[VECTOR])
    return made | {"do": sequence(random, operations, moves(random, definition), alone=False)}


def moves(random: Random, definition: SchedulerDefinition | None) -> list[Callable[[], Row]]:
    """The ways in which a scheduler of a class is stepped, refused ones among them."""
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
    drawn = random.choice(("0.0", "1.0", between(random, -2.0, 2.0), between(random, 0.9, 1.1)))
    odd: list[Json] = [{"float": "nan"}, {"float": "inf"}, {"float32": "0.5"}, {"0-d": "0.5"}, 1]
    return random.choice(odd) if random.randint(0, 9) == 9 else drawn


def schedule(
    random: Random, definition: SchedulerDefinition, depth: int = 2, base_lr: Json = None, last_epoch: int | None = None
) -> Scenario:
    """A scheduler; inside a composite, at its time, and with its base rate or none."""
    if base_lr is None:
        base_lr = rates(random)
    if last_epoch is None and random.randint(0, 2) == 2:
        last_epoch = random.randint(-1, 40)
    if isinstance(definition, CompositeDefinition):
        return composite(random, definition, depth, base_lr, last_epoch)
    hyper = {n: argument(random, d) for n, d in definition.parameters.items() if random.randint(0, 4)}
    if definition.base is None and random.randint(0, 4):
        hyper["base_lr"] = base_lr
    if "values" in hyper and random.randint(0, 9):  # one more than boundaries, but for a few that must be refused
        hyper["values"] = [between(random, 0.0, 2.0) for _ in range(len(hyper.get("boundaries", [0, 0])) + 1)]
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
    made: Scenario = {"class": definition.name, "schedulers": members}
    if definition.own_time:
        made["milestones"] = sorted({random.randint(0, 30) for _ in members[1:]})
        made |= {} if last_epoch is None else {"last_epoch": last_epoch}
    return made


def optimizer(random: Random, definition: OptimizerDefinition) -> Scenario:
    drawn = {
        name: argument(random, domain) for name, domain in definition.all_parameters.items() if random.randint(0, 2)
    }
    hyper = drawn | ({"base_optimizer": argument(random, BaseOptimizer(None, ""))} if definition.is_wrapper else {})
    return {"class": definition.name, "lr": between(random, 0.0, 0.3), **hyper}


def argument(random: Random, domain: Domain) -> Json:
    match domain:
        case Integer(at_least=low, optional=optional):
            return None if optional and random.randint(0, 3) == 3 else random.randint(low, low + 40)
        case Choice(options=options):
            return {"str": random.choice(options)}
        case Function():
            return random.choice([None, None, {"fn": "power", "base": "0.75"}, {"fn": "inverse"}])
        case RateList():
            return [between(random, 0.0, 2.0) for _ in range(3)]
        case Rates():
            return rates(random)
        case Increasing():
            return sorted({random.randint(0, 60) for _ in range(random.randint(0, 4))})
        case Boolean():
            return {"bool": bool(random.randint(0, 1))}
        case BaseOptimizer():
            return optimizer(
                random,
                random.choice([m for m in OPTIMIZERS.values() if not (m.is_wrapper or m.needs_smooth_gradients)]),
            )
        case Pair(interval=interval):
            return [real(random, Real(interval, None, "")) for _ in range(2)]
        case Real():
            return real(random, domain)
    raise ValueError(f"no way to draw from {domain}")


def real(random: Random, domain: Real) -> Json:
    low, high = domain.ends()
    high = high if math.isfinite(high) else CEILING
    edges = [end for end in (low, high) if domain.contains(end)]
    if edges and random.randint(0, 5) == 5:
        return number(random.choice(edges))
    return between(random, low + 1e-3 * (high - low), high - 1e-3 * (high - low))


def between(random: Random, low: float, high: float) -> str:
    return repr(round(random.uniform(low, high), random.choice((2, 4, 12))) or low)


def rates(random: Random) -> Json:
    many = [
        random.choice(("0.0", between(random, 0.0, 2.0))) if random.randint(0, 3) == 3 else between(random, 1e-3, 2.0)
        for _ in range(random.randint(1, 3))
    ]
    return many if random.randint(0, 1) else many[0]


def sequence(
    random: Random, length: int, moves: list[Callable[[], Row]], alone: bool, smooth: bool = False
) -> list[Row]:
    """Random operations. What is loaded has been saved before; a group is added once, maybe with a rate of its own."""
    do: list[Row] = []
    saved: list[str] = []
    free = [MATRIX, SCALAR]
    k = 0

    def save_scheduler() -> Row:
        saved.append("s")
        return save(via=random.choice(WAYS))

    def train() -> Row:
        nonlocal k
        k += 1
        keys = random.choice(([VECTOR], [VECTOR], []))
        return optimizer_step(descent(k, keys) if smooth else gradients(k, keys))

    def save_optimizer() -> Row:
        saved.append("o")
        return optimizer_save()

    def add_group() -> Row:
        own = {"lr": between(random, 0.0, 0.5)} if random.randint(0, 1) else {}
        return group(free.pop(), **own)

    def rebuild() -> Row:
        free[:] = [MATRIX, SCALAR]
        return new_scheduler() if alone else new()

    for _ in range(length):
        settings: list[Callable[[], Row]] = [rebuild, read]
        if moves:
            settings += [*moves, save_scheduler, lambda: scribble(random.choice(("last_lr", "base_lrs")))]
            settings += [load, load, lambda: scribble("s")] if "s" in saved else []
        if not alone:
            settings += [train, train, train, save_optimizer]
            settings += [add_group] if free else []
            settings += [optimizer_load] if "o" in saved else []
        do.append(random.choice(settings)())
        if do[-1]["op"] == "scribble" and do[-1]["on"] == "s":
            saved = [name for name in saved if name != "s"]
    return do
