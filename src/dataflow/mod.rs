//! The running dataflow: plans interpreted on differential dataflow over flat rows of words. The only folder that knows timely and
//! differential_dataflow.
//!
//! Two machines share one form of rows. What flows is `updates` (with `sort`), made by `shape`. Outside recursion a plan is evaluated epoch
//! by epoch: `outer` (made by `render`), with `steps` over `index`. A recursion (`stratum`) is differential's: columns of a batch (`rows`,
//! `offsets`, `ints`, `time`), batches and what makes them (`batch`, `batcher`, `exchange`), operators (`arrange`, `join`, `gather`, `reduce`; `feed` saves some),
//! the walk over its body (`line`), doors (`source`, `sink`). Threads: `worker`, `runtime`, `halt`, `held`.
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
mod index;
mod ints;
mod join;
mod line;
mod offsets;
mod outer;
mod output;
mod reduce;
mod render;
mod rows;
mod runtime;
mod shape;
mod sink;
mod sort;
mod source;
mod steps;
mod stratum;
mod time;
mod updates;
mod worker;

pub use output::OutputDelta;
pub use runtime::{Budget, EpochDelta, InputChanges, Runtime, RuntimeError};
