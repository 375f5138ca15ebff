/** The optimizers: what all of them do (spec/optimizer.md), and the rules of six classes. */

import { checked, integer, KeyError, real, shown } from "./arguments.js";
import { Fixed, needed, numbers, Scheduler } from "./schedulers.js";

/** Numbers in row-major order. An array is never written to once it is made. */
export class NDArray {
  constructor(dtype, shape, data) {
    if (!(dtype in DTYPES)) throw new TypeError(`weights must be of ${Object.keys(DTYPES).join(" or ")}, not ${dtype}`);
    this.dtype = dtype;
    this.shape = [...shape];
    this.data = DTYPES[dtype].from(data);
  }

  valueOf() {
    return this.shape.length === 0 ? this.data[0] : this;
  }
}

const DTYPES = { float32: Float32Array, float64: Float64Array };

/** What rounds every intermediate value, so that a float32 weight is stepped as an array of float32 would be. */
const ROUND = { float32: Math.fround, float64: (x) => x };

const NON_NEGATIVE = "[0, inf)";
const DECAY = { kind: "real", interval: NON_NEGATIVE };
const CLIP = { kind: "real", interval: "(0, inf)", default: null, optional: true };
const BETAS = { kind: "pair", interval: "[0, 1)", default: [0.9, 0.999] };
const EPS = { kind: "real", interval: NON_NEGATIVE, default: 1e-8 };
const FLAG = { kind: "boolean", default: false };
const common = (weight_decay) => ({
  weight_decay: { ...DECAY, default: weight_decay },
  grad_clip_norm: CLIP,
  grad_clip_value: CLIP,
});

/** A subclass has `slots`, the names of what it keeps for each element, and `rule`. */
class Optimizer {
  #groups = [];
  #keys = new Map(); // of each key, its weight
  #decay;
  #clipNorm;
  #clipValue;

  constructor(lr, parameters, given) {
    const { grad_clip_norm, grad_clip_value, weight_decay, ...hyper } = checked(this.who, parameters, given);
    this.hyper = hyper;
    this.#decay = weight_decay;
    this.#clipNorm = grad_clip_norm;
    this.#clipValue = grad_clip_value;
    this.own = !(lr instanceof Scheduler);
    this.rates = this.own ? new Fixed(real(`${this.who}: lr`, lr, { interval: NON_NEGATIVE })) : lr;
    this.rates.serve(1);
  }

  get who() {
    return this.constructor.name;
  }

  get current_lr() {
    return this.rates.rateOf(0);
  }

  /** Weights by key: each an object whose `value` is an NDArray. */
  register_trainable_weights(states) {
    const weights = this.#made(states);
    if (this.#groups.length === 0) this.#groups.push({ weights: [], decay: this.#decay });
    this.#join(0, weights);
  }

  add_param_group(states, { lr, weight_decay } = {}) {
    if (this.#groups.length === 0) throw new RangeError(`${this.who}: register weights before adding a group`);
    const weights = this.#made(states);
    const what = (name) => `${this.who}: ${name} of a group`;
    const decay = weight_decay === undefined ? this.#decay : real(what("weight_decay"), weight_decay, DECAY);
    const i = this.#groups.length;
    if (lr !== undefined) {
      real(what("lr"), lr, { interval: NON_NEGATIVE });
      if (this.rates.absolute) throw new TypeError(`${what("lr")} cannot replace the rates of ${this.rates.who}`);
      this.rates.setBase(i, lr);
    }
    this.#groups.push({ weights: [], decay });
    this.#join(i, weights);
    this.rates.serve(i + 1);
  }

  #made(states) {
    if (!(states instanceof Map)) throw new TypeError(`${this.who}: weights must be a Map, got ${shown(states)}`);
    return [...states].map(([key, state]) => {
      if (this.#keys.has(key)) throw new RangeError(`${this.who}: the key ${String(key)} is registered already`);
      if (!(state?.value instanceof NDArray)) throw new TypeError(`${this.who}: ${String(key)} has no value`);
      const { length } = state.value.data;
      return [key, { state, k: 0, slots: this.slots.map(() => new DTYPES[state.value.dtype](length)) }];
    });
  }

  #join(i, weights) {
    for (const [key, weight] of weights) {
      this.#keys.set(key, weight);
      this.#groups[i].weights.push(weight);
    }
  }

  /** One update with gradients by key. All are looked at before any weight is stepped. */
  step(gradients) {
    if (this.#groups.length === 0) throw new RangeError(`${this.who}: register weights before a step`);
    if (!(gradients instanceof Map)) throw new TypeError(`${this.who}: gradients must be a Map, got ${shown(gradients)}`);
    const given = new Map();
    for (const [key, gradient] of gradients) {
      const weight = this.#keys.get(key);
      if (weight === undefined) throw new KeyError(`${this.who}: no weight has the key ${String(key)}`);
      const { shape } = weight.state.value;
      if (!(gradient instanceof NDArray) || String(gradient.shape) !== String(shape)) {
        throw new RangeError(`${this.who}: the gradient of ${String(key)} must have the shape [${shape}]`);
      }
      given.set(weight, gradient.data);
    }
    const lrs = this.#groups.map((_, i) => this.rates.rateOf(i));
    const scale = this.#scale(given);
    this.#groups.forEach(({ weights, decay }, i) => {
      for (const weight of weights) if (given.has(weight)) this.#update(weight, given.get(weight), scale, lrs[i], decay);
    });
  }

