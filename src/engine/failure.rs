//! [`Failure`]: what ends the engine until a restart. Every one of them becomes [`super::Phase::Failed`] with its text, which names files,
//! epochs and rules, and never a value of a record.

use crate::records::{Inconsistent, ReshapeError};
use crate::storage::{DeltaError, JournalError};
use crate::syntax::Diagnostic;
use crate::types::Epoch;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A replay derived something else than was published, or the journal lost its end.
    #[error(transparent)]
    Derived(#[from] DeltaError),
    #[error("the rules have mistakes: {}", first_error(.0))]
    Rules(Vec<Diagnostic>),
    #[error("row {row} of the pack's data for {relation} is refused: {code}")]
    PackRow { relation: String, row: usize, code: String },
    #[error("rules and data of the pack need an entry of some {bytes} bytes, and the journal takes at most {limit} at once")]
    PackTooLarge { bytes: usize, limit: usize },
    #[error(transparent)]
    Reshape(#[from] ReshapeError),
    #[error(transparent)]
    Records(#[from] Inconsistent),
    #[error("the journal begins with epoch {} and not with an installation of rules", .0.0)]
    NoRules(Epoch),
    #[error("the evaluation broke: {0}")]
    Evaluation(String),
    #[error("the clock of this machine shows no day of the calendar")]
    WallClock,
    /// Asked to stop while it was still reading.
    #[error("stopped before the journal was read to its end")]
    Stopped,
}

/// One of many, for a line of text.
fn first_error(diagnostics: &[Diagnostic]) -> String {
    let error = diagnostics.iter().find(|d| d.severity == crate::syntax::Severity::Error);
    error.map_or_else(String::new, |d| format!("{} {}", d.code, d.message.en))
}
