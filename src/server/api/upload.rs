//! A body full of records on its way to the engine: a small one in one go, any other in pieces by a thread of its own, so that neither its
//! length nor its sender's pace matters to anybody else.
//!
//! Promises: what belongs in one epoch goes in one request; a body that breaks off is not taken, apart from pieces that a receipt names.

use crate::engine::{BatchAnswer, BatchRequest, EngineError, OnReject, Whole};
use crate::ingest::{Format, Intake, Piece, Skip};
use crate::limits::{MAX_BATCH_LINES, MAX_REPAIRS_TOLD, MAX_WHOLE_LINES, PIECE_PATIENCE, SMALL_UPLOAD_BYTES};
use crate::points::{self, Point};
use crate::program::Program;
use crate::security::Agency;
use crate::server::app::App;
use crate::server::ask;
use crate::server::caught::aside;
use crate::server::error::Problem;
use crate::server::held::Held;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// What is done with a body.
pub struct Upload {
    pub agency: Agency,
    pub key: Option<String>,
    pub on_reject: OnReject,
    pub replace: Option<Whole>,
    pub format: Format,
    /// What besides the body decides its meaning; part of its hash.
    pub meaning: String,
    pub bound: Bound,
}

/// How long a body may be, and whether it may land in several epochs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// One epoch, so many bytes.
    Batch { bytes: u64 },
    /// One epoch, of more lines.
    Whole,
    /// An epoch for each piece.
    Pieces,
}

/// One message from the network side to the reading thread. A channel that closes without `End` is a body that broke off.
enum Chunk {
    Data(Bytes),
    End,
}

/// What became of a body.
#[derive(Default)]
pub struct Taken {
    /// One for each epoch it made.
    pub answers: Vec<BatchAnswer>,
    /// Good lines of a file whose row stands on an earlier line of it.
    pub duplicates: u64,
    /// Lines that are no records, and the first of them.
    pub skipped: u64,
    pub skips: Vec<Skip>,
    /// Columns that the request leaves out, by place and title.
    pub ignored: Vec<(usize, String)>,
}

impl Taken {
    /// What is told of a piece that is no matter of the engine.
    fn note(&mut self, piece: &mut Piece) {
        self.duplicates += piece.duplicates;
        self.skipped += piece.skipped;
        self.skips.append(&mut piece.skips);
        self.skips.truncate(MAX_REPAIRS_TOLD);
    }
}

/// Reads the body and hands it in.
pub async fn take(app: &App, program: Arc<Program>, upload: Upload, body: Body) -> Result<Taken, Problem> {
    let most = match upload.bound {
        Bound::Batch { bytes } => bytes,
        Bound::Whole | Bound::Pieces => u64::MAX,
    };
    // What is announced to be too long need not be read to know it.
    if body.size_hint().lower() > most {
        return Err(Problem::new("too-large"));
    }
    let small = body.size_hint().upper().is_some_and(|bytes| bytes <= SMALL_UPLOAD_BYTES);
    let slot = app.upload_slot(small)?;
    if small {
        let bytes = whole(body).await?;
        return at_once(app, &program, upload, &bytes).await;
    }
    let (sender, chunks) = mpsc::channel(4);
    let engine = app.clone();
    let work = aside(app, move || {
        let _slot = slot;
        points::pass(Point::Upload);
        work(&engine, &program, upload, Chunks::new(chunks))
    });
    let (fed, done) = tokio::join!(feed(body, sender, most), work);
    let done = done.unwrap_or_else(Err);
    match (fed, done) {
        // The reading thread only saw the body end early; this side knows why.
        (Err(problem), Err(_)) => Err(problem),
        (_, done) => done,
    }
}

/// A small body.
async fn whole(body: Body) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = ask::next_chunk(&mut stream).await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}

/// Without another thread: reading so little takes less than waking one.
async fn at_once(app: &App, program: &Program, mut upload: Upload, body: &[u8]) -> Result<Taken, Problem> {
    let (pieces, hash, ignored) = {
        let mut intake = Intake::new(program, upload.format.clone(), Hashed::new(&upload, body))?;
        // So little is not counted together with what others hold.
        let mut held = Held::of(Arc::default(), None);
        (gather(&mut intake, upload.bound, &mut held)?, intake.source().hash(), intake.ignored().to_vec())
    };
    Ok(Taken { ignored, ..hand_in_all(app, &mut upload, pieces, hash).await? })
}

