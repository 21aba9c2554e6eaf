//! [`Compiled`]: an expression made ready to be evaluated for many rows: constants are words already, arithmetic on numbers and plain
//! leaves take the short way. Evaluating allocates nothing, except what text functors intern.

use super::structure;
use super::{Expr, FaultCode, Functor, Naming};
use crate::types::{Interner, Kind, Row, ShapeId, Value, Word, absent_word, number_of, word_of_number};
use std::sync::Arc;

/// Arguments that are evaluated without an allocation; only `cat`, `min` and `max` can have more.
const INLINE_ARGS: usize = 6;

#[derive(Clone, Debug)]
pub enum Compiled<V> {
    Leaf(V),
    Const(Word),
    /// Wrapping arithmetic on two numbers.
    Number(fn(i64, i64) -> i64, Box<[Compiled<V>; 2]>),
    Call(Functor, Box<[Compiled<V>]>),
    /// [`Functor::Build`], [`Functor::Is`], [`Functor::Field`] with what it is where there is none.
    Build(ShapeId, Box<[Compiled<V>]>),
    Is(ShapeId, Box<Compiled<V>>),
    Field(ShapeId, u16, Word, Box<Compiled<V>>),
    /// [`Functor::ClueId`].
    ClueId(Arc<ClueKey<V>>),
}

/// Whose id it is, and what makes it.
#[derive(Debug)]
pub struct ClueKey<V> {
    relation: Arc<str>,
    key: Vec<(Kind, Compiled<V>)>,
    naming: Naming,
}

impl<V: Copy> Compiled<V> {
    pub fn new(expr: &Expr<V>, texts: &Interner, naming: &Naming) -> Compiled<V> {
        match expr {
            Expr::Const(value) => Compiled::Const(word_of_constant(value, texts)),
            Expr::Var(leaf) => Compiled::Leaf(*leaf),
            Expr::Call(Functor::ClueId, args) => Compiled::ClueId(Arc::new(ClueKey::new(args, texts, naming))),
            Expr::Call(functor @ (Functor::Build | Functor::Is | Functor::Field(..)), args) => {
                Compiled::structure(*functor, args, texts, naming)
            }
            Expr::Call(functor, args) => {
                let args: Vec<Compiled<V>> = args.iter().map(|arg| Compiled::new(arg, texts, naming)).collect();
                match (number_arithmetic(*functor), <[Compiled<V>; 2]>::try_from(args)) {
                    (Some(op), Ok(two)) => Compiled::Number(op, Box::new(two)),
                    (None, Ok(two)) => Compiled::Call(*functor, Box::new(two)),
                    (_, Err(args)) => Compiled::Call(*functor, args.into()),
                }
            }
        }
    }

    fn structure(functor: Functor, args: &[Expr<V>], texts: &Interner, naming: &Naming) -> Compiled<V> {
        let [Expr::Const(Value::Symbol(shape)), rest @ ..] = args else { unreachable!("the checker writes the shape first") };
        let shape = texts.shape(&structure::shape_of(shape));
        let one = |expr: &Expr<V>| Box::new(Compiled::new(expr, texts, naming));
        match functor {
            Functor::Is => Compiled::Is(shape, one(&rest[0])),
            Functor::Field(at, kind) => Compiled::Field(shape, at, structure::no_field(kind), one(&rest[0])),
            _ => Compiled::Build(shape, rest.iter().map(|arg| Compiled::new(arg, texts, naming)).collect()),
        }
    }

