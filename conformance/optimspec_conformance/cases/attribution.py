"""Attributes each row of a long sequence of operations to the requirement that it shows."""

from __future__ import annotations

from ..classes.definition import Definition, OptimizerDefinition
from ..scenarios.values import Scenario, Trace

SHOWS = {
    "scheduler.step": "SCH-3",
    "scheduler.load": "STA-7",
    "scheduler.save": "STA-1",
    "scheduler.new": "SCH-2",
    "optimizer.step": "OPT-1",
    "optimizer.add_param_group": "OPT-30",
    "optimizer.load": "STA-13",
    "optimizer.save": "STA-1",
}
OF_OPTIMIZERS = {"read": "OPT-3", "scheduler.step": "OPT-3", "scheduler.load": "STA-8", "optimizer.load": "STA-7"}
SCRIBBLED = {"last_lr": "SCH-10", "base_lrs": "SCH-13", "s": "STA-2"}


def attributed(definition: Definition, scenario: Scenario, trace: Trace) -> Trace:
    """The trace with the requirement that each row shows."""
    trains = isinstance(definition, OptimizerDefinition)
    shows = SHOWS | (OF_OPTIMIZERS if trains else {})
    shown = ["SCH-2"]
    for operation, row in zip(scenario["do"], trace[1:], strict=False):
        if operation["op"] == "scheduler.step" and "epoch" in operation and not trains:
            shown.append("SCH-4")
        elif operation["op"] == "optimizer.step" and len(operation["grads"]) < len(row.get("weights", [])):
            shown.append("OPT-9")
        else:
            shown.append(SCRIBBLED.get(operation.get("on", "")) or shows.get(operation["op"], ""))
    return [{"by": by, **row} if by else row for by, row in zip(shown, trace, strict=True)]
