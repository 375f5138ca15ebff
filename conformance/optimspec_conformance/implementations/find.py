"""Finds the implementation that ``--impl`` names."""

from __future__ import annotations

import importlib
import importlib.util
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from ..classes.catalogue import DEFINITIONS
from ..classes.conventions import Declared, check_conventions
from ..scenarios.text import one_line
from ..specification import in_order
from .guard import TimeLimited, guarded
from .native import NativeImplementation
from .processes.isolated import IsolatedImplementation
from .processes.program import PREFIX, Program
from .protocol import AbnormalExit, CannotTest, Implementation, time_to_import
from .python import PythonImplementation
from .readout import exception_text
from .snippet import ADAPTED

KIT = __package__.partition(".")[0]
BUILT_IN = ("braintools", "keras", "optax", "prodigyopt", "schedulefree", "timm", "torch", "transformers")
GROUP = "optimspec.implementations"


def open_implementation(
    name: str,
    directory: Path,
    precision: str | None = None,
    limit: float = math.inf,
    isolate: bool = False,
    conventions: Declared = MappingProxyType({}),
) -> Implementation:
    """Open an implementation by name. ``limit`` is in seconds, for each scenario.

    Relative paths and modules are searched in ``directory``. ``conventions`` override those that it declares. Raises
    CannotTest.
    """
    if name.startswith(PREFIX):
        implementation: Implementation = Program(name, directory, precision, limit)
    elif isolate:
        implementation = IsolatedImplementation(name, directory, precision, limit)
    else:
        try:
            untimed = guarded(lambda: find(name, directory, precision), time_to_import(limit))
            implementation = TimeLimited(untimed, limit)
        except AbnormalExit as exit:
            raise CannotTest(f"{name} cannot be used: {exit.observed}") from None
    implementation.name, implementation.version = one_line(implementation.name), one_line(implementation.version)
    implementation.not_observable = {id_: one_line(why) for id_, why in implementation.not_observable.items()}
    implementation.conventions = {**implementation.conventions, **conventions}
    try:
        check_conventions(implementation.conventions)
    except ValueError as error:
        implementation.close()
        raise CannotTest(f"{name} declares its conventions: {error}") from None
    try:
        implementation.tiers = in_order(implementation.tiers)
    except ValueError as error:
        implementation.close()
        raise CannotTest(f"{name} declares its tiers: {error}") from None
    if not any(map(implementation.provides, DEFINITIONS)):
        implementation.close()
        raise CannotTest(f"{name} provides none of the classes {', '.join(DEFINITIONS)}")
    return implementation


def find(name: str, directory: Path, precision: str | None = None) -> PythonImplementation:
    """The Python implementation with a name. Raises CannotTest."""
    try:
        implementation = _find(name, directory)
    except CannotTest:
        raise
    except (Exception, SystemExit) as error:
        raise CannotTest(f"{name} cannot be used: {exception_text(error)}") from error
    if precision is not None:
        implementation.declared_precision = precision
    return implementation


def _find(name: str, directory: Path) -> PythonImplementation:
    if name in BUILT_IN:
        return _from_adapter(importlib.import_module(f"{KIT}.adapters.{name}"))
    for entry_point in entry_points(group=GROUP, name=name):
        return _from_adapter(entry_point.load())
    if name.endswith(".py"):
        with _importable_from(directory):  # as with python -m pytest: an adapter may import its neighbours
            return _from_adapter(_from_file(directory / name))
    try:
        module = _import(name, directory)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        kinds = f"built-in adapters ({', '.join(BUILT_IN)}), entry points of {GROUP}, an importable module"
        hint = f"a file must end in .py, a program begins with {PREFIX}"
        raise CannotTest(f"no implementation {name!r}: tried {kinds}; {hint}") from None
    return NativeImplementation(name, module)


def _import(name: str, directory: Path) -> Any:
    """An installed module, or one in a directory."""
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
        raise CannotTest(f"no file {path}")
    if path.name == "__init__.py":
        return _import(path.parent.name, path.parent.parent)
    module_spec = importlib.util.spec_from_file_location(path.stem, path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules[path.stem] = module
    module_spec.loader.exec_module(module)
    return module


def _from_adapter(module: Any) -> PythonImplementation:
    """An adapter has a function ``implementation()``; a file with the native API needs none."""
    if not hasattr(module, "implementation"):
        return NativeImplementation(module.__name__, module)
    implementation: object = module.implementation()
    if not isinstance(implementation, PythonImplementation):
        raise TypeError(f"implementation() must return a NativeImplementation, got {implementation!r}")
    if isinstance(implementation, NativeImplementation) and implementation.module == implementation.name:
        implementation.module = importable(module, implementation)
    return implementation


def importable(adapter: Any, implementation: NativeImplementation) -> str:
    """The module from which a snippet imports the classes, if the adapter names none."""
    in_module = isinstance(implementation.namespace, ModuleType)
    return implementation.module if in_module else f"{adapter.__name__}{ADAPTED}"
