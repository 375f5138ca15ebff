"""Finds the implementation that ``--impl`` names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from .catalogue import MODELS
from .guard import Implementation
from .guard import NotFound as NotFound
from .native import NativeImplementation
from .process import PREFIX, Program

BUILT_IN = ("braintools", "keras", "optax", "torch")
GROUP = "optimspec.implementations"


def find(name: str, directory: Path, precision: str | None = None) -> Implementation:
    """The implementation that ``name`` means; ``directory`` is where relative paths and modules are looked for."""
    try:
        found = _find(name, directory, precision)
        if not any(found.provides(model) for model in MODELS):
            raise NotFound(f"{name} provides none of the classes {', '.join(MODELS)}")
    except NotFound:
        raise
    except (Exception, SystemExit) as error:
        raise NotFound(f"{name} cannot be used: {type(error).__name__}: {error}") from error
    return found


def _find(name: str, directory: Path, precision: str | None) -> Implementation:
    if name.startswith(PREFIX):
        return Program(name, directory, precision)
    if name in BUILT_IN:
        return _adapter(importlib.import_module(f"{__package__}.adapters.{name}"), precision)
    for entry_point in entry_points(group=GROUP, name=name):
        return _adapter(entry_point.load(), precision)
    if name.endswith(".py"):
        with _importable_from(directory):  # as with python -m pytest: an adapter may import what lies here
            return _adapter(_from_file(directory / name), precision)
    try:
        module = _import(name, directory)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        tried = f"built-in adapters ({', '.join(BUILT_IN)}), entry points of {GROUP}, an importable module"
        hint = f"a file must end in .py, a program begins with {PREFIX}"
        raise NotFound(f"no implementation {name!r}: tried {tried}; {hint}") from None
    return NativeImplementation(name, module, precision=precision)


def _import(name: str, directory: Path) -> Any:
    """A module that is installed, or lies in a directory."""
    with _importable_from(directory):
        return importlib.import_module(name)


@contextmanager
def _importable_from(directory: Path) -> Iterator[None]:
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))


def _from_file(path: Path) -> Any:
    if not path.is_file():
        raise NotFound(f"no file {path}")
    if path.name == "__init__.py":
        return _import(path.parent.name, path.parent.parent)
    module_spec = importlib.util.spec_from_file_location(path.stem, path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[path.stem] = module
    module_spec.loader.exec_module(module)
    return module


def _adapter(module: Any, precision: str | None) -> Implementation:
    """An adapter has a function ``implementation()``; a file with the native API needs none."""
    if not hasattr(module, "implementation"):
        return NativeImplementation(module.__name__, module, precision=precision)
    found: Implementation = module.implementation()
    if precision is not None:
        found.precision = precision
    return found
