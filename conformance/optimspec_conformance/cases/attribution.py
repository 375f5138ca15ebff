"""Attributes each row of a long sequence of operations to the requirement that it shows."""

from __future__ import annotations

from ..classes.definition import Definition, OptimizerDefinition
from ..scenarios.values import Scenario, Trace

REQUIREMENTS = {  # by operation
    "scheduler.step": "SCH-3",
    "scheduler.load": "STA-7",
    "scheduler.save": "STA-1",
    "scheduler.new": "SCH-2",
    "optimizer.step": "OPT-1",
    "optimizer.add_param_group": "OPT-30",
    "optimizer.load": "STA-13",
    "optimizer.save": "STA-1",
}
OPTIMIZER_REQUIREMENTS = {
    "read": "OPT-3",
    "scheduler.step": "OPT-3",
    "scheduler.load": "STA-8",
    "optimizer.load": "STA-7",
}
SCRIBBLE_REQUIREMENTS = {"last_lr": "SCH-10", "base_lrs": "SCH-13", "s": "STA-2"}


def attribute_rows(definition: Definition, scenario: Scenario, trace: Trace) -> Trace:
    """The trace with the requirement that each row shows."""
    is_optimizer = isinstance(definition, OptimizerDefinition)
    requirements = REQUIREMENTS | (OPTIMIZER_REQUIREMENTS if is_optimizer else {})
    by = ["SCH-2"]
    for operation, row in zip(scenario["do"], trace[1:], strict=False):
        if operation["op"] == "scheduler.step" and "epoch" in operation and not is_optimizer:
            by.append("SCH-4")
        elif operation["op"] == "optimizer.step" and len(operation["grads"]) < len(row.get("weights", [])):
            by.append("OPT-9")
        else:
            by.append(SCRIBBLE_REQUIREMENTS.get(operation.get("on", "")) or requirements.get(operation["op"], ""))
    return [{"by": requirement, **row} if requirement else row for requirement, row in zip(by, trace, strict=True)]
