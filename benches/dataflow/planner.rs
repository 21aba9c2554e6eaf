//! What the planner is worth: the engine with every optimisation off, then with all of them, on the same records and changes. A ratio above 1
//! would be an optimisation that makes a program slower.

use huiyan::plan::Options;

/// Sizes at which the first of them ends, too.
pub const USUAL: [(&str, u64); 5] =
    [("reach", 100_000), ("tc", 100_000), ("tcu", 100_000), ("andersen", 10_000), ("supervision", 100_000)];
pub const CONTESTANTS: [&str; 2] = ["as written", "huiyan"];

pub fn options(contestant: &str) -> Options {
    if contestant == CONTESTANTS[0] { Options::NONE } else { Options::default() }
}
