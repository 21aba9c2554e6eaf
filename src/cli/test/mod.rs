//! `huiyan test PACK`: small histories with the clue changes that they must cause.
//!
//! A case is a folder `cases/<case>/` of the pack with two files. `in.tsv` is a script of transactions as of `run --updates`:
//! `txn<TAB>kind<TAB>+1|-1<TAB>relation<TAB>row`, the row comma separated, quoted as in RFC 4180 where needed, an empty cell in an optional
//! column being absent; `kind` is free text. `expect.tsv` lists what must come out: `txn<TAB>op<TAB>relation<TAB>key<TAB>level`, key values
//! joined by `|`, op one of open, change, withdraw, reopen; within a transaction the order does not matter. Lines that begin with `#` are
//! for readers.
//!
//! Before the first transaction come the pack's data and the lines of `cases/prelude.tsv`, which the cases share, in one epoch. Keys are
//! enforced as at the door: within a transaction the `-1` count first, so a correction is a `-1` and a `+1`; the clock is a relation like
//! any other, whose new row takes the place of the old one.

mod case;
mod table;

use super::{INPUT_FAULT, MACHINE_FAULT, out};
use crate::pack::{Pack, PackError};
use crate::syntax::{Diagnostic, render};
use crate::types::{Lang, Said};
use std::path::{Path, PathBuf};

pub use case::Difference;

#[derive(clap::Args)]
pub struct TestArgs {
    /// The pack: a folder with `cases/`
    pack: PathBuf,
    /// Only cases whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
}

/// Why no case could be run, or why one could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    #[error("{0}")]
    Pack(#[from] PackError),
    #[error("the rules have mistakes")]
    Rules(Box<Pack>, Vec<Diagnostic>),
    /// A file of a case, and what is wrong with it.
    #[error("{}: {}", file.display(), said.en)]
    Case { file: PathBuf, said: Said },
    #[error("{0}")]
    Runtime(#[from] crate::dataflow::RuntimeError),
}

/// What became of one case.
#[derive(Debug)]
pub struct Ran {
    pub name: String,
    /// Empty if the case holds.
    pub outcome: Result<Vec<Difference>, TestError>,
}

impl Ran {
    pub fn holds(&self) -> bool {
        matches!(&self.outcome, Ok(differences) if differences.is_empty())
    }

    /// The case as `huiyan test` shows it: its name, and each line that is missing (`-`) or too many (`+`).
    pub fn shown(&self, lang: Lang) -> String {
        match &self.outcome {
            Ok(differences) if differences.is_empty() => format!("ok    {}", self.name),
            Ok(differences) => {
                let lines: String = differences.iter().map(|difference| format!("\n      {difference}")).collect();
                format!("FAIL  {}{lines}", self.name)
            }
            Err(error) => format!("FAIL  {}\n      {}", self.name, error.said(lang)),
        }
    }
}

impl TestError {
    fn said(&self, lang: Lang) -> String {
        match self {
            TestError::Pack(PackError::Data { file, mistakes }) => {
                let lines: Vec<String> = mistakes.iter().map(|mistake| mistake.shown(file, lang)).collect();
                lines.join("\n")
            }
            TestError::Pack(error) => error.said().get(lang).to_string(),
            TestError::Rules(pack, diagnostics) => render(diagnostics, &pack.sources, lang),
            TestError::Case { file, said } => format!("{}: {}", file.display(), said.get(lang)),
            TestError::Runtime(error) => error.to_string(),
        }
    }
}

/// Runs every case whose name contains `only`, in the order of names.
pub fn cases(path: &Path, only: &str) -> Result<Vec<Ran>, TestError> {
    let pack = Pack::load(path)?;
    let (program, _) = match pack.check() {
        Ok(checked) => checked,
        Err(diagnostics) => return Err(TestError::Rules(Box::new(pack), diagnostics)),
    };
    let bench = case::Bench::new(program, &pack, &path.join("cases"))?;
    let names = case::names(&path.join("cases"))?;
    let ran = names.into_iter().filter(|name| name.contains(only)).map(|name| {
        let outcome = bench.run(&name);
        Ran { name, outcome }
    });
    Ok(ran.collect())
}

pub fn run(args: TestArgs, lang: Lang) -> u8 {
    let ran = match cases(&args.pack, &args.only) {
        Ok(ran) => ran,
        Err(error) => {
            eprintln!("{}", error.said(lang).trim_end());
            return INPUT_FAULT;
        }
    };
    let shown: String = ran.iter().map(|case| format!("{}\n", case.shown(lang))).collect();
    let (all, failed) = (ran.len(), ran.iter().filter(|case| !case.holds()).count());
    let summary = match lang {
        Lang::En => format!("{all} cases, {} hold, {failed} fail", all - failed),
        Lang::Zh => format!("共 {all} 个用例，{} 个通过，{failed} 个不通过", all - failed),
    };
    let told = out::tell(&format!("{shown}{summary}\n"), lang);
    let machine =
        ran.iter().any(|case| matches!(case.outcome, Err(TestError::Runtime(crate::dataflow::RuntimeError::Worker(_)))));
    match failed {
        0 => told,
        _ if machine => MACHINE_FAULT,
        _ => INPUT_FAULT,
    }
}
