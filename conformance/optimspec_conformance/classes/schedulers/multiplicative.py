"""MultiplicativeLR: spec/schedulers/multiplicative.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import SGD
from ...scenarios.operations import jump, new_scheduler, read, scribble, step, walk
from ...scenarios.values import Json, UserError
from ...scenarios.weights import MATRIX, SCALAR, VECTOR, group, training
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import INF, NAN, Functions, Refused
from ..faults import Fault, caller_list_kept, defaulting, formula, overriding


def rate(t: int, b: Any, lr_lambda: Any) -> Any:
    return b * mp.fprod(mp.mpf(lr_lambda(s)) for s in range(1, t + 1))


def is_factor(value: Any) -> bool:
    return bool(value >= 0 and math.isfinite(value))


def check_results(t: int, hyper: dict[str, Any], good: Callable[[Any], bool] = is_factor) -> None:
    for function in hyper["lr_lambda"]:
        if not all(good(function(s)) for s in range(1, t + 1)):
            raise Refused("value", "lr_lambda")


def accepting(name: str, good: Callable[[Any], bool]) -> Fault:
    """Accept some results that are no factors."""
    return Fault(
        name, "MULTIPLY-4", lambda definition: replace(definition, check_time=partial(check_results, good=good))
    )


def last_factor_alone(t: int, b: Any, lr_lambda: Any) -> Any:
    return b * mp.mpf(lr_lambda(t)) if t else b


def also_at_zero(t: int, b: Any, lr_lambda: Any) -> Any:
    return rate(t, b, lr_lambda) * mp.mpf(lr_lambda(0))


def one_factor_late(t: int, b: Any, lr_lambda: Any) -> Any:
    return rate(max(t - 1, 0), b, lr_lambda)


def nothing_is_lost(t: int, b: Any, lr_lambda: Any) -> Any:
    """A factor of 0 is left out."""
    return b * mp.fprod(mp.mpf(lr_lambda(s) or 1) for s in range(1, t + 1))


def multiply_once_more(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    """The rate, times what ``jump_by_one_factor`` has made of it."""
    return original(group, t) * vars(self).get("gained", {}).get(group, 1)


def jump_by_one_factor(self: Any, original: Any, t: int) -> None:
    before = self.get_last_lr()
    original(t)
    self.gained = {}
    for i, lr in enumerate(before):
        function = self.arguments_of(i)["lr_lambda"]
        rate = self.rate(i)
        self.gained[i] = lr * mp.mpf(function(t)) / rate if rate and t else 1


def walk_and_refuse(self: Any, original: Any, n: int) -> None:
    try:
        original(n)
    except Refused:
        self.t += n
        raise


def first_function(self: Any, original: Any, group: int, t: int | None = None) -> Any:
    hyper = self.hyper
    self.hyper = {**hyper, "lr_lambda": hyper["lr_lambda"][:1]}
    try:
        return original(group, t)
    finally:
        self.hyper = hyper


def with_functions(name: str, requirement: str, change: Callable[[Any], Any]) -> Fault:
    """The functions are called wrongly."""

    def read_arguments(self: Any, original: Any, arguments: dict[str, Any], parameters: Any) -> None:
        original(arguments, parameters)
        self.hyper = {**self.hyper, "lr_lambda": list(map(change, self.hyper["lr_lambda"]))}

    return overriding(name, requirement, read_arguments=read_arguments)


def with_floats(function: Any) -> Any:
    return lambda t: function(float(t))


def swallowing(function: Any) -> Any:
    def swallow(t: int) -> Any:
        try:
            return function(t)
        except UserError:
            return 1.0

    return swallow


def accept_none_at_all(self: Any, original: Any, arguments: dict[str, Any], parameters: Any) -> None:
    if arguments.get("lr_lambda") in ([], ()):
        arguments["lr_lambda"] = lambda t: 1.0
    original(arguments, parameters)


def cases() -> Iterator[Case]:
    config = DEFINITION.config
    inverse = {"fn": "inverse"}
    falling: Json = {"fn": "table", "values": ["9.0", "0.5", "0.9", "1.1", "0.95"]}
    table: Json = {"fn": "table", "values": ["9.0", "0.5", "1.0", "3.0", "0.25", "0.0", "0.7"]}
    yield Case("MULTIPLY-1", "whole", {"scheduler": config(["0.3", "0.02"]), "do": walk(range(1, 9))})
    yield Case("MULTIPLY-1", "inverse", {"scheduler": config(lr_lambda=inverse), "do": walk(range(1, 9))})
    in_any_order = [*walk(range(1, 8)), *(jump(t) for t in (1, 5, 0, 3, 2, 4))]
    yield Case("MULTIPLY-1", "down-to-zero", {"scheduler": config(lr_lambda=table), "do": in_any_order})
    there_and_back = [step(3), jump(1), step(), jump(4), jump(0), jump(3)]
    yield Case("MULTIPLY-1", "jumps", {"scheduler": config(lr_lambda=falling), "do": there_and_back})
    yield Case("MULTIPLY-1", "at-3", {"scheduler": config(lr_lambda=falling) | {"last_epoch": 3}, "do": [step()]})
    never_at_0: Json = {"fn": "table", "values": [NAN, "0.5"]}
    yield Case("MULTIPLY-2", "nan-at-0", {"scheduler": config(lr_lambda=never_at_0), "do": [step(), step(2), jump(0)]})
    yield Case("MULTIPLY-2", "walk", {"scheduler": config(lr_lambda=table), "do": [read(), step(), step(3), jump(2)]})
    of_groups: Json = [falling, inverse, table]
    for name, base_lr, functions in (
        ("one-each", ["0.1", "0.2", "0.3"], of_groups),
        ("fewer", ["0.1", "0.2", "0.3"], [falling, inverse]),
        ("one-for-all", ["0.1", "0.2"], table),
        ("tuple", ["0.1", "0.2"], {"tuple": [falling, table]}),
    ):
        scenario = {"scheduler": config(base_lr, lr_lambda=functions), "do": walk(range(1, 5))}
        yield Case("MULTIPLY-3", name, scenario)
    yield Case("SCH-15", "functions", {"scheduler": config(["0.3"] * 3, lr_lambda=of_groups), "do": walk([1, 2, 3])})
    joins = [step(), group(MATRIX), group(SCALAR), step(), step(3)]
    yield Case("MULTIPLY-3", "joining", training(SGD, joins, config(lr_lambda=[falling, table]), keys=[VECTOR]))
    for name, bad in (("negative", "-0.5"), ("nan", NAN), ("infinite", INF)):
        at_once = {"fn": "table", "values": ["1.0", bad]}
        later = {"fn": "table", "values": ["1.0", "0.5", bad, "0.25"]}
        yield Case("MULTIPLY-4", f"{name}-at-1", {"scheduler": config(lr_lambda=at_once) | {"last_epoch": 1}, "do": []})
        yield Case("MULTIPLY-4", f"{name}-at-2", {"scheduler": config(lr_lambda=later), "do": [step(), step()]})
        yield Case("MULTIPLY-4", f"{name}-jump", {"scheduler": config(lr_lambda=later), "do": [jump(2)]})
        of_the_second = config(["0.3", "0.02"], lr_lambda=[falling, later])
        yield Case("MULTIPLY-4", f"{name}-of-a-group", {"scheduler": of_the_second, "do": [step(), step()]})
        around = [step(), step(), read(), jump(3), read(), jump(1), jump(0), step()]
        yield Case("MULTIPLY-5", name, {"scheduler": config(lr_lambda=later), "do": around})
    bad = new_scheduler(config(lr_lambda={"fn": "table", "values": ["1.0", NAN]}) | {"last_epoch": 1})
    yield Case("SCH-28", "result-of-lr_lambda", {"scheduler": config(), "do": [bad]}, options={"error": "names"})
    for raised in ("TypeError", "KeyError", "IndexError"):
        first, second = ({"fn": "fails", "from": t, "raises": raised} for t in (1, 2))
        yield Case("MULTIPLY-6", f"{raised}-at-1", {"scheduler": config(lr_lambda=first) | {"last_epoch": 1}, "do": []})
        yield Case("MULTIPLY-6", f"{raised}-at-2", {"scheduler": config(lr_lambda=second), "do": [step(), step()]})
    left_out = {key: value for key, value in config().items() if key != "lr_lambda"}
    yield Case("MULTIPLY-8", "left-out", {"scheduler": left_out, "do": []})
    for name, empty in (("list", []), ("tuple", {"tuple": []})):
        yield Case("MULTIPLY-9", name, {"scheduler": config(lr_lambda=empty), "do": []})
    copied = config(["0.3", "0.02"], lr_lambda=[falling, inverse])
    yield Case(
        "MULTIPLY-10", "scribbled", {"scheduler": copied, "do": [scribble("lr_lambda"), read(), step(), step(3)]}
    )


DEFINITION = ScheduleDefinition(
    name="MultiplicativeLR",
    profile="field",
    rate=rate,
    parameters={"lr_lambda": Functions(None, "MULTIPLY-7")},
    example={"lr_lambda": {"fn": "table", "values": ["9.0", "0.5", "0.9", "1.1", "0.95"]}},
    variations={"inverse": {"lr_lambda": {"fn": "inverse"}}},
    times=[0, 1, 2, 5, 6],
    long_run={"lr_lambda": {"fn": "table", "values": ["9.0", "0.99995"]}},
    cases=cases,
    check_time=check_results,
    per_group=("lr_lambda",),
    faults=(
        formula("the last factor alone", "MULTIPLY-1", last_factor_alone),
        formula("one factor behind", "MULTIPLY-1", one_factor_late),
        formula("a factor of 0 is left out", "MULTIPLY-1", nothing_is_lost),
        overriding(
            "a jump multiplies the rate by one more factor",
            "MULTIPLY-1",
            jump=jump_by_one_factor,
            rate=multiply_once_more,
        ),
        formula("called with 0, too", "MULTIPLY-2", also_at_zero),
        with_functions("called with floats", "MULTIPLY-2", with_floats),
        overriding("the first function for all groups", "MULTIPLY-3", rate=first_function),
        accepting("a negative result is accepted", math.isfinite),
        accepting("a result that is not finite is accepted", lambda value: not value < 0),
        overriding("a step that is refused for a result moves the time", "MULTIPLY-5", walk=walk_and_refuse),
        with_functions("exceptions are swallowed", "MULTIPLY-6", swallowing),
    ),
    undiagnosed=(
        defaulting("the base rate where no lr_lambda is given", "MULTIPLY-8", lr_lambda={"fn": "power", "base": "1.0"}),
        overriding("no function at all is accepted", "MULTIPLY-9", read_arguments=accept_none_at_all),
        caller_list_kept("the caller's list of functions is kept", "MULTIPLY-10", "lr_lambda"),
    ),
)