/// Passes the body on, until its end or until the reading thread has seen enough.
async fn feed(body: Body, sender: mpsc::Sender<Chunk>, limit: u64) -> Result<(), Problem> {
    let mut stream = body.into_data_stream();
    let mut read = 0u64;
    while let Some(chunk) = ask::next_chunk(&mut stream).await {
        let bytes = chunk?;
        read += bytes.len() as u64;
        if read > limit {
            return Err(Problem::new("too-large"));
        }
        if sender.send(Chunk::Data(bytes)).await.is_err() {
            return Ok(());
        }
    }
    // Nobody there any more: the answer is made already.
    let _ = sender.send(Chunk::End).await;
    Ok(())
}

/// The reading thread.
fn work(app: &App, program: &Program, mut upload: Upload, chunks: Chunks) -> Result<Taken, Problem> {
    // It may wait for the engine: nobody else is served by this thread.
    let waits = tokio::runtime::Handle::current();
    let mut intake = Intake::new(program, upload.format.clone(), Hashed::new(&upload, chunks))?;
    if upload.bound != Bound::Pieces || upload.key.is_some() {
        // Until the last answer: what is handed in is held until then.
        let mut held = app.held();
        let pieces = gather(&mut intake, upload.bound, &mut held)?;
        let taken = waits.block_on(hand_in_all(app, &mut upload, pieces, intake.source().hash()))?;
        return Ok(Taken { ignored: intake.ignored().to_vec(), ..taken });
    }
    let mut taken = Taken { ignored: intake.ignored().to_vec(), ..Taken::default() };
    loop {
        intake.begin_part();
        let mut piece = intake.piece(MAX_BATCH_LINES).map_err(|e| partly(app, Problem::from(e), &taken.answers))?;
        let last = piece.last;
        taken.note(&mut piece);
        let first = taken.answers.is_empty();
        let handed_in = waits.block_on(hand_in(app, &upload, piece, intake.source().hash(), first));
        taken.answers.push(handed_in.map_err(|e| partly(app, e, &taken.answers))?);
        if last {
            return Ok(taken);
        }
    }
}

/// The whole body, before anything of it is handed in: its hash must be known, or it must land at once.
fn gather<R: Read>(intake: &mut Intake<'_, R>, bound: Bound, held: &mut Held) -> Result<Vec<Piece>, Problem> {
    let (limit, too_large) = match bound {
        Bound::Batch { .. } => (MAX_BATCH_LINES, "too-large"),
        Bound::Whole | Bound::Pieces => (MAX_WHOLE_LINES, "held-too-large"),
    };
    let mut pieces = Vec::new();
    let mut lines = 0;
    loop {
        if bound == Bound::Pieces {
            intake.begin_part();
        }
        let piece = intake.piece(MAX_BATCH_LINES)?;
        held.grow(piece.bytes)?;
        lines += piece.read;
        let last = piece.last;
        pieces.push(piece);
        if lines > limit as u64 || (lines == limit as u64 && !last) {
            return Err(Problem::new(too_large));
        }
        if last {
            return Ok(pieces);
        }
    }
}

/// One epoch, or under a key several, each under a key of its own that no client can write.
async fn hand_in_all(app: &App, upload: &mut Upload, pieces: Vec<Piece>, hash: [u8; 32]) -> Result<Taken, Problem> {
    let one = upload.bound != Bound::Pieces;
    let pieces = if one { vec![joined(pieces)] } else { pieces };
    let key = upload.key.clone();
    let mut taken = Taken::default();
    for (i, mut piece) in pieces.into_iter().enumerate() {
        taken.note(&mut piece);
        if i > 0 {
            upload.key = key.as_ref().map(|key| format!("{key} #{i}"));
        }
        let answer = hand_in(app, upload, piece, hash, i == 0).await.map_err(|e| partly(app, e, &taken.answers))?;
        taken.answers.push(answer);
    }
    Ok(taken)
}

fn joined(pieces: Vec<Piece>) -> Piece {
    let mut whole = Piece { last: true, ..Piece::default() };
    for piece in pieces {
        whole.read += piece.read;
        whole.bytes += piece.bytes;
        whole.duplicates += piece.duplicates;
        whole.skipped += piece.skipped;
        whole.skips.extend(piece.skips);
        whole.lines.extend(piece.lines);
        whole.refused.extend(piece.refused);
    }
    whole
}

