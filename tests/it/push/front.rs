//! A gateway before a server that behaves badly for its first connections, and well from then on.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[derive(Clone, Copy)]
pub enum Mood {
    /// Answers 503 and closes.
    Busy,
    /// Answers what is posted as a server whose first answer to it was put away, and closes.
    Archived,
    /// Passes so many bytes of the client on, then cuts both lines.
    Cut(u64),
}

pub struct Front {
    pub addr: SocketAddr,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Front {
    pub fn new(to: SocketAddr, moods: &[Mood]) -> Front {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let (held, moods) = (open.clone(), moods.to_vec());
        thread::spawn(move || {
            let mut moods = moods.into_iter();
            for client in listener.incoming().flatten() {
                held.lock().unwrap().push(client.try_clone().unwrap());
                match moods.next() {
                    Some(Mood::Busy) => busy(client),
                    Some(Mood::Archived) => archived(client, to),
                    Some(Mood::Cut(bytes)) => pass(client, to, bytes),
                    None => pass(client, to, u64::MAX),
                }
            }
        });
        Front { addr, open }
    }

    /// Cuts every line that is open.
    pub fn cut(&self) {
        for line in self.open.lock().unwrap().drain(..) {
            let _ = line.shutdown(Shutdown::Both);
        }
    }
}

fn busy(mut client: TcpStream) {
    let _ = client.read(&mut [0; 4096]);
    let answer = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = client.write_all(answer.as_bytes());
}

fn archived(mut client: TcpStream, to: SocketAddr) {
    let server = TcpStream::connect(to).unwrap();
    let (from_server, mut to_server, to_client) = (server.try_clone().unwrap(), server, client.try_clone().unwrap());
    thread::spawn(move || copy(from_server, &to_client));
    let mut piece = [0; 65_536];
    loop {
        let Ok(n @ 1..) = client.read(&mut piece) else { return };
        if piece.starts_with(b"POST") {
            break;
        }
        to_server.write_all(&piece[..n]).unwrap();
    }
    // To the end of the small body.
    client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    while matches!(client.read(&mut piece), Ok(1..)) {}
    let body = r#"{"type":"/problems/archived","title":"What this needs was archived","status":503,"detail":"-"}"#;
    let head =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 60\r\nConnection: close\r\n";
    let _ = client.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    let _ = client.shutdown(Shutdown::Both);
}

fn pass(client: TcpStream, to: SocketAddr, bytes: u64) {
    let server = TcpStream::connect(to).unwrap();
    let (from_client, to_client) = (client.try_clone().unwrap(), client);
    let (from_server, to_server) = (server.try_clone().unwrap(), server);
    thread::spawn(move || {
        copy(from_client.take(bytes), &to_server);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        copy(from_server, &to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

fn copy(mut from: impl Read, mut to: &TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
}
