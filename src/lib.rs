//! huiyan (慧眼): an incremental reasoning server.

pub mod check;
pub mod dataflow;
pub mod engine;
pub mod expr;
pub mod plan;
pub mod program;
pub mod security;
pub mod storage;
pub mod syntax;
pub mod types;
