//! [`Bound`]: the socket, its connections, and the orderly end.
//!
//! Promises: connections and request heads are bounded in number, size and time; at a stop nobody new is let in, streams are told,
//! what is under way may end, and the engine is stopped after all of it, in less than ten seconds.

use super::app::{App, Pace};
use super::caught::{self, needed};
use super::files;
use super::hall::Hall;
use super::routes;
use crate::engine::EngineHandle;
use crate::limits::{HEAD_TIMEOUT, MAX_HEAD_BYTES, MAX_HEADERS, STOP_PATIENCE};
use crate::points::{self, Point};
use crate::types::Said;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {addr}: {source}")]
    Listen { addr: SocketAddr, source: io::Error },
}

impl ServeError {
    pub fn said(&self) -> Said {
        let ServeError::Listen { addr, source } = self;
        let Said { en, zh } = Said::of_io(source);
        Said::new(format!("cannot listen on {addr}: {en}"), format!("无法在 {addr} 监听：{zh}"))
    }
}

/// Listens, and does not answer yet.
pub struct Bound {
    listener: TcpListener,
    addr: SocketAddr,
    app: App,
}

/// Serves until `shutdown` comes, then ends in order.
pub async fn serve(handle: EngineHandle, listen: SocketAddr, shutdown: impl Future<Output = ()>) -> Result<(), ServeError> {
    bind(handle, listen).await?.run(shutdown).await;
    Ok(())
}

/// Port 0 takes a free one; [`Bound::addr`] tells which.
pub async fn bind(handle: EngineHandle, listen: SocketAddr) -> Result<Bound, ServeError> {
    bind_paced(handle, listen, Pace::default()).await
}

/// With other patience than a server has.
pub async fn bind_paced(handle: EngineHandle, listen: SocketAddr, pace: Pace) -> Result<Bound, ServeError> {
    let failed = |source| ServeError::Listen { addr: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok(Bound { listener, addr, app: App::new(handle, addr.ip().is_loopback(), pace, files::connections()) })
}

/// Comes with Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            // Without a handler for it either, the signal itself ends the process; what is acknowledged is on the disk.
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

impl Bound {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let router = routes::router(self.app.clone());
        let told = tokio::spawn(needed(self.app.clone(), tell_phases(self.app.clone())));
        let hall = tokio::spawn(needed(self.app.clone(), Hall::run(self.app.clone())));
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            self.app.traffic.connections.store(connections.len() as u64, Ordering::Relaxed);
            tokio::select! {
                () = &mut shutdown => break,
                Some(ended) = connections.join_next() => {
                    // Whoever it was for sees it close.
                    if ended.is_err_and(|error| error.is_panic()) {
                        caught::count(&self.app);
                    }
                }
                stream = accept(&self.listener), if connections.len() < self.app.connections => {
                    connections.spawn(converse(stream, router.clone(), self.app.clone()));
                }
            }
        }
        drop(self.listener);
        self.app.begin_stop();
        let ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_PATIENCE, ended).await.is_err() {
            connections.shutdown().await;
        }
        told.abort();
        hall.abort();
        let engine = self.app.engine.clone();
        // The engine's own words on a panic are in its phase.
        let _ = tokio::task::spawn_blocking(move || engine.stop()).await;
        tracing::info!("stopped");
    }
}

/// A line in the log for each phase of the engine's life.
async fn tell_phases(app: App) {
    let mut advances = app.advances();
    let mut last = "";
    loop {
        points::pass(Point::Phases);
        let phase = app.engine.phase().name();
        if phase != last {
            tracing::info!(
                phase,
                epoch = app.engine.read().epoch.0,
                uptime_ms = app.engine.metrics().uptime().as_millis() as u64,
                "phase"
            );
            last = phase;
        }
        if advances.changed().await.is_err() {
            return;
        }
    }
}

/// Errors of accepting (too many files, a peer that left at once) pass; trying again at once would only spin.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) => {
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, router: Router, app: App) {
    points::pass(Point::Connection);
    // Without it small events wait for the reader's acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD_BYTES);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    // A connection that breaks is the peer's affair.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = app.stopped() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
