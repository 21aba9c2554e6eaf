//! What became of a push: counts, and tables of what was refused, left out and in doubt by relation, column and code, and the first cells that were
//! mended. No value of a personal column is in it.

use super::receipt::{Mended, Receipt};
use super::rejected::column;
use super::schema::Titles;
use crate::cli::client::Place;
use crate::cli::out;
use crate::cli::table::Table;
use crate::types::{Lang, Said};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Summary {
    pub files: u64,
    pub accepted: u64,
    changed: u64,
    repaired: u64,
    /// Lines accepted that say what an earlier line of their file says.
    duplicates: u64,
    /// Lines that were refused.
    pub refused: u64,
    /// Parts that were taken by an earlier push.
    replayed: u64,
    parts: u64,
    /// Files that could not be read to their end, or not be taken at all.
    pub problems: u64,
    by_reason: BTreeMap<Reason, Count>,
    /// Cells that were taken and are unlikely; those that the server names.
    doubtful: u64,
    by_doubt: BTreeMap<Reason, Count>,
    /// Lines that are no records.
    by_skip: BTreeMap<Reason, Count>,
    /// Columns that were left out: by file and title.
    ignored: BTreeSet<(String, String)>,
    /// The first cells that were mended, as they are shown.
    mended: Vec<Mend>,
    titles: Titles,
}

/// Where, which column of which relation, from what to what, and how.
struct Mend {
    at: String,
    relation: String,
    column: String,
    change: String,
    message: String,
}

/// Mended cells that are shown one by one.
const MENDED_SHOWN: usize = 20;

/// Relation, column, code.
type Reason = (String, String, String);

struct Count {
    lines: u64,
    first: String,
    message: String,
}

impl Summary {
    pub fn new(titles: Titles) -> Summary {
        Summary { titles, ..Summary::default() }
    }

    /// A part of a file, whose refusals are told by the lines of the file.
    pub fn add(&mut self, shown: &str, relation: Option<&str>, receipt: &Receipt) {
        self.parts += 1;
        self.accepted += receipt.accepted;
        self.changed += receipt.changed;
        self.repaired += receipt.repaired;
        self.duplicates += receipt.duplicates;
        self.replayed += u64::from(receipt.replayed);
        self.refused += receipt.rejected.iter().map(|place| place.line).collect::<BTreeSet<_>>().len() as u64;
        self.doubtful += receipt.doubtful;
        for place in &receipt.rejected {
            count(&mut self.by_reason, shown, relation, place);
        }
        for place in &receipt.doubts {
            count(&mut self.by_doubt, shown, relation, place);
        }
        for place in &receipt.skips {
            count(&mut self.by_skip, shown, relation, place);
        }
        self.ignored.extend(receipt.ignored.iter().map(|column| (shown.to_string(), column.title.clone())));
        let room = MENDED_SHOWN - self.mended.len();
        self.mended.extend(receipt.repairs.iter().take(room).map(|cell| mend(shown, relation.unwrap_or(""), cell)));
    }

    /// Lines accepted and refused so far.
    pub fn lines(&self) -> (u64, u64) {
        (self.accepted, self.refused)
    }

    pub fn print(&self, lang: Lang) {
        let mut text = format!("{}\n", self.counts().get(lang));
        if self.replayed > 0 {
            text.push_str(&format!("{}\n", self.again().get(lang)));
        }
        text.push_str(&self.table(&self.by_reason, lang));
        for (said, table) in [
            (self.in_doubt(), self.table(&self.by_doubt, lang)),
            (left_out(), self.table(&self.by_skip, lang)),
            (not_read(), self.columns(lang)),
            (self.in_order(), self.mended(lang)),
        ] {
            if !table.is_empty() {
                text.push_str(&format!("{}\n{table}", said.get(lang)));
            }
        }
        // What was sent was sent, whoever hears of it.
        out::tell(&text, lang);
    }

    fn counts(&self) -> Said {
        let Summary { files, accepted, changed, repaired, duplicates, refused, problems, .. } = self;
        let mut said = Said::new(
            format!(
                "files {files}: lines accepted {accepted}, rows changed {changed}, cells repaired {repaired}, lines refused {refused}"
            ),
            format!("文件 {files} 个：接收 {accepted} 行，变动 {changed} 行，修正 {repaired} 格，拒收 {refused} 行"),
        );
        if *duplicates > 0 {
            said.en.push_str(&format!(", lines that repeat an earlier one {duplicates}"));
            said.zh.push_str(&format!("，与前面重复的行 {duplicates} 行"));
        }
        if *problems > 0 {
            said.en.push_str(&format!(", files not taken to their end {problems}"));
            said.zh.push_str(&format!("，未能完整接收的文件 {problems} 个"));
        }
        said
    }

