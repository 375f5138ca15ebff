"""State: snapshots, loads, resumed runs and refused states (spec/state.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import CompositeModel, Model, OptimizerModel, SchedulerModel
from ..scenario import Case, Json, Row, Scenario
from ..steps import READ, load, save, scribble
from ..training import MATRIX, VECTOR, gradients, run, training, update, weights
from .test_groups import group

NEW = {"op": "scheduler.new"}
WAYS = {"STA-3": "plain", "STA-4": "pickle", "STA-5": "deepcopy", "STA-6": "json"}
TAMPERED = {"STA-15": ["empty", "time-alone"], "STA-16": ["nulls", "nans", "texts", "not-a-mapping"]}
PLAIN_SGD: Scenario = {"class": "SGD", "lr": "@scheduler", "momentum": "0.8"}
EXPONENTIAL = {"class": "ExponentialLR", "base_lr": "0.05", "gamma": "0.87"}


def tamper(how: str, name: str = "s") -> Row:
    return {"op": "tamper", "on": name, "how": how}


def save_optimizer(name: str = "o", via: str | None = None) -> Row:
    return {"op": "optimizer.save", "as": name} | ({} if via is None else {"via": via})


def load_optimizer(name: str = "o") -> Row:
    return {"op": "optimizer.load", "from": name}


def scenarios(model: Model) -> Iterator[Case]:
    yield from of_optimizer(model) if isinstance(model, OptimizerModel) else of_scheduler(model)


def of_scheduler(model: SchedulerModel) -> Iterator[Case]:
    spec, n, moves = model.spec(["0.3", "0.02"]), model.times[-2], model.steps

    def of(*do: Row) -> Scenario:
        return {"scheduler": spec, "do": list(do)}

    def attached(*do: Row) -> Scenario:
        return {"scheduler": spec, "optimizer": PLAIN_SGD, "weights": weights([VECTOR]), "do": list(do)}

    saved = [*moves(2), save()]
    yield Case("STA-1", "later-steps", of(*saved, *moves(n), NEW, load(), *moves()))
    yield Case("STA-2", "scribbled", of(*saved, scribble("s"), READ, *moves(), *moves(n)))
    for requirement, via in WAYS.items():
        yield Case(requirement, via, of(*moves(2), save(via=via), NEW, load(), *moves()))
    yield Case("STA-7", "at-once", of(*moves(n), save(), NEW, load(), READ))
    yield Case("STA-7", "back-in-time", of(*saved, *moves(n), load(), READ, *moves()))
    for t in model.times:
        at_t = moves(t) if t else []
        yield Case("STA-7", f"at-{t}", of(*at_t, save(), NEW, load(), *moves(), *moves()))
    used = update(gradients(1, [VECTOR]))
    loaded = [*saved, *moves(n), load()]
    yield Case("STA-8", "attached", attached(*loaded, READ, used, *moves()), options={"from": len(loaded)})
    anew = [*moves(n), save(), {"op": "new"}, load()]
    yield Case("STA-8", "attached-anew", attached(*anew, READ, used), options={"from": len(anew)})
    rest = [row for _ in range(5) for row in moves()] + moves(n)
    resumed = of(*moves(2), save(via="pickle"), NEW, load(), *rest)
    yield Case("STA-9", "resumed", resumed, other=of(*moves(2), *rest), rows=len(rest))
    each = [row for _ in range(n + 2) for row in (*moves(), save(), NEW, load())]
    whole = [row for _ in range(n + 2) for row in moves()]
    yield Case("STA-9", "resumed-at-each-step", of(*each, READ), other=of(*whole, READ), rows=1)
    if isinstance(model, CompositeModel) or model.base is None:
        other_base = {**NEW, "scheduler": model.spec(["0.7", "0.9"])}
        yield Case("STA-10", "base-rates", of(*saved, other_base, load(), *moves()))
    yield Case("STA-11", "loaded-twice", of(*saved, NEW, load(), *moves(3), NEW, load(), *moves()))
    yield Case("STA-12", "scribbled", of(*saved, NEW, load(), scribble("s"), READ, *moves(), *moves(n)))
    for requirement, hows in TAMPERED.items():
        for how in hows:
            yield Case(requirement, how, of(*saved, tamper(how), NEW, load()))
    groups = {**NEW, "scheduler": model.spec(["0.3", "0.02", "0.1"])}
    yield Case("STA-17", "fewer-groups", of(*saved, groups, load()))
    yield Case("STA-17", "more-groups", of(*saved, {**NEW, "scheduler": model.spec("0.3")}, load()))
    if isinstance(model, CompositeModel):
        alone = {**NEW, "scheduler": model.of(spec["schedulers"][0])}
        yield Case("STA-17", "other-members", of(*saved, alone, load(), READ))
    for how in ("empty", "time-alone", "nulls", "nans"):
        yield Case("STA-18", how, of(*saved, tamper(how), *moves(), load(), READ, *moves()))
    yield Case("STA-18", "groups", of(*saved, groups, *moves(), load(), READ, *moves()))


def of_optimizer(model: OptimizerModel) -> Iterator[Case]:
    def of(*do: Row, scheduler: Scenario | None = None, **hyper: Json) -> Scenario:
        return training(model.spec(**hyper), list(do), scheduler, keys=[VECTOR])

    def steps(count: int, first: int = 1) -> list[Row]:
        return run(count, first=first, keys=[VECTOR])

    new = {"op": "new"}
    yield Case(
        "STA-1", "later-steps", of(*steps(2), save_optimizer(), *steps(2, 3), new, load_optimizer(), *steps(2, 5))
    )
    yield Case("STA-2", "scribbled", of(*steps(2), save_optimizer(), scribble("o"), *steps(2, 3)))
    for requirement, via in WAYS.items():
        yield Case(requirement, via, of(*steps(2), save_optimizer(via=via), new, load_optimizer(), *steps(2, 3)))
    loaded = [*steps(3), save_optimizer(), new, load_optimizer()]
    yield Case("STA-7", "at-once", of(*loaded, *steps(3, 4)))
    on_scheduler = [*run(3, keys=[VECTOR], moving=True), save(), save_optimizer(), new]
    after = run(3, first=4, keys=[VECTOR], moving=True)
    whole = of(*run(6, keys=[VECTOR], moving=True), scheduler=EXPONENTIAL)
    for name, loads in (
        ("scheduler-first", [load(), load_optimizer()]),
        ("optimizer-first", [load_optimizer(), load()]),
    ):
        resumed = of(*on_scheduler, *loads, *after, scheduler=EXPONENTIAL)
        yield Case("STA-13", name, resumed)
        yield Case("STA-9", name, resumed, other=whole, rows=6)
    for k in (1, 4, 9):
        resumed = of(*steps(k), save_optimizer(via="deepcopy"), new, load_optimizer(), *steps(10 - k, k + 1))
        yield Case("STA-9", f"interrupted-after-{k}", resumed, other=of(*steps(10)), rows=10 - k)
    grouped = [group(MATRIX, lr="0.3"), *run(2, keys=[VECTOR, MATRIX]), save_optimizer(), new]
    again = [group(MATRIX, lr="0.9"), load_optimizer(), *run(2, first=3, keys=[VECTOR, MATRIX])]
    yield Case("STA-10", "group-rates", of(*grouped, *again))
    yield Case("STA-11", "loaded-twice", of(*loaded, *steps(2, 4), new, load_optimizer(), *steps(2, 4)))
    yield Case("STA-12", "scribbled", of(*loaded, scribble("o"), *steps(2, 4)))
    yield Case("STA-14", "weights-stay", of(*steps(2), save_optimizer(), *steps(3, 3), load_optimizer(), READ))
    for requirement, hows in TAMPERED.items():
        for how in hows:
            yield Case(requirement, how, of(*steps(2), save_optimizer(), tamper(how, "o"), new, load_optimizer()))
    yield Case("STA-17", "fewer-groups", of(*steps(2), save_optimizer(), group(MATRIX), load_optimizer(), READ))
    yield Case(
        "STA-18",
        "nulls",
        of(*steps(2), save_optimizer(), tamper("nulls", "o"), *steps(1, 3), load_optimizer(), *steps(2, 4)),
    )


def test_state(case: Case, verify: Callable[[Case], None]) -> None:
    verify(case)
