//! Where the log of a server goes: standard error, a line for each request and each event of its life, as text or as JSON.
//!
//! Promises: only this program's own lines, whose fields are names of ours and numbers; no library can be made to tell what passes
//! through it, whatever `RUST_LOG` says; a panic is told by its place, never by its text, which could hold a value.

use std::panic::PanicHookInfo;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum LogForm {
    /// For people
    Text,
    /// One object a line, for machines
    Json,
}

/// From now on. A second call in one process keeps the first.
pub fn begin(form: LogForm) {
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let layer = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let layer = match form {
        LogForm::Text => layer.boxed(),
        LogForm::Json => layer.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    let own = filter_fn(|line| line.target().starts_with(env!("CARGO_PKG_NAME")));
    if registry().with(layer.with_filter(own).with_filter(chosen)).try_init().is_ok() {
        std::panic::set_hook(Box::new(panicked));
    }
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or("unnamed").to_string();
    tracing::error!(place, thread, "panic");
}
