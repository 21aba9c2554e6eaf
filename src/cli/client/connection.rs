//! One connection to a server, made when it is needed and kept for the next request.

use super::address::Address;
use super::answer::Answer;
use super::payload::Payload;
use super::{Request, Watch};
use crate::types::{Lang, Said};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Response, header};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// A machine that does not answer a knock in this time is away.
const KNOCK: Duration = Duration::from_secs(10);
/// Nothing sent and nothing heard for so long: the line is dead. Longer than a server takes for the largest file.
const SILENCE: Duration = Duration::from_secs(300);
/// A stream of events that is silent for so long is dead: the server's comments come four times as often.
pub const QUIET: Duration = Duration::from_secs(60);
/// How long a body waits after its first piece, once a line has broken: a server that refuses early is heard before the line breaks again.
pub const HEARING: Duration = Duration::from_secs(2);
/// A line that the server closed while it was idle fails sooner than this.
const IDLE_SHOWS: Duration = Duration::from_secs(2);
/// Between two looks at how much has gone out.
const LOOK: Duration = Duration::from_millis(200);

pub struct Connection {
    address: Address,
    lang: Lang,
    open: Option<SendRequest<Payload>>,
    /// The line has broken under this request.
    is_careful: bool,
}

/// Why there is no answer.
pub enum Trouble {
    /// The line or the server; may pass.
    Network(Said),
    /// The file that was being sent.
    Local(Said),
}

impl Connection {
    pub fn new(address: Address, lang: Lang) -> Connection {
        Connection { address, lang, open: None, is_careful: false }
    }

    /// Sends a request and reads its whole answer.
    pub async fn send(&mut self, request: &Request, watch: &mut dyn Watch) -> Result<Answer, Trouble> {
        let asked = self.ask(request, watch).await;
        self.is_careful = asked.is_err();
        let (response, kept) = asked?;
        let answer = Answer::whole(response, self).await?;
        self.open = Some(kept);
        Ok(answer)
    }

    /// Sends a request; the answer's body is still to come, and whoever reads it keeps the sender, without which the line is closed.
    pub async fn ask(
        &mut self,
        request: &Request,
        watch: &mut dyn Watch,
    ) -> Result<(Response<Incoming>, SendRequest<Payload>), Trouble> {
        if let Some(mut kept) = self.open.take()
            && kept.ready().await.is_ok()
        {
            // The server may have closed a line that was idle; that shows at once and says nothing of the server.
            let began = Instant::now();
            match self.try_on(&mut kept, request, watch).await {
                Ok(response) => return Ok((response, kept)),
                Err(Trouble::Network(_)) if began.elapsed() < IDLE_SHOWS => self.is_careful = true,
                Err(trouble) => return Err(trouble),
            }
        }
        let mut fresh = self.connect().await?;
        let response = self.try_on(&mut fresh, request, watch).await?;
        Ok((response, fresh))
    }

    async fn connect(&self) -> Result<SendRequest<Payload>, Trouble> {
        let knock = tokio::time::timeout(KNOCK, TcpStream::connect((self.address.host.as_str(), self.address.port)));
        let stream = match knock.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.unreachable(&reason(&error))),
            Err(_) => return Err(self.unreachable(&Said::new("nobody answers", "没有应答"))),
        };
        // A small request need not wait for the next.
        let _ = stream.set_nodelay(true);
        let (sender, line) = handshake(TokioIo::new(stream)).await.map_err(|_| self.broken())?;
        // How the line ends, its requests hear.
        tokio::spawn(async move { drop(line.await) });
        Ok(sender)
    }

    async fn try_on(
        &self,
        sender: &mut SendRequest<Payload>,
        request: &Request,
        watch: &mut dyn Watch,
    ) -> Result<Response<Incoming>, Trouble> {
        let (payload, sent) = request.payload.begin(self.is_careful);
        let mut built = hyper::Request::builder()
            .method(&request.method)
            .uri(format!("{}{}", self.address.prefix, request.path))
            .header(header::HOST, self.address.authority())
            .header(header::ACCEPT_LANGUAGE, if self.lang == Lang::Zh { "zh" } else { "en" })
            .header(header::USER_AGENT, concat!("huiyan/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let built = built.body(payload).map_err(|_| {
            Trouble::Local(Said::new(
                "the request cannot be written: a name holds signs that no address may have",
                "请求无法写出：名称中有地址不允许的字符",
            ))
        })?;
        let mut answer = pin!(sender.send_request(built));
        let (mut seen, mut silent) = (0, Duration::ZERO);
        loop {
            match tokio::time::timeout(LOOK, &mut answer).await {
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => return Err(self.why(&error)),
                Err(_) if silent > SILENCE => return Err(self.silent()),
                Err(_) => {}
            }
            let now = sent.load(Ordering::Relaxed);
            silent = if now == seen { silent + LOOK } else { Duration::ZERO };
            seen = now;
            watch.sent(now);
        }
    }

    pub async fn unless_silent<T>(&self, answer: impl Future<Output = Result<T, hyper::Error>>) -> Result<T, Trouble> {
        match tokio::time::timeout(SILENCE, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.why(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// A body that cannot be read is a matter of this side; all else is the line.
    fn why(&self, error: &hyper::Error) -> Trouble {
        if error.is_user() {
            return Trouble::Local(Said::new(
                "the file could not be read to its end: it was changed or its disk failed",
                "文件未能读完：文件被改动，或磁盘出错",
            ));
        }
        self.broken()
    }

    fn unreachable(&self, why: &Said) -> Trouble {
        let address = &self.address;
        Trouble::Network(Said::new(format!("{address} cannot be reached: {}", why.en), format!("无法连接 {address}：{}", why.zh)))
    }

    fn broken(&self) -> Trouble {
        Trouble::Network(self.broke())
    }

    pub fn broke(&self) -> Said {
        let address = &self.address;
        Said::new(format!("the line to {address} broke"), format!("与 {address} 的连接中断"))
    }

    fn silent(&self) -> Trouble {
        let address = &self.address;
        Trouble::Network(Said::new(format!("{address} is silent"), format!("{address} 没有回音")))
    }
}

/// What the machine says of an address.
fn reason(error: &std::io::Error) -> Said {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => Said::new("no server listens there", "该地址没有服务在监听"),
        std::io::ErrorKind::TimedOut => Said::new("nobody answers", "没有应答"),
        _ => Said::of_io(error),
    }
}
