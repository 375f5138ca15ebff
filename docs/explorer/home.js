/** The curve of the home page: one schedule, and the sliders that move it. */

import { draw } from "./chart.js";
import { byId } from "./dom.js";
import { built, described, ratesOf, timesOf } from "./model.js";
import { write } from "./state.js";

const CLASS = "CosineAnnealingWarmRestarts";
const PARAMETERS = ["T_0", "T_mult", "eta_min"]; // each has a slider of its name
const STEPS = 100;

const link = document.querySelector(".home .explorer .more a");
const explorer = link.href;

function refresh() {
  const values = PARAMETERS.map((name) => byId(name).value);
  const state = new Map([["a", CLASS], ...PARAMETERS.map((name, i) => [`a.${name}`, values[i]]), ["steps", String(STEPS)]]);
  PARAMETERS.forEach((name, i) => (document.querySelector(`output[for="${name}"]`).textContent = values[i]));
  byId("call").textContent = `${CLASS}(${PARAMETERS.map((name, i) => `${name}=${values[i]}`).join(", ")})`;
  link.href = explorer + write(state);
  const schedule = described(state, "a");
  const times = timesOf(STEPS);
  if (byId("curve").clientWidth > 0) draw(byId("curve"), [{ side: "a", rates: ratesOf(schedule, built(schedule), times) }], times);
}

for (const name of PARAMETERS) byId(name).addEventListener("input", refresh);
refresh();
new ResizeObserver(refresh).observe(byId("curve"));
