/** The schedulers: what all of them do (spec/scheduler.md), and a class for each schedule of rates.js. */

import { checked, entryOf, integer, KeyError, real, shown } from "./arguments.js";
import { PLATEAU, SCHEDULES } from "./rates.js";

const LAST_EPOCH = { kind: "integer", default: 0, atLeast: -1 };

/** Time, base rates and state. A subclass has `rate(t, i)`, the rate of group i, and `who`, its name. */
export class Scheduler {
  #time = 0;
  #groups = 0;
  #given = [1e-3]; // the base rates, of which the last serves all further groups
  #own = new Map(); // those that groups were given explicitly
  stated = false;
  absolute = false;

  get who() {
    return this.constructor.name;
  }

  get last_epoch() {
    return this.#time;
  }

  get base_lrs() {
    return this.#each((i) => this.baseOf(i));
  }

  get_last_lr() {
    return this.#each((i) => this.rate(this.#time, i));
  }

  step({ epoch } = {}) {
    this.go(epoch === undefined ? this.#time + 1 : integer(`${this.who}: epoch`, epoch, { atLeast: 0 }));
  }

  state_dict() {
    const own = this.#each((i) => this.#own.get(i) ?? null);
    return { class: this.who, last_epoch: this.#time, base_lr: [...this.#given], own };
  }

  load_state_dict(state) {
    this.restore(this.understood(state));
  }

  // ------------------------------------------------------------------- what optimizers, composites and subclasses use

  get size() {
    return Math.max(this.#given.length, this.#groups);
  }

  get given() {
    return this.#given;
  }

  baseOf(i) {
    return this.#own.get(i) ?? entryOf(this.#given, i);
  }

  rateOf(i) {
    return this.rate(this.#time, i);
  }

  go(time) {
    this.#time = time;
  }

  take(given) {
    this.#given = [...given];
  }

  /** There are so many groups. */
  serve(groups) {
    this.#groups = Math.max(this.#groups, groups);
  }

  setBase(i, lr) {
    this.#own.set(i, lr);
  }

  /** A state that was looked through to the end, so that it can be restored without a refusal. */
  understood(state) {
    if (state === null || typeof state !== "object") throw new TypeError(`${this.who}: a state must be an object`);
    if (needed(state, "class") !== this.who) throw new TypeError(`${this.who}: the state is one of ${state.class}`);
    const time = integer(`${this.who}: last_epoch of the state`, needed(state, "last_epoch"), { atLeast: 0 });
    const given = numbers(`${this.who}: base_lr of the state`, needed(state, "base_lr"), this.#given.length);
    const explicit = numbers(`${this.who}: own of the state`, needed(state, "own"), this.size, true);
    return { time, given, own: explicit };
  }

  restore({ time, given, own }) {
    this.#time = time;
    this.#given = given;
    this.#own = new Map(own.flatMap((lr, i) => (lr === null ? [] : [[i, lr]])));
  }

  #each(read) {
    return Array.from({ length: this.size }, (_, i) => read(i));
  }
}

export function needed(state, name) {
  if (state[name] === undefined) throw new KeyError(`the state has no ${name}`);
  return state[name];
}

/** A list of so many rates; `holes`: some may be null. */
export function numbers(what, list, length, holes = false) {
  if (!Array.isArray(list)) throw new TypeError(`${what} must be a list`);
  if (list.length !== length) throw new RangeError(`${what} must be ${length} numbers, got ${list.length}`);
  return list.map((lr) => (holes && lr === null ? null : real(what, lr, { interval: "[0, inf)" })));
}

/** A rate that never moves: an optimizer's own. */
export class Fixed extends Scheduler {
  constructor(lr) {
    super();
    this.take([lr]);
  }

  rate(t, i) {
    return this.baseOf(i);
  }
}

function scheduler(name, { parameters, together, rate, refuses, base, absolute = false }) {
  const isPerGroup = (key) => key !== "base_lr" && ["rates", "functions"].includes(parameters[key].kind);
  const perGroup = Object.keys(parameters).filter(isPerGroup);

  return class extends Scheduler {
    static name = name;
    #values;
    absolute = absolute;

    constructor(given = {}) {
      super();
      const { last_epoch, ...values } = checked(name, { ...parameters, last_epoch: LAST_EPOCH }, given);
      const wrong = together?.(values);
      if (wrong) throw new RangeError(`${name}: ${wrong[0]} must be ${wrong[1]}`);
      this.#values = values;
      this.stated = given.base_lr !== undefined && base === undefined;
      this.take(base === undefined ? values.base_lr : values.max_lr.map((max_lr) => base({ ...values, max_lr })));
      this.go(Math.max(last_epoch, 0));
    }

    /** The base rates of one without a base_lr are its own affair. */
    get adapts() {
      return base === undefined;
    }

    go(time) {
      if (refuses) for (const lr_lambda of this.#values.lr_lambda) refuses(time, lr_lambda);
      super.go(time);
    }

    rate(t, i) {
      const ofGroup = Object.fromEntries(perGroup.map((key) => [key, entryOf(this.#values[key], i)]));
      return rate(t, { ...this.#values, ...ofGroup, base_lr: this.baseOf(i) });
    }
  };
}

export const SCHEDULERS = Object.fromEntries(
  Object.entries(SCHEDULES).map(([name, schedule]) => [name, scheduler(name, schedule)]),
);

/** `step(metric)`. The rates are kept, since they follow from all the metrics that there were. */
export class ReduceLROnPlateau extends Scheduler {
  #values;
  #state;

  constructor(given = {}) {
    super();
    const { last_epoch, ...values } = checked(this.who, { ...PLATEAU.parameters, last_epoch: LAST_EPOCH }, given);
    this.#values = values;
    this.take(values.base_lr);
    this.go(Math.max(last_epoch, 0));
    this.#state = PLATEAU.start(this.base_lrs);
  }

  rate(t, i) {
    return this.#state.lrs[i];
  }

  step(metric) {
    const value = metric?.valueOf(); // of an array without dimensions, too
    if (typeof value !== "number" && typeof value !== "bigint") {
      throw new TypeError(`${this.who}: step needs a metric, a number, got ${shown(metric)}`);
    }
    const floors = this.#state.lrs.map((_, i) => entryOf(this.#values.min_lr, i));
    this.#state = PLATEAU.advance(this.#state, Number(value), this.#values, floors);
    this.go(this.last_epoch + 1);
  }

  serve(groups) {
    super.serve(groups);
    const { lrs } = this.#state;
    const joined = Array.from({ length: this.size }, (_, i) => lrs[i] ?? this.baseOf(i));
    this.#state = { ...this.#state, lrs: joined };
  }

  setBase(i, lr) {
    super.setBase(i, lr);
    this.#state = { ...this.#state, lrs: this.#state.lrs.map((was, group) => (group === i ? lr : was)) };
  }

  state_dict() {
    const { lrs, best, bad, cooldown } = this.#state;
    const text = Number.isFinite(best) || best === null ? best : String(best);
    return { ...super.state_dict(), lrs: [...lrs], best: text, bad, cooldown };
  }

  understood(state) {
    const common = super.understood(state);
    const lrs = numbers(`${this.who}: lrs of the state`, needed(state, "lrs"), this.size);
    const best = { Infinity, "-Infinity": -Infinity }[needed(state, "best")] ?? state.best;
    if (best !== null && (typeof best !== "number" || Number.isNaN(best))) {
      throw new TypeError(`${this.who}: best of the state must be a number or null`);
    }
    const bad = integer(`${this.who}: bad of the state`, needed(state, "bad"), { atLeast: 0 });
    const cooldown = integer(`${this.who}: cooldown of the state`, needed(state, "cooldown"), { atLeast: 0 });
    return { ...common, plateau: { lrs, best, bad, cooldown } };
  }

  restore({ plateau, ...common }) {
    super.restore(common);
    this.#state = plateau;
  }
}
