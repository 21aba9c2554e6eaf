//! Every way in which a cell was read as something other than its very text, with its sentence.
//!
//! Promises: the way follows from the text as sent and the value alone, so that an answer can be given again from the journal, in the same
//! words. No sentence holds a value. Codes are kept for ever.

use super::spelling::trimmed;
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
        "identity-spelling",
        "the identity number was written in another form; width, spaces, hyphens and the final X were put right",
        "身份号码写法不规范，已统一半角、空格、连字符和末位 X",
    ),
];

/// What was done to a cell.
pub fn code(as_sent: &str, value: &Value) -> &'static str {
    match value {
        Value::Absent => "no-value",
        Value::Date(_) | Value::Datetime(_) => "date-spelling",
        Value::Number(_) | Value::Unsigned(_) | Value::Float(_) => "number-spelling",
        Value::Symbol(text) if **text == *trimmed(as_sent) => "white-space",
        Value::Symbol(_) => "identity-spelling",
    }
}

pub fn said(code: &str) -> Said {
    let known = CODES.iter().find(|(name, _, _)| *name == code);
    known.map_or_else(|| Said::new(code, code), |(_, en, zh)| Said::new(*en, *zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_has_its_sentence_in_both_languages() {
        let symbol = Value::symbol;
        for (as_sent, value, want) in [
            (" 吴\u{3000}", symbol("吴"), "white-space"),
            ("-", Value::Absent, "no-value"),
            ("2022/7/15", Value::Date(19_188), "date-spelling"),
            ("1,000", Value::Number(1000), "number-spelling"),
            ("64029919850101002x", symbol("64029919850101002X"), "identity-spelling"),
        ] {
            assert_eq!(code(as_sent, &value), want);
            assert!(said(want).en != want && said(want).zh != want, "{want}");
        }
    }
}
