//! `huiyan verify`: is everything in a data folder as it was written, and does it still give what was published?
//!
//! Promises: writes nothing and takes no lock; names file, offset and epoch of what is wrong; says what it could not check. 0: nothing is
//! wrong, 1: something is.

use super::replay::{Progress, no_journal, retold};
use super::table::Table;
use super::usage;
use super::{DONE, INPUT_FAULT, MACHINE_FAULT, out};
use crate::engine::Failure;
use crate::storage::{Check, Examined, ReadingDisk, State, examine};
use crate::types::{Epoch, Lang, Said};
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct VerifyArgs {
    /// The data folder or a copy of it; nothing in it is changed / 数据文件夹
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Only the bytes: evaluate nothing / 只校验字节，不重演
    #[arg(long)]
    quick: bool,
    /// Threads that evaluate rules / 计算线程数
    #[arg(long, default_value_t = 1, value_parser = usage::whole::<u16>(1..=64))]
    workers: u16,
}

pub fn run(args: VerifyArgs, lang: Lang) -> u8 {
    if let Some(said) = no_journal(&args.dir) {
        eprintln!("{}", said.get(lang));
        return INPUT_FAULT;
    }
    let mut examined = match examine(&ReadingDisk, &args.dir) {
        Ok(examined) => examined,
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
            return MACHINE_FAULT;
        }
    };
    let replayed = replay(&args, &examined, lang);
    examined.checks.push(replayed);
    let told = out::tell(&told(&examined.checks, lang), lang);
    if told != DONE || examined.is_whole() { told } else { INPUT_FAULT }
}

/// Does the history still give what was published?
fn replay(args: &VerifyArgs, examined: &Examined, lang: Lang) -> Check {
    let what = Said::new("replay against what was published", "重演与已公布的结果");
    let check = |amount: Said, state: State| Check { what: what.clone(), amount, state };
    let not = |en: &str, zh: &str| check(Said::default(), State::Unchecked(Said::new(en, zh)));
    let Some(journal) = &examined.journal else {
        return not("the journal cannot be read to its end", "日志无法读到末尾");
    };
    if args.quick {
        return not("left out by --quick", "已由 --quick 略去");
    }
    // A first start that was interrupted leaves a journal without entries, and perhaps no keys: the next one makes them.
    if journal.epoch == Epoch::ZERO {
        return check(epochs(0), State::Whole);
    }
    if !examined.opened {
        return not("it needs the keys", "需要密钥");
    }
    if journal.from > Epoch(1) {
        return not(
            "earlier parts of the journal were put away; it needs all from the first on",
            "日志较早的分段已移走；重演需要从第一段起的全部分段",
        );
    }
    match again(&args.dir, args.workers, journal.epoch.0, lang) {
        Ok(0) if journal.epoch.0 > 0 => {
            let none = Said::new(
                "evaluated to its end; this version has published nothing here to compare with",
                "已重演到末尾；此版本在这里没有公布过可比较的结果",
            );
            check(epochs(journal.epoch.0), State::Remark(none))
        }
        Ok(compared) => check(epochs(compared), State::Whole),
        Err(failure) => check(Said::default(), State::Damaged(failure.said())),
    }
}

fn epochs(count: u64) -> Said {
    Said::new(format!("{count} epochs"), format!("{count} 期"))
}

/// How many epochs gave what they gave when they were new.
fn again(dir: &Path, workers: u16, total: u64, lang: Lang) -> Result<u64, Failure> {
    let retold = retold(dir, workers);
    let (past, _engine) = retold.open()?;
    let mut progress = Progress::new(total, lang);
    let ran = past.run(|moment| {
        progress.reached(moment.epoch.0);
        ControlFlow::Continue(())
    });
    progress.hide();
    ran.map(|retelling| retelling.compared)
}

/// The table, and below it a sentence for whatever is not simply whole.
fn told(checks: &[Check], lang: Lang) -> String {
    let mut table = Table::new(&[], &[]);
    for Check { what, amount, state } in checks {
        table.push(vec![what.get(lang).to_string(), amount.get(lang).to_string(), word(state).get(lang).to_string()]);
    }
    let mut text = table.to_string().trim_start_matches('\n').to_string();
    for check in checks {
        if let State::Remark(said) | State::Unchecked(said) | State::Damaged(said) = &check.state {
            // Into a text nothing fails to be written.
            let _ = writeln!(text, "{}: {}", check.what.get(lang), said.get(lang));
        }
    }
    text
}

fn word(state: &State) -> Said {
    match state {
        State::Whole => Said::new("whole", "完好"),
        State::Remark(_) => Said::new("whole, with a remark", "完好，有说明"),
        State::Unchecked(_) => Said::new("not checked", "未校验"),
        State::Damaged(_) => Said::new("DAMAGED", "已损坏"),
    }
}
