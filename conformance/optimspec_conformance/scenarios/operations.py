"""One builder for each operation of a scenario; ``runner.OperationRunner`` has a method for each."""

from __future__ import annotations

from collections.abc import Iterable

from .values import Json, Row, Scenario


def step(n: int = 1) -> Row:
    return {"op": "scheduler.step"} if n == 1 else {"op": "scheduler.step", "n": n}


def jump(epoch: Json) -> Row:
    return {"op": "scheduler.step", "epoch": epoch}


def measure(metric: Json) -> Row:
    return {"op": "scheduler.step", "metric": metric}


def walk(times: Iterable[int]) -> list[Row]:
    """Steps from time 0 on, observed at each of the given times."""
    rows, now = [], 0
    for t in times:
        if t > now:
            rows.append(step(t - now))
            now = t
    return rows


def save(name: str = "s", via: str | None = None) -> Row:
    return {"op": "scheduler.save", "as": name} | ({} if via is None else {"via": via})


def load(name: str = "s") -> Row:
    return {"op": "scheduler.load", "from": name}


def new_scheduler(config: Scenario | None = None) -> Row:
    return {"op": "scheduler.new"} | ({} if config is None else {"scheduler": config})


def members() -> Row:
    return {"op": "scheduler.members"}


def new(optimizer: Scenario | None = None) -> Row:
    return {"op": "new"} | ({} if optimizer is None else {"optimizer": optimizer})


def join() -> Row:
    return {"op": "optimizer.join"}


def use(which: int) -> Row:
    return {"op": "optimizer.use", "which": which}


def optimizer_step(grads: Json, n: int = 1) -> Row:
    return {"op": "optimizer.step", "grads": grads} | ({} if n == 1 else {"n": n})


def optimizer_update(grads: Json) -> Row:
    return {"op": "optimizer.update", "grads": grads}


def register(weights: Json) -> Row:
    return {"op": "optimizer.register", "weights": weights}


def add_param_group(weights: Json, **options: Json) -> Row:
    """``options``: an ``lr`` and a ``weight_decay`` for this group."""
    return {"op": "optimizer.add_param_group", "weights": weights, **options}


def set_lr(lr: Json, group: int = 0) -> Row:
    return {"op": "optimizer.set_lr", "lr": lr, "group": group}


def set_value(weights: Json) -> Row:
    return {"op": "optimizer.set_value", "weights": weights}


def averaged() -> Row:
    return {"op": "optimizer.averaged"}


def optimizer_save(name: str = "o", via: str | None = None) -> Row:
    return {"op": "optimizer.save", "as": name} | ({} if via is None else {"via": via})


def optimizer_load(name: str = "o") -> Row:
    return {"op": "optimizer.load", "from": name}


def tamper(how: str, on: str = "s") -> Row:
    return {"op": "tamper", "on": on, "how": how}


def scribble(on: str) -> Row:
    return {"op": "scribble", "on": on}


def bystander() -> Row:
    return {"op": "bystander"}


def read() -> Row:
    return {"op": "read"}


def intact() -> Row:
    return {"op": "intact"}
