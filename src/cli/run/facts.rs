//! Fact files, as Soufflé reads them: one row a line, cells by a delimiter, no escapes; or by RFC 4180.
//!
//! A file that `gzip` packed is unpacked. Extra cells are ignored, missing ones are an error, a number with anything after it is an error. An
//! empty cell in an optional column is absent.

use super::{gzip, structured};
use crate::program::{Column, Io, Relation, Structures};
use crate::types::{Interner, Kind, Said, Value, Word, absent_word, parse_date, parse_datetime};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A fact file that cannot be read, with the place.
#[derive(Debug, thiserror::Error)]
pub enum FactsError {
    #[error("cannot open fact file {path}: {cause}")]
    Open { relation: String, path: String, cause: std::io::Error },
    #[error("{path} line {line}: values missing")]
    Missing { path: String, line: u64, expected: usize },
    #[error("{path} line {line} column {column}: not a {kind}")]
    Cell { path: String, line: u64, column: String, kind: &'static str },
    #[error("{path} line {line} byte {byte}: not UTF-8")]
    Encoding { path: String, line: u64, byte: usize, found: u8 },
    #[error("{path}: damaged gzip file")]
    Packed { path: String },
    #[error("{path} line {line}: {cause}")]
    Csv { path: String, line: u64, cause: String },
    #[error("{path} line {line} column {column}: not a list of rows in JSON")]
    NotJson { path: String, line: usize, column: usize },
    #[error("{path} row {row}: {column} does not fit the relation")]
    JsonRow { path: String, row: usize, column: String },
    #[error("relation {relation}: {value} is no {parameter}")]
    Parameter { relation: String, parameter: &'static str, value: String },
    #[error("the clock {relation} has {rows} rows")]
    Clock { relation: String, rows: usize },
}

impl FactsError {
    pub fn said(&self) -> Said {
        match self {
            FactsError::Open { relation, path, cause } => Said::new(
                format!("Error loading {relation} data: cannot open fact file {path}: {}", Said::of_io(cause).en),
                format!("读取 {relation} 失败：无法打开事实文件 {path}：{}", Said::of_io(cause).zh),
            ),
            FactsError::Missing { path, line, expected } => Said::new(
                format!("Values missing in line {line} of {path}: {expected} columns are expected"),
                format!("{path} 第 {line} 行缺少值：应有 {expected} 列"),
            ),
            FactsError::Cell { path, line, column, kind } => Said::new(
                format!("Error converting column {column} in line {line} of {path}: it is no {kind}"),
                format!("{path} 第 {line} 行 {column} 列不是 {kind}"),
            ),
            FactsError::Encoding { path, line, byte, found } => Said::new(
                format!(
                    "{path} line {line}: byte {byte} of it (0x{found:02X}) is not UTF-8; convert the file first, for example \
                     `iconv -f GB18030 -t UTF-8` or `iconv -f LATIN1 -t UTF-8`"
                ),
                format!(
                    "{path} 第 {line} 行第 {byte} 字节（0x{found:02X}）不是 UTF-8；请先转换编码，例如 `iconv -f GB18030 -t UTF-8`"
                ),
            ),
            FactsError::Packed { path } => Said::new(
                format!("{path} is packed by gzip and damaged, or too large: see `gzip -t`"),
                format!("{path} 是 gzip 压缩文件，但已损坏或过大：请用 `gzip -t` 检查"),
            ),
            FactsError::Csv { path, line, cause } => {
                Said::new(format!("{path} line {line}: {cause}"), format!("{path} 第 {line} 行：{cause}"))
            }
            FactsError::NotJson { path, line, column } => Said::new(
                format!("{path} line {line} column {column}: not a list of rows in JSON"),
                format!("{path} 第 {line} 行第 {column} 列：不是由各行组成的 JSON 列表"),
            ),
            FactsError::JsonRow { path, row, column } if column.is_empty() => Said::new(
                format!("{path}: row {row} does not have the columns of the relation"),
                format!("{path}：第 {row} 项的列数与关系不符"),
            ),
            FactsError::JsonRow { path, row, column } => Said::new(
                format!("{path}: column {column} of row {row} does not fit the relation"),
                format!("{path}：第 {row} 项的 {column} 列与关系不符"),
            ),
            FactsError::Parameter { relation, parameter, value } => Said::new(
                format!("relation {relation}: \"{value}\" is no valid {parameter}"),
                format!("关系 {relation}：“{value}”不是有效的 {parameter}"),
            ),
            FactsError::Clock { relation, rows } => Said::new(
                format!(
                    "the clock {relation} must have exactly one row, it has {rows}; give one in {relation}.facts or with --now"
                ),
                format!("时钟 {relation} 必须恰有一行，现有 {rows} 行；请在 {relation}.facts 或 --now 中给出"),
            ),
        }
    }
}

/// How one file is laid out.
pub struct Layout {
    pub path: PathBuf,
    /// Not from the file, but from standard input.
    stdin: bool,
    delimiter: String,
    quoted: bool,
    header: bool,
    /// For each column of the relation the cell it is read from.
    cells: Vec<usize>,
}

impl Layout {
    /// From the parameters of `.input`; a `.record` without a `.facts` file may have a `.csv` with a header.
    pub fn of(relation: &Relation, io: &Io, folder: &Path) -> Result<Layout, FactsError> {
        let get = |key: &str| io.params.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str());
        let quoted = get("rfc4180") == Some("true");
        let plain = |name: &str| folder.join(name);
        let path = plain(get("filename").or(get("name")).unwrap_or(&format!("{}.facts", relation.name)));
        let csv = plain(&format!("{}.csv", relation.name));
        if relation.record.is_some() && get("filename").is_none() && !path.exists() && csv.exists() {
            return Layout::with_header(relation, csv);
        }
        let cells = match get("columns") {
            None => (0..relation.arity()).collect(),
            Some(text) => text.split(':').map(str::parse).collect::<Result<Vec<usize>, _>>().map_err(|_| {
                FactsError::Parameter { relation: relation.name.clone(), parameter: "columns", value: text.to_string() }
            })?,
        };
        if cells.len() != relation.arity() {
            let value = get("columns").unwrap_or_default().to_string();
            return Err(FactsError::Parameter { relation: relation.name.clone(), parameter: "columns", value });
        }
        let delimiter = get("delimiter").map(unescaped).unwrap_or_else(|| if quoted { "," } else { "\t" }.to_string());
        if delimiter.is_empty() || (quoted && (delimiter.len() != 1 || delimiter == "\"")) {
            return Err(FactsError::Parameter { relation: relation.name.clone(), parameter: "delimiter", value: delimiter });
        }
        let stdin = get("IO") == Some("stdin");
        let path = if stdin { PathBuf::from("-") } else { path };
        Ok(Layout { path, stdin, delimiter, quoted, header: get("headers") == Some("true"), cells })
    }

    fn with_header(relation: &Relation, path: PathBuf) -> Result<Layout, FactsError> {
        let open = |cause| FactsError::Open { relation: relation.name.clone(), path: path.display().to_string(), cause };
        let text = std::fs::read(&path).map_err(open)?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_slice());
        let header = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let cells = relation.columns.iter().map(|column| {
            let found = header.iter().position(|cell| cell.trim_start_matches('\u{feff}') == column.name);
            found.ok_or_else(|| FactsError::Parameter {
                relation: relation.name.clone(),
                parameter: "header (a column is missing)",
                value: column.name.clone(),
            })
        });
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        Ok(Layout { path, stdin: false, delimiter: ",".to_string(), quoted: true, header: true, cells })
    }
}

