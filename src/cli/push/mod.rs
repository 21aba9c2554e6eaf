//! `huiyan push`: sends files of records to a server, for shells and cron.
//!
//! Promises: a file goes part by part, each under a key that follows from its content, so that the same push after a broken line or a
//! killed process takes nothing twice; memory does not depend on the length of a file; every refusal is told by the line of the file;
//! of a record nothing is shown but cells that were mended in columns that hold nothing personal, and written only where `--rejected` says.

mod files;
mod mended;
mod plan;
mod progress;
mod receipt;
mod records;
mod rejected;
mod schema;
mod sending;
mod summary;

use super::client::{Client, Failure, ServerArgs};
use super::usage::Wrong;
use super::{DONE, INPUT_FAULT};
use crate::security::Agency;
use crate::types::{Lang, Said};
use encoding_rs::{Encoding, GB18030, UTF_8};
use files::Files;
use rejected::Rejected;
use schema::Schema;
use sending::Sending;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct PushArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Who speaks: kind:code, for example police:640299-01; of a folder <day>/<agency>/… only this agency's files / 报送机关
    #[arg(long, value_name = "CODE", value_parser = agency)]
    agency: Option<Agency>,
    /// The relation of all files, by name or title, if the files are not named after it / 关系
    #[arg(long, value_name = "NAME")]
    relation: Option<String>,
    /// upsert: rows replace those of the same key; insert: they are refused; replace: the file is all that the agency has / 方式
    #[arg(long, value_enum, default_value = "upsert")]
    mode: Mode,
    /// The charset of CSV files / CSV 文件的编码
    #[arg(long, value_enum, default_value = "utf-8")]
    charset: Charset,
    /// Further titles of columns in the header: column=title|title,column=title / 表头的其他列名
    #[arg(long, value_name = "TITLES")]
    columns: Option<String>,
    /// Columns of the file that are left out, by their titles: title,title / 不读取的列，写标题
    #[arg(long, value_name = "TITLES")]
    ignore: Option<String>,
    /// skip: take the good lines; fail: take a file as a whole or not at all / 有错误行时
    #[arg(long, value_enum, default_value = "skip")]
    on_reject: OnReject,
    /// Write refused records here with the reasons beside them, to be mended and pushed again; a folder if several files are pushed /
    /// 将拒收的记录及原因写入此处，更正后可再次报送
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Move the server's manual clock to the day of each <day> folder before its files / 逐日拨动服务器的手动时钟
    #[arg(long)]
    clock: bool,
    /// Send what was sent before once more: the same word, the same sending / 以此标记重新报送
    #[arg(long, value_name = "WORD")]
    again: Option<String>,
    /// Files (.csv, .ndjson, .jsonl) and folders (<day>/<agency>/<relation>.csv) / 文件或文件夹
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Mode {
    Insert,
    Upsert,
    Replace,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Mode::Insert => "insert",
            Mode::Upsert => "upsert",
            Mode::Replace => "replace",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Charset {
    #[value(name = "utf-8", alias = "utf8")]
    Utf8,
    /// Also what older programs call GBK and GB2312
    #[value(name = "gb18030", aliases = ["gbk", "gb2312"])]
    Gb18030,
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Charset::Utf8 => "utf-8",
            Charset::Gb18030 => "gb18030",
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Charset::Utf8 => UTF_8,
            Charset::Gb18030 => GB18030,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum OnReject {
    Skip,
    Fail,
}

impl OnReject {
    fn name(self) -> &'static str {
        match self {
            OnReject::Skip => "skip",
            OnReject::Fail => "fail",
        }
    }
}

fn agency(text: &str) -> Result<Agency, Wrong> {
    let agency = Agency::parse(text).filter(|agency| agency.kind() != "pack");
    let wrong = || Wrong::new("kind:code, for example police:640299-01", "类别:代码，例如 police:640299-01");
    agency.ok_or_else(wrong)
}

pub fn run(args: PushArgs, lang: Lang) -> u8 {
    push(args, lang).unwrap_or_else(|failure| failure.tell(lang))
}

fn push(args: PushArgs, lang: Lang) -> Result<u8, Failure> {
    let files = Files::of(&args.paths, args.agency.as_ref())?;
    tell_left_out(&files, lang);
    let rejected = args.rejected.clone().map(|to| Rejected::new(to, &files, lang)).transpose()?;
    let how = sending::How::of(&args);
    let mut client = Client::new(args.server, lang)?;
    let schema = Schema::ask(&mut client, lang)?;
    let relations = files.found.iter().map(|found| schema.relation_of(found, args.relation.as_deref()));
    let relations = relations.collect::<Result<Vec<_>, _>>()?;
    let clock = if args.clock { Some(schema.now(&mut client, lang)?) } else { None };
    let mut sending = Sending::new(client, how, rejected, clock, &files, schema.titles(lang), lang);
    let sent = sending.all(&files, &relations);
    let summary = sending.end(sent.is_ok());
    sent?;
    let summary = summary?;
    Ok(if summary.refused > 0 || summary.problems > 0 { INPUT_FAULT } else { DONE })
}

fn tell_left_out(files: &Files, lang: Lang) {
    let mut left_out = files.left_out.iter();
    let Some(first) = left_out.next() else { return };
    let (first, more) = (first.display(), left_out.len());
    let (en, zh) = match more {
        0 => (format!("not pushed: {first}"), format!("未报送：{first}")),
        more => (format!("not pushed: {first} and {more} more"), format!("未报送：{first} 等 {} 个", more + 1)),
    };
    eprintln!("{}", Said::new(en, zh).get(lang));
}
