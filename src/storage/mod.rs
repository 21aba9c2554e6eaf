//! Bytes on disk: the journal, its frames, its chain, its recovery. The only folder that knows the codec.
//!
//! Promises: what `append` returned `Ok` for is there after any crash; what it did not is there wholly or not at all; a failed write or
//! sync is final. Must not know: rules, relations, clues, the dataflow. The bytes are described in `docs/format.md`.
//!
//! A data folder holds `journal` and later parts of it (what happened), `keys/` (what opens and names it), `deltas-<version>` (what was
//! derived, as hashes), `timelines` (which histories its epochs belong to), `cursors` (where named readers are) and `lock`; `journal.tail` for a moment after a crash.

mod cell;
mod chronicle;
mod codec;
mod cursors;
mod deltas;
pub mod disk;
mod ended;
pub mod entry;
mod error;
mod examine;
mod folder;
mod frame;
mod index;
mod journal;
mod keys;
mod parts;
mod past;
mod reader;
mod reading;
mod recovery;
mod schema;
mod seal;
mod size;
pub mod snapshot;
mod tail;
mod tally;
mod timelines;
mod translate;
mod unopened;
mod wire;

pub use cell::{Cell, kind_of_tag, tag_of_kind};
pub use chronicle::Chronicle;
pub use codec::{CodecError, schema_bytes, schema_of_bytes};
pub use cursors::{Cursor, CursorChange, CursorError, CursorFile, CursorKey, Cursors, FilterField};
pub use deltas::{DeltaChain, DeltaError};
pub use disk::{Disk, DiskFile, ReadingDisk, RealDisk};
pub use error::JournalError;
pub use examine::{Check, Examined, State, examine};
pub use folder::{has_journal, is_foreign};
pub use journal::Journal;
pub use keys::{need_key, open_key};
pub use parts::Part;
pub use past::{Base, Recorded, Summary};
pub use reading::{Reading, verify};
pub use recovery::{Recovered, open};
pub use schema::{ColumnSchema, RelationSchema, Schema};
pub use seal::{Keyring, SealError};
pub use size::bytes_at_most;
pub use tally::{Moved, Tally, What};
pub use timelines::{keep_timeline, new_timeline, timelines};
pub use unopened::Unopened;
