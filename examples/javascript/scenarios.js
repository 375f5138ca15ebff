/** Runs the scenarios of the kit on the classes of this directory, and observes what they do (docs/vectors.md). */

import { KeyError } from "./arguments.js";
import { journey, scribble, tampered } from "./states.js";
import {
  build,
  CLASSES,
  decode,
  decodeAll,
  decodeArray,
  encodeArray,
  fromUser,
  Keys,
  number,
  refuseToTell,
  Unsupported,
} from "./values.js";

export const FEATURES = ["pickle", "deepcopy", "json", "plain", "scribble", "tamper", "intact", "bystander", "seed"];

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
    const unknown = rows.find(({ op }) => !(op in OPERATIONS));
    if (unknown) throw new Unsupported(`unknown operation ${unknown.op}`);
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
  build({ class: name, ...written }) {
    this.passed = decodeAll(written);
    const { schedulers } = this.passed;
    if (schedulers !== undefined) this.members = Array.isArray(schedulers) ? schedulers.filter((m) => m?.step) : [];
    return build({ class: name, ...written }, this.passed);
  }

  newOptimizer(spec, values = new Map()) {
    const { class: name, ...written } = spec;
    const { lr, ...others } = written;
    const rate = lr === "@scheduler" ? this.scheduler : decode(lr);
    const optimizer = new CLASSES[name]({ lr: rate, ...decodeAll(others) });
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
    if (grads instanceof Map) {
      for (const [key, value] of grads) arrays.push([`the gradient of ${String(key)}`, value]);
    }
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
