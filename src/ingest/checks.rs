//! What the rules say a value must be besides its kind: the form of a text, and what lies between which bounds.
//!
//! Promises: what is not so is told with what it should be, in words that follow from the rules and the place alone; never with what was
//! sent. A value that is absent is nothing that could be wrong.

use super::refusal;
use super::spelling::Spelled;
use super::words::unknown_word;
use crate::program::{Bound, Must, RecordDecl, Relation};
use crate::types::{Kind, Said, Value, is_space, narrow};

/// A text in a form, read as it should be written; `None` if it is of another.
pub(super) fn looks<'t>(form: &str, text: &'t str) -> Option<Spelled<std::borrow::Cow<'t, str>>> {
    if is_of(form, text) {
        return Some(Spelled::Clean(text.into()));
    }
    let bare: String = text.chars().filter(|c| !is_space(*c)).map(narrow).collect();
    is_of(form, &bare).then(|| Spelled::Mended(bare.into()))
}

fn is_of(form: &str, text: &str) -> bool {
    let fits = |(form, c): (char, char)| if form == '#' { c.is_ascii_digit() } else { form == c };
    form.chars().count() == text.chars().count() && form.chars().zip(text.chars()).all(fits)
}

/// The first column whose value lies outside its bounds. Columns that could not be read are left out.
pub(super) fn out_of_bounds<'v>(record: &RecordDecl, value: impl Fn(usize) -> Option<&'v Value>) -> Option<usize> {
    let present = |column: usize| value(column).filter(|value| **value != Value::Absent);
    let wrong = record.checks.iter().find(|check| {
        let other = |bound: &Bound| match bound {
            Bound::Value(value) => Some(value.clone()),
            Bound::Column(column) => present(*column).cloned(),
        };
        let Some(value) = present(check.column) else { return false };
        match &check.must {
            Must::Look(_) => false,
            Must::AtLeast(bound) => other(bound).is_some_and(|bound| *value < bound),
            Must::AtMost(bound) => other(bound).is_some_and(|bound| *value > bound),
        }
    });
    wrong.map(|check| check.column)
}

/// What the door would refuse of a row that is spelled as it should be: the column, and why.
pub fn unfit(relation: &Relation, row: &[Value]) -> Option<(usize, Said)> {
    let record = relation.record.as_ref()?;
    let wrong = |column: usize| {
        let text = row[column].as_text()?;
        if record.words_of(column).is_some_and(|known| known.iter().all(|known| known.word != text)) {
            return Some((column, refusal::UNKNOWN_WORD));
        }
        let is_left_out = text.is_empty() && record.is_reference();
        let is_formed = record.look_of(column).is_none_or(|form| is_left_out || is_of(form, text));
        (!is_formed).then_some((column, refusal::WRONG_FORM))
    };
    let beyond = || out_of_bounds(record, |column| row.get(column)).map(|column| (column, refusal::OUT_OF_BOUNDS));
    let (column, code) = (0..row.len()).find_map(wrong).or_else(beyond)?;
    Some((column, by_rules(code, relation, &format!("/row/{}", relation.columns[column].name))?))
}

/// The sentence of a refusal whose code does not say enough, from the rules in force; `pointer` names the column as refusals do.
pub(super) fn by_rules(code: &str, relation: &Relation, pointer: &str) -> Option<Said> {
    let column = || relation.column(pointer.strip_prefix("/row/")?);
    match code {
        refusal::UNKNOWN_WORD => unknown_word(relation, pointer),
        refusal::WRONG_FORM => relation.record.as_ref()?.look_of(column()?).map(wrong_form),
        refusal::OUT_OF_BOUNDS => bounds(relation, column()?),
        _ => None,
    }
}

/// A refusal of a line of this agency in full: the lasting form of its code, and its sentence, from the rules in force too.
pub fn told_in_full(code: &str, pointer: &str, relation: Option<&Relation>, agency: &str) -> (&'static str, Said) {
    let unknown = || ("unknown", Said::new("refused for a reason of another version", "因其他版本的原因被拒绝"));
    let (code, said) = refusal::told(code, pointer).unwrap_or_else(unknown);
    let more = match code {
        refusal::NOT_YOURSELF => Some(not_yourself(agency)),
        _ => relation.and_then(|relation| by_rules(code, relation, pointer)),
    };
    (code, more.unwrap_or(said))
}

fn not_yourself(agency: &str) -> Said {
    Said::new(
        format!("this column must name the speaking agency itself, which is {agency}"),
        format!("此列必须是报送机关自己的代码，即 {agency}"),
    )
}

fn wrong_form(form: &str) -> Said {
    if form.chars().all(|c| c == '#') {
        let n = form.len();
        return Said::new(
            format!("this column takes a code of {n} digits and nothing else"),
            format!("此列只能填写 {n} 位数字的代码，不写名称"),
        );
    }
    Said::new(
        format!("this column takes a code of this form, # standing for a digit: {form}"),
        format!("此列应为如下形式的代码（# 为一位数字）：{form}"),
    )
}

fn bounds(relation: &Relation, column: usize) -> Option<Said> {
    let record = relation.record.as_ref()?;
    let is_day = matches!(relation.columns[column].kind, Kind::Date | Kind::Datetime);
    let said = |bound: &Bound| match bound {
        Bound::Value(value) => Said::new(value.to_string(), value.to_string()),
        Bound::Column(other) => {
            let (name, title) = (&relation.columns[*other].name, record.title_of(*other, &relation.columns));
            Said::new(name.clone(), format!("“{title}”"))
        }
    };
    let told = record.checks_of(column).filter_map(|must| {
        let (bound, en, zh) = match (must, is_day) {
            (Must::Look(_), _) => return None,
            (Must::AtLeast(bound), false) => (bound, "less than", "小于"),
            (Must::AtMost(bound), false) => (bound, "more than", "大于"),
            (Must::AtLeast(bound), true) => (bound, "before", "早于"),
            (Must::AtMost(bound), true) => (bound, "after", "晚于"),
        };
        let Said { en: bound_en, zh: bound_zh } = said(bound);
        Some((format!("{en} {bound_en}"), format!("{zh}{bound_zh}")))
    });
    let (en, zh): (Vec<String>, Vec<String>) = told.unzip();
    let (en, zh) = (en.join(" or "), zh.join("，也不得"));
    Some(Said::new(format!("this column may not be {en}"), format!("此列不得{zh}"))).filter(|_| !zh.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_met_in_any_width_and_by_nothing_else() {
        let read = |form: &str, text: &str| match looks(form, text) {
            Some(Spelled::Clean(read)) => Some((read.into_owned(), false)),
            Some(Spelled::Mended(read)) => Some((read.into_owned(), true)),
            None => None,
        };
        assert_eq!(read("######", "640299"), Some(("640299".to_string(), false)));
        for text in ["６４０２９９", "640 299", "640\u{3000}299"] {
            assert_eq!(read("######", text), Some(("640299".to_string(), true)), "{text}");
        }
        for text in ["64029", "6402990", "红果县", "64029O", "", "640299-"] {
            assert_eq!(read("######", text), None, "{text}");
        }
        assert_eq!(read("第##号", "第07号"), Some(("第07号".to_string(), false)));
    }
}