impl Layout {
    fn bytes(&self) -> std::io::Result<Vec<u8>> {
        if !self.stdin {
            return std::fs::read(&self.path);
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\t", "\t")
}

/// Reads the whole file, one call of `row` for each line.
pub fn read(
    layout: &Layout,
    relation: &Relation,
    structures: &Structures,
    texts: &Interner,
    mut row: impl FnMut(&[Word]),
) -> Result<(), FactsError> {
    let path = layout.path.display().to_string();
    let open = |cause| FactsError::Open { relation: relation.name.clone(), path: path.clone(), cause };
    let bytes = gzip::unpacked(layout.bytes().map_err(open)?).ok_or_else(|| FactsError::Packed { path: path.clone() })?;
    let columns = &relation.columns;
    let mut reader = Cells { path: &path, columns, cells: &layout.cells, structures, texts, words: Vec::new() };
    let parentheses = columns.iter().any(|column| column.kind == Kind::Adt);
    if layout.quoted {
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(layout.header)
            .flexible(true)
            .delimiter(layout.delimiter.as_bytes()[0])
            .from_reader(bytes.as_slice());
        for record in csv.records() {
            let record = record.map_err(|error| match std::str::from_utf8(&bytes) {
                Err(at) => encoding(&path, &bytes, at.valid_up_to()),
                Ok(_) => csv_error(&path, &error),
            })?;
            let line = record.position().map_or(0, |p| p.line());
            row(reader.row(line, |i| record.get(i))?);
        }
        return Ok(());
    }
    let mut found: Vec<&str> = Vec::new();
    let text = std::str::from_utf8(&bytes).map_err(|at| encoding(&path, &bytes, at.valid_up_to()))?;
    for (i, text) in lines(text).enumerate().skip(usize::from(layout.header)) {
        let number = i as u64 + 1;
        split(text, &layout.delimiter, parentheses, &mut found);
        row(reader.row(number, |i| found.get(i).copied())?);
    }
    Ok(())
}

/// The byte at this place of the file is no text.
fn encoding(path: &str, bytes: &[u8], at: usize) -> FactsError {
    let before = &bytes[..at];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count() as u64;
    let byte = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    FactsError::Encoding { path: path.to_string(), line, byte, found: bytes[at] }
}

fn csv_error(path: &str, error: &csv::Error) -> FactsError {
    let line = error.position().map_or(0, |p| p.line());
    FactsError::Csv { path: path.to_string(), line, cause: "not well-formed CSV in UTF-8".to_string() }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let none = text.is_empty();
    body.split('\n').filter(move |_| !none).map(|line| line.strip_suffix('\r').unwrap_or(line))
}

fn split<'a>(text: &'a str, delimiter: &str, parentheses: bool, found: &mut Vec<&'a str>) {
    if delimiter.contains(',') && text.contains(['[', '(']) {
        return structured::split(text, delimiter, parentheses, found);
    }
    found.clear();
    match delimiter.as_bytes() {
        [byte] if byte.is_ascii() => found.extend(text.split(char::from(*byte))),
        _ => found.extend(text.split(delimiter)),
    }
}

/// Turns the cells of a line into words.
struct Cells<'a> {
    path: &'a str,
    columns: &'a [Column],
    cells: &'a [usize],
    structures: &'a Structures,
    texts: &'a Interner,
    words: Vec<Word>,
}

