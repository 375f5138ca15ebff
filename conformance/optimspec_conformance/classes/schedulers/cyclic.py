"""CyclicLR: spec/schedulers/cyclic.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...scenarios.case import Case
from ...scenarios.operations import jump, step, walk
from ...scenarios.values import Json, Scenario, string
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import POSITIVE, Choice, Function, Integer, Rates, Real
from ..faults import changing, defaulting, ignoring, overriding, wrapping


def rate(
    t: int,
    b: Any,
    max_lr: Any,
    step_size_up: int,
    step_size_down: int | None,
    mode: str,
    gamma: Any,
    scale_fn: Any,
    scale_mode: str,
) -> Any:
    down = step_size_up if step_size_down is None else step_size_down
    cycle, r = divmod(t, step_size_up + down)
    height = mp.mpf(r) / step_size_up if r <= step_size_up else mp.mpf(step_size_up + down - r) / down
    if scale_fn is not None:
        scale = mp.mpf(scale_fn(cycle + 1 if scale_mode == "cycle" else t))
    else:
        scale = {"triangular": 1, "triangular2": mp.mpf("0.5") ** cycle, "exp_range": gamma**t}[mode]
    return b + (max_lr - b) * height * scale


def plain(base_lr: Json = "0.1", **changed: Json) -> Scenario:
    """Symmetric triangles of full height, with some arguments changed."""
    return DEFINITION.config(base_lr, **{"max_lr": "1.0", "step_size_up": 3, **changed})


def count_cycles_from_0(scale_fn: Any) -> Any:
    return scale_fn and (lambda x: scale_fn(x - 1))


def gamma_once_a_cycle(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    if hyper["mode"] != "exp_range" or hyper["scale_fn"] is not None:
        return original(t, b, **hyper)
    cycle = t // (hyper["step_size_up"] + (hyper["step_size_down"] or hyper["step_size_up"]))
    return original(t, b, **{**hyper, "scale_fn": lambda _: hyper["gamma"] ** cycle})


def whole_rate_scaled(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    plain = {**hyper, "mode": "triangular", "scale_fn": None}
    scale = original(t, 0 * b, **hyper) / original(t, 0 * b, **plain) if original(t, 0 * b, **plain) else 1
    return scale * original(t, b, **plain)


def triangular_scaled_by_gamma(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(t, b, **hyper | {"mode": "exp_range" if hyper["mode"] == "triangular" else hyper["mode"]})


def in_single_precision(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return original(int(np.float32(t)), b, **hyper)


def saw_tooth(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    cycle = hyper["step_size_up"] + (hyper["step_size_down"] or hyper["step_size_up"])
    return b if t % cycle > hyper["step_size_up"] else original(t, b, **hyper)


def height_in_whole_numbers(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    up, down = hyper["step_size_up"], hyper["step_size_down"] or hyper["step_size_up"]
    return original(t, b, **hyper) if t % (up + down) == up else 1 * b


def fail_ever_after(self: Any, original: Any, t: int) -> None:
    """A jump from a time at which scale_fn raises computes the rate of that time first."""
    self.get_last_lr()
    original(t)


def cases() -> Iterator[Case]:
    yield Case("CYC-1", "whole", {"scheduler": DEFINITION.config(["0.3", "0.02"]), "do": walk(range(1, 16))})
    lists = plain(["0.3", "0.02", "0.1"], max_lr=["0.9", "0.4", "0.7"])
    yield Case("SCH-15", "max_lr-list", {"scheduler": lists, "do": walk(range(1, 8))})
    scaled = plain(mode=string("exp_range"), gamma="0.95")
    yield Case("CYC-1", "scaled", {"scheduler": scaled, "do": walk(range(1, 9))})
    yield Case("CYC-1", "turned-over", {"scheduler": plain("0.9", max_lr="0.2"), "do": walk(range(1, 9))})
    for up, down in ((2, 6), (5, 1), (1, 4), (1, 1)):
        asymmetric = plain(step_size_up=up, step_size_down=down)
        yield Case(
            "CYC-2", f"{up}-up-{down}-down", {"scheduler": asymmetric, "do": walk(range(1, 2 * (up + down) + 2))}
        )
    for mode in ("triangular2", "exp_range"):
        asymmetric = plain(step_size_up=2, step_size_down=3, mode=string(mode), gamma="0.9")
        yield Case("CYC-2", f"asymmetric-{mode}", {"scheduler": asymmetric, "do": walk(range(1, 14))})
    yield Case("CYC-3", "left-out", {"scheduler": plain(), "do": walk(range(1, 8))})
    yield Case("CYC-3", "none", {"scheduler": plain(step_size_down=None), "do": walk(range(1, 8))})
    yield Case(
        "CYC-4", "triangular", {"scheduler": plain(mode=string("triangular"), gamma="0.5"), "do": walk(range(1, 14))}
    )
    yield Case(
        "CYC-5", "triangular2", {"scheduler": plain(mode=string("triangular2"), gamma="0.7"), "do": walk(range(1, 20))}
    )
    halved = plain(step_size_up=1, mode=string("triangular2"))
    yield Case("CYC-5", "many-cycles", {"scheduler": halved, "do": [jump(t) for t in (17, 33, 65, 67, 129, 131)]})
    odd = plain(step_size_up=24, step_size_down=25, mode=string("triangular2"))
    yield Case("CYC-2", "multiples-of-49", {"scheduler": odd, "do": [jump(t) for t in (48, 49, 73, 97, 98, 122)]})
    yield Case(
        "CYC-6", "exp_range", {"scheduler": plain(mode=string("exp_range"), gamma="0.9"), "do": walk(range(1, 14))}
    )
    growing = plain(mode=string("exp_range"), gamma="1.1")
    yield Case("CYC-6", "growing", {"scheduler": growing, "do": walk(range(1, 14))})
    power, inverse = {"fn": "power", "base": "0.8"}, {"fn": "inverse"}
    yield Case("CYC-7", "power", {"scheduler": plain(scale_fn=power), "do": walk(range(1, 14))})
    overriding = plain(scale_fn=inverse, mode=string("exp_range"), gamma="0.5")
    yield Case("CYC-7", "overriding", {"scheduler": overriding, "do": walk(range(1, 14))})
    for name, fn in (("power", power), ("inverse", inverse)):
        iterations = plain(scale_fn=fn, scale_mode=string("iterations"), mode=string("triangular2"))
        yield Case("CYC-8", name, {"scheduler": iterations, "do": walk(range(1, 14))})
    without_fn = plain(scale_mode=string("iterations"), mode=string("triangular2"))
    yield Case("CYC-8", "without-a-function", {"scheduler": without_fn, "do": walk(range(1, 14))})
    failing = plain(scale_fn={"fn": "fails", "from": 2})
    yield Case("CYC-9", "in-cycle-2", {"scheduler": failing, "do": [step(2), jump(8)]})
    failing_later = plain(scale_fn={"fn": "fails", "from": 5}, scale_mode=string("iterations"))
    yield Case("CYC-9", "at-5", {"scheduler": failing_later, "do": [step(4), step()]})
    for raised in ("TypeError", "KeyError", "IndexError"):
        at_once, later = ({"fn": "fails", "from": cycle, "raises": raised} for cycle in (1, 2))
        yield Case("CYC-9", f"{raised}-at-0", {"scheduler": plain(scale_fn=at_once), "do": []})
        yield Case("CYC-9", f"{raised}-in-cycle-2", {"scheduler": plain(scale_fn=later), "do": [step(2), jump(8)]})
    yield Case(
        "CYC-9", "after-an-exception", {"scheduler": failing, "do": [step(2), jump(8), jump(4)]}, options={"from": 3}
    )
    for name, base_lr, max_lr in (
        ("one-each", ["0.1", "0.2"], ["1.0", "0.7"]),
        ("fewer", ["0.1", "0.2", "0.3"], ["1.0", "0.7"]),
        ("one-for-all", ["0.1", "0.2"], "1.0"),
        ("tuple", ["0.1", "0.2"], {"tuple": ["1.0", "0.7"]}),
    ):
        yield Case("CYC-10", name, {"scheduler": plain(base_lr, max_lr=max_lr), "do": walk([1, 2, 3, 4])})
    default = {"class": "CyclicLR", "base_lr": "0.001"}
    yield Case("CYC-11", "all", {"scheduler": default, "do": walk([1, 1000, 2000, 3000, 3999, 4000, 6000])})
    short = default | {"step_size_up": 3}
    yield Case("CYC-11", "default-max_lr", {"scheduler": short, "do": walk([1, 3, 5, 9])})
    for name, hyper in (
        ("mode", {"gamma": "0.8"}),
        ("gamma", {"mode": string("exp_range")}),
        ("scale_mode", {"scale_fn": power}),
    ):
        yield Case("CYC-11", f"default-{name}", {"scheduler": short | hyper, "do": walk([1, 3, 5, 9])})
    for t in (10**9, 10**9 + 1, 2 * 10**9 + 3):
        yield Case("CYC-17", str(t), {"scheduler": plain(step_size_up=2000), "do": [jump(t)]})


DEFINITION = ScheduleDefinition(
    name="CyclicLR",
    rate=rate,
    parameters={
        "max_lr": Rates("0.01", "CYC-15"),
        "step_size_up": Integer(1, 2000, "CYC-12"),
        "step_size_down": Integer(1, None, "CYC-12", optional=True),
        "mode": Choice(("triangular", "triangular2", "exp_range"), string("triangular"), "CYC-13"),
        "gamma": Real(POSITIVE, "1.0", "CYC-14"),
        "scale_fn": Function(None, "CYC-16"),
        "scale_mode": Choice(("cycle", "iterations"), string("cycle"), "CYC-13"),
    },
    example={
        "max_lr": "0.9",
        "step_size_up": 3,
        "step_size_down": 3,  # CYC-2 checks asymmetric cycles; in the example every shared check would
    },
    variations={
        "exp_range": {"mode": string("exp_range"), "gamma": "0.95"},
        "function": {"scale_fn": {"fn": "inverse"}, "scale_mode": string("iterations")},
    },
    times=[0, 1, 3, 4, 5, 9],
    long_run={"max_lr": "0.9", "step_size_up": 700, "step_size_down": 700},
    cases=cases,
    defaults="CYC-11",
    per_group=("max_lr",),
    faults=(
        ignoring("step_size_down ignored", "CYC-2", step_size_down=None),
        ignoring("scaled as in mode triangular", "CYC-5", mode="triangular", scale_fn=None),
        ignoring("scale_fn ignored", "CYC-7", scale_fn=None),
        changing("scale_fn called with cycles counted from 0", "CYC-7", scale_fn=count_cycles_from_0),
        ignoring("scale_fn always called with the cycle", "CYC-8", scale_mode="cycle"),
        ignoring("scale_fn always called with the time", "CYC-7", scale_mode="iterations"),
        wrapping("gamma applied once a cycle", "CYC-6", gamma_once_a_cycle),
        wrapping("the whole rate scaled, not its distance to the base rate", "CYC-1", whole_rate_scaled),
        wrapping("no fall, back to the base rate at once", "CYC-2", saw_tooth),
        defaulting("a fall of 2000 steps where none is given", "CYC-3", step_size_down=2000),
        wrapping("each cycle scaled by gamma in mode triangular, too", "CYC-4", triangular_scaled_by_gamma),
        wrapping("the time in single precision", "CYC-17", in_single_precision),
        overriding("an exception in scale_fn comes again at each later jump", "CYC-9", jump=fail_ever_after),
        wrapping("an integer division, the height is 0 but at the peak", "CYC-1", height_in_whole_numbers),
    ),
)
