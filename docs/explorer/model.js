/** From the text of a state to schedulers of the program, and from these to their rates. */

import { CLASSES, FUNCTIONS, isComposite, parametersOf, spanOf } from "./classes.js";
import { integer } from "./program/arguments.js";
import { membersOf } from "./state.js";

const MOST_POINTS = 1000;
const MOST_STEPS = 1e12;
const MOST_WALKED = 1e4;

/** A schedule as `given` says it: class, arguments, members. Nothing is checked yet. */
export function described(state, path) {
  const name = state.get(path);
  const parameters = parametersOf(name);
  const given = {};
  for (const [key, { kind }] of Object.entries(parameters)) {
    if (state.has(`${path}.${key}`)) given[key] = parsed(kind, state.get(`${path}.${key}`));
  }
  const members = isComposite(name) ? membersOf(state, path).map((member) => described(state, member)) : [];
  return { name, path, given, members };
}

function parsed(kind, text) {
  if (kind === "choice") return text;
  if (kind.startsWith("function")) return FUNCTIONS[text] ?? text;
  if (kind === "boolean") return { true: true, false: false }[text] ?? text;
  if (kind === "real" || kind === "integer" || kind === "rates") return number(text);
  const list = text.trim().replace(/^\[(.*)\]$/s, "$1");
  return list.trim() === "" ? [] : list.split(",").map(number);
}

/** What is no number stays a text, for the program to refuse. */
function number(text) {
  const trimmed = text.trim();
  const named = { nan: NaN, inf: Infinity, "-inf": -Infinity }[trimmed.toLowerCase()];
  const value = named ?? Number(trimmed);
  return trimmed === "" || (named === undefined && Number.isNaN(value)) ? text : value;
}

/** The scheduler of the program. An error says with its `path` whose it is. */
export function built({ name, path, given, members }) {
  const { metrics, ...args } = given;
  if (isComposite(name)) args.schedulers = members.map(built);
  try {
    return new CLASSES[name](args);
  } catch (error) {
    error.path ??= path;
    throw error;
  }
}

function valuesOf({ name, given }) {
  const defaults = Object.entries(parametersOf(name)).map(([key, parameter]) => [key, parameter.default]);
  return { ...Object.fromEntries(defaults), ...given };
}

/** A plateau follows metrics, so that it cannot jump. */
const walks = ({ name }) => name === "ReduceLROnPlateau";

/** How many steps show what the schedule does, if its arguments are good. */
export function span(schedule) {
  const steps = spanOf(schedule.name, valuesOf(schedule), schedule.members.map(span));
  return walks(schedule) ? Math.min(steps, MOST_WALKED) : steps;
}

export const rounded = (spans) => Math.min(Math.max(Math.ceil(Math.max(10, ...spans)), 1), MOST_STEPS);

/** The number of steps to show: what the field says, or `automatic`. */
export function stepsOf(state, automatic) {
  if (!state.has("steps")) return automatic;
  const steps = integer("steps", number(state.get("steps")), { atLeast: 1 });
  if (steps > MOST_STEPS) throw new RangeError(`steps must be at most ${MOST_STEPS}, got ${steps}`);
  return steps;
}

/** Every step from 0 to `steps`, or where these are too many, some of them, both ends included. */
export function timesOf(steps) {
  const count = Math.min(steps, MOST_POINTS);
  return Array.from({ length: count + 1 }, (_, i) => Math.round((i * steps) / count));
}

export function ratesOf(schedule, scheduler, times) {
  if (walks(schedule) && times.at(-1) > MOST_WALKED) {
    throw Object.assign(new RangeError(`steps must be at most ${MOST_WALKED} for a plateau`), { path: "" });
  }
  const { metrics } = valuesOf(schedule);
  return times.map((t) => {
    if (walks(schedule)) while (scheduler.last_epoch < t) scheduler.step(metrics[scheduler.last_epoch] ?? metrics.at(-1));
    else scheduler.step({ epoch: t });
    return scheduler.get_last_lr()[0];
  });
}
