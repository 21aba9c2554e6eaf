//! What an aggregate makes of a group of values.

use super::eval::compare;
use crate::types::{Interner, Kind, Word, absent_word, float_of, number_of, word_of_float, word_of_number};
use std::cmp::Ordering;

/// The folds. Which rows form a group, and that each counts once, is the plan's business.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Fold {
    Count,
    Sum(Kind),
    Min(Kind),
    /// Like `Min`, over what may be absent: that comes before every value.
    Least(Kind),
    Max(Kind),
    /// Of floats.
    Mean,
}

/// What becomes of a result when rows come and go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    Is(Option<Word>),
    /// What the group's rows give: what came and went does not tell.
    Look,
}

/// Where rows in the order of their words begin, and where they end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    First,
    Last,
}

impl Fold {
    /// The kind of the result.
    pub fn kind(self) -> Kind {
        match self {
            Fold::Count => Kind::Number,
            Fold::Sum(kind) | Fold::Min(kind) | Fold::Least(kind) | Fold::Max(kind) => kind,
            Fold::Mean => Kind::Float,
        }
    }

    /// What an empty group gives: 0 for `count` and `sum`, nothing for the others.
    pub fn of_nothing(self) -> Option<Word> {
        match self {
            Fold::Count | Fold::Sum(Kind::Number) => Some(word_of_number(0)),
            Fold::Sum(Kind::Float) => Some(word_of_float(0.0)),
            Fold::Sum(_) => Some(0),
            Fold::Min(_) | Fold::Least(_) | Fold::Max(_) | Fold::Mean => None,
        }
    }

    /// The result over a group: each value with how many rows carry it (positive). Floats are added in order of value, so that
    /// the same group always gives the same bits.
    pub fn over(self, values: impl Iterator<Item = (Word, i64)>, texts: &Interner) -> Option<Word> {
        match self {
            Fold::Count => Some(word_of_number(values.map(|(_, n)| n).sum())),
            Fold::Sum(Kind::Float) => Some(word_of_float(float_sum(values).0)),
            Fold::Mean => {
                let (sum, count) = float_sum(values);
                (count > 0).then(|| word_of_float(sum / count as f64))
            }
            Fold::Sum(Kind::Unsigned) => Some(values.fold(0, |sum, value| add(Kind::Unsigned, sum, value))),
            Fold::Sum(kind) => Some(values.fold(word_of_number(0), |sum, value| add(kind, sum, value))),
            Fold::Min(kind) => extreme(kind, values, Ordering::Less, texts),
            Fold::Least(kind) => least(kind, values, texts),
            Fold::Max(kind) => extreme(kind, values, Ordering::Greater, texts),
        }
    }

    /// Must it be kept how many rows a result is of? What is added may come to nothing while rows are there.
    pub fn keeps_count(self) -> bool {
        matches!(self, Fold::Sum(_)) && self != Fold::Sum(Kind::Float)
    }

    /// What a result, and the number of its rows if that is kept (none if there was no row), becomes by the values that came (positive) and
    /// went.
    pub fn after(
        self,
        before: Option<(Word, i64)>,
        changes: impl Iterator<Item = (Word, i64)> + Clone,
        texts: &Interner,
    ) -> Next {
        let came = || changes.clone().filter(|(_, n)| *n > 0);
        let more = || changes.clone().map(|(_, n)| n).sum::<i64>();
        let Some((before, rows)) = before else {
            return Next::Is(came().next().is_some().then(|| self.over(came(), texts)).flatten());
        };
        match self {
            Fold::Count => {
                let count = number_of(before) + more();
                Next::Is((count != 0).then(|| word_of_number(count)))
            }
            Fold::Sum(Kind::Float) | Fold::Mean => Next::Look,
            Fold::Sum(kind) => {
                let sum = changes.clone().fold(before, |sum, change| add(kind, sum, change));
                Next::Is((rows + more() != 0).then_some(sum))
            }
            Fold::Min(_) | Fold::Least(_) | Fold::Max(_) => {
                let best = self.over(came().chain([(before, 1)]), texts);
                let went = changes.clone().any(|(word, n)| n < 0 && word == before);
                // One that came is as good as the one that went.
                if went && !came().any(|(word, _)| Some(word) == best) { Next::Look } else { Next::Is(best) }
            }
        }
    }

    /// On which side of its group, in the order of words, the result stands, if it does.
    pub fn side(self) -> Option<Side> {
        match self {
            Fold::Min(Kind::Symbol) | Fold::Max(Kind::Symbol) | Fold::Least(Kind::Symbol | Kind::Unsigned) => None,
            Fold::Min(_) | Fold::Least(_) => Some(Side::First),
            Fold::Max(_) => Some(Side::Last),
            Fold::Count | Fold::Sum(_) | Fold::Mean => None,
        }
    }
}

/// A sum of whole numbers and one more, so often.
fn add(kind: Kind, sum: Word, (word, n): (Word, i64)) -> Word {
    match kind {
        Kind::Unsigned => sum.wrapping_add(word.wrapping_mul(n as u64)),
        _ => word_of_number(number_of(sum).wrapping_add(number_of(word).wrapping_mul(n))),
    }
}

fn float_sum(values: impl Iterator<Item = (Word, i64)>) -> (f64, i64) {
    let mut all: Vec<(Word, i64)> = values.collect();
    all.sort_unstable();
    all.iter().fold((0.0, 0), |(mut sum, count), &(word, n)| {
        for _ in 0..n {
            sum += float_of(word);
        }
        (sum, count + n)
    })
}

fn extreme(kind: Kind, values: impl Iterator<Item = (Word, i64)>, wanted: Ordering, texts: &Interner) -> Option<Word> {
    values.map(|(word, _)| word).reduce(|best, x| if compare(kind, x, best, texts) == wanted { x } else { best })
}

fn least(kind: Kind, values: impl Iterator<Item = (Word, i64)>, texts: &Interner) -> Option<Word> {
    let absent = absent_word(kind);
    let mut best = None;
    for (word, _) in values {
        if word == absent {
            return Some(absent);
        }
        best = match best {
            Some(least) if compare(kind, word, least, texts) != Ordering::Less => Some(least),
            _ => Some(word),
        };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Value;

    #[test]
    fn the_least_of_what_may_be_absent_is_the_absent_one() {
        let texts = Interner::new();
        let least = |kind: Kind, values: &[Value]| {
            let words: Vec<(Word, i64)> = values.iter().map(|value| (texts.encode(value, kind), 1)).collect();
            Fold::Least(kind).over(words.into_iter(), &texts).map(|word| texts.decode(word, kind, true))
        };
        let of = |text: &str| Value::symbol(text);
        assert_eq!(least(Kind::Symbol, &[of("b"), of("a"), of("吴")]), Some(of("a")));
        for values in [[of(""), Value::Absent], [Value::Absent, of("")]] {
            assert_eq!(least(Kind::Symbol, &values), Some(Value::Absent));
        }
        // The absent unsigned is the largest word.
        assert_eq!(least(Kind::Unsigned, &[Value::Unsigned(0), Value::Absent]), Some(Value::Absent));
        assert_eq!(least(Kind::Unsigned, &[Value::Unsigned(7), Value::Unsigned(3)]), Some(Value::Unsigned(3)));
        assert_eq!(least(Kind::Date, &[]), None);
    }
}
