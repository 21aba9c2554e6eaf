//! `huiyan replay`: the history of a data folder, evaluated again, one line of JSON for each epoch that changed something.
//!
//! Promises: writes nothing into the folder and takes no lock; the lines are the data of the stream's `change` events, byte for byte, for
//! any number of workers, wherever and whenever it runs. With another pack the lines tell instead how its clues differ.

mod difference;
mod window;

use super::{DONE, INPUT_FAULT, MACHINE_FAULT, out, serve, usage};
use crate::dataflow::Budget;
use crate::engine::{EngineHandle, Failure, Moment, Package, Past, Retold};
use crate::server::Teller;
use crate::storage::{Disk, ReadingDisk, has_journal};
use crate::types::{Epoch, Lang, Said};
use difference::Difference;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use window::{Mark, Seen, Window};

#[derive(clap::Args)]
pub struct ReplayArgs {
    /// The data folder, or a copy of it with its keys; nothing in it is changed / 数据文件夹
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// From this position, day of the rules' clock, or instant of the wall on / 起始
    #[arg(long, value_name = "POSITION|DATE|TIME", value_parser = window::mark)]
    from: Option<Mark>,
    /// Up to and including this position, day or instant / 截止（含）
    #[arg(long, value_name = "POSITION|DATE|TIME", value_parser = window::mark)]
    until: Option<Mark>,
    /// Another pack: print what would be different with it, epoch by epoch / 与另一规则包对比
    #[arg(long, value_name = "PATH")]
    rules: Option<PathBuf>,
    /// Print nothing; serve what held at the end (or at --until) for reading, with the console / 以只读方式展示当时的状态
    #[arg(long, value_name = "ADDR", value_parser = usage::address, conflicts_with_all = ["rules", "from"])]
    listen: Option<SocketAddr>,
    /// Threads that evaluate rules; the lines are the same for any number / 计算线程数
    #[arg(long, default_value_t = 1, value_parser = usage::whole::<u16>(1..=64))]
    workers: u16,
}

pub fn run(args: ReplayArgs, lang: Lang) -> u8 {
    if let Some(said) = no_journal(&args.dir) {
        eprintln!("{}", said.get(lang));
        return INPUT_FAULT;
    }
    let package = match &args.rules {
        Some(path) => match serve::load(path, lang) {
            Some(package) => Some(package),
            None => return INPUT_FAULT,
        },
        None => None,
    };
    let retold = retold(&args.dir, args.workers);
    let (past, engine) = match retold.open() {
        Ok(opened) => opened,
        Err(failure) => return failed(&failure, lang),
    };
    let window = match Window::of(args.from.as_ref(), args.until.as_ref(), &engine) {
        Ok(window) => window,
        Err(said) => {
            eprintln!("{}", said.get(lang));
            return INPUT_FAULT;
        }
    };
    if let Some(addr) = args.listen {
        return show(past, engine, &window, addr, lang);
    }
    match package {
        None => print(past, engine, &window, lang),
        Some(package) => compare(&retold, past, package, engine, &window, lang),
    }
}

/// The history of this folder, with the limits of a server.
pub fn retold(dir: &Path, workers: u16) -> Retold {
    let budget = Budget::of_machine();
    Retold { disk: Arc::new(ReadingDisk), dir: dir.to_path_buf(), workers: usize::from(workers), budget }
}

/// What to say of a folder without a history.
pub fn no_journal(dir: &Path) -> Option<Said> {
    let shown = dir.display();
    let names = ReadingDisk.list(dir).unwrap_or_default();
    (!has_journal(names.iter().map(String::as_str))).then(|| {
        Said::new(format!("{shown} is no data folder: it has no journal"), format!("{shown} 不是数据文件夹：其中没有日志"))
    })
}

pub fn failed(failure: &Failure, lang: Lang) -> u8 {
    eprintln!("{}", failure.said().get(lang));
    MACHINE_FAULT
}

fn print(past: Past<'_>, engine: EngineHandle, window: &Window, lang: Lang) -> u8 {
    let teller = Teller::new(engine);
    let (mut lines, mut seen) = (Lines::begin(), Seen::default());
    let mut progress = Progress::new(past.entries(), lang);
    let ran = past.run(|moment| {
        progress.reached(moment.epoch.0);
        let is_wanted = seen.saw(window, &moment);
        if let Some(changes) = moment.changes.as_ref().filter(|_| is_wanted) {
            seen.showed();
            lines.write(|out| teller.line(changes, out));
        }
        lines.unless_over(window, &moment)
    });
    progress.hide();
    end(ran, lines, &seen, lang, |retelling| {
        if retelling.suspended.is_some() {
            eprintln!("{}", still("the rules", "规则").get(lang));
        }
        seen.unchanged().iter().for_each(|said| eprintln!("{}", said.get(lang)));
    })
}

