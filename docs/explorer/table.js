/** The values as a table: what the curve shows, for those who do not see it. */

import { element, short } from "./dom.js";

const MOST_ROWS = 50;

export function fill(table, curves, times) {
  const last = times.length - 1;
  const count = Math.min(last, MOST_ROWS);
  const rows = Array.from({ length: count + 1 }, (_, row) => Math.round((row * last) / count));
  const two = curves.length === 2;
  const heads = ["Step", ...(two ? ["A", "B", "B − A"] : curves.map(({ title }) => title))];
  table.replaceChildren(
    element("caption", {}, count < times.at(-1) ? `Rates at ${count + 1} of the steps` : "Rates at every step"),
    element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map((i) => row(times[i], curves.map(({ rates }) => rates[i]), two))),
  );
}

function row(time, rates, two) {
  const values = two ? [...rates, rates[1] - rates[0]] : rates;
  const cells = values.map((value) => element("td", {}, element("data", { value: String(value) }, short(value))));
  return element("tr", {}, element("th", { scope: "row" }, String(time)), ...cells);
}
