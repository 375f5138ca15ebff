"""Configurations that the cases of several modules share."""

from __future__ import annotations

from .values import Json, Scenario

EXPONENTIAL: Scenario = {"class": "ExponentialLR", "base_lr": "0.05", "gamma": "0.87"}
SLOW = repr(1 - 2**-15)  # a gamma for long runs, exact in float32: an error of gamma would grow with t
SGD: Scenario = {"class": "SGD", "lr": "@scheduler"}


def exponential(gamma: str = "0.87", **arguments: Json) -> Scenario:
    return {"class": "ExponentialLR", "gamma": gamma, **arguments}


def warm_up(**arguments: Json) -> Scenario:
    return {"class": "LinearLR", "start_factor": "0.1", "end_factor": "1.0", "total_iters": 4, **arguments}


def fall(**arguments: Json) -> Scenario:
    return {"class": "StepLR", "step_size": 3, "gamma": "0.5", **arguments}


def chain(*members: Json) -> Scenario:
    return {"class": "ChainedScheduler", "schedulers": list(members)}
