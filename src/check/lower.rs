//! A typed, grounded clause becomes a rule or a fact of the checked program. Expressions of constants are computed here.

use super::apart::Body;
use super::clause::{AggregateTerm, AtomLit, Clause, Form, Lit, Slot, Term};
use super::ground::{Way, ways};
use super::kinds::Kinds;
use super::report::{Report, say};
use super::schema::Schema;
use crate::expr::{Expr, FaultCode, Fold, Functor};
use crate::limits::MAX_CONSTANT_BYTES;
use crate::program::{Aggregate, Arg, Atom, HeadTerm, Literal, Range, Var};
use crate::syntax::{Diagnostic, Span, ast::AggregateOp};
use crate::types::{Interner, Kind, RelId, Row, Shape, Value, VarId, within};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A rule but for what comes from its annotations.
pub(super) struct Lowered {
    pub head: RelId,
    pub head_terms: Vec<HeadTerm>,
    pub body: Vec<Literal>,
    pub places: Vec<Span>,
    pub vars: Vec<Var>,
    /// What each `autoinc()` gives.
    pub counters: Vec<VarId>,
}

pub(super) struct Lowering<'a> {
    pub clause: &'a Clause,
    pub kinds: &'a Kinds,
    pub schema: &'a Schema,
    pub texts: &'a Interner,
    /// Variables that have values whatever the body says.
    pub given: &'a BTreeSet<Slot>,
    pub report: &'a mut Report,
}

/// Variables get their numbers in the order in which the body mentions them, and names that no two of them share.
#[derive(Default)]
pub(super) struct Vars {
    ids: HashMap<Slot, VarId>,
    all: Vec<Var>,
    /// Which variable bears a name as written: the rule's own before those of aggregates.
    owners: HashMap<String, Slot>,
    made_up: HashSet<String>,
}

