//! Every reason for which a line is refused, with its sentence: by this door, and by the records behind it.
//!
//! Promises: a sentence follows from the code alone, so that a repeated request is answered with the same words, and no value of the
//! line can get into it. Codes are kept for ever: the journal holds them.

use crate::types::Said;

macro_rules! codes {
    ($($name:ident = $code:literal: $en:literal, $zh:literal;)*) => {
        $(pub const $name: &str = $code;)*
        /// All of them: code, English, Chinese.
        pub const CODES: &[(&str, &str, &str)] = &[$(($code, $en, $zh)),*];
    };
}

codes! {
    NOT_UTF8 = "not-utf8": "the line is not UTF-8; save the file as UTF-8 and send it again", "本行不是 UTF-8 编码；请将文件另存为 UTF-8 后重新报送";
    LINE_TOO_LONG = "line-too-long": "the line is longer than a line may be", "本行超过允许的长度";
    TOO_DEEP = "too-deep": "lists and objects are nested too deeply", "列表和对象嵌套过深";
    BAD_JSON = "bad-json": "the line is not one JSON value; write one object on one line", "本行不是一个完整的 JSON；每行写一个对象";
    NOT_AN_OBJECT = "not-an-object": "a JSON object is expected here", "此处应为 JSON 对象";
    UNKNOWN_FIELD = "unknown-field": "a line has the fields relation, op and row and no others", "每行只能有 relation、op、row 三个字段";
    MISSING_FIELD = "missing-field": "this field is missing; a line has relation, op and row", "缺少此字段；每行须有 relation、op、row";
    BAD_OP = "bad-op": "op is one of insert, upsert, retract", "op 只能是 insert、upsert、retract";
    UNKNOWN_RELATION = "unknown-relation": "there is no relation of this name; GET /v1/relations lists them", "没有这个名称的关系；可用 GET /v1/relations 查看";
    NOT_WRITABLE = "not-writable": "this relation is derived by rules or is a clock; records cannot be sent to it", "此关系由规则推导或为时钟，不能报送记录";
    WRONG_LENGTH = "wrong-length": "the line has more or fewer cells than the header", "本行的单元格数与表头不一致";
    UNKNOWN_COLUMN = "unknown-column": "the relation has no such column", "此关系没有这一列";
    DUPLICATE_COLUMN = "duplicate-column": "the column stands here more than once", "此列重复出现";
    MISSING_COLUMN = "missing-column": "the column is missing and may not be", "缺少此列，且此列不能缺少";
    ABSENT_REQUIRED = "absent-required": "the column must have a value", "此列必须有值";
    NOT_A_NUMBER = "not-a-number": "a whole number is expected", "此列应为整数";
    NOT_UNSIGNED = "not-unsigned": "a whole number that is not negative is expected", "此列应为非负整数";
    NOT_A_FLOAT = "not-a-float": "a number is expected", "此列应为数值";
    NOT_TEXT = "not-text": "text is expected", "此列应为文本";
    NOT_A_DATE = "not-a-date": "a date of the form YYYY-MM-DD is expected", "此列应为 YYYY-MM-DD 形式的日期";
    NO_SUCH_DAY = "no-such-day": "there is no such day between 0001-01-01 and 9999-12-31", "历法中没有这一天（0001-01-01 至 9999-12-31）";
    NOT_A_DATETIME = "not-a-datetime": "a time of the form YYYY-MM-DDThh:mm:ss+08:00 is expected", "此列应为 YYYY-MM-DDThh:mm:ss+08:00 形式的时间";
    OUT_OF_RANGE = "out-of-range": "the number does not fit into 64 bits", "数值超出 64 位范围";
    RESERVED_VALUE = "reserved-value": "this value is reserved for 'absent'; leave the column out instead", "此值保留表示“无值”；请改为不填此列";
    TEXT_TOO_LONG = "text-too-long": "the text is longer than a cell may be", "文本超过单元格允许的长度";
    KEY_PRESENT = "key-present": "another row with this key is there already; send an upsert to replace it", "已有相同主键的另一行；如需更正请用 upsert";
    KEY_TWICE = "key-twice": "this key stands on an earlier line of the same file with another row", "同一文件前面已有相同主键的另一行";
    ABSENT = "absent": "there is no such row to retract", "没有可撤回的这一行";
    ROW_DIFFERS = "row-differs": "the row under this key is another one; give the key alone, or the row as it is", "此主键下的行与所报不一致；请只给主键，或按现有内容给出整行";
    FOREIGN_OWNER = "foreign-owner": "this row belongs to another agency; only that agency or the operator may change it", "此行属于其他机关，只能由该机关或管理员更改";
    WRONG_KIND = "wrong-kind": "agencies of your kind may not write this relation", "贵单位所属的机关类别不能报送此关系";
    NOT_YOURSELF = "not-yourself": "this column must name the speaking agency itself", "此列必须是报送机关自己的代码";
    NO_KEY = "no-key": "the relation has no key; give the whole row", "此关系没有主键，请给出整行";
}

/// The lasting form of a code and its sentence; `None` for a code that no version ever gave out.
pub fn known(code: &str) -> Option<(&'static str, Said)> {
    CODES.iter().find(|(name, _, _)| *name == code).map(|(name, en, zh)| (*name, Said::new(*en, *zh)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_once_and_speaks_both_languages() {
        for (i, (code, en, zh)) in CODES.iter().enumerate() {
            assert!(CODES[..i].iter().all(|(other, _, _)| other != code), "{code} stands twice");
            assert!(!en.is_empty() && zh.chars().any(|c| c as u32 > 0x4e00), "{code}");
        }
        assert!(known(KEY_PRESENT).is_some() && known("made-up").is_none());
    }
}
