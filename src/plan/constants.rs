//! Optimisation: where `x = CONST` stands in a body, atoms ask for the constant itself, so that it becomes a filter before the rows are
//! arranged. The equation stays and binds `x` for everything else.

use super::build::{Goal, Match};
use super::order::equations;
use crate::expr::Expr;
use crate::types::{Value, VarId};
use std::collections::BTreeMap;

pub(super) fn push_down(goals: &mut [Goal]) {
    let constant = |(v, expr): (VarId, &Expr<VarId>)| if let Expr::Const(value) = expr { Some((v, value.clone())) } else { None };
    let mut known: BTreeMap<VarId, Value> = BTreeMap::new();
    for (v, value) in goals.iter().flat_map(|goal| equations(goal).filter_map(constant)) {
        // A second equation for the same variable is a filter like any other.
        known.entry(v).or_insert(value);
    }
    for goal in goals {
        if let Goal::Atom(flat) = goal {
            for column in &mut flat.columns {
                if let Match::Var(v) = column
                    && let Some(value) = known.get(v)
                {
                    *column = Match::Equals(value.clone());
                }
            }
        }
    }
}
