//! `huiyan run PROG.dl`: evaluates once, like `souffle`; with `--updates` then applies a script of transactions.
//!
//! Standard output stays silent except for what the program asks for (`-D -`, `.printsize`) and the changes of `--updates`.

mod facts;
mod gzip;
mod inputs;
mod json;
mod json_text;
mod outputs;
mod souffle;
mod structured;
mod timings;
pub(super) mod updates;

use super::load::Preprocessor;
use super::{DONE, INPUT_FAULT, MACHINE_FAULT, load, out, usage};
use crate::dataflow::{Budget, Runtime, RuntimeError};
use crate::limits;
use crate::plan::plan;
use crate::program::{Literal, Program, Rule, growing};
use crate::security::Names;
use crate::types::{Epoch, Interner, Lang, Said};
use std::path::PathBuf;
use std::sync::Arc;

use inputs::Inputs;
use outputs::Outputs;
use souffle::Ignored;
use timings::Timings;

/// Rules that are shown when a program ran past its budget.
const RULES_TOLD: usize = 3;

#[derive(clap::Args)]
pub struct RunArgs {
    /// The program (.dl)
    program: PathBuf,
    /// Folder with the fact files
    #[arg(short = 'F', long = "fact-dir", value_name = "DIR", default_value = ".")]
    facts: PathBuf,
    /// Folder for the output files; `-` prints them
    #[arg(short = 'D', long = "output-dir", value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Worker threads; `auto`: one for each processor
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = souffle::jobs)]
    jobs: u16,
    /// The day of the program's clock, if its fact file does not say
    #[arg(long, value_name = "DATE")]
    now: Option<String>,
    /// A script of transactions: txn<TAB>kind<TAB>+1|-1<TAB>relation<TAB>row
    #[arg(long, value_name = "FILE")]
    updates: Option<PathBuf>,
    /// Say on standard error how long everything took
    #[arg(long)]
    timings: bool,
    /// Rounds of a recursion before it is cut
    #[arg(long, value_name = "N", default_value_t = limits::ITERATIONS, value_parser = usage::whole::<u32>(1..=u64::from(u32::MAX)))]
    max_rounds: u32,
    /// Rows that the program may hold, those of its indexes among them; one for every 32 bytes of memory if not said
    #[arg(long, value_name = "N", value_parser = usage::whole::<u64>(1..=u64::MAX))]
    max_rows: Option<u64>,
    /// MiB of texts and records that rules may make; a quarter of the memory if not said
    #[arg(long, value_name = "MIB", value_parser = usage::whole::<u64>(1..=1 << 40))]
    max_made: Option<u64>,
    /// Further folders to look for included files in
    #[arg(short = 'I', long = "include-dir", value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Macros that are there from the start: `"A=1 B=2"`; one without a value stands for 1
    #[arg(short = 'M', long = "macro", value_name = "MACROS", conflicts_with = "no_preprocessor")]
    macros: Vec<String>,
    /// Replace no macros; lines of a preprocessor are mistakes
    #[arg(long)]
    no_preprocessor: bool,
    /// Show no warnings
    #[arg(short = 'w', long)]
    no_warn: bool,
    #[command(flatten)]
    _ignored: Ignored,
}

