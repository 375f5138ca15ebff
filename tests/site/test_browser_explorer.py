"""The explorer in a browser: its curves are the golden vectors', and nothing that one enters breaks it."""

from typing import Any

import pytest
from browser import DESKTOP, PHONE, Browser, missing
from links import Linked, NotOffered, linked
from optimspec_conformance.cases import committed
from probes import EXTREMES, SHOWN, TORTURE, classes, show

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"NOT RUN: {missing()}")

TOLERANCE = 1e-9


@pytest.fixture
def explorer(chromium: Browser) -> Browser:
    chromium.size(DESKTOP)
    chromium.open("explorer/")
    chromium.errors()
    return chromium


def offered() -> list[Linked]:
    found: list[Linked] = []
    for case in committed.cases():
        if case.area == "golden" and "optimizer" not in case.scenario and "scheduler" in case.scenario:
            try:
                found += linked(case)
            except NotOffered:
                continue
    return found


def test_curve_and_table_are_the_golden_vectors(explorer: Browser) -> None:
    links = offered()
    script = f"""{SHOWN}
      const {{ show }} = await import(new URL("explorer.js", location.href));  // the browser throttles real links
      return arguments[0].map((link) => {{ show(link); return shown(); }});
    """
    parts = [[link.hash for link in links[i : i + 100]] for i in range(0, len(links), 100)]
    shown = [page for part in parts for page in explorer.run(script, part)]

    wrong = []
    for link, page in zip(links, shown, strict=True):
        curve = {round(t): rate for t, rate in page["curves"][0]} if page["curves"] else {}
        table = dict(page["table"])
        for t, expected in link.expected.items():
            near = TOLERANCE * max(link.scale, abs(expected))
            drawn = abs(curve.get(t, float("nan")) - expected) <= max(near, TOLERANCE * page["top"])
            written = abs(table.get(t, float("nan")) - expected) <= near
            if not (drawn and written):
                wrong.append((link.case, t, expected, curve.get(t), table.get(t), page["alerts"]))
    assert wrong == []
    assert {link.case.split("/")[1] for link in links} == set(classes(explorer))
    assert explorer.errors() == []


def test_survives_every_parameter_at_its_limits(explorer: Browser) -> None:
    found = [explorer.run(SHOWN + TORTURE, [name], EXTREMES) for name in classes(explorer)]

    assert [strange for strange, _ in found if strange] == []
    assert sum(count for _, count in found) > 1000
    assert explorer.errors() == []


def test_an_error_is_the_programs_own_and_stands_beside_its_field(explorer: Browser) -> None:
    page = show(explorer, "#a=ExponentialLR&a.gamma=1.5")

    assert page["alerts"] == ["ExponentialLR: gamma must be in (0, 1), got 1.5"]
    field = explorer.one("#field-a\\.gamma")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.find_element("xpath", "..").text.endswith(page["alerts"][0])
    assert (page["curves"], page["table"][0]) == ([], [0])


SEQUENCE = "#a=SequentialLR&a.milestones=4&a.0=LinearLR&a.0.base_lr=0.3&a.1=ExponentialLR&a.1.gamma=0.87&steps=9"


def test_a_link_shows_the_same_again(explorer: Browser) -> None:
    show(explorer, SEQUENCE)
    explorer.one("#compare").click()
    explorer.one("#field-b\\.1\\.gamma").clear()
    explorer.one("#field-b\\.1\\.gamma").send_keys("0.5")
    explorer.one("#copy-link").click()
    before = explorer.run(f"{SHOWN} return shown();")

    explorer.open("explorer/" + before["hash"])
    after = explorer.run(f"{SHOWN} return shown();")

    assert before["hash"].startswith(SEQUENCE.removesuffix("&steps=9"))
    assert after == before
    assert [len(curve) for curve in after["curves"]] == [10, 10]
    assert explorer.one("#field-b\\.1\\.gamma").get_attribute("value") == "0.5"


@pytest.mark.parametrize(
    "link",
    [
        "#a=NoSuchLR",
        "#b=StepLR",
        "#a=StepLR&a.gama=1",
        "#a=ChainedScheduler&a.0=ReduceLROnPlateau",
        "#=",
        "#a=%E0%A4%A",
        "#a=constructor",
    ],
)
def test_a_broken_link_says_so(explorer: Browser, link: str) -> None:
    page = show(explorer, link)

    assert explorer.one("#message").text.startswith("Not all of the link could be understood: ")
    assert page["curves"] or page["alerts"]
    assert explorer.errors() == []


def test_an_anchor_of_the_page_is_no_broken_link(explorer: Browser) -> None:
    before = show(explorer, SEQUENCE)
    after = show(explorer, "#some-to-start-with")
    assert after["curves"] == before["curves"]
    assert explorer.one("#message").text == ""


def test_every_example_of_the_page_shows_a_curve(explorer: Browser) -> None:
    links = explorer.run("return [...document.querySelectorAll('article a[href*=\"=\"]')].map((a) => a.hash);")
    assert len(links) > 3
    for link in links:
        page = show(explorer, link)
        assert (page["alerts"], explorer.one("#message").text) == ([], "")
        assert page["curves"]


def test_compares_two(explorer: Browser) -> None:
    page = show(
        explorer, "#a=ExponentialLR&a.base_lr=0.1&a.gamma=0.5&b=ExponentialLR&b.base_lr=0.2&b.gamma=0.5&steps=2"
    )

    assert page["table"] == [[0, 0.1, 0.2, 0.1], [1, 0.05, 0.1, 0.05], [2, 0.025, 0.05, 0.025]]
    assert explorer.one("#legend").text.split("\n") == ["A: ExponentialLR", "B: ExponentialLR"]
    dashes = "return [...document.querySelectorAll('.curve')].map((c) => getComputedStyle(c).strokeDasharray);"
    assert len(set(explorer.run(dashes))) == 2  # told apart by more than a colour
    explorer.one("#compare").click()
    assert len(explorer.run(f"{SHOWN} return shown();")["curves"]) == 1


