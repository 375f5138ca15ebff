#!/usr/bin/env bash
# prodigyopt 1.1.2: with beta1 = 0, Prodigy is another optimizer than with a beta1 that is nearly 0.
#
# With any beta1 above 0 the average holds the gradient times d of before the step. For beta1 = 0 there is a branch of
# its own that saves the average, and it multiplies the gradient by d of after the step. Steps in which d grows are
# longer by the factor of that growth, once for each step; two runs that should agree part within a few steps.
#
# Seen: beta1 0: 0.9684 0.8195 -1.3336; beta1 1e-9: 0.9684 0.9454 0.7442
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q torch==2.13.0
"$home/venv/bin/pip" install -q numpy==2.4.6 prodigyopt==1.1.2
seen=$("$home/venv/bin/python" - <<'PYTHON'
import prodigyopt
import torch


def trained(beta1):
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = prodigyopt.Prodigy([weight], betas=(beta1, 0.9), d0=0.01, d_coef=4.0)
    weights = []
    for _ in range(3):
        weight.grad = torch.tensor([1.0])
        optimizer.step()
        weights.append(f"{weight.item():.4f}")
    return " ".join(weights)


print(f"beta1 0: {trained(0.0)}; beta1 1e-9: {trained(1e-9)}")
PYTHON
)
printf 'prodigyopt 1.1.2\n%s\n' "$seen"
[[ $seen == 'beta1 0: 0.9684 0.8195 -1.3336; beta1 1e-9: 0.9684 0.9454 0.7442' ]]
