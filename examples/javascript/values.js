/** How the values of scenarios and traces are written (docs/vectors.md), and the objects that they stand for. */

import { KeyError, shown } from "./arguments.js";
import { ChainedScheduler, SequentialLR } from "./composition.js";
import { NDArray } from "./optimizer.js";
import { OPTIMIZERS } from "./optimizers.js";
import { SCHEDULES } from "./rates.js";
import { ReduceLROnPlateau, SCHEDULERS } from "./schedulers.js";

export const CLASSES = { ...SCHEDULERS, ReduceLROnPlateau, ChainedScheduler, SequentialLR, ...OPTIMIZERS };

/** A scenario that this language cannot run: the message says why. */
export class Unsupported extends Error {}

class UserError extends Error {}

export const fromUser = new WeakSet();

/** What a function of the user raises, of one of the language's own kinds where it is told to. */
function userError(kind, message) {
  const error = new ({ TypeError, KeyError, IndexError: RangeError }[kind] ?? UserError)(message);
  fromUser.add(error);
  return error;
}

const FUNCTIONS = {
  power: ({ base }) => (x) => Number(base) ** x,
  inverse: () => (x) => 1 / (1 + x),
  table: ({ values }) => (x) => {
    if (!Number.isInteger(x) || x < 0) throw userError("TypeError", `called with ${x}`);
    return decode(values[Math.min(x, values.length - 1)]);
  },
  fails: ({ from, raises }) => (x) => {
    if (x >= from) throw userError(raises, `the function fails at ${x}`);
    return 0.5;
  },
};

const TAGS = {
  float: (text) => ({ nan: NaN, inf: Infinity, "-inf": -Infinity })[text],
  str: (text) => text,
  bool: (truth) => truth,
  tuple: (entries) => Object.freeze(entries.map(decode)),
  iterator: (entries) => entries.map(decode).values(),
  int64: (n) => BigInt(n),
  float32: (text) => Math.fround(Number(text)),
  float64: (text) => Number(text),
  "0-d": (text) => new NDArray("float64", [], [Number(text)]),
  fn: (name, written) => FUNCTIONS[name](written),
  class: (name, written) => build(written),
};

export function decode(written) {
  if (typeof written === "string") return Number(written);
  if (Array.isArray(written)) return written.map(decode);
  if (written === null || typeof written !== "object") return written;
  const tag = Object.keys(TAGS).find((name) => name in written);
  return TAGS[tag](written[tag], written);
}

export const decodeAll = (written) =>
  Object.fromEntries(Object.entries(written).map(([key, value]) => [key, decode(value)]));

export function number(value) {
  if (typeof value !== "number") throw new TypeError(`${shown(value)} is no number`);
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
}

/** An array; a large one follows from a seed. */
export function decodeArray({ dtype, shape, data, seed }) {
  const size = shape.reduce((product, length) => product * length, 1);
  return new NDArray(dtype, shape, data?.map(decode) ?? Array.from({ length: size }, (_, j) => element(seed, j)));
}

export function encodeArray({ dtype, shape, data }) {
  return { dtype, shape, data: Array.from(data.length > LARGE ? sample(data) : data, number) };
}

const LARGE = 1024; // elements: of more, a row has a sample
const SIGNS = 99; // the seed whose signs are those of the sum

const element = (seed, j) => (((2 * seed + 137) * (j + 1)) % 8191 - 4095) / 2048;

/** The norm and a signed sum, both divided by the root of the size, and 64 of the elements. */
function sample(data) {
  const values = Float64Array.from(data);
  const root = Math.sqrt(values.length);
  const sum = values.reduce((total, value, j) => total + (element(SIGNS, j) < 0 ? -value : value), 0);
  const places = Array.from({ length: 64 }, (_, i) => Math.floor((i * (values.length - 1)) / 63));
  return [Math.hypot(...values) / root, sum / root, ...places.map((place) => values[place])];
}

/** Keys are equal where they are written alike: an array stands for a tuple, always the same for equal ones. */
export class Keys {
  #tuples = new Map();

  decode(written) {
    if (typeof written !== "object") return written;
    const text = JSON.stringify(written);
    if (!this.#tuples.has(text)) this.#tuples.set(text, written.tuple.map((entry) => this.decode(entry)));
    return this.#tuples.get(text);
  }

  encode = (key) => (Array.isArray(key) ? { tuple: key.map(this.encode) } : key);
}

/** A float where an integer is asked is to be refused, but a whole one is an integer here. */
export function refuseToTell(written) {
  if (typeof written === "string" && Number.isInteger(Number(written))) {
    throw new Unsupported(`JavaScript cannot tell ${written} from the integer`);
  }
  if (Array.isArray(written)) written.forEach(refuseToTell);
}

/** The object that is written so; `made` are its arguments, where they have been decoded already. */
export function build({ class: name, ...written }, made = decodeAll(written)) {
  for (const [key, value] of Object.entries(written)) {
    const kind = SCHEDULES[name]?.parameters[key]?.kind ?? INTEGERS[key];
    if (kind === "integer" || kind === "integers") refuseToTell(value);
  }
  return new CLASSES[name](made);
}

const INTEGERS = { last_epoch: "integer", milestones: "integers", patience: "integer", cooldown: "integer" };
