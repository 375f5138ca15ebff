/** A pasted log: CSV, JSON Lines, a list in JSON, or the trainer_state.json of transformers. It stays in this page. */

const STEP = ["step", "global_step", "_step", "iteration", "iter", "num_updates", "update", "t", "epoch"];
const RATE = /^((.*_)?(lr|learning_rate)(_?\d+|_.*)?|rate|last_lr)$/;

/** Its steps and rates, in their order; null for an empty text. What cannot be read throws, in one sentence. */
export function parsed(text) {
  if (text.trim() === "") return null;
  const { names, rows } = /^\s*[[{]/.test(text) ? fromJson(text) : fromCsv(text);
  const step = STEP.flatMap((name) => names.filter((given) => [plain(given), plain(given.split("/").at(-1))].includes(name)))[0];
  const rate = names.find((given) => RATE.test(plain(given)));
  if (step === undefined) throw new Error(`No column looks like the step: ${names.join(", ")}`);
  if (rate === undefined) throw new Error(`No column looks like the rate: ${names.join(", ")}`);
  const points = rows.filter((row) => (row[rate] ?? "") !== "").map((row) => [finite(row[step], "step"), finite(row[rate], "rate")]);
  if (points.length === 0) throw new Error("The log has no rate");
  const wrong = points.find(([t]) => t < 0 || !Number.isInteger(t));
  if (wrong) throw new Error(`The step ${wrong[0]} is no whole number from 0 on`);
  return { steps: points.map(([t]) => t), rates: points.map(([, lr]) => lr) };
}

const plain = (name) => name.toLowerCase().trim().replace(/\W/g, "_");

function finite(value, what) {
  const number = Number(value);
  if (value === undefined || value === "" || !Number.isFinite(number)) throw new Error(`The ${what} “${value}” is no number`);
  return number;
}

function fromCsv(text) {
  const count = (mark) => text.split("\n", 1)[0].split(mark).length;
  const separator = [",", "\t", ";"].reduce((most, mark) => (count(mark) > count(most) ? mark : most));
  const [header, ...lines] = text.trim().split(/\r?\n/).map((line) => line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1")));
  const short = lines.findIndex((cells) => cells.length < header.length);
  if (short !== -1) throw new Error(`Line ${short + 2} has ${lines[short].length} of ${header.length} columns`);
  return { names: header, rows: lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i]]))) };
}

function fromJson(text) {
  const rows = historyOf(text) ?? text.trim().split(/\r?\n/).filter((line) => line.trim() !== "").map(object);
  return { names: [...new Set(rows.flatMap(Object.keys))], rows };
}

function historyOf(text) {
  try {
    const whole = JSON.parse(text);
    return Array.isArray(whole) ? whole : whole.log_history;
  } catch {
    return undefined; // more than one object
  }
}

function object(line, i) {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`Line ${i + 1} is no whole JSON object`);
  }
}

/** The point that is farthest from the rates of a schedule at the same steps. */
export function farthest({ steps, rates }, expected) {
  const errors = rates.map((rate, i) => Math.abs(rate - expected[i]));
  const i = errors.reduce((best, error, j) => (error > errors[best] ? j : best), 0);
  return { step: steps[i], observed: rates[i], expected: expected[i] };
}
