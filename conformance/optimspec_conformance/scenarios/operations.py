"""Short ways to write the operations of a scenario."""

from __future__ import annotations

from collections.abc import Iterable

from .values import Json, Row

READ: Row = {"op": "read"}


def step(n: int = 1) -> Row:
    return {"op": "scheduler.step"} if n == 1 else {"op": "scheduler.step", "n": n}


def jump(epoch: Json) -> Row:
    return {"op": "scheduler.step", "epoch": epoch}


def measure(metric: Json) -> Row:
    return {"op": "scheduler.step", "metric": metric}


def walk(times: Iterable[int]) -> list[Row]:
    """From time 0, single steps that are observed at each of the given times."""
    done, now = [], 0
    for t in times:
        if t > now:
            done.append(step(t - now))
            now = t
    return done


def save(name: str = "s", via: str | None = None) -> Row:
    return {"op": "scheduler.save", "as": name} | ({} if via is None else {"via": via})


def load(name: str = "s") -> Row:
    return {"op": "scheduler.load", "from": name}


def scribble(on: str) -> Row:
    return {"op": "scribble", "on": on}
