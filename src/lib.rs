//! huiyan (慧眼): an incremental reasoning server.

pub mod check;
pub mod cli;
pub mod clock;
pub mod clues;
pub mod dataflow;
pub mod demo;
pub mod engine;
pub mod expr;
pub mod ingest;
pub mod limits;
pub mod pack;
pub mod plan;
pub mod program;
pub mod records;
pub mod security;
pub mod server;
pub mod storage;
pub mod syntax;
pub mod types;
