//! Does the engine do what it tells the writer, and does a restart tell the same story?
//!
//! Every test runs the whole engine in this process, over a disk in memory and a small pack.

mod agenda;
mod arrivals;
mod clocks;
mod crashes;
mod erasures;
mod freezing;
mod keys;
mod listing;
mod lives;
mod restarts;
pub mod rig;
mod room;
mod rules;
mod sizes;
mod snapshots;
mod suspensions;
mod verdicts;