    /// The value, `leaf` giving those of the leaves.
    #[inline]
    pub fn eval(&self, leaf: &impl Fn(V) -> Word, texts: &Interner) -> Result<Word, FaultCode> {
        match self {
            Compiled::Leaf(v) => Ok(leaf(*v)),
            Compiled::Const(word) => Ok(*word),
            Compiled::Number(op, args) => {
                let (a, b) = (args[0].eval(leaf, texts)?, args[1].eval(leaf, texts)?);
                Ok(word_of_number(op(number_of(a), number_of(b))))
            }
            Compiled::Call(functor, args) => with_args(args, leaf, texts, |args| functor.eval(args, texts))?,
            Compiled::Build(shape, args) => with_args(args, leaf, texts, |fields| texts.make_built(*shape, fields)),
            Compiled::Is(shape, of) => Ok(structure::is(of.eval(leaf, texts)?, *shape, texts)),
            Compiled::Field(shape, at, otherwise, of) => {
                Ok(structure::field(of.eval(leaf, texts)?, *shape, *at, *otherwise, texts))
            }
            Compiled::ClueId(of) => of.id(leaf, texts),
        }
    }

    /// Has the outermost functor no value though all its arguments have?
    pub fn fails(&self, leaf: &impl Fn(V) -> Word, texts: &Interner) -> bool {
        match self {
            Compiled::Leaf(_) | Compiled::Const(_) | Compiled::Number(..) | Compiled::ClueId(_) => false,
            Compiled::Build(..) | Compiled::Is(..) | Compiled::Field(..) => false,
            Compiled::Call(functor, args) => {
                with_args(args, leaf, texts, |args| functor.eval(args, texts).is_err()).unwrap_or(false)
            }
        }
    }
}

impl<V: Copy> ClueKey<V> {
    fn new(args: &[Expr<V>], texts: &Interner, naming: &Naming) -> ClueKey<V> {
        let text = |expr: &Expr<V>| match expr {
            Expr::Const(Value::Symbol(text)) => text.clone(),
            _ => unreachable!("the checker writes relation and kinds as texts"),
        };
        let [relation, cells @ ..] = args else { unreachable!("the checker names the relation") };
        let key = cells.chunks_exact(2).map(|pair| {
            let kind = Kind::from_name(&text(&pair[0])).expect("the checker writes the names of kinds");
            (kind, Compiled::new(&pair[1], texts, naming))
        });
        ClueKey { relation: text(relation), key: key.collect(), naming: naming.clone() }
    }

    fn id(&self, leaf: &impl Fn(V) -> Word, texts: &Interner) -> Result<Word, FaultCode> {
        let cell = |(kind, cell): &(Kind, Compiled<V>)| Ok(texts.decode(cell.eval(leaf, texts)?, *kind, false));
        let key = Row::new(self.key.iter().map(cell).collect::<Result<_, _>>()?);
        Ok(texts.intern(&self.naming.clue(&self.relation, &key)))
    }
}

fn with_args<V: Copy, R>(
    args: &[Compiled<V>],
    leaf: &impl Fn(V) -> Word,
    texts: &Interner,
    call: impl FnOnce(&[Word]) -> R,
) -> Result<R, FaultCode> {
    if args.len() > INLINE_ARGS {
        let words: Vec<Word> = args.iter().map(|arg| arg.eval(leaf, texts)).collect::<Result<_, _>>()?;
        return Ok(call(&words));
    }
    let mut words = [0; INLINE_ARGS];
    for (word, arg) in words.iter_mut().zip(args) {
        *word = arg.eval(leaf, texts)?;
    }
    Ok(call(&words[..args.len()]))
}

fn number_arithmetic(functor: Functor) -> Option<fn(i64, i64) -> i64> {
    match functor {
        Functor::Add(Kind::Number) => Some(i64::wrapping_add),
        Functor::Sub(Kind::Number) => Some(i64::wrapping_sub),
        Functor::Mul(Kind::Number) => Some(i64::wrapping_mul),
        _ => None,
    }
}

