"""A schedule as users write it: the Python that builds it, read as data and never executed, or a scenario in JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from ..classes.catalogue import COMPOSITES, DEFINITIONS, PLATEAUS, SCHEDULERS, arguments, nearest
from ..classes.definition import CompositeDefinition
from ..classes.domains import Refused
from ..implementations.snippet import literal
from ..oracle.schedulers import Definitions, build
from ..scenarios.values import Json, Scenario, decode, number, string
from .errors import LogError


def parse(text: str, definitions: Definitions = DEFINITIONS) -> Scenario:
    """The configuration of a scheduler, from Python or JSON.

    Raises LogError where the text is neither, or says what its class refuses.
    """
    config = _from_json(text) if text.lstrip().startswith("{") else _from_python(text)
    check(config, definitions)
    return config


def _from_json(text: str) -> Scenario:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise LogError(f"the schedule is no JSON: {error}") from None
    config = content.get("scheduler", content)
    if not isinstance(config, dict) or "class" not in config:
        raise LogError("the scenario has no scheduler: an object with a class")
    return dict(config)


def _from_python(text: str) -> Scenario:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise LogError(f"the schedule is no Python expression: {error.msg}") from None
    config = _value(tree.body)
    if not isinstance(config, dict) or "class" not in config:
        raise LogError("the schedule must be the call of a class, such as StepLR(base_lr=0.1, step_size=30)")
    return config


def _value(node: ast.expr) -> Json:
    """A node of the expression as a value of a scenario."""
    match node:
        case ast.Constant(value=bool(truth)):
            return {"bool": truth}
        case ast.Constant(value=int() | None as value):
            return value
        case ast.Constant(value=float(value)):
            return number(value)
        case ast.Constant(value=str(value)):
            return string(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float(value))):
            return number(-value)
        case ast.List(elts=entries):
            return [_value(entry) for entry in entries]
        case ast.Tuple(elts=entries):
            return {"tuple": [_value(entry) for entry in entries]}
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=positional, keywords=keywords):
            return _call(name, positional, keywords)
    raise LogError(f"the schedule is read as data: “{ast.unparse(node)}” is no number, text, list or class")


def _call(name: str, positional: list[ast.expr], keywords: list[ast.keyword]) -> Scenario:
    if name not in SCHEDULERS:
        raise LogError(f"there is no scheduler {name}{nearest(name, SCHEDULERS)}")
    config: Scenario = {"class": name}
    if positional and (name not in COMPOSITES or len(positional) > 1):
        raise LogError(f"{name}: write every argument with its name, and the base rate as base_lr=…")
    if positional:
        config["schedulers"] = _value(positional[0])
    for keyword in keywords:
        if keyword.arg is None or keyword.arg not in arguments(name):
            raise LogError(f"{name} has no argument {keyword.arg}{nearest(str(keyword.arg), arguments(name))}")
        config[keyword.arg] = _value(keyword.value)
    return config


def check(config: Scenario, definitions: Definitions = DEFINITIONS) -> None:
    """Refuse what a class refuses. Members are checked before their composite."""
    name = config.get("class")
    if name not in SCHEDULERS:
        raise LogError(f"there is no scheduler {name}{nearest(str(name), SCHEDULERS)}")
    members = config.get("schedulers", [])
    for member in members if isinstance(members, list) else []:
        if isinstance(member, dict) and "class" in member:
            check(member, definitions)
    definition = definitions[name]
    needed = {"schedulers", *definition.arguments(1)} if isinstance(definition, CompositeDefinition) else set()
    if missing := needed - config.keys():
        raise LogError(f"{name}: {min(missing)} is missing")
    try:
        build(config, definitions)
    except Refused as refusal:
        raise LogError(f"{name}: {_refused(refusal.names, config)}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise LogError(f"{name}: not all arguments can be used: {error}") from None


def _refused(argument: str | None, config: Scenario) -> str:
    if argument is None:
        return "the arguments cannot be combined"
    return f"{argument} cannot be {literal(config[argument])}" if argument in config else f"{argument} is missing"


def is_plateau(config: Scenario) -> bool:
    """Whether the rate follows a metric."""
    return config["class"] in PLATEAUS


def python(config: Scenario) -> str:
    """A schedule as Python, to copy: ``parse`` can read it."""
    members = config.get("schedulers")
    first = [f"[{', '.join(python(member) for member in members)}]"] if members else []
    others = {name: value for name, value in config.items() if name not in ("class", "schedulers")}
    return f"{config['class']}({', '.join([*first, *(f'{k}={literal(v)}' for k, v in others.items())])})"


def explorer(config: Scenario) -> str:
    """The fragment of the explorer's address that shows a schedule."""
    return f"#{urlencode(list(_fields(config, 'a')))}"


def _fields(config: Scenario, path: str) -> Iterator[tuple[str, str]]:
    yield path, config["class"]
    for name, value in config.items():
        if name not in ("class", "schedulers"):
            yield f"{path}.{name}", _field(decode(value))
    for i, member in enumerate(config.get("schedulers", [])):
        yield from _fields(member, f"{path}.{i}")


def _field(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_field, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
