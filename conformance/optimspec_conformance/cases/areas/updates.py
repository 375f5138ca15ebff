"""Updates: which weights a step changes, and by which gradients (spec/optimizer.md)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from ...classes.definition import Definition, OptimizerDefinition
from ...scenarios.case import Case
from ...scenarios.examples import EXPONENTIAL
from ...scenarios.operations import (
    add_param_group,
    averaged,
    intact,
    load,
    new,
    optimizer_load,
    optimizer_save,
    optimizer_step,
    optimizer_update,
    read,
    register,
    save,
    scribble,
    set_value,
    step,
    tamper,
)
from ...scenarios.values import Json, Row, Scenario, array
from ...scenarios.weights import (
    ALL,
    KEYS,
    MATRIX,
    SCALAR,
    TENSOR,
    VECTOR,
    gradients,
    group,
    optimizer_steps,
    training,
    weights,
    zeros,
)

FALLING = EXPONENTIAL | {"gamma": "0.8"}
FROM_ZERO: Scenario = {"class": "PiecewiseConstantSchedule", "boundaries": [1], "values": ["0.0", "0.05"]}
HALF = {"float16": repr(2.0**-9), "bfloat16": repr(2.0**-6)}  # four roundings
ANYHOW = {"error": "any"}  # which error is raised is checked by another requirement


def scenarios(definition: Definition) -> Iterator[Case]:
    if isinstance(definition, OptimizerDefinition):
        yield from step_cases(definition)
        yield from surrounding_cases(definition)
        yield from dtype_cases(definition)
        yield from refusal_cases(definition)
        yield from clipping_cases(definition)
        if definition.averaged is not None:
            yield from average_cases(definition)


def step_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    config, remembering = definition.config(), definition.config(**definition.memory)
    moving = optimizer_steps(10, moving=True, smooth=definition.needs_smooth_gradients, keys=[VECTOR])
    yield Case("OPT-1", "moving", training(config, moving, FALLING, keys=[VECTOR]))
    yield Case(
        "OPT-1",
        "moves-first",
        training(config, [step(3), *optimizer_steps(2), step(), *optimizer_steps(2, first=3)], FALLING),
    )
    yield Case("OPT-2", "stays", training(config, optimizer_steps(4, keys=[VECTOR]), FALLING, keys=[VECTOR]))
    yield Case("OPT-3", "float", training(config, optimizer_steps(2, keys=[VECTOR]), keys=[VECTOR]))
    rates: dict[str, Json] = {"integer": 1, "third": repr(1 / 3), "float32": {"float32": "0.3"}}
    for name, lr in rates.items():
        yield Case("OPT-3", name, training(definition.config(lr=lr), optimizer_steps(2, keys=[VECTOR]), keys=[VECTOR]))
    yield Case("OPT-8", "all", training(config, optimizer_steps(3)))
    in_part = [*optimizer_steps(3), *optimizer_steps(2, first=4, keys=[VECTOR]), read(), *optimizer_steps(2, first=6)]
    for name, hyper in definition.memories.items():
        yield Case("OPT-9", f"left-out{name}", training(definition.config(**hyper), in_part))
    yield Case(
        "OPT-9",
        "nothing",
        training(config, [*optimizer_steps(2), optimizer_step([]), read(), *optimizer_steps(2, first=3)]),
    )
    late_registration = register(weights([MATRIX]))
    joins = [*optimizer_steps(4, keys=[VECTOR]), late_registration, *optimizer_steps(4, first=5)]
    if definition.uses_step_count:
        counting = definition.config(**definition.counting)
        yield Case("OPT-10", "joins-late", training(counting, joins, keys=[VECTOR]))
        seldom = [*optimizer_steps(2, keys=[VECTOR]), *optimizer_steps(2, first=3)]
        yield Case("OPT-10", "seldom", training(counting, seldom))
        later = [*optimizer_steps(3, keys=[VECTOR]), group(MATRIX), *optimizer_steps(3, first=4)]
        yield Case("OPT-10", "group-joins-late", training(counting, later, keys=[VECTOR]))
    yield Case("OPT-11", "float32", training(config, optimizer_steps(2)))
    for dtype, tolerance in HALF.items():
        do = optimizer_steps(3, smooth=definition.needs_smooth_gradients, dense=True, keys=[MATRIX], dtype=dtype)
        half = training(config, do, keys=[MATRIX], dtype=dtype)
        yield Case("OPT-11", dtype, half, options={"may_refuse": True, "tolerance": tolerance})
    yield Case(
        "OPT-11",
        "empty",
        {**training(config, []), "weights": [["e", array([], [0])]], "do": [optimizer_step([["e", array([], [0])]])]},
    )
    double = training(config, optimizer_steps(3, dtype="float64"), dtype="float64")
    yield Case("OPT-12", "float64", double, options={"may_refuse": True})
    kinds: dict[str, list[Json]] = {
        "tuples": [{"tuple": ["a", 1]}, {"tuple": ["a", {"tuple": [2]}]}],
        "integers": [0, 7],
        "mixed": ["w", 3],
        "one-entry": [{"tuple": ["a"]}, 3],
        "number-and-text": [1, "1"],
        "equal-hashes": [-1, -2],
        "names-of-slots": [*definition.slots, "lr", "k"][:2],
        "alike": ["a.b", {"tuple": ["a", "b"]}],
    }
    for name, keys in kinds.items():
        keyed: list[Json] = [[key, weight] for key, (_, weight) in zip(keys, weights(), strict=True)]
        yield Case(
            "OPT-13",
            name,
            {**training(config, []), "weights": keyed, "do": [optimizer_step(keyed), optimizer_step(keyed)]},
        )
    behind = [group(SCALAR, lr="0.3"), late_registration, *optimizer_steps(3, keys=[*KEYS, SCALAR])]
    yield Case("OPT-14", "behind-a-group", training(config, behind, keys=[VECTOR]))
    extends = [*optimizer_steps(3, keys=[VECTOR]), late_registration, read(), *optimizer_steps(3, first=4)]
    yield Case("OPT-14", "keeps-slots", training(remembering, extends, keys=[VECTOR]))
    with_reads = [*optimizer_steps(1), intact(), *optimizer_steps(1, first=2), intact()]
    yield Case("OPT-15", "held", training(config, with_reads))
    weight_as_gradient = [
        optimizer_step([[VECTOR, {"is": "the weight"}]]),
        intact(),
        *optimizer_steps(1, first=2, keys=[VECTOR]),
        intact(),
    ]
    yield Case("OPT-16", "the-weight", training(config, weight_as_gradient, keys=[VECTOR]))
    yield Case("OPT-16", "gradients", training(config, [*optimizer_steps(1), intact()]))
    reused = [row for k in (1, 2, 3, 4) for row in (*optimizer_steps(1, first=k), scribble("grads"))]
    for name, hyper in definition.memories.items():
        yield Case("OPT-51", f"overwritten{name}", training(definition.config(**hyper), reused))
    tied = training(config, optimizer_steps(3, keys=[VECTOR]), keys=[VECTOR])
    tied["weights"] = [*tied["weights"], ["twin", {"tied": VECTOR, **tied["weights"][0][1]}]]
    both = [
        optimizer_step([[key, value] for _, value in gradients(k, [VECTOR]) for key in (VECTOR, "twin")])
        for k in (1, 2, 3)
    ]
    yield Case("OPT-17", "twins", {**tied, "do": both})
    apart = [optimizer_step([*gradients(k, [VECTOR]), ["twin", gradients(k + 5, [VECTOR])[0][1]]]) for k in (1, 2, 3)]
    yield Case("OPT-17", "twins-apart", {**tied, "do": apart})
    by_update = [optimizer_update(gradients(k, [VECTOR])) for k in (1, 2, 3)]
    yield Case("OPT-18", "update", training(config, by_update, keys=[VECTOR]))
    moving_between = [row for k in (1, 2, 3) for row in (optimizer_update(gradients(k, [VECTOR])), step())]
    yield Case("OPT-18", "moving", training(config, moving_between, FALLING, keys=[VECTOR]))
    in_turns = [optimizer_update(gradients(1)), *optimizer_steps(1, first=2), optimizer_update(gradients(3))]
    yield Case("OPT-18", "in-turns", training(config, in_turns))
    for name, variation in {"example": {}, **definition.variations}.items():
        shapes = ALL if definition.needs_smooth_gradients else KEYS
        long = optimizer_steps(
            25, moving=not definition.needs_smooth_gradients, smooth=definition.needs_smooth_gradients, keys=shapes
        )
        yield Case("NUM-4", name, training(definition.config(**variation), long, FALLING, keys=shapes))
    yield Case("OPT-34", "everything-example", everything_at_once(definition, resumed=False))
    yield Case("STA-7", "everything-example", everything_at_once(definition, resumed=True))
    warming_up = optimizer_steps(4, moving=True, smooth=definition.needs_smooth_gradients, keys=[VECTOR])
    for name, memory in definition.memories.items():
        first_at_zero = training(definition.config(**memory), warming_up, FROM_ZERO, keys=[VECTOR])
        yield Case("OPT-34", f"rises-from-zero{name}", first_at_zero)
    decay = {"weight_decay": "0.02"} if definition.decays else {}
    clipped = everything_at_once(definition, resumed=False, grad_clip_norm="1.5", grad_clip_value="0.7", **decay)
    yield Case("OPT-34", "everything-clipped", clipped)


def surrounding_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    """Steps in unusual surroundings: other weights, other keys, other shapes, steps without a gradient."""
    config = definition.config()
    first, second = weights([VECTOR])[0][1], weights([VECTOR], scale=0.7)[0][1]
    alike = {**training(config, []), "weights": [["a", first], ["b", second]]}
    equal_shapes = [optimizer_step([["a", gradients(k)[0][1]], ["b", gradients(k + 5)[0][1]]]) for k in (1, 2, 3)]
    yield Case("OPT-8", "equal-shapes", alike | {"do": equal_shapes})
    empty: list[Json] = ["e", array([], [0])]
    beside = [optimizer_step([*gradients(k, [VECTOR]), empty]) for k in (1, 2, 3)]
    with_empty = {"weights": [*weights([VECTOR]), empty], "do": beside}
    yield Case("OPT-8", "beside-an-empty-one", alike | with_empty)
    clipped = training(definition.config(grad_clip_norm="0.7"), [])
    yield Case("OPT-36", "beside-an-empty-one", clipped | with_empty)
    zero: list[Json] = [[VECTOR, array([0.0] * 5)]]
    first_two, next_two = (optimizer_steps(2, first=k, keys=[VECTOR]) for k in (1, 3))
    with_zero = [optimizer_step(zero), *first_two, optimizer_step(zero), *next_two]
    counts = "OPT-10" if definition.uses_step_count else "OPT-8"
    remembering = definition.config(**definition.memory, **definition.counting)
    yield Case(counts, "zero-gradient", training(remembering, with_zero, keys=[VECTOR]))
    in_turns = [row for k in range(1, 7) for row in optimizer_steps(1, first=k, keys=[KEYS[k % 2]])]
    yield Case("OPT-9", "in-turns", training(config, in_turns))
    in_float64 = [*optimizer_steps(2, dtype="float64"), intact()]
    narrowed = {"may_refuse": True, "reads": []}  # the weights are not compared
    yield Case("OPT-16", "float64", training(config, in_float64, dtype="float64"), options=narrowed)
    for name, shape in {"one-element": [1], "four-axes": [2, 1, 3, 2], "many-elements": [129]}.items():
        sloping = [optimizer_step([["w", slope(shape, k)]]) for k in (1, 2, 3)]
        yield Case("OPT-8", name, {**alike, "weights": [["w", slope(shape, 0)]], "do": sloping})
    many = [5000, 2] if definition.matrices else [100, 100]  # a product of squares takes minutes in 50 digits
    twice = [optimizer_step([["w", large(1, many)]]) for _ in range(2)]  # its slots are used
    yield Case("OPT-8", "ten-thousand-elements", {**alike, "weights": [["w", large(0, many)]], "do": twice})
    keys = [f"w{i}" for i in range(70)]
    many_keys = [optimizer_step([[key, slope([], k + i)] for i, key in enumerate(keys)]) for k in (1, 2)]
    start: list[Json] = [[key, slope([], i)] for i, key in enumerate(keys)]
    yield Case("OPT-8", "seventy-keys", {**alike, "weights": start, "do": many_keys})
    if not definition.needs_smooth_gradients:
        betas = definition.example.get("betas")
        slow = {"betas": ["0.99", "0.999", "0.999"][: len(betas)]} if betas else definition.counting
        far = "betas" in slow and "OPT-41" in definition.laws  # steps that grow with the weight would grow without end
        steps, name = (1100, "thousand-steps") if far else (300, "three-hundred-steps")
        long = [optimizer_step(gradients(1, [VECTOR]), n=steps), *optimizer_steps(3, first=2, keys=[VECTOR])]
        counted = "OPT-10" if definition.uses_step_count else "NUM-4"
        yield Case(counted, name, training(definition.config(**slow), long, keys=[VECTOR]))
    another = set_value(weights([VECTOR], scale=0.7))
    set_between = [*optimizer_steps(2), another, *optimizer_steps(2, first=3), another, *optimizer_steps(1, first=5)]
    yield Case("OPT-44", "set-between", training(config, set_between))
    double = partial(optimizer_steps, keys=[VECTOR], dtype="float64")
    ((key, value),) = weights([VECTOR], "float64")
    shifted = {**value, "data": [*value["data"][:-1], repr(float(value["data"][-1]) * (1 + 1e-7))]}
    slightly = [set_value([[key, value]]), *double(1), set_value([[key, shifted]]), *double(1, first=2, dense=True)]
    set_slightly = training(config, slightly, keys=[VECTOR], dtype="float64")
    yield Case("OPT-44", "set-slightly", set_slightly, options={"may_refuse": True})
    for name, text in {"nan": "nan", "infinite": "inf"}.items():
        (key, gradient), *others = gradients(2)
        bad: Json = [key, gradient | {"data": [{"float": text}, *gradient["data"][1:]]}]
        options: dict[str, Json] = {"tolerance": "1e-05"}  # where a weight is not finite, no plain run has an error
        if definition.shows_nan:
            alone = [*optimizer_steps(1, keys=[key]), optimizer_step([bad])]
            yield Case("OPT-46", name, training(config, alone, keys=[key]), options=options)
        if not definition.joint_arrays:
            beside = [*optimizer_steps(1), optimizer_step([bad, *others]), set_value(weights([key]))]
            beside += optimizer_steps(1, first=3, keys=[MATRIX])
            yield Case("OPT-46", f"beside-{name}", training(config, beside), options=options | {"from": 3})


def dtype_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    """Weights of several dtypes beside each other, and hyperparameters that half precision does not have."""
    still: dict[str, Json] = {"weight_decay": "0.0"} if "weight_decay" in definition.example else {}
    orders = {"float64-first": ("float64", "float32"), "float32-first": ("float32", "float64")}
    for name, (first, second) in orders.items():
        quiet = [] if definition.name == "Yogi" else zeros([MATRIX], first)  # its slots start above 0
        do = [optimizer_step([*quiet, *gradients(k, [VECTOR], dtype=second, dense=True)]) for k in (1, 2)]
        mixed = {"weights": [*zeros([MATRIX], first), *weights([VECTOR], second)]}
        yield Case("OPT-12", name, training(definition.config(**still), do) | mixed, options={"may_refuse": True})
        if first == "float32":  # in which a norm would lose digits
            clipped = training(definition.config(**still, grad_clip_norm="0.7"), do) | mixed
            yield Case("OPT-36", name, clipped, options={"may_refuse": True})
    if definition.needs_smooth_gradients:
        return
    narrow = {name: definition.parameters[name].default for name in ("betas", "eps") if name in definition.example}
    for dtype, tolerance in HALF.items():
        options = {"may_refuse": True, "tolerance": tolerance}
        do = [optimizer_step(half_gradients(k, dtype)) for k in (1, 2, 3)]
        if narrow:
            half = training(definition.config(**still | narrow), do, keys=[MATRIX], dtype=dtype)
            yield Case("OPT-47", dtype, half, options=options)
        large = [optimizer_step(half_gradients(k, dtype, 300.0)) for k in (1, 2)]
        clipped = training(definition.config(grad_clip_norm="0.7"), large, keys=[MATRIX], dtype=dtype)
        yield Case("OPT-47", f"norm-{dtype}", clipped, options=options)


def half_gradients(k: int, dtype: str, scale: float = 1.0) -> list[Json]:
    """Gradients of a matrix, the last of them 0."""
    ((key, gradient),) = gradients(k, [MATRIX], scale, dense=True, dtype=dtype)
    return [[key, gradient | {"data": [*gradient["data"][:-1], "0.0"]}]]


def slope(shape: list[int], k: int) -> Json:
    """Distinct numbers of both signs, different for each k."""
    size = math.prod(shape)
    return array([(-1) ** (j + k) * (0.3 + ((7 * j + 3 * k) % 11) / 8) for j in range(size)], shape)


def large(seed: int, shape: list[int]) -> Json:
    """A matrix of many elements, by a formula."""
    return {"dtype": "float32", "shape": shape, "seed": seed}


def everything_at_once(definition: OptimizerDefinition, resumed: bool, **hyper: Json) -> Scenario:
    """Everything at once: a moving schedule, two groups with their own rates (and decays), ``resumed`` or not."""
    config = definition.config(**hyper)
    second = group(MATRIX, lr="0.03", **({"weight_decay": "0.3"} if "weight_decay" in config else {}))

    # with twenty steps, errors in float32 would grow beyond 1e-3 where gradients must be smooth
    half = 5 if definition.needs_smooth_gradients else 10

    def moving(first: int) -> list[Row]:
        return optimizer_steps(half, first=first, moving=True, smooth=definition.needs_smooth_gradients)

    saved = [save(), optimizer_save(), new(), second, optimizer_load(), load()]
    do = [second, *moving(1), *(saved if resumed else []), *moving(half + 1)]
    return training(config, do, FALLING, keys=[VECTOR, SCALAR, TENSOR])


def refusal_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    config = definition.config()
    unregistered = {**training(config, []), "weights": None}
    yield Case("OPT-19", "step", {**unregistered, "do": [optimizer_step(gradients(1))]})
    yield Case("OPT-20", "group", {**unregistered, "do": [group(MATRIX)]})
    registered_again = register(weights([VECTOR]))
    yield Case("OPT-21", "registered", training(config, [registered_again], keys=[VECTOR]))
    in_groups = training(config, [group(VECTOR), group(MATRIX), group(MATRIX)], keys=[VECTOR])
    yield Case("OPT-21", "in-groups", in_groups)
    half_known = [*optimizer_steps(2, keys=[VECTOR]), register(weights(KEYS[::-1])), register(weights([MATRIX]))]
    in_part = training(config, [*half_known, *optimizer_steps(2, first=3)], keys=[VECTOR])
    yield Case("OPT-26", "registration", in_part, options=ANYHOW)
    for name, again in {"registered": register, "in-a-group": add_param_group}.items():
        two_keys = again([["twin", {"same": VECTOR, **weights([VECTOR])[0][1]}]])
        yield Case("OPT-45", name, training(config, [*optimizer_steps(1, keys=[VECTOR]), two_keys], keys=[VECTOR]))
    plain_array = [["x", {"plain": True, **array([1.0])}]]
    yield Case("OPT-22", "array", {**training(config, []), "weights": plain_array})
    unknown: list[Json] = [*gradients(3), ["unknown", array([1.0])]]
    shorter: list[Json] = [[VECTOR, array([1.0, 2.0])], *gradients(3, [MATRIX])]
    deeper: list[Json] = [*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 2, 3])]]
    broadcast: list[Json] = [*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0])]]
    bad: dict[str, list[tuple[str, Json]]] = {
        "OPT-23": [("unknown", unknown)],
        "OPT-24": [("shorter", shorter), ("one-more-axis", deeper), ("broadcast", broadcast)],
        "OPT-25": [("list", {"raw": []}), ("none", {"raw": None}), ("array", {"raw": "1.0"})],
    }
    for requirement, named_gradients in bad.items():
        for name, grads in named_gradients:
            yield Case(requirement, name, training(config, [optimizer_step(grads)]))
            surrounded = [*optimizer_steps(2), optimizer_step(grads), read(), *optimizer_steps(2, first=3)]
            yield Case("OPT-26", name, training(config, surrounded), options=ANYHOW)
    if definition.matrices is None:
        one_element: list[Json] = [[SCALAR, array([1.0])]]
        yield Case("OPT-24", "one-element", training(config, [optimizer_step(one_element)], keys=[SCALAR]))
    refused = [
        *optimizer_steps(2, keys=[VECTOR]),
        group(VECTOR),
        read(),
        *optimizer_steps(1, first=3, keys=[VECTOR]),
        group(MATRIX, lr="-1.0"),
        read(),
    ]
    in_a_group = [
        group(MATRIX, lr="0.0"),  # so that only the first group changes
        *optimizer_steps(2),
        optimizer_step([*gradients(3, [VECTOR]), [MATRIX, array([1.0, 2.0, 3.0, 4.0, 5.0])]]),
    ]
    after = [read(), *optimizer_steps(2, first=3)]
    second = training(config, [*in_a_group, *after], keys=[VECTOR])
    yield Case("OPT-26", "shape-in-the-second-group", second, options=ANYHOW)
    once_more = [*refused, optimizer_step(gradients(4)), group(MATRIX), *optimizer_steps(2, first=4)]
    yield Case("OPT-26", "group", training(config, once_more, keys=[VECTOR]), options=ANYHOW)
    two_rates = EXPONENTIAL | {"base_lr": ["0.0625", "0.25"]}
    scheduled = [group(VECTOR), read(), group(MATRIX), read(), group(SCALAR), *optimizer_steps(2, keys=ALL[:3])]
    under_one = training(config, scheduled, two_rates, keys=[VECTOR])
    yield Case("OPT-26", "group-under-a-scheduler", under_one, options=ANYHOW | {"reads": ["lr", "weights"]})


def clipping_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    def clipped(do: list[Row] | None = None, keys: list[Json] = KEYS, **hyper: Json) -> Scenario:
        return training(definition.config(**hyper), do or optimizer_steps(6), keys=keys)

    zero: list[Json] = [[key, {**value, "data": ["0.0"] * len(value["data"])}] for key, value in gradients(1)]
    small_and_zero = [*optimizer_steps(2, scale=0.01), optimizer_step(zero), *optimizer_steps(1, first=2)]
    again = new(definition.config(grad_clip_norm="0.7"))
    all_sizes = clipped([*optimizer_steps(6), again, *small_and_zero], grad_clip_norm="0.7")
    yield Case("OPT-36", "all-weights", all_sizes)
    large, small = [0.5, -0.3, 0.2, 0.1, -0.4], [-0.03, 0.02, -0.01, -0.02, 0.05]
    uneven = [  # clipped beside a huge gradient, the first ones vanish; the next ones are small and opposite
        optimizer_step([[VECTOR, array(large)], [MATRIX, array([1e8] * 6, [2, 3])]]),
        optimizer_step([[VECTOR, array(small)], [MATRIX, array([-0.1] * 6, [2, 3])]]),
    ]
    in_groups = uneven
    if definition.needs_smooth_gradients:
        yield Case("OPT-36", "beside-a-huge-one", clipped(uneven, grad_clip_norm="0.7"))
        in_groups = optimizer_steps(4)
    yield Case("OPT-36", "all-groups", clipped([group(MATRIX), *in_groups], [VECTOR], grad_clip_norm="0.7"))
    exactly = training(definition.config(grad_clip_norm="0.7"), optimizer_steps(3, dtype="float64"), dtype="float64")
    yield Case("OPT-36", "float64", exactly, options={"may_refuse": True})
    update = [*optimizer_steps(1), intact()]
    by_value = [*update, new(definition.config(grad_clip_value="0.3")), *update]
    yield Case("OPT-16", "clipped", clipped(by_value, grad_clip_norm="0.3"))
    tiny = optimizer_steps(3, scale=2.0**-30)
    yield Case("OPT-36", "tiny-bound", clipped(tiny, grad_clip_norm="1e-09"))
    yield Case("OPT-37", "tiny-bound", clipped(tiny, grad_clip_value="1e-10"))
    double = [*optimizer_steps(2, dtype="float64"), intact()]
    decay: dict[str, Json] = {"weight_decay": "0.3"} if definition.decays else {}
    in_float64 = training(definition.config(grad_clip_value="0.3", **decay), double, dtype="float64")
    again_by_norm = [*double, new(definition.config(grad_clip_norm="0.3", **decay)), *double]
    narrowed = {"may_refuse": True, "reads": []}  # the weights are not compared
    yield Case("OPT-16", "clipped-float64", in_float64 | {"do": again_by_norm}, options=narrowed)
    by_update = [optimizer_update(gradients(k)) for k in (1, 2, 3)]
    yield Case("OPT-18", "clipped", clipped(by_update, grad_clip_norm="0.7", grad_clip_value="0.2"))
    yield Case("OPT-37", "elements", clipped(grad_clip_value="0.3"))
    yield Case("OPT-38", "norm-then-value", clipped(grad_clip_norm="1.5", grad_clip_value="0.3"))
    if not definition.decays:
        return
    yield Case("OPT-38", "before-decay", clipped(grad_clip_norm="0.5", grad_clip_value="0.2", weight_decay="0.6"))
    if definition.coupled:
        yield Case("OPT-39", "example", clipped(weight_decay="0.3", **definition.memory))


def average_cases(definition: OptimizerDefinition) -> Iterator[Case]:
    """The averages of all weights, at any time; reading them changes nothing."""
    for name, variation in {"example": {}, **definition.variations}.items():
        config = definition.config(**variation)
        each = [averaged(), *(row for k in range(1, 7) for row in (*optimizer_steps(1, first=k), averaged()))]
        yield Case("OPT-49", name, training(config, each))
        asked = [*optimizer_steps(3), averaged(), averaged(), *optimizer_steps(3, first=4)]
        silent = [*optimizer_steps(3), read(), read(), *optimizer_steps(3, first=4)]
        yield Case("OPT-50", name, training(config, asked), other=training(config, silent), rows=3)
        saved = [*optimizer_steps(3), optimizer_save(), new(), averaged(), optimizer_load(), averaged()]
        yield Case("STA-7", f"averages-{name}", training(config, [*saved, *optimizer_steps(2, first=4), averaged()]))
        joins = [*optimizer_steps(4, keys=[VECTOR]), register(weights([MATRIX])), averaged()]
        joins += [row for k in (5, 6, 7, 8) for row in (*optimizer_steps(1, first=k), averaged())]
        yield Case("OPT-10", f"averages-{name}", training(config, joins, keys=[VECTOR]))
    config = definition.config()
    left_out = [*optimizer_steps(3), *optimizer_steps(2, first=4, keys=[VECTOR]), averaged()]
    yield Case("OPT-9", "averages", training(config, [*left_out, *optimizer_steps(1, first=6), averaged()]))
    three = optimizer_steps(3, keys=[VECTOR])
    later = {"OPT-14": register(weights([MATRIX])), "OPT-35": group(MATRIX)}
    for requirement, joins_later in later.items():
        joined = [*three, joins_later, averaged(), *optimizer_steps(2, first=4), averaged()]
        yield Case(requirement, "averages", training(config, joined, keys=[VECTOR]))
    a, b = (register([[key, weight]]) for key, (_, weight) in zip("ab", 2 * weights([VECTOR]), strict=True))
    of_both = [optimizer_step([["a", gradients(k)[0][1]], ["b", gradients(k + 5)[0][1]]]) for k in (1, 2, 3)]
    swapped = [a, b, *of_both, optimizer_save(), new(), b, a, optimizer_load(), averaged()]
    yield Case("STA-7", "averages-registered-in-another-order", training(config, swapped, keys=[VECTOR]))
    resumed = [
        *three,
        optimizer_save(),
        new(),
        optimizer_load(),
        averaged(),
        *optimizer_steps(2, first=4, keys=[VECTOR]),
    ]
    yield Case("STA-9", "averages", training(config, [*resumed, averaged()], keys=[VECTOR]))
    asked_for_state = [*three, optimizer_save(), averaged(), *optimizer_steps(1, first=4, keys=[VECTOR]), averaged()]
    yield Case("STA-19", "averages", training(config, asked_for_state, keys=[VECTOR]))
    refused = [*three, optimizer_save(), tamper("empty", "o"), optimizer_load(), averaged()]
    yield Case("STA-18", "averages", training(config, refused, keys=[VECTOR]), options={"from": len(refused)})
    grouped = [group(MATRIX), *optimizer_steps(2, keys=[MATRIX]), averaged(), *optimizer_steps(2), averaged()]
    yield Case("OPT-49", "in-two-groups", training(config, grouped, keys=[VECTOR]))
    double = training(config, [*optimizer_steps(3, dtype="float64"), averaged()], dtype="float64")
    yield Case("OPT-49", "float64", double, options={"may_refuse": True})
