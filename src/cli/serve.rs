//! `huiyan serve`: the server on a data folder, until it is told to stop.

use super::{DONE, INPUT_FAULT, MACHINE_FAULT};
use crate::clock::WallClock;
use crate::dataflow::Budget;
use crate::engine::{self, ClockMode, EngineConfig, EngineHandle, Package, Phase, StartError};
use crate::limits;
use crate::pack::{Pack, PackError};
use crate::server;
use crate::storage::RealDisk;
use crate::types::{Lang, Said, parse_date};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(clap::Args)]
pub struct ServeArgs {
    /// The data folder; an empty one is initialised / 数据文件夹，空文件夹会被初始化
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// A pack folder, a folder of .dl files, or one .dl file / 规则包
    #[arg(long, value_name = "PATH")]
    rules: PathBuf,
    /// Where to listen; anything but loopback lets the network in, and nobody is asked who they are yet / 监听地址
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDR")]
    listen: SocketAddr,
    /// Threads that evaluate rules / 计算线程数
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
    /// wall, or manual=YYYY-MM-DD for a clock that is moved by POST /v1/clock / 时钟
    #[arg(long, default_value = "wall", value_parser = clock_mode, value_name = "wall|manual=DATE")]
    clock: ClockMode,
}

fn clock_mode(text: &str) -> Result<ClockMode, String> {
    match text.split_once('=') {
        None if text == "wall" => Ok(ClockMode::Wall),
        Some(("manual", day)) => parse_date(day).map(ClockMode::Manual).map_err(|error| error.to_string()),
        None | Some(_) => Err("wall or manual=YYYY-MM-DD".to_string()),
    }
}

pub fn run(args: ServeArgs, lang: Lang) -> u8 {
    log_to_stderr();
    let Some(package) = load(&args.rules, lang) else { return INPUT_FAULT };
    let handle = match start(args.data, usize::from(args.workers), args.clock, package) {
        Ok(handle) => handle,
        Err(error) => {
            eprintln!("{error}");
            return MACHINE_FAULT;
        }
    };
    listen(handle, args.listen, lang)
}

/// An engine on a folder of the disk, with the limits of a server.
pub fn start(dir: PathBuf, workers: usize, clock: ClockMode, package: Package) -> Result<EngineHandle, StartError> {
    let budget = Budget { iterations: limits::ITERATIONS, rows: limits::ROWS };
    let config = EngineConfig { dir, workers, clock, queue: limits::QUEUE_REQUESTS, budget };
    engine::start(config, package, Arc::new(RealDisk), Arc::new(WallClock))
}

/// Serves an engine until a signal comes.
pub fn listen(handle: EngineHandle, addr: SocketAddr, lang: Lang) -> u8 {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return MACHINE_FAULT;
        }
    };
    runtime.block_on(async {
        match server::bind(handle.clone(), addr).await {
            Ok(bound) => {
                let page = format!("http://{}/console/", bound.addr());
                println!("{}", Said::new(format!("serving: {page}"), format!("服务已启动：{page}")).get(lang));
                bound.run(server::told_to_stop()).await;
            }
            Err(error) => {
                eprintln!("{error}");
                handle.stop();
                return MACHINE_FAULT;
            }
        }
        match handle.phase() {
            Phase::Failed { reason } => {
                eprintln!("{reason}");
                MACHINE_FAULT
            }
            Phase::Recovering { .. } | Phase::Ready | Phase::Suspended { .. } | Phase::Stopping => DONE,
        }
    })
}

/// The pack at a path, read and checked; mistakes go to standard error. `None`: they stop it.
fn load(path: &Path, lang: Lang) -> Option<Package> {
    package(Pack::load(path), lang)
}

/// A pack as the engine takes it; mistakes go to standard error. `None`: they stop it.
pub fn package(pack: Result<Pack, PackError>, lang: Lang) -> Option<Package> {
    let told = |error: PackError| {
        eprintln!("{}", error.said().get(lang));
        if let PackError::Data { file, mistakes } = &error {
            mistakes.iter().for_each(|mistake| eprintln!("{}", mistake.shown(file, lang)));
        }
    };
    let pack = pack.map_err(told).ok()?;
    let program = super::load::checked(&pack, lang)?;
    Package::of_pack(&pack, &program).map_err(told).ok()
}

/// One line for each request and each event of the server's life; `RUST_LOG` chooses.
fn log_to_stderr() {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call in one process keeps the first.
    let _ = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).try_init();
}
