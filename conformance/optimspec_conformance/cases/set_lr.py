"""A case of an optimizer that follows a scheduler, without the scheduler: its rates are set with ``set_lr``.

The rates are the exact ones of the case's own trace. The optimizer's updates can be judged as before, but nothing that
the scheduler would have done.
"""

from __future__ import annotations

from dataclasses import replace

from ..classes.catalogue import SCHEDULERS
from ..scenarios.operations import set_lr
from ..scenarios.trace import READ_OUTS, Unsupported
from ..scenarios.values import Json, Row, Scenario
from .committed import CommittedCase

OF_THE_SCHEDULER = ("t", "base", "lr")  # read-outs
ABSOLUTE = {definition.absolute for definition in SCHEDULERS.values() if definition.absolute}
DONE_BY_THE_KIT = {"OPT-32": "the kit sets each group's rate"}
AS_BEFORE = (
    "optimizer.step",
    "optimizer.update",
    "optimizer.register",
    "optimizer.save",
    "optimizer.set_value",
    "optimizer.averaged",
    "read",
    "scribble",
    "intact",
)


def with_set_lr(case: CommittedCase) -> CommittedCase:
    """The case with ``set_lr`` in place of its scheduler. Raises Unsupported if it is about more than the optimizer."""
    read = [READ_OUTS[name] for name in OF_THE_SCHEDULER if name in case.options["reads"]]
    if read:
        raise Unsupported(f"the check reads {', '.join(read)}")
    if case.trace is None:
        raise Unsupported("the check loads its state")
    if ABSOLUTE & {row.get("by") for row in case.trace}:
        raise Unsupported("it refuses the rate of a group")
    if case.requirement in DONE_BY_THE_KIT:
        raise Unsupported(DONE_BY_THE_KIT[case.requirement])
    rates: list[Json] = case.trace[0]["lr"]
    scenario: Scenario = {name: value for name, value in case.scenario.items() if name != "scheduler"}
    scenario |= {"optimizer": at_rate(scenario["optimizer"], rates[0]), "do": []}
    trace, groups = [without_scheduler(case.trace[0])], 1
    for operation, row in zip(case.scenario["do"], case.trace[1:], strict=True):
        rates = row.get("lr", rates)
        if "error" not in row:
            groups = 1 if operation["op"] == "new" else groups + (operation["op"] == "optimizer.add_param_group")
        kept, changed = replaced(operation, groups, rates, refused="error" in row)
        rows = [*kept, *(set_lr(rates[group], group) for group in changed)]
        scenario["do"] += rows
        trace += [without_scheduler(row, between=number < len(rows)) for number in range(1, len(rows) + 1)]
    return replace(case, scenario=scenario, trace=trace, options=case.options | {"reads_by": of_optimizer(case)})


def of_optimizer(case: CommittedCase) -> dict[str, list[str]]:
    """What rows of other requirements compare, without what is read from the scheduler."""
    reads_by: dict[str, list[str]] = case.options.get("reads_by", {})
    return {id_: [name for name in names if name not in OF_THE_SCHEDULER] for id_, names in reads_by.items()}


def replaced(operation: Row, groups: int, rates: list[Json], refused: bool) -> tuple[list[Row], list[int]]:
    """An operation without the scheduler, and the groups whose rates are set after it.

    ``groups`` is the number of groups after the operation.
    """
    match operation["op"]:
        case "scheduler.step" | "scheduler.load":
            return [], [] if refused else [*range(groups)]
        case "scheduler.save":
            return [], []
        case "scribble" if operation["on"] not in ("o", "grads"):  # a list or a state of the scheduler
            return [], []
        case "optimizer.load" if not refused:  # the state has the rates of when it was saved
            return [operation], [*range(groups)]
        case "optimizer.add_param_group" if not refused:
            return [{name: value for name, value in operation.items() if name != "lr"}], [groups - 1]
        case "new" if "optimizer" in operation:
            return [{**operation, "optimizer": at_rate(operation["optimizer"], rates[0])}], []
        case "new" | "optimizer.load" | "optimizer.add_param_group":
            return [operation], []
        case name if name in AS_BEFORE:
            return [operation], []
    raise Unsupported(f"there is no {operation['op']} without it")


def at_rate(optimizer: Scenario, lr: Json) -> Scenario:
    """An optimizer with a number in place of its scheduler."""
    if optimizer.get("lr") != "@scheduler":
        raise Unsupported("its base optimizer follows it")
    return {**optimizer, "lr": lr}


def without_scheduler(row: Row, between: bool = False) -> Row:
    """An exact row without what is read from the scheduler; ``between`` operations, the rate may be outdated."""
    left_out = ("t", "lr", *(["opt_lr"] if between else []))
    return {name: value for name, value in row.items() if name not in left_out}
