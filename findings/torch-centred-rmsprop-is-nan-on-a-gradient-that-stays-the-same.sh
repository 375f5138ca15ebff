#!/usr/bin/env bash
# torch 2.13.0: RMSprop(centered=True) makes a weight nan where its gradient stays the same; in float64 it does not.
#
# The centred variance E − ḡ² of a gradient that does not change falls to 0 as α^k. It is computed as a difference of
# two float32 numbers, which rounds below 0 after some steps, and the root is taken without a bound; ε is added after the
# root, so that it cannot help. A loss that is linear in a weight, such as a bias before a clipped output, is enough:
# α = 0.5, ε = 1e-3, a gradient of 0.3 in each step.
#
# Seen: float32 nan; float64 -421.738
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q torch==2.13.0
seen=$("$home/venv/bin/python" -W ignore - <<'PYTHON'
import torch

def weight(dtype):
    p = torch.zeros(1, dtype=dtype, requires_grad=True)
    optimizer = torch.optim.RMSprop([p], lr=0.1, alpha=0.5, centered=True, eps=1e-3)
    for _ in range(30):
        p.grad = torch.full((1,), 0.3, dtype=dtype)
        optimizer.step()
    return p.item()

print(f"float32 {weight(torch.float32):.6g}; float64 {weight(torch.float64):.6g}")
PYTHON
)
printf 'torch %s\n%s\n' "$("$home/venv/bin/python" -c 'import importlib.metadata as m; print(m.version("torch"))')" "$seen"
[[ $seen == 'float32 nan; float64 -421.738' ]]
