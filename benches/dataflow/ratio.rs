//! One contestant's figures by those of the one before it (huiyan's by the hand-written program's): medians over the rounds, below 1 where
//! the second needs less.

use crate::machine::quantile;
use serde_json::{Map, Value};

/// Name of the ratio, and where the figure is in a run.
const FIGURES: [(&str, &str); 8] = [
    ("load_cpu", "/load_cpu_s"),
    ("memory", "/memory_mib"),
    ("peak", "/peak_mib"),
    ("one_record_cpu_p50", "/one_record/cpu_us_p50"),
    ("one_record_cpu_p99", "/one_record/cpu_us_p99"),
    ("hundred_records_cpu_p50", "/hundred_records/cpu_us_p50"),
    ("groups_of_10_cpu_p50", "/groups_of_10/cpu_us_p50"),
    ("groups_of_100_cpu_p50", "/groups_of_100/cpu_us_p50"),
];

pub fn ratios(first: &[Value], second: &[Value]) -> Map<String, Value> {
    let median = |runs: &[Value], path: &str| {
        let mut values: Vec<f64> = runs.iter().filter_map(|run| run.pointer(path)?.as_f64()).collect();
        quantile(&mut values, 0.5)
    };
    let ratio = |path| ((median(second, path) / median(first, path)) * 100.0).round() / 100.0;
    FIGURES.iter().map(|(name, path)| (name.to_string(), Value::from(ratio(path)))).collect()
}
