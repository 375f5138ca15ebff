"""The house keeps its shape: the mirror, the direction of imports, and a check for every requirement."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import optimspec
import pytest
from optimspec_conformance import committed, spec
from optimspec_conformance.catalogue import MODELS

ROOT = Path(__file__).parents[2]
KIT = ROOT / "conformance" / "optimspec_conformance"
REFERENCE = ROOT / "reference" / "optimspec"
FOLDERS = ("schedulers", "composition", "optimizers")
PAGES = sorted((ROOT / "spec").rglob("*.md"))

LIBRARIES_OF_THE_KIT = {"numpy", "pytest", "xdist", "hypothesis", "mpmath", "jsonschema", "click", "rich"}
PLUGIN = ("plugin.py", "options.py", "items.py")
LIBRARIES_OF_THE_REFERENCE = {"numpy", "jax"}
LAYERS = {"base": 0, "schedulers": 1, "optimizers": 1, "composition": 2, "": 3}

SCHEMAS = {"schema.json", "request.schema.json", "answer.schema.json"}

CAPITALS = re.compile(r"\b(?:MUST|SHALL|SHOULD|MAY|REQUIRED|RECOMMENDED|OPTIONAL)\b")
REQUIREMENT = re.compile(r"\*\*([A-Z]+)-\d+\*\* ")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def in_root(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# ---------------------------------------------------------------------------------------------------- the mirror


def classes_in(directory: Path, suffix: str) -> set[str]:
    """Find the files that a part of the house has for classes, without their suffix: `schedulers/exponential`."""
    paths = [path for folder in FOLDERS for path in (directory / folder).glob(f"*{suffix}")]
    return {path.relative_to(directory).with_suffix("").as_posix() for path in paths if path.name != "__init__.py"}


CLASSES = sorted(classes_in(ROOT / "spec", ".md"))


@pytest.mark.parametrize(
    ("part", "suffix"),
    [
        ("reference/optimspec", ".py"),
        ("conformance/optimspec_conformance", ".py"),
        ("conformance/optimspec_conformance/vectors", ".json"),
    ],
)
def test_every_class_has_a_page_a_reference_a_module_in_the_kit_and_vectors(part: str, suffix: str) -> None:
    assert CLASSES
    assert sorted(classes_in(ROOT / part, suffix)) == CLASSES


def test_vectors_lie_nowhere_else() -> None:
    found = {path.relative_to(committed.VECTORS).as_posix() for path in committed.VECTORS.rglob("*.json")}
    assert found == {f"{name}.json" for name in CLASSES} | {"manifest.json", *SCHEMAS}


def test_committed_sequences_are_of_classes() -> None:
    assert {path.stem for path in (KIT / "sequences").iterdir()} <= set(MODELS)


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_one_name_everywhere(name: str) -> None:
    (title,) = re.findall(r"^# (\w+)$", read(ROOT / "spec" / f"{name}.md"), re.MULTILINE)
    module = name.replace("/", ".")

    assert json.loads(read(committed.VECTORS / f"{name}.json"))["class"] == title
    assert MODELS[title].folder == name.split("/")[0]
    assert MODELS[title].cases.__module__ == f"optimspec_conformance.{module}"
    assert getattr(optimspec, title).__module__ == f"optimspec.{module}"


def test_the_first_page_lists_the_classes_of_this_version() -> None:
    _, _, listed = read(ROOT / "spec" / "index.md").partition("\n## Which classes\n")
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(MODELS)


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_the_site_lists_every_page(page: Path) -> None:
    assert re.search(rf"^ +- {re.escape(in_root(page))}$", read(ROOT / "mkdocs.yml"), re.MULTILINE)


# ------------------------------------------------------------------------------------------------------- imports


def parts(path: Path) -> list[str]:
    """Split the dotted name of a module."""
    home = REFERENCE.parent if path.is_relative_to(REFERENCE) else KIT.parent
    names = list(path.relative_to(home).with_suffix("").parts)
    return names[:-1] if names[-1] == "__init__" else names


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs when a module is imported: not the bodies of functions, nor what only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for alternative in child.orelse:
                yield alternative
                yield from executed(alternative)
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from executed(child)


def imports(path: Path, *, at_import: bool = False) -> set[str]:
    """List the dotted names that a module imports, relative ones resolved, `import_module("…")` included."""
    tree = ast.parse(read(path))
    package = parts(path) if path.name == "__init__.py" else parts(path)[:-1]
    found: set[str] = set()
    for node in executed(tree) if at_import else ast.walk(tree):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) - level + 1] if level else []
                found |= {".".join([*above, *filter(None, [module]), alias.name]) for alias in names}
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module" | "importorskip"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                found.add(name)
    return found


def libraries(path: Path, *, at_import: bool = False) -> set[str]:
    """List the packages that a module imports, without the standard library."""
    return {name.split(".")[0] for name in imports(path, at_import=at_import)} - sys.stdlib_module_names


MODULES_OF_THE_KIT = sorted(KIT.rglob("*.py"))
MODULES_OF_THE_REFERENCE = sorted(REFERENCE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES_OF_THE_KIT, ids=in_root)
def test_the_kit_never_imports_the_reference(path: Path) -> None:
    assert "optimspec" not in libraries(path)


@pytest.mark.parametrize("path", [p for p in MODULES_OF_THE_KIT if p.parent != KIT / "adapters"], ids=in_root)
def test_only_adapters_import_libraries(path: Path) -> None:
    assert libraries(path) <= LIBRARIES_OF_THE_KIT | {"optimspec_conformance"}


@pytest.mark.parametrize("path", sorted((KIT / "adapters").glob("*.py")), ids=in_root)
def test_adapters_import_their_library_when_used(path: Path) -> None:
    assert libraries(path, at_import=True) <= LIBRARIES_OF_THE_KIT | {"optimspec_conformance"}


@pytest.mark.parametrize("name", PLUGIN)
def test_the_plugin_imports_nothing_but_pytest(name: str) -> None:
    """It is loaded in every pytest run of an environment that has the kit."""
    path = KIT / name
    own = {f"optimspec_conformance.{path.stem}" for path in map(Path, PLUGIN)}
    kits = {module for module in imports(path, at_import=True) if module.startswith("optimspec_conformance")}
    assert libraries(path, at_import=True) <= {"pytest", "optimspec_conformance"}
    assert {".".join(module.split(".")[:2]) for module in kits} <= own


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_the_reference_imports_numpy_and_jax_alone(path: Path) -> None:
    assert libraries(path) <= LIBRARIES_OF_THE_REFERENCE | {"optimspec"}


def folder(module: list[str]) -> str:
    """Tell in which folder of its package a module lies; '' for the top."""
    return module[1] if len(module) > 1 and module[1] in (*FOLDERS, "base") else ""


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_the_reference_imports_one_way(path: Path) -> None:
    """Base ← schedulers, optimizers ← composition ← `__init__`; the modules of two classes never import each other."""
    own = folder(parts(path))
    for name in imports(path):
        if name.startswith("optimspec."):
            other = folder(name.split("."))
            assert LAYERS[other] < LAYERS[own] or own == other in ("base", ""), name


@pytest.mark.parametrize("path", MODULES_OF_THE_REFERENCE, ids=in_root)
def test_only_abstract_classes_of_the_reference_have_subclasses(path: Path) -> None:
    module = importlib.import_module(".".join(parts(path)))
    classes = [cls for cls in vars(module).values() if isinstance(cls, type) and cls.__module__ == module.__name__]
    bases = {base for cls in classes for base in cls.__bases__ if base.__module__.startswith("optimspec.")}
    assert [base for base in bases if not inspect.isabstract(base)] == []


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_of_the_kit_imports_from_the_root_of_the_kit_alone(name: str) -> None:
    """Neither another class nor a check."""
    own = [module.split(".") for module in imports(KIT / f"{name}.py") if module.startswith("optimspec_conformance.")]
    assert own
    assert {module[1] for module in own} <= {path.stem for path in KIT.glob("*.py")}


# ------------------------------------------------------------------------------------- requirements and checks


def test_every_requirement_has_a_check_and_every_check_a_requirement() -> None:
    assert {case.requirement for case in committed.cases()} == set(spec.requirements())


def test_every_check_is_about_a_class_of_the_specification() -> None:
    assert {case.subject for case in committed.cases()} == set(MODELS)


def test_every_check_is_in_an_area_that_runs_it() -> None:
    assert {case.area for case in committed.cases()} <= set(committed.AREAS)
    assert [area for area in committed.AREAS if not (KIT / "checks" / f"test_{area}.py").is_file()] == []


def test_no_two_checks_share_an_id() -> None:
    ids = [case.id for case in committed.cases()]
    assert sorted(id_ for id_ in set(ids) if ids.count(id_) > 1) == []


def test_the_id_of_a_check_tells_its_requirement_and_its_class() -> None:
    other = [case for case in committed.cases() if not case.id.startswith(f"{case.requirement}/{case.subject}/")]
    assert other == []


def test_the_manifest_counts_the_checks() -> None:
    counts = {profile: len(committed.cases_of(profile)) for profile in committed.PROFILES}
    assert committed.manifest() == {"specification": spec.version(), "checks": counts}


def test_the_first_page_lists_the_classes_of_each_profile() -> None:
    _, _, listed = read(ROOT / "spec" / "index.md").partition("\n## Which classes\n")
    core, _, extended = listed.partition("*core*")
    for profile, names in (("core", core), ("extended", extended)):
        assert sorted(re.findall(r"`(\w+)`", names)) == sorted(n for n, m in MODELS.items() if m.profile == profile)


@pytest.mark.parametrize("name", [name for name in CLASSES if name.startswith("optimizers/")])
def test_a_page_names_the_profile_if_it_is_not_core(name: str) -> None:
    page = read(ROOT / "spec" / f"{name}.md")
    assert MODELS[page.split()[1]].profile == ("extended" if "Profile: *extended*." in page else "core")


# ------------------------------------------------------------------------------------------- the specification


def paragraphs(page: Path) -> list[str]:
    return [paragraph.strip() for paragraph in re.split(r"\n\s*\n", read(page))]


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_capitals_bind_only_in_requirements(page: Path) -> None:
    """The sentence that defines the words is the one exception."""
    other = [paragraph for paragraph in paragraphs(page) if not REQUIREMENT.match(paragraph)]
    capitals = [paragraph for paragraph in other if CAPITALS.search(paragraph)]
    if page.name == "index.md":
        assert len(capitals) == 1
        assert "are those of BCP 14" in capitals.pop()
    assert capitals == []


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_a_requirement_is_one_sentence_with_one_capital_word(page: Path) -> None:
    for paragraph in filter(REQUIREMENT.match, paragraphs(page)):
        assert paragraph.endswith("."), paragraph
        assert not re.search(r"[.!?]\s+[A-Z]", paragraph), paragraph
        assert len(CAPITALS.findall(paragraph)) == 1, paragraph
        assert len(re.findall(r"\*\*(?:MUST|SHOULD|MAY)(?: NOT)?\*\*", paragraph)) == 1, paragraph


@pytest.mark.parametrize("page", PAGES, ids=in_root)
def test_an_id_begins_its_paragraph_and_names_its_page(page: Path) -> None:
    """An id that is written elsewhere in bold would be read as a requirement by some reader."""
    assert len(re.findall(r"\*\*[A-Z]+-\d+\*\*", read(page))) == len(list(filter(REQUIREMENT.match, paragraphs(page))))
    prefixes = {match[1] for match in map(REQUIREMENT.match, paragraphs(page)) if match}
    assert len(prefixes) <= 1
    elsewhere = {id_.split("-")[0] for id_, r in spec.requirements().items() if ROOT / "spec" / r.page != page}
    assert not prefixes & elsewhere


# -------------------------------------------------------------------------------------------------- the guides

GUIDES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


def test_the_first_page_of_the_site_gives_the_commands_of_the_readme() -> None:
    commands = re.findall(r"^pip install .+$", read(ROOT / "README.md"), re.MULTILINE)
    assert len(commands) == 2
    assert re.findall(r"^\$ (pip install .+)$", read(ROOT / "docs" / "index.md"), re.MULTILINE) == commands


def test_the_failure_that_the_readme_shows_quotes_the_specification() -> None:
    (quoted,) = re.findall(r"^([A-Z]+-\d+)  (.+)\n +spec/(\S+)#\1,", read(ROOT / "README.md"), re.MULTILINE)
    requirement = spec.requirements()[quoted[0]]
    assert quoted == (requirement.id, requirement.sentence, requirement.page)


def test_the_readme_lists_every_page_and_its_prefix() -> None:
    listed = re.findall(r"\]\(spec/(\S+\.md)\)\s`([A-Z]+)`", read(ROOT / "README.md"))
    assert dict(listed) == {r.page: r.id.split("-")[0] for r in spec.requirements().values()}


@pytest.mark.parametrize("guide", GUIDES, ids=in_root)
def test_a_link_of_a_guide_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", re.sub(r"^```.*?^```", "", read(guide), flags=re.MULTILINE | re.DOTALL))
    assert links
    assert [link for link in links if not (guide.parent / link).exists()] == []


# ------------------------------------------------------------------------------------------------- the checkout

# Written in pieces, so that this file does not hold what it looks for.
MACHINE = ["/" + "work/", "/" + "root/", "/" + "tmp/v", "/" + "opt/wheels", "pypi" + "-more", "/" + "home/"]


def test_no_file_names_a_machine() -> None:
    """Neither a folder of somebody's machine nor a registry of somebody's network."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout: git lists no files")
    names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    texts = {in_root(path): path.read_bytes() for path in names if path.is_file()}
    assert texts
    assert {name: text for name, content in texts.items() for text in MACHINE if text.encode() in content} == {}
