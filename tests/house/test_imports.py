"""Imports run one way: from a room to the rooms below it."""

import ast
import inspect
import pkgutil
import re
from graphlib import TopologicalSorter
from importlib import import_module
from itertools import zip_longest
from pathlib import Path

import pytest
from source import (
    CLASSES,
    FLOORS,
    FOLDERS,
    KIT,
    MODULES_OF_THE_KIT,
    MODULES_OF_THE_REFERENCE,
    ROOT,
    dotted,
    imported_modules,
    imports,
    in_root,
    libraries,
    read,
)

FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}

FOLDERS_OF_THE_KIT = [path.parent for path in MODULES_OF_THE_KIT if path.name == "__init__.py" and path.parent != KIT]
ROOMS = [folder for folder in FOLDERS_OF_THE_KIT if folder.parent != KIT / "classes"]

LIBRARIES_OF_THE_KIT = {
    "numpy",
    "pytest",
    "xdist",
    "hypothesis",
    "mpmath",
    "jsonschema_rs",
    "tomlkit",
    "click",
    "rich",
}
IMPORTED_BY_EVERY_PYTEST = ("plugin.py", "session/options.py", "session/start.py", "session/collection.py")
LIBRARIES_OF_THE_REFERENCE = {"numpy", "jax"}
LAYERS = {"base": 0, "schedulers": 1, "optimizers": 1, "composition": 2, "": 3}


def room(module: str) -> str:
    """The room of a module of the kit: its first folder, or itself at the package's root."""
    names = module.split(".")
    return names[1] if len(names) > 1 else ""


def test_the_kit_has_few_floors_and_few_modules_at_its_root() -> None:
    rooms = {room(".".join(dotted(path))) for path in MODULES_OF_THE_KIT}
    assert rooms == set(FLOOR)
    assert len(FLOORS) <= 9
    assert len(list(KIT.glob("*.py"))) <= 10


@pytest.mark.parametrize("path", MODULES_OF_THE_KIT, ids=in_root)
def test_a_room_imports_from_itself_and_from_lower_floors(path: Path) -> None:
    here = room(".".join(dotted(path)))
    above = {m for m in imported_modules(path) if room(m) != here and FLOOR[room(m)] >= FLOOR[here]}
    assert above == set()