impl Lowering<'_> {
    /// `None` if the head is unknown.
    pub fn rule(&mut self) -> Option<Lowered> {
        let head = self.clause.head?;
        let clause = self.clause;
        let mut vars = Vars::of(clause);
        let Body { literals, places, .. } = self.body(&clause.body, self.given, &mut vars);
        let head_terms = clause
            .head_terms
            .iter()
            .map(|term| match term.form {
                Form::Absent => HeadTerm::Absent,
                _ => HeadTerm::Expr(self.expr(term, &mut vars)),
            })
            .collect();
        let counters = clause.counters.iter().map(|slot| self.var(*slot, &mut vars)).collect();
        Some(Lowered { head, head_terms, body: literals, places, vars: vars.all, counters })
    }

    /// A clause without a body, if everything in it is constant.
    pub fn fact(&mut self) -> Option<(RelId, Row)> {
        let head = self.clause.head?;
        let clause = self.clause;
        let mut values = Vec::new();
        for (column, term) in clause.head_terms.iter().enumerate() {
            let value = self.constant(term)?;
            if self.schema.relation(head).columns[column].optional && value.is_reserved() {
                let message = say("this value is reserved for an absent one", "此值保留用于表示缺失");
                self.report.error("E0303", term.span, message);
                return None;
            }
            values.push(value);
        }
        Some((head, Row::new(values)))
    }

    /// The value of a constant expression; reports one that is not constant or has no value.
    fn constant(&mut self, term: &Term) -> Option<Value> {
        if let Form::Absent = term.form {
            return Some(Value::Absent);
        }
        let mut variable = None;
        term.each_slot(&mut |slot, span| {
            variable.get_or_insert((slot, span));
        });
        if let Some((slot, span)) = variable {
            let name = self.clause.slot_name(slot);
            let message = say(format!("`{name}` in a fact is not constant"), format!("事实中的 `{name}` 不是常量"));
            let help = say("give the rule a body that binds it", "请写出绑定它的规则体");
            self.report.add(Diagnostic::error("E0300", span, message).help(help));
            return None;
        }
        match self.fold(term, &mut Vars::default()) {
            Ok(Expr::Const(value)) => Some(value),
            Ok(_) => {
                let message = say(
                    "the value of `ord`, or of a text this long, is not known before the program runs",
                    "`ord` 或如此长的文本，其值在程序运行之前未知",
                );
                let help = say("write `:- true` to make it a rule", "请加上 `:- true` 写成规则");
                self.report.add(Diagnostic::error("E0300", term.span, message).help(help));
                None
            }
            Err((span, why)) => {
                self.no_value(span, why);
                None
            }
        }
    }

    fn no_value(&mut self, span: Span, why: FaultCode) {
        let why = why.said();
        let message = say(format!("this has no value: {}", why.en), format!("此式没有值：{}", why.zh));
        self.report.error("E0301", span, message);
    }

    fn body(&mut self, lits: &[Lit], given: &BTreeSet<Slot>, vars: &mut Vars) -> Body {
        let (mut body, mut later) = (Body::default(), Body::default());
        for (lit, way) in lits.iter().zip(ways(lits, given)) {
            if let Lit::Atom(atom) = lit {
                self.atom_apart(atom, vars, &mut body, &mut later);
            } else {
                body.append(&mut later);
                self.literal(lit, way, vars, &mut body);
            }
        }
        body.append(&mut later);
        body
    }

    fn literal(&mut self, lit: &Lit, way: Way, vars: &mut Vars, into: &mut Body) {
        let literal = match lit {
            Lit::Atom(_) => unreachable!("atoms are lowered by the caller"),
            Lit::Not(atom) => return self.not_atom(atom, vars, into),
            Lit::Compare { lhs, rhs, span, .. } if way == Way::Left && lhs.is_structure() => {
                let value = self.expr(rhs, vars);
                return self.take_apart(value, lhs, *span, vars, into);
            }
            Lit::Compare { lhs, rhs, span, .. } if way == Way::Right && rhs.is_structure() => {
                let value = self.expr(lhs, vars);
                return self.take_apart(value, rhs, *span, vars, into);
            }
            Lit::Compare { op, lhs, rhs, .. } => {
                let kind = self.kinds.term(lhs);
                Literal::Compare { op: *op, kind, lhs: self.expr(lhs, vars), rhs: self.expr(rhs, vars) }
            }
            Lit::Holds { test, args, negated, .. } => {
                let args = args.iter().map(|arg| self.expr(arg, vars)).collect();
                Literal::Holds { test: *test, args, negated: *negated }
            }
            Lit::Range { result, call, .. } => Literal::Range(self.range(*result, call, vars)),
            Lit::Aggregate { result, group, of } => Literal::Aggregate(self.aggregate(*result, group, of, vars)),
        };
        into.push(literal, lit.span());
    }

    fn range(&mut self, result: Slot, call: &Term, vars: &mut Vars) -> Range {
        let Form::Call(_, args) = &call.form else { unreachable!("ranges are calls") };
        let mut bounds = args.iter().map(|arg| self.expr(arg, vars)).collect::<Vec<_>>().into_iter();
        let mut next = || bounds.next().expect("the table of functors gives a range two ends");
        let (from, to) = (next(), next());
        Range { kind: self.kinds.slot(result), result: self.var(result, vars), from, to, step: bounds.next() }
    }

    fn aggregate(&mut self, result: Slot, group: &[Slot], of: &AggregateTerm, vars: &mut Vars) -> Aggregate {
        let Body { literals: body, places, aside } = self.body(&of.body, &group.iter().copied().collect(), vars);
        let target = of.target.as_ref().map(|target| self.expr(target, vars));
        let kind = self.kinds.slot(result);
        let fold = match of.op {
            AggregateOp::Count => Fold::Count,
            AggregateOp::Sum => Fold::Sum(kind),
            AggregateOp::Min => Fold::Min(kind),
            AggregateOp::Max => Fold::Max(kind),
            AggregateOp::Mean => Fold::Mean,
        };
        let group = group.iter().map(|slot| self.var(*slot, vars)).collect();
        Aggregate { fold, result: self.var(result, vars), target, body, places, group, aside }
    }

    pub(super) fn atom(&mut self, atom: &AtomLit, vars: &mut Vars) -> Atom {
        let relation = atom.relation.expect("a clause with an unknown relation is reported and not lowered");
        let columns = &self.schema.relation(relation).columns;
        let args = atom
            .args
            .iter()
            .zip(columns)
            .map(|(arg, column)| match &arg.form {
                Form::Any => Arg::Any,
                Form::Absent => Arg::Absent,
                Form::Else(slot, constant) => match self.constant(constant) {
                    Some(value) => Arg::Else(self.var(*slot, vars), value),
                    None => Arg::Any,
                },
                Form::Capture(slot) => {
                    let id = self.var(*slot, vars);
                    vars.all[id.index()].optional = column.optional;
                    Arg::Capture(id)
                }
                // Taken apart by the caller.
                _ if arg.holds_wild() => Arg::Any,
                _ => Arg::Term(self.expr(arg, vars)),
            })
            .collect();
        Atom { relation, args }
    }

    /// An expression of a rule. What has no value there is a fault of the running program, except a date that is written out.
    pub(super) fn expr(&mut self, term: &Term, vars: &mut Vars) -> Expr<VarId> {
        match &term.form {
            Form::Record(args) | Form::Branch(_, args) => {
                let fields = args.iter().map(|arg| self.expr(arg, vars)).collect();
                self.built(term, fields)
            }
            Form::Call(_, args) => {
                let args: Vec<Expr<VarId>> = args.iter().map(|arg| self.expr(arg, vars)).collect();
                let functor = self.functor(term);
                if let Some(number) = self.place_of_branch(term, functor, &args) {
                    return number;
                }
                match self.computed(functor, &args) {
                    Some(Ok(value)) => Expr::Const(value),
                    Some(Err(why)) if matches!(functor, Functor::DateOf | Functor::DatetimeOf) => {
                        self.no_value(term.span, why);
                        Expr::Call(functor, args)
                    }
                    Some(Err(_)) | None => Expr::Call(functor, args),
                }
            }
            Form::As(inner, _) => self.expr(inner, vars),
            Form::Var(slot) | Form::Capture(slot) | Form::Else(slot, _) => Expr::Var(self.var(*slot, vars)),
            _ => Expr::Const(self.literal_value(term)),
        }
    }

    /// Like [`Lowering::expr`], but what has no value is an error with its place.
    fn fold(&mut self, term: &Term, vars: &mut Vars) -> Result<Expr<VarId>, (Span, FaultCode)> {
        match &term.form {
            Form::Record(args) | Form::Branch(_, args) => {
                let fields = args.iter().map(|arg| self.fold(arg, vars)).collect::<Result<Vec<_>, _>>()?;
                Ok(self.built(term, fields))
            }
            Form::Call(_, args) => {
                let args = args.iter().map(|arg| self.fold(arg, vars)).collect::<Result<Vec<_>, _>>()?;
                let functor = self.functor(term);
                if let Some(number) = self.place_of_branch(term, functor, &args) {
                    return Ok(number);
                }
                match self.computed(functor, &args) {
                    Some(Ok(value)) => Ok(Expr::Const(value)),
                    Some(Err(why)) => Err((term.span, why)),
                    None => Ok(Expr::Call(functor, args)),
                }
            }
            Form::As(inner, _) => self.fold(inner, vars),
            _ => Ok(self.expr(term, vars)),
        }
    }

    fn functor(&self, term: &Term) -> Functor {
        self.kinds.functor(term).expect("a call without an overload is reported and not lowered")
    }

    /// The raw number of a value of an enumeration: the sum of the places of all branches, each times whether it is that one.
    fn place_of_branch(&self, term: &Term, functor: Functor, args: &[Expr<VarId>]) -> Option<Expr<VarId>> {
        let (Functor::Ord(Kind::Adt), [value]) = (functor, args) else { return None };
        let names = self.schema.types.structures.enumeration(*self.clause.structures.get(&term.node)?)?;
        let number = |x: usize| Expr::Const(Value::Number(x as i64));
        let part = |(place, name): (usize, &&str)| {
            let shape = Shape { branch: Some((*name).into()), kinds: Box::default() };
            let is = Expr::Call(Functor::Is, vec![Expr::Const(Value::symbol(&shape.text())), value.clone()]);
            Expr::Call(Functor::Mul(Kind::Number), vec![number(place), is])
        };
        let mut parts: Vec<Expr<VarId>> = names.iter().enumerate().skip(1).map(part).collect();
        // Two by two, so that it is no deeper than it must be.
        while parts.len() > 1 {
            let pair = |two: &[Expr<VarId>]| match two {
                [one] => one.clone(),
                two => Expr::Call(Functor::Add(Kind::Number), two.to_vec()),
            };
            parts = parts.chunks(2).map(pair).collect();
        }
        Some(parts.pop().unwrap_or_else(|| number(0)))
    }

    /// The value of a call of constants; `None` if an argument is not constant.
    fn computed(&self, functor: Functor, args: &[Expr<VarId>]) -> Option<Result<Value, FaultCode>> {
        if functor.is_of_the_process() {
            return None;
        }
        let mut words = Vec::with_capacity(args.len());
        for arg in args {
            let Expr::Const(value) = arg else { return None };
            words.push(self.texts.encode(value, value.kind()?));
        }
        let kind = crate::expr::signatures().iter().find(|row| row.functor == functor)?.result;
        let value = within(MAX_CONSTANT_BYTES, || functor.eval(&words, self.texts))?;
        Some(value.map(|word| self.texts.decode(word, kind, false)))
    }

    fn literal_value(&self, term: &Term) -> Value {
        match (&term.form, self.kinds.term(term)) {
            (Form::Integer(x), Kind::Float) => Value::float(*x as f64),
            (Form::Integer(x), Kind::Unsigned) => Value::Unsigned(*x as u64),
            (Form::Integer(x), _) => Value::Number(*x as i64),
            (Form::Unsigned(x), _) => Value::Unsigned(*x),
            (Form::Float(x), _) => Value::float(*x),
            (Form::Text(text), _) => Value::symbol(text),
            (Form::Nil, _) => Value::nil(),
            _ => unreachable!("`_`, `nil` and broken forms inside an expression are reported and not lowered"),
        }
    }

    pub(super) fn var(&self, slot: Slot, vars: &mut Vars) -> VarId {
        if let Some(id) = vars.ids.get(&slot) {
            return *id;
        }
        let name = vars.name(slot, self.clause.slot(slot).name.as_deref());
        let id = VarId(vars.all.len() as u32);
        vars.all.push(Var { name, kind: self.kinds.slot(slot), optional: false });
        vars.ids.insert(slot, id);
        id
    }
}

