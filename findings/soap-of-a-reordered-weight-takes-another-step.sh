#!/usr/bin/env bash
# pytorch_optimizer 4.1.0: SOAP takes another second step when the rows of a weight are in another order.
#
# SOAP is Adam in the eigenbases of two averages, so that the order of rows should make no difference but their order.
# After the first gradient the averages have at most the rank of its shorter axis. Where the axes differ by two or more,
# the eigenvalue 0 is a multiple one, any basis of its space is right, and rounding decides which one is taken. The same
# gradients with their rows reversed, and the weight turned back, agree for a 3×3 weight, and differ by more than the
# rate for 16×3 and 64×3: the steps themselves are up to three rates long. So two machines, or two versions of a linear
# algebra library, do not train the same network, and no other implementation can be held to this one.
#
# Seen: 3 rows: the same; 16 rows: more than a rate apart; 64 rows: more than a rate apart
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q torch==2.13.0
"$home/venv/bin/pip" install -q numpy==2.4.6
"$home/venv/bin/pip" install -q --no-deps pytorch_optimizer==4.1.0
seen=$("$home/venv/bin/python" - <<'PYTHON'
import torch
from pytorch_optimizer import SOAP


def stepped(gradients, order):
    w = torch.nn.Parameter(torch.zeros_like(gradients[0])[order])
    optimizer = SOAP([w], lr=0.01, weight_decay=0.0)
    for g in gradients:
        w.grad = g[order].clone()
        optimizer.step()
    return w.detach()


def compared(rows):
    torch.manual_seed(0)
    gradients, reverse = torch.randn(2, rows, 3), torch.arange(rows - 1, -1, -1)
    apart = (stepped(gradients, torch.arange(rows)) - stepped(gradients, reverse)[reverse]).abs().max().item() / 0.01
    return "the same" if apart < 1e-4 else "more than a rate apart" if apart > 1 else f"{apart:.2g} rates apart"


print("; ".join(f"{rows} rows: {compared(rows)}" for rows in (3, 16, 64)))
PYTHON
)
printf 'pytorch_optimizer 4.1.0\n%s\n' "$seen"
[[ $seen == '3 rows: the same; 16 rows: more than a rate apart; 64 rows: more than a rate apart' ]]
