//! What the door says of a part.

use crate::cli::client::{Answer, Failure, Place, Problem};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Receipt {
    pub accepted: u64,
    pub changed: u64,
    pub repaired: u64,
    /// The first cells that were read otherwise than written.
    pub repairs: Vec<Mended>,
    /// The first lines that are no records.
    pub skips: Vec<Place>,
    /// Columns that were left out.
    pub ignored: Vec<Ignored>,
    pub duplicates: u64,
    pub doubtful: u64,
    /// The first cells that came in and are unlikely.
    pub doubts: Vec<Place>,
    pub rejected: Vec<Place>,
    pub replayed: bool,
}

/// A cell that was read otherwise than written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Mended {
    #[serde(flatten)]
    pub place: Place,
    /// Not of a personal column.
    pub as_sent: Option<String>,
    pub value: serde_json::Value,
}

/// A column that was left out, by its title as `--ignore` gives it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ignored {
    pub title: String,
}

pub enum Verdict {
    Taken(Receipt),
    /// The part cannot be read on, or not at all; what of it was taken the problem says.
    Problem(Problem),
}

pub fn of(answer: &Answer) -> Result<Verdict, Failure> {
    if answer.is_success() {
        return answer.read().map(Verdict::Taken);
    }
    match answer.problem() {
        // All or nothing, and nothing it is.
        Some(problem) if problem.code() == "refused" => {
            Ok(Verdict::Taken(Receipt { rejected: problem.errors, ..Receipt::default() }))
        }
        Some(problem) => Ok(Verdict::Problem(problem)),
        None => Err(answer.refusal()),
    }
}