    fn again(&self) -> Said {
        let Summary { replayed, parts, .. } = self;
        Said::new(
            format!(
                "{replayed} of {parts} parts had been taken before and were answered as then, without effect; --again WORD sends them anew"
            ),
            format!("{parts} 个分段中有 {replayed} 个此前已接收，按当时的结果应答，未重复入库；确需重新报送请用 --again 标记"),
        )
    }

    /// The most frequent first; empty if there are none.
    fn table(&self, reasons: &BTreeMap<Reason, Count>, lang: Lang) -> String {
        let head = match lang {
            Lang::En => ["lines", "relation", "column", "code", "first at", "what to do"],
            Lang::Zh => ["行数", "关系", "列", "代码", "首处", "如何更正"],
        };
        let mut table = Table::new(&head, &[0]);
        let mut reasons: Vec<_> = reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (Reverse(count.lines), *reason));
        for ((relation, column, code), count) in reasons {
            let Count { lines, first, message } = count;
            let (column, relation) = (self.titles.column(relation, column), self.titles.relation(relation));
            table.push([&lines.to_string(), &relation, &column, code, first, message].map(String::from).to_vec());
        }
        if table.is_empty() { String::new() } else { table.to_string() }
    }

    fn mended(&self, lang: Lang) -> String {
        let head = match lang {
            Lang::En => ["at", "column", "from and to", "how"],
            Lang::Zh => ["所在行", "列", "原文 → 读作", "方式"],
        };
        let mut table = Table::new(&head, &[]);
        for Mend { at, relation, column, change, message } in &self.mended {
            table.push([at, &self.titles.column(relation, column), change, message].map(String::from).to_vec());
        }
        if table.is_empty() { String::new() } else { table.to_string() }
    }

    fn columns(&self, lang: Lang) -> String {
        let head = match lang {
            Lang::En => ["file", "title"],
            Lang::Zh => ["文件", "标题"],
        };
        let mut table = Table::new(&head, &[]);
        self.ignored.iter().for_each(|(file, title)| table.push([file, title].map(String::from).to_vec()));
        if table.is_empty() { String::new() } else { table.to_string() }
    }

    fn in_order(&self) -> Said {
        let (all, shown) = (self.repaired, self.mended.len() as u64);
        if all > shown {
            return Said::new(
                format!("cells repaired, the first {shown} of {all} (those of persons without their text):"),
                format!("修正的单元格，共 {all} 格，先列 {shown} 格（涉及个人的不显示内容）："),
            );
        }
        Said::new(
            "cells repaired (those of persons without their text):".to_string(),
            "修正的单元格（涉及个人的不显示内容）：".to_string(),
        )
    }

    fn in_doubt(&self) -> Said {
        let n = self.doubtful;
        Said::new(format!("taken, but doubtful (cells: {n}):"), format!("已接收但有疑问（{n} 格）："))
    }
}

fn count(reasons: &mut BTreeMap<Reason, Count>, shown: &str, relation: Option<&str>, place: &Place) {
    let or_none = |text: &str| if text.is_empty() { "-".to_string() } else { text.to_string() };
    let reason = (or_none(relation.unwrap_or("")), or_none(column(&place.pointer)), place.code.clone());
    let first = || Count { lines: 0, first: format!("{shown}:{}", place.line), message: place.message.clone() };
    reasons.entry(reason).or_insert_with(first).lines += 1;
}

fn left_out() -> Said {
    Said::new("left out, being no records:", "不是记录、未读取的行：")
}

fn not_read() -> Said {
    Said::new("columns left out, as was said:", "按要求未读取的列：")
}

/// What a server of before does not say is left out.
fn mend(shown: &str, relation: &str, cell: &Mended) -> Mend {
    let read = match &cell.value {
        serde_json::Value::Null => "-".to_string(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Mend {
        at: format!("{shown}:{}", cell.place.line),
        relation: relation.to_string(),
        column: column(&cell.place.pointer).to_string(),
        change: cell.as_sent.as_ref().map_or("***".to_string(), |sent| format!("{} → {read}", sent.escape_debug())),
        message: cell.place.message.clone(),
    }
}
