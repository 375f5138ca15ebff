/** Runs the scenarios of the kit on the classes of this directory, and observes what they do (docs/vectors.md). */

import { deserialize, serialize } from "node:v8";
import { KeyError, shown } from "./arguments.js";
import { ChainedScheduler, SequentialLR } from "./composition.js";
import { NDArray, OPTIMIZERS } from "./optimizers.js";
import { SCHEDULES } from "./rates.js";
import { ReduceLROnPlateau, SCHEDULERS } from "./schedulers.js";

export const CLASSES = { ...SCHEDULERS, ReduceLROnPlateau, ChainedScheduler, SequentialLR, ...OPTIMIZERS };
export const FEATURES = ["pickle", "deepcopy", "json", "plain", "scribble", "tamper", "intact", "bystander"];

/** A scenario that this language cannot run: the message says why. */
export class Unsupported extends Error {}

class UserError extends Error {}

const fromUser = new WeakSet();

/** What a function of the user raises, of one of the language's own kinds where it is told to. */
function userError(kind, message) {
  const error = new ({ TypeError, KeyError, IndexError: RangeError }[kind] ?? UserError)(message);
  fromUser.add(error);
  return error;
}

// ---------------------------------------------------------------------------------------------------------- values

const FUNCTIONS = {
  power: ({ base }) => (x) => Number(base) ** x,
  inverse: () => (x) => 1 / (1 + x),
  fails: ({ from, raises }) => (x) => {
    if (x >= from) throw userError(raises, `scale_fn fails at ${x}`);
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
  "0-d": (text) => new NDArray("float64", [], [Number(text)]),
  fn: (name, written) => FUNCTIONS[name](written),
  class: (name, written) => build(written),
};

function decode(written) {
  if (typeof written === "string") return Number(written);
  if (Array.isArray(written)) return written.map(decode);
  if (written === null || typeof written !== "object") return written;
  const tag = Object.keys(TAGS).find((name) => name in written);
  return TAGS[tag](written[tag], written);
}

function number(value) {
  if (typeof value !== "number") throw new TypeError(`${shown(value)} is no number`);
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return { float: Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf" };
}

const decodeArray = ({ dtype, shape, data }) => new NDArray(dtype, shape, data.map(decode));
const encodeArray = ({ dtype, shape, data }) => ({ dtype, shape, data: Array.from(data, number) });

/** Keys are equal where they are written alike: an array stands for a tuple, always the same for equal ones. */
class Keys {
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
function refuseToTell(written) {
  if (typeof written === "string" && Number.isInteger(Number(written))) {
    throw new Unsupported(`JavaScript cannot tell ${written} from the integer`);
  }
  if (Array.isArray(written)) written.forEach(refuseToTell);
}

function build({ class: name, ...written }) {
  for (const [key, value] of Object.entries(written)) {
    const kind = SCHEDULES[name]?.parameters[key]?.kind ?? INTEGERS[key];
    if (kind === "integer" || kind === "integers") refuseToTell(value);
  }
  return new CLASSES[name](Object.fromEntries(Object.entries(written).map(([key, value]) => [key, decode(value)])));
}

const INTEGERS = { last_epoch: "integer", milestones: "integers", patience: "integer", cooldown: "integer" };

// ------------------------------------------------------------------------------------------------------------ states

function journey(state, via) {
  if (via === "pickle") return deserialize(serialize(state)); // node's own way to write objects as bytes
  if (via === "deepcopy") return structuredClone(state);
  if (via === "json") {
    walk(state, (leaf) => {
      if (typeof leaf === "number" && !Number.isFinite(leaf)) throw new RangeError(`JSON has no ${leaf}`);
    });
    return JSON.parse(JSON.stringify(state));
  }
  if (via === "plain") {
    walk(state, (leaf) => {
      if (leaf !== null && !["number", "string", "boolean"].includes(typeof leaf)) {
        throw new TypeError(`the state holds ${shown(leaf)}`);
      }
    });
  }
  return state;
}

const isContainer = (value) => Array.isArray(value) || (value !== null && value?.constructor === Object);

function walk(state, visit) {
  if (isContainer(state)) Object.values(state).forEach((entry) => walk(entry, visit));
  else visit(state);
}

const replaced = (value) => (state) => {
  if (Array.isArray(state)) return state.map(replaced(value));
  if (!isContainer(state)) return value;
  return Object.fromEntries(Object.entries(state).map(([key, entry]) => [key, replaced(value)(entry)]));
};

const kept = (keep) => (state) => Object.fromEntries(Object.entries(state).filter(keep));

function tampered(state, how) {
  const without = /^without-(\d+)$/.exec(how);
  if (without) return kept((_, i) => i !== Number(without[1]))(state);
  return {
    empty: () => ({}),
    "time-alone": kept(([key]) => key === "last_epoch"),
    nulls: replaced(null),
    nans: replaced(NaN),
    texts: replaced("rubbish"),
    "not-a-mapping": () => 7,
  }[how](state);
}

function scribble(target) {
  if (!isContainer(target) || Object.isFrozen(target)) return;
  for (const key of Object.keys(target)) {
    scribble(target[key]);
    if (!isContainer(target[key])) target[key] = 77;
  }
  if (Array.isArray(target)) target.push(77);
  else target.scribbled = 77;
}

// ----------------------------------------------------------------------------------------------------------- running

/** The trace of a scenario. */
export const run = (scenario) => new Run(scenario).run();

class Run {
  keys = new Keys();
  members = [];
  passed = {};
  optimizers = [];
  used = 0;
  saved = {};
  held = [];
  trace = [];

  constructor(scenario) {
    this.scenario = scenario;
  }

  run() {
    const rows = this.scenario.do;
    const built = this.attempt(() => this.construct());
    if (built || rows.every(({ op }) => op === "scheduler.members")) {
      for (const row of rows) this.attempt(() => OPERATIONS[row.op](this, row), OBSERVATIONS[row.op]);
    }
    return this.trace;
  }

  /** Act and observe; an error is a row too. */
  attempt(act, observe = (self) => self.observe()) {
    try {
      act();
      this.trace.push(observe(this));
      return true;
    } catch (error) {
      if (error instanceof Unsupported) throw error;
      this.trace.push({ error: { kind: kind(error), message: said(error) } });
      return false;
    }
  }

  construct() {
    const { scheduler, optimizer } = this.scenario;
    if (scheduler) this.scheduler = this.build(scheduler);
    if (optimizer) this.optimizers = [this.newOptimizer(optimizer)];
  }

  /** The members are kept even where their composite is refused. */
  build({ class: name, schedulers, ...written }) {
    this.passed = Object.fromEntries(Object.entries(written).map(([key, value]) => [key, decode(value)]));
    if (schedulers === undefined) return build({ class: name, ...written }, this.passed);
    this.passed.schedulers = decode(schedulers);
    if (Array.isArray(this.passed.schedulers)) this.members = this.passed.schedulers.filter((m) => m?.step);
    if (written.milestones) refuseToTell(written.milestones);
    if (written.last_epoch) refuseToTell(written.last_epoch);
    return new CLASSES[name](this.passed);
  }

  newOptimizer(spec, values = new Map()) {
    const { class: name, ...written } = spec;
    const given = Object.entries(written).map(([key, value]) => [key, value === "@scheduler" ? this.scheduler : decode(value)]);
    const optimizer = new CLASSES[name](Object.fromEntries(given));
    const states = this.scenario.weights === null ? new Map() : this.states(this.scenario.weights, values);
    if (this.scenario.weights !== null) optimizer.register_trainable_weights(new Map(states));
    return { optimizer, states };
  }

  states(weights, values = new Map()) {
    const arrays = new Map();
    return new Map(
      weights.map(([written, value]) => {
        const key = this.keys.decode(written);
        const tied = value.tied === undefined ? undefined : arrays.get(this.keys.decode(value.tied));
        arrays.set(key, tied ?? values.get(key) ?? decodeArray(value));
        return [key, value.plain ? arrays.get(key) : { value: arrays.get(key) }];
      }),
    );
  }

  gradients(grads, states) {
    if (!Array.isArray(grads)) return decode(grads.raw);
    return new Map(
      grads.map(([written, value]) => {
        const key = this.keys.decode(written);
        return [key, value.is === "the weight" ? states.get(key).value : decodeArray(value)];
      }),
    );
  }

  get using() {
    return this.optimizers[this.used];
  }

  /** Remember the arrays of now, and what they hold. */
  hold(states, grads) {
    const arrays = [...states].map(([key, { value }]) => [`the array that ${String(key)} held`, value]);
    if (grads instanceof Map) arrays.push(...[...grads].map(([key, value]) => [`the gradient of ${String(key)}`, value]));
    this.held = arrays.map(([name, { data }]) => ({ name, data, was: data.slice() }));
  }

  observe() {
    const row = this.scheduler === undefined ? {} : readScheduler(this.scheduler);
    if (this.using) {
      const { optimizer, states } = this.using;
      if (states.size > 0) row.opt_lr = readOut(() => number(optimizer.current_lr));
      row.weights = readOut(() => [...states].map(([key, { value }]) => [this.keys.encode(key), encodeArray(value)]));
    }
    return row;
  }
}

const OBSERVATIONS = {
  "scheduler.members": ({ members }) => ({ members: members.map(readScheduler) }),
  intact: ({ held }) => ({
    changed: held.filter(({ data, was }) => data.some((x, i) => !Object.is(x, was[i]))).map(({ name }) => name),
  }),
};

function optimizerStep(self, { op, grads, n = 1 }) {
  const { optimizer, states } = self.using;
  const given = self.gradients(grads, states);
  self.hold(states, given);
  for (let i = 0; i < n; i++) optimizer[op.split(".")[1]](given);
}

const OPERATIONS = {
  read() {},
  intact() {},
  "scheduler.members"() {},

  "scheduler.step"({ scheduler }, { n = 1, epoch, metric }) {
    if (epoch !== undefined) {
      refuseToTell(epoch);
      scheduler.step({ epoch: decode(epoch) });
    } else if (metric !== undefined) {
      scheduler.step(decode(metric));
    } else {
      for (let i = 0; i < n; i++) scheduler.step();
    }
  },

  "scheduler.save"(self, { as, via }) {
    self.saved[as] = journey(self.scheduler.state_dict(), via);
  },

  "scheduler.load"(self, { from }) {
    self.scheduler.load_state_dict(self.saved[from]);
  },

  "scheduler.new"(self, { scheduler = self.scenario.scheduler }) {
    self.scheduler = self.build(scheduler);
    self.optimizers = [];
    self.used = 0;
  },

  new(self, { optimizer = self.scenario.optimizer }) {
    const values = new Map([...self.using.states].map(([key, { value }]) => [key, value]));
    if (self.scenario.scheduler) self.scheduler = self.build(self.scenario.scheduler);
    self.optimizers = [self.newOptimizer(optimizer, values)];
    self.used = 0;
  },

  "optimizer.join"(self) {
    self.optimizers.push(self.newOptimizer(self.scenario.optimizer));
    self.used = self.optimizers.length - 1;
  },

  "optimizer.use"(self, { which }) {
    self.used = which;
  },

  "optimizer.step": optimizerStep,
  "optimizer.update": optimizerStep,

  "optimizer.register"(self, { weights }) {
    const states = self.states(weights);
    self.using.optimizer.register_trainable_weights(new Map(states));
    states.forEach((state, key) => self.using.states.set(key, state));
  },

  "optimizer.add_param_group"(self, { weights, lr, weight_decay }) {
    const states = self.states(weights);
    self.using.optimizer.add_param_group(new Map(states), { lr: decode(lr), weight_decay: decode(weight_decay) });
    states.forEach((state, key) => self.using.states.set(key, state));
  },

  "optimizer.save"(self, { as, via }) {
    self.saved[as] = journey(self.using.optimizer.state_dict(), via);
  },

  "optimizer.load"(self, { from }) {
    self.using.optimizer.load_state_dict(self.saved[from]);
  },

  tamper(self, { on, how }) {
    self.saved[on] = tampered(self.saved[on], how);
  },

  scribble(self, { on }) {
    if (on === "last_lr") scribble(self.scheduler.get_last_lr());
    else if (on === "base_lrs") scribble(self.scheduler.base_lrs);
    else scribble(self.saved[on] ?? self.passed[on]);
  },

  /** Another scheduler of the same kind, elsewhere, stepped, saved and loaded. */
  bystander(self) {
    const { members, passed } = self;
    const other = self.build(self.scenario.scheduler);
    const { metric } = self.scenario.do.find((row) => "metric" in row) ?? {};
    const move = () => other.step(metric === undefined ? undefined : decode(metric));
    for (let i = 0; i < 3; i++) move();
    other.load_state_dict(other.state_dict());
    move();
    Object.assign(self, { members, passed });
  },
};

function readScheduler(scheduler) {
  return {
    t: readOut(() => scheduler.last_epoch),
    base: readOut(() => scheduler.base_lrs.map(number)),
    lr: readOut(() => scheduler.get_last_lr().map(number)),
  };
}

/** What a read-out gives; one that raises does not hide the others. */
function readOut(read) {
  try {
    return read();
  } catch (error) {
    return { raised: said(error), kind: kind(error) };
  }
}

const said = (error) => `${error.name}: ${error.message}`;

function kind(error) {
  if (fromUser.has(error)) return "UserError";
  if (error instanceof KeyError) return "key";
  if (error instanceof TypeError) return "type";
  return error instanceof RangeError ? "value" : error.name;
}
