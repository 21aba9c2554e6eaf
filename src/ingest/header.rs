//! The first line of a table: which column stands under which title, or what is wrong with the file as a whole; and the lines after it.
//!
//! Promises: a title is known in any width, with any spaces, under any brackets. What is not known is told by its place and, where one is
//! near, by the known title that may have been meant; never by its own words, since in a file without a header they would be somebody's
//! name.

use super::charset::Charset;
use super::form::{Form, Slot};
use super::intake::IngestError;
use super::line::{Op, Refused, Submitted};
use super::quote::Opened;
use super::refusal;
use super::spelling::trimmed;
use crate::program::Column;
use crate::types::{Row, Said, is_space, narrow};
use std::collections::HashMap;

/// What the request says of the titles of its file.
#[derive(Clone, Default, Debug)]
pub struct Titles {
    /// Further ones: title, name of the column.
    pub own: Vec<(String, String)>,
    /// Of columns that are left out.
    pub ignored: Vec<String>,
}

/// Characters of a title for which a near one is looked for; what is longer is no title.
const TITLE_CHARS: usize = 64;

/// Titles that are looked at: so many times the columns of the relation, and a few more. A longer header is another table's, or no header.
const MORE_COLUMNS: usize = 4;
const FEW_COLUMNS: usize = 16;

/// What is wrong with the header: the code, the pointer, and a sentence where that of the code does not say enough.
type Mistake = (&'static str, String, Option<Said>);

impl Titles {
    /// The columns of a file that are to be left out, by place and by the title that was given.
    fn left_out(&self, titles: &[&str]) -> Vec<(usize, String)> {
        let find = |title: &str| self.ignored.iter().find(|given| bare(given) == bare(title));
        titles.iter().enumerate().filter_map(|(i, title)| Some((i, find(title)?.clone()))).collect()
    }
}

/// A header as it was read.
pub(super) struct Header<'a> {
    pub cells: &'a csv::ByteRecord,
    pub line: u64,
    pub open: Option<Opened>,
    pub charset: Charset,
}

impl Header<'_> {
    /// The column of the relation for each cell. A file that lacks a required column is refused here, once, not on every line.
    pub(super) fn columns(&self, form: &Form, own: &Titles) -> Result<Columns, IngestError> {
        if let Some(open) = self.open {
            return Err(self.wrong(form, vec![(refusal::OPEN_QUOTE, format!("/header/{}", open.cell), None)]));
        }
        let most = MORE_COLUMNS * form.relation.arity() + FEW_COLUMNS;
        let untitled = self.cells.iter().rev().take_while(|cell| is_blank(cell)).count();
        let titled = self.cells.len() - untitled;
        if titled > most {
            return Err(self.wrong(form, vec![(refusal::TOO_MANY_COLUMNS, "/header".to_string(), Some(too_many(titled, form)))]));
        }
        let titles = self.titles(titled)?;
        let known = Known::of(form, &own.own);
        let find = |title: &str| known.find(title);
        if let [only] = titles[..]
            && find(only).is_none()
            && let Some(separator) = SEPARATORS.iter().find(|s| separates(s.mark, only, find))
        {
            return Err(self.wrong(form, vec![(refusal::WRONG_SEPARATOR, "/header".to_string(), Some(separator.said()))]));
        }
        let ignored = own.left_out(&titles);
        let is_ignored = |i: usize| ignored.iter().any(|(place, _)| *place == i);
        let found: Vec<Option<usize>> =
            titles.iter().enumerate().map(|(i, title)| find(title).filter(|_| !is_ignored(i))).collect();
        let near: Vec<Option<(&str, usize)>> = titles.iter().map(|title| known.near(title)).collect();
        if found.iter().all(Option::is_none) && near.iter().all(Option::is_none) {
            return Err(self.wrong(form, vec![(refusal::NO_HEADER, "/header".to_string(), Some(no_header(form)))]));
        }
        let mut mistakes = Vec::new();
        for (i, title) in titles.iter().enumerate() {
            let place = format!("/header/{i}");
            match found[i] {
                None if is_ignored(i) => {}
                None => mistakes.push((refusal::UNKNOWN_COLUMN, place, Some(unknown(i, title, near[i], form)))),
                Some(column) => {
                    if let Some(first) = found[..i].iter().position(|earlier| *earlier == Some(column)) {
                        mistakes.push((refusal::DUPLICATE_COLUMN, place, Some(twice(first, i, column, form))));
                    }
                }
            }
        }
        for (i, column) in form.relation.columns.iter().enumerate() {
            if !column.optional && !found.contains(&Some(i)) {
                mistakes.push((refusal::MISSING_COLUMN, format!("/row/{}", column.name), Some(missing(i, form))));
            }
        }
        if !mistakes.is_empty() {
            return Err(self.wrong(form, mistakes));
        }
        Ok(Columns { targets: found, ignored, untitled, charset: self.charset })
    }

    fn titles(&self, titled: usize) -> Result<Vec<&str>, IngestError> {
        let no_text = |_| IngestError::Charset { said: self.charset, looks: None };
        self.cells.iter().take(titled).map(|cell| std::str::from_utf8(cell).map_err(no_text)).collect()
    }

    fn wrong(&self, form: &Form, mistakes: Vec<Mistake>) -> IngestError {
        let (plain, own): (Vec<_>, Vec<_>) = mistakes.into_iter().map(|(code, place, said)| ((code, place), said)).unzip();
        let refused = form.refuse(self.line, Op::Insert, plain, Row::default());
        let told = refused.into_iter().zip(own).map(|(refused, own)| match own {
            Some(message) => Refused { message, ..refused },
            None => refused,
        });
        IngestError::Header(told.collect())
    }
}

