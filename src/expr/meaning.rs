//! What each functor, condition and aggregate gives, in one sentence, for people who write rules. The reference (docs/language.md) says more.

use crate::types::Said;

/// The name as rule text has it (an aggregate's with a colon), how it is written, and what it gives.
struct Meaning(&'static str, &'static str, &'static str, &'static str);

/// How it is written, and what it gives.
pub fn meaning(name: &str) -> Option<(&'static str, Said)> {
    let Meaning(_, written, en, zh) = TABLE.iter().find(|row| row.0 == name)?;
    Some((written, Said::new(*en, *zh)))
}

/// All that have a name, in the order of the reference.
pub fn named() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.0)
}

const TABLE: &[Meaning] = &[
    Meaning("min", "min(a, b, …)", "the least of its arguments, of any one type", "各参数中最小的，类型须相同"),
    Meaning("max", "max(a, b, …)", "the greatest of its arguments, of any one type", "各参数中最大的，类型须相同"),
    Meaning(
        "range",
        "range(a, b[, step])",
        "each value from a up to b and without it, or down to it",
        "从 a 到 b（不含 b）的每一个值",
    ),
    Meaning("cat", "cat(a, b, …)", "the texts joined", "把各文本连接起来"),
    Meaning("strlen", "strlen(t)", "the length of a text in bytes", "文本的字节数"),
    Meaning(
        "substr",
        "substr(t, from, n)",
        "n bytes of a text from a byte on, counted from 0",
        "文本中自第 from 个字节（从 0 起）开始的 n 个字节",
    ),
    Meaning("char_len", "char_len(t)", "the length of a text in characters", "文本的字符数"),
    Meaning(
        "char_substr",
        "char_substr(t, from, n)",
        "n characters of a text from one on, counted from 0",
        "文本中自第 from 个字符（从 0 起）开始的 n 个字符",
    ),
    Meaning("lower", "lower(t)", "the text in small letters", "文本改为小写"),
    Meaning("upper", "upper(t)", "the text in capital letters", "文本改为大写"),
    Meaning("trim", "trim(t)", "the text without blanks at its ends", "去掉文本首尾的空白"),
    Meaning("replace", "replace(t, from, to)", "the text with every `from` replaced by `to`", "把文本中的 from 都替换为 to"),
    Meaning("to_number", "to_number(x)", "the value as a number", "转换为整数"),
    Meaning("to_unsigned", "to_unsigned(x)", "the value as an unsigned number", "转换为无符号整数"),
    Meaning("to_float", "to_float(x)", "the value as a float", "转换为浮点数"),
    Meaning("to_string", "to_string(x)", "the value as a text", "转换为文本"),
    Meaning("ord", "ord(x)", "the number that stands for the value", "代表该值的数"),
    Meaning("as", "as(x, T)", "the same value as type T", "同一个值，类型视为 T"),
    Meaning("autoinc", "autoinc()", "a number of its own for every firing of the rule", "规则每触发一次得到一个不同的编号"),
    Meaning("date", "date(\"2022-07-15\")", "the day that the text says", "文本所写的日期"),
    Meaning("datetime", "datetime(\"2022-07-15T00:00:00+08:00\")", "the instant that the text says", "文本所写的时刻"),
    Meaning("date_of", "date_of(t)", "the day of an instant in China", "时刻所在的日期（中国时间）"),
    Meaning("year", "year(d)", "the year of a day", "日期的年份"),
    Meaning("month", "month(d)", "the month of a day, from 1", "日期的月份"),
    Meaning("day", "day(d)", "the day of the month, from 1", "日期是当月第几日"),
    Meaning("weekday", "weekday(d)", "the day of the week: 1 is Monday", "星期几，1 为星期一"),
    Meaning(
        "add_months",
        "add_months(d, n)",
        "the day n months later; the last of the month where there is no such day",
        "n 个月后的日期；当月没有该日的取月末",
    ),
    Meaning("add_years", "add_years(d, n)", "the day n years later", "n 年后的日期"),
    Meaning(
        "term_end",
        "term_end(start, years, months)",
        "the last day of a term of years and months that begins on a day",
        "自某日起算、若干年又若干个月的期限的最后一日",
    ),
    Meaning("id18", "id18(t)", "the 18-digit form of an identity number", "身份证号码的 18 位形式"),
    Meaning(
        "id_valid",
        "id_valid(t)",
        "1 if check digit and date of an identity number are right, else 0",
        "身份证号码的校验码和日期正确为 1，否则为 0",
    ),
    Meaning(
        "id_near",
        "id_near(a, b)",
        "1 if two identity numbers differ in one character or one swap of neighbours, else 0",
        "两个身份证号码只差一个字符或一次相邻互换为 1，否则为 0",
    ),
    Meaning(
        "id_birth",
        "id_birth(t)",
        "the date of birth inside a number, as eight digits, or \"\"",
        "号码中的出生日期（八位数字），没有则为空文本",
    ),
    Meaning("case_no", "case_no(t)", "one form of a case number, as every reader reads it", "案号的统一写法"),
    Meaning("doc_key", "doc_key(t)", "one form of a document number, however it was typed", "文书编号的统一写法"),
    Meaning(
        "doc_loose",
        "doc_loose(t)",
        "a document number without 第, 字, 号 and leading zeros; it identifies nothing",
        "不计“第”“字”“号”和前导零的文书编号，不可用于认定同一",
    ),
    Meaning("name_key", "name_key(t)", "one form of a name, however it was typed", "姓名的统一写法"),
    Meaning(
        "contains",
        "contains(part, text)",
        "holds if the text holds the part, which comes first",
        "text 含有 part 时成立（part 在前）",
    ),
    Meaning("starts_with", "starts_with(text, part)", "holds if the text begins so", "text 以 part 开头时成立"),
    Meaning("ends_with", "ends_with(text, part)", "holds if the text ends so", "text 以 part 结尾时成立"),
    Meaning(
        "match",
        "match(pattern, text)",
        "holds if the whole text fits the regular expression, which comes first",
        "整个 text 符合正则表达式时成立（表达式在前）",
    ),
    Meaning("count :", "count : { body }", "how many rows the body has; 0 for none", "成立的行数，没有则为 0"),
    Meaning("sum :", "sum x : { body }", "the sum of x over the rows of the body; 0 for none", "各行 x 之和，没有则为 0"),
    Meaning("min :", "min x : { body }", "the least x of the body; of no rows there is none", "各行 x 中最小的，没有行则无结果"),
    Meaning(
        "max :",
        "max x : { body }",
        "the greatest x of the body; of no rows there is none",
        "各行 x 中最大的，没有行则无结果",
    ),
    Meaning(
        "mean :",
        "mean x : { body }",
        "the mean of x over the rows of the body; of no rows there is none",
        "各行 x 的平均值，没有行则无结果",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::signatures;

    #[test]
    fn every_functor_has_a_meaning() {
        let is_word = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit());
        let operators = ["band", "bor", "bxor", "bnot", "bshl", "bshr", "bshru", "land", "lor", "lxor", "lnot"];
        let names = signatures().iter().map(|row| row.name).filter(is_word).filter(|name| !operators.contains(name));
        for name in names.chain(["contains", "starts_with", "ends_with", "match"]) {
            let (written, said) = meaning(name).unwrap_or_else(|| panic!("{name}"));
            assert!(written.starts_with(name) && !said.en.is_empty() && !said.zh.is_empty());
        }
    }
}