/// Hands one piece to the engine and waits for its answer. Only the first is turned away by a full queue at once.
async fn hand_in(app: &App, upload: &Upload, piece: Piece, body_hash: [u8; 32], first: bool) -> Result<BatchAnswer, Problem> {
    let mut request = BatchRequest {
        agency: upload.agency.clone(),
        idempotency_key: upload.key.clone(),
        body_hash,
        on_reject: upload.on_reject,
        replace: upload.replace,
        lines: piece.lines,
        refused: piece.refused,
        source: None,
    };
    let began = Instant::now();
    loop {
        let (sender, answer) = oneshot::channel();
        let reply = Box::new(move |result| {
            // The sender of the body may have gone; its batch stands all the same.
            let _ = sender.send(result);
        });
        match app.engine.offer(request, reply) {
            Ok(()) => return answer.await.map_err(|_| Problem::new("stopping"))?.map_err(|e| refused(app, e)),
            Err((EngineError::Busy, Some(back))) if !first && began.elapsed() < PIECE_PATIENCE => {
                request = *back;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err((error, _)) => return Err(error.into()),
        }
    }
}

/// What an all-or-nothing batch was refused for is kept under an epoch of its own.
fn refused(app: &App, error: EngineError) -> Problem {
    match error {
        EngineError::Refused(answer) => {
            let position = app.position(answer.epoch);
            Problem::from(EngineError::Refused(answer)).with("position", position.into())
        }
        other => other.into(),
    }
}

/// A problem after some pieces were taken says which. Those that promise that nothing was taken are told as the cause of another one.
fn partly(app: &App, problem: Problem, answers: &[BatchAnswer]) -> Problem {
    if answers.is_empty() {
        return problem;
    }
    let positions: Vec<Json> = answers.iter().map(|a| app.position(a.epoch).into()).collect();
    let lines: u64 = answers.iter().map(|a| a.receipt.accepted).sum();
    let problem = if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
        Problem::new("taken-in-part").because(&problem)
    } else {
        problem
    };
    problem.with("positions", positions.into()).with("accepted", json!(lines))
}

/// The body as a reader for a thread that may wait.
struct Chunks {
    from: mpsc::Receiver<Chunk>,
    rest: Bytes,
    ended: bool,
}

impl Chunks {
    fn new(from: mpsc::Receiver<Chunk>) -> Chunks {
        Chunks { from, rest: Bytes::new(), ended: false }
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() && !self.ended {
            match self.from.blocking_recv() {
                Some(Chunk::Data(bytes)) => self.rest = bytes,
                Some(Chunk::End) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the body broke off")),
            }
        }
        let n = self.rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.rest.split_to(n));
        Ok(n)
    }
}

/// Hashes what passes.
struct Hashed<R> {
    from: R,
    hasher: Sha256,
}

impl<R> Hashed<R> {
    fn new(upload: &Upload, from: R) -> Hashed<R> {
        let mut hasher = Sha256::new();
        hasher.update(upload.meaning.as_bytes());
        hasher.update([0]);
        Hashed { from, hasher }
    }

    /// Of what has passed.
    fn hash(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.from.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Charset, Op, Titles};
    use crate::limits::MAX_WHOLE_BYTES;
    use crate::syntax::Sources;
    use std::sync::atomic::AtomicUsize;

    fn program() -> Program {
        let text = ".decl note(no: symbol)\n.record note(key=\"no\", owner=\"police\", title=\"记录\")\n";
        let sources = Sources::single("a.dl", text);
        let (tree, _) = crate::syntax::parse(&sources);
        crate::check::check(&tree, &sources).0.expect("good rules")
    }

    #[test]
    fn a_file_that_is_held_as_a_whole_is_bounded_by_bytes_and_says_what_to_do() {
        let program = program();
        let relation = program.find("note").unwrap();
        let format = Format::Csv { relation, op: Op::Upsert, charset: Charset::Utf8, titles: Titles::default() };
        let all = Arc::new(AtomicUsize::new(0));
        for (bound, room, refused) in [
            (Bound::Whole, 1 << 20, false),
            (Bound::Whole, 100, true),
            (Bound::Pieces, 100, true),
            (Bound::Batch { bytes: 1 << 20 }, 100, true),
        ] {
            let mut held = Held::of(all.clone(), None);
            held.grow(MAX_WHOLE_BYTES - room).unwrap();
            let mut intake = Intake::new(&program, format.clone(), "no\n1\n2\n3\n".as_bytes()).unwrap();
            match gather(&mut intake, bound, &mut held) {
                Ok(pieces) => assert!(!refused && pieces.len() == 1, "{room}"),
                Err(problem) => assert!(refused && format!("{problem:?}").contains("held-too-large"), "{problem:?}"),
            }
        }
    }
}
