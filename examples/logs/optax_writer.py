"""A schedule of optax with a TensorBoard writer: ``python optax_writer.py`` writes optax_*.tfevents here."""

from pathlib import Path
from tempfile import TemporaryDirectory

import jax.numpy as jnp
import optax
from tensorboardX import SummaryWriter

HERE = Path(__file__).parent


def run() -> None:
    schedule = optax.warmup_cosine_decay_schedule(0.0, 1e-3, warmup_steps=20, decay_steps=200, end_value=1e-5)
    optimizer = optax.inject_hyperparams(optax.adamw)(learning_rate=schedule)
    weights = jnp.ones(3)
    state = optimizer.init(weights)
    with TemporaryDirectory() as directory:
        with SummaryWriter(directory) as writer:
            for step in range(220):
                updates, state = optimizer.update(jnp.ones(3), state, weights)
                weights = optax.apply_updates(weights, updates)
                writer.add_scalar("train/learning_rate", float(state.hyperparams["learning_rate"]), step)
        (file,) = Path(directory).iterdir()
        (HERE / "optax_warmup_cosine.tfevents").write_bytes(file.read_bytes())


if __name__ == "__main__":
    run()
