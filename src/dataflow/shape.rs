//! [`Program`]: a plan's shape compiled for rows of words: which rows are made, and of what.
//!
//! Leaves, constants and comparisons of words take the short way; text is compared through the interner only where order matters.

use crate::expr::{Compared, Compiled, Naming, Test, compare};
use crate::plan::{Made, Pred, Shape, Src};
use crate::types::{Interner, Kind, Word, absent_word};
use std::sync::Arc;

/// What a node reads: the shared key, the left value, the right value.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    pub key: &'a [Word],
    pub left: &'a [Word],
    pub right: &'a [Word],
}

impl Sides<'_> {
    #[inline(always)]
    pub fn get(&self, src: Src) -> Word {
        match src {
            Src::Key(i) => self.key[i as usize],
            Src::Left(i) => self.left[i as usize],
            Src::Right(i) => self.right[i as usize],
        }
    }
}

type Operand = Compiled<Src>;

#[derive(Clone)]
enum Condition {
    /// Words whose order is that of their values, or that are compared for equality only.
    Words(Compared, Operand, Operand),
    Texts(Compared, Operand, Operand),
    Is {
        column: Src,
        word: Word,
        wanted: bool,
    },
    Holds {
        test: Test,
        args: [Operand; 2],
        wanted: bool,
    },
    Fails(Operand),
}

#[derive(Clone)]
enum Column {
    Copy(Src),
    Word(Word),
    Compute(Operand),
    Else { column: Src, absent: Word, otherwise: Word },
}

#[derive(Clone)]
pub struct Program {
    filter: Vec<Condition>,
    columns: Vec<Column>,
    pub key: usize,
    texts: Arc<Interner>,
}

impl Program {
    pub fn new(shape: &Shape, texts: &Arc<Interner>, naming: &Naming) -> Program {
        Program {
            filter: shape.filter.iter().map(|pred| condition(pred, texts, naming)).collect(),
            columns: shape.columns.iter().map(|made| column(made, texts, naming)).collect(),
            key: shape.key,
            texts: texts.clone(),
        }
    }

    pub fn stride(&self) -> usize {
        self.columns.len()
    }

    pub fn has_filter(&self) -> bool {
        !self.filter.is_empty()
    }

    /// Does it give rows of `stride` words, of which `key` are the key, as they come?
    pub fn is_identity(&self, key: usize, stride: usize) -> bool {
        let stays = |(i, column): (usize, &Column)| match column {
            Column::Copy(Src::Key(c)) => i < key && *c as usize == i,
            Column::Copy(Src::Left(c)) => i >= key && *c as usize + key == i,
            _ => false,
        };
        self.filter.is_empty() && self.columns.len() == stride && self.columns.iter().enumerate().all(stays)
    }

    /// Appends the row to `out` and says so, or leaves `out` as it was.
    #[inline]
    pub fn make(&self, sides: Sides, out: &mut Vec<Word>) -> bool {
        if !self.filter.iter().all(|condition| condition.holds(sides, &self.texts)) {
            return false;
        }
        let start = out.len();
        for column in &self.columns {
            let word = match column {
                Column::Copy(src) => sides.get(*src),
                Column::Word(word) => *word,
                Column::Compute(operand) => match operand.eval(&|src| sides.get(src), &self.texts) {
                    Ok(word) => word,
                    Err(_) => {
                        out.truncate(start);
                        return false;
                    }
                },
                Column::Else { column, absent, otherwise } => match sides.get(*column) {
                    word if word == *absent => *otherwise,
                    word => word,
                },
            };
            out.push(word);
        }
        true
    }
}

impl Condition {
    #[inline]
    fn holds(&self, sides: Sides, texts: &Interner) -> bool {
        let leaf = |src| sides.get(src);
        let both = |a: &Operand, b: &Operand| Some((a.eval(&leaf, texts).ok()?, b.eval(&leaf, texts).ok()?));
        match self {
            Condition::Words(op, a, b) => both(a, b).is_some_and(|(a, b)| op.accepts(a.cmp(&b))),
            Condition::Texts(op, a, b) => both(a, b).is_some_and(|(a, b)| op.accepts(compare(Kind::Symbol, a, b, texts))),
            Condition::Is { column, word, wanted } => (sides.get(*column) == *word) == *wanted,
            Condition::Holds { test, args: [a, b], wanted } => {
                both(a, b).is_some_and(|(a, b)| test.holds(&texts.text(a), &texts.text(b)) == Some(*wanted))
            }
            Condition::Fails(operand) => operand.fails(&leaf, texts),
        }
    }
}

fn condition(pred: &Pred, texts: &Interner, naming: &Naming) -> Condition {
    let compiled = |operand| Compiled::new(operand, texts, naming);
    match pred {
        Pred::Compare { op, kind: Kind::Symbol, lhs, rhs } if !matches!(op, Compared::Eq | Compared::Ne) => {
            Condition::Texts(*op, compiled(lhs), compiled(rhs))
        }
        Pred::Compare { op, kind: _, lhs, rhs } => Condition::Words(*op, compiled(lhs), compiled(rhs)),
        Pred::Holds { test, args: [a, b], negated } => {
            Condition::Holds { test: *test, args: [compiled(a), compiled(b)], wanted: !negated }
        }
        Pred::IsAbsent(column, kind) => Condition::Is { column: *column, word: absent_word(*kind), wanted: true },
        Pred::IsPresent(column, kind) => Condition::Is { column: *column, word: absent_word(*kind), wanted: false },
        Pred::Fails(operand) => Condition::Fails(compiled(operand)),
    }
}

