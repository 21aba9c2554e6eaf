//! Bytes on disk: the journal, its frames, its chain, its recovery. The only folder that knows the codec.
//!
//! Promises: what `append` returned `Ok` for is there after any crash; what it did not is there wholly or not at all; a failed write or
//! sync is final. Must not know: rules, relations, clues, the dataflow. The bytes are described in `docs/format.md`.
//!
//! A data folder holds `journal` (what happened), `keys/` (what opens and names it), `deltas-<version>` (what was derived, as hashes)
//! and `lock`; `journal.tail` for a moment after a crash.

mod cell;
mod codec;
mod deltas;
pub mod disk;
pub mod entry;
mod error;
mod folder;
mod frame;
mod index;
mod journal;
mod keys;
mod reader;
mod recovery;
mod schema;
mod seal;
mod size;
mod tail;
mod translate;
mod wire;

pub use codec::CodecError;
pub use deltas::{DeltaChain, DeltaError};
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::JournalError;
pub use folder::is_foreign;
pub use journal::Journal;
pub use keys::open_key;
pub use recovery::{Recorded, Recovered, Summary, open, verify};
pub use schema::{ColumnSchema, RelationSchema, Schema};
pub use seal::SealError;
pub use size::bytes_at_most;
