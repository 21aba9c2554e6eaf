//! `huiyan demo`: a synthetic county lives through a year; the clues found by rule; then the server with its page.

use super::{DONE, MACHINE_FAULT, serve};
use crate::demo;
use crate::engine::{ClockMode, EngineHandle, Phase};
use crate::pack::Pack;
use crate::types::{Lang, date_text};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct DemoArgs {
    /// About how many rows; what is planted does not depend on it
    #[arg(long, default_value_t = 7_000, value_parser = clap::value_parser!(u32).range(0..=20_000_000))]
    records: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    /// Folder to keep the data in (must be empty); without it a temporary one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the clues and exit
    #[arg(long)]
    once: bool,
}

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
    let engine = match serve::start(dir, 1, ClockMode::Manual(demo::FIRST_DAY), package) {
        Ok(engine) => engine,
        Err(error) => {
            eprintln!("{error}");
            return MACHINE_FAULT;
        }
    };
    if let Err(error) = live(&engine, &args, lang) {
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

/// Lives through the year and tells what was found.
fn live(engine: &EngineHandle, args: &DemoArgs, lang: Lang) -> Result<(), Box<dyn std::error::Error>> {
    while engine.phase() != Phase::Ready {
        if let Phase::Failed { reason } = engine.phase() {
            return Err(reason.into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let county = demo::county(args.records as usize, args.seed);
    let (from, to) = (date_text(demo::FIRST_DAY), date_text(demo::LAST_DAY));
    let rows = county.sent.iter().filter(|sent| sent.relation != "coverage").count();
    say(
        lang,
        format!("a synthetic county sends {rows} records, {from} to {to}"),
        format!("虚构县报送 {rows} 条记录，{from} 至 {to}"),
    );
    let terminal = std::io::stderr().is_terminal();
    demo::feed(engine, &county, |day| {
        if terminal {
            eprint!("\r{}", date_text(day));
            std::io::stderr().flush().ok();
        }
    })?;
    if terminal {
        eprint!("\r          \r");
    }
    print_clues(engine, lang)?;
    Ok(())
}

fn say(lang: Lang, en: String, zh: String) {
    eprintln!("{}", if lang == Lang::En { en } else { zh });
}

/// A table by rule, and one clue in a sentence.
fn print_clues(engine: &EngineHandle, lang: Lang) -> std::io::Result<()> {
    let view = engine.read();
    let mut by_rule: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for clue in view.clues.open() {
        *by_rule.entry((&clue.rule, &clue.level)).or_default() += 1;
    }
    let mut out = std::io::stdout().lock();
    for ((rule, level), count) in &by_rule {
        writeln!(out, "{count:>4}  {rule:<28} {level}")?;
    }
    writeln!(out, "{:>4}  {}", view.clues.open_len(), if lang == Lang::En { "clues hold" } else { "条线索成立" })?;
    if let Some(clue) = view.clues.open().find(|clue| clue.level == "violation") {
        writeln!(out, "\n{} ({}): {}", clue.title, clue.basis, clue.reason)?;
    }
    Ok(())
}
