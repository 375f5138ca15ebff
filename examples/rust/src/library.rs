//! Three schedulers and SGD. To check a library of your own, call it from main.rs in place of this.

use crate::json::Json;
use std::f64::consts::FRAC_PI_2;

/// A refusal: its kind, as the process protocol has it or "unsupported", and its message.
pub type Refused<T> = Result<T, (&'static str, String)>;

/// A float, in any of the ways in which a scenario gives one.
pub fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Integer(n) => Some(*n as f64),
        Json::Text(digits) => digits.parse().ok(),
        _ => ["float", "int64", "0-d", "float32"].iter().find_map(|tag| {
            let x = value.get(tag).and_then(number)?;
            Some(if *tag == "float32" { x as f32 as f64 } else { x })
        }),
    }
}

fn real(who: &str, name: &str, value: &Json, allowed: fn(f64) -> bool) -> Refused<f64> {
    match number(value) {
        None => Err(("type", format!("{}: {} must be a number, got {}", who, name, value))),
        Some(x) if x.is_finite() && allowed(x) => Ok(x),
        Some(x) => Err(("value", format!("{}: {} must be in its domain, got {}", who, name, x))),
    }
}

pub fn integer(who: &str, name: &str, value: &Json, least: i64) -> Refused<i64> {
    match value.get("int64").unwrap_or(value).integer() {
        None => Err(("type", format!("{}: {} must be an integer, got {}", who, name, value))),
        Some(n) if n >= least => Ok(n),
        Some(n) => Err(("value", format!("{}: {} must be at least {}, got {}", who, name, least, n))),
    }
}

#[derive(Clone)]
pub struct Scheduler {
    pub class: String,
    pub base: Vec<f64>,
    pub t: i64,
    length: i64, // step_size or T_max
    gamma: f64,
    eta_min: f64,
}

impl Scheduler {
    pub fn new(config: &Json) -> Refused<Scheduler> {
        let who = config.text("class");
        let (gamma, length) = if who == "StepLR" { (0.1, 30) } else { (0.95, 50) };
        let mut s = Scheduler { class: who.to_string(), base: vec![1e-3], t: 0, length, gamma, eta_min: 0.0 };
        for (name, value) in config.fields() {
            match (who, name.as_str()) {
                (_, "class") => {}
                (_, "base_lr") => s.base = base_rates(who, value)?,
                (_, "last_epoch") => s.t = integer(who, name, value, -1)?.max(0),
                ("ExponentialLR", "gamma") => s.gamma = real(who, name, value, |x| 0.0 < x && x < 1.0)?,
                ("StepLR", "gamma") => s.gamma = real(who, name, value, |x| 0.0 < x && x <= 1.0)?,
                ("StepLR", "step_size") | ("CosineAnnealingLR", "T_max") => s.length = integer(who, name, value, 1)?,
                ("CosineAnnealingLR", "eta_min") => s.eta_min = real(who, name, value, |x| x >= 0.0)?,
                _ => return Err(("type", format!("{} has no argument {}", who, name))),
            }
        }
        Ok(s)
    }

    pub fn rate(&self, i: usize) -> f64 {
        match self.class.as_str() {
            "ExponentialLR" => self.base[i] * self.gamma.powf(self.t as f64),
            "StepLR" => self.base[i] * self.gamma.powf((self.t / self.length) as f64),
            _ => {
                let left = (self.length - self.t.min(self.length)) as f64 / self.length as f64;
                let w = (FRAC_PI_2 * left).sin().powi(2);
                w * self.base[i] + (1.0 - w) * self.eta_min
            }
        }
    }

    pub fn load(&mut self, state: &Scheduler) -> Refused<()> {
        if state.base.len() != self.base.len() {
            return Err(("value", format!("{}: the state has other groups", self.class)));
        }
        self.t = state.t;
        self.base = state.base.clone();
        Ok(())
    }
}

fn base_rates(who: &str, value: &Json) -> Refused<Vec<f64>> {
    match value.get("tuple").unwrap_or(value) {
        Json::List(list) if list.is_empty() => Err(("value", format!("{}: base_lr must not be empty", who))),
        Json::List(list) => list.iter().map(|entry| real(who, "base_lr", entry, |x| x >= 0.0)).collect(),
        _ => Ok(vec![real(who, "base_lr", value, |x| x >= 0.0)?]),
    }
}

fn twice(key: &Json) -> (&'static str, String) { ("value", format!("SGD: the key {} is there twice", key)) }

#[derive(Clone)]
pub struct Weight {
    pub key: Json,
    pub array: Json, // as it was sent: its dtype and shape are written back
    pub value: Vec<f64>,
    pub velocity: Vec<f64>,
}

#[derive(Clone)]
pub struct Optimizer {
    pub lr: Option<f64>, // none, if the rate is that of the scheduler
    momentum: f64,
    decay: f64,
    nesterov: bool,
    pub weights: Vec<Weight>,
}

impl Optimizer {
    pub fn new(config: &Json, weights: Vec<Weight>) -> Refused<Optimizer> {
        let mut o = Optimizer { lr: Some(1e-3), momentum: 0.0, decay: 0.0, nesterov: false, weights };
        for (name, value) in config.fields() {
            match name.as_str() {
                "class" => {}
                "lr" if config.text("lr") == "@scheduler" => o.lr = None,
                "lr" => o.lr = Some(real("SGD", name, value, |x| x >= 0.0)?),
                "momentum" => o.momentum = real("SGD", name, value, |x| x >= 0.0)?,
                "weight_decay" => o.decay = real("SGD", name, value, |x| x >= 0.0)?,
                "nesterov" => o.nesterov = value.get("bool").ok_or(("type", name.to_string()))? == &Json::Bool(true),
                "grad_clip_norm" | "grad_clip_value" => return Err(("unsupported", "no clipping".into())),
                _ => return Err(("type", format!("SGD has no argument {}", name))),
            }
        }
        match o.weights.iter().map(|weight| weight.array.text("dtype")).find(|d| !["float32", "float64"].contains(d)) {
            Some(dtype) => Err(("type", format!("SGD: no weights of {}", dtype))),
            None => match (1..o.weights.len()).find(|&i| o.weights[..i].iter().any(|w| w.key == o.weights[i].key)) {
                Some(i) => Err(twice(&o.weights[i].key)),
                None => Ok(o),
            },
        }
    }

    /// Gradients are a key, the shape and the elements of each.
    pub fn step(&mut self, gradients: &[(&Json, Option<&Json>, Vec<f64>)], lr: f64) -> Refused<()> {
        for (i, (key, shape, g)) in gradients.iter().enumerate() {
            if gradients[..i].iter().any(|(other, _, _)| other == key) { return Err(twice(key)); }
            let weight = match self.weights.iter_mut().find(|weight| weight.key == **key) {
                None => return Err(("key", format!("SGD: no weight has the key {}", key))),
                Some(weight) if weight.array.get("shape") != *shape => {
                    return Err(("value", format!("SGD: the gradient of {} has another shape", key)));
                }
                Some(weight) => weight,
            };
            let single = weight.array.text("dtype") == "float32";
            let rounded = |x: f64| if single { x as f32 as f64 } else { x };
            for (i, theta) in weight.value.iter_mut().enumerate() {
                let x = g[i] + self.decay * *theta;
                let v = rounded(self.momentum * weight.velocity[i] + x);
                weight.velocity[i] = v;
                if lr != 0.0 {
                    *theta = rounded(*theta - lr * if self.nesterov { x + self.momentum * v } else { v });
                }
            }
        }
        Ok(())
    }
}
