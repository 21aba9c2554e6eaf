//! Who speaks, what they may do, and names that tell an outsider nothing.

mod agency;

pub use agency::Agency;
