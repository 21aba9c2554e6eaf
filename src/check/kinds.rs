//! Kinds are inferred: from the columns where a variable stands, from comparisons, casts and aggregates, and from the overloads of
//! functors, all at once. An integer constant is a number, else an unsigned, else a float, as its surroundings allow.

use super::blame::{Why, explain, forms};
use super::clause::{AggregateTerm, AtomLit, Clause, Form, Lit, Slot, Term};
use super::report::{Report, say};
use super::schema::Schema;
use super::solve::{KindSet, Need, Solver, overloads, takes};
use super::structures::Field;
use crate::expr::{Compared, Functor, signatures};
use crate::syntax::{Diagnostic, Span, ast::AggregateOp};
use crate::types::{Kind, RelId};
use std::collections::HashMap;

/// The kind of every variable and expression, and the overload of every call.
pub(super) struct Kinds {
    slots: Vec<Kind>,
    nodes: Vec<Kind>,
    calls: HashMap<u32, Functor>,
}

impl Kinds {
    pub fn slot(&self, slot: Slot) -> Kind {
        self.slots[slot.0 as usize]
    }

    pub fn term(&self, term: &Term) -> Kind {
        match term.form {
            Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => self.slot(slot),
            _ => self.nodes[term.node as usize],
        }
    }

    /// `None` only where no overload fits, which was reported.
    pub fn functor(&self, term: &Term) -> Option<Functor> {
        self.calls.get(&term.node).copied()
    }
}

/// Infers the kinds of a clause. Casts that change the representation become conversions.
pub(super) fn infer(clause: &mut Clause, schema: &Schema, report: &mut Report) -> Kinds {
    let slots = clause.slots.len();
    let mut gather =
        Gather { clause, schema, report, solver: Solver::new(slots + clause.nodes as usize), why: Vec::new(), calls: Vec::new() };
    gather.clause_needs();
    let Gather { mut solver, why, calls, report, .. } = gather;
    solver.solve(&mut |solver, index| report.add(explain(solver, index, &why[index], clause, schema)));
    let kind = |set: &KindSet| set.single().unwrap_or(Kind::Number);
    let all: Vec<Kind> = solver.sets.iter().map(kind).collect();
    let mut kinds = Kinds { slots: all[..slots].to_vec(), nodes: all[slots..].to_vec(), calls: HashMap::new() };
    for (node, index) in calls {
        if let Need::Call { result, args, overloads } = solver.need(index)
            && let Some(row) = overloads.iter().find(|row| solver.fits(row, *result, args))
        {
            kinds.calls.insert(node, row.functor);
        }
    }
    each_level(&mut clause.body, &mut |term| convert_casts(term, &mut kinds));
    clause.head_terms.iter_mut().for_each(|term| convert_casts(term, &mut kinds));
    kinds
}

fn each_level(lits: &mut [Lit], visit: &mut impl FnMut(&mut Term)) {
    for lit in lits {
        lit.terms_mut().into_iter().for_each(&mut *visit);
        if let Lit::Aggregate { of, .. } = lit {
            of.target.iter_mut().for_each(&mut *visit);
            each_level(&mut of.body, visit);
        }
    }
}

/// `as` between number and unsigned keeps the bits, which is what the conversions do; the raw number of a text, record or branch is `ord`.
fn convert_casts(term: &mut Term, kinds: &mut Kinds) {
    match &mut term.form {
        Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => {
            args.iter_mut().for_each(|arg| convert_casts(arg, kinds));
        }
        Form::Else(_, constant) => convert_casts(constant, kinds),
        Form::As(inner, _) => {
            convert_casts(inner, kinds);
            let (from, to) = (kinds.term(inner), kinds.nodes[term.node as usize]);
            let functor = match (from, to) {
                (Kind::Number, Kind::Unsigned) => Functor::ToUnsigned(from),
                (Kind::Unsigned, Kind::Number) => Functor::ToNumber(from),
                (Kind::Symbol | Kind::Record | Kind::Adt, Kind::Number) => Functor::Ord(from),
                _ => return,
            };
            kinds.calls.insert(term.node, functor);
            term.form = Form::Call(functor.name().to_string(), vec![(**inner).clone()]);
        }
        _ => {}
    }
}

struct Gather<'a> {
    clause: &'a Clause,
    schema: &'a Schema,
    report: &'a mut Report,
    solver: Solver,
    /// For each need.
    why: Vec<Why<'a>>,
    /// Node and need of each call.
    calls: Vec<(u32, usize)>,
}

