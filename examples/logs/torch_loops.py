"""Training loops in torch: ``python torch_loops.py`` writes torch_*.csv and torch_*.jsonl here."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.optim import lr_scheduler

HERE = Path(__file__).parent


def optimizer(lr: float) -> Any:
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=lr)


def steps(trained: Any, scheduler: Any, first: int, last: int) -> Iterator[tuple[int, float]]:
    """Train, and give the rate that each step uses."""
    for step in range(first, last):
        yield step, trained.param_groups[0]["lr"]
        trained.param_groups[0]["params"][0].sum().backward()
        trained.step()
        trained.zero_grad()
        scheduler.step()


def warmup_and_cosine(trained: Any) -> Any:
    warmup = lr_scheduler.LinearLR(trained, start_factor=0.1, total_iters=50)
    cosine = lr_scheduler.CosineAnnealingLR(trained, T_max=450)
    return lr_scheduler.SequentialLR(trained, [warmup, cosine], milestones=[50])


def write_csv(name: str, rows: list[tuple[int, float]], form: str) -> None:
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "lr"])
        writer.writerows((step, format(rate, form)) for step, rate in rows)


def whole() -> None:
    trained = optimizer(3e-4)
    rows = list(steps(trained, warmup_and_cosine(trained), 0, 500))
    write_csv("torch_warmup_cosine.csv", rows[::5], ".4e")


def milestones() -> None:
    """One JSON object a line, and only every seventh step."""
    trained = optimizer(0.1)
    scheduler = lr_scheduler.MultiStepLR(trained, [60, 120, 160], gamma=0.2)
    lines = [json.dumps({"step": step, "lr": rate}) for step, rate in steps(trained, scheduler, 0, 200)][::7]
    (HERE / "torch_multistep.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def one_cycle() -> None:
    trained = optimizer(0.1)
    scheduler = lr_scheduler.OneCycleLR(trained, max_lr=0.1, total_steps=200)
    write_csv("torch_one_cycle.csv", list(steps(trained, scheduler, 0, 200))[::2], ".6g")


def resumed() -> None:
    """Resumed at step 200 with the states of both, as one should: steps 200 to 239 are in the log twice."""
    trained = optimizer(3e-4)
    scheduler = warmup_and_cosine(trained)
    rows = list(steps(trained, scheduler, 0, 200))
    states = [json.dumps(one.state_dict()) for one in (trained, scheduler)]
    rows += steps(trained, scheduler, 200, 240)
    again = optimizer(3e-4)
    scheduler = warmup_and_cosine(again)
    for one, state in zip((again, scheduler), states, strict=True):
        one.load_state_dict(json.loads(state))
    write_csv("torch_resumed.csv", [*rows, *steps(again, scheduler, 200, 500)][::4], ".8f")


def resumed_without_state() -> None:
    """Resumed at step 200 with the state of the optimizer alone."""
    trained = optimizer(3e-4)
    rows = list(steps(trained, warmup_and_cosine(trained), 0, 200))
    again = optimizer(3e-4)
    again.load_state_dict(trained.state_dict())
    write_csv("torch_resumed_without_state.csv", [*rows, *steps(again, warmup_and_cosine(again), 200, 400)], ".6e")


if __name__ == "__main__":
    for run in (whole, milestones, one_cycle, resumed, resumed_without_state):
        run()
