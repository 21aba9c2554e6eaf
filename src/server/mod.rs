//! The network: the only folder that knows HTTP, and the only one with `async fn`.
//!
//! Promises: every error is a problem document; nothing personal is in one, in a URL that the server makes, or in a log; every body,
//! head, stream and connection is bounded. Must not know: journal, dataflow, rules' text.

mod api;
mod app;
mod ask;
mod begin;
mod caught;
mod error;
mod files;
mod filter;
mod guard;
mod hall;
mod held;
mod listen;
mod metrics;
mod openapi;
mod pages;
mod pieces;
mod rest;
mod retell;
mod routes;
mod show;
mod standing;
mod stream;
mod tell;
mod traffic;

pub use api::problems::has_page;
pub use app::Pace;
pub use ask::{coded, link};
pub use error::KINDS;
pub use listen::{Bound, ServeError, bind, bind_paced, serve, told_to_stop};
pub use retell::Teller;