  update(gradients) {
    this.step(gradients);
  }

  #scale(given) {
    if (this.#clipNorm === null) return 1;
    let squares = 0;
    for (const data of given.values()) for (const g of data) squares += g * g;
    const norm = Math.sqrt(squares);
    return norm > this.#clipNorm ? this.#clipNorm / norm : 1;
  }

  #update(weight, gradient, scale, lr, decay) {
    const { dtype, shape, data } = weight.state.value;
    const f = ROUND[dtype];
    const most = this.#clipValue ?? Infinity;
    weight.k += 1;
    const rule = this.rule(f, f(lr), weight.k, f(decay));
    const slots = weight.slots.map((slot) => slot.slice());
    const stepped = data.map((p, j) => {
      const g = f(Math.min(Math.max(f(f(gradient[j]) * scale), -most), most));
      const now = slots.map((slot) => slot[j]);
      const value = rule(this.coupled ? f(g + f(f(decay) * p)) : g, p, now);
      now.forEach((entry, s) => (slots[s][j] = entry));
      return value;
    });
    weight.slots = slots;
    weight.state.value = new NDArray(dtype, shape, stepped);
  }

  // ------------------------------------------------------------------------------------------------------------ state

  state_dict() {
    const groups = this.#groups.map(({ weights }) =>
      weights.map(({ k, slots }) => ({ k, slots: slots.map((slot) => [...slot]) })),
    );
    return { groups, lr: this.own ? this.rates.state_dict() : null };
  }

  load_state_dict(state) {
    if (state === null || typeof state !== "object") throw new TypeError(`${this.who}: a state must be an object`);
    const groups = sameLength(`${this.who}: groups of the state`, needed(state, "groups"), this.#groups);
    const read = groups.map((weights, i) =>
      sameLength(`${this.who}: weights of the state`, weights, this.#groups[i].weights).map((written, j) =>
        this.#understood(written, this.#groups[i].weights[j]),
      ),
    );
    const lr = needed(state, "lr");
    if ((lr !== null) !== this.own) throw new TypeError(`${this.who}: lr of the state must be ${this.own ? "one" : null}`);
    const rates = this.own ? this.rates.understood(lr) : null;
    if (this.own) this.rates.restore(rates);
    this.#groups.forEach(({ weights }, i) => weights.forEach((weight, j) => Object.assign(weight, read[i][j])));
  }

  #understood(written, weight) {
    if (written === null || typeof written !== "object") throw new TypeError(`${this.who}: a weight's state must be an object`);
    const k = integer(`${this.who}: k of the state`, needed(written, "k"), { atLeast: 0 });
    const slots = sameLength(`${this.who}: slots of the state`, needed(written, "slots"), weight.slots);
    return {
      k,
      slots: slots.map((slot, s) => {
        const entries = sameLength(`${this.who}: a slot of the state`, slot, weight.slots[s]);
        if (!entries.every((entry) => typeof entry === "number")) {
          throw new TypeError(`${this.who}: a slot of the state must be numbers`);
        }
        return weight.slots[s].constructor.from(entries);
      }),
    };
  }
}

Optimizer.prototype.coupled = true;