/// Why a run ended early; all but `Runtime` and `Write` are faults of the input.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{0}")]
    Facts(#[from] facts::FactsError),
    #[error("{0}")]
    Updates(#[from] updates::UpdateError),
    #[error("{0}")]
    Runtime(#[from] RuntimeError),
    #[error("the rows of {relation} come to more than {bytes} bytes")]
    TooLarge { relation: String, bytes: u64 },
    #[error("cannot write {path}: {cause}")]
    Write { path: String, cause: std::io::Error },
}

impl RunError {
    fn said(&self) -> Said {
        match self {
            RunError::Facts(error) => error.said(),
            RunError::Updates(error) => error.said(),
            RunError::Runtime(RuntimeError::Iterations { rounds, .. }) => Said::new(
                format!("a recursion passed {rounds} rounds and was cut: it may never end (does a rule count upwards?)"),
                format!("递归超过 {rounds} 轮，已中止：它可能永远不会结束（是否有规则在不断累加？）"),
            ),
            RunError::Runtime(RuntimeError::Made { bytes, .. }) => Said::new(
                format!("rules made more than {} MiB of texts and records and were stopped", bytes >> 20),
                format!("规则生成的文本和记录超过 {} MiB，已停止", bytes >> 20),
            ),
            RunError::Runtime(RuntimeError::Values { values, .. }) => Said::new(
                format!("ranges gave more than {values} values and were stopped"),
                format!("`range` 给出的值超过 {values} 个，已停止"),
            ),
            RunError::TooLarge { relation, bytes } => Said::new(
                format!("the rows of `{relation}` come to more than {} MiB when their records are written out", bytes >> 20),
                format!("`{relation}` 的行在写出其中的记录时超过 {} MiB", bytes >> 20),
            ),
            RunError::Runtime(RuntimeError::Rows { rows, .. }) => Said::new(
                format!("the program holds more than {rows} rows and was stopped"),
                format!("程序持有的行数超过 {rows}，已停止"),
            ),
            RunError::Runtime(RuntimeError::Worker(_)) => Said::new(self.to_string(), format!("工作线程停止：{self}")),
            RunError::Write { path, cause } => {
                let Said { en, zh } = Said::of_io(cause);
                Said::new(format!("cannot write {path}: {en}"), format!("无法写入 {path}：{zh}"))
            }
        }
    }

    fn code(&self) -> u8 {
        match self {
            RunError::Runtime(RuntimeError::Worker(_)) | RunError::Write { .. } => MACHINE_FAULT,
            _ => INPUT_FAULT,
        }
    }
}

impl RunArgs {
    fn preprocessor(&self) -> Preprocessor {
        if self.no_preprocessor {
            return Preprocessor::Off;
        }
        let all = self.macros.iter().flat_map(|some| some.split_whitespace());
        let defined = all.map(|one| one.split_once('=').unwrap_or((one, "1")));
        Preprocessor::On { defined: defined.map(|(name, value)| (name.to_string(), value.to_string())).collect() }
    }

    fn budget(&self) -> Budget {
        let of_machine = Budget::of_machine();
        let made = self.max_made.map_or(of_machine.made, |mib| mib.saturating_mul(1 << 20));
        Budget { iterations: self.max_rounds, rows: self.max_rows.unwrap_or(of_machine.rows), made }
    }
}

/// What to do about a program that ran past its budget, and in which rules.
fn remedy(error: &RunError, program: &Program) -> Option<Said> {
    let (option, rules) = match error {
        RunError::Runtime(RuntimeError::Iterations { .. }) => ("--max-rounds", growing(program, false)),
        RunError::Runtime(RuntimeError::Rows { .. }) => ("--max-rows", growing(program, false)),
        RunError::Runtime(RuntimeError::Made { .. }) | RunError::TooLarge { .. } => ("--max-made", growing(program, true)),
        RunError::Runtime(RuntimeError::Values { .. }) => return Some(about_ranges(program)),
        _ => return None,
    };
    let Some(first) = rules.first() else {
        return Some(Said::new(format!("allow more with {option}"), format!("可用 {option} 放宽上限")));
    };
    let (head, shown) = (&program.relation(first.head).name, shown(&rules));
    Some(Said::new(
        format!(
            "these rules of a recursion make new values in each round:{shown}\nbound what they make in the rule, end the recursion with `.limitsize {head}(n=1000)`, or allow more with {option}"
        ),
        format!(
            "递归中的下列规则每一轮都生成新值：{shown}\n请在规则中限定其取值，或用 `.limitsize {head}(n=1000)` 结束递归，或用 {option} 放宽上限"
        ),
    ))
}

fn about_ranges(program: &Program) -> Said {
    let has_range = |rule: &&Rule| rule.body.iter().any(|literal| matches!(literal, Literal::Range(_) | Literal::Aggregate(_)));
    let shown = shown(&program.rules.iter().filter(has_range).collect::<Vec<_>>());
    Said::new(
        format!("these rules may have such a range:{shown}\nbound it in the rule, or allow more with --max-rows"),
        format!("下列规则可能含有这样的 `range`：{shown}\n请在规则中限定其范围，或用 --max-rows 放宽上限"),
    )
}

fn shown(rules: &[&Rule]) -> String {
    rules.iter().take(RULES_TOLD).map(|rule| format!("\n  {}", rule.text)).collect()
}

pub fn run(args: RunArgs, lang: Lang) -> u8 {
    let Some(program) = load::program(&args.program, &args.include, args.preprocessor(), !args.no_warn, lang) else {
        return INPUT_FAULT;
    };
    match evaluate(&args, &program) {
        Ok(()) => DONE,
        Err(RunError::Write { path, cause }) if path == "-" => out::failed(&cause, lang),
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
            if let Some(remedy) = remedy(&error, &program) {
                eprintln!("{}", remedy.get(lang));
            }
            error.code()
        }
    }
}

fn evaluate(args: &RunArgs, program: &Program) -> Result<(), RunError> {
    let mut timings = Timings::start();
    let texts = Arc::new(Interner::new());
    for text in &program.texts {
        texts.intern(text);
    }
    let plan = Arc::new(plan(program));
    let mut inputs = Inputs::new(program, &plan.inputs, texts.clone());
    inputs.load(&args.facts, args.now.as_deref())?;
    timings.read(inputs.rows());
    let budget = args.budget();

    let arities = program.relations.iter().map(|r| r.arity()).collect();
    let naming = Names::of_no_folder().naming();
    let mut runtime = Runtime::start(plan, arities, texts.clone(), naming, usize::from(args.jobs), budget);
    let mut outputs = Outputs::new(program, texts, budget.made);
    let mut epoch = Epoch(1);
    runtime.submit(epoch, inputs.take_changes());
    for delta in runtime.wait(epoch)? {
        outputs.apply(&delta)?;
    }
    timings.loaded();

    if let Some(path) = &args.updates {
        let script = updates::read(path)?;
        let mut printer = updates::Printer::new();
        for transaction in &script {
            inputs.apply(transaction)?;
            epoch = epoch.next();
            let started = timings.transaction();
            runtime.submit(epoch, inputs.take_changes());
            let deltas = runtime.wait(epoch)?;
            timings.done(started, transaction.txn());
            for delta in &deltas {
                printer.print(transaction, outputs.apply(delta)?);
            }
        }
        printer.finish().map_err(|cause| RunError::Write { path: "-".to_string(), cause })?;
    }
    outputs.write(&args.output, args.updates.is_some())?;
    if args.timings {
        timings.print();
    }
    Ok(())
}
