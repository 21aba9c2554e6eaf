//! The spine: one writer, one order. A request becomes an entry, the entry goes to the journal and to the dataflow, the delta becomes
//! clues and feeds; then the writer is answered.
//!
//! Must not know: HTTP.

mod request;

pub use request::{
    BatchAnswer, BatchRequest, ClockTarget, EngineError, OnReject, Op, Phase, Refused, Submitted, SubmittedRow, Whole,
};
