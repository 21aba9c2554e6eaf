//! Bytes on disk: the journal, its frames, its chain, its recovery. The only folder that knows the codec.
//!
//! Promises: what `append` returned `Ok` for is there after any crash; what it did not is there wholly or not at all; a failed write or
//! sync is final. Must not know: rules, relations, clues, the dataflow.

pub mod entry;
