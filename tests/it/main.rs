//! One test binary, a module per question.

mod bounds;
mod check;
mod cli;
mod crash;
mod dataflow;
mod demo;
mod engine;
mod http;
mod kills;
mod language;
mod lsp;
mod oracle;
mod packs;
mod plan;
mod process;
mod push;
mod records;
mod replay;
mod returning;
mod run;
mod simulation;
mod syntax;
mod tidy;
mod verified;
