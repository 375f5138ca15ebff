"""A scheduler prepared by accelerate: writes accelerate_*.csv here.

``python accelerate_runs.py`` runs one process with an accumulation, and
``torchrun --nproc_per_node 2 accelerate_runs.py two`` two processes.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

HERE = Path(__file__).parent


def run(accumulation: int, name: str, updates: int) -> None:
    """Train, and write the rate that each update of the weights uses."""
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=accumulation)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100, eta_min=1e-4)
    inputs: Any = torch.ones(updates * accumulation * accelerator.num_processes, 2)
    batches: Any = torch.utils.data.DataLoader(inputs)
    model, optimizer, scheduler, batches = accelerator.prepare(model, optimizer, scheduler, batches)
    rates = []
    for batch in batches:
        with accelerator.accumulate(model):
            if accelerator.sync_gradients:
                rates.append(optimizer.param_groups[0]["lr"])
            accelerator.backward(model(batch).sum())
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
    if accelerator.is_main_process:
        lines = [f"{step},{rate}" for step, rate in enumerate(rates)]
        (HERE / name).write_text("\n".join(["update,learning_rate", *lines]) + "\n", encoding="utf-8")
    accelerator.end_training()


if __name__ == "__main__":
    if sys.argv[1:] == ["two"]:
        run(1, "accelerate_two_processes.csv", 45)
    else:
        run(4, "accelerate_accumulation.csv", 100)
