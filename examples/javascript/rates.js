/**
 * The schedules as pure functions, and their parameters as data. A page can import this file as it is.
 *
 *     import { SCHEDULES, defaults } from "./rates.js";
 *     const { rate } = SCHEDULES.ExponentialLR;
 *     rate(10, { ...defaults("ExponentialLR"), base_lr: 0.1 });
 *
 * `rate(t, values)` is the rate of one group at time t; `base_lr`, `max_lr` and `min_lr` are that group's own numbers.
 * A parameter has a `default`, if any, a `kind`, and for the kind
 *   rates     one number or a list with one for each group, each at least 0;
 *   real      an `interval`, written as in mathematics;
 *   integer   `atLeast`;
 *   integers  strictly increasing, none negative;
 *   reals     each at least 0;
 *   choice    the `options`;
 *   boolean, function;
 *   functions one or a list with one for each group.
 * An `optional` one may be null; `typical` is what it is then about, for those who show it. `together(values)` gives what is wrong with values that do not go with each other: the
 * name of a parameter and what it must be. `refuses(t, lr_lambda)` throws at a time at which there is no rate.
 */

const rates = (value) => ({ kind: "rates", default: value });
const real = (value, interval, more = {}) => ({ kind: "real", default: value, interval, ...more });
const integer = (value, atLeast, more = {}) => ({ kind: "integer", default: value, atLeast, ...more });
const integers = (value) => ({ kind: "integers", default: value });
const choice = (...options) => ({ kind: "choice", default: options[0], options });
const boolean = () => ({ kind: "boolean", default: false });
const optional = { optional: true };

const NON_NEGATIVE = "[0, inf)";
const POSITIVE = "(0, inf)";

/** From `from` at x = 0 to `to` at x = 1, exactly at both ends. */
const lerp = (from, to, x) => (1 - x) * from + x * to;

/** (1 + cos πx)/2, written so that nothing cancels near x = 1; `left` is 1 − x. */
const fall = (left) => Math.sin((Math.PI * left) / 2) ** 2;

/** b·r^x, also where r^x alone is too large for a number. */
function scaled(b, r, x) {
  const factor = r ** x;
  if (b === 0 || Number.isFinite(factor)) return b === 0 ? 0 : b * factor;
  return b * r ** (x / 2) * r ** (x / 2);
}

/** What a function of the user gives for x, which is no factor on a rate unless it is finite and not negative. */
function factor(lr_lambda, x) {
  const result = lr_lambda(x);
  if (!(result >= 0 && result < Infinity)) throw new RangeError(`lr_lambda must give numbers of at least 0, got ${result} at ${x}`);
  return result;
}

const kept = new WeakMap(); // the last product of each function, so that a step costs one factor

function product(lr_lambda, t) {
  let [x, found] = kept.get(lr_lambda) ?? [0, 1];
  if (x > t) [x, found] = [0, 1];
  while (x < t) found *= factor(lr_lambda, ++x);
  kept.set(lr_lambda, [t, found]);
  return found;
}

/** How many of the increasing numbers are at most t. */
const passed = (numbers, t) => numbers.filter((n) => n <= t).length;

const HORIZON = { warmup_steps: integer(1000, 0), total_steps: integer(10000, 1) };
const LOW_RATES = { warmup_start_lr: real(0, NON_NEGATIVE), eta_min: real(0, NON_NEGATIVE) };

const endsAfterWarmUp = ({ warmup_steps, total_steps }) =>
  total_steps > warmup_steps ? null : ["total_steps", `above warmup_steps, which is ${warmup_steps}`];

/** A linear warm-up, and then what `after` gives, which counts its time from there. */
const warmedUp = (after) => (t, values) => {
  const { base_lr, warmup_steps, warmup_start_lr } = values;
  return t < warmup_steps ? lerp(warmup_start_lr, base_lr, t / warmup_steps) : after(t - warmup_steps, values);
};

/** The share of the time after the warm-up that is left at t, which counts from there. */
const shareLeft = (t, { warmup_steps: W, total_steps: T }) => Math.max((T - W - t) / (T - W), 0);

