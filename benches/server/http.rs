//! A client that keeps its connection, and a reader of a stream of events: as little as a measurement needs.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(addr: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream: BufReader::new(stream) })
    }

    /// Status and body.
    pub fn get(&mut self, path: &str) -> io::Result<(u16, String)> {
        self.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes(), b"")
    }

    /// The answer, which must be good.
    pub fn post(&mut self, path: &str, agency: &str, media: &str, body: &str) -> Value {
        let (status, answer) = self.try_post(path, agency, media, body);
        assert!((200..300).contains(&status), "{answer}");
        answer
    }

    pub fn try_post(&mut self, path: &str, agency: &str, media: &str, body: &str) -> (u16, Value) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nHuiyan-Agency: {agency}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let (status, answer) = self.ask(head.as_bytes(), body.as_bytes()).expect("the server answers");
        (status, serde_json::from_str(&answer).expect("answers are JSON"))
    }

    fn ask(&mut self, head: &[u8], body: &[u8]) -> io::Result<(u16, String)> {
        // A small request in one packet.
        if body.len() < 4_096 {
            self.stream.get_mut().write_all(&[head, body].concat())?;
        } else {
            self.stream.get_mut().write_all(head)?;
            self.stream.get_mut().write_all(body)?;
        }
        let (status, length) = read_head(&mut self.stream)?;
        let mut answer = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut answer)?;
        Ok((status, String::from_utf8_lossy(&answer).into_owned()))
    }

    /// Follows the changes of a rule after a position: `seen` gets each with the moment at which it was there. Ends with the connection.
    pub fn follow(mut self, rule: &str, after: &str, seen: impl Fn(Value, Instant)) -> io::Result<()> {
        let path = format!("/v1/subscribe?rule={rule}&after={after}");
        self.stream.get_mut().write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
        let (status, _) = read_head(&mut self.stream)?;
        assert_eq!(status, 200, "a subscription");
        let mut events = BufReader::new(Unchunked { from: self.stream, left: 0 });
        let (mut line, mut name) = (String::new(), String::new());
        while events.read_line(&mut line)? > 0 {
            let at = Instant::now();
            match line.trim_end().split_once(": ") {
                Some(("event", value)) => name = value.to_string(),
                Some(("data", value)) if name == "change" => seen(serde_json::from_str(value)?, at),
                Some(_) | None => {}
            }
            line.clear();
        }
        Ok(())
    }

    /// Ends it from elsewhere.
    pub fn socket(&self) -> io::Result<TcpStream> {
        self.stream.get_ref().try_clone()
    }
}

/// Status, and the length of the body if it is told.
fn read_head(stream: &mut impl BufRead) -> io::Result<(u16, Option<usize>)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut length = None;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok(),
            Some(_) => {}
            None => return Ok((status, length)),
        }
    }
}

/// A chunked body as one stream.
struct Unchunked<R> {
    from: R,
    left: usize,
}

impl<R: BufRead> Read for Unchunked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut line = String::new();
        while self.left == 0 {
            line.clear();
            if self.from.read_line(&mut line)? == 0 {
                return Ok(0);
            }
            // The end of the last chunk is an empty line.
            if let Ok(size) = usize::from_str_radix(line.trim_end(), 16) {
                if size == 0 {
                    return Ok(0);
                }
                self.left = size;
            }
        }
        let most = into.len().min(self.left);
        let read = self.from.read(&mut into[..most])?;
        self.left -= read;
        Ok(read)
    }
}
