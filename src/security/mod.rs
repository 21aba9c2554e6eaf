//! Who speaks, what they may do, and names that tell an outsider nothing.
//!
//! Must not know: where keys are kept, routes, rules.

mod agency;
mod base64url;
mod names;
mod positions;
mod secret;

pub use agency::{Agency, KINDS};
pub use names::{ClueId, Names};
pub use positions::Positions;
pub use secret::Secret;