function sameLength(what, list, other) {
  if (!Array.isArray(list)) throw new TypeError(`${what} must be a list`);
  if (list.length !== other.length) throw new RangeError(`${what} must be ${other.length}, got ${list.length}`);
  return list;
}

// ---------------------------------------------------------------------------------------------------------- the rules
//
// `rule(f, lr, k, decay)` gives a function of one element: gradient, weight and slots, which it replaces, to the weight.

class WithMomentum extends Optimizer {
  slots = ["v"];

  rule(f, lr) {
    const mu = f(this.hyper.momentum);
    const { nesterov } = this.hyper;
    return (g, p, slots) => {
      const v = f(f(mu * slots[0]) + g);
      slots[0] = v;
      return f(p - f(lr * (nesterov ? f(g + f(mu * v)) : v)));
    };
  }
}

const momentum = (value) => ({ momentum: { kind: "real", interval: NON_NEGATIVE, default: value } });

export class SGD extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0), nesterov: FLAG, ...common(0) }, given);
  }
}

export class Momentum extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0.9), ...common(0) }, given);
  }
}

export class MomentumNesterov extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0.9), ...common(0) }, given);
    this.hyper.nesterov = true;
  }
}

/** The corrected moments m̂ and v̂ of an element, from the slots m and v, which it replaces. */
function moments(f, [beta1, beta2], k) {
  const [b1, b2] = [f(beta1), f(beta2)];
  const [rest1, rest2] = [f(1 - beta1), f(1 - beta2)];
  const [correction1, correction2] = [f(1 - beta1 ** k), f(1 - beta2 ** k)];
  return (g, slots) => {
    slots[0] = f(f(b1 * slots[0]) + f(rest1 * g));
    slots[1] = f(f(b2 * slots[1]) + f(rest2 * f(g * g)));
    return [f(slots[0] / correction1), f(slots[1] / correction2)];
  };
}

export class Adam extends Optimizer {
  slots = ["m", "v", "largest"];

  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { betas: BETAS, eps: EPS, amsgrad: FLAG, ...common(0) }, given);
  }

  rule(f, lr, k) {
    const { betas, amsgrad } = this.hyper;
    const eps = f(this.hyper.eps);
    const corrected = moments(f, betas, k);
    return (g, p, slots) => {
      const [m, v] = corrected(g, slots);
      slots[2] = Math.max(slots[2], v);
      return f(p - f(lr * f(m / f(f(Math.sqrt(amsgrad ? slots[2] : v)) + eps))));
    };
  }
}

export class AdamW extends Optimizer {
  slots = ["m", "v"];

  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { betas: BETAS, eps: EPS, ...common(0.01) }, given);
  }

  rule(f, lr, k, decay) {
    const eps = f(this.hyper.eps);
    const corrected = moments(f, this.hyper.betas, k);
    return (g, p, slots) => {
      const [m, v] = corrected(g, slots);
      return f(p - f(lr * f(f(m / f(f(Math.sqrt(v)) + eps)) + f(decay * p))));
    };
  }
}

AdamW.prototype.coupled = false;

export class RMSprop extends Optimizer {
  slots = ["E", "mean", "v"];

  constructor({ lr = 0.01, ...given } = {}) {
    const alpha = { kind: "real", interval: "[0, 1]", default: 0.99 };
    super(lr, { alpha, eps: EPS, ...momentum(0), centered: FLAG, ...common(0) }, given);
  }

  rule(f, lr) {
    const { centered } = this.hyper;
    const [alpha, rest] = [f(this.hyper.alpha), f(1 - this.hyper.alpha)];
    const [eps, mu] = [f(this.hyper.eps), f(this.hyper.momentum)];
    return (g, p, slots) => {
      slots[0] = f(f(alpha * slots[0]) + f(rest * f(g * g)));
      slots[1] = f(f(alpha * slots[1]) + f(rest * g));
      const variance = centered ? f(slots[0] - f(slots[1] * slots[1])) : slots[0];
      slots[2] = f(f(mu * slots[2]) + f(g / f(Math.sqrt(f(variance + eps)))));
      return f(p - f(lr * slots[2]));
    };
  }
}

export const OPTIMIZERS = { SGD, Momentum, MomentumNesterov, Adam, AdamW, RMSprop };
