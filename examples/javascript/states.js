/** What scenarios do to states and lists: send them somewhere, spoil them, overwrite them. */

import { deserialize, serialize } from "node:v8";
import { shown } from "./arguments.js";

export function journey(state, via) {
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

export function tampered(state, how) {
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

export function scribble(target) {
  if (!isContainer(target) || Object.isFrozen(target)) return;
  for (const key of Object.keys(target)) {
    scribble(target[key]);
    if (!isContainer(target[key])) target[key] = 77;
  }
  if (Array.isArray(target)) target.push(77);
  else target.scribbled = 77;
}
