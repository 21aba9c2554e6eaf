//! Does the checker find every kind of mistake, at its place, once, and nothing else?

mod golden;
mod kinds;
mod large;
mod limits;
mod mistakes;
mod structures;