/// What stands where in every line of the file.
#[derive(Default)]
pub(super) struct Columns {
    /// Column of the relation for each column of the file; none for one that is left out.
    targets: Vec<Option<usize>>,
    /// Those, by place, and by the title under which the request left them out.
    pub(super) ignored: Vec<(usize, String)>,
    /// Cells without a title at the end of the header. Lines may have as many, empty ones.
    untitled: usize,
    charset: Charset,
}

impl Columns {
    pub(super) fn judge(&self, line: u64, cells: &csv::ByteRecord, form: &Form, op: Op) -> Result<Submitted, Vec<Refused>> {
        let (stand, expected) = (cells.len(), self.targets.len());
        let beyond = stand.checked_sub(expected).filter(|beyond| *beyond <= self.untitled);
        if beyond.is_none_or(|beyond| !cells.iter().rev().take(beyond).all(is_blank)) {
            return Err(form.refuse(line, op, vec![(refusal::WRONG_LENGTH, refusal::cells(stand, expected))], Row::default()));
        }
        let mut mistakes = Vec::new();
        let mut slots = vec![Slot::Missing; form.relation.arity()];
        for (i, column) in self.targets.iter().enumerate() {
            let (Some(column), cell) = (*column, &cells[i]) else { continue };
            let cell = if i + 1 == stand { cell.strip_suffix(b"\r").unwrap_or(cell) } else { cell };
            match std::str::from_utf8(cell) {
                Ok(text) => slots[column] = Slot::Text(text),
                Err(_) => mistakes.push((self.no_text(), form.pointer(column))),
            }
        }
        if !mistakes.is_empty() {
            return Err(form.refuse(line, op, mistakes, Row::default()));
        }
        form.line_of(line, op, &slots, mistakes)
    }

    /// A quotation mark that is never closed. Without a key: what it swallowed could be the line of any row.
    pub(super) fn never_closed(&self, open: Opened, form: &Form, op: Op) -> Vec<Refused> {
        let place = self.targets.get(open.cell).copied().flatten().map(|column| form.pointer(column)).unwrap_or_default();
        form.refuse(open.line, op, vec![(refusal::OPEN_QUOTE, place)], Row::default())
    }

