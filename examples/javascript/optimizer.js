/** What all optimizers do (spec/optimizer.md). */

import { checked, integer, KeyError, real, shown } from "./arguments.js";
import { Fixed, needed, Scheduler } from "./schedulers.js";

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

/** A key as a state has it: 1 is another than "1". */
const inState = (key) => JSON.stringify(key) ?? String(key);

const NON_NEGATIVE = "[0, inf)";
const DECAY = { kind: "real", interval: NON_NEGATIVE };

/**
 * A subclass has `slots`, the names of what it keeps for each element, and `rule(f, lr, k, decay)`, which gives a
 * function of one element: gradient, weight and slots, which it replaces, to the weight. `f` rounds. Unless it is
 * `coupled`, the rule sees to the weight decay.
 */
export class Optimizer {
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
      return [key, { key, state, k: 0, slots: this.slots.map(() => new DTYPES[state.value.dtype](length)) }];
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
    if (!(gradients instanceof Map)) {
      throw new TypeError(`${this.who}: gradients must be a Map, got ${shown(gradients)}`);
    }
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
      for (const weight of weights) {
        if (given.has(weight)) this.#update(weight, given.get(weight), scale, lrs[i], decay);
      }
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
      weights.map(({ key, k, slots }) => ({ key: inState(key), k, slots: slots.map((slot) => [...slot]) })),
    );
    return { class: this.who, groups, lr: this.own ? this.rates.state_dict() : null };
  }

  load_state_dict(state) {
    if (state === null || typeof state !== "object") throw new TypeError(`${this.who}: a state must be an object`);
    if (needed(state, "class") !== this.who) throw new TypeError(`${this.who}: the state is one of ${state.class}`);
    const groups = sameLength(`${this.who}: groups of the state`, needed(state, "groups"), this.#groups);
    const read = groups.map((weights, i) => {
      const left = [...sameLength(`${this.who}: weights of the state`, weights, this.#groups[i].weights)];
      return this.#groups[i].weights.map((weight) => this.#understood(this.#taken(left, weight), weight));
    });
    const lr = needed(state, "lr");
    if ((lr !== null) !== this.own) {
      throw new TypeError(`${this.who}: lr of the state must be ${this.own ? "that of a number" : "null"}`);
    }
    const rates = this.own ? this.rates.understood(lr) : null;
    if (this.own) this.rates.restore(rates);
    this.#groups.forEach(({ weights }, i) => weights.forEach((weight, j) => Object.assign(weight, read[i][j])));
  }

  /** Takes the saved entry of a weight out of those that are left: keys that read alike are told apart by their order. */
  #taken(left, weight) {
    const at = left.findIndex((written) => written?.key === inState(weight.key));
    return left.splice(Math.max(at, 0), 1)[0];
  }

  #understood(written, weight) {
    if (written === null || typeof written !== "object") {
      throw new TypeError(`${this.who}: a weight's state must be an object`);
    }
    if (needed(written, "key") !== inState(weight.key)) {
      throw new RangeError(`${this.who}: the state is of ${written.key}, where ${String(weight.key)} is registered`);
    }
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
