#!/usr/bin/env bash
# keras 3.15.1 on JAX: a decay schedule whose initial rate is the int 1 computes in int32, and π is 3.
#
# Each schedule takes the dtype of all it computes with from `initial_learning_rate`. An int gives int32, to which the
# decay rate, the power and π are cast: ExponentialDecay(1, 3, 0.7) is 0 from the first step on, PolynomialDecay(1, 8,
# 0.0, power=0.8) stays at 1 (0.8 became 0), and CosineDecay(1, 8) follows cos(3t/8) and ends at 0.005 in place of 0.
# Nothing is said, and the same schedule of 1.0 is right.
#
# Seen: ExponentialDecay 1.0 0.0 0.0; PolynomialDecay 1.0 1.0 1.0; CosineDecay 1.0 0.9653 0.8658, at the end 0.005
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q keras==3.15.1 jax==0.10.2
seen=$(KERAS_BACKEND=jax "$home/venv/bin/python" - <<'PYTHON'
from keras.optimizers import schedules

made = {
    "ExponentialDecay": schedules.ExponentialDecay(1, 3, 0.7),
    "PolynomialDecay": schedules.PolynomialDecay(1, 8, 0.0, power=0.8),
    "CosineDecay": schedules.CosineDecay(1, 8),
}
rates = {name: [round(float(schedule(t)), 4) for t in (0, 1, 2, 8)] for name, schedule in made.items()}
first = "; ".join(f"{name} {' '.join(map(str, seen[:3]))}" for name, seen in rates.items())
print(f"{first}, at the end {rates['CosineDecay'][3]}")
PYTHON
)
printf 'keras %s\n%s\n' "$("$home/venv/bin/python" -c 'import importlib.metadata as m; print(m.version("keras"))')" "$seen"
[[ $seen == 'ExponentialDecay 1.0 0.0 0.0; PolynomialDecay 1.0 1.0 1.0; CosineDecay 1.0 0.9653 0.8658, at the end 0.005' ]]
