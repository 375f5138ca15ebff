/** The rules of six optimizers, each for one element of a weight. */

import { Optimizer } from "./optimizer.js";

const NON_NEGATIVE = "[0, inf)";
const CLIP = { kind: "real", interval: "(0, inf)", default: null, optional: true };
const BETAS = { kind: "pair", interval: "[0, 1)", default: [0.9, 0.999] };
const EPS = { kind: "real", interval: NON_NEGATIVE, default: 1e-8 };
const FLAG = { kind: "boolean", default: false };
const common = (weight_decay) => ({
  weight_decay: { kind: "real", interval: NON_NEGATIVE, default: weight_decay },
  grad_clip_norm: CLIP,
  grad_clip_value: CLIP,
});

class WithMomentum extends Optimizer {
  slots = ["v"];

  rule(f, lr) {
    const mu = f(this.hyper.momentum);
    const { nesterov } = this.hyper;
    return (g, p, slots) => {
      const v = f(f(mu * slots[0]) + g);
      slots[0] = v;
      return f(p - f(lr * (nesterov ? f(g + f(mu * v)) : v)));
    };
  }
}

const momentum = (value) => ({ momentum: { kind: "real", interval: NON_NEGATIVE, default: value } });

export class SGD extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0), nesterov: FLAG, ...common(0) }, given);
  }
}

export class Momentum extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0.9), ...common(0) }, given);
  }
}

export class MomentumNesterov extends WithMomentum {
  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { ...momentum(0.9), ...common(0) }, given);
    this.hyper.nesterov = true;
  }
}

/** The corrected moments m̂ and v̂ of an element, from the slots m and v, which it replaces. */
function moments(f, [beta1, beta2], k) {
  const [b1, b2] = [f(beta1), f(beta2)];
  const [rest1, rest2] = [f(1 - beta1), f(1 - beta2)];
  const [correction1, correction2] = [f(1 - beta1 ** k), f(1 - beta2 ** k)];
  return (g, slots) => {
    slots[0] = f(f(b1 * slots[0]) + f(rest1 * g));
    slots[1] = f(f(b2 * slots[1]) + f(rest2 * f(g * g)));
    return [f(slots[0] / correction1), f(slots[1] / correction2)];
  };
}

export class Adam extends Optimizer {
  slots = ["m", "v", "largest"];

  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { betas: BETAS, eps: EPS, amsgrad: FLAG, ...common(0) }, given);
  }

  rule(f, lr, k) {
    const { betas, amsgrad } = this.hyper;
    const eps = f(this.hyper.eps);
    const corrected = moments(f, betas, k);
    return (g, p, slots) => {
      const [m, v] = corrected(g, slots);
      slots[2] = Math.max(slots[2], v);
      return f(p - f(lr * f(m / f(f(Math.sqrt(amsgrad ? slots[2] : v)) + eps))));
    };
  }
}

export class AdamW extends Optimizer {
  slots = ["m", "v"];

  constructor({ lr = 1e-3, ...given } = {}) {
    super(lr, { betas: BETAS, eps: EPS, ...common(0.01) }, given);
  }

  rule(f, lr, k, decay) {
    const eps = f(this.hyper.eps);
    const corrected = moments(f, this.hyper.betas, k);
    return (g, p, slots) => {
      const [m, v] = corrected(g, slots);
      return f(p - f(lr * f(f(m / f(f(Math.sqrt(v)) + eps)) + f(decay * p))));
    };
  }
}

AdamW.prototype.coupled = false;

export class RMSprop extends Optimizer {
  slots = ["E", "mean", "v"];

  constructor({ lr = 0.01, ...given } = {}) {
    const alpha = { kind: "real", interval: "[0, 1]", default: 0.99 };
    super(lr, { alpha, eps: EPS, ...momentum(0), centered: FLAG, ...common(0) }, given);
  }

  rule(f, lr) {
    const { centered } = this.hyper;
    const [alpha, rest] = [f(this.hyper.alpha), f(1 - this.hyper.alpha)];
    const [eps, mu] = [f(this.hyper.eps), f(this.hyper.momentum)];
    return (g, p, slots) => {
      slots[0] = f(f(alpha * slots[0]) + f(rest * f(g * g)));
      slots[1] = f(f(alpha * slots[1]) + f(rest * g));
      const variance = centered ? f(slots[0] - f(slots[1] * slots[1])) : slots[0];
      slots[2] = f(f(mu * slots[2]) + f(g / f(Math.sqrt(f(variance + eps)))));
      return f(p - f(lr * slots[2]));
    };
  }
}

export const OPTIMIZERS = { SGD, Momentum, MomentumNesterov, Adam, AdamW, RMSprop };
