//! Every reason for which a line is refused, with its sentence: by this door, and by the records behind it.
//!
//! Promises: a sentence follows from the code and the place alone (that of some from the rules too, see
//! [`super::told_in_full`]), so that a repeated request is answered with the same words, and no value of the
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
    NOT_UTF8 = "not-utf8": "these bytes are not UTF-8; save the file as UTF-8, or say that its charset is gb18030", "此处不是 UTF-8 编码；请另存为 UTF-8，或注明编码 gb18030";
    NOT_IN_CHARSET = "not-in-charset": "these bytes are no character of the charset that was said; type the cell again, or save the file as UTF-8", "此处的字节不是所注明编码中的字符；请重新录入此单元格，或另存为 UTF-8";
    LINE_TOO_LONG = "line-too-long": "the line is longer than a line may be", "本行超过允许的长度";
    TOO_DEEP = "too-deep": "lists and objects are nested too deeply", "列表和对象嵌套过深";
    BAD_JSON = "bad-json": "the line is not one JSON value; write one object on one line", "本行不是一个完整的 JSON；每行写一个对象";
    NOT_AN_OBJECT = "not-an-object": "a JSON object is expected here", "此处应为 JSON 对象";
    UNKNOWN_FIELD = "unknown-field": "a line has the fields relation, op and row and no others", "每行只能有 relation、op、row 三个字段";
    MISSING_FIELD = "missing-field": "this field is missing; a line has relation, op and row", "缺少此字段；每行须有 relation、op、row";
    BAD_OP = "bad-op": "op is one of insert, upsert, retract", "op 只能是 insert、upsert、retract";
    UNKNOWN_RELATION = "unknown-relation": "there is no relation of this name; compare it with the list of relations", "没有这个名称的关系；请对照关系列表";
    NOT_WRITABLE = "not-writable": "this relation is derived by rules or is a clock; records cannot be sent to it", "此关系由规则推导或为时钟，不能报送记录";
    WRONG_LENGTH = "wrong-length": "the line has more or fewer cells than the header; a text with a comma in it stands between quotation marks", "本行的单元格数与表头不一致；含逗号的文字须加引号";
    LINE_ENDS = "line-ends": "the lines end with a carriage return alone, as old programs wrote them; save the file again with line feeds (as “CSV UTF-8”)", "各行仅以回车符（CR）结束；请另存为“CSV UTF-8”，以换行符（LF）结束各行";
    TOO_MANY_COLUMNS = "too-many-columns": "the header has many more cells than the relation has columns; take away what does not belong to it", "表头的列数远多于此关系的列数；请删除多余的列";
    NO_HEADER = "no-header": "the file has no header; put the titles of its columns on the first line", "文件没有表头；请在首行写明各列标题";
    WRONG_SEPARATOR = "wrong-separator": "the cells are not separated by commas; save the file as CSV, separated by commas", "单元格不是以逗号分隔；请另存为以半角逗号分隔的 CSV";
    UNKNOWN_COLUMN = "unknown-column": "the relation has no such column", "此关系没有这一列";
    DUPLICATE_COLUMN = "duplicate-column": "the column stands here more than once", "此列重复出现";
    MISSING_COLUMN = "missing-column": "the column is missing and may not be", "缺少此列，且此列不能缺少";
    ABSENT_REQUIRED = "absent-required": "the column must have a value", "此列必须有值";
    EMPTY_KEY = "empty-key": "this column is part of the key and is empty, so rows would replace each other; cells that were merged must be filled down to every line", "此列属于主键，不能为空，否则各行会相互覆盖；合并的单元格须拆分，并在每一行填入";
    OPEN_QUOTE = "open-quote": "a quotation mark that opens here is never closed, so nothing from this line on was read; close it, or write it twice if it belongs to the text", "此处的引号没有闭合，从本行起均未读取；请补上引号，引号属于内容时请写两个";
    SPELLING = "spelling": "write the value in its one form: YYYY-MM-DD, plain digits, nothing around it", "请按规范形式书写：日期写作 YYYY-MM-DD，数字用半角，前后无空白";
    NOT_A_NUMBER = "not-a-number": "a whole number is expected", "此列应为整数";
    NUMBER_WITH_UNIT = "number-with-unit": "give the number alone, without its unit and in the unit of the column", "请只填数字，不写单位，并按此列的单位换算";
    FRACTION = "fraction": "whole numbers only: this is a fraction", "此列只接受整数，此处是小数或分数";
    NOT_UNSIGNED = "not-unsigned": "a whole number that is not negative is expected", "此列应为非负整数";
    NOT_A_FLOAT = "not-a-float": "a number is expected", "此列应为数值";
    NOT_TEXT = "not-text": "text is expected", "此列应为文本";
    NOT_A_DATE = "not-a-date": "a date is expected; write it as YYYY-MM-DD, or leave the cell empty if there is none", "此列应为日期，请写作 YYYY-MM-DD；没有日期的请留空";
    DATE_WITHOUT_DAY = "date-without-day": "the day is missing; write the whole date as YYYY-MM-DD", "缺少日，请写出完整日期 YYYY-MM-DD";
    DATE_RANGE = "date-range": "this is a period and one date is expected; put its first and its last day into their own columns", "此处是起止期间，应为一个日期；请将起日和止日分别填入各自的列";
    TWO_DIGIT_YEAR = "two-digit-year": "the year has two digits; write all four, as YYYY-MM-DD", "年份只有两位，请写全四位：YYYY-MM-DD";
    DAY_FIRST = "day-first": "the year stands last, so day and month could be either; write the date as YYYY-MM-DD", "年份写在最后，日和月无法区分；请写作 YYYY-MM-DD";
    NO_SUCH_DAY = "no-such-day": "there is no such day between 0001-01-01 and 9999-12-31", "历法中没有这一天（0001-01-01 至 9999-12-31）";
    DATE_COUNT = "date-count-out-of-range": "five digits are a spreadsheet's count of days from 36526 (2000-01-01) to 55153 (2050-12-31) only; write the date as YYYY-MM-DD", "五位数字只有在 36526（2000-01-01）至 55153（2050-12-31）之间才按电子表格的日期序号读取；请写作 YYYY-MM-DD";
    NOT_A_DATETIME = "not-a-datetime": "a time of the form YYYY-MM-DDThh:mm:ss+08:00 is expected", "此列应为 YYYY-MM-DDThh:mm:ss+08:00 形式的时间";
    OUT_OF_RANGE = "out-of-range": "the number does not fit into 64 bits", "数值超出 64 位范围";
    RESERVED_VALUE = "reserved-value": "this value is reserved for 'absent'; leave the column out instead", "此值保留表示“无值”；请改为不填此列";
    IDENTITY_ROUNDED = "identity-rounded": "the last digits of this identity number are lost: a spreadsheet has rounded it. Format the column as text, enter the numbers again from the source, and send identity numbers as text", "身份号码的末几位已丢失（被电子表格四舍五入）。请将该列设为“文本”格式，从原始数据重新录入后再报送；身份号码须以文本报送";
    IDENTITY_LENGTH = "identity-length": "an identity number has 18 digits (the last may be X) or 15; compare it with the paper", "公民身份号码应为 18 位（末位可为 X）或 15 位；请与证件核对";
    IDENTITY_LETTERS = "identity-letters": "a letter stands where a digit belongs: O for 0, l or I for 1, or the final X of another alphabet; type the number again in Latin digits", "号码中有字母代替了数字：O 代替 0，l 或 I 代替 1，或末位的 X 不是拉丁字母；请用半角数字重新录入";
    IDENTITY_MASKED = "identity-masked": "digits of this identity number are hidden; send the whole number, or leave the cell empty", "身份号码有被遮盖的位数；请报送完整号码，或留空";
    UNKNOWN_WORD = "unknown-word": "this column takes certain words and no others; the list of relations has them", "此列只能填写规定的用语；用语见关系列表";
    TOTALS_ROW = "totals-row": "this line sums up those above it and is no record; it was left out", "本行是合计，不是记录，未读取";
    REMARK_ROW = "remark-row": "this line is a remark about the table and no record; it was left out", "本行是表格的落款或说明，不是记录，未读取";
    WRONG_FORM = "wrong-form": "this column takes a code of another form; the list of relations shows it", "此列的代码形式不符；形式见关系列表";
    OUT_OF_BOUNDS = "out-of-bounds": "the value lies outside what this column takes; the list of relations shows it", "数值或日期超出此列允许的范围；范围见关系列表";
    NOT_AN_AGENCY = "not-an-agency": "an agency is written as kind:code, for example police:640299-01; kinds: court, police, prison, justice, procuratorate", "机关应写作 类别:代码，例如 police:640299-01；类别：court、police、prison、justice、procuratorate";
    TEXT_TOO_LONG = "text-too-long": "the text is longer than a cell may be", "文本超过单元格允许的长度";
    CONTROL_CHARACTER = "control-character": "a NUL or another control character stands in this cell; type the cell again", "此单元格中有空字符（NUL）或其他控制字符；请重新录入此单元格";
    REPLACED_CHARACTER = "replaced-character": "the sign � (U+FFFD) stands in this cell, which programs put where they could not read a character: the text was damaged before it came here; type the cell again from the source", "此单元格中有替换字符 �（U+FFFD），即某个程序未能读出原字：内容在报送之前已经损坏；请按原始材料重新录入";
    KEY_PRESENT = "key-present": "another row with this key is there already; send an upsert to replace it", "已有相同主键的另一行；如需更正请用 upsert";
    KEY_TWICE = "key-twice": "this key stands on an earlier line of the same file with another row", "同一文件前面已有相同主键的另一行";
    ABSENT = "absent": "there is no such row to retract", "没有可撤回的这一行";
    ROW_DIFFERS = "row-differs": "the row under this key is another one; give the key alone, or the row as it is", "此主键下的行与所报不一致；请只给主键，或按现有内容给出整行";
    FOREIGN_OWNER = "foreign-owner": "this row belongs to another agency; only that agency or the operator may change it", "此行属于其他机关，只能由该机关或管理员更改";
    WRONG_KIND = "wrong-kind": "agencies of your kind may not write this relation", "贵单位所属的机关类别不能报送此关系";
    NOT_YOURSELF = "not-yourself": "this column must name the speaking agency itself", "此列必须是报送机关自己的代码";
    KEY_IS_ENOUGH = "key-is-enough": "what is taken back is named by its key alone or by its whole row; this is the key with some of the other columns: leave those out", "撤回时只给主键或给出整行；此处是主键加部分其他列：请删去主键以外的列";
    NO_KEY = "no-key": "the relation has no key; give the whole row", "此关系没有主键，请给出整行";
}

