//! Typed scalar expressions: what a functor means, once, over words. Pure: no rows, no rules, no files.
//!
//! An expression without a value (a failed conversion, a division by zero, a day out of range) is an `Err(FaultCode)`: the rule
//! instance yields nothing and is faulted.

mod aggregate;
mod alike;
mod compiled;
mod eval;
mod functor;
mod identity;
mod meaning;
mod naming;
mod pattern;
mod range;
mod structure;

pub use aggregate::{Fold, Next, Side};
pub use alike::{Likeness, meant};
pub use compiled::Compiled;
pub use eval::{Compared, compare};
pub use functor::{FaultCode, Functor, Signature, Test, signatures};
pub use identity::{case_no, check_digit, doc_key, doc_loose, id_birth, id_near, id_valid, id18, name_key};
pub use meaning::{meaning, named};
pub use naming::Naming;
pub use pattern::is_pattern;
pub use range::Range;

use crate::types::Value;

/// An expression over leaves `V`: variables of a rule in the checked program, columns in a plan. Overloads are resolved.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Expr<V> {
    Const(Value),
    Var(V),
    Call(Functor, Vec<Expr<V>>),
}

impl<V: Copy> Expr<V> {
    /// The same expression over other leaves.
    pub fn map<U>(&self, leaf: &mut impl FnMut(V) -> U) -> Expr<U> {
        match self {
            Expr::Const(value) => Expr::Const(value.clone()),
            Expr::Var(v) => Expr::Var(leaf(*v)),
            Expr::Call(functor, args) => Expr::Call(*functor, args.iter().map(|arg| arg.map(leaf)).collect()),
        }
    }

    /// Every leaf, in written order, repeated ones too.
    pub fn each_var(&self, visit: &mut impl FnMut(V)) {
        match self {
            Expr::Const(_) => {}
            Expr::Var(v) => visit(*v),
            Expr::Call(_, args) => args.iter().for_each(|arg| arg.each_var(visit)),
        }
    }

    /// Can it be without a value?
    pub fn can_fail(&self) -> bool {
        match self {
            Expr::Const(_) | Expr::Var(_) => false,
            Expr::Call(_, args) => self.can_fail_itself() || args.iter().any(Expr::can_fail),
        }
    }

    /// Can it be without a value though its arguments have one? Dividing by a constant that is not zero cannot.
    pub fn can_fail_itself(&self) -> bool {
        match self {
            Expr::Const(_) | Expr::Var(_) => false,
            Expr::Call(Functor::Div(_) | Functor::Mod(_), args) if args.get(1).is_some_and(is_nonzero) => false,
            Expr::Call(functor, _) => functor.can_fail(),
        }
    }
}

fn is_nonzero<V>(expr: &Expr<V>) -> bool {
    matches!(expr, Expr::Const(Value::Number(1.. | ..=-1) | Value::Unsigned(1..)))
}
