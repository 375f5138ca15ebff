"""LambdaLR: spec/schedulers/lambda_lr.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ...scenarios.case import Case
from ...scenarios.examples import SGD
from ...scenarios.operations import jump, new_scheduler, read, scribble, step, walk
from ...scenarios.values import Json, UserError
from ...scenarios.weights import MATRIX, SCALAR, VECTOR, group, training
from ..arithmetic import mp
from ..definition import ScheduleDefinition
from ..domains import INF, NAN, Functions, Refused
from ..faults import Fault, caller_list_kept, defaulting, overriding, wrapping


def rate(t: int, b: Any, lr_lambda: Any) -> Any:
    return b * mp.mpf(lr_lambda(t))


def check_time(t: int, hyper: dict[str, Any]) -> None:
    for function in hyper["lr_lambda"]:
        value = function(t)
        if not (value >= 0 and math.isfinite(value)):
            raise Refused("value", "lr_lambda")


def accepting(name: str, good: Callable[[Any], bool]) -> Fault:
    """Accept some results that are no rates."""

    def check(t: int, hyper: dict[str, Any]) -> None:
        if not all(good(function(t)) for function in hyper["lr_lambda"]):
            raise Refused("value", "lr_lambda")

    return Fault(name, "LAMBDA-4", lambda definition: replace(definition, check_time=check))


def added_to_the_base_rate(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return b + original(t, 1, **hyper)


def multiplied_up(original: Any, t: int, b: Any, **hyper: Any) -> Any:
    return b * mp.fprod(original(s, 1, **hyper) for s in range(1, t + 1))


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
    power, inverse = {"fn": "power", "base": "0.9"}, {"fn": "inverse"}
    table: Json = {"fn": "table", "values": ["0.5", "1.0", "0.25", "3.0", "0.0", "0.7"]}
    yield Case("LAMBDA-1", "power", {"scheduler": config(["0.3", "0.02"], lr_lambda=power), "do": walk(range(1, 9))})
    yield Case("LAMBDA-1", "inverse", {"scheduler": config(lr_lambda=inverse), "do": walk(range(1, 9))})
    in_any_order = [*walk(range(1, 7)), *(jump(t) for t in (1, 5, 0, 3, 2, 4))]
    yield Case("LAMBDA-1", "table", {"scheduler": config(lr_lambda=table), "do": in_any_order})
    yield Case("LAMBDA-2", "walk", {"scheduler": config(lr_lambda=table), "do": [read(), step(), step(3), jump(2)]})
    yield Case("LAMBDA-2", "at-3", {"scheduler": config(lr_lambda=table) | {"last_epoch": 3}, "do": [step()]})
    of_groups: Json = [power, inverse, table]
    for name, base_lr, functions in (
        ("one-each", ["0.1", "0.2", "0.3"], of_groups),
        ("fewer", ["0.1", "0.2", "0.3"], [power, inverse]),
        ("one-for-all", ["0.1", "0.2"], table),
        ("tuple", ["0.1", "0.2"], {"tuple": [power, table]}),
    ):
        scenario = {"scheduler": config(base_lr, lr_lambda=functions), "do": walk(range(1, 5))}
        yield Case("LAMBDA-3", name, scenario)
    yield Case("SCH-15", "functions", {"scheduler": config(["0.3"] * 3, lr_lambda=of_groups), "do": walk([1, 2, 3])})
    joins = [step(), group(MATRIX), group(SCALAR), step(), step(3)]
    yield Case("LAMBDA-3", "joining", training(SGD, joins, config(lr_lambda=[power, table]), keys=[VECTOR]))
    for name, bad in (("negative", "-0.5"), ("nan", NAN), ("infinite", INF)):
        at_once = {"fn": "table", "values": [bad, "0.5"]}
        later = {"fn": "table", "values": ["1.0", "0.5", bad, "0.25"]}
        yield Case("LAMBDA-4", f"{name}-at-0", {"scheduler": config(lr_lambda=at_once), "do": []})
        yield Case("LAMBDA-4", f"{name}-at-2", {"scheduler": config(lr_lambda=later), "do": [step(), step()]})
        yield Case("LAMBDA-4", f"{name}-jump", {"scheduler": config(lr_lambda=later), "do": [jump(2)]})
        of_the_second = config(["0.3", "0.02"], lr_lambda=[power, later])
        yield Case("LAMBDA-4", f"{name}-of-a-group", {"scheduler": of_the_second, "do": [step(), step()]})
        around = [step(), step(), read(), jump(3), jump(2), read(), step()]
        yield Case("LAMBDA-5", name, {"scheduler": config(lr_lambda=later), "do": around})
    bad = new_scheduler(config(lr_lambda={"fn": "table", "values": ["1.0", NAN]}) | {"last_epoch": 1})
    yield Case("SCH-28", "result-of-lr_lambda", {"scheduler": config(), "do": [bad]}, options={"error": "names"})
    for raised in ("TypeError", "KeyError", "IndexError"):
        first, second = ({"fn": "fails", "from": t, "raises": raised} for t in (0, 2))
        yield Case("LAMBDA-6", f"{raised}-at-0", {"scheduler": config(lr_lambda=first), "do": []})
        yield Case("LAMBDA-6", f"{raised}-at-2", {"scheduler": config(lr_lambda=second), "do": [step(), step()]})
    left_out = {key: value for key, value in config().items() if key != "lr_lambda"}
    yield Case("LAMBDA-8", "left-out", {"scheduler": left_out, "do": []})
    for name, empty in (("list", []), ("tuple", {"tuple": []})):
        yield Case("LAMBDA-9", name, {"scheduler": config(lr_lambda=empty), "do": []})
    copied = config(["0.3", "0.02"], lr_lambda=[power, inverse])
    yield Case("LAMBDA-10", "scribbled", {"scheduler": copied, "do": [scribble("lr_lambda"), read(), step(), step(3)]})


DEFINITION = ScheduleDefinition(
    name="LambdaLR",
    profile="field",
    rate=rate,
    parameters={"lr_lambda": Functions(None, "LAMBDA-7")},
    example={"lr_lambda": {"fn": "power", "base": "0.9"}},
    variations={"inverse": {"lr_lambda": {"fn": "inverse"}}},
    times=[0, 1, 2, 5, 6],
    long_run={"lr_lambda": {"fn": "power", "base": "0.99995"}},
    cases=cases,
    check_time=check_time,
    per_group=("lr_lambda",),
    faults=(
        wrapping("added to the base rate, not multiplied", "LAMBDA-1", added_to_the_base_rate),
        wrapping("the product of all results so far", "LAMBDA-1", multiplied_up),
        with_functions("called with floats", "LAMBDA-2", with_floats),
        overriding("the first function for all groups", "LAMBDA-3", rate=first_function),
        accepting("a negative result is accepted", math.isfinite),
        accepting("a result that is not finite is accepted", lambda value: not value < 0),
        overriding("a step that is refused for a result moves the time", "LAMBDA-5", walk=walk_and_refuse),
        with_functions("exceptions are swallowed", "LAMBDA-6", swallowing),
    ),
    undiagnosed=(
        defaulting("the base rate where no lr_lambda is given", "LAMBDA-8", lr_lambda={"fn": "power", "base": "1.0"}),
        overriding("no function at all is accepted", "LAMBDA-9", read_arguments=accept_none_at_all),
        caller_list_kept("the caller's list of functions is kept", "LAMBDA-10", "lr_lambda"),
    ),
)
