"""The domain of a parameter is the same on the page of its class and in the kit."""

import re

import pytest
from optimspec_conformance.classes.catalogue import DEFINITIONS
from optimspec_conformance.classes.definition import BASE_LR, LR, CompositeDefinition, OptimizerDefinition
from optimspec_conformance.classes.domains import Domain
from source import CLASSES, ROOT, read

ROW = re.compile(r"^\| (`\w+`(?:, `\w+`)*) \| [^|]+ \| [^|]+ \| ([^|]+) \|", re.MULTILINE)
CLOSED = re.compile(r"(?<!\w)(\d+) \\le|\\[gl]e (\d+)")


def on_page(name: str) -> dict[str, str]:
    rows: list[tuple[str, str]] = ROW.findall(read(ROOT / "spec" / f"{name}.md"))
    return {parameter: domain for parameters, domain in rows for parameter in re.findall(r"\w+", parameters)}


def in_kit(name: str) -> dict[str, Domain]:
    definition = DEFINITIONS[re.findall(r"^# (\w+)$", read(ROOT / "spec" / f"{name}.md"), re.MULTILINE)[0]]
    assert not isinstance(definition, CompositeDefinition)
    if isinstance(definition, OptimizerDefinition):
        return {"lr": LR, **definition.all_parameters}
    own = {k: v for k, v in definition.parameters.items() if k not in definition.with_end}
    return {**({"base_lr": BASE_LR} if definition.base is None else {}), **own}


@pytest.mark.parametrize("name", [name for name in CLASSES if not name.startswith("composition/")])
def test_the_closed_ends_of_a_domain_are_those_of_the_page(name: str) -> None:
    page, kit = on_page(name), in_kit(name)
    assert {*kit} <= {*page}
    on_the_page = {k: {float(low or high) for low, high in CLOSED.findall(page[k])} for k in kit}
    in_the_kit = {k: {float(min(v) if isinstance(v, list) else v) for v in kit[k].closed_ends()} for k in kit}
    assert on_the_page == in_the_kit
