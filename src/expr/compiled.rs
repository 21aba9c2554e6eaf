//! [`Compiled`]: an expression made ready to be evaluated for many rows: constants are words already, arithmetic on numbers and plain
//! leaves take the short way. Evaluating allocates nothing, except what text functors intern.

use super::{Expr, FaultCode, Functor};
use crate::types::{Interner, Kind, Value, Word, absent_word, number_of, word_of_number};

/// Arguments that are evaluated without an allocation; only `cat`, `min` and `max` can have more.
const INLINE_ARGS: usize = 6;

#[derive(Clone, Debug)]
pub enum Compiled<V> {
    Leaf(V),
    Const(Word),
    /// Wrapping arithmetic on two numbers.
    Number(fn(i64, i64) -> i64, Box<[Compiled<V>; 2]>),
    Call(Functor, Box<[Compiled<V>]>),
}

impl<V: Copy> Compiled<V> {
    pub fn new(expr: &Expr<V>, texts: &Interner) -> Compiled<V> {
        match expr {
            Expr::Const(value) => Compiled::Const(word_of_constant(value, texts)),
            Expr::Var(leaf) => Compiled::Leaf(*leaf),
            Expr::Call(functor, args) => {
                let args: Vec<Compiled<V>> = args.iter().map(|arg| Compiled::new(arg, texts)).collect();
                match (number_arithmetic(*functor), <[Compiled<V>; 2]>::try_from(args)) {
                    (Some(op), Ok(two)) => Compiled::Number(op, Box::new(two)),
                    (None, Ok(two)) => Compiled::Call(*functor, Box::new(two)),
                    (_, Err(args)) => Compiled::Call(*functor, args.into()),
                }
            }
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
        }
    }

    /// Has the outermost functor no value though all its arguments have?
    pub fn fails(&self, leaf: &impl Fn(V) -> Word, texts: &Interner) -> bool {
        match self {
            Compiled::Leaf(_) | Compiled::Const(_) | Compiled::Number(..) => false,
            Compiled::Call(functor, args) => {
                with_args(args, leaf, texts, |args| functor.eval(args, texts).is_err()).unwrap_or(false)
            }
        }
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

    fn number(x: i64) -> Expr<usize> {
        Expr::Const(Value::Number(x))
    }

    #[test]
    fn compiled_is_what_the_functors_say() {
        let texts = Interner::new();
        let row = [word_of_number(7), word_of_number(0), texts.intern("矫")];
        let leaf = |i: usize| row[i];
        let eval = |expr: &Expr<usize>| Compiled::new(expr, &texts).eval(&leaf, &texts);
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
    fn a_fault_belongs_to_the_functor_that_has_no_value() {
        let texts = Interner::new();
        let leaf = |i: usize| word_of_number(i as i64);
        let fails = |expr: &Expr<usize>| Compiled::new(expr, &texts).fails(&leaf, &texts);
        let by_zero = call(Functor::Div(Kind::Number), vec![number(1), Expr::Var(0)]);
        assert!(fails(&by_zero));
        assert!(!fails(&call(Functor::Div(Kind::Number), vec![number(1), Expr::Var(1)])));
        assert!(!fails(&call(Functor::Div(Kind::Number), vec![by_zero.clone(), Expr::Var(0)])));
        assert!(!fails(&call(Functor::Add(Kind::Number), vec![by_zero, number(1)])));
        assert!(!fails(&Expr::Var(0)));
    }
}
