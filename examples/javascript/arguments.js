/** Refuses arguments: TypeError for a wrong type, RangeError for a wrong value, KeyError for an unknown key. */

export class KeyError extends Error {
  name = "KeyError";
}

/** The values of all parameters, checked; what is left out takes its default. `who` begins every message. */
export function checked(who, parameters, given) {
  for (const name of Object.keys(given)) {
    if (!(name in parameters)) throw new TypeError(`${who}: there is no ${name}`);
  }
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const value = given[name] === undefined ? parameter.default : given[name];
      if (value === null && parameter.optional) return [name, null];
      return [name, KINDS[parameter.kind](`${who}: ${name}`, value, parameter)];
    }),
  );
}

export function real(what, value, { interval }) {
  if (typeof value === "bigint") return real(what, Number(value), { interval });
  if (typeof value !== "number") throw new TypeError(`${what} must be a number, got ${shown(value)}`);
  const [low, high] = interval.slice(1, -1).split(", ").map((end) => (end === "inf" ? Infinity : Number(end)));
  const above = interval[0] === "[" ? value >= low : value > low;
  const below = interval.at(-1) === "]" ? value <= high : value < high;
  if (!above || !below) throw new RangeError(`${what} must be in ${interval}, got ${value}`);
  return value;
}

/** A number that is whole, or a bigint. */
export function integer(what, value, { atLeast }) {
  const whole = typeof value === "bigint" ? Number(value) : value;
  if (!Number.isInteger(whole)) throw new TypeError(`${what} must be an integer, got ${shown(value)}`);
  if (whole < atLeast) throw new RangeError(`${what} must be at least ${atLeast}, got ${whole}`);
  return whole;
}

const NON_NEGATIVE = { interval: "[0, inf)" };

const KINDS = {
  real,
  integer,

  rates(what, value) {
    if (!Array.isArray(value)) return [real(what, value, NON_NEGATIVE)];
    if (value.length === 0) throw new RangeError(`${what} must not be empty`);
    return value.map((entry) => real(what, entry, NON_NEGATIVE));
  },

  integers(what, value) {
    const numbers = entries(what, value).map((entry) => integer(what, entry, { atLeast: 0 }));
    if (numbers.some((n, i) => i > 0 && n <= numbers[i - 1])) {
      throw new RangeError(`${what} must be strictly increasing, got ${numbers}`);
    }
    return numbers;
  },

  reals: (what, value) => entries(what, value).map((entry) => real(what, entry, NON_NEGATIVE)),

  pair(what, value, parameter) {
    const numbers = entries(what, value).map((entry) => real(what, entry, parameter));
    if (numbers.length !== 2) throw new RangeError(`${what} must be two numbers, got ${numbers.length}`);
    return numbers;
  },

  choice(what, value, { options }) {
    if (typeof value !== "string") throw new TypeError(`${what} must be a string, got ${shown(value)}`);
    if (!options.includes(value)) throw new RangeError(`${what} must be one of ${options.join(", ")}, got ${value}`);
    return value;
  },

  boolean(what, value) {
    if (typeof value !== "boolean") throw new TypeError(`${what} must be true or false, got ${shown(value)}`);
    return value;
  },

  functions(what, value) {
    if (!Array.isArray(value)) return [KINDS.function(what, value)];
    if (value.length === 0) throw new RangeError(`${what} must not be empty`);
    return value.map((entry) => KINDS.function(what, entry));
  },

  function(what, value) {
    if (typeof value !== "function") throw new TypeError(`${what} must be a function, got ${shown(value)}`);
    return value;
  },
};

/** A list of what any iterable gives; a string is none here. */
export function entries(what, value) {
  if (typeof value === "string" || typeof value?.[Symbol.iterator] !== "function") {
    throw new TypeError(`${what} must be iterable, got ${shown(value)}`);
  }
  return [...value];
}

export function shown(value) {
  if (value === null || value === undefined) return String(value);
  return typeof value === "object" ? `${value.constructor?.name ?? "an object"}` : `${typeof value} ${String(value)}`;
}

/** The entry that serves group i of a list which may be shorter than the groups. */
export const entryOf = (list, i) => list[Math.min(i, list.length - 1)];