impl Vars {
    fn of(clause: &Clause) -> Vars {
        let mut vars = Vars::default();
        let mut claim = |slot: Slot, _: Span| {
            if let Some(name) = &clause.slot(slot).name {
                vars.owners.entry(name.clone()).or_insert(slot);
            }
        };
        clause.head_terms.iter().for_each(|term| term.each_slot(&mut claim));
        clause.body.iter().flat_map(Lit::terms).for_each(|term| term.each_slot(&mut claim));
        clause.body.iter().for_each(|lit| lit.each_slot(&mut claim));
        vars
    }

    /// A variable that nobody wrote.
    pub(super) fn made_up(&mut self, kind: Kind) -> VarId {
        // A slot that no variable has.
        let name = self.name(Slot(u32::MAX), None);
        self.all.push(Var { name, kind, optional: false });
        VarId(self.all.len() as u32 - 1)
    }

    fn name(&mut self, slot: Slot, written: Option<&str>) -> String {
        if let Some(written) = written
            && self.owners.get(written) == Some(&slot)
        {
            return written.to_string();
        }
        // `x` again becomes `x_2`, what has no name `_1`.
        let (stem, mut number) = written.map_or(("", 1), |written| (written, 2));
        loop {
            let name = format!("{stem}_{number}");
            if !self.owners.contains_key(&name) && self.made_up.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }
}
