//! The spine: one writer, one order. A request becomes an entry, the entry goes to the journal and to the dataflow, the delta becomes
//! clues and feeds; then the writer is answered.
//!
//! Must not know: HTTP.

mod agenda;
mod ask;
mod beside;
mod commit;
mod derived;
mod doubts;
mod evaluation;
mod failure;
mod fitting;
mod handle;
mod install;
mod judge;
mod judged;
mod memory_mark;
mod metrics;
mod publish;
mod queue;
mod receipts;
mod recover;
mod refusals;
mod repairs;
mod replay;
mod request;
mod room;
mod rules;
mod settle;
mod snapshot;
mod start;
mod subscriptions;
mod tick;
mod verdict;
mod view;
mod walk;
mod world;

pub use agenda::{Agenda, Foreseen};
pub use beside::Compared;
pub use doubts::{Doubt, Doubts};
pub use failure::Failure;
pub use handle::EngineHandle;
pub use install::Package;
pub use judged::{Judged, Last};
pub use metrics::{ByKind, Histogram, Metrics, Reading};
pub use queue::{ClockReply, Depth, Reply, SnapshotReply, VerdictReply};
pub use refusals::{OpenRefusal, Refusals, RefusedKey};
pub use repairs::{Repair, Repairs};
pub use replay::{Moment, Past, Retelling, Retold};
pub use request::{
    BatchAnswer, BatchRequest, ClockTarget, EngineError, OnReject, Op, Phase, Refused, Submitted, SubmittedRow, Whole,
};
pub use snapshot::{SnapshotInfo, SnapshotState};
pub use start::{ClockMode, EngineConfig, StartError, start};
pub use subscriptions::{Begin, Kept, Say, SubscriptionError, SubscriptionReply, Subscriptions};
pub use verdict::{VerdictAnswer, VerdictRequest};
pub use view::View;
