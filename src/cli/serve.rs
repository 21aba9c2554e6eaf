//! `huiyan serve`: the server on a data folder, until it is told to stop.

use super::log::{self, LogForm};
use super::usage::{self, Wrong};
use super::{DONE, INPUT_FAULT, MACHINE_FAULT, out};
use crate::clock::WallClock;
use crate::dataflow::Budget;
use crate::engine::{self, ClockMode, EngineConfig, EngineHandle, Package, Phase, StartError};
use crate::limits;
use crate::memory::{self, Memory};
use crate::pack::{Pack, PackError};
use crate::server;
use crate::storage::{RealDisk, is_foreign};
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
    #[arg(long, default_value = "127.0.0.1:7070", value_name = "ADDR", value_parser = usage::address)]
    listen: SocketAddr,
    /// Threads that evaluate rules / 计算线程数
    #[arg(long, default_value_t = 1, value_parser = usage::whole::<u16>(1..=64))]
    workers: u16,
    /// wall, or manual=YYYY-MM-DD for a clock that is moved by POST /v1/clock / 时钟
    #[arg(long, default_value = "wall", value_parser = clock_mode, value_name = "wall|manual=DATE")]
    clock: ClockMode,
    /// MiB of memory that it may have, where the machine has more: records are refused before it has used them up / 可用内存上限（MiB）
    #[arg(long, value_parser = usage::whole::<u32>(64..=1 << 24), value_name = "MIB")]
    memory: Option<u32>,
    /// The form of the log on standard error; RUST_LOG says how much of it / 日志格式
    #[arg(long, value_enum, default_value = "text", value_name = "text|json")]
    log: LogForm,
}

fn clock_mode(text: &str) -> Result<ClockMode, Wrong> {
    let mode = match text.split_once('=') {
        None if text == "wall" => Some(ClockMode::Wall),
        Some(("manual", day)) => parse_date(day).ok().map(ClockMode::Manual),
        None | Some(_) => None,
    };
    mode.ok_or_else(|| {
        Wrong::new("wall or manual=YYYY-MM-DD, such as manual=2022-07-15", "wall，或 manual=YYYY-MM-DD，例如 manual=2022-07-15")
    })
}

pub fn run(args: ServeArgs, lang: Lang) -> u8 {
    log::begin(args.log);
    if let Some(refusal) = foreign(&args.data) {
        eprintln!("{}", refusal.get(lang));
        return INPUT_FAULT;
    }
    let Some(package) = load(&args.rules, lang) else { return INPUT_FAULT };
    // Before anybody asks how much there is: the evaluation ends there too.
    args.memory.into_iter().for_each(|mib| memory::keep_within(u64::from(mib) << 20));
    let handle = match start(args.data, usize::from(args.workers), args.clock, Memory::of_process(), package) {
        Ok(handle) => handle,
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
            return MACHINE_FAULT;
        }
    };
    listen(handle, args.listen, lang)
}

/// A folder that holds something, but nothing of ours: what to say.
fn foreign(dir: &Path) -> Option<Said> {
    let entries = std::fs::read_dir(dir).ok()?;
    let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    is_foreign(names.iter().map(String::as_str)).then(|| {
        let dir = dir.display();
        Said::new(
            format!(
                "{dir} holds other files and no journal: --data takes a folder of its own, which may be empty or absent at first"
            ),
            format!("{dir} 中是其他文件，不是本程序的数据：--data 需要单独的文件夹，初次使用时应为空或不存在"),
        )
    })
}

/// An engine on a folder of the disk, with the limits of a server.
pub fn start(
    dir: PathBuf,
    workers: usize,
    clock: ClockMode,
    memory: Memory,
    package: Package,
) -> Result<EngineHandle, StartError> {
    let budget = Budget::of(memory);
    let entry_bytes = limits::JOURNAL_ENTRY_BYTES_MAX;
    let (queue, snapshot_held) = (limits::QUEUE_REQUESTS, limits::SNAPSHOT_HELD_BYTES);
    let config = EngineConfig { dir, workers, clock, queue, budget, memory, entry_bytes, snapshot_held };
    engine::start(config, package, Arc::new(RealDisk), Arc::new(WallClock))
}

/// Serves an engine until a signal comes.
pub fn listen(handle: EngineHandle, addr: SocketAddr, lang: Lang) -> u8 {
    // Packs that are sent are read there.
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(limits::RULE_STACK_BYTES).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return MACHINE_FAULT;
        }
    };
    let code = runtime.block_on(async {
        match server::bind(handle.clone(), addr).await {
            Ok(bound) => {
                let page = format!("http://{}/console/", bound.addr());
                // Where nobody can be told, the server is there all the same.
                out::tell(Said::new(format!("serving: {page}\n"), format!("服务已启动：{page}\n")).get(lang), lang);
                bound.run(server::told_to_stop()).await;
            }
            Err(error) => {
                eprintln!("{}", error.said().get(lang));
                handle.stop();
                return MACHINE_FAULT;
            }
        }
        match handle.phase() {
            Phase::Failed { reason } => {
                eprintln!("{}", reason.get(lang));
                MACHINE_FAULT
            }
            Phase::Recovering { .. } | Phase::Ready | Phase::Suspended { .. } | Phase::Stopping | Phase::Past => DONE,
        }
    });
    // Nobody waits for what is still being computed.
    runtime.shutdown_timeout(limits::LEFT_BEHIND);
    code
}

/// The pack at a path, read and checked; mistakes go to standard error. `None`: they stop it.
pub fn load(path: &Path, lang: Lang) -> Option<Package> {
    package(Pack::load(path), lang)
}

/// A pack as the engine takes it; mistakes go to standard error. `None`: they stop it.
pub fn package(pack: Result<Pack, PackError>, lang: Lang) -> Option<Package> {
    let told = |error: PackError| super::load::tell(&error, lang);
    let pack = pack.map_err(told).ok()?;
    let program = super::load::checked(&pack, lang)?;
    Package::of_pack(&pack, &program).map_err(told).ok()
}
