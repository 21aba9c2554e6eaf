//! The running dataflow: plans interpreted over flat rows of words, kept evaluated epoch by epoch. The only folder that knows timely and
//! differential_dataflow.
//!
//! Two machines share one form of rows: `updates`, sorted by `sort`, made by `shape`.
//!
//! - **Outside recursion** it is a dataflow of our own (`outer`, made by `render`). A node whose sources changed computes its own change
//!   (`steps`, of comparisons with a clock `agenda`, of what follows from all rows of a key `pick`) from theirs and from their rows as they stood, which are kept sorted in an `index`
//!   of runs (`run`, `resting`, `packed`).
//!   Epochs that wait together go through it stage by stage, up to a recursion and behind it (`stages`). Nodes of an epoch with many rows, as
//!   at a start, are evaluated side by side (`together`).
//! - **A recursion** (`stratum`) is differential dataflow's: columns of a batch (`rows`, `offsets`, `ints`, `time`), batches and what makes
//!   them (`batch`, `batcher`, `exchange`), operators (`arrange`, `gather`, `reduce`, `range`, and `join` and `distinct` that read batches by
//!   `reader`; `feed` saves some), the walk over its body (`line`), doors (`source`, `sink`).
//!
//! Why two: rounds of a recursion need differential's times and frontiers. Outside it time is one line, and what operators are told of
//! progress cost more than what they did: every one heard of every epoch, whatever changed. With a plan of 840 nodes (the supervision pack)
//! a transaction took 1.3 ms, and takes 0.025 ms since a node for which nothing changed is not looked at.
//!
//! Threads: `worker`, `runtime`, `halt`, `held`. One worker evaluates the outer line, with further threads for an epoch of many rows; all share
//! the recursions.
//!
//! Promises: for each epoch handed in, in order, the consolidated change of every output; the same with any number of workers.
//! Must not know: rules, values of text, disks, the network.

mod agenda;
mod arrange;
mod batch;
mod batcher;
mod distinct;
mod exchange;
mod feed;
mod fold;
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
mod packed;
mod pick;
mod range;
mod reader;
mod reduce;
mod render;
mod resting;
mod rows;
mod run;
mod runtime;
mod shape;
mod sink;
mod sort;
mod source;
mod stages;
mod steps;
mod stratum;
mod time;
mod together;
mod updates;
mod worker;

pub use halt::Alarm;
pub use output::OutputDelta;
pub use runtime::{Budget, EpochDelta, InputChanges, Runtime, RuntimeError};
