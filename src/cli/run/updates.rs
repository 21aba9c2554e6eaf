//! The script of `--updates` and what is printed of it: `txn<TAB>kind<TAB>+1|-1<TAB>relation<TAB>row`, one change a line.
//!
//! The row is comma separated, quoted as in RFC 4180 where needed. Lines with the same `txn` are one transaction.

use super::{facts, structured};
use crate::program::{Column, Structures};
use crate::types::{Change, Interner, Said, Value, Word};
use std::io::Write;
use std::path::Path;

#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("cannot read {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("line {line}: not txn, kind, +1 or -1, relation, row, separated by tabs")]
    Form { line: u64 },
    #[error("line {line}: {relation} is not an input of the program")]
    Relation { line: u64, relation: String },
    #[error("line {line}: {relation} has {expected} columns")]
    Arity { line: u64, relation: String, expected: usize },
    #[error("line {line}: column {column} is no {kind}")]
    Cell { line: u64, column: String, kind: &'static str },
}

impl UpdateError {
    pub fn said(&self) -> Said {
        match self {
            UpdateError::Read { path, cause } => {
                let Said { en, zh } = Said::of_io(cause);
                Said::new(format!("cannot read {path}: {en}"), format!("无法读取 {path}：{zh}"))
            }
            UpdateError::Form { line } => Said::new(
                format!("updates line {line}: expected txn<TAB>kind<TAB>+1 or -1<TAB>relation<TAB>row"),
                format!("更新文件第 {line} 行：应为 事务<TAB>类型<TAB>+1 或 -1<TAB>关系<TAB>行"),
            ),
            UpdateError::Relation { line, relation } => Said::new(
                format!("updates line {line}: {relation} is not an input relation of the program"),
                format!("更新文件第 {line} 行：{relation} 不是程序的输入关系"),
            ),
            UpdateError::Arity { line, relation, expected } => Said::new(
                format!("updates line {line}: {relation} has {expected} columns"),
                format!("更新文件第 {line} 行：{relation} 有 {expected} 列"),
            ),
            UpdateError::Cell { line, column, kind } => Said::new(
                format!("updates line {line}: column {column} is no {kind}"),
                format!("更新文件第 {line} 行：{column} 列不是 {kind}"),
            ),
        }
    }
}

/// One change as written.
pub struct Line {
    number: u64,
    kind: String,
    insert: bool,
    relation: String,
    row: String,
}

impl Line {
    fn parse(number: u64, text: &str) -> Result<(String, Line), UpdateError> {
        let form = || UpdateError::Form { line: number };
        let mut parts = text.splitn(5, '\t');
        let mut part = || parts.next();
        let (Some(txn), Some(kind), Some(sign), Some(relation)) = (part(), part(), part(), part()) else { return Err(form()) };
        let insert = match sign {
            "+1" | "1" | "+" => true,
            "-1" | "-" => false,
            _ => return Err(form()),
        };
        let row = part().unwrap_or("").to_string();
        Ok((txn.to_string(), Line { number, kind: kind.to_string(), insert, relation: relation.to_string(), row }))
    }

    /// In the script, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    pub fn relation(&self) -> &str {
        &self.relation
    }

    pub fn insert(&self) -> bool {
        self.insert
    }

    pub fn unknown_relation(&self) -> UpdateError {
        UpdateError::Relation { line: self.number, relation: self.relation.clone() }
    }

    /// The words of the row, into `into`.
    pub fn words(
        &self,
        columns: &[Column],
        structures: &Structures,
        texts: &Interner,
        into: &mut Vec<Word>,
    ) -> Result<(), UpdateError> {
        into.clear();
        let word = |text: &str, column: &Column| facts::word(text, column, structures, texts);
        if self.row.contains('"') {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(self.row.as_bytes());
            let record = reader.records().next().and_then(Result::ok).unwrap_or_default();
            self.cells(record.iter(), columns, word, into)
        } else if columns.is_empty() && (self.row.is_empty() || self.row == "()") {
            Ok(())
        } else if columns.iter().any(|column| column.kind.is_structured()) {
            let mut cells = Vec::new();
            structured::split(&self.row, ",", true, &mut cells);
            self.cells(cells.into_iter(), columns, word, into)
        } else {
            self.cells(self.row.split(','), columns, word, into)
        }
    }

    fn cells<'a>(
        &self,
        mut cells: impl Iterator<Item = &'a str>,
        columns: &[Column],
        word: impl Fn(&str, &Column) -> Option<Word>,
        into: &mut Vec<Word>,
    ) -> Result<(), UpdateError> {
        let arity = || UpdateError::Arity { line: self.number, relation: self.relation.clone(), expected: columns.len() };
        for column in columns {
            let text = cells.next().ok_or_else(arity)?;
            let bad = || UpdateError::Cell { line: self.number, column: column.name.clone(), kind: column.kind.name() };
            into.push(word(text, column).ok_or_else(bad)?);
        }
        if cells.next().is_some() { Err(arity()) } else { Ok(()) }
    }
}

