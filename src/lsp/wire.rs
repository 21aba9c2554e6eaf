//! Messages on the wire: a head with the length, then JSON. Promises: whatever comes, no more is held than the longest message may have.

use crate::limits::{LSP_HEAD_BYTES, LSP_MESSAGE_BYTES};
use serde_json::{Value, json};
use std::io::{self, BufRead, ErrorKind, Read, Write};

/// What came.
pub(super) enum Incoming {
    Message(Value),
    /// A whole message that is no JSON, or longer than any may be: it was passed over.
    Unreadable,
    /// A head that does not say how long the message is: nothing behind it can be read.
    NoHead,
    End,
    Failed(io::Error),
}

pub(super) fn read(from: &mut impl BufRead) -> Incoming {
    let length = match head(from) {
        Ok(Some(length)) => length,
        Ok(None) => return Incoming::End,
        Err(error) if error.kind() == ErrorKind::InvalidData => return Incoming::NoHead,
        Err(error) => return Incoming::Failed(error),
    };
    let body = if length > LSP_MESSAGE_BYTES as u64 { skip(from, length) } else { body(from, length) };
    match body {
        Ok(body) => serde_json::from_slice(&body).map_or(Incoming::Unreadable, Incoming::Message),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Incoming::End,
        Err(error) => Incoming::Failed(error),
    }
}

/// The length of the message; `None` at the end.
fn head(from: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        let read = from.by_ref().take(LSP_HEAD_BYTES as u64).read_until(b'\n', &mut line)?;
        if read == 0 && length.is_none() {
            return Ok(None);
        }
        let line = std::str::from_utf8(&line).map_err(|_| ErrorKind::InvalidData)?;
        let Some(line) = line.strip_suffix('\n') else { return Err(ErrorKind::InvalidData.into()) };
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            return length.map(Some).ok_or_else(|| ErrorKind::InvalidData.into());
        }
        let (name, value) = line.split_once(':').ok_or(ErrorKind::InvalidData)?;
        if name.eq_ignore_ascii_case("Content-Length") {
            length = Some(value.trim().parse().map_err(|_| ErrorKind::InvalidData)?);
        }
    }
}

fn body(from: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    from.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(body) }
}

fn skip(from: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    io::copy(&mut from.by_ref().take(length), &mut io::sink())?;
    Ok(Vec::new())
}

pub(super) fn write(to: &mut impl Write, mut message: Value) -> io::Result<()> {
    message["jsonrpc"] = json!("2.0");
    let body = message.to_string();
    write!(to, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_a_line_of_a_head_ends_at_its_bound() {
        let line = |bytes: usize| {
            let end = "\r\n";
            let text = format!("Content-Length: {}2{end}{end}", "0".repeat(bytes - "Content-Length: 2".len() - end.len()));
            head(&mut text.as_bytes()).ok().flatten()
        };
        assert_eq!((line(LSP_HEAD_BYTES), line(LSP_HEAD_BYTES + 1)), (Some(2), None));
    }
}
