//! `huiyan demo`: a synthetic county lives through a year; the clues found by rule; then the server with its page.

use super::usage::{self, Wrong};
use super::{DONE, MACHINE_FAULT, serve};
use crate::clues::Level;
use crate::demo::{self, County};
use crate::engine::{ClockMode, EngineHandle, Phase};
use crate::memory::Memory;
use crate::pack::Pack;
use crate::types::{Day, Lang, date_text};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(clap::Args)]
pub struct DemoArgs {
    /// About how many records, rows of coverage not counted; what is planted does not depend on it
    #[arg(long, default_value_t = 7_000, value_parser = usage::whole::<u32>(0..=20_000_000))]
    records: u32,
    #[arg(long, default_value_t = 1, value_parser = usage::whole::<u64>(0..=u64::MAX))]
    seed: u64,
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7070", value_parser = usage::address)]
    listen: SocketAddr,
    /// Folder to keep the data in (must be empty); without it a temporary one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the clues and exit
    #[arg(long, conflicts_with = "play")]
    once: bool,
    /// Serve from the first day on and let a day pass every so many seconds (1 unless told) / 逐日播放
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = pace)]
    play: Option<Duration>,
}

/// A minute for each day is six hours for the year.
const SLOWEST: f64 = 60.0;

fn pace(text: &str) -> Result<Duration, Wrong> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=SLOWEST).contains(seconds));
    let wrong = || Wrong::new(format!("seconds for each day, 0 to {SLOWEST}"), format!("每日的秒数，0 至 {SLOWEST}"));
    seconds.map(Duration::from_secs_f64).ok_or_else(wrong)
}

/// Empties a line of a terminal from where it is.
const CLEAR: &str = "\x1b[K";

/// A folder that goes when the demo does.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing can be done about a temporary folder that does not go.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub fn run(args: DemoArgs, lang: Lang) -> u8 {
    let scratch = Scratch(std::env::temp_dir().join(format!("huiyan-demo-{}", std::process::id())));
    let dir = args.data.clone().unwrap_or_else(|| scratch.0.join("data"));
    if std::fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some()) {
        say(
            lang,
            format!("{} is not empty: the demo needs a folder of its own", dir.display()),
            format!("{} 不是空目录：演示需要单独的目录", dir.display()),
        );
        return super::INPUT_FAULT;
    }
    let Some(package) = serve::package(Pack::builtin(&scratch.0.join("rules")), lang) else { return MACHINE_FAULT };
    let engine = match serve::start(dir, 1, ClockMode::Manual(demo::FIRST_DAY), Memory::of_process(), package) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
            return MACHINE_FAULT;
        }
    };
    let told = match args.play {
        None => live(&engine, &args, lang),
        Some(pace) => play(&engine, &args, pace, lang),
    };
    if let Err(error) = told {
        eprintln!("{error}");
        engine.stop();
        return MACHINE_FAULT;
    }
    if args.once {
        engine.stop();
        return DONE;
    }
    serve::listen(engine, args.listen, lang)
}

type Told = Result<(), Box<dyn std::error::Error>>;

/// The whole year at once, and what was found.
fn live(engine: &EngineHandle, args: &DemoArgs, lang: Lang) -> Told {
    let county = begin(engine, args, lang)?;
    let since = Instant::now();
    show_first_day(&county, lang);
    demo::feed(engine, &county, |day| show_day(engine, day, lang))?;
    hide_day();
    let seconds = since.elapsed().as_secs_f64();
    say(lang, format!("the year took {seconds:.1} s"), format!("全年用时 {seconds:.1} 秒"));
    print_clues(engine, lang)?;
    Ok(())
}

/// The year day by day, beside the server that is about to start.
fn play(engine: &EngineHandle, args: &DemoArgs, pace: Duration, lang: Lang) -> Told {
    let county = begin(engine, args, lang)?;
    let engine = engine.clone();
    std::thread::Builder::new().name("play".to_string()).spawn(move || {
        let each = |day| {
            // The address of the page comes first.
            std::thread::sleep(pace);
            show_day(&engine, day, lang);
        };
        let played = demo::feed(&engine, &county, each);
        hide_day();
        match played {
            // Standard output may be gone; the page shows the same.
            Ok(()) => drop(print_clues(&engine, lang)),
            // The server was told to stop, and the year ends with it.
            Err(_) if !matches!(engine.phase(), Phase::Ready) => {}
            Err(error) => eprintln!("{error}"),
        }
    })?;
    Ok(())
}

