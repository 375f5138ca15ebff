#!/usr/bin/env bash
# optax 0.2.8: lbfgs(schedule, linesearch=None) never moves a weight whose first step was at rate 0.
#
# A warm-up that begins at 0 leaves the weights where they are, while the gradient of the next minibatch is another one.
# The pair of the two differences, (0, y), goes into the memory: the scale of the initial matrix is then s·y / y·y = 0,
# so that the next step is 0 as well, leaves another pair (0, y), and so on for ever. With a gradient that stays the
# same, or a first rate above 0, nothing of it is seen.
#
# Seen: from 0: [1.0, 2.0]; from 0.1: [0.9707, 1.8476]
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q optax==0.2.8 jax==0.10.2
seen=$("$home/venv/bin/python" -W ignore - <<'PYTHON'
import jax.numpy as jnp
import optax

NOISE = [1.0, 0.9, 1.1, 0.95, 1.05, 1.0, 0.9, 1.0]  # of minibatches

def trained(first):
    rates = jnp.array([first, *[0.1] * 7])
    optimizer = optax.lbfgs(lambda k: rates[k], linesearch=None)
    p = jnp.array([1.0, 2.0])
    state = optimizer.init(p)
    for noise in NOISE:
        updates, state = optimizer.update(jnp.array([1.0, 3.0]) * p * noise, state, p)
        p = optax.apply_updates(p, updates)
    return [round(float(x), 4) for x in p]

print(f"from 0: {trained(0.0)}; from 0.1: {trained(0.1)}")
PYTHON
)
printf 'optax %s\n%s\n' "$("$home/venv/bin/python" -c 'import importlib.metadata as m; print(m.version("optax"))')" "$seen"
[[ $seen == 'from 0: [1.0, 2.0]; from 0.1: [0.9707, 1.8476]' ]]
