#!/usr/bin/env bash
# schedulefree 1.4.1: the first step of a weight depends on how often its neighbours were stepped before.
#
# AdamWScheduleFree counts steps, and sums the weights of its average, once for a group. A weight that gets its first
# gradient later, as an unfrozen layer or a seldom expert does, finds both grown: its second moment is corrected as if
# it had been averaged all the time, and the average that it steps with takes in little of its first z. The same first
# gradient of 1 at a rate of 0.1 moves it by 0.1, by 0.061 after five steps of another weight, and by 0.25 after 1000.
#
# Seen: after 0 steps of another weight 0.9000, 5 steps 0.9388, 1000 steps 0.7462
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q torch==2.13.0
"$home/venv/bin/pip" install -q numpy==2.4.6 schedulefree==1.4.1
seen=$("$home/venv/bin/python" - <<'PYTHON'
import schedulefree
import torch


def first_step_after(count):
    late, other = (torch.nn.Parameter(torch.tensor([1.0])) for _ in range(2))
    optimizer = schedulefree.AdamWScheduleFree([late, other], lr=0.1)
    optimizer.train()
    for _ in range(count):
        other.grad = torch.tensor([1.0])
        optimizer.step()
    late.grad = torch.tensor([1.0])
    optimizer.step()
    return f"{late.item():.4f}"


after = [first_step_after(count) for count in (0, 5, 1000)]
print("after 0 steps of another weight {}, 5 steps {}, 1000 steps {}".format(*after))
PYTHON
)
printf 'schedulefree 1.4.1\n%s\n' "$seen"
[[ $seen == 'after 0 steps of another weight 0.9000, 5 steps 0.9388, 1000 steps 0.7462' ]]
