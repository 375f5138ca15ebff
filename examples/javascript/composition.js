/** Schedulers made of schedulers (spec/composition.md). */

import { checked, entries, shown } from "./arguments.js";
import { chained, ruling, timeOf } from "./rates.js";
import { needed, ReduceLROnPlateau, Scheduler } from "./schedulers.js";

class Composite extends Scheduler {
  members;

  /** Everything is checked before a member is touched. */
  constructor(schedulers) {
    super();
    this.members = entries(`${this.who}: schedulers`, schedulers);
    if (this.members.length === 0) throw new RangeError(`${this.who}: schedulers must not be empty`);
    for (const member of this.members) {
      if (!(member instanceof Scheduler) || member instanceof ReduceLROnPlateau) {
        throw new TypeError(`${this.who}: schedulers must be schedulers that follow the time, got ${shown(member)}`);
      }
    }
    this.absolute = this.members.some((member) => member.absolute);
    this.stated = this.members.some((member) => member.stated);
  }

  get adapts() {
    return true;
  }

  get size() {
    return Math.max(super.size, ...this.members.map((member) => member.size));
  }

  take(given) {
    super.take(given);
    for (const member of this.members) if (!member.stated && member.adapts) member.take(given);
  }

  go(time) {
    super.go(time);
    this.members.forEach((member, i) => member.go(this.timeOf(i, time)));
  }

  serve(groups) {
    super.serve(groups);
    for (const member of this.members) member.serve(groups);
  }

  setBase(i, lr) {
    super.setBase(i, lr);
    for (const member of this.members) member.setBase(i, lr);
  }

  state_dict() {
    return { ...super.state_dict(), members: this.members.map((member) => member.state_dict()) };
  }

  understood(state) {
    const common = super.understood(state);
    const states = needed(state, "members");
    if (!Array.isArray(states) || states.length !== this.members.length) {
      throw new RangeError(`${this.who}: the state must have ${this.members.length} members`);
    }
    return { ...common, members: this.members.map((member, i) => member.understood(states[i])) };
  }

  restore({ members, ...common }) {
    super.restore(common);
    this.members.forEach((member, i) => member.restore(members[i]));
  }
}

export class ChainedScheduler extends Composite {
  constructor(given = {}) {
    const { schedulers, ...others } = given;
    super(schedulers);
    checked(this.who, {}, others);
    if (this.absolute) throw new TypeError(`${this.who}: schedulers must change their base rates, not ignore them`);
    const time = this.members[0].last_epoch;
    if (this.members.some((member) => member.last_epoch !== time)) {
      throw new RangeError(`${this.who}: schedulers must all be at the same time`);
    }
    const stated = this.members.filter((member) => member.stated).map((member) => member.given);
    const longest = stated.reduce((a, b) => (b.length > a.length ? b : a), [1e-3]);
    const base = stated.length > 0 && longest.length === 1 ? stated[0] : longest;
    for (const other of stated) {
      if (base.some((b, i) => b !== other[Math.min(i, other.length - 1)])) {
        throw new RangeError(`${this.who}: schedulers must not state different base_lr: ${base} and ${other}`);
      }
    }
    this.take(base);
    this.go(time);
  }

  timeOf(i, time) {
    return time;
  }

  rate(t, i) {
    return chained(
      this.baseOf(i),
      this.members.map((member) => [member.rateOf(i), member.baseOf(i)]),
    );
  }
}

export class SequentialLR extends Composite {
  #milestones;

  constructor(given = {}) {
    const { schedulers, ...others } = given;
    super(schedulers);
    const { milestones, last_epoch } = checked(this.who, PARAMETERS, others);
    if (this.members.length !== milestones.length + 1) {
      throw new RangeError(`${this.who}: schedulers must be one more than milestones, got ${this.members.length}`);
    }
    this.#milestones = milestones;
    this.take(this.members.find((member) => member.stated)?.given ?? [1e-3]);
    this.go(Math.max(last_epoch, 0));
  }

  timeOf(i, time) {
    return timeOf(this.#milestones, i, time);
  }

  rate(t, i) {
    return this.members[ruling(this.#milestones, t)].rateOf(i);
  }
}

const PARAMETERS = {
  milestones: { kind: "integers" },
  last_epoch: { kind: "integer", default: 0, atLeast: -1 },
};
