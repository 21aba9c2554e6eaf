//! What panics on its own: a task, or work on a thread that may wait.
//!
//! Promises: nothing that panics is taken for something that has ended. One request is counted and answered 500, and the server goes on: what
//! it held was its own. What others rely on is for the caller to tell the engine.

use super::app::App;
use super::error::Problem;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::Poll;

/// What comes of it; `None` if it panicked. It is not polled again then.
pub async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// A task that the server cannot do without.
pub async fn needed(app: App, task: impl Future<Output = ()>) {
    if caught(task).await.is_none() {
        app.engine.break_off();
    }
}

/// Work of one request on a thread that may wait.
pub async fn aside<T: Send + 'static>(app: &App, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        if error.is_panic() {
            count(app);
        }
        Problem::new("internal")
    })
}

/// One request, stream or connection panicked.
pub fn count(app: &App) {
    app.traffic.panics.fetch_add(1, Ordering::Relaxed);
    tracing::error!("a handler panicked");
}