/// Waits for the engine and makes the county.
fn begin(engine: &EngineHandle, args: &DemoArgs, lang: Lang) -> Result<County, Box<dyn std::error::Error>> {
    while engine.phase() != Phase::Ready {
        if let Phase::Failed { reason } = engine.phase() {
            return Err(reason.get(lang).into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let county = demo::county(args.records as usize, args.seed);
    let (from, to) = (date_text(demo::FIRST_DAY), date_text(demo::LAST_DAY));
    let rows = county.sent.iter().filter(|sent| sent.relation != "coverage").count();
    say(
        lang,
        format!("a synthetic county sends {rows} records, {from} to {to}"),
        format!("虚构县报送 {rows} 条记录，{from} 至 {to}"),
    );
    Ok(county)
}

/// How far the year is, in one line of a terminal that each day writes anew.
fn show_day(engine: &EngineHandle, day: Day, lang: Lang) {
    let (date, open) = (date_text(day), engine.read().clues.open_len());
    show(if lang == Lang::En { format!("{date}  {open} clues hold") } else { format!("{date}  {open} 条线索成立") });
}

/// The first day brings all that was there before it, which takes a while where a county is large.
fn show_first_day(county: &County, lang: Lang) {
    let Some(day) = county.sent.first().map(|sent| sent.day) else { return };
    let (date, rows) = (date_text(day), county.sent.partition_point(|sent| sent.day == day));
    show(if lang == Lang::En {
        format!("{date}  {rows} records so far…")
    } else {
        format!("{date}  导入此前的 {rows} 条记录…")
    });
}

fn show(line: String) {
    if std::io::stderr().is_terminal() {
        eprint!("\r{CLEAR}{line}");
        std::io::stderr().flush().ok();
    }
}

fn hide_day() {
    if std::io::stderr().is_terminal() {
        eprint!("\r{CLEAR}");
    }
}

fn say(lang: Lang, en: String, zh: String) {
    eprintln!("{}", if lang == Lang::En { en } else { zh });
}

/// A table by rule, and one clue in a sentence.
fn print_clues(engine: &EngineHandle, lang: Lang) -> std::io::Result<()> {
    let view = engine.read();
    let mut by_rule: BTreeMap<(Level, &str, &str), usize> = BTreeMap::new();
    for clue in view.clues.open() {
        *by_rule.entry((Level::of(&clue.level), &clue.rule, &clue.title)).or_default() += 1;
    }
    let mut lines: Vec<_> = by_rule.into_iter().collect();
    lines.sort_by_key(|((level, _, _), count)| (*level, Reverse(*count)));
    let mut out = std::io::stdout().lock();
    for ((level, rule, title), count) in lines {
        match lang {
            Lang::En => writeln!(out, "{count:>4}  {:<10} {rule}", level.name())?,
            Lang::Zh => writeln!(out, "{count:>4}  {}  {title}  {rule}", in_chinese(level))?,
        }
    }
    writeln!(out, "{:>4}  {}", view.clues.open_len(), if lang == Lang::En { "clues hold" } else { "条线索成立" })?;
    // Oldest first, so that it is the same clue each time.
    let first = view.clues.open().filter(|clue| clue.level == "violation").min_by_key(|clue| (clue.opened, clue.id));
    if let Some(clue) = first {
        match lang {
            Lang::En => writeln!(out, "\nOne of them, as its rule says it:\n{} ({}): {}", clue.title, clue.basis, clue.reason)?,
            Lang::Zh => writeln!(out, "\n例如：{}（{}）\n{}", clue.title, clue.basis, clue.reason)?,
        }
    }
    Ok(())
}

fn in_chinese(level: Level) -> &'static str {
    match level {
        Level::Violation => "违法",
        Level::Hint => "提示",
        Level::Quality => "数据",
        Level::Other => "其他",
    }
}