fn column(made: &Made, texts: &Interner, naming: &Naming) -> Column {
    match made {
        Made::Operand(operand) => match Compiled::new(operand, texts, naming) {
            Compiled::Leaf(src) => Column::Copy(src),
            Compiled::Const(word) => Column::Word(word),
            operand => Column::Compute(operand),
        },
        Made::Absent(kind) => Column::Word(absent_word(*kind)),
        Made::Else(column, kind, value) => {
            Column::Else { column: *column, absent: absent_word(*kind), otherwise: texts.encode(value, *kind) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::{Expr, Functor};
    use crate::types::{Value, word_of_number};

    fn n(x: i64) -> Word {
        word_of_number(x)
    }

    fn var(src: Src) -> Expr<Src> {
        Expr::Var(src)
    }

    fn compare_pred(op: Compared, kind: Kind, lhs: Expr<Src>, rhs: Expr<Src>) -> Pred {
        Pred::Compare { op, kind, lhs, rhs }
    }

    fn run(filter: Vec<Pred>, columns: Vec<Made>, sides: Sides, texts: &Arc<Interner>) -> Option<Vec<Word>> {
        let program = Program::new(&Shape { filter, columns, key: 0 }, texts, &Naming::none());
        let mut out = vec![99];
        let made = program.make(sides, &mut out);
        let row = out.split_off(1);
        assert_eq!(out, [99]);
        if !made {
            assert!(row.is_empty(), "nothing is left of a row that is not made");
        }
        made.then_some(row)
    }

    #[test]
    fn columns_of_all_kinds_are_made() {
        let texts = Arc::new(Interner::new());
        let absent = absent_word(Kind::Date);
        let sides = Sides { key: &[n(1)], left: &[n(2), absent], right: &[n(3)] };
        let sum = Expr::Call(Functor::Add(Kind::Number), vec![var(Src::Key(0)), var(Src::Right(0))]);
        let columns = vec![
            Made::Operand(var(Src::Right(0))),
            Made::Operand(sum),
            Made::Operand(Expr::Const(Value::symbol("a"))),
            Made::Absent(Kind::Symbol),
            Made::Else(Src::Left(1), Kind::Date, Value::Date(5)),
            Made::Else(Src::Left(0), Kind::Date, Value::Date(5)),
        ];
        let row = run(vec![], columns, sides, &texts);
        assert_eq!(row, Some(vec![n(3), n(4), texts.intern("a"), absent_word(Kind::Symbol), n(5), n(2)]));
    }

    #[test]
    fn filters_decide_by_value() {
        let texts = Arc::new(Interner::new());
        // Ids in the wrong order on purpose.
        let (b, a) = (texts.intern("b"), texts.intern("a"));
        let key = [a, b, n(-1), n(1), absent_word(Kind::Symbol)];
        let sides = Sides { key: &key, left: &[], right: &[] };
        let k = |i| var(Src::Key(i));
        let keeps = |pred| run(vec![pred], vec![], sides, &texts).is_some();
        assert!(keeps(compare_pred(Compared::Lt, Kind::Symbol, k(0), k(1))));
        assert!(!keeps(compare_pred(Compared::Ge, Kind::Symbol, k(0), k(1))));
        assert!(keeps(compare_pred(Compared::Ne, Kind::Symbol, k(0), k(1))));
        assert!(keeps(compare_pred(Compared::Lt, Kind::Number, k(2), k(3))));
        let holds = |negated| Pred::Holds { test: Test::StartsWith, args: [k(0), k(1)], negated };
        assert!(!keeps(holds(false)) && keeps(holds(true)));
        assert!(keeps(Pred::IsAbsent(Src::Key(4), Kind::Symbol)) && !keeps(Pred::IsAbsent(Src::Key(0), Kind::Symbol)));
        assert!(keeps(Pred::IsPresent(Src::Key(0), Kind::Symbol)) && !keeps(Pred::IsPresent(Src::Key(4), Kind::Symbol)));
    }

    #[test]
    fn what_has_no_value_is_not_made_and_fails() {
        let texts = Arc::new(Interner::new());
        let sides = Sides { key: &[n(0), n(4)], left: &[], right: &[] };
        let div = |d| Expr::Call(Functor::Div(Kind::Number), vec![var(Src::Key(1)), var(Src::Key(d))]);
        assert_eq!(run(vec![], vec![Made::Operand(var(Src::Key(1))), Made::Operand(div(0))], sides, &texts), None);
        assert_eq!(run(vec![], vec![Made::Operand(div(1))], sides, &texts), Some(vec![n(1)]));
        for op in [Compared::Eq, Compared::Ne] {
            assert_eq!(run(vec![compare_pred(op, Kind::Number, div(0), var(Src::Key(0)))], vec![], sides, &texts), None);
        }
        assert!(run(vec![Pred::Fails(div(0))], vec![], sides, &texts).is_some());
        assert!(run(vec![Pred::Fails(div(1))], vec![], sides, &texts).is_none());
    }

    #[test]
    fn the_identity_is_known() {
        let texts = Arc::new(Interner::new());
        let of = |srcs: &[Src]| {
            let columns = srcs.iter().map(|&src| Made::Operand(var(src))).collect();
            Program::new(&Shape { filter: vec![], columns, key: 1 }, &texts, &Naming::none())
        };
        assert!(of(&[Src::Key(0), Src::Left(0), Src::Left(1)]).is_identity(1, 3));
        assert!(!of(&[Src::Key(0), Src::Left(1), Src::Left(0)]).is_identity(1, 3));
        assert!(!of(&[Src::Key(0), Src::Left(0)]).is_identity(1, 3));
    }
}
