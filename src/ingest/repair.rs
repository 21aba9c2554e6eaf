//! Every way in which a cell was read as something other than its very text, with its sentence.
//!
//! Promises: the way follows from the column, the text as sent and the value alone, so that an answer can be given again from the journal, in the same
//! words. No sentence holds a value. Codes are kept for ever.

use super::spelling::{Spelled, identity, trimmed};
use crate::program::Relation;
use crate::types::{Said, Value};

/// Code, English, Chinese.
pub const CODES: &[(&str, &str, &str)] = &[
    ("white-space", "white space or invisible characters around the text were left out", "已去除文本前后的空白或不可见字符"),
    ("no-value", "the sign was read as “no value”", "该符号已按“无值”处理"),
    ("date-spelling", "the date was written in another form; it was read as YYYY-MM-DD", "日期写法不规范，已按 YYYY-MM-DD 读取"),
    (
        "number-spelling",
        "the number was written in another form; it was read as plain digits",
        "数字写法不规范，已按半角数字读取",
    ),
    (
        "word-spelling",
        "another word was written; it was read as the word of this column that means it",
        "用语写法不规范，已按此列规定的用语读取",
    ),
    (
        "identity-spelling",
        "the identity number was written in another form; width, spaces, hyphens and the final X were put right",
        "身份号码写法不规范，已统一半角、空格、连字符和末位 X",
    ),
    (
        "code-spelling",
        "the code was written in another width or with spaces in it; it was read without",
        "代码写法不规范，已统一为半角并去除空格",
    ),
    (
        "same-number",
        "the number is there already in another spelling; the line was read as that row, which keeps the first spelling",
        "同一编号已有另一种写法；本行按已有的那一行读取，仍保留最先的写法",
    ),
];

/// What was done to a cell of this column.
pub fn code(as_sent: &str, value: &Value, relation: &Relation, column: usize) -> &'static str {
    let record = relation.record.as_ref();
    let has_words = record.is_some_and(|record| record.words_of(column).is_some());
    let has_form = record.is_some_and(|record| record.look_of(column).is_some());
    let is_alike = record.is_some_and(|record| record.alike.iter().any(|(alike, _)| *alike == column));
    match value {
        Value::Absent | Value::Record(_) | Value::Adt(_) => "no-value",
        Value::Date(_) | Value::Datetime(_) => "date-spelling",
        Value::Number(_) | Value::Unsigned(_) | Value::Float(_) => "number-spelling",
        Value::Symbol(text) if **text == *trimmed(as_sent) => "white-space",
        Value::Symbol(_) if has_words => "word-spelling",
        Value::Symbol(_) if has_form => "code-spelling",
        Value::Symbol(text) if is_alike && !is_mended_number(as_sent, text, relation, column) => "same-number",
        Value::Symbol(_) => "identity-spelling",
    }
}

/// An identity number that is there in the very form into which the door puts it.
fn is_mended_number(as_sent: &str, text: &str, relation: &Relation, column: usize) -> bool {
    let is_identity = relation.record.as_ref().is_some_and(|record| record.identity.contains(&column));
    let read = || match identity(as_sent) {
        Ok(Spelled::Clean(read) | Spelled::Mended(read)) => *read == *text,
        Err(_) => false,
    };
    is_identity && read()
}

pub fn said(code: &str) -> Said {
    let known = CODES.iter().find(|(name, _, _)| *name == code);
    known.map_or_else(|| Said::new(code, code), |(_, en, zh)| Said::new(*en, *zh))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::Likeness;
    use crate::program::{Check, Column, KnownWord, Must, RecordDecl};
    use crate::syntax::Span;
    use crate::types::Kind;

    /// `r(text, kind, no, id, area)`; the second takes certain words, the next have several spellings, the fourth is an identity number, the
    /// last a code of six digits.
    fn relation() -> Relation {
        let column = |name: &str| Column { name: name.to_string(), kind: Kind::Symbol, optional: true, type_name: String::new() };
        let record = RecordDecl {
            key: vec![0],
            owners: Vec::new(),
            by: None,
            since: None,
            personal: Vec::new(),
            identity: vec![3],
            title: String::new(),
            titles: Vec::new(),
            words: vec![(1, vec![KnownWord { word: "penalty".to_string(), also: vec!["处罚".to_string()] }])],
            alike: vec![(2, Likeness::DocKey), (3, Likeness::Id18)],
            checks: vec![Check { column: 4, must: Must::Look("######".to_string()) }],
            past: Vec::new(),
        };
        Relation {
            name: "r".to_string(),
            columns: ["text", "kind", "no", "id", "area"].map(column).into(),
            input: None,
            outputs: Vec::new(),
            printsize: false,
            record: Some(record),
            clue: None,
            clock: false,
            span: Span::default(),
        }
    }

    #[test]
    fn each_way_has_its_sentence_in_both_languages() {
        let symbol = Value::symbol;
        for (column, as_sent, value, want) in [
            (0, " 吴\u{3000}", symbol("吴"), "white-space"),
            (0, "-", Value::Absent, "no-value"),
            (0, "2022/7/15", Value::Date(19_188), "date-spelling"),
            (0, "1,000", Value::Number(1000), "number-spelling"),
            (1, "penalty ", symbol("penalty"), "white-space"),
            (1, "处罚", symbol("penalty"), "word-spelling"),
            (2, " 〔1〕 ", symbol("〔1〕"), "white-space"),
            (2, "〔０1〕", symbol("（1）"), "same-number"),
            (3, "64029919850101002x", symbol("64029919850101002X"), "identity-spelling"),
            (3, "640299850101001", symbol("640299198501010011"), "same-number"),
            (4, "６４０ 299", symbol("640299"), "code-spelling"),
            (4, "640299 ", symbol("640299"), "white-space"),
        ] {
            assert_eq!(code(as_sent, &value, &relation(), column), want);
            assert!(said(want).en != want && said(want).zh != want, "{want}");
        }
    }
}
