/** The page: keeps form, link, curve, table and Python the same. */

import { draw } from "./chart.js";
import { byId, element, short } from "./dom.js";
import { panel, showError } from "./form.js";
import { farthest, parsed } from "./log.js";
import { built, described, ratesOf, rounded, span, stepsOf, timesOf } from "./model.js";
import { python } from "./python.js";
import { copy, initial, read, remove, set, write } from "./state.js";
import { fill } from "./table.js";

const LINK_DELAY = 300; // milliseconds; a browser does not like to be told of every movement of a slider
const REFUSED = "# A value is refused: see the message.";

let state = initial();
let shown = null; // curves and times, and the chart that draws them
let waiting = 0;
let log = null; // what was pasted; it is no part of a link

const sides = () => ["a", "b"].filter((side) => state.has(side));
const titleOf = (side) => (state.has("b") ? `${side.toUpperCase()}: ` : "") + state.get(side);

// ------------------------------------------------------------------------------------------------- from state to page

function rebuild() {
  const focused = document.activeElement?.id;
  const panels = sides().map((side) => panel(state, side, state.has("b") ? `Schedule ${side.toUpperCase()}` : "Schedule", changed));
  byId("panels").replaceChildren(...panels);
  byId("compare").checked = state.has("b");
  byId("steps").value = state.get("steps") ?? "";
  if (focused) byId(focused)?.focus();
  refresh();
}

function refresh() {
  const schedules = sides().map((side) => ({ side, schedule: described(state, side) }));
  const good = schedules.flatMap(({ side, schedule }) => attempt(side, () => [{ side, schedule, scheduler: built(schedule) }]));
  const times = timesToShow(good);
  const curves = good.flatMap(({ side, schedule, scheduler }) =>
    attempt(side, () => [{ side, title: titleOf(side), rates: ratesOf(schedule, scheduler, times) }]),
  );
  fill(byId("values"), curves, times);
  const refused = curves.length < schedules.length;
  byId("python").textContent = refused ? REFUSED : python(schedules.map(({ schedule }) => schedule));
  byId("copy-python").disabled = refused;
  byId("legend").replaceChildren(...curves.map(legend), ...(log ? [legend({ side: "log", title: "Log" })] : []));
  byId("log-status").textContent = log ? compared(good[0]) : "";
  shown = { curves, times };
  redraw();
}

function attempt(side, make) {
  try {
    const made = make();
    showError(side, null);
    return made;
  } catch (error) {
    showError(side, error);
    return [];
  }
}

function timesToShow(good) {
  const automatic = rounded([...good.map(({ schedule }) => span(schedule)), ...(log ? [Math.max(...log.steps)] : [])]);
  const field = byId("steps");
  field.placeholder = automatic;
  byId("steps-error").textContent = "";
  field.removeAttribute("aria-invalid");
  try {
    return timesOf(stepsOf(state, automatic));
  } catch (error) {
    byId("steps-error").textContent = error.message;
    field.setAttribute("aria-invalid", "true");
    return timesOf(automatic);
  }
}

const legend = ({ side, title }) => element("span", { class: `key ${side}` }, title);

/** How a schedule compares with the log; a plateau follows metrics, which the log may not have. */
function compared(first) {
  const points = `${log.steps.length} points in the log`;
  if (first === undefined || first.schedule.name === "ReduceLROnPlateau") return `${points}.`;
  const { step, observed, expected } = farthest(log, ratesOf(first.schedule, first.scheduler, log.steps));
  return `${points}; the farthest from ${titleOf(first.side)} is that of step ${step}: ${short(observed)}, expected ${short(expected)}.`;
}

function redraw() {
  if (byId("curve").clientWidth === 0) return;
  shown.chart = draw(byId("curve"), shown.curves, shown.times, log);
  const cursor = byId("cursor");
  cursor.max = shown.times.length - 1;
  mark(Number(cursor.value));
}

function mark(i) {
  const { curves, times, chart } = shown;
  chart.mark(i);
  const text = curves.map(({ side, rates }) => `${curves.length > 1 ? `${side.toUpperCase()} ` : ""}${short(rates[i])}`);
  byId("cursor").setAttribute("aria-valuetext", `step ${times[i]}`);
  byId("at").textContent = curves.length > 0 ? `Step ${times[i]}: ${text.join(", ")}` : "No curve: see the message";
}

// ------------------------------------------------------------------------------------------------- from page to state

function changed(rebuilt) {
  if (rebuilt) rebuild();
  else refresh();
  clearTimeout(waiting);
  waiting = setTimeout(writeLink, LINK_DELAY);
}

function writeLink() {
  clearTimeout(waiting);
  history.replaceState(null, "", write(state));
}

/** Shows what a link says. Anchors of the page are no states: these have an equals sign. */
export function show(hash) {
  clearTimeout(waiting);
  if (!hash.includes("=")) {
    if (shown === null) rebuild();
    return;
  }
  const { state: linked, wrong } = read(hash);
  state = linked;
  byId("message").textContent = wrong.length > 0 ? `Not all of the link could be understood: ${wrong.join("; ")}.` : "";
  rebuild();
}

async function copyText(text, what, fallback) {
  const status = byId("status");
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = `${what} copied.`;
  } catch {
    status.textContent = `The browser does not allow to copy: ${fallback}.`;
  }
}

byId("compare").addEventListener("change", (event) => {
  if (event.target.checked) copy(state, "a", "b");
  else remove(state, "b");
  changed(true);
});
byId("steps").addEventListener("input", (event) => {
  set(state, "steps", event.target.value.trim());
  changed(false);
});
byId("log").addEventListener("input", (event) => {
  byId("log-error").textContent = "";
  try {
    log = parsed(event.target.value);
  } catch (error) {
    log = null;
    byId("log-error").textContent = error.message;
  }
  refresh();
});
byId("cursor").addEventListener("input", (event) => mark(Number(event.target.value)));
byId("curve").addEventListener("pointermove", (event) => {
  const { times, chart } = shown;
  const wanted = chart.stepAt(event.clientX);
  const nearest = times.findIndex((t) => t >= wanted - times.at(-1) / (times.length - 1) / 2);
  byId("cursor").value = nearest === -1 ? times.length - 1 : nearest;
  mark(Number(byId("cursor").value));
});
byId("copy-python").addEventListener("click", () => {
  copyText(byId("python").textContent, "Python", "select the text instead");
});
byId("copy-link").addEventListener("click", () => {
  writeLink();
  copyText(location.href, "Link", "the address of this page is the link");
});
addEventListener("hashchange", () => show(location.hash));
show(location.hash);
new ResizeObserver(redraw).observe(byId("curve"));