    /// What bytes are told as that are no text.
    fn no_text(&self) -> &'static str {
        match self.charset {
            Charset::Utf8 => refusal::NOT_UTF8,
            Charset::Gb18030 => refusal::NOT_IN_CHARSET,
        }
    }
}

/// One text above a table of several columns, as spreadsheets write the name of the whole.
pub(super) fn is_caption(cells: &csv::ByteRecord) -> bool {
    cells.iter().filter(|cell| !is_blank(cell)).take(2).count() == 1
}

/// None of its cells is a title.
pub(super) fn has_no_title(wrong: &IngestError) -> bool {
    matches!(wrong, IngestError::Header(refused) if refused.iter().any(|one| one.code == refusal::NO_HEADER))
}

/// What stands first in a line of totals.
const TOTALS: [&str; 9] = ["合计", "总计", "共计", "小计", "累计", "总数", "total", "totals", "sum"];

/// A line that sums up those above it: its first text says so.
pub(super) fn is_totals(cells: &csv::ByteRecord) -> bool {
    let first = cells.iter().find(|cell| !is_blank(cell)).and_then(|cell| std::str::from_utf8(cell).ok());
    first.is_some_and(|text| TOTALS.contains(&bare(text).trim_end_matches(':')))
}

/// Under a table, who made it and what is to be said of it: each text begins with what it is about and a colon, or follows one that is
/// nothing else. A code of an agency has a colon too; what stands before that is Latin.
pub(super) fn is_remark(cells: &csv::ByteRecord) -> bool {
    let mut announced = false;
    let mut texts =
        cells.iter().filter(|cell| !is_blank(cell)).map(|cell| std::str::from_utf8(cell).map(bare).unwrap_or_default());
    texts.all(|text| match text.split_once(':') {
        Some((about, said)) if is_subject(about) => {
            announced = said.is_empty();
            true
        }
        Some(_) | None => std::mem::take(&mut announced),
    })
}

/// The longest of what a remark says that it is about, as 填报单位(盖章).
const SUBJECT_CHARS: usize = 12;

fn is_subject(about: &str) -> bool {
    let chars = about.chars().count();
    (1..=SUBJECT_CHARS).contains(&chars)
        && about.chars().all(|c| (c.is_alphabetic() && !c.is_ascii()) || matches!(c, '(' | ')' | '/' | '、'))
}

/// A table whose titles stand under its name.
pub(super) fn caption(form: &Form, line: u64, header: u64) -> IngestError {
    let said = Said::new(
        format!("line {line} names the whole table; its titles stand on line {header}: delete what stands above them"),
        format!("第 {line} 行起是整个表格的名称或说明，各列标题在第 {header} 行：请删除标题行以上的内容"),
    );
    let refused = form.refuse(line, Op::Insert, vec![(refusal::NO_HEADER, "/header".to_string())], Row::default());
    IngestError::Header(refused.into_iter().map(|one| Refused { message: said.clone(), ..one }).collect())
}

/// Nothing that can be seen.
pub(super) fn is_blank(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| trimmed(text).is_empty())
}

/// A file whose lines nobody ended with a line feed: all of it would be its header.
pub(super) fn line_ends(form: &Form) -> IngestError {
    IngestError::Header(form.refuse(1, Op::Insert, vec![(refusal::LINE_ENDS, "/header".to_string())], Row::default()))
}

/// A title as it is compared: narrow, without spaces and what cannot be seen, one kind of brackets, small letters.
pub(super) fn bare(title: &str) -> String {
    let one = |c| match narrow(c).to_ascii_lowercase() {
        '[' | '{' | '〔' | '【' | '「' | '『' | '《' | '〈' => '(',
        ']' | '}' | '〕' | '】' | '」' | '』' | '》' | '〉' => ')',
        other => other,
    };
    title.chars().filter(|c| !is_space(*c)).map(one).collect()
}