def test_the_python_that_is_copied_gives_the_curve(explorer: Browser) -> None:
    origin = {"origin": explorer.home, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    explorer.driver.execute_cdp_cmd("Browser.grantPermissions", origin)
    links = [f"#a={name}" for name in classes(explorer) if name not in ("ChainedScheduler", "SequentialLR")]
    links += [
        SEQUENCE,
        "#a=CyclicLR&a.scale_fn=0.8+**+x&a.step_size_up=3",
        "#a=ExponentialDecayLR&a.staircase=true&a.decay_steps=3",
    ]
    needed = {
        "OneCycleLR": "a.epochs=3&a.steps_per_epoch=4&a.anneal_strategy=linear",
        "WarmupStableDecay": "a.warmup_steps=2&a.total_steps=9&a.decay_steps=4&a.decay=1-sqrt",
        "PiecewiseLinearSchedule": "a.milestones=1,4&a.values=0.1,0.3",
        "LambdaLR": "a.lr_lambda=1+/+(1+%2B+x)",
        "MultiplicativeLR": "a.lr_lambda=0.8+**+x",
    }
    for link in (f"{link}&{needed.get(link.removeprefix('#a='), '')}" for link in links):
        page = show(explorer, f"{link.removesuffix('&steps=9')}&steps=12")
        explorer.one("#copy-python").click()
        copied = explorer.run(
            """
            const status = document.getElementById("status");
            while (status.textContent !== "Python copied.") await new Promise((resolve) => setTimeout(resolve, 10));
            status.textContent = "";
            return navigator.clipboard.readText();
            """
        )
        made: dict[str, Any] = {}
        exec(copied, made)
        scheduler = made["scheduler"]
        for t, rate in page["table"]:
            assert scheduler.get_last_lr()[0] == pytest.approx(rate, rel=TOLERANCE), (link, t)
            scheduler.step(*([[1, 0.8, 0.6, 0.5][min(t, 3)]] if "Plateau" in link else []))


def test_a_pasted_log_is_drawn_over_the_curve(explorer: Browser) -> None:
    show(explorer, "#a=ExponentialLR&a.base_lr=0.4&a.gamma=0.5")
    sent = "return performance.getEntriesByType('resource').length;"
    before = explorer.run(sent)
    explorer.one("#log").send_keys("step,lr\n0,0.4\n1,0.3\n2,0.1\n")
    dots = explorer.run("return document.querySelector('.dots.log').getAttribute('d');")
    assert dots.count("M") == 3
    assert explorer.one("#log-status").text == (
        "3 points in the log; the farthest from ExponentialLR is that of step 1: 0.3, expected 0.2."
    )
    assert explorer.run(sent) == before
    explorer.one("#log").clear()
    explorer.one("#log").send_keys("loss\n1\n")
    assert explorer.one("#log-error").text == "No column looks like the step: loss"
    assert explorer.errors() == []


def test_where_copying_is_refused_the_status_says_so(explorer: Browser) -> None:
    explorer.run("navigator.clipboard.writeText = () => Promise.reject(new Error('no'));")
    explorer.one("#copy-link").click()
    said = "return document.getElementById('status').textContent;"
    assert explorer.run(f"await new Promise((resolve) => setTimeout(resolve, 20)); {said}").startswith(
        "The browser does not"
    )


def test_the_keyboard_reaches_and_moves_everything(explorer: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    show(explorer, SEQUENCE)
    explorer.run("window.scrollTo(0, 0); document.getElementById('cursor').focus();")
    reached = []
    focused = """
      const e = document.activeElement;
      return [e.closest(".explorer") ? e.id || e.ariaLabel : "", getComputedStyle(e).outlineStyle];
    """
    while (now := explorer.run(focused))[0]:
        reached.append(now[0])
        assert now[1] != "none", f"the focus on {now[0]} cannot be seen"
        explorer.keys(Keys.TAB)

    controls = ".explorer :is(input, select, button, textarea, [tabindex]):not(:disabled)"
    expected = explorer.run(f"return [...document.querySelectorAll('{controls}')].map((e) => e.id || e.ariaLabel);")
    assert reached == expected
    assert len(reached) > 20

    explorer.run("document.getElementById('cursor').focus();")
    explorer.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert explorer.one("#at").text == "Step 2: 0.18"
    explorer.run("document.getElementById('slider-a.1.gamma').focus();")
    explorer.keys(Keys.ARROW_LEFT)
    assert explorer.one("#field-a\\.1\\.gamma").get_attribute("value") == "0.86"
    explorer.run("document.getElementById('add-a').focus();")
    explorer.keys(Keys.ENTER)
    assert explorer.one("#field-a\\.milestones").get_attribute("value") == "4, 24"
    assert explorer.run("return document.activeElement.id;") == "add-a"
    explorer.run("document.getElementById('remove-a.1').focus();")
    explorer.keys(Keys.ENTER)
    assert explorer.one("#field-a\\.milestones").get_attribute("value") == "24"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_is_no_wider_than_the_window_whatever_it_shows(explorer: Browser, width: int) -> None:
    explorer.size(width)
    for link in [*(f"#a={name}&b=CyclicLR" for name in classes(explorer)), SEQUENCE, f"#a=StepLR&a.gamma={'9' * 300}"]:
        show(explorer, link)
        sizes = explorer.run("const e = document.documentElement; return [e.scrollWidth, e.clientWidth];")
        assert sizes[0] <= sizes[1], link
