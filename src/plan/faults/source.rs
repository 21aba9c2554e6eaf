//! Where a fault comes from: the first record, in written order, that gives the failing expression a value; its key and its agency.

use super::super::build::Flattener;
use crate::expr::{Expr, Functor};
use crate::program::{Arg, Atom, Literal, RecordDecl};
use crate::types::{Kind, Value, VarId};
use std::collections::BTreeSet;

pub(super) struct Source {
    relation: Expr<VarId>,
    key: Expr<VarId>,
    agency: Expr<VarId>,
}

impl Source {
    /// Finds the record among the literals; columns of its key that nobody asks for get a variable, so that they can be said.
    pub fn of(literals: &mut [Literal], call: &Expr<VarId>, flattener: &mut Flattener) -> Source {
        let mut used = BTreeSet::new();
        call.each_var(&mut |v| {
            used.insert(v);
        });
        let program = flattener.program;
        let record = literals.iter_mut().find_map(|literal| match literal {
            Literal::Atom(atom) if binds_any(atom, &used) => {
                let declared = program.relation(atom.relation);
                declared.record.as_ref().map(|record| (atom, declared, record))
            }
            _ => None,
        });
        let Some((atom, declared, record)) = record else {
            return Source { relation: text(""), key: text(""), agency: text("") };
        };
        let kinds = declared.kinds();
        let key = key_text(record, atom, &kinds, flattener);
        let agency = record.by.map_or(text(""), |column| said(atom, column, kinds[column], flattener));
        Source { relation: text(&declared.name), key, agency }
    }

    /// Relation, key, agency.
    pub fn columns(&self) -> impl Iterator<Item = &Expr<VarId>> {
        [&self.relation, &self.key, &self.agency].into_iter()
    }
}

fn binds_any(atom: &Atom, used: &BTreeSet<VarId>) -> bool {
    atom.args.iter().any(|arg| match arg {
        Arg::Term(Expr::Var(v)) | Arg::Else(v, _) | Arg::Capture(v) => used.contains(v),
        Arg::Any | Arg::Absent | Arg::Term(_) => false,
    })
}

/// Values of the key joined by `|`.
fn key_text(record: &RecordDecl, atom: &mut Atom, kinds: &[Kind], flattener: &mut Flattener) -> Expr<VarId> {
    let mut parts = Vec::new();
    for column in &record.key {
        if !parts.is_empty() {
            parts.push(text("|"));
        }
        parts.push(said(atom, *column, kinds[*column], flattener));
    }
    if parts.len() == 1 { parts.remove(0) } else { Expr::Call(Functor::Cat, parts) }
}

/// The column of the matching row as text.
fn said(atom: &mut Atom, column: usize, kind: Kind, flattener: &mut Flattener) -> Expr<VarId> {
    let arg = &mut atom.args[column];
    let value = match arg {
        Arg::Term(expr) => expr.clone(),
        Arg::Else(v, _) | Arg::Capture(v) => Expr::Var(*v),
        Arg::Any | Arg::Absent => {
            let v = flattener.fresh(kind);
            *arg = Arg::Capture(v);
            Expr::Var(v)
        }
    };
    if kind == Kind::Symbol { value } else { Expr::Call(Functor::Written(kind), vec![value]) }
}

fn text(value: &str) -> Expr<VarId> {
    Expr::Const(Value::symbol(value))
}
