/** The panel of a schedule: its class, its parameters, its members. All fields are named as in the state. */

import { CLASSES, FUNCTIONS, isComposite, MEMBERS, parametersOf } from "./classes.js";
import { byId, element, short } from "./dom.js";
import { trackOf } from "./slider.js";
import { addMember, choose, membersOf, removeMember, set } from "./state.js";

/** `changed(rebuilt)` is told of every change; where `rebuilt`, the panels have to be made anew. */
export function panel(state, side, title, changed) {
  const label = element("label", { for: `field-${side}`, class: "title" }, title);
  const body = schedule(state, side, title, Object.keys(CLASSES), changed);
  return element("section", { class: "panel", id: `panel-${side}`, "aria-label": title }, label, ...body);
}

function schedule(state, path, title, names, changed) {
  const name = state.get(path);
  const chooser = select(path, names, name, (text) => {
    choose(state, path, text);
    changed(true);
  });
  chooser.setAttribute("aria-label", title);
  const parts = [chooser];
  for (const [key, parameter] of Object.entries(parametersOf(name))) {
    const shared = key === "base_lr" && path.includes(".");
    parts.push(field(state, `${path}.${key}`, key, shared ? { ...parameter, shared } : parameter, changed));
  }
  return isComposite(name) ? [...parts, ...membership(state, path, changed)] : parts;
}

function membership(state, path, changed) {
  const members = membersOf(state, path);
  const sets = members.map((member, i) => {
    const title = `member ${i + 1}${titleOf(path)}`;
    const drop = () => {
      removeMember(state, path, i);
      changed(true);
    };
    return element(
      "fieldset",
      {},
      element("legend", {}, title[0].toUpperCase() + title.slice(1)),
      ...schedule(state, member, `Schedule of ${title}`, MEMBERS, changed),
      members.length > 1 ? button(`remove-${member}`, `Remove ${title}`, drop) : null,
    );
  });
  const add = () => {
    addMember(state, path);
    changed(true);
  };
  return [...sets, button(`add-${path}`, `Add a member${titleOf(path)}`, add)];
}

/** Says which chain is meant, where there are several: " of B", " of A 2". */
const titleOf = (path) => (path === "a" ? "" : ` of ${path.toUpperCase().split(".").map((i) => Number(i) + 1 || i).join(" ")}`);

const button = (id, text, onclick) => element("button", { type: "button", id, onclick }, text);

function select(name, options, value, chosen) {
  return element(
    "select",
    { name, id: `field-${name}`, onchange: (event) => chosen(event.target.value) },
    ...options.map((option) => element("option", { value: option, selected: option === value }, option || "None")),
  );
}

const HINTS = {
  rates: ({ shared }) => (shared ? "at least 0; empty: that of the others" : "at least 0"),
  real: ({ interval }) => `in ${interval}`,
  integer: ({ atLeast }) => `whole, at least ${atLeast}`,
  integers: () => "whole, increasing: 30, 60",
  reals: () => "at least 0: 1, 0.1",
  metrics: () => "one for each step; the last one stays",
  boolean: () => "",
  choice: () => "",
  function: () => "of the cycle or of the step",
  functions: () => "of the step",
};

function field(state, name, label, parameter, changed) {
  const hint = element("span", { class: "hint", id: `hint-${name}` }, HINTS[parameter.kind](parameter));
  const control = controlOf(state, name, label, parameter, changed);
  return element(
    "div",
    { class: `field ${parameter.kind}` },
    element("label", { for: `field-${name}` }, element("code", {}, label)),
    hint,
    ...control,
  );
}

function controlOf(state, name, label, parameter, changed) {
  const text = state.get(name) ?? "";
  const take = (value) => {
    set(state, name, value);
    changed(false);
  };
  if (parameter.kind === "choice") return [select(name, parameter.options, text, take)];
  if (parameter.kind.startsWith("function")) return [select(name, ["", ...Object.keys(FUNCTIONS)], text, take)];
  if (parameter.kind === "boolean") {
    const checked = text === "true";
    const onchange = (event) => take(event.target.checked ? "true" : "");
    return [element("input", { type: "checkbox", name, id: `field-${name}`, checked, onchange })];
  }
  return numbers(state, name, label, parameter, take);
}

/** A field for text, and a slider where there is one number. Either moves the other. */
function numbers(state, name, label, parameter, take) {
  const input = element("input", {
    name,
    id: `field-${name}`,
    value: state.get(name),
    placeholder: parameter.shared ? "shared" : shownDefault(parameter.default),
    inputmode: trackOf(parameter) ? "decimal" : "text",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `hint-${name}`,
  });
  const track = trackOf(parameter);
  const slider = track && element("input", { type: "range", min: track.min, max: track.max, step: 1, id: `slider-${name}` });
  const follow = () => {
    if (slider === null) return;
    const shown = Number(input.value || parameter.default || track.min);
    slider.value = track.positionOf(shown);
    slider.setAttribute("aria-label", `${label}, slider`);
    slider.setAttribute("aria-valuetext", input.value || input.placeholder);
  };
  input.addEventListener("input", () => {
    follow();
    take(input.value.trim());
  });
  slider?.addEventListener("input", () => {
    input.value = short(track.numberAt(Number(slider.value)));
    slider.setAttribute("aria-valuetext", input.value);
    take(input.value);
  });
  follow();
  return [input, slider];
}

function shownDefault(value) {
  if (value === undefined) return "";
  if (value === null) return "None";
  return Array.isArray(value) ? value.join(", ") : short(value);
}

/** Shows an error of the program beside the field that it names, or at the head of the panel. */
export function showError(side, error) {
  const panel = byId(`panel-${side}`);
  panel.querySelector("[role=alert]")?.remove();
  for (const field of panel.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!error) return;
  const alert = element("p", { role: "alert", id: `error-${side}` }, error.message);
  const named = byId(`field-${error.path}.${/^\w+: (\w+)/.exec(error.message)?.[1]}`);
  named?.setAttribute("aria-invalid", "true");
  if (named) named.parentElement.append(alert);
  else panel.prepend(alert);
}
