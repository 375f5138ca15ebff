"""Updates: which weights a step changes, and by which gradients (spec/optimizer.md)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Model, OptimizerModel
from ..scenario import Case, Json, Row, Scenario, array
from ..steps import READ, load, save, step
from ..training import ALL, KEYS, MATRIX, SCALAR, TENSOR, VECTOR, gradients, run, training, update, weights
from .test_groups import group
from .test_state import load_optimizer, save_optimizer

EXPONENTIAL = {"class": "ExponentialLR", "base_lr": "0.05", "gamma": "0.8"}
HALF = {"float16": repr(2.0**-9), "bfloat16": repr(2.0**-6)}  # four roundings
INTACT: Row = {"op": "intact"}
ANYHOW = {"error": "any"}  # how something is refused is another requirement


def scenarios(model: Model) -> Iterator[Case]:
    if isinstance(model, OptimizerModel):
        yield from of_steps(model)
        yield from of_refusals(model)
        yield from of_clipping(model)


def of_steps(model: OptimizerModel) -> Iterator[Case]:
    spec = model.spec()
    moving = run(10, moving=True, smooth=model.smooth, keys=[VECTOR])
    yield Case("OPT-1", "moving", training(spec, moving, EXPONENTIAL, keys=[VECTOR]))
    yield Case("OPT-1", "moves-first", training(spec, [step(3), *run(2), step(), *run(2, first=3)], EXPONENTIAL))
    yield Case("OPT-2", "stays", training(spec, run(4, keys=[VECTOR]), EXPONENTIAL, keys=[VECTOR]))
    yield Case("OPT-3", "float", training(spec, run(2, keys=[VECTOR]), keys=[VECTOR]))
    yield Case("OPT-8", "all", training(spec, run(3)))
    some = [*run(3), *run(2, first=4, keys=[VECTOR]), READ, *run(2, first=6)]
    yield Case("OPT-9", "left-out", training(spec, some))
    yield Case("OPT-9", "nothing", training(spec, [*run(2), update([]), READ, *run(2, first=3)]))
    late = {"op": "optimizer.register", "weights": weights([MATRIX])}
    joins = [*run(4, keys=[VECTOR]), late, *run(4, first=5)]
    if model.counts:
        yield Case("OPT-10", "joins-late", training(spec, joins, keys=[VECTOR]))
        seldom = [*run(2, keys=[VECTOR]), *run(2, first=3)]
        yield Case("OPT-10", "seldom", training(spec, seldom))
    yield Case("OPT-11", "float32", training(spec, run(2)))
    for dtype, tolerance in HALF.items():
        do = run(3, smooth=model.smooth, dense=True, keys=[MATRIX], dtype=dtype)
        half = training(spec, do, keys=[MATRIX], dtype=dtype)
        yield Case("OPT-11", dtype, half, options={"may_refuse": True, "tolerance": tolerance})
    yield Case(
        "OPT-11",
        "empty",
        {**training(spec, []), "weights": [["e", array([], [0])]], "do": [update([["e", array([], [0])]])]},
    )
    double = training(spec, run(3, dtype="float64"), dtype="float64")
    yield Case("OPT-12", "float64", double, options={"may_refuse": True})
    kinds: dict[str, list[Json]] = {
        "tuples": [{"tuple": ["a", 1]}, {"tuple": ["a", {"tuple": [2]}]}],
        "integers": [0, 7],
        "mixed": ["w", 3],
        "one-entry": [{"tuple": ["a"]}, 3],
        "alike": ["a.b", {"tuple": ["a", "b"]}],
    }
    for name, keys in kinds.items():
        keyed: list[Json] = [[key, weight] for key, (_, weight) in zip(keys, weights(), strict=True)]
        yield Case("OPT-13", name, {**training(spec, []), "weights": keyed, "do": [update(keyed), update(keyed)]})
    extends = [*run(3, keys=[VECTOR]), late, READ, *run(3, first=4)]
    yield Case("OPT-14", "keeps-slots", training(spec, extends, keys=[VECTOR]))
    yield Case("OPT-15", "held", training(spec, [*run(1), INTACT, *run(1, first=2), INTACT]))
    itself = [update([[VECTOR, {"is": "the weight"}]]), INTACT, *run(1, first=2, keys=[VECTOR]), INTACT]
    yield Case("OPT-16", "the-weight", training(spec, itself, keys=[VECTOR]))
    yield Case("OPT-16", "gradients", training(spec, [*run(1), INTACT]))
    tied = training(spec, run(3, keys=[VECTOR]), keys=[VECTOR])
    tied["weights"] = [*tied["weights"], ["twin", {"tied": VECTOR, **tied["weights"][0][1]}]]
    both = [
        update([[key, value] for _, value in gradients(k, [VECTOR]) for key in (VECTOR, "twin")]) for k in (1, 2, 3)
    ]
    yield Case("OPT-17", "twins", {**tied, "do": both})
    apart = [update([*gradients(k, [VECTOR]), ["twin", gradients(k + 5, [VECTOR])[0][1]]]) for k in (1, 2, 3)]
    yield Case("OPT-17", "twins-apart", {**tied, "do": apart})
    renamed = [{**row, "op": "optimizer.update"} for row in run(3, keys=[VECTOR])]
    yield Case("OPT-18", "update", training(spec, renamed, keys=[VECTOR]))
    for name, variation in {"example": {}, **model.variations}.items():
        shapes = ALL if model.smooth else KEYS  # `everything` is short where gradients are smooth
        long = run(25, moving=not model.smooth, smooth=model.smooth, keys=shapes)
        yield Case("NUM-4", name, training(model.spec(**variation), long, EXPONENTIAL, keys=shapes))
        decay = {"weight_decay": "0.02"} if model.decays else {}
        everything = whole(model, grad_clip_norm="1.5", grad_clip_value="0.7", **decay, **variation)
        yield Case("OPT-34", f"everything-{name}", everything)


def whole(model: OptimizerModel, **hyper: Json) -> Scenario:
    """Everything at once: a moving schedule, two groups with rates and decays of their own, clipping, a resumed run."""
    second = group(MATRIX, lr="0.03", **({"weight_decay": "0.3"} if model.decays else {}))

    half = 5 if model.smooth else 10  # in twenty steps its errors in float32 would grow beyond 1e-3

    def moving(first: int) -> list[Row]:
        return run(half, first=first, moving=True, smooth=model.smooth)

    saved = [save(), save_optimizer(), {"op": "new"}, second, load_optimizer(), load()]
    do = [second, *moving(1), *saved, *moving(half + 1)]
    return training(model.spec(**hyper), do, EXPONENTIAL, keys=[VECTOR, SCALAR, TENSOR])


def of_refusals(model: OptimizerModel) -> Iterator[Case]:
    spec = model.spec()
    unregistered = {**training(spec, []), "weights": None}
    yield Case("OPT-19", "step", {**unregistered, "do": [update(gradients(1))]})
    yield Case("OPT-20", "group", {**unregistered, "do": [group(MATRIX)]})
    again = {"op": "optimizer.register", "weights": weights([VECTOR])}
    yield Case("OPT-21", "registered", training(spec, [again], keys=[VECTOR]))
    yield Case("OPT-21", "in-a-group", training(spec, [group(VECTOR)], keys=[VECTOR]))
    raw = [["x", {"plain": True, **array([1.0])}]]
    yield Case("OPT-22", "array", {**training(spec, []), "weights": raw})
    unknown: list[Json] = [*gradients(3), ["unknown", array([1.0])]]
    shorter: list[Json] = [[VECTOR, array([1.0, 2.0])], *gradients(3, [MATRIX])]
    deeper: list[Json] = [*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 2, 3])]]
    broadcast: list[Json] = [*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0])]]
    bad: dict[str, list[tuple[str, Json]]] = {
        "OPT-23": [("unknown", unknown)],
        "OPT-24": [("shorter", shorter), ("one-more-axis", deeper), ("broadcast", broadcast)],
        "OPT-25": [("list", {"raw": []}), ("none", {"raw": None}), ("array", {"raw": "1.0"})],
    }
    for requirement, tried in bad.items():
        for name, grads in tried:
            yield Case(requirement, name, training(spec, [update(grads)]))
            around = [*run(2), update(grads), READ, *run(2, first=3)]
            yield Case("OPT-26", name, training(spec, around), options=ANYHOW)
    one_element: list[Json] = [[SCALAR, array([1.0])]]
    yield Case("OPT-24", "one-element", training(spec, [update(one_element)], keys=[SCALAR]))
    refused = [
        *run(2, keys=[VECTOR]),
        group(VECTOR),
        READ,
        *run(1, first=3, keys=[VECTOR]),
        group(MATRIX, lr="-1.0"),
        READ,
    ]
    in_a_group = [
        group(MATRIX, lr="0.0"),  # so that only the first group is looked at
        *run(2),
        update([*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0, 4.0, 5.0])]]),
    ]
    after = [READ, *run(2, first=3)]
    second = training(spec, [*in_a_group, *after], keys=[VECTOR])
    yield Case("OPT-26", "shape-in-the-second-group", second, options=ANYHOW)
    kept = training(spec, [*refused, *run(2, first=4, keys=[VECTOR])], keys=[VECTOR])
    yield Case("OPT-26", "group", kept, options=ANYHOW)


def of_clipping(model: OptimizerModel) -> Iterator[Case]:
    def clipped(do: list[Row] | None = None, keys: list[Json] = KEYS, **hyper: Json) -> Scenario:
        return training(model.spec(**hyper), do or run(6), keys=keys)

    yield Case("OPT-36", "all-weights", clipped(grad_clip_norm="0.7"))
    yield Case("OPT-36", "too-small-to-clip", clipped(run(3, scale=0.01), grad_clip_norm="0.7"))
    both = [group(MATRIX), *run(4)]
    yield Case("OPT-36", "all-groups", clipped(both, [VECTOR], grad_clip_norm="0.7"))
    large, then = [0.5, -0.3, 0.2, 0.1, -0.4], [-0.03, 0.02, -0.01, -0.02, 0.05]
    uneven = [  # beside a huge gradient, the first ones are nothing; the next ones turn back, and are not clipped
        update([[VECTOR, array(large)], [MATRIX, array([1e8] * 6, [2, 3])]]),
        update([[VECTOR, array(then)], [MATRIX, array([-0.1] * 6, [2, 3])]]),
    ]
    yield Case("OPT-36", "beside-a-huge-one", clipped(uneven, grad_clip_norm="0.7"))
    if not model.smooth:
        apart = [group(MATRIX), *uneven]
        yield Case("OPT-36", "beside-a-huge-one-in-a-group", clipped(apart, [VECTOR], grad_clip_norm="0.7"))
    zero: list[Json] = [[key, {**value, "data": ["0.0"] * len(value["data"])}] for key, value in gradients(1)]
    yield Case("OPT-36", "zero-gradients", clipped([*run(1), update(zero), *run(1, first=2)], grad_clip_norm="0.7"))
    yield Case("OPT-37", "elements", clipped(grad_clip_value="0.3"))
    yield Case("OPT-38", "norm-then-value", clipped(grad_clip_norm="1.5", grad_clip_value="0.3"))
    if not model.decays:
        return
    yield Case("OPT-38", "before-decay", clipped(grad_clip_norm="0.5", grad_clip_value="0.2", weight_decay="0.6"))
    if model.coupled:
        for name, variation in {"example": {}, **model.variations}.items():
            yield Case("OPT-39", name, clipped(weight_decay="0.3", **variation))
