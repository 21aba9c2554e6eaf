//! `huiyan check PATH`: every mistake of a program or pack, its data too, or that there is none; for people, or for programs that read
//! reports.

mod finding;
mod json;
mod sarif;

use super::{DONE, INPUT_FAULT, load, out};
use crate::pack::{Pack, PackError};
use crate::syntax::{Severity, Sources, has_errors};
use crate::types::{Lang, Said};
use finding::Finding;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct CheckArgs {
    /// A pack or a program (.dl)
    path: PathBuf,
    /// Further folders to look for included files in
    #[arg(short = 'I', value_name = "DIR")]
    include: Vec<PathBuf>,
    /// text for people; json; sarif (2.1.0) for editors and build servers / 报告格式
    #[arg(long, value_enum, default_value = "text", value_name = "text|json|sarif")]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

pub fn run(args: CheckArgs, lang: Lang) -> u8 {
    match args.format {
        Format::Text => text(&args, lang),
        Format::Json => report(&args, lang, |findings| json::report(findings, lang)),
        Format::Sarif => report(&args, lang, |findings| sarif::report(findings, &args.path, lang)),
    }
}

/// Mistakes go to standard error, where a terminal shows them.
fn text(args: &CheckArgs, lang: Lang) -> u8 {
    let told = |error: &PackError| load::tell(error, lang);
    let pack = match Pack::load_with(&args.path, &args.include) {
        Ok(pack) => pack,
        Err(error) => {
            told(&error);
            return INPUT_FAULT;
        }
    };
    let Some(program) = load::checked(&pack, lang) else { return INPUT_FAULT };
    if let Err(error) = pack.rows(&program) {
        told(&error);
        return INPUT_FAULT;
    }
    let (relations, rules) = (program.relations.len(), program.rules.len());
    let none = Said::new(
        format!("no mistakes: {relations} relations, {rules} rules"),
        format!("没有错误：{relations} 个关系，{rules} 条规则"),
    );
    out::tell(&format!("{}\n", none.get(lang)), lang)
}

/// The report goes to standard output, whether there are mistakes or not.
fn report(args: &CheckArgs, lang: Lang, write: impl FnOnce(&[Finding]) -> serde_json::Value) -> u8 {
    let findings = findings(args);
    match out::tell(&format!("{:#}\n", write(&findings)), lang) {
        DONE if findings.iter().any(|finding| finding.severity == Severity::Error) => INPUT_FAULT,
        code => code,
    }
}

fn findings(args: &CheckArgs) -> Vec<Finding> {
    let pack = match Pack::load_with(&args.path, &args.include) {
        Ok(pack) => pack,
        Err(error) => return Finding::of_pack(&error),
    };
    let of = |diagnostics: &[_], sources: &Sources| diagnostics.iter().map(|d| Finding::of_rules(d, sources)).collect();
    let (program, mut findings): (_, Vec<Finding>) = match pack.check() {
        Ok((program, warnings)) => (program, of(&warnings, &pack.sources)),
        Err(mistakes) => {
            debug_assert!(has_errors(&mistakes));
            return of(&mistakes, &pack.sources);
        }
    };
    if let Err(error) = pack.rows(&program) {
        findings.extend(Finding::of_pack(&error));
    }
    findings
}
