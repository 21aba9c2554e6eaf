//! Who speaks, what they may do, and names that tell an outsider nothing.
//!
//! Must not know: where keys are kept, routes, rules.

mod agency;
mod base64url;
mod names;
mod positions;
mod reader;
mod secret;
mod timelines;

pub use agency::{Agency, KINDS};
pub use names::{ClueId, Names, is_opaque};
pub use positions::Positions;
pub use reader::ReaderName;
pub use secret::Secret;
pub use timelines::{Stamp, Timeline, Timelines};
