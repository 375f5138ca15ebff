"""A run that is interrupted, after whichever of its steps, ends with the bits of one that is not, in every class.

STA-1, STA-4, STA-9, STA-11 and STA-13, with OPT-10, OPT-30, OPT-33 and OPT-36 to OPT-38 in use. That resuming compiles
nothing is the reference's own.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np
import optimspec
import pytest
from interrupted_run import STEPS, Checkpoint, Run, end_of_a_resumed_run
from reference_cases import BASE_LRS, OPTIMIZERS, SCHEDULERS, exported, shaped

COMPILING: Final = "Compiling jit(update_weights)"
every_class = pytest.mark.parametrize("name", exported(optimspec.Optimizer))


def saved_at_every_step(name: str) -> tuple[Run, list[Checkpoint]]:
    run, checkpoints = Run(name), []
    for k in range(STEPS):
        checkpoints.append(run.checkpoint())
        run.go([k])
    return run, checkpoints


@every_class
@pytest.mark.parametrize("order", ["scheduler-first", "optimizer-first"])
def test_a_run_may_be_interrupted_after_any_step(name: str, order: str) -> None:
    run, checkpoints = saved_at_every_step(name)
    assert all(np.isfinite(state.value).all() for state in run.states.values())

    rate = SCHEDULERS["SequentialLR"](BASE_LRS).lr_at
    for k, checkpoint in enumerate(checkpoints):
        resumed = Run(name)
        resumed.load(checkpoint, order)
        assert resumed.optimizer.current_lr == rate(k)
        resumed.go(range(k, STEPS))
        assert resumed.end() == run.end(), f"interrupted after {k} steps"


@every_class
def test_saving_leaves_a_run_alone(name: str) -> None:
    run = Run(name)
    run.go(range(STEPS))
    assert saved_at_every_step(name)[0].end() == run.end()


@every_class
def test_a_run_interrupted_at_every_step_ends_like_the_whole(name: str) -> None:
    whole, relayed = Run(name), Run(name)
    whole.go(range(STEPS))
    for k in range(STEPS):
        before, relayed = relayed, Run(name)
        relayed.load(before.checkpoint(), ("scheduler-first", "optimizer-first")[k % 2])
        relayed.go([k])
    assert relayed.end() == whole.end()


@every_class
def test_resuming_compiles_no_step(name: str, caplog: pytest.LogCaptureFixture) -> None:
    _, checkpoints = saved_at_every_step(name)
    with jax.log_compiles():
        end_of_a_resumed_run(name, checkpoints[7], 7)
        assert COMPILING not in caplog.text
        optimizer = getattr(optimspec, name)(**OPTIMIZERS[name][0])
        ones = shaped(name, jnp.ones((3, 1, 1, 2)))
        optimizer.register_trainable_weights({"a shape of its own": optimspec.ParamState(ones)})
        optimizer.step({"a shape of its own": ones})
        assert COMPILING in caplog.text


@pytest.fixture(scope="module")
def another_process() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        yield executor


@every_class
def test_a_run_may_be_resumed_in_another_process(name: str, another_process: ProcessPoolExecutor) -> None:
    run, checkpoints = saved_at_every_step(name)
    assert another_process.submit(end_of_a_resumed_run, name, checkpoints[17], 17).result() == run.end()
