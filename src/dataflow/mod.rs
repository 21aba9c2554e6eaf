//! The running dataflow: plans interpreted on differential dataflow over flat rows of words. The only folder that knows timely and
//! differential_dataflow.
//!
//! Promises: for each epoch handed in, in order, the consolidated change of every output; the same with any number of workers.
//! Must not know: rules, values of text, disks, the network.

mod output;
mod runtime;

pub use output::OutputDelta;
pub use runtime::{Budget, EpochDelta, InputChanges, Runtime, RuntimeError};