impl Cells<'_> {
    fn row<'c>(&mut self, line: u64, cell: impl Fn(usize) -> Option<&'c str>) -> Result<&[Word], FactsError> {
        self.words.clear();
        for (column, &at) in self.columns.iter().zip(self.cells) {
            let missing = || FactsError::Missing { path: self.path.to_string(), line, expected: self.columns.len() };
            let text = cell(at).ok_or_else(missing)?;
            let value = word(text, column, self.structures, self.texts).ok_or_else(|| FactsError::Cell {
                path: self.path.to_string(),
                line,
                column: column.name.clone(),
                kind: column.kind.name(),
            })?;
            self.words.push(value);
        }
        Ok(&self.words)
    }
}

/// The word of one cell, `None` if it is not of the column's kind.
pub fn word(text: &str, column: &Column, structures: &Structures, texts: &Interner) -> Option<Word> {
    if column.optional && text.is_empty() {
        return Some(texts.encode(&Value::Absent, column.kind));
    }
    match structures.of(&column.type_name) {
        Some(of) => structured::read(text, of, structures, texts),
        None => plain(text, column.kind, texts).and_then(|word| present(word, column)),
    }
}

/// Where a cell may be absent, one value stands for that and cannot be written; elsewhere it is a value like any other.
pub(super) fn present(word: Word, column: &Column) -> Option<Word> {
    (!column.optional || word != absent_word(column.kind)).then_some(word)
}

/// Of a value that is not structured.
pub(super) fn plain(text: &str, kind: Kind, texts: &Interner) -> Option<Word> {
    // As Soufflé reads numbers: blanks before them do not count, anything behind them does.
    let number = text.trim_start_matches([' ', '\t']);
    let value = match kind {
        Kind::Symbol => return Some(texts.intern(text)),
        Kind::Number => Value::Number(number.parse().ok()?),
        Kind::Unsigned => Value::Unsigned(unsigned(number)?),
        Kind::Float => Value::float(number.parse().ok()?),
        Kind::Date => Value::Date(parse_date(text).ok()?),
        Kind::Datetime => Value::Datetime(parse_datetime(text).ok()?),
        Kind::Record | Kind::Adt => return None,
    };
    Some(texts.encode(&value, kind))
}

fn unsigned(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x") {
        u64::from_str_radix(hex, 16).ok()
    } else if let Some(binary) = text.strip_prefix("0b") {
        u64::from_str_radix(binary, 2).ok()
    } else {
        text.parse().ok()
    }
}
