"""The schedule loop of timm, as its train.py steps it: ``python timm_loop.py`` writes timm_*.csv here."""

from pathlib import Path

import torch
from timm.scheduler import CosineLRScheduler

HERE = Path(__file__).parent


def run(name: str, warmup_prefix: bool) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=0.05)
    scheduler = CosineLRScheduler(
        optimizer, t_initial=50, lr_min=1e-5, warmup_t=5, warmup_lr_init=1e-4, warmup_prefix=warmup_prefix
    )
    lines = ["epoch,lr"]
    for epoch in range(50):
        lines.append(f"{epoch},{optimizer.param_groups[0]['lr']}")
        scheduler.step(epoch + 1)
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run("timm_cosine.csv", warmup_prefix=True)
    run("timm_warmup_in_cosine.csv", warmup_prefix=False)
