//! The spine: one writer, one order. A request becomes an entry, the entry goes to the journal and to the dataflow, the delta becomes
//! clues and feeds; then the writer is answered.
//!
//! Must not know: HTTP.

mod handle;
mod queue;
mod refusals;
mod request;
mod view;

pub use handle::EngineHandle;
pub use queue::{ClockReply, Reply};
pub use refusals::{OpenRefusal, Refusals, RefusedKey};
pub use request::{
    BatchAnswer, BatchRequest, ClockTarget, EngineError, OnReject, Op, Phase, Refused, Submitted, SubmittedRow, Whole,
};
pub use view::View;
