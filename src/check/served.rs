//! What only `huiyan run` can do, and a server refuses: rows of a server go into its journal and are compared from start to start, where a
//! record has no form, and a number that says how the process came to hold a value would be another one at the next start.

use super::report::say;
use crate::expr::Expr;
use crate::program::{Arg, HeadTerm, Literal, Program, Relation, Rule};
use crate::syntax::Diagnostic;
use crate::types::VarId;

/// Mistakes that a program has as rules of a server.
pub fn served(program: &Program) -> Vec<Diagnostic> {
    let kept = |relation: &&Relation| relation.input.is_some() || !relation.outputs.is_empty() || relation.clue.is_some();
    let structured = program.relations.iter().filter(kept).filter_map(unfit);
    structured.chain(program.rules.iter().filter(|rule| asks_for_order(rule)).map(of_the_process)).collect()
}

/// A relation that cannot be kept.
pub(super) fn unfit(relation: &Relation) -> Option<Diagnostic> {
    let column = relation.columns.iter().find(|column| column.kind.is_structured())?;
    let (name, of) = (&column.name, &relation.name);
    let message = say(
        format!("`{name}` of `{of}` is of a record or algebraic type, which a server cannot keep"),
        format!("`{of}` 的列 `{name}` 为记录或代数类型，服务器无法保存"),
    );
    let help = say("give each of its fields a column of its own", "请为其每个字段各用一列");
    Some(Diagnostic::error("E0244", relation.span, message).help(help))
}

fn of_the_process(rule: &Rule) -> Diagnostic {
    let message = say(
        "`ord` of a symbol, record or branch is another number at each start of a server",
        "对文本、记录或分支取 `ord`，服务器每次启动所得的数都不同",
    );
    Diagnostic::error("E0245", rule.span, message).help(say("compare the values themselves", "请直接比较这些值"))
}

fn asks_for_order(rule: &Rule) -> bool {
    let heads = rule.head_terms.iter().any(|term| matches!(term, HeadTerm::Expr(expr) if holds(expr)));
    heads || rule.body.iter().any(in_literal)
}

fn in_literal(literal: &Literal) -> bool {
    match literal {
        Literal::Atom(atom) | Literal::Not(atom) => atom.args.iter().any(|arg| matches!(arg, Arg::Term(expr) if holds(expr))),
        Literal::Compare { lhs, rhs, .. } => holds(lhs) || holds(rhs),
        Literal::Holds { args, .. } => args.iter().any(holds),
        Literal::Range(range) => [&range.from, &range.to].into_iter().chain(&range.step).any(holds),
        Literal::Aggregate(aggregate) => aggregate.target.iter().any(holds) || aggregate.body.iter().any(in_literal),
    }
}

fn holds(expr: &Expr<VarId>) -> bool {
    matches!(expr, Expr::Call(functor, args) if functor.is_of_the_process() || args.iter().any(holds))
}
