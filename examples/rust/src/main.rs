//! Three schedulers and SGD in Rust, for the kit: JSON Lines in and out (docs/process-protocol.md).
mod json;
mod library;

use json::{quoted, read, Json};
use library::{integer, number, Optimizer, Refused, Scheduler, Weight};
use std::collections::HashMap;
use std::io::{stdin, stdout, BufRead, Write};

const HELLO: &str = r#"{"hello": {"protocol": 1, "name": "schedules.rs", "version": "0.1.0", "precision": "float64", "#;
const ABLE: &str = r#""provides": ["ExponentialLR", "StepLR", "CosineAnnealingLR", "SGD"], "features": ["deepcopy"]}}"#;

/// All that a scenario has. A refused operation brings back the one before.
#[derive(Clone)]
struct Run<'a> {
    scenario: &'a Json,
    scheduler: Option<Scheduler>,
    optimizer: Option<Optimizer>,
    saved: HashMap<String, Scheduler>,
}

fn elements(array: &Json) -> Vec<f64> {
    array.list("data").iter().filter_map(number).collect()
}

/// A float is a string that reads back as the same number.
fn float(x: f64) -> String {
    let name = if x.is_nan() { "nan" } else if x > 0.0 { "inf" } else { "-inf" };
    if x.is_finite() { format!("\"{:e}\"", x) } else { format!("{{\"float\": \"{}\"}}", name) }
}

fn floats(numbers: impl Iterator<Item = f64>) -> String {
    format!("[{}]", numbers.map(float).collect::<Vec<_>>().join(", "))
}

impl Run<'_> {
    fn construct(&mut self) -> Refused<()> {
        self.scheduler = self.scenario.get("scheduler").map(Scheduler::new).transpose()?;
        let weight = |pair: &Json| {
            let (key, array, value) = (pair.at(0).clone(), pair.at(1).clone(), elements(pair.at(1)));
            Weight { key, array, velocity: vec![0.0; value.len()], value }
        };
        let weights: Vec<_> = self.scenario.list("weights").iter().map(weight).collect();
        let plain = weights.iter().any(|weight| weight.array.get("plain").is_some());
        if plain { return Err(("unsupported", "a weight always has a value".into())); }
        self.optimizer = self.scenario.get("optimizer").map(|config| Optimizer::new(config, weights)).transpose()?;
        Ok(())
    }

    fn perform(&mut self, row: &Json) -> Refused<()> {
        let n = row.get("n").and_then(Json::integer).unwrap_or(1);
        match (row.text("op"), &mut self.scheduler, &mut self.optimizer) {
            ("read", _, _) => {}
            ("scheduler.step", Some(scheduler), _) if row.get("metric").is_none() => match row.get("epoch") {
                Some(epoch) => scheduler.t = integer(&scheduler.class, "epoch", epoch, 0)?,
                None => scheduler.t += n,
            },
            ("scheduler.save", Some(scheduler), _) => {
                self.saved.insert(row.text("as").to_string(), scheduler.clone());
            }
            ("scheduler.load", Some(scheduler), _) => scheduler.load(&self.saved[row.text("from")])?,
            ("scheduler.new", Some(_), _) => {
                let config = row.get("scheduler").or_else(|| self.scenario.get("scheduler"));
                self.scheduler = config.map(Scheduler::new).transpose()?;
                self.optimizer = None;
            }
            ("optimizer.step" | "optimizer.update", scheduler, Some(optimizer)) => {
                let none = self.scenario.get("weights") == Some(&Json::Null);
                if none { return Err(("value", "SGD: register weights before you step".into())); }
                let pairs = row.list("grads").iter().map(|pair| (pair.at(0), pair.at(1)));
                let gradients: Vec<_> = pairs.map(|(key, g)| (key, g.get("shape"), elements(g))).collect();
                let raw = row.list("grads").len() == 0 && row.get("grads") != Some(&Json::List(vec![]));
                if raw || gradients.iter().any(|(_, shape, _)| shape.is_none()) {
                    return Err(("unsupported", "gradients are always pairs of a key and an array of their own".into()));
                }
                for _ in 0..n {
                    let lr = optimizer.lr.or_else(|| scheduler.as_ref().map(|scheduler| scheduler.rate(0)));
                    optimizer.step(&gradients, lr.unwrap_or(0.0))?;
                }
            }
            (op, _, _) => return Err(("unsupported", format!("no operation {}", op))),
        }
        Ok(())
    }

    fn observe(&self) -> String {
        let mut fields = vec![];
        if let Some(s) = &self.scheduler {
            let rates = floats((0..s.base.len()).map(|i| s.rate(i)));
            fields.push(format!("\"t\": {}, \"base\": {}, \"lr\": {}", s.t, floats(s.base.iter().copied()), rates));
        }
        if let Some(o) = &self.optimizer {
            let weights = o.weights.iter().map(|w| {
                let (dtype, shape) = (w.array.text("dtype"), w.array.get("shape").unwrap_or(&Json::Null));
                let data = floats(w.value.iter().copied());
                format!("[{}, {{\"dtype\": \"{}\", \"shape\": {}, \"data\": {}}}]", w.key, dtype, shape, data)
            });
            if !o.weights.is_empty() {
                let rate = o.lr.or_else(|| self.scheduler.as_ref().map(|s| s.rate(0)));
                fields.push(format!("\"opt_lr\": {}", float(rate.unwrap_or(0.0))));
            }
            fields.push(format!("\"weights\": [{}]", weights.collect::<Vec<_>>().join(", ")));
        }
        format!("{{{}}}", fields.join(", "))
    }
}

fn answer(id: &Json, scenario: &Json) -> String {
    let mut run = Run { scenario, scheduler: None, optimizer: None, saved: HashMap::new() };
    let mut trace = vec![];
    for i in 0..=scenario.list("do").len() {
        let before = run.clone();
        match if i == 0 { run.construct() } else { run.perform(&scenario.list("do")[i - 1]) } {
            Ok(()) => trace.push(run.observe()),
            Err(("unsupported", why)) => return format!("{{\"id\": {}, \"unsupported\": {}}}", id, quoted(&why)),
            Err((kind, message)) => {
                run = before;
                trace.push(format!("{{\"error\": {{\"kind\": \"{}\", \"message\": {}}}}}", kind, quoted(&message)));
                if i == 0 { break; }
            }
        }
    }
    format!("{{\"id\": {}, \"trace\": [{}]}}", id, trace.join(", "))
}

fn main() {
    for line in stdin().lock().lines() {
        let (request, _) = read(&line.expect("a line")).expect("JSON");
        match (request.get("id"), request.get("scenario")) {
            (Some(id), Some(scenario)) => println!("{}", answer(id, scenario)),
            _ => println!("{}{}", HELLO, ABLE),
        }
        stdout().flush().expect("someone who reads");
    }
}