def test_no_two_modules_of_the_kit_import_each_other() -> None:
    graph = {".".join(dotted(path)): imported_modules(path) for path in MODULES_OF_THE_KIT}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_the_tests_of_the_kit_have_a_folder_for_each_room() -> None:
    rooms = {path.name for path in KIT.iterdir() if (path / "__init__.py").is_file()}
    tests = ROOT / "tests" / "kit"
    assert {path.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")} == rooms


@pytest.mark.parametrize("folder", FOLDERS_OF_THE_KIT, ids=in_root)
def test_the_docstring_of_a_folder_names_modules_that_exist(folder: Path) -> None:
    """In the folder, beside it, or among the rooms."""
    names = re.findall(r"``([a-z_]+(?:[./][a-z_]+)*)/?``", docstring(folder))
    places = (folder, folder.parent, KIT)
    assert [name for name in names if not any(is_module(place / name.replace(".", "/")) for place in places)] == []


@pytest.mark.parametrize("folder", ROOMS, ids=in_root)
def test_the_docstring_of_a_room_says_where_to_start_and_what_it_imports(folder: Path) -> None:
    assert re.search(r"Start with|To add a class, read", docstring(folder))
    assert (sentence := re.search(r"^Imports [^.]+\.", docstring(folder), re.MULTILINE))
    assert set(re.findall(r"``(\w+)``", sentence[0])) == imported_from(folder)


def docstring(folder: Path) -> str:
    return ast.get_docstring(ast.parse(read(folder / "__init__.py"))) or ""


def is_module(path: Path) -> bool:
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported_from(folder: Path) -> set[str]:
    """The rooms that a room imports; for a folder in a room, also the other modules of that room."""
    here = dotted(folder / "__init__.py")
    modules = [module.split(".") for path in folder.rglob("*.py") for module in imported_modules(path)]
    outside = [module for module in modules if module[: len(here)] != here]
    return {name for module in outside if (name := next(a for a, b in zip_longest(module, here) if a != b))}


def test_the_kit_opens_with_a_map_of_its_floors() -> None:
    floors = re.findall(r"^    ((?:\w+, )*\w+)", read(KIT / "__init__.py"), re.MULTILINE)
    assert [set(floor.split(", ")) for floor in floors] == [
        {room for room in rooms if room} for rooms in reversed(FLOORS[:-1])
    ]


QUESTIONS = (
    "Where does a golden check run?",
    "How is a diagnosis named?",
    "How is a class added?",
    "How does an adapter work?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_kit_opens_with_the_answer_to(question: str) -> None:
    """Each answer names modules and functions that are there."""
    _, _, answer = read(KIT / "__init__.py").partition(f"- *{question}*")
    names = re.findall(r"``([a-z_]+(?:\.\w+)+)``", answer.partition("\n- *")[0])
    assert names
    assert all(callable(found) or inspect.ismodule(found) for found in map(resolved, names))


def resolved(name: str) -> object:
    """A module of the kit, or what one has."""
    return pkgutil.resolve_name(f"optimspec_conformance.{name}")


@pytest.mark.parametrize("path", MODULES_OF_THE_KIT, ids=in_root)
def test_every_folder_of_modules_is_a_package(path: Path) -> None:
    assert (path.parent / "__init__.py").is_file()


@pytest.mark.parametrize("path", MODULES_OF_THE_KIT, ids=in_root)
def test_the_kit_never_imports_the_reference(path: Path) -> None:
    assert "optimspec" not in libraries(path)


@pytest.mark.parametrize("path", [p for p in MODULES_OF_THE_KIT if p.parent != KIT / "adapters"], ids=in_root)
def test_only_adapters_import_libraries(path: Path) -> None:
    assert libraries(path) <= LIBRARIES_OF_THE_KIT | {"optimspec_conformance"}


@pytest.mark.parametrize("path", sorted((KIT / "adapters").glob("*.py")), ids=in_root)
def test_adapters_import_their_library_when_used(path: Path) -> None:
    assert libraries(path, at_import=True) <= LIBRARIES_OF_THE_KIT | {"optimspec_conformance"}


@pytest.mark.parametrize("name", IMPORTED_BY_EVERY_PYTEST)
def test_the_plugin_imports_nothing_but_pytest(name: str) -> None:
    """It is loaded in every pytest run of an environment that has the kit."""
    modules = {".".join(dotted(KIT / other)) for other in IMPORTED_BY_EVERY_PYTEST}
    at_import = {n.rpartition(".")[0] for n in imports(KIT / name, at_import=True) if n.startswith("optimspec_conf")}
    assert libraries(KIT / name, at_import=True) <= {"pytest", "optimspec_conformance"}
    assert at_import <= modules
    assert libraries(KIT / "session" / "__init__.py", at_import=True) == set()


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_the_reference_imports_numpy_and_jax_alone(path: Path) -> None:
    assert libraries(path) <= LIBRARIES_OF_THE_REFERENCE | {"optimspec"}


def folder(module: list[str]) -> str:
    """The folder of its package in which a module of the reference lies; '' for the top."""
    return module[1] if len(module) > 1 and module[1] in (*FOLDERS, "base") else ""


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_the_reference_imports_one_way(path: Path) -> None:
    """Base ← schedulers, optimizers ← composition ← `__init__`; the modules of two classes never import each other."""
    here = folder(dotted(path))
    for name in imports(path):
        if name.startswith("optimspec."):
            other = folder(name.split("."))
            assert LAYERS[other] < LAYERS[here] or here == other in ("base", ""), name


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_the_kit_imports_no_other_class(name: str) -> None:
    modules = imported_modules(KIT / "classes" / f"{name}.py")
    assert modules
    assert {module for module in modules if room(module) == "classes" and module.count(".") > 2} == set()


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_only_abstract_classes_of_the_reference_have_subclasses(path: Path) -> None:
    module = import_module(".".join(dotted(path)))
    classes = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__]
    bases = {base for cls in classes for base in cls.__bases__ if base.__module__.startswith("optimspec.")}
    assert [base for base in bases if not inspect.isabstract(base)] == []
