//! `huiyan clues`: the clues that hold, all pages of them, as a table or a line of JSON each.

use super::DONE;
use super::client::{Client, Failure, ServerArgs, Told, Wanted, pairs};
use super::table::Table;
use crate::server::link;
use crate::types::{Lang, Said};
use serde_json::Value;
use std::io::{self, Write};

#[derive(clap::Args)]
pub struct CluesArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    wanted: Wanted,
    /// Only clues of this level: violation, hint, quality / 级别
    #[arg(long, value_name = "LEVEL")]
    level: Vec<String>,
    /// Only clues of which people made this: new, checking, confirmed, dismissed, opinion-issued, replied, rectified, closed; without it all
    /// that are not dismissed / 办理状态；不指明时不含已排除的
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Only clues due before this day / 在此日前到期
    #[arg(long, value_name = "DATE")]
    due_before: Option<String>,
    /// table, or json: one clue a line / 输出形式
    #[arg(long, value_enum, default_value = "table")]
    format: Form,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

pub fn run(args: CluesArgs, lang: Lang) -> u8 {
    let path = link("/v1/clues", &wanted(&args));
    match print(args.server, args.format, &path, lang) {
        Ok(()) => DONE,
        Err(failure) => failure.tell(lang),
    }
}

fn wanted(args: &CluesArgs) -> Vec<(&str, &str)> {
    let due_before = args.due_before.as_slice();
    [args.wanted.pairs(), pairs("level", &args.level), pairs("state", &args.state), pairs("due_before", due_before)].concat()
}

fn print(server: ServerArgs, form: Form, path: &str, lang: Lang) -> Result<(), Failure> {
    let mut client = Client::new(server, lang)?;
    let mut table = Table::new(&head(lang), &[]);
    let mut out = io::stdout().lock();
    // A closed standard output is nobody who would want to hear of it.
    let stale = client.list(path, &mut Told(lang), |clue| match form {
        Form::Table => table.push(row(&clue)),
        Form::Json => drop(writeln!(out, "{clue}")),
    })?;
    if form == Form::Table {
        let _ = write!(out, "{table}");
    }
    if stale {
        eprintln!("{}", still().get(lang));
    }
    Ok(())
}

/// What is said where rules are suspended.
pub fn still() -> Said {
    Said::new(
        "the rules of the server are suspended: clues stand as they were before, see /readyz",
        "服务器的规则已暂停：线索停留在暂停前的状态，详见 /readyz",
    )
}

fn head(lang: Lang) -> [&'static str; 7] {
    match lang {
        Lang::En => ["level", "state", "due", "rule", "agency", "id", "reason"],
        Lang::Zh => ["级别", "办理", "到期", "规则", "机关", "编号", "事由"],
    }
}

fn row(clue: &Value) -> Vec<String> {
    ["level", "state", "due", "rule", "agency", "id", "reason"].map(|field| text(&clue[field])).to_vec()
}

/// A field as it is shown in a line: one line, without tabs.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_string(),
        Value::String(text) if text.is_empty() => "-".to_string(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        other => other.to_string(),
    }
}