/// An absent constant has no kind of its own; checked programs hold none inside expressions, and number is as good as any.
fn word_of_constant(value: &Value, texts: &Interner) -> Word {
    match value.kind() {
        Some(kind) => texts.encode(value, kind),
        None => absent_word(Kind::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(functor: Functor, args: Vec<Expr<usize>>) -> Expr<usize> {
        Expr::Call(functor, args)
    }

    fn naming() -> Naming {
        Naming::new(|relation, key| format!("{relation}{:?}", key.values()))
    }

    fn number(x: i64) -> Expr<usize> {
        Expr::Const(Value::Number(x))
    }

    #[test]
    fn compiled_is_what_the_functors_say() {
        let texts = Interner::new();
        let row = [word_of_number(7), word_of_number(0), texts.intern("矫")];
        let leaf = |i: usize| row[i];
        let naming = naming();
        let eval = |expr: &Expr<usize>| Compiled::new(expr, &texts, &naming).eval(&leaf, &texts);
        let sum = call(Functor::Add(Kind::Number), vec![Expr::Var(0), number(-9)]);
        assert_eq!(eval(&sum), Ok(word_of_number(-2)));
        assert_eq!(eval(&call(Functor::Mul(Kind::Number), vec![sum.clone(), sum.clone()])), Ok(word_of_number(4)));
        assert_eq!(eval(&call(Functor::Sub(Kind::Unsigned), vec![Expr::Var(0), Expr::Var(0)])), Ok(0));
        let many = (0..9).map(|i| number(20 - i)).collect();
        assert_eq!(eval(&call(Functor::Min(Kind::Number), many)), Ok(word_of_number(12)));
        let cat = call(Functor::Cat, vec![Expr::Var(2), Expr::Const(Value::symbol("正"))]);
        assert_eq!(eval(&cat), Ok(texts.intern("矫正")));
        let by_zero = call(Functor::Div(Kind::Number), vec![number(1), Expr::Var(1)]);
        assert_eq!(eval(&by_zero), Err(FaultCode::DivisionByZero));
        assert_eq!(eval(&call(Functor::Add(Kind::Number), vec![by_zero, number(1)])), Err(FaultCode::DivisionByZero));
    }

    #[test]
    fn the_id_of_a_clue_is_made_of_its_relation_and_the_typed_values_of_its_key() {
        let texts = Interner::new();
        let row = [word_of_number(7), texts.intern("矫")];
        let text = |text: &str| Expr::Const(Value::symbol(text));
        let args = vec![text("r"), text("date"), Expr::Var(0), text("symbol"), Expr::Var(1)];
        let word = Compiled::new(&call(Functor::ClueId, args), &texts, &naming()).eval(&|i: usize| row[i], &texts);
        let key = Row::new(vec![Value::Date(7), Value::symbol("矫")]);
        assert_eq!(word.map(|word| texts.text(word).to_string()), Ok(naming().clue("r", &key)));
    }

    #[test]
    fn a_place_is_counted_from_nought_and_absent_stands_at_none() {
        let texts = Interner::new();
        let words = ["violation", "hint", "", "other"].map(|text| texts.intern(text));
        let place = |word| Functor::Place.eval(&[word, words[0], words[1], words[2]], &texts).map(number_of);
        assert_eq!([words[0], words[2], words[3], absent_word(Kind::Symbol)].map(place), [Ok(0), Ok(2), Ok(3), Ok(3)]);
    }

    #[test]
    fn a_fault_belongs_to_the_functor_that_has_no_value() {
        let texts = Interner::new();
        let leaf = |i: usize| word_of_number(i as i64);
        let naming = naming();
        let fails = |expr: &Expr<usize>| Compiled::new(expr, &texts, &naming).fails(&leaf, &texts);
        let by_zero = call(Functor::Div(Kind::Number), vec![number(1), Expr::Var(0)]);
        assert!(fails(&by_zero));
        assert!(!fails(&call(Functor::Div(Kind::Number), vec![number(1), Expr::Var(1)])));
        assert!(!fails(&call(Functor::Div(Kind::Number), vec![by_zero.clone(), Expr::Var(0)])));
        assert!(!fails(&call(Functor::Add(Kind::Number), vec![by_zero, number(1)])));
        assert!(!fails(&Expr::Var(0)));
    }
}
