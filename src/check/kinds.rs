//! Kinds are inferred: from the columns where a variable stands, from comparisons, casts and aggregates, and from the overloads of
//! functors, all at once. An integer constant is a number, else an unsigned, else a float, as its surroundings allow.

use super::clause::{AggregateTerm, AtomLit, Clause, Form, Lit, Slot, Term};
use super::report::{Report, did_you_mean, say};
use super::schema::Schema;
use super::solve::{KindSet, Need, Solver, overloads, takes};
use crate::expr::{Functor, signatures};
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

/// Why something must be of a kind: decides the message.
enum Why<'a> {
    Column { relation: RelId, column: usize, term: &'a Term },
    Compare { lhs: &'a Term, rhs: &'a Term },
    Call { name: &'a str },
    Cast { to: Kind },
    Condition { term: &'a Term },
    Aggregate { op: AggregateOp },
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

/// `as` between number and unsigned keeps the bits, which is what the conversions do.
fn convert_casts(term: &mut Term, kinds: &mut Kinds) {
    match &mut term.form {
        Form::Call(_, args) => args.iter_mut().for_each(|arg| convert_casts(arg, kinds)),
        Form::Else(_, constant) => convert_casts(constant, kinds),
        Form::As(inner, _) => {
            convert_casts(inner, kinds);
            let (from, to) = (kinds.term(inner), kinds.nodes[term.node as usize]);
            let functor = match (from, to) {
                (Kind::Number, Kind::Unsigned) => Functor::ToUnsigned(from),
                (Kind::Unsigned, Kind::Number) => Functor::ToNumber(from),
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
        self.positive_atoms(&clause.body);
        self.other_literals(&clause.body);
        self.atom_args(clause.head, &clause.head_terms);
    }

    fn positive_atoms(&mut self, lits: &'a [Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(atom) => self.atom(atom),
                Lit::Aggregate { of, .. } => self.positive_atoms(&of.body),
                Lit::Not(_) | Lit::Compare { .. } | Lit::Holds { .. } => {}
            }
        }
    }

    fn other_literals(&mut self, lits: &'a [Lit]) {
        for lit in lits {
            match lit {
                Lit::Atom(_) => {}
                Lit::Not(atom) => self.atom(atom),
                Lit::Compare { lhs, rhs, span, .. } => {
                    self.term(lhs);
                    self.term(rhs);
                    let need = Need::Same(self.at(lhs), self.at(rhs));
                    self.need(need, *span, Why::Compare { lhs, rhs });
                }
                Lit::Holds { args, .. } => {
                    for term in args {
                        self.term(term);
                        self.is(term, KindSet::of(&[Kind::Symbol]), Why::Condition { term });
                    }
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
            AggregateOp::Min | AggregateOp::Max => KindSet::ANY,
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
                    Kind::Symbol | Kind::Date | Kind::Datetime => false,
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
                    Kind::Number | Kind::Unsigned => KindSet::of(&[Kind::Number, Kind::Unsigned]),
                    Kind::Float | Kind::Symbol | Kind::Date | Kind::Datetime => KindSet::of(&[to]),
                };
                self.is(inner, from, Why::Cast { to });
                self.is(term, KindSet::of(&[to]), Why::Cast { to });
            }
            Form::Else(_, constant) => self.term(constant),
            Form::Var(_) | Form::Capture(_) | Form::Any | Form::Absent | Form::Broken | Form::Aggregate(_) => {}
        }
    }

    fn call(&mut self, term: &Term, name: &'a str, args: &'a [Term]) {
        let known = overloads(name);
        let taking: Vec<_> = known.iter().copied().filter(|row| takes(row, args.len())).collect();
        if known.is_empty() {
            let message = say(format!("unknown functor `{name}`"), format!("未知的函数 `{name}`"));
            let mut d = Diagnostic::error("E0258", term.span, message);
            if matches!(name, "range" | "match" | "ord" | "autoinc" | "$" | "recursive_iteration_cnt") {
                d = d.help(say(format!("`{name}` is not supported"), format!("不支持 `{name}`")));
            } else if let Some(help) = did_you_mean(name, signatures().iter().map(|row| row.name)) {
                d = d.help(help);
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

/// Every way to use a functor.
fn forms(name: &str) -> crate::types::Said {
    let one = |row: &&&crate::expr::Signature| {
        let args: Vec<&str> = row.args.iter().map(|kind| kind.name()).collect();
        let more = if row.variadic { ", …" } else { "" };
        format!("`{name}({}{more}) -> {}`", args.join(", "), row.result.name())
    };
    let all: Vec<String> = overloads(name).iter().map(|row| one(&row)).collect();
    let list = all.join(", ");
    say(format!("its forms: {list}"), format!("可用形式：{list}"))
}

/// The message for a need that cannot be met.
fn explain(solver: &Solver, index: usize, why: &Why, clause: &Clause, schema: &Schema) -> Diagnostic {
    let at = |term: &Term| match term.form {
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => slot.0 as usize,
        _ => clause.slots.len() + term.node as usize,
    };
    match why {
        Why::Column { relation, column, term } => {
            let relation = schema.relation(*relation);
            let column = &relation.columns[*column];
            let want = format!("{}.{}", relation.name, column.name);
            mismatch(solver, at(term), term, clause, &want, column.kind)
        }
        Why::Condition { term } => mismatch(solver, at(term), term, clause, "the condition", Kind::Symbol),
        Why::Compare { lhs, rhs } => {
            let (l, r) = (solver.sets[at(lhs)], solver.sets[at(rhs)]);
            let message = say(
                format!("a comparison of {} with {}", l.text(" or "), r.text(" or ")),
                format!("不能比较 {} 与 {}", l.text("或"), r.text("或")),
            );
            Diagnostic::error("E0284", lhs.span.to(rhs.span), message).help(say(
                "convert one side: `to_number`, `to_string`, `to_float`, `date` …",
                "请转换其中一侧：`to_number`、`to_string`、`to_float`、`date` 等",
            ))
        }
        Why::Call { name } => {
            let Need::Call { result, args, .. } = solver.need(index) else { unreachable!("calls need calls") };
            let have = args.iter().map(|arg| solver.sets[*arg].text("|")).collect::<Vec<_>>().join(", ");
            let mut en = format!("no form of `{name}` takes ({have})");
            let mut zh = format!("`{name}` 没有接受 ({have}) 的形式");
            if let Some(kind) = solver.sets[*result].single() {
                en.push_str(&format!(" and gives {}", kind.name()));
                zh.push_str(&format!(" 并得出 {}", kind.name()));
            }
            Diagnostic::error("E0285", solver.span(index), say(en, zh)).help(forms(name))
        }
        Why::Cast { to } => {
            let have = match solver.need(index) {
                Need::Is { at, .. } => solver.sets[*at],
                Need::Same(..) | Need::Call { .. } => KindSet::ANY,
            };
            let message = say(
                format!("`as` retypes, it does not convert: {} is no {}", have.text(" or "), to.name()),
                format!("`as` 只改类型、不做转换：{} 不是 {}", have.text("或"), to.name()),
            );
            Diagnostic::error("E0286", solver.span(index), message).help(say(
                "use a conversion: `to_number`, `to_string`, `to_float`, `date` …",
                "请使用转换函数：`to_number`、`to_string`、`to_float`、`date` 等",
            ))
        }
        Why::Aggregate { op } => {
            let (name, takes) = match op {
                AggregateOp::Count => ("count", "nothing"),
                AggregateOp::Sum => ("sum", "number, unsigned, float"),
                AggregateOp::Min => ("min", "any kind"),
                AggregateOp::Max => ("max", "any kind"),
                AggregateOp::Mean => ("mean", "float"),
            };
            let message = say(format!("`{name}` cannot take this kind of value"), format!("`{name}` 不能用于这种类型的值"));
            Diagnostic::error("E0287", solver.span(index), message)
                .help(say(format!("`{name}` takes: {takes}"), format!("`{name}` 可用于：{takes}")))
        }
    }
}

/// A term of one kind where another is wanted.
fn mismatch(solver: &Solver, at: usize, term: &Term, clause: &Clause, want: &str, kind: Kind) -> Diagnostic {
    let kind = kind.name();
    let have = solver.sets[at];
    let (have_en, have_zh) = (have.text(" or "), have.text("或"));
    let convert = || say("convert it, or declare the column otherwise", "请转换，或修改该列的声明");
    match &term.form {
        Form::Text(_) => {
            let message = say(format!("a text where {want} is a {kind}"), format!("{want} 的类型是 {kind}，此处却是文本"));
            let d = Diagnostic::error("E0280", term.span, message);
            match kind {
                "date" | "datetime" => d.help(say(
                    format!("a constant {kind} is written `{kind}(\"…\")`"),
                    format!("{kind} 常量写作 `{kind}(\"…\")`"),
                )),
                "symbol" => d,
                _ => d.help(say("write the number without quotes", "数字不加引号")),
            }
        }
        Form::Integer(_) | Form::Unsigned(_) | Form::Float(_) => {
            let message = say(
                format!("a constant of kind {have_en} where {want} is a {kind}"),
                format!("{want} 的类型是 {kind}，此处常量却是 {have_zh}"),
            );
            let d = Diagnostic::error("E0281", term.span, message);
            if kind == "symbol" { d.help(say("put it in quotes", "请加引号")) } else { d.help(convert()) }
        }
        Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => {
            let name = clause.slot_name(*slot);
            let message = say(
                format!("`{name}` is a {have_en}, but {want} is a {kind}"),
                format!("变量 `{name}` 是 {have_zh}，而 {want} 是 {kind}"),
            );
            let mut d = Diagnostic::error("E0282", term.span, message).help(convert());
            if let Some(since) = solver.since[at].filter(|since| *since != term.span) {
                d = d.also(since, say(format!("`{name}` is a {have_en} here"), format!("`{name}` 在此处是 {have_zh}")));
            }
            d
        }
        _ => {
            let message =
                say(format!("this is a {have_en}, but {want} is a {kind}"), format!("此处是 {have_zh}，而 {want} 是 {kind}"));
            Diagnostic::error("E0283", term.span, message).help(convert())
        }
    }
}
