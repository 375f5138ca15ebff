/**
 * All schedulers and six optimizers in JavaScript, for the kit: JSON Lines in and out (docs/process-protocol.md).
 *
 *     pytest conformance --impl="cmd:node examples/javascript/schedules.js"
 */

import { createInterface } from "node:readline";
import { FEATURES, run } from "./scenarios.js";
import { CLASSES, Unsupported } from "./values.js";

const HELLO = {
  protocol: 1,
  name: "schedules.js",
  version: "0.1.0",
  precision: "float64",
  provides: Object.keys(CLASSES),
  features: FEATURES,
};

function answer({ hello, id, scenario }) {
  if (hello) return { hello: HELLO };
  try {
    return { id, trace: run(scenario) };
  } catch (error) {
    return error instanceof Unsupported ? { id, unsupported: error.message } : { id, error: error.stack };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
