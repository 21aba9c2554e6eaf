//! What a request carries: bytes of memory, then perhaps a stretch of a file, read as it goes out. It can be sent again from the start.

use super::connection::HEARING;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::fs::File;
use std::future::Future;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use tokio::time::Sleep;

/// Bytes of a file that are in memory at a time.
const PIECE: u64 = 128 << 10;

#[derive(Default)]
pub struct Payload {
    head: Bytes,
    file: Option<(Arc<File>, Range<u64>)>,
    /// Bytes that have gone out, for whoever watches.
    sent: Arc<AtomicU64>,
    /// Between the first piece and the rest, to hear whether the rest is wanted.
    pause: Option<Pin<Box<Sleep>>>,
}

impl Payload {
    pub fn of(bytes: impl Into<Bytes>) -> Payload {
        Payload { head: bytes.into(), ..Payload::default() }
    }

    /// `head`, then these bytes of a file.
    pub fn of_file(head: Bytes, file: Arc<File>, range: Range<u64>) -> Payload {
        Payload { head, file: Some((file, range)), ..Payload::default() }
    }

    /// The same for another try, and the count of its bytes. `is_careful`: with a pause after its first piece.
    pub(super) fn begin(&self, is_careful: bool) -> (Payload, Arc<AtomicU64>) {
        let pause = (is_careful && self.left() > PIECE).then(|| Box::pin(tokio::time::sleep(HEARING)));
        let fresh = Payload { head: self.head.clone(), file: self.file.clone(), sent: Arc::default(), pause };
        let sent = fresh.sent.clone();
        (fresh, sent)
    }

    fn left(&self) -> u64 {
        self.head.len() as u64 + self.file.as_ref().map_or(0, |(_, range)| range.end - range.start)
    }

    /// The next stretch. The disk is read on the spot: there is nothing else that this thread could do meanwhile.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        if !self.head.is_empty() {
            let length = self.head.len().min(PIECE as usize);
            return Ok(Some(self.head.split_to(length)));
        }
        let Some((file, range)) = self.file.as_mut().filter(|(_, range)| !range.is_empty()) else { return Ok(None) };
        let mut piece = vec![0; PIECE.min(range.end - range.start) as usize];
        file.read_exact_at(&mut piece, range.start)?;
        range.start += piece.len() as u64;
        Ok(Some(piece.into()))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let has_begun = self.sent.load(Ordering::Relaxed) > 0;
        if let Some(pause) = self.pause.as_mut().filter(|_| has_begun) {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let next = self.next().transpose();
        if let Some(Ok(bytes)) = &next {
            self.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}
