//! The language server: an editor's messages in, what is known of its rule files out.
//!
//! Promises: what it says of rules is what `huiyan check` says; texts of the editor count, saved or not; no message and no text ends it but
//! the one that says so; rules are checked when nobody types. Nothing is written but answers. Must not know: the engine, the network.

mod answer;
mod completion;
mod documents;
mod findings;
mod hover;
mod index;
mod place;
mod project;
mod session;
mod symbols;
mod uri;
mod wire;

use crate::limits::{LSP_QUIET, LSP_WAITING};
use crate::types::Lang;
use session::Session;
use std::io::{self, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use wire::Incoming;

/// How it ended.
pub enum End {
    /// As the protocol says.
    Asked,
    /// The editor went away without a farewell.
    Left,
    /// What came is not the protocol.
    NoHead,
    Failed(io::Error),
}

/// Speaks with one editor to the end. `lang`: where the editor says nothing of a language.
pub fn serve(from: impl Read + Send + 'static, mut to: impl Write, lang: Lang) -> End {
    let (sender, inbox) = sync_channel(LSP_WAITING);
    // It ends with the process: a read cannot be called off.
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let came = wire::read(&mut from);
            let is_last = !matches!(came, Incoming::Message(_) | Incoming::Unreadable);
            if sender.send(came).is_err() || is_last {
                return;
            }
        }
    });
    let mut session = Session::new(lang);
    loop {
        let came = match next(&inbox, session.is_stale()) {
            Some(came) => session.take(came),
            None => session.check(),
        };
        let (messages, end) = came;
        for message in messages {
            if let Err(error) = wire::write(&mut to, message) {
                return if error.kind() == io::ErrorKind::BrokenPipe { End::Left } else { End::Failed(error) };
            }
        }
        if let Some(end) = end {
            return end;
        }
    }
}

/// The next message, or `None` when there is something to check and nobody types.
fn next(inbox: &Receiver<Incoming>, is_stale: bool) -> Option<Incoming> {
    if !is_stale {
        return Some(inbox.recv().unwrap_or(Incoming::End));
    }
    match inbox.recv_timeout(LSP_QUIET) {
        Ok(came) => Some(came),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Incoming::End),
    }
}
