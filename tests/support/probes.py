"""What the explorer shows, read out of the page, and scripts that move it."""

from typing import Any

from browser import Browser

# What the page shows: of each side the points of the curve, turned back from pixels to steps and rates; the table.
SHOWN = """
  const byId = (id) => document.getElementById(id);
  const go = (hash) => new Promise((resolve) => {
    addEventListener("hashchange", () => resolve(), { once: true });
    location.hash = hash;
  });
  const pointsOf = (path) => {
    const { steps, top, width, height } = document.querySelector("#curve .plot").dataset;
    return path.getAttribute("d").slice(1).split("L").map((point) => {
      const [x, y] = point.split(" ").map(Number);
      return [(x / width) * steps, (1 - y / height) * top];
    });
  };
  const shown = () => ({
    curves: [...document.querySelectorAll("#curve .curve")].map(pointsOf),
    top: Number(document.querySelector("#curve .plot").dataset.top),
    table: [...document.querySelectorAll("#values tbody tr")].map((row) =>
      [row.querySelector("th").textContent, ...[...row.querySelectorAll("data")].map((e) => e.value)].map(Number)),
    alerts: [...document.querySelectorAll(".explorer [role=alert]")].map((e) => e.textContent).filter((text) => text),
    python: byId("python").textContent,
    hash: location.hash,
  });
"""

EXTREMES = [
    "",
    "0",
    "-0",
    "1",
    "-1",
    "0.5",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "5e-324",
    "9007199254740993",
    "1e400",
    "rubbish",
]
EXTREMES += ["[]", "1,2", "1,,2", "2, 1", ",", "None", "<b>", "0x10", "  ", "1_000"]

TORTURE = """
  const strange = [];
  const look = (what) => {
    const { curves, alerts, python } = shown();
    const bad = curves.flat(2).filter((coordinate) => !Number.isFinite(coordinate));
    if (curves.length === 0 && alerts.length === 0 && !document.querySelector("#values tbody data")) strange.push(what);
    if (bad.length > 0) strange.push(`${what}: ${bad.length} coordinates`);
    const refused = alerts.some((text) => !text.startsWith("steps"));
    if (refused !== python.startsWith("# ")) strange.push(`${what}: Python`);
    if (document.querySelector(".explorer b")) strange.push(`${what}: markup`);
  };
  const choose = (name) => {
    const chooser = byId("field-a");
    chooser.value = name;
    chooser.dispatchEvent(new Event("change"));
  };
  let count = 0;
  for (const name of arguments[0]) {
    choose(name);
    const fields = "#panels :is(input, select):not(#field-a), #steps";
    const ids = [...document.querySelectorAll(fields)].map(({ id }) => id);
    for (const id of ids) {
      choose(name);
      byId("steps").value = "";
      byId("steps").dispatchEvent(new Event("input"));
      const { type, min, max, options } = byId(id);
      const values = { range: [min, max], "select-one": [...(options ?? [])].map((o) => o.value) };
      for (const value of values[type] ?? arguments[1]) {
        byId(id).value = value;
        byId(id).dispatchEvent(new Event(byId(id).tagName === "SELECT" ? "change" : "input"));
        look(`${name} ${id} ${value}`);
        count += 1;
      }
    }
  }
  return [strange, count];
"""


def show(explorer: Browser, link: str) -> dict[str, Any]:
    shown: dict[str, Any] = explorer.run(f"{SHOWN} await go(arguments[0]); return shown();", link)
    return shown


def classes(explorer: Browser) -> list[str]:
    names: list[str] = explorer.run("return [...document.querySelectorAll('#field-a option')].map((o) => o.value);")
    return names
