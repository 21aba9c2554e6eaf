//! Server-sent events, read as they come, and taken up again after a broken line where they were left.

use super::answer::Answer;
use super::connection::{Connection, QUIET, Trouble};
use super::failure::Failure;
use super::waits::Waits;
use super::{Client, Request, Watch};
use crate::types::Said;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;

/// One event as it came.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Event {
    pub name: String,
    pub data: String,
    /// Everything up to here has been given; an empty one: forget where you were.
    pub id: Option<String>,
}

/// Hears the events of a stream.
pub trait Listener: Watch {
    fn event(&mut self, event: Event) -> Result<(), Failure>;
    /// The line broke: what came after the last id will come again.
    fn broken(&mut self);
}

/// Why a stretch of a stream ended.
enum End {
    /// May pass; not before this time.
    Broken(Said, Duration),
    Over(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> End {
        End::Over(failure)
    }
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> End {
        match trouble {
            Trouble::Network(why) => End::Broken(why, Duration::ZERO),
            Trouble::Local(why) => End::Over(Failure::input(why)),
        }
    }
}

impl Client {
    /// Follows a stream until an interrupt (Ctrl-C), from an id or from the start.
    pub fn follow(&mut self, path: &str, last: Option<String>, listener: &mut dyn Listener) -> Result<(), Failure> {
        let Client { runtime, connection, patience } = self;
        runtime.block_on(async {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted.map_err(|error| Failure::machine(Said::of_io(&error))),
                failed = follow(connection, *patience, path, last, listener) => Err(failed),
            }
        })
    }
}

async fn follow(
    connection: &mut Connection,
    patience: Duration,
    path: &str,
    mut last: Option<String>,
    listener: &mut dyn Listener,
) -> Failure {
    let mut waits = Waits::new(patience);
    loop {
        let before = last.clone();
        let (why, asked) = match listen(connection, path, &mut last, listener).await {
            End::Broken(why, asked) => (why, asked),
            End::Over(failure) => return failure,
        };
        listener.broken();
        if last != before {
            waits = Waits::new(patience);
        }
        let Some(pause) = waits.next(asked) else { return super::gave_up(&why, patience) };
        listener.waits(&why, pause);
        tokio::time::sleep(pause).await;
    }
}

/// One connection's worth of events.
async fn listen(connection: &mut Connection, path: &str, last: &mut Option<String>, listener: &mut dyn Listener) -> End {
    match stretch(connection, path, last, listener).await {
        Ok(why) => End::Broken(why, Duration::ZERO),
        Err(end) => end,
    }
}

async fn stretch(
    connection: &mut Connection,
    path: &str,
    last: &mut Option<String>,
    listener: &mut dyn Listener,
) -> Result<Said, End> {
    let mut request = Request::get(path).with("accept", "text/event-stream");
    if let Some(id) = last.as_ref() {
        request = request.with("last-event-id", id.clone());
    }
    let (response, _kept) = connection.ask(&request, listener).await?;
    if response.status() != 200 {
        let answer = Answer::whole(response, connection).await?;
        return match answer.comes_back() {
            Some(asked) => Err(End::Broken(answer.said(), asked)),
            None => Err(End::Over(answer.refusal())),
        };
    }
    let mut body: Incoming = response.into_body();
    let mut parser = Parser::default();
    while let Ok(Some(Ok(frame))) = tokio::time::timeout(QUIET, body.frame()).await {
        let Ok(bytes) = frame.into_data() else { continue };
        for event in parser.push(&bytes) {
            let id = event.id.clone();
            listener.event(event)?;
            if let Some(id) = id {
                *last = Some(id).filter(|id| !id.is_empty());
            }
        }
    }
    Ok(connection.broke())
}

/// Bytes to events, as the standard of server-sent events has it.
#[derive(Default)]
struct Parser {
    line: Vec<u8>,
    event: Event,
    any: bool,
}

impl Parser {
    fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = std::mem::take(&mut self.line);
            let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned();
            if !line.is_empty() {
                self.field(&line);
            } else if std::mem::take(&mut self.any) {
                events.push(std::mem::take(&mut self.event));
            }
        }
        events
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event.name = value.to_string(),
            "id" => self.event.id = Some(value.to_string()),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // A comment, or the pause that a browser is asked to make.
            _ => return,
        }
        self.any = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(name: &str, data: &str, id: Option<&str>) -> Event {
        Event { name: name.to_string(), data: data.to_string(), id: id.map(str::to_string) }
    }

    #[test]
    fn events_are_read_whatever_the_pieces_they_come_in() {
        let text = ": hello\nretry: 3000\n\nevent: change\ndata: {\"a\":1}\n\nevent:complete\r\ndata: x\r\ndata: y\r\nid: p\r\n\r\n: still\n\nid:\nevent: reset\n\ndata: unfinished";
        let expected = [event("change", "{\"a\":1}", None), event("complete", "x\ny", Some("p")), event("reset", "", Some(""))];
        for size in [1, 2, 7, 1_000] {
            let mut parser = Parser::default();
            let events: Vec<Event> = text.as_bytes().chunks(size).flat_map(|piece| parser.push(piece)).collect();
            assert_eq!(events, expected, "{size}");
        }
    }
}
