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
mod coverage;
mod report;
mod table;

use super::{INPUT_FAULT, MACHINE_FAULT, out};
use crate::dataflow::RuntimeError;
use crate::pack::{Pack, PackError};
use crate::syntax::{Diagnostic, render};
use crate::types::{Lang, Said};
use std::path::{Path, PathBuf};

pub use case::Difference;
pub(super) use case::scripts;
pub use coverage::{Coverage, Gap, Tally};

#[derive(clap::Args)]
pub struct TestArgs {
    /// The pack: a folder with `cases/`
    pack: PathBuf,
    /// Only cases whose name contains this
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Also tell which clauses and conditions of the rules no case tries / 列出用例未覆盖的条件
    #[arg(long)]
    coverage: bool,
    /// text for people; json / 报告格式
    #[arg(long, value_enum, default_value = "text", value_name = "text|json")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
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
    pub fn said(&self, lang: Lang) -> String {
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

/// A pack with its cases.
struct Loaded {
    pack: Pack,
    bench: case::Bench,
    names: Vec<String>,
}

impl Loaded {
    /// With the cases whose name contains `only`, in the order of names.
    fn of(path: &Path, only: &str) -> Result<Loaded, TestError> {
        let pack = Pack::load(path)?;
        let (program, _) = match pack.check() {
            Ok(checked) => checked,
            Err(diagnostics) => return Err(TestError::Rules(Box::new(pack), diagnostics)),
        };
        let folder = path.join("cases");
        let bench = case::Bench::new(program, &pack, &folder)?;
        let names = case::names(&folder)?.into_iter().filter(|name| name.contains(only)).collect();
        Ok(Loaded { pack, bench, names })
    }

    fn ran(&self) -> Vec<Ran> {
        self.names.iter().map(|name| Ran { name: name.clone(), outcome: self.bench.run(name) }).collect()
    }

    fn coverage(&self) -> Result<Coverage, TestError> {
        coverage::of(&self.bench, &self.pack, &self.names)
    }
}

/// Runs every case whose name contains `only`, in the order of names.
pub fn cases(path: &Path, only: &str) -> Result<Vec<Ran>, TestError> {
    Ok(Loaded::of(path, only)?.ran())
}

/// What of the rules that clues depend on these cases try, and what they do not.
pub fn coverage(path: &Path, only: &str) -> Result<Coverage, TestError> {
    Loaded::of(path, only)?.coverage()
}

pub fn run(args: TestArgs, lang: Lang) -> u8 {
    let (ran, coverage) = match all(&args) {
        Ok(all) => all,
        Err(error) => {
            eprintln!("{}", error.said(lang).trim_end());
            return INPUT_FAULT;
        }
    };
    let told = match args.format {
        Format::Text => out::tell(&report::text(&ran, coverage.as_ref(), &args.pack, lang), lang),
        Format::Json => out::tell(&format!("{:#}\n", report::json(&ran, coverage.as_ref(), &args.pack, lang)), lang),
    };
    let machine = ran.iter().any(|case| matches!(case.outcome, Err(TestError::Runtime(RuntimeError::Worker(_)))));
    match ran.iter().all(Ran::holds) {
        true => told,
        false if machine => MACHINE_FAULT,
        false => INPUT_FAULT,
    }
}

fn all(args: &TestArgs) -> Result<(Vec<Ran>, Option<Coverage>), TestError> {
    let loaded = Loaded::of(&args.pack, &args.only)?;
    let ran = loaded.ran();
    let coverage = if args.coverage { Some(loaded.coverage()?) } else { None };
    Ok((ran, coverage))
}
