//! The running dataflow: plans interpreted on differential dataflow over flat rows of words. The only folder that knows timely and
//! differential_dataflow.
//!
//! From the bottom: rows and other columns of a batch (`rows`, `offsets`, `ints`, `time`), batches and what makes them (`batch`,
//! `batcher`), what flows (`updates`, `sort`, `exchange`, `feed`), operators (`arrange`, `gather`, `join`, `reduce`, with `shape` evaluating), the walk
//! over a plan (`line`, `render`, `source`, `sink`), threads (`worker`, `runtime`, `halt`, `held`).
//!
//! Promises: for each epoch handed in, in order, the consolidated change of every output; the same with any number of workers.
//! Must not know: rules, values of text, disks, the network.

mod arrange;
mod batch;
mod batcher;
mod exchange;
mod feed;
mod gather;
mod halt;
mod held;
mod ints;
mod join;
mod line;
mod offsets;
mod output;
mod reduce;
mod render;
mod rows;
mod runtime;
mod shape;
mod sink;
mod sort;
mod source;
mod time;
mod updates;
mod worker;

pub use output::OutputDelta;
pub use runtime::{Budget, EpochDelta, InputChanges, Runtime, RuntimeError};