/// The lasting form of a code and its sentence; `None` for a code that no version ever gave out.
pub fn known(code: &str) -> Option<(&'static str, Said)> {
    CODES.iter().find(|(name, _, _)| *name == code).map(|(name, en, zh)| (*name, Said::new(*en, *zh)))
}

/// The same for a mistake at a place: some places say more than their code.
pub fn told(code: &str, pointer: &str) -> Option<(&'static str, Said)> {
    let (code, said) = known(code)?;
    let more = match code {
        WRONG_LENGTH => pointer.strip_prefix(CELLS).and_then(|cells| cells.split_once("-of-")).map(|(stand, expected)| {
            let en = format!(
                "the line has {stand} cells and its header {expected}; a text with a comma in it stands between quotation marks"
            );
            Said::new(en, format!("本行有 {stand} 个单元格，表头有 {expected} 个；含逗号的文字须加引号"))
        }),
        KEY_TWICE => pointer.strip_prefix(LINES).map(|first| {
            let en =
                format!("this key stands on line {first} of the same file with another row; that one counts: keep the right one");
            let zh = format!("本文件第 {first} 行已有相同主键的另一行，以该行为准；请只保留正确的一行");
            Said::new(en, zh)
        }),
        _ => None,
    };
    Some((code, more.unwrap_or(said)))
}

const CELLS: &str = "/cells/";
const LINES: &str = "/lines/";

/// The place of a line whose key stands on another line with another row.
pub fn first_line(number: u64) -> String {
    format!("{LINES}{number}")
}

/// The other line.
pub fn first_line_of(pointer: &str) -> Option<u64> {
    pointer.strip_prefix(LINES)?.parse().ok()
}

/// The place of a line that has so many cells instead of so many.
pub fn cells(stand: usize, expected: usize) -> String {
    format!("{CELLS}{stand}-of-{expected}")
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
        assert!(told(WRONG_LENGTH, &cells(7, 5)).unwrap().1.en.contains("7 cells and its header 5"));
        assert_eq!(told(WRONG_LENGTH, "").unwrap().1, known(WRONG_LENGTH).unwrap().1, "of an older journal");
        let twice = told(KEY_TWICE, &first_line(17)).unwrap().1;
        assert!(twice.en.contains("line 17 of") && twice.zh.contains("第 17 行"), "{twice:?}");
        assert!(known(KEY_PRESENT).is_some() && known("made-up").is_none());
    }
}
