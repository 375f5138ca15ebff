"""Keras with CSVLogger: ``KERAS_BACKEND=jax python keras_logger.py`` writes keras_*.csv here."""

from pathlib import Path

import keras
import numpy as np

HERE = Path(__file__).parent
X, Y = np.ones((16, 2), "float32"), np.ones((16, 1), "float32")


def model(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.compile(optimizer, "mse")
    return made


def by_epoch() -> None:
    """A rate for each epoch, from a function."""
    scheduled = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 * 0.5 ** (epoch // 10))
    logger = keras.callbacks.CSVLogger(str(HERE / "keras_scheduler.csv"))
    model(keras.optimizers.SGD(0.1)).fit(X, Y, epochs=40, callbacks=[scheduled, logger], verbose=0)


class Rates(keras.callbacks.Callback):  # type: ignore[misc]  # keras comes without annotations
    """Writes the rate that each update of the weights uses, one for each accumulation."""

    def __init__(self, accumulation: int) -> None:
        super().__init__()
        self.accumulation, self.batch, self.lines = accumulation, 0, ["step,learning_rate"]

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        self.batch += 1
        if self.batch % self.accumulation == 0:
            update = self.batch // self.accumulation - 1
            self.lines.append(f"{update},{float(self.model.optimizer.learning_rate)}")


def accumulated() -> None:
    """A schedule in updates, with two batches an update."""
    schedule = keras.optimizers.schedules.PolynomialDecay(0.1, 100, end_learning_rate=0.0)
    rates = Rates(2)
    optimizer = keras.optimizers.SGD(schedule, gradient_accumulation_steps=2)
    model(optimizer).fit(X, Y, batch_size=1, epochs=10, callbacks=[rates], verbose=0)
    (HERE / "keras_accumulation.csv").write_text("\n".join(rates.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    by_epoch()
    accumulated()