export const SCHEDULES = {
  ExponentialLR: {
    parameters: { base_lr: rates(1e-3), gamma: real(0.95, "(0, 1)") },
    rate: (t, { base_lr, gamma }) => base_lr * gamma ** t,
  },

  StepLR: {
    parameters: { base_lr: rates(1e-3), step_size: integer(30, 1), gamma: real(0.1, "(0, 1]") },
    rate: (t, { base_lr, step_size, gamma }) => base_lr * gamma ** Math.floor(t / step_size),
  },

  MultiStepLR: {
    parameters: { base_lr: rates(1e-3), milestones: integers([30, 60, 90]), gamma: real(0.1, "(0, 1]") },
    rate: (t, { base_lr, milestones, gamma }) => base_lr * gamma ** passed(milestones, t),
  },

  CosineAnnealingLR: {
    parameters: { base_lr: rates(1e-3), T_max: integer(50, 1), eta_min: real(0, NON_NEGATIVE) },
    rate: (t, { base_lr, T_max, eta_min }) =>
      t >= T_max ? eta_min : lerp(eta_min, base_lr, fall((T_max - t) / T_max)),
  },

  LinearLR: {
    parameters: {
      base_lr: rates(1e-3),
      start_factor: real(1 / 3, "[0, 1]"),
      end_factor: real(1, "[0, 1]"),
      total_iters: integer(5, 0),
    },
    rate: (t, { base_lr, start_factor, end_factor, total_iters }) =>
      base_lr * (t >= total_iters ? end_factor : lerp(start_factor, end_factor, t / total_iters)),
  },

  ConstantLR: {
    parameters: { base_lr: rates(1e-3), factor: real(1 / 3, "[0, 1]"), total_iters: integer(5, 0) },
    rate: (t, { base_lr, factor, total_iters }) => (t < total_iters ? base_lr * factor : base_lr),
  },

  PolynomialLR: {
    parameters: { base_lr: rates(1e-3), total_iters: integer(5, 1), power: real(1, POSITIVE) },
    rate: (t, { base_lr, total_iters, power }) =>
      t >= total_iters ? 0 : base_lr * ((total_iters - t) / total_iters) ** power,
  },

  ExponentialDecayLR: {
    parameters: {
      base_lr: rates(1e-3),
      decay_steps: integer(1000, 1),
      decay_rate: real(0.96, POSITIVE),
      transition_begin: integer(0, 0),
      staircase: boolean(),
      end_value: real(null, NON_NEGATIVE, optional),
    },
    rate(t, { base_lr, decay_steps, decay_rate, transition_begin, staircase, end_value }) {
      const x = Math.max(t - transition_begin, 0) / decay_steps;
      const eta = scaled(base_lr, decay_rate, staircase ? Math.floor(x) : x);
      if (end_value === null || decay_rate === 1) return eta;
      return decay_rate < 1 ? Math.max(eta, end_value) : Math.min(eta, end_value);
    },
  },

  WarmupScheduler: {
    parameters: { base_lr: rates(1e-3), warmup_epochs: integer(5, 0), warmup_start_lr: real(0, NON_NEGATIVE) },
    rate: (t, { base_lr, warmup_epochs, warmup_start_lr }) =>
      t >= warmup_epochs ? base_lr : lerp(warmup_start_lr, base_lr, t / warmup_epochs),
  },

  WarmupCosineSchedule: {
    parameters: { base_lr: rates(1e-3), ...HORIZON, ...LOW_RATES },
    together: endsAfterWarmUp,
    rate: warmedUp((t, values) => lerp(values.eta_min, values.base_lr, fall(shareLeft(t, values)))),
  },

  PiecewiseConstantSchedule: {
    absolute: true,
    parameters: {
      base_lr: rates(1e-3),
      boundaries: integers([1000, 2000]),
      values: { kind: "reals", default: [1, 0.1, 0.01] },
    },
    together: ({ boundaries, values }) =>
      values.length === boundaries.length + 1 ? null : ["values", "one more than boundaries"],
    rate: (t, { boundaries, values }) => values[passed(boundaries, t)],
  },

  CyclicLR: {
    parameters: {
      base_lr: rates(1e-3),
      max_lr: rates(1e-2),
      step_size_up: integer(2000, 1),
      step_size_down: integer(null, 1, optional),
      mode: choice("triangular", "triangular2", "exp_range"),
      gamma: real(1, POSITIVE),
      scale_fn: { kind: "function", default: null, ...optional },
      scale_mode: choice("cycle", "iterations"),
    },
    rate(t, { base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode }) {
      const length = step_size_up + (step_size_down ?? step_size_up);
      const cycle = Math.floor(t / length);
      const r = t % length;
      const height = r <= step_size_up ? r / step_size_up : (length - r) / (length - step_size_up);
      let scale = 1;
      if (scale_fn !== null) scale = scale_fn(scale_mode === "cycle" ? cycle + 1 : t);
      else if (mode === "triangular2") scale = 0.5 ** cycle;
      else if (mode === "exp_range") scale = gamma ** t;
      return height === 0 ? base_lr : base_lr + (max_lr - base_lr) * height * scale;
    },
  },

  OneCycleLR: {
    absolute: true,
    parameters: {
      max_lr: rates(1e-2),
      total_steps: integer(null, 1, optional),
      epochs: integer(null, 1, optional),
      steps_per_epoch: integer(null, 1, optional),
      pct_start: real(0.3, "(0, 1)"),
      anneal_strategy: choice("cos", "linear"),
      div_factor: real(25, POSITIVE),
      final_div_factor: real(1e4, POSITIVE),
    },
    together: ({ total_steps, epochs, steps_per_epoch }) =>
      total_steps !== null || (epochs !== null && steps_per_epoch !== null)
        ? null
        : ["total_steps", "given, or epochs and steps_per_epoch, both"],
    base: ({ max_lr, div_factor }) => max_lr / div_factor,
    rate(t, { max_lr, pct_start, anneal_strategy, div_factor, final_div_factor, ...values }) {
      const length = values.total_steps ?? values.epochs * values.steps_per_epoch;
      const rise = pct_start * length;
      const last = max_lr / final_div_factor;
      if (t <= rise) return lerp(max_lr / div_factor, max_lr, t / rise);
      if (t >= length) return last;
      const left = (length - t) / (length - rise);
      return lerp(last, max_lr, anneal_strategy === "cos" ? fall(left) : left);
    },
  },

  CosineAnnealingWarmRestarts: {
    parameters: {
      base_lr: rates(1e-3),
      T_0: integer(10, 1),
      T_mult: integer(1, 1),
      eta_min: real(0, NON_NEGATIVE),
    },
    rate(t, { base_lr, T_0, T_mult, eta_min }) {
      let length = T_0;
      let r = T_mult === 1 ? t % T_0 : t;
      while (r >= length) {
        r -= length;
        length *= T_mult;
      }
      return lerp(eta_min, base_lr, fall((length - r) / length));
    },
  },

  WarmupStableDecay: {
    parameters: {
      base_lr: rates(1e-3),
      warmup_steps: integer(undefined, 0),
      total_steps: integer(undefined, 1),
      decay_steps: integer(undefined, 0),
      decay: { ...choice("linear", "cosine", "1-sqrt"), default: undefined },
      ...LOW_RATES,
    },
    together: ({ warmup_steps, total_steps, decay_steps }) =>
      warmup_steps + decay_steps <= total_steps
        ? null
        : ["total_steps", `at least warmup_steps + decay_steps, which is ${warmup_steps + decay_steps}`],
    rate: warmedUp((t, { base_lr, warmup_steps, total_steps, decay_steps, decay, eta_min }) => {
      const left = total_steps - warmup_steps - t;
      if (left > decay_steps) return base_lr;
      if (left <= 0) return eta_min;
      const x = left / decay_steps;
      return lerp(eta_min, base_lr, { linear: x, cosine: fall(x), "1-sqrt": 1 - Math.sqrt(1 - x) }[decay]);
    }),
  },

  WarmupLinearSchedule: {
    parameters: { base_lr: rates(1e-3), ...HORIZON, ...LOW_RATES },
    together: endsAfterWarmUp,
    rate: warmedUp((t, values) => lerp(values.eta_min, values.base_lr, shareLeft(t, values))),
  },

  WarmupPolynomialSchedule: {
    parameters: { base_lr: rates(1e-3), ...HORIZON, power: real(1, POSITIVE), ...LOW_RATES },
    together: endsAfterWarmUp,
    rate: warmedUp((t, values) => lerp(values.eta_min, values.base_lr, shareLeft(t, values) ** values.power)),
  },

  InverseSqrtSchedule: {
    parameters: {
      base_lr: rates(1e-3),
      warmup_steps: integer(4000, 0),
      timescale: real(null, POSITIVE, { ...optional, typical: 1000 }),
      ...LOW_RATES,
    },
    together: ({ warmup_steps, timescale }) =>
      warmup_steps > 0 || timescale !== null ? null : ["timescale", "given where there is no warm-up"],
    rate: warmedUp((t, { base_lr, warmup_steps, timescale, eta_min }) =>
      Math.max(eta_min, base_lr / Math.sqrt(1 + t / (timescale ?? warmup_steps))),
    ),
  },

  WarmupCosineRestarts: {
    parameters: { base_lr: rates(1e-3), ...HORIZON, cycles: integer(1, 1), ...LOW_RATES },
    together: endsAfterWarmUp,
    rate: warmedUp((t, { base_lr, warmup_steps, total_steps, cycles, eta_min }) => {
      const length = total_steps - warmup_steps;
      if (t >= length) return eta_min;
      return lerp(eta_min, base_lr, fall((length - ((t * cycles) % length)) / length));
    }),
  },

  PiecewiseLinearSchedule: {
    absolute: true,
    parameters: { base_lr: rates(1e-3), milestones: integers(undefined), values: { kind: "reals" } },
    together: ({ milestones, values }) =>
      milestones.length > 0 && values.length === milestones.length
        ? null
        : ["values", "as many as milestones, and at least one"],
    rate(t, { milestones, values }) {
      const after = passed(milestones, t);
      if (after === 0 || after === milestones.length) return after === 0 ? values[0] : values.at(-1);
      const [start, end] = milestones.slice(after - 1);
      return lerp(values[after - 1], values[after], (t - start) / (end - start));
    },
  },

  LambdaLR: {
    parameters: { base_lr: rates(1e-3), lr_lambda: { kind: "functions" } },
    rate: (t, { base_lr, lr_lambda }) => base_lr * factor(lr_lambda, t),
    refuses: (t, lr_lambda) => factor(lr_lambda, t),
  },

  MultiplicativeLR: {
    parameters: { base_lr: rates(1e-3), lr_lambda: { kind: "functions" } },
    rate: (t, { base_lr, lr_lambda }) => base_lr * product(lr_lambda, t),
    refuses: (t, lr_lambda) => product(lr_lambda, t),
  },
};

