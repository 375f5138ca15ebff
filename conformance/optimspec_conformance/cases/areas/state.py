"""State: snapshots, loads, resumed runs and refused states (spec/state.md)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from ...classes.catalogue import SCHEDULES
from ...classes.definition import (
    CompositeDefinition,
    Definition,
    OptimizerDefinition,
    ScheduleDefinition,
    SchedulerDefinition,
)
from ...scenarios.case import Case
from ...scenarios.examples import EXPONENTIAL, SGD, exponential, fall
from ...scenarios.operations import (
    bystander,
    join,
    load,
    members,
    new,
    new_scheduler,
    optimizer_load,
    optimizer_save,
    optimizer_step,
    read,
    register,
    save,
    scribble,
    step,
    tamper,
    use,
)
from ...scenarios.values import Json, Row, Scenario
from ...scenarios.weights import (
    MATRIX,
    SCALAR,
    VECTOR,
    gradients,
    group,
    optimizer_steps,
    training,
    weights,
    with_element,
)

ROUND_TRIPS = {
    "STA-4": "pickle",
    "STA-6": "json",
}  # deepcopy has its own checks: a copy may follow its original
TAMPERED = {"STA-15": ["empty", "time-alone"], "STA-16": ["nulls", "nans", "texts", "not-a-mapping"]}
ENTRIES = range(8)  # of a state: the first ones are removed one by one
LARGE = 2.5e38  # its square overflows float32


def law_of_runs(
    scenario: Callable[..., Scenario],
    requirement: str,
    name: str,
    first: list[Row],
    second: list[Row],
    same: list[Row],
    **options: int,
) -> Case:
    """A law: two runs that begin differently, and then do the same, have the same results."""
    run, other_run = scenario(*first, *same), scenario(*second, *same)
    return Case(requirement, name, run, other=other_run, rows=len(same), options=options)


def scenarios(definition: Definition) -> Iterator[Case]:
    yield from (
        optimizer_cases(definition) if isinstance(definition, OptimizerDefinition) else scheduler_cases(definition)
    )


def scheduler_cases(definition: SchedulerDefinition) -> Iterator[Case]:
    config, n, steps = definition.config(), definition.times[-2], definition.steps

    def scenario(*do: Row) -> Scenario:
        return {"scheduler": config, "do": list(do)}

    def attached(*do: Row) -> Scenario:
        return training(SGD, list(do), config, keys=[VECTOR])

    law = partial(law_of_runs, scenario)
    saved, loaded = [*steps(2), save()], [new_scheduler(), load()]
    after = [read(), *steps(), *steps(n)]
    yield law("STA-1", "later-steps", [*saved, *steps(n), *loaded], [*saved, *loaded], after)
    yield law("STA-19", "asked-often", [save(), *steps(), save(), save()], [read(), *steps(), read(), read()], after)
    yield law("STA-2", "scribbled", [*saved, scribble("s")], saved, after)
    yield Case("STA-3", "plain", scenario(*steps(2), save(via="plain")), other=scenario(*saved), rows=1)
    for requirement, via in ROUND_TRIPS.items():
        yield law(requirement, via, [*steps(2), save(via=via), *loaded], [*saved, *loaded], after)
    copied = [*steps(2), save(via="deepcopy"), *steps(n), *loaded]
    yield law("STA-5", "deepcopy", copied, [*saved, *loaded], after)
    yield Case("STA-7", "at-once", scenario(*steps(n), save(), new_scheduler(), load(), read()))
    yield Case("STA-7", "back-in-time", scenario(*saved, *steps(n), load(), read(), *steps()))
    interrupted: list[Row] = []
    for t in definition.times:
        before = steps(t) if t else []
        interrupted += [new_scheduler(), *before, save(), new_scheduler(), load(), *steps(), *steps()]
    yield Case("STA-7", "at-each-time", scenario(*interrupted))
    update = optimizer_step(gradients(1, [VECTOR]))
    again = [*saved, *steps(n), load()]
    yield Case("STA-8", "attached", attached(*again, read(), update, *steps()), options={"from": len(again)})
    two_attached = [*steps(2), save(), join(), *steps(n), update, use(0), update, use(1), load()]
    in_turns = attached(*two_attached, read(), update, use(0), read(), update, *steps(), update)
    yield Case("STA-8", "two-optimizers", in_turns, options={"from": len(two_attached)})
    rebuilt = [*steps(n), save(), new(), load()]
    both_saved = [*steps(n), update, save(), optimizer_save(), new(), read()]
    orders = {"scheduler-first": [load(), optimizer_load()], "optimizer-first": [optimizer_load(), load()]}
    for name, (first, second) in orders.items():
        resumed = [*both_saved, first, read(), second, read(), update, *steps(), update]
        from_load = {"from": len(both_saved) + (2 if first == load() else 4)}
        yield Case("STA-13", name, attached(*resumed), options=from_load)
    first_rebuilt = [*steps(n), update, save(), optimizer_save(), new_scheduler(), load()]
    built_last = [*first_rebuilt, join(), read(), optimizer_load(), read(), update, *steps(), update]
    yield Case("STA-13", "optimizer-built-last", attached(*built_last), options={"from": len(first_rebuilt)})
    yield Case("STA-8", "attached-anew", attached(*rebuilt, read(), update), options={"from": len(rebuilt)})
    rest = [row for _ in range(5) for row in steps()] + steps(n)
    unpickled = scenario(*steps(2), save(via="pickle"), new_scheduler(), load(), *rest)
    yield Case("STA-9", "resumed", unpickled, other=scenario(*steps(2), *rest), rows=len(rest))
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        third = definition.config(repr(1 / 3))
        whole = {"scheduler": third, "do": [*steps(2), *rest]}
        resumed_third = {"scheduler": third, "do": [*saved, *loaded, *rest]}
        yield Case("STA-9", "rate-of-a-third", resumed_third, other=whole, rows=len(rest))
    each = [row for _ in range(n + 2) for row in (*steps(), save(), new_scheduler(), load())]
    complete = [row for _ in range(n + 2) for row in steps()]
    yield Case("STA-9", "resumed-at-each-step", scenario(*each, read()), other=scenario(*complete, read()), rows=1)
    other_base = new_scheduler()
    if isinstance(definition, CompositeDefinition) or definition.base is None:
        other_base = new_scheduler(definition.config("0.7"))
        yield Case(
            "STA-10", "base-rates", scenario(*saved, other_base, load(), *steps(), other_base, *steps(n), load())
        )
        yield Case("STA-10", "at-the-same-time", scenario(*saved, other_base, *steps(2), read(), load(), read()))
        if definition.absolute is None:
            yield from joining_after_a_load(definition)
    yield law("STA-11", "loaded-twice", [*saved, *loaded, *steps(3), *loaded], [*saved, *loaded], after)
    yield law("STA-12", "scribbled", [*saved, *loaded, scribble("s")], [*saved, *loaded], after)
    yield law("STA-12", "loaded-by-another", [*saved, *loaded, bystander()], [*saved, *loaded, read()], after)
    longer = new_scheduler(lengthened(definition))
    yield Case("STA-20", "longer", scenario(*saved, longer, load(), read(), *steps(), *steps(n)))
    if not isinstance(definition, CompositeDefinition):
        for name, variation in definition.variations.items():
            varied = new_scheduler(definition.config(**definition.example | variation))
            yield Case("STA-20", name, scenario(*saved, varied, load(), read(), *steps(), *steps(n)))
    foreign = [step(2), save(), new_scheduler(config), load()]
    of_another: Scenario = fall(base_lr="0.3") if definition.name != "StepLR" else EXPONENTIAL
    yield Case("STA-21", "of-another-class", {"scheduler": of_another, "do": foreign}, options={"from": 4})
    for requirement, ways in TAMPERED.items():
        for way in ways:
            refused = [*saved, tamper(way), new_scheduler(), load()]
            yield Case(requirement, way, scenario(*refused), options={"from": len(refused)})
    for i in ENTRIES:
        incomplete, complete = ([*saved, entry, other_base] for entry in (tamper(f"without-{i}"), read()))
        row = len(incomplete) + 1
        yield law("STA-15", f"without-{i}", [*incomplete, load()], [*complete, load()], after, unless_refused=row)
        incomplete = [*saved, tamper(f"without-{i}"), *steps()]
        row = len(incomplete) + 1
        yield law("STA-18", f"without-{i}", [*incomplete, load()], [*incomplete, read()], after, if_refused=row)
    two, three = definition.config(["0.3", "0.02"]), definition.config(["0.3", "0.02", "0.1"])
    resumed = [*steps(2), save(), new_scheduler(), load(), *steps(), *steps(n)]
    yield Case("STA-7", "groups", {"scheduler": two, "do": resumed})
    refused_last = {"from": len(saved) + 2}
    for name, others in {"fewer-groups": three, "more-groups": config}.items():
        refused = [*saved, new_scheduler(others), load()]
        yield Case("STA-17", name, {"scheduler": two, "do": refused}, options=refused_last)
    if isinstance(definition, CompositeDefinition):
        one_member = new_scheduler(definition.config_of(config["schedulers"][0]))
        yield Case("STA-17", "other-members", scenario(*saved, one_member, load(), read()), options=refused_last)
        yield from of_nested(definition, saved)
    refused = []
    for way in ("empty", "time-alone", "nulls", "nans"):
        refused += [save(), tamper(way), *steps(), load(), read(), *steps()]
    yield Case("STA-18", "tampered", scenario(*steps(2), *refused))
    of_groups = [*saved, new_scheduler(three), *steps(), load(), read(), *steps()]
    yield Case("STA-18", "groups", {"scheduler": two, "do": of_groups})
    if isinstance(definition, CompositeDefinition):
        yield law_of_all_members(definition)
        return
    for name, variation in definition.variations.items():
        yield Case("STA-7", name, {"scheduler": definition.config(**definition.example | variation), "do": resumed})


def of_nested(definition: CompositeDefinition, saved: list[Row]) -> Iterator[Case]:
    """A composite in a composite: its own state is restored, too; a refused load leaves its first member unchanged."""

    def nested(base_lr: str, *members: Scenario) -> Scenario:
        first = exponential(base_lr=base_lr)
        return definition.config_of(first, definition.config_of(*({**one, "base_lr": base_lr} for one in members)))

    config, steps = nested("0.3", fall(), exponential("0.7")), definition.steps
    other_base = new_scheduler(nested("0.7", fall(), exponential("0.7")))
    restored = [*saved, other_base, load(), read(), members(), *steps(), *steps(3)]
    yield Case("STA-10", "nested", {"scheduler": config, "do": restored})
    fewer = new_scheduler(nested("0.7", fall()))
    refused = [*saved, fewer, *steps(), load(), read(), members(), *steps()]
    yield Case("STA-18", "nested", {"scheduler": config, "do": refused}, options={"from": len(refused) - 2})


def joining_after_a_load(definition: SchedulerDefinition) -> Iterator[Case]:
    """Groups that join after a load have the loaded base rate, and of a list its last entry."""
    for name, base_lr, loaded in (("one", "0.3", "0.5"), ("the-last", ["0.3", "0.1"], ["0.5", "0.2"])):
        saved = [new_scheduler(definition.config(loaded)), *definition.steps(2), save(), new_scheduler(), load()]
        joins = [*saved, join(), group(MATRIX), group(SCALAR), *definition.steps()]
        config = definition.config(base_lr)
        yield Case("STA-10", f"{name}-for-later-groups", training(SGD, joins, config, keys=[VECTOR]))


def lengthened(definition: SchedulerDefinition) -> Scenario:
    """Another configuration of the example: all lengths doubled, or another speed where there is no length."""

    def doubled(value: Json) -> Json:
        match value:
            case dict():
                return {name: doubled(entry) for name, entry in value.items()}
            case list():
                return [doubled(entry) for entry in value]
            case int() if not isinstance(value, bool):
                return 2 * value
        return value

    config = definition.config()
    longer: Scenario = doubled(config)
    if longer == config and isinstance(definition, ScheduleDefinition):
        return definition.long_run_config()
    return longer


def law_of_all_members(definition: CompositeDefinition) -> Case:
    """A composite with members of every class of its profile, saved and resumed at each step."""
    members = [
        {**schedule.config("0.3"), **({} if schedule.base else {"base_lr": "0.3"})}
        for schedule in SCHEDULES.values()
        if schedule.profile == definition.profile and (schedule.absolute is None or definition.own_time)
    ]
    milestones = {"milestones": [3 * i for i in range(1, len(members))]} if definition.own_time else {}
    config = definition.config_of(*members) | milestones
    each = [row for _ in range(24) for row in (*definition.steps(2), save(), new_scheduler(), load())]
    complete = [row for _ in range(24) for row in definition.steps(2)]
    resumed, whole = ({"scheduler": config, "do": [*rows, read()]} for rows in (each, complete))
    return Case("STA-9", "members-of-every-class", resumed, other=whole, rows=1)


def optimizer_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    def scenario(*do: Row, scheduler: Scenario | None = None, **hyper: Json) -> Scenario:
        return training(definition.config(**hyper), list(do), scheduler, keys=[VECTOR])

    def steps(count: int, first: int = 1) -> list[Row]:
        return optimizer_steps(count, first=first, keys=[VECTOR])

    def snapshot(requirement: str, name: str, via: str | None = None, **hyper: Json) -> Case:
        """A golden case, not a law: the weights move on; the saved state must not, nor a copy of it."""
        do = [*steps(2), optimizer_save(via=via), *steps(2, 3), new(), optimizer_load(), *steps(2, 5)]
        return Case(requirement, name, scenario(*do, **hyper), options={"from": 3})

    law = partial(law_of_runs, scenario)
    saved, loaded, after = [*steps(2), optimizer_save()], [new(), optimizer_load()], steps(2, 3)
    later = [*after, *loaded]
    for name, memory in definition.memories.items():
        yield snapshot("STA-1", f"later-steps{name}", **memory)
        run = partial(scenario, **memory)
        resumed = run(*steps(4), optimizer_save(via="deepcopy"), *loaded, *steps(6, 5))
        yield Case("STA-9", f"interrupted-after-4{name}", resumed, other=run(*steps(10)), rows=6)
    yield law("STA-2", "scribbled", [*saved, scribble("o")], saved, after)
    yield Case("STA-3", "plain", scenario(*steps(2), optimizer_save(via="plain")), other=scenario(*saved), rows=1)
    for requirement, via in ROUND_TRIPS.items():
        yield law(requirement, via, [*steps(2), optimizer_save(via=via), *loaded], [*saved, *loaded], after)
    yield snapshot("STA-5", "deepcopy", via="deepcopy")
    overflowed = 2 * [optimizer_step(gradients(1, [VECTOR], LARGE))]
    through_json = [*overflowed, optimizer_save(via="json"), *loaded]
    yield law("STA-6", "overflowed", through_json, [*overflowed, optimizer_save(), *loaded], after)
    yield Case("STA-7", "at-once", scenario(*steps(3), optimizer_save(), *loaded, *steps(3, 4)))
    for name, variation in definition.variations.items():
        trained = [optimizer_save("untrained"), *steps(3), optimizer_save(), *loaded, *steps(3, 4)]
        yield Case("STA-7", name, scenario(*trained, optimizer_load("untrained"), *steps(2, 7), **variation))
    untrained = [optimizer_save(), *steps(2), optimizer_load(), *steps(2, 3)]
    yield Case("STA-7", "before-the-first-step", scenario(*untrained))
    asked = [optimizer_save(), *steps(1), optimizer_save(), optimizer_save()]
    for name, memory in definition.memories.items():
        run = partial(scenario, **memory)
        yield law_of_runs(run, "STA-19", f"asked-often{name}", asked, [read(), *steps(1), read(), read()], steps(2, 2))
    two = [*steps(2), optimizer_save(), join(), optimizer_load(), *steps(1, 3), use(0), optimizer_load(), *steps(2, 3)]
    yield Case("STA-12", "loaded-by-two", scenario(*two, use(1), *steps(2, 4), **definition.memory))
    bound = "grad_clip_norm" if definition.retuned else "grad_clip_value"  # a norm is nothing to Fromage
    bounds: dict[str, Json] = {bound: "0.7"} | ({"weight_decay": "0.3"} if definition.decays else {})
    others: dict[str, Json] = {bound: "0.3"} | ({"weight_decay": "0.1"} if definition.decays else {})
    others |= {"eps": "0.02"} if isinstance(definition.example.get("eps"), str) else {}
    bounded = [*saved, new(definition.config(**others)), optimizer_load(), *steps(3, 3)]
    yield Case("STA-20", "bounds", scenario(*bounded, **bounds))
    if other := definition.retuned:
        remembering = definition.config(**definition.memory)
        tuned = [*saved, new(remembering | other), optimizer_load(), *steps(3, 3)]
        yield Case("STA-20", "retuned", scenario(*tuned, **definition.memory))
    foreign: Scenario = {"class": "Adam" if definition.name != "Adam" else "AdamW", "lr": "0.0625"}
    of_another = [*saved, new(definition.config()), optimizer_load()]
    yield Case("STA-21", "of-another-class", training(foreign, of_another, keys=[VECTOR]), options={"from": 5})
    for dtype in ("float16", "bfloat16"):
        run = partial(training, definition.config(**definition.memory), keys=[MATRIX], dtype=dtype)
        half = partial(optimizer_steps, smooth=definition.needs_smooth_gradients, keys=[MATRIX], dtype=dtype)
        resumed, whole = run([*half(2), *saved[-1:], *loaded, *half(6, first=3)]), run([*half(2), *half(6, first=3)])
        yield Case("STA-9", dtype, resumed, other=whole, rows=6, options={"may_refuse": True})
    a, b = (register([[key, weight]]) for key, (_, weight) in zip("ab", 2 * weights([VECTOR]), strict=True))
    of_both = [optimizer_step([["a", gradients(k)[0][1]], ["b", gradients(k + 5)[0][1]]]) for k in (1, 2, 3, 4)]
    swapped = [a, b, *of_both[:2], optimizer_save(), new(), b, a, optimizer_load(), *of_both[2:]]
    for name, memory in definition.memories.items():
        yield Case("STA-7", f"registered-in-another-order{name}", scenario(*swapped, **memory))
    like: list[Json] = [1, "1", f"{'layer.' * 6}weight", f"{'layer.' * 6}bias"]
    each = [register([[key, weights([VECTOR], scale=i + 0.7)[0][1]]]) for i, key in enumerate(like)]
    of_each = [optimizer_step([[key, gradients(k + 5 * i)[0][1]] for i, key in enumerate(like)]) for k in (1, 2, 3, 4)]
    reversed_keys = [*each, *of_each[:2], optimizer_save(), new(), *each[::-1], optimizer_load(), *of_each[2:]]
    yield Case("STA-7", "keys-that-are-alike", scenario(*reversed_keys, **definition.memory))
    one_of_two = [*steps(2), optimizer_save(), *loaded, *optimizer_steps(2, first=3)]
    yield Case("STA-7", "never-stepped", training(definition.config(), one_of_two))
    yield Case("STA-7", "after-one-step", scenario(*steps(1), optimizer_save(), *loaded, *steps(2, 2)))
    on_scheduler = [*optimizer_steps(3, keys=[VECTOR], moving=True), save(), optimizer_save(), new()]
    moving = optimizer_steps(3, first=4, keys=[VECTOR], moving=True)
    whole = scenario(*optimizer_steps(6, keys=[VECTOR], moving=True), scheduler=EXPONENTIAL)
    scheduler_first = scenario(*on_scheduler, load(), optimizer_load(), *moving, scheduler=EXPONENTIAL)
    optimizer_first = scenario(*on_scheduler, optimizer_load(), load(), *moving, scheduler=EXPONENTIAL)
    yield Case("STA-13", "either-order", scheduler_first, other=optimizer_first, rows=6)
    yield Case("STA-9", "scheduler-first", scheduler_first, other=whole, rows=6)
    for k in (1, 9):
        resumed = scenario(*steps(k), optimizer_save(via="deepcopy"), *loaded, *steps(10 - k, k + 1))
        yield Case("STA-9", f"interrupted-after-{k}", resumed, other=scenario(*steps(10)), rows=10 - k)
    not_a_number = optimizer_step(with_element(gradients(3, [VECTOR]), math.nan))
    resumed = scenario(*steps(2), not_a_number, optimizer_save(), *loaded, *steps(3, 4))
    yield Case("STA-9", "nan-in-a-gradient", resumed, other=scenario(*steps(2), not_a_number, *steps(3, 4)), rows=3)
    double = partial(optimizer_steps, 3, dtype="float64")
    unbroken = training(definition.config(), [*double(), *double(first=4)], dtype="float64")
    resumed = {**unbroken, "do": [*double(), optimizer_save(), *loaded, *double(first=4)]}
    yield Case("STA-9", "float64", resumed, other=unbroken, rows=3, options={"may_refuse": True})
    grouped = [group(MATRIX, lr="0.3"), *optimizer_steps(2), optimizer_save(), new()]
    again = [group(MATRIX, lr="0.9"), optimizer_load(), *optimizer_steps(2, first=3)]
    yield Case("STA-10", "group-rates", scenario(*grouped, *again))
    twice = [*saved, optimizer_save("copy", via="deepcopy"), *later, *steps(2, 5), new()]
    yield law("STA-11", "loaded-twice", [*twice, optimizer_load()], [*twice, optimizer_load("copy")], steps(2, 7))
    yield law("STA-12", "scribbled", [*saved, *loaded, scribble("o")], [*saved, *loaded], after)
    trained = [*saved, *steps(3, 3)]
    yield law("STA-14", "weights-stay", [*trained, optimizer_load()], [*trained, read()], [read()])
    for requirement, ways in TAMPERED.items():
        for way in ways:
            refused = [*saved, tamper(way, "o"), *loaded]
            yield Case(requirement, way, scenario(*refused), options={"from": len(refused)})
    other_rate = new(definition.config(lr="0.5"))
    for i in ENTRIES:
        incomplete, complete = ([*saved, entry, other_rate] for entry in (tamper(f"without-{i}", "o"), read()))
        row = len(incomplete) + 1
        runs = [*incomplete, optimizer_load()], [*complete, optimizer_load()]
        yield law("STA-15", f"without-{i}", *runs, after, unless_refused=row)
        incomplete = [*saved, tamper(f"without-{i}", "o"), *steps(1, 3)]
        row = len(incomplete) + 1
        runs = [*incomplete, optimizer_load()], [*incomplete, read()]
        yield law("STA-18", f"without-{i}", *runs, steps(2, 4), if_refused=row)
    fewer = [*steps(2), optimizer_save(), group(MATRIX), optimizer_load(), read()]
    yield Case("STA-17", "fewer-groups", scenario(*fewer), options={"from": len(fewer) - 1})
    other_groups = [*saved, new(definition.config(lr="0.5")), group(MATRIX, lr="0.25"), *optimizer_steps(1, first=3)]
    runs = [*other_groups, optimizer_load()], [*other_groups, read()]
    yield law("STA-18", "other-groups", *runs, optimizer_steps(2, first=4), if_refused=len(other_groups) + 1)
    broken = [*saved, tamper("nulls", "o"), *steps(1, 3)]
    runs = [*broken, optimizer_load()], [*broken, read()]
    for name, memory in definition.memories.items():
        run = partial(scenario, **memory)
        yield law_of_runs(run, "STA-18", f"nulls{name}", *runs, steps(2, 4), if_refused=len(broken) + 1)
