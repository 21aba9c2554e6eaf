//! [`Likeness`]: what makes two spellings of a text one, named as rule text names it: a functor of one text to one text.

use super::identity;
use crate::types::{Row, Value};
use std::borrow::Cow;

/// One of those functors, each of which has a value for every text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Likeness {
    CaseNo,
    DocKey,
    NameKey,
    Id18,
    Lower,
    Upper,
    Trim,
}

impl Likeness {
    pub const ALL: [Likeness; 7] =
        [Likeness::CaseNo, Likeness::DocKey, Likeness::NameKey, Likeness::Id18, Likeness::Lower, Likeness::Upper, Likeness::Trim];

    pub fn from_name(name: &str) -> Option<Likeness> {
        Likeness::ALL.into_iter().find(|likeness| likeness.name() == name)
    }

    /// The functor's.
    pub fn name(self) -> &'static str {
        match self {
            Likeness::CaseNo => "case_no",
            Likeness::DocKey => "doc_key",
            Likeness::NameKey => "name_key",
            Likeness::Id18 => "id18",
            Likeness::Lower => "lower",
            Likeness::Upper => "upper",
            Likeness::Trim => "trim",
        }
    }

    /// The form in which texts are compared.
    pub fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            Likeness::CaseNo => identity::case_no(text).into(),
            Likeness::DocKey => identity::doc_key(text).into(),
            Likeness::NameKey => identity::name_key(text),
            Likeness::Id18 => identity::id18(text),
            Likeness::Lower => text.to_lowercase().into(),
            Likeness::Upper => text.to_uppercase().into(),
            Likeness::Trim => text.trim().into(),
        }
    }
}

/// What a key means, however it is spelled: two spellings of one key give the same. `alike` names columns of the relation, `columns` are
/// those of the key, in its order.
pub fn meant(alike: &[(usize, Likeness)], columns: &[usize], key: &Row) -> Row {
    if alike.is_empty() {
        return key.clone();
    }
    let one_form = |(value, column): (&Value, &usize)| match (value, alike.iter().find(|(alike, _)| alike == column)) {
        (Value::Symbol(text), Some((_, likeness))) => Value::symbol(&likeness.of(text)),
        (other, _) => other.clone(),
    };
    Row::new(key.values().iter().zip(columns).map(one_form).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Functor, signatures};
    use crate::types::{Interner, Kind};

    #[test]
    fn each_is_the_functor_of_its_name() {
        let texts = Interner::new();
        for likeness in Likeness::ALL {
            let signature = signatures().iter().find(|s| s.name == likeness.name()).expect("a functor of rule text");
            assert!(signature.args == [Kind::Symbol] && signature.result == Kind::Symbol && !signature.functor.can_fail());
            for text in ["（2022）宁01刑终 012号", " 第Ａ·b ", "640299850101001", ""] {
                let word = Functor::eval(signature.functor, &[texts.intern(text)], &texts).unwrap();
                assert_eq!(*texts.text(word), *likeness.of(text), "{} of {text}", likeness.name());
            }
        }
    }

    #[test]
    fn a_key_is_compared_without_its_spelling_where_that_is_declared() {
        let key = |no: &str, other: &str| Row::new(vec![Value::symbol(other), Value::symbol(no)]);
        let alike = [(4, Likeness::CaseNo)];
        let form = |no: &str| meant(&alike, &[0, 4], &key(no, "〔x〕"));
        assert_eq!(form("（2022）宁01刑终12号"), key("(2022)宁01刑终12号", "〔x〕"));
        assert_ne!(form("（2022）宁01刑终13号"), form("（2022）宁01刑终12号"));
        assert_eq!(meant(&[], &[0, 4], &key("（1）", "")), key("（1）", ""));
    }
}