/// Serves what held at the end of the window. Nothing can be written there.
fn show(past: Past<'_>, engine: EngineHandle, window: &Window, addr: SocketAddr, lang: Lang) -> u8 {
    let entries = past.entries();
    let last = match window.last(&engine, entries) {
        Ok(last) => last,
        Err(error) => return failed(&error.into(), lang),
    };
    if last == Some(Epoch::ZERO) {
        eprintln!("{}", Said::new("nothing had happened by then", "当时尚无任何内容").get(lang));
        return INPUT_FAULT;
    }
    let mut progress = Progress::new(entries, lang);
    let ran = past.run(|moment| {
        progress.reached(moment.epoch.0);
        if last.is_some_and(|last| last <= moment.epoch) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.hide();
    let beyond = last.is_none_or(|last| last.0 > entries);
    if window.has_end() && beyond {
        eprintln!(
            "{}",
            Said::new("the history ends before --until; its end is shown", "历史在 --until 之前即已结束；展示的是其末尾")
                .get(lang)
        );
    }
    match ran {
        Ok(_) => serve::listen(engine, addr, lang),
        Err(failure) => failed(&failure, lang),
    }
}

/// The difference that another pack makes.
fn compare(retold: &Retold, past: Past<'_>, package: Package, engine: EngineHandle, window: &Window, lang: Lang) -> u8 {
    let teller = Teller::new(engine);
    let (mut lines, mut seen, mut difference) = (Lines::begin(), Seen::default(), Difference::default());
    let mut progress = Progress::new(past.entries(), lang);
    let ran = retold.beside(past, package, |recorded, other| {
        progress.reached(recorded.epoch.0);
        difference.take(recorded, other);
        let at = recorded.changes.as_ref().or(other.changes.as_ref());
        let is_wanted = seen.saw(window, recorded);
        if let Some(at) = at.filter(|_| is_wanted)
            && let Some(line) = difference.line(&teller, at)
        {
            seen.showed();
            lines.write(|out| writeln!(out, "{line}"));
        }
        lines.unless_over(window, recorded)
    });
    progress.hide();
    end(ran, lines, &seen, lang, |compared| {
        for (stands, (en, zh)) in [
            (&compared.recorded.suspended, ("the recorded rules", "原规则")),
            (&compared.suspended, ("the rules of the other pack", "另一规则包的规则")),
        ] {
            if stands.is_some() {
                eprintln!("{}", still(en, zh).get(lang));
            }
        }
        compared.notes.iter().for_each(|note| eprintln!("{}", note.get(lang)));
        eprint!("{}\n{}", difference::caption().get(lang), difference.table(lang));
    })
}

/// Says what is left to say and gives the exit code.
fn end<T>(ran: Result<T, Failure>, lines: Lines<'_>, seen: &Seen, lang: Lang, told: impl FnOnce(T)) -> u8 {
    match (lines.end(), ran) {
        (Some(error), _) => out::failed(&error, lang),
        (None, Ok(ended)) => {
            told(ended);
            let nothing = seen.nothing();
            nothing.iter().for_each(|said| eprintln!("{}", said.get(lang)));
            if nothing.is_some() { INPUT_FAULT } else { DONE }
        }
        (None, Err(failure)) => failed(&failure, lang),
    }
}

fn still(en: &str, zh: &str) -> Said {
    Said::new(
        format!("at its end {en} are suspended: they ran past their budget, and from there on the clues stand still"),
        format!("至此{zh}处于暂停状态：超出了限额，此后线索不再变化"),
    )
}

/// Standard output; a reader that has left ends the run.
struct Lines<'o> {
    out: BufWriter<StdoutLock<'o>>,
    broken: Option<io::Error>,
}

impl Lines<'_> {
    fn begin() -> Self {
        Lines { out: BufWriter::new(io::stdout().lock()), broken: None }
    }

    fn write(&mut self, line: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) {
        self.broken = line(&mut self.out).err();
    }

    fn unless_over(&self, window: &Window, moment: &Moment) -> ControlFlow<()> {
        let over = self.broken.is_some() || window.ends_at(moment);
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(mut self) -> Option<io::Error> {
        self.broken.take().or_else(|| self.out.flush().err())
    }
}

/// How far it is, for somebody who watches a terminal.
pub struct Progress {
    total: u64,
    lang: Lang,
    is_terminal: bool,
    drawn: Option<Instant>,
}

/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(200);

impl Progress {
    pub fn new(total: u64, lang: Lang) -> Progress {
        Progress { total, lang, is_terminal: io::stderr().is_terminal(), drawn: None }
    }

    pub fn reached(&mut self, epoch: u64) {
        if !self.is_terminal || self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let said = Said::new(format!("epoch {epoch} of {}", self.total), format!("第 {epoch} 期，共 {} 期", self.total));
        eprint!("\r{}\x1b[K", said.get(self.lang));
    }

    pub fn hide(&mut self) {
        if self.drawn.take().is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
