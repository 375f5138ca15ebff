/** The classes that can be chosen, their parameters, and what they start from when they are chosen. */

import { ChainedScheduler, SequentialLR } from "./program/composition.js";
import { PLATEAU, SCHEDULES } from "./program/rates.js";
import { ReduceLROnPlateau, SCHEDULERS } from "./program/schedulers.js";

const COMPOSITES = { ChainedScheduler, SequentialLR };
export const CLASSES = { ...SCHEDULERS, ReduceLROnPlateau, ...COMPOSITES };

/** What the members of a chain or a sequence can be. */
export const MEMBERS = [...Object.keys(SCHEDULERS), ...Object.keys(COMPOSITES)];

export const isComposite = (name) => name in COMPOSITES;

const OWN_PARAMETERS = {
  ReduceLROnPlateau: { ...PLATEAU.parameters, metrics: { kind: "metrics", default: [1, 0.8, 0.6, 0.5] } },
  ChainedScheduler: {},
  SequentialLR: { milestones: { kind: "integers" } },
};

export const parametersOf = (name) => SCHEDULES[name]?.parameters ?? OWN_PARAMETERS[name];

/** The functions that a `scale_fn` or an `lr_lambda` can be, by their text in Python. */
export const FUNCTIONS = {
  "0.8 ** x": (x) => 0.8 ** x,
  "1 / (1 + x)": (x) => 1 / (1 + x),
};

const STARTS = {
  OneCycleLR: { total_steps: "100" },
  WarmupStableDecay: { warmup_steps: "10", total_steps: "100", decay_steps: "30", decay: "linear" },
  LambdaLR: { lr_lambda: "1 / (1 + x)" },
  MultiplicativeLR: { lr_lambda: "1 / (1 + x)" },
  PiecewiseLinearSchedule: { milestones: "10, 30, 90", values: "0.001, 0.01, 0" },
  ChainedScheduler: { 0: "LinearLR", "0.base_lr": "0.01", "0.start_factor": "0.1", "0.total_iters": "10", 1: "ExponentialLR" },
  SequentialLR: { milestones: "10", 0: "LinearLR", "0.base_lr": "0.01", "0.start_factor": "0.1", "0.total_iters": "10", 1: "CosineAnnealingLR" },
};

export const startOf = (name) => Object.entries(STARTS[name] ?? {});

/** How many steps show what a schedule does. */
const SPANS = {
  ExponentialLR: () => 100,
  StepLR: ({ step_size }) => 4 * step_size,
  MultiStepLR: ({ milestones }) => (4 / 3) * (milestones.at(-1) ?? 30),
  CosineAnnealingLR: ({ T_max }) => 1.2 * T_max,
  LinearLR: ({ total_iters }) => 2 * total_iters,
  ConstantLR: ({ total_iters }) => 2 * total_iters,
  PolynomialLR: ({ total_iters }) => 1.2 * total_iters,
  ExponentialDecayLR: ({ decay_steps, transition_begin }) => transition_begin + 10 * decay_steps,
  WarmupScheduler: ({ warmup_epochs }) => 2 * warmup_epochs,
  WarmupCosineSchedule: ({ total_steps }) => 1.1 * total_steps,
  PiecewiseConstantSchedule: ({ boundaries }) => 1.5 * (boundaries.at(-1) ?? 30),
  CyclicLR: ({ step_size_up, step_size_down }) => 3 * (step_size_up + (step_size_down ?? step_size_up)),
  OneCycleLR: ({ total_steps, epochs, steps_per_epoch }) => 1.1 * (total_steps ?? epochs * steps_per_epoch),
  CosineAnnealingWarmRestarts: ({ T_0, T_mult }) => (T_mult === 1 ? 4 * T_0 : T_0 * (1 + T_mult + T_mult ** 2)),
  WarmupStableDecay: ({ total_steps }) => 1.1 * total_steps,
  WarmupLinearSchedule: ({ total_steps }) => 1.1 * total_steps,
  WarmupPolynomialSchedule: ({ total_steps }) => 1.1 * total_steps,
  InverseSqrtSchedule: ({ warmup_steps, timescale }) => warmup_steps + 10 * (timescale ?? warmup_steps),
  WarmupCosineRestarts: ({ total_steps }) => 1.1 * total_steps,
  PiecewiseLinearSchedule: ({ milestones }) => 1.2 * (milestones.at(-1) ?? 30),
  LambdaLR: () => 30,
  MultiplicativeLR: () => 30,
  ReduceLROnPlateau: ({ metrics, patience, cooldown }) => metrics.length + 4 * (patience + cooldown + 1),
  ChainedScheduler: (values, members) => Math.max(...members),
  SequentialLR: ({ milestones }, members) => (milestones.at(-1) ?? 0) + members.at(-1),
};

export const spanOf = (name, values, members) => SPANS[name](values, members);