impl<'a> Gather<'a> {
    /// Positive atoms first: they say most reliably what a variable is, so a contradiction is blamed on the other place.
    fn clause_needs(&mut self) {
        let clause = self.clause;
        clause.counters.iter().for_each(|slot| self.solver.sets[slot.0 as usize] = KindSet::of(&[Kind::Number]));
        self.positive_atoms(&clause.body);
        self.other_literals(&clause.body);
        self.atom_args(clause.head, &clause.head_terms);
    }

    fn positive_atoms(&mut self, lits: &'a [Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(atom) => self.atom(atom),
                Lit::Aggregate { of, .. } => self.positive_atoms(&of.body),
                Lit::Not(_) | Lit::Compare { .. } | Lit::Holds { .. } | Lit::Range { .. } => {}
            }
        }
    }

    fn other_literals(&mut self, lits: &'a [Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(_) => {}
                Lit::Not(atom) => self.atom(atom),
                Lit::Compare { op, lhs, rhs, span } => {
                    self.term(lhs);
                    self.term(rhs);
                    let need = Need::Same(self.at(lhs), self.at(rhs));
                    self.need(need, *span, Why::Compare { lhs, rhs });
                    if !matches!(op, Compared::Eq | Compared::Ne) {
                        self.is(lhs, KindSet::ordered(), Why::Order);
                    }
                }
                Lit::Holds { args, .. } => {
                    for term in args {
                        self.term(term);
                        self.is(term, KindSet::of(&[Kind::Symbol]), Why::Condition { term });
                    }
                }
                Lit::Range { result, call, span } => {
                    self.term(call);
                    let need = Need::Same(result.0 as usize, self.at(call));
                    self.need(need, *span, Why::Compare { lhs: call, rhs: call });
                }
                Lit::Aggregate { result, of, .. } => {
                    self.other_literals(&of.body);
                    self.aggregate(*result, of);
                }
            }
        }
    }

    fn atom(&mut self, atom: &'a AtomLit) {
        self.atom_args(atom.relation, &atom.args);
    }

    fn atom_args(&mut self, relation: Option<RelId>, args: &'a [Term]) {
        for (column, term) in args.iter().enumerate() {
            self.term(term);
            if let Some(relation) = relation
                && let Some(ty) = self.schema.column_type(relation, column)
            {
                let set = KindSet::of(&[self.schema.types.kind(ty)]);
                match &term.form {
                    Form::Any | Form::Absent | Form::Broken => {}
                    Form::Else(_, constant) => {
                        self.is(term, set, Why::Column { relation, column, term });
                        self.is(constant, set, Why::Column { relation, column, term: constant });
                    }
                    _ => self.is(term, set, Why::Column { relation, column, term }),
                }
            }
        }
    }

    fn aggregate(&mut self, result: Slot, of: &'a AggregateTerm) {
        let result = result.0 as usize;
        let why = || Why::Aggregate { op: of.op };
        let numeric = KindSet::of(&[Kind::Number, Kind::Unsigned, Kind::Float]);
        let allowed = match of.op {
            AggregateOp::Count => KindSet::of(&[Kind::Number]),
            AggregateOp::Sum => numeric,
            AggregateOp::Mean => KindSet::of(&[Kind::Float]),
            AggregateOp::Min | AggregateOp::Max => KindSet::ordered(),
        };
        if let Some(target) = &of.target {
            self.term(target);
            let at = self.at(target);
            self.need(Need::Is { at, set: allowed }, target.span, why());
            self.need(Need::Same(result, at), of.span, why());
        } else {
            self.need(Need::Is { at: result, set: allowed }, of.span, why());
        }
    }

    /// The unknown of a term.
    fn at(&self, term: &Term) -> usize {
        match term.form {
            Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => slot.0 as usize,
            _ => self.clause.slots.len() + term.node as usize,
        }
    }

    fn need(&mut self, need: Need, span: Span, why: Why<'a>) -> usize {
        self.why.push(why);
        self.solver.add(need, span)
    }

    fn is(&mut self, term: &Term, set: KindSet, why: Why<'a>) {
        let need = Need::Is { at: self.at(term), set };
        self.need(need, term.span, why);
    }

    /// What a term says by itself.
    fn term(&mut self, term: &'a Term) {
        let at = self.at(term);
        match &term.form {
            Form::Integer(x) => {
                let fits = |kind: &Kind| match kind {
                    Kind::Number => i64::try_from(*x).is_ok(),
                    Kind::Unsigned => u64::try_from(*x).is_ok(),
                    Kind::Float => true,
                    Kind::Symbol | Kind::Date | Kind::Datetime | Kind::Record | Kind::Adt => false,
                };
                self.solver.sets[at] = KindSet::of(&KindSet::ANY.kinds().filter(fits).collect::<Vec<_>>());
            }
            Form::Unsigned(_) => self.solver.sets[at] = KindSet::of(&[Kind::Unsigned]),
            Form::Float(_) => self.solver.sets[at] = KindSet::of(&[Kind::Float]),
            Form::Text(_) => self.solver.sets[at] = KindSet::of(&[Kind::Symbol]),
            Form::Call(name, args) => {
                args.iter().for_each(|arg| self.term(arg));
                self.call(term, name, args);
            }
            Form::As(inner, ty) => {
                self.term(inner);
                let Some(ty) = ty else { return };
                let to = self.schema.types.kind(*ty);
                let from = match to {
                    Kind::Number => KindSet::of(&[to, Kind::Unsigned, Kind::Symbol, Kind::Record, Kind::Adt]),
                    Kind::Unsigned => KindSet::of(&[Kind::Number, to]),
                    Kind::Float | Kind::Symbol | Kind::Date | Kind::Datetime | Kind::Record | Kind::Adt => KindSet::of(&[to]),
                };
                self.is(inner, from, Why::Cast { to });
                self.is(term, KindSet::of(&[to]), Why::Cast { to });
            }
            Form::Else(_, constant) => self.term(constant),
            Form::Nil => self.solver.sets[at] = KindSet::of(&[Kind::Record]),
            Form::Record(fields) => {
                self.solver.sets[at] = KindSet::of(&[Kind::Record]);
                let schema = self.schema;
                let declared = self.clause.structures.get(&term.node).and_then(|ty| schema.types.structures.record(*ty));
                self.fields("", declared, fields);
            }
            Form::Branch(name, fields) => {
                self.solver.sets[at] = KindSet::of(&[Kind::Adt]);
                let declared = self.schema.types.structures.branch(name).map(|(_, fields)| fields);
                self.fields(name, declared, fields);
            }
            Form::Var(_) | Form::Capture(_) | Form::Any | Form::Absent | Form::Broken | Form::Aggregate(_) => {}
        }
    }

    /// What stands in a record or branch. `declared`: its fields, if its type is known.
    fn fields(&mut self, branch: &'a str, declared: Option<&'a [Field]>, terms: &'a [Term]) {
        for (i, term) in terms.iter().enumerate() {
            self.term(term);
            if let Some(field) = declared.and_then(|fields| fields.get(i))
                && let Some(ty) = field.ty
                && !matches!(term.form, Form::Any | Form::Broken)
            {
                let kind = self.schema.types.kind(ty);
                self.is(term, KindSet::of(&[kind]), Why::Field { branch, name: &field.name, kind, term });
            }
        }
    }

    fn call(&mut self, term: &Term, name: &'a str, args: &'a [Term]) {
        let known = overloads(name);
        let taking: Vec<_> = known.iter().copied().filter(|row| takes(row, args.len())).collect();
        if known.is_empty() {
            let message = say(format!("unknown functor `{name}`"), format!("未知的函数 `{name}`"));
            let mut d = Diagnostic::error("E0258", term.span, message);
            if name == "recursive_iteration_cnt" {
                // Which round brings a row depends on how a program is evaluated, and rows that come later have no rounds in common.
                let message = say(
                    "`recursive_iteration_cnt()` is not supported: rows have no rounds here, they come and go one by one",
                    "不支持 `recursive_iteration_cnt()`：此处的行逐条增减，没有轮次",
                );
                d = Diagnostic::error("E0258", term.span, message).help(say(
                    "count steps in a column: `r(y, n + 1) :- r(x, n), edge(x, y), n < 100.`",
                    "请用一列计步：`r(y, n + 1) :- r(x, n), edge(x, y), n < 100.`",
                ));
            } else if let Some(help) = self.report.near(name, signatures().iter().map(|row| row.name)) {
                d = d.help(help);
            } else {
                d = d.help(say("use a functor of the reference, or compare with a relation", "请使用手册所列的函数，或改用关系"));
            }
            self.report.add(d);
        } else if taking.is_empty() {
            let got = args.len();
            let message = say(format!("`{name}` does not take {got} arguments"), format!("`{name}` 不接受 {got} 个参数"));
            self.report.add(Diagnostic::error("E0259", term.span, message).help(forms(name)));
        } else {
            let args = args.iter().map(|arg| self.at(arg)).collect();
            let need = Need::Call { result: self.at(term), args, overloads: taking };
            let index = self.need(need, term.span, Why::Call { name });
            self.calls.push((term.node, index));
        }
    }
}
