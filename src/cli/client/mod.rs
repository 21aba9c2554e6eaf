//! The client side of a server, for the commands that speak to one: an address, a connection that is kept, requests that are tried again.
//!
//! Promises: a request is tried again only where the server has said, or the broken line shows, that it may be; each wait is told and
//! longer than the one before; whoever waits knows for what and for how long at most. Nothing of a body gets into what is told.

mod address;
mod answer;
mod connection;
mod failure;
mod payload;
mod plain;
mod stream;
mod waits;

pub use address::Address;
pub use answer::{Answer, Place, Problem};
pub use failure::Failure;
pub use payload::Payload;
pub use stream::{Event, Listener};

use crate::types::{Lang, Said};
use connection::{Connection, Trouble};
use hyper::Method;
use std::time::Duration;
use tokio::runtime::Runtime;
use waits::Waits;

/// Where the server is and how long it is waited for.
#[derive(clap::Args)]
pub struct ServerArgs {
    /// The server, http://HOST:PORT / 服务器地址
    #[arg(long, env = "HUIYAN_SERVER", default_value = "http://127.0.0.1:7070", value_parser = Address::parse, value_name = "URL")]
    server: Address,
    /// Seconds that a server which is away or busy is waited for / 服务器不可用时最多等待的秒数
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    patience: u32,
}

/// Which clues are meant; each may be repeated.
#[derive(clap::Args)]
pub struct Wanted {
    /// Only clues of this rule; may be repeated, like those below / 规则
    #[arg(long, value_name = "NAME")]
    rule: Vec<String>,
    /// Only clues of this area / 行政区划
    #[arg(long, value_name = "CODE")]
    area: Vec<String>,
    /// Only clues about this agency / 被监督机关
    #[arg(long, value_name = "CODE")]
    agency: Vec<String>,
}

impl Wanted {
    /// As parameters of a query.
    pub fn pairs(&self) -> Vec<(&'static str, &str)> {
        [pairs("rule", &self.rule), pairs("area", &self.area), pairs("agency", &self.agency)].concat()
    }
}

/// A parameter of a query, once for each value.
pub fn pairs<'a>(name: &'static str, values: &'a [String]) -> Vec<(&'static str, &'a str)> {
    values.iter().map(|value| (name, value.as_str())).collect()
}

/// One request. It can be sent any number of times.
pub struct Request {
    pub method: Method,
    /// Path and query, below the server's address.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub payload: Payload,
}

impl Request {
    pub fn get(path: impl Into<String>) -> Request {
        Request { method: Method::GET, path: path.into(), headers: Vec::new(), payload: Payload::default() }
    }

    pub fn post(path: impl Into<String>, payload: Payload) -> Request {
        Request { method: Method::POST, path: path.into(), headers: Vec::new(), payload }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Request {
        self.headers.push((name, value.into()));
        self
    }
}

/// Hears how a request fares.
pub trait Watch {
    /// So many bytes of its body have gone out, in the try under way.
    fn sent(&mut self, _bytes: u64) {}
    /// It failed for a reason that may pass, and is tried again after a pause.
    fn waits(&mut self, why: &Said, pause: Duration);
}

/// Tells of waits on standard error.
pub struct Told(pub Lang);

impl Watch for Told {
    fn waits(&mut self, why: &Said, pause: Duration) {
        eprintln!("{}", again(why, pause).get(self.0));
    }
}

/// The sentence for a wait.
pub fn again(why: &Said, pause: Duration) -> Said {
    let seconds = pause.as_secs_f64();
    Said::new(format!("{}; again in {seconds:.1} s", why.en), format!("{}；{seconds:.1} 秒后重试", why.zh))
}

/// A server, as a client sees it.
pub struct Client {
    runtime: Runtime,
    connection: Connection,
    patience: Duration,
}

impl Client {
    pub fn new(args: ServerArgs, lang: Lang) -> Result<Client, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::machine(Said::of_io(&error)))?;
        let patience = Duration::from_secs(u64::from(args.patience));
        Ok(Client { runtime, connection: Connection::new(args.server, lang), patience })
    }

    /// Sends a request until it is answered for good: taken, or refused for a reason that no waiting mends.
    pub fn send(&mut self, request: &Request, watch: &mut dyn Watch) -> Result<Answer, Failure> {
        let mut waits = Waits::new(self.patience);
        loop {
            let tried = self.runtime.block_on(self.connection.send(request, watch));
            let (why, asked) = match tried {
                Ok(answer) => match answer.comes_back() {
                    None => return answer.good(),
                    Some(asked) => (answer.said(), asked),
                },
                Err(Trouble::Network(why)) => (why, Duration::ZERO),
                Err(Trouble::Local(why)) => return Err(Failure::input(why)),
            };
            let pause = waits.next(asked).ok_or_else(|| gave_up(&why, self.patience))?;
            watch.waits(&why, pause);
            std::thread::sleep(pause);
        }
    }

    /// What a list holds, page by page, each item given to `take`. Whether the rules are suspended.
    pub fn list(&mut self, path: &str, watch: &mut dyn Watch, mut take: impl FnMut(serde_json::Value)) -> Result<bool, Failure> {
        let (mut next, mut stale) = (Some(path.to_string()), false);
        while let Some(path) = next {
            let page: answer::Page = self.send(&Request::get(path), watch)?.read()?;
            page.items.into_iter().for_each(&mut take);
            (next, stale) = (page.next, page.stale);
        }
        Ok(stale)
    }
}

fn gave_up(why: &Said, patience: Duration) -> Failure {
    let waited = patience.as_secs();
    Failure::machine(Said::new(
        format!("{}; given up after {waited} s (--patience)", why.en),
        format!("{}；已等待 {waited} 秒，不再重试（--patience）", why.zh),
    ))
}
