/** The Python for a schedule, with the classes of the reference. */

import { FUNCTIONS, parametersOf } from "./classes.js";

const WIDTH = 44;

export function python(schedules) {
  const names = schedules.length === 1 ? ["scheduler"] : ["first", "second"];
  const lines = schedules.flatMap((schedule, i) => {
    const made = `${names[i]} = ${call(schedule, "")}`;
    return schedule.name === "ReduceLROnPlateau" ? [made, `# after each epoch: ${names[i]}.step(metric)`] : [made];
  });
  return ["import optimspec", "", ...lines].join("\n");
}

function call({ name, given, members }, indent) {
  const deeper = `${indent}    `;
  const args = Object.entries(given)
    .filter(([key]) => key !== "metrics")
    .map(([key, value]) => `${key}=${literal(value, parametersOf(name)[key].kind)}`);
  if (members.length > 0) {
    const lines = members.map((member) => `${deeper}    ${call(member, `${deeper}    `)},\n`);
    args.unshift(`schedulers=[\n${lines.join("")}${deeper}]`);
  }
  const short = `optimspec.${name}(${args.join(", ")})`;
  if (members.length === 0 && indent.length + short.length <= WIDTH) return short;
  return `optimspec.${name}(\n${args.map((arg) => `${deeper}${arg},\n`).join("")}${indent})`;
}

function literal(value, kind) {
  if (Array.isArray(value)) return `[${value.map((entry) => literal(entry, kind)).join(", ")}]`;
  if (typeof value === "function") return `lambda x: ${Object.keys(FUNCTIONS).find((text) => FUNCTIONS[text] === value)}`;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (kind.startsWith("integer")) return String(BigInt(value));
  return JSON.stringify(value); // numbers and texts look alike in both languages
}
