/**
 * The state is what the form says, and what a link says: a Map from the names of fields to their text. `a` is the class
 * of the first schedule and `b` that of the second, if there is one; `a.gamma` is a parameter, `a.0` the first member of
 * a chain or a sequence, `a.0.gamma` a parameter of that; `steps` says how many steps to show. What is empty is left out.
 */

import { CLASSES, isComposite, MEMBERS, parametersOf, startOf } from "./classes.js";

export function initial() {
  const state = new Map();
  choose(state, "a", "CosineAnnealingLR");
  return state;
}

export const write = (state) => `#${new URLSearchParams([...state])}`;

/** The state of a link, and what could not be understood of it. */
export function read(hash) {
  const given = new Map(new URLSearchParams(hash.slice(1)));
  const state = new Map();
  const wrong = [];
  if (!given.has("a")) wrong.push("it names no schedule a");
  for (const side of ["a", "b"]) if (given.has(side)) take(given, state, side, Object.keys(CLASSES), wrong);
  if (given.has("steps")) state.set("steps", given.get("steps"));
  for (const key of given.keys()) {
    if (!state.has(key) && !wrong.some((text) => text.startsWith(`${key} `))) wrong.push(`${key} means nothing here`);
  }
  if (!state.has("a")) for (const [key, text] of initial()) state.set(key, text);
  return { state, wrong };
}

function take(given, state, path, names, wrong) {
  const name = given.get(path);
  if (!names.includes(name)) {
    wrong.push(`${path} cannot be “${name}”`);
    return;
  }
  state.set(path, name);
  for (const key of Object.keys(parametersOf(name))) {
    if (given.get(`${path}.${key}`)) state.set(`${path}.${key}`, given.get(`${path}.${key}`));
  }
  if (isComposite(name)) for (const member of membersOf(given, path)) take(given, state, member, MEMBERS, wrong);
}

export function membersOf(state, path) {
  const members = [];
  while (state.has(`${path}.${members.length}`)) members.push(`${path}.${members.length}`);
  return members;
}

/** Where a field is left empty, its parameter has the default. */
export function set(state, name, text) {
  if (text === "") state.delete(name);
  else state.set(name, text);
}

export function choose(state, path, name) {
  remove(state, path);
  state.set(path, name);
  for (const [key, text] of startOf(name)) state.set(`${path}.${key}`, text);
}

export function remove(state, path) {
  for (const key of [...state.keys()]) if (isAt(key, path)) state.delete(key);
}

export function copy(state, from, to) {
  for (const [key, text] of [...state]) if (isAt(key, from)) state.set(to + key.slice(from.length), text);
}

const isAt = (key, path) => key === path || key.startsWith(`${path}.`);

/** A new last member; in a sequence it begins 20 steps after the one before. */
export function addMember(state, path) {
  choose(state, `${path}.${membersOf(state, path).length}`, "CosineAnnealingLR");
  changeMilestones(state, path, (milestones) => [...milestones, String(Number(milestones.at(-1) ?? 0) + 20)]);
}

export function removeMember(state, path, i) {
  const count = membersOf(state, path).length;
  for (let j = i; j < count; j++) {
    remove(state, `${path}.${j}`);
    copy(state, `${path}.${j + 1}`, `${path}.${j}`);
  }
  changeMilestones(state, path, (milestones) => milestones.filter((_, j) => j !== Math.max(i - 1, 0)));
}

function changeMilestones(state, path, change) {
  if (state.get(path) !== "SequentialLR") return;
  const milestones = (state.get(`${path}.milestones`) ?? "").split(",").filter((text) => text.trim() !== "");
  set(state, `${path}.milestones`, change(milestones.map((text) => text.trim())).join(", "));
}
