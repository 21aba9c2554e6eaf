//! `huiyan run PROG.dl`: evaluates once, like `souffle`; with `--updates` then applies a script of transactions.
//!
//! Standard output stays silent except for what the program asks for (`-D -`, `.printsize`) and the changes of `--updates`.

mod facts;
mod inputs;
mod json;
mod outputs;
mod structured;
mod timings;
pub(super) mod updates;

use super::{DONE, INPUT_FAULT, MACHINE_FAULT, load, out, usage};
use crate::dataflow::{Budget, Runtime, RuntimeError};
use crate::limits;
use crate::plan::plan;
use crate::program::Program;
use crate::security::Names;
use crate::types::{Epoch, Interner, Lang, Said};
use std::path::PathBuf;
use std::sync::Arc;

use inputs::Inputs;
use outputs::Outputs;
use timings::Timings;

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
    /// Worker threads
    #[arg(short = 'j', long = "jobs", value_name = "N", default_value_t = 1, value_parser = usage::whole::<u16>(1..=64))]
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
    /// Further folders to look for included files in
    #[arg(short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// Replace no macros; lines of a preprocessor are mistakes
    #[arg(long)]
    no_preprocessor: bool,
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

pub fn run(args: RunArgs, lang: Lang) -> u8 {
    let Some(program) = load::program(&args.program, &args.include, args.no_preprocessor, lang) else { return INPUT_FAULT };
    match evaluate(&args, &program) {
        Ok(()) => DONE,
        Err(RunError::Write { path, cause }) if path == "-" => out::failed(&cause, lang),
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
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

    let arities = program.relations.iter().map(|r| r.arity()).collect();
    let budget = Budget { iterations: limits::ITERATIONS, rows: limits::ROWS };
    let naming = Names::of_no_folder().naming();
    let mut runtime = Runtime::start(plan, arities, texts.clone(), naming, usize::from(args.jobs), budget);
    let mut outputs = Outputs::new(program, texts);
    let mut epoch = Epoch(1);
    runtime.submit(epoch, inputs.take_changes());
    for delta in runtime.wait(epoch)? {
        outputs.apply(&delta);
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
                printer.print(transaction, outputs.apply(delta));
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
