//! Handlers, one file per resource. A handler reads the request, asks the engine, shows the answer; it decides nothing else.

pub mod agenda;
pub mod batches;
pub mod changes;
pub mod clock;
pub mod clues;
pub mod console;
pub mod faults;
pub mod health;
pub mod history;
pub mod metrics;
pub mod openapi;
pub mod problems;
pub mod relations;
pub mod repairs;
pub mod rows;
pub mod rules;
pub mod snapshots;
pub mod subscribe;
pub mod subscriptions;
mod upload;
pub mod verdicts;
