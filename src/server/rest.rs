//! The rest of a body: what its sender still writes when the answer is made already.
//!
//! A connection that is closed while somebody writes into it takes the answer with it: the sender sees a broken pipe and not why. So some of
//! the rest is read for nothing first, bounded in bytes and in time. A sender that pauses listens: it is answered at once.

use crate::limits::{REFUSED_BODY_BYTES, REFUSED_BODY_SILENCE, REFUSED_BODY_TIME};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use tokio::time::timeout;

/// A layer: whatever a handler leaves of a body is heard out.
pub async fn hear_out(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if body.is_end_stream() {
        return next.run(Request::from_parts(parts, body)).await;
    }
    // Who waits to be asked for the body has not begun to write it.
    let waits = parts.headers.contains_key(header::EXPECT);
    let (give_back, rest) = mpsc::channel();
    let lent = Lent { body, begun: !waits, give_back };
    let response = next.run(Request::from_parts(parts, Body::new(lent))).await;
    if let Ok(rest) = rest.try_recv() {
        // Too slow a sender is not waited for.
        let _ = timeout(REFUSED_BODY_TIME, read_for_nothing(rest)).await;
    }
    response
}

async fn read_for_nothing(mut body: Body) {
    let mut read = 0;
    while read <= REFUSED_BODY_BYTES {
        match timeout(REFUSED_BODY_SILENCE, poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))).await {
            Ok(Some(Ok(frame))) => read += frame.data_ref().map_or(0, |bytes| bytes.len() as u64),
            Ok(Some(Err(_)) | None) | Err(_) => return,
        }
    }
}

/// A body that comes back when it is dropped before its end.
struct Lent {
    body: Body,
    /// Its sender is writing.
    begun: bool,
    give_back: mpsc::Sender<Body>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.begun = true;
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.begun && !self.body.is_end_stream() {
            // Nobody takes it if the handler outlives its answer.
            let _ = self.give_back.send(std::mem::take(&mut self.body));
        }
    }
}
