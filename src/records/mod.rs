//! The rows of input relations, once, with primary keys and who asserted them.
//!
//! Two steps: [`Records::judge`] and its siblings read lines against what is there and give a [`Draft`], changing nothing;
//! [`Records::apply`] takes the net changes of a draft, or of an entry that is replayed, and says which rows appeared and went. So what
//! is there follows from the journal alone, and a draft that is dropped never happened.
//!
//! A net change is about an *assertion*: a row and who says it. Mostly that is the row itself, but a row that the operator wrote hides
//! the pack's row of the same key, and then the pack's comes and goes unseen; feed the dataflow with what `apply` returns.
//!
//! Must not know: where lines come from, the journal's bytes, the dataflow.

mod chunk;
mod draft;
mod fault;
mod foresee;
mod frozen;
mod held;
mod judge;
mod read;
mod remark;
mod repaired;
mod reshape;
mod shape;
mod spellings;
mod store;
mod table;

pub use draft::Draft;
pub use fault::Fault;
pub use foresee::{Fitted, Foresight};
pub use frozen::{Frozen, Thawing};
pub use judge::{Given, Line, Write};
pub use read::{Page, Present};
pub use repaired::{Repaired, RepairedPage};
pub use reshape::ReshapeError;
pub use shape::own_key;
pub use store::{Appeared, Inconsistent, Records};