/// The lines that share a `txn`.
pub struct Transaction {
    txn: String,
    lines: Vec<Line>,
}

impl Transaction {
    pub fn txn(&self) -> &str {
        &self.txn
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The free text of the first line.
    pub fn kind(&self) -> &str {
        self.lines.first().map_or("", |line| &line.kind)
    }
}

/// The whole script; neighbouring lines with one `txn` are one transaction.
pub fn read(path: &Path) -> Result<Vec<Transaction>, UpdateError> {
    let text = std::fs::read_to_string(path).map_err(|cause| UpdateError::Read { path: path.display().to_string(), cause })?;
    parse(&text)
}

pub fn parse(text: &str) -> Result<Vec<Transaction>, UpdateError> {
    let mut transactions: Vec<Transaction> = Vec::new();
    for (i, line) in text.lines().enumerate() {
        if line.is_empty() {
            continue;
        }
        let (txn, line) = Line::parse(i as u64 + 1, line)?;
        match transactions.last_mut() {
            Some(last) if last.txn == txn => last.lines.push(line),
            _ => transactions.push(Transaction { txn, lines: vec![line] }),
        }
    }
    Ok(transactions)
}

/// Prints the changes of outputs in the form of the script.
pub struct Printer {
    to: std::io::BufWriter<std::io::Stdout>,
    failed: Option<std::io::Error>,
}

impl Printer {
    pub fn new() -> Printer {
        Printer { to: std::io::BufWriter::new(std::io::stdout()), failed: None }
    }

    pub fn print(&mut self, transaction: &Transaction, changes: Vec<(&str, Vec<Change>)>) {
        for (relation, changes) in changes {
            for change in changes {
                let (txn, kind, sign) = (transaction.txn(), transaction.kind(), if change.diff > 0 { "+1" } else { "-1" });
                let row: Vec<String> = change.row.values().iter().map(cell).collect();
                let written = writeln!(self.to, "{txn}\t{kind}\t{sign}\t{relation}\t{}", row.join(","));
                if let Err(error) = written {
                    self.failed.get_or_insert(error);
                }
            }
        }
    }

    /// Flushes; the first failure of any print is reported here.
    pub fn finish(mut self) -> std::io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.to.flush(),
        }
    }
}

fn cell(value: &Value) -> String {
    let text = value.to_string();
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Kind;

    #[test]
    fn lines_of_one_txn_are_one_transaction() {
        let script = parse("1\tinsert\t+1\tp\ta,2\n1\tinsert\t-1\tp\tb,3\n2\tx\t+1\tq\t\n").unwrap();
        assert_eq!(script.iter().map(|t| (t.txn(), t.lines().len())).collect::<Vec<_>>(), vec![("1", 2), ("2", 1)]);
        for bad in ["1\tinsert\t2\tp\ta", "1\tinsert\t+1", "x"] {
            assert!(matches!(parse(bad), Err(UpdateError::Form { line: 1 })), "{bad}");
        }
    }

    #[test]
    fn quoted_cells_are_read_and_arity_is_checked() {
        let columns = [("a", Kind::Symbol), ("b", Kind::Number)].map(|(name, kind)| Column {
            name: name.to_string(),
            kind,
            optional: false,
            type_name: kind.name().to_string(),
        });
        let (texts, none) = (Interner::new(), Structures::default());
        let mut words = Vec::new();
        let line = |row: &str| Line::parse(1, &format!("1\tk\t+1\tp\t{row}")).unwrap().1;
        line("\"x,\"\"y\"\"\",7").words(&columns, &none, &texts, &mut words).unwrap();
        assert_eq!(&*texts.text(words[0]), "x,\"y\"");
        assert!(matches!(line("x").words(&columns, &none, &texts, &mut words), Err(UpdateError::Arity { .. })));
        assert!(matches!(line("x,1,2").words(&columns, &none, &texts, &mut words), Err(UpdateError::Arity { .. })));
        assert!(matches!(line("x,1 ").words(&columns, &none, &texts, &mut words), Err(UpdateError::Cell { .. })));
    }
}