/// The titles that there are, as they are compared; made once for a header.
struct Known<'a> {
    form: &'a Form<'a>,
    /// Of the request: the column that a title names.
    own: HashMap<String, &'a str>,
    /// All of them, with how they are written and their column.
    all: Vec<(Vec<char>, &'a str, usize)>,
}

impl<'a> Known<'a> {
    fn of(form: &'a Form<'a>, own: &'a [(String, String)]) -> Known<'a> {
        let given = own.iter().filter_map(|(title, column)| Some((title.as_str(), form.titled(column)?)));
        let all = given.chain(form.titles()).map(|(title, column)| (bare(title).chars().collect(), title, column)).collect();
        let mut of_request = HashMap::new();
        for (title, column) in own {
            of_request.entry(bare(title)).or_insert(column.as_str());
        }
        Known { form, own: of_request, all }
    }

    /// The column under a title of the request, or of the relation.
    fn find(&self, title: &str) -> Option<usize> {
        let given = self.own.get(&bare(title));
        self.form.titled(given.map_or(title, |column| column))
    }

    /// The one known title that is a slip away, and its column.
    fn near(&self, title: &str) -> Option<(&'a str, usize)> {
        let title: Vec<char> = bare(title).chars().take(TITLE_CHARS + 1).collect();
        if title.len() > TITLE_CHARS {
            return None;
        }
        let slips = self.all.iter().filter_map(|(known, written, column)| Some((slips(&title, known)?, *written, *column)));
        let (_, written, column) = slips.min_by_key(|(n, ..)| *n)?;
        Some((written, column))
    }
}

/// Characters to be put in, left out, changed, or swapped with their neighbour; `None` if they are too many for a slip: more than one in
/// three, or three.
fn slips(title: &[char], known: &[char]) -> Option<usize> {
    let most = (title.len().max(known.len()) / 3).min(3);
    if title.len().abs_diff(known.len()) > most {
        return None;
    }
    // Distances between the beginnings of the two.
    let mut table = vec![vec![0; known.len() + 1]; title.len() + 1];
    for i in 0..=title.len() {
        for j in 0..=known.len() {
            table[i][j] = match (i, j) {
                (0, n) | (n, 0) => n,
                _ => {
                    let changed = table[i - 1][j - 1] + usize::from(title[i - 1] != known[j - 1]);
                    let other = changed.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && title[i - 1] == known[j - 2] && title[i - 2] == known[j - 1];
                    if swapped { other.min(table[i - 2][j - 2] + 1) } else { other }
                }
            };
        }
    }
    Some(table[title.len()][known.len()]).filter(|n| *n <= most)
}

fn unknown(i: usize, title: &str, near: Option<(&str, usize)>, form: &Form) -> Said {
    let n = i + 1;
    if bare(title).is_empty() {
        return Said::new(
            format!("title {n} of the header is empty; delete this column, or give it its title"),
            format!("表头第 {n} 列没有标题；请删除此列，或填写标题"),
        );
    }
    match near {
        Some((known, column)) => {
            let name = &form.relation.columns[column].name;
            Said::new(
                format!(
                    "title {n} of the header is not known; near it is “{known}”, of the column {name}; rename it, or leave this column out (ignore=)"
                ),
                format!("表头第 {n} 列的标题无法识别；相近的标题是“{known}”（列 {name}）；请改正，或不读取此列（ignore=）"),
            )
        }
        None => Said::new(
            format!(
                "title {n} of the header is not known; rename it to a title of the relation, or leave this column out (ignore=)"
            ),
            format!("表头第 {n} 列的标题无法识别；请改为此关系的标题，或不读取此列（ignore=）"),
        ),
    }
}

fn missing(column: usize, form: &Form) -> Said {
    let name = &form.relation.columns[column].name;
    let title = form.relation.record.as_ref().map_or(name.as_str(), |record| record.title_of(column, &form.relation.columns));
    Said::new(
        format!("the column {name} is missing and may not be; its title is “{title}”"),
        format!("缺少列“{title}”（{name}），且此列不能缺少"),
    )
}

fn twice(first: usize, second: usize, column: usize, form: &Form) -> Said {
    let (name, first, second) = (&form.relation.columns[column].name, first + 1, second + 1);
    Said::new(
        format!("titles {first} and {second} of the header both stand for the column {name}; keep one of them"),
        format!("表头第 {first} 列和第 {second} 列都对应列 {name}；请只保留其中一列"),
    )
}

fn too_many(titled: usize, form: &Form) -> Said {
    let columns = form.relation.arity();
    Said::new(
        format!("the header has {titled} cells and the relation {columns} columns; take away what does not belong to it"),
        format!("表头有 {titled} 列，此关系只有 {columns} 列；请删除多余的列"),
    )
}

fn no_header(form: &Form) -> Said {
    let needed = form.relation.columns.iter().enumerate().filter(|(_, column)| !column.optional);
    let shown = |(i, column): (usize, &Column)| match form.titles().find(|(_, of)| *of == i) {
        Some((title, _)) if title != column.name => format!("{title} ({})", column.name),
        _ => column.name.clone(),
    };
    let needed = needed.map(shown).collect::<Vec<_>>().join(", ");
    Said::new(
        format!(
            "the file has no header: nothing on its first line is a title of this relation. Put one before it; it needs {needed}"
        ),
        format!("文件没有表头：首行没有一个是此关系的标题。请补上表头；必需的列：{needed}"),
    )
}

struct Separator {
    mark: char,
    en: &'static str,
    zh: &'static str,
}

const SEPARATORS: [Separator; 7] = [
    Separator { mark: ';', en: "semicolons", zh: "分号" },
    Separator { mark: '\t', en: "tabs", zh: "制表符" },
    Separator { mark: '|', en: "vertical bars", zh: "竖线" },
    Separator { mark: '，', en: "full-width commas", zh: "全角逗号" },
    Separator { mark: '；', en: "full-width semicolons", zh: "全角分号" },
    Separator { mark: '、', en: "enumeration commas", zh: "顿号" },
    Separator { mark: ' ', en: "spaces", zh: "空格" },
];

impl Separator {
    fn said(&self) -> Said {
        let (en, zh) = (self.en, self.zh);
        Said::new(
            format!("the cells are separated by {en}; save the file as CSV, separated by commas"),
            format!("单元格以{zh}分隔；请另存为以半角逗号分隔的 CSV"),
        )
    }
}

/// Between the marks there are titles, two at least.
fn separates(mark: char, cell: &str, find: impl Fn(&str) -> Option<usize>) -> bool {
    cell.split(mark).filter(|part| find(part).is_some()).take(2).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_compared_without_width_spaces_and_kinds_of_brackets() {
        for written in ["罚款金额（元）", "罚款金额(元)", " 罚款 金额〔元〕\u{200b}", "\u{feff}罚款金额【元】", "罚款金额［元］"]
        {
            assert_eq!(bare(written), "罚款金额(元)");
        }
        assert_eq!(bare("ＩＤ＿ＮＯ"), "id_no");
    }

    #[test]
    fn a_slip_is_a_third_at_most() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let slips = |a: &str, b: &str| slips(&chars(a), &chars(b));
        for (a, b, want) in [
            ("决定日", "决定日期", Some(1)),
            ("决定日斯", "决定日期", Some(1)),
            ("处罚决定书号码", "处罚决定书文号", Some(2)),
            ("决定文书号", "决定书文号", Some(1)),
            ("decison_dat", "decision_date", Some(2)),
            ("吴某", "姓名", None),
            ("姓", "姓名", None),
            ("名字", "姓名", None),
            ("姓名", "姓名", Some(0)),
            ("abcdefghijkl", "abcdefgh", None),
        ] {
            assert_eq!(slips(a, b), want, "{a} {b}");
            assert_eq!(slips(b, a), want, "{b} {a}");
        }
    }
}