/** The schedule that follows a metric. `start` and `advance` are pure as well: a state in, a new one out. */
export const PLATEAU = {
  parameters: {
    base_lr: rates(1e-3),
    mode: choice("min", "max"),
    factor: real(0.1, "(0, 1)"),
    patience: integer(10, 0),
    threshold: real(1e-4, NON_NEGATIVE),
    threshold_mode: choice("rel", "abs"),
    cooldown: integer(0, 0),
    min_lr: rates(0),
    eps: real(1e-8, NON_NEGATIVE),
  },

  start: (lrs) => ({ lrs, best: null, bad: 0, cooldown: 0 }),

  /** A step with a metric; `floors` has the `min_lr` of each group. */
  advance({ lrs, best, bad, cooldown }, metric, { factor, patience, eps, ...values }, floors) {
    if (improves(metric, best, values)) {
      best = metric;
      bad = 0;
    } else {
      bad += 1;
    }
    if (cooldown > 0) {
      cooldown -= 1;
      bad = 0;
    }
    if (bad > patience) {
      lrs = lrs.map((lr, i) => {
        const cut = Math.max(lr * factor, floors[i]);
        return lr - cut > eps ? cut : lr;
      });
      cooldown = values.cooldown;
      bad = 0;
    }
    return { lrs, best, bad, cooldown };
  },
};

function improves(metric, best, { mode, threshold, threshold_mode }) {
  const sign = mode === "min" ? 1 : -1; // so that smaller is better
  const worst = best === null ? Infinity : sign * best;
  if (worst === Infinity) return sign * metric < Infinity;
  return sign * metric < worst - (threshold_mode === "rel" ? threshold * Math.abs(worst) : threshold);
}

/** The rate of a chain: b times the factor by which each member changes its own base rate; `[rate, base]` of each. */
export const chained = (b, members) => (b === 0 ? 0 : members.reduce((eta, [rate, base]) => eta * (rate / base), b));

/** Which member of a sequence rules at time t. */
export const ruling = (milestones, t) => passed(milestones, t);

/** The time of member i of a sequence. */
export const timeOf = (milestones, i, t) => Math.max(i === 0 ? t : t - milestones[i - 1], 0);

export const defaults = (name) =>
  Object.fromEntries(Object.entries(SCHEDULES[name].parameters).map(([key, parameter]) => [key, parameter.default]));
