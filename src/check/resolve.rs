//! Names: a conjunction of the tree becomes a [`Clause`]. Relations, columns, types of casts and variables are found; `_`, `nil` and
//! `else` are checked to stand where they may. Variables of one name share a slot, but for an aggregate's target, which is its own.
//!
//! A literal whose relation is unknown stays, without the relation, so that its variables still count as bound.

use super::clause::{AggregateTerm, AtomLit, Clause, Form, Lit, Slot, Term};
use super::counters;
use super::expand::{Leaf, LeafForm, TooMany, conjunctions, too_many};
use super::habits;
use super::report::{Report, say};
use super::schema::Schema;
use crate::expr::{Compared, Test};
use crate::syntax::{Diagnostic, Span, ast};
use crate::types::{Kind, RelId};
use std::collections::HashMap;

pub(super) fn resolve(head: &ast::Atom, body: &[Leaf], schema: &Schema, report: &mut Report) -> Clause {
    let clause = Clause {
        head: None,
        head_terms: Vec::new(),
        body: Vec::new(),
        slots: Vec::new(),
        counters: Vec::new(),
        nodes: 0,
        structures: HashMap::new(),
    };
    let mut resolver = Resolver { schema, report, clause, scopes: vec![HashMap::new()], ranges: Vec::new() };
    let mut body = resolver.literals(body);
    let AtomLit { relation, args, .. } = resolver.atom(head, Role::Head);
    body.append(&mut resolver.ranges);
    let mut clause = resolver.clause;
    clause.head = relation;
    clause.head_terms = args;
    clause.body = body;
    clause
}

struct Resolver<'a> {
    schema: &'a Schema,
    report: &'a mut Report,
    clause: Clause,
    /// The rule's names, then the targets of the aggregates around.
    scopes: Vec<HashMap<String, Slot>>,
    /// Ranges that were met in terms: literals of the body around them.
    ranges: Vec<Lit>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Head,
    Body,
}

/// Where a term stands, as far as it decides what may stand there.
#[derive(Clone, Copy)]
enum Place {
    Head {
        optional: bool,
        record: bool,
    },
    Column {
        optional: bool,
        record: bool,
    },
    /// Of a record or branch in a body.
    Field,
    Inside,
}

impl Resolver<'_> {
    /// Each literal behind the ranges that stand in it.
    fn literals(&mut self, leaves: &[Leaf]) -> Vec<Lit> {
        let mut body = Vec::new();
        for leaf in leaves {
            let lit = self.literal(leaf);
            body.append(&mut self.ranges);
            body.extend(lit);
        }
        body
    }

    /// `None` for what is not understood, which was reported.
    fn literal(&mut self, leaf: &Leaf) -> Option<Lit> {
        Some(match leaf.form {
            LeafForm::Atom(atom) => {
                let atom = self.atom(atom, Role::Body);
                if leaf.negated { Lit::Not(atom) } else { Lit::Atom(atom) }
            }
            LeafForm::Compare(comparison) => {
                let op = compared(comparison.op);
                let op = if leaf.negated { op.opposite() } else { op };
                let (lhs, rhs) = (self.term(&comparison.lhs, Place::Inside), self.term(&comparison.rhs, Place::Inside));
                Lit::Compare { op, lhs, rhs, span: comparison.span }
            }
            LeafForm::Holds(call) => {
                let args: Vec<Term> = call.args.iter().map(|arg| self.term(arg, Place::Inside)).collect();
                let test = self.test(call)?;
                if let (Test::Match, Some(ast::Term::Text(pattern, span))) = (test, call.args.first()) {
                    habits::pattern(pattern, *span, self.report);
                }
                Lit::Holds { test, args, negated: leaf.negated, span: call.span }
            }
        })
    }

    fn test(&mut self, call: &ast::Call) -> Option<Test> {
        let name = &call.name.text;
        let Some(test) = Test::from_name(name) else {
            let message = say(format!("`{name}` is not a condition"), format!("`{name}` 不能作为条件"));
            let help = say(
                "conditions are `match`, `contains`, `starts_with`, `ends_with`; compare the value of anything else",
                "可作条件的有 `match`、`contains`、`starts_with`、`ends_with`；其他函数请比较其值",
            );
            self.report.add(Diagnostic::error("E0258", call.name.span, message).help(help));
            return None;
        };
        if call.args.len() != 2 {
            let got = call.args.len();
            let message =
                say(format!("`{name}` takes 2 arguments, here are {got}"), format!("`{name}` 需要 2 个参数，此处有 {got} 个"));
            self.report.error("E0259", call.span, message);
            return None;
        }
        Some(test)
    }

    fn atom(&mut self, atom: &ast::Atom, role: Role) -> AtomLit {
        let mut relation = self.schema.expect(&atom.relation, self.report);
        let args = match &atom.args {
            ast::Args::Positional(terms) => {
                if let Some(id) = relation
                    && self.schema.relation(id).arity() != terms.len()
                {
                    self.wrong_arity(atom, id, terms.len());
                    relation = None;
                }
                let place = |i: usize| self.place(relation, i, role);
                let places: Vec<Place> = (0..terms.len()).map(place).collect();
                terms.iter().zip(places).map(|(term, place)| self.term(term, place)).collect()
            }
            ast::Args::Named(named) => self.named(atom, relation, named, role),
        };
        AtomLit { relation, args, span: atom.span }
    }

    fn place(&self, relation: Option<RelId>, column: usize, role: Role) -> Place {
        // Of an unknown relation nothing is known: every form may be right.
        let column = relation.map(|id| &self.schema.relation(id).columns[column]);
        let (optional, record) = (column.is_none_or(|c| c.optional), column.is_some_and(|c| c.kind == Kind::Record));
        match role {
            Role::Head => Place::Head { optional, record },
            Role::Body => Place::Column { optional, record },
        }
    }

    fn wrong_arity(&mut self, atom: &ast::Atom, id: RelId, got: usize) {
        let relation = self.schema.relation(id);
        let (name, want) = (&relation.name, relation.arity());
        let message = say(
            format!("`{name}` has {want} columns, here are {got} arguments"),
            format!("`{name}` 有 {want} 列，此处有 {got} 个参数"),
        );
        let columns: Vec<&str> = relation.columns.iter().map(|c| c.name.as_str()).collect();
        let list = columns.join(", ");
        let d = Diagnostic::error("E0203", atom.span, message)
            .also(relation.span, say("declared here", "声明在此"))
            .help(say(format!("its columns: {list}"), format!("各列为：{list}")));
        self.report.add(d);
    }

    fn named(&mut self, atom: &ast::Atom, relation: Option<RelId>, named: &[(ast::Name, ast::Term)], role: Role) -> Vec<Term> {
        let Some(id) = relation else {
            return named.iter().map(|(_, term)| self.term(term, Place::Column { optional: true, record: false })).collect();
        };
        let mut args: Vec<Option<Term>> = vec![None; self.schema.relation(id).arity()];
        let mut places: HashMap<usize, Span> = HashMap::new();
        for (name, term) in named {
            let Some(column) = self.schema.relation(id).column(&name.text) else {
                self.unknown_column(id, name);
                self.term(term, Place::Column { optional: true, record: false });
                continue;
            };
            let place = self.place(relation, column, role);
            let term = self.term(term, place);
            if let Some(first) = places.insert(column, name.span) {
                let text = &name.text;
                let message = say(format!("column `{text}` is given twice"), format!("列 `{text}` 给出了两次"));
                let d = Diagnostic::error("E0251", name.span, message).also(first, say("first given here", "首次给出在此"));
                self.report.add(d);
                continue;
            }
            args[column] = Some(term);
        }
        if role == Role::Head {
            self.head_is_whole(atom, id, &args);
        }
        args.into_iter().map(|arg| arg.unwrap_or_else(|| self.node(atom.span, Form::Any))).collect()
    }

    fn unknown_column(&mut self, id: RelId, name: &ast::Name) {
        let relation = self.schema.relation(id);
        let (text, of) = (&name.text, &relation.name);
        let message = say(format!("`{of}` has no column `{text}`"), format!("`{of}` 没有列 `{text}`"));
        let names = || relation.columns.iter().map(|c| c.name.as_str());
        let help = self.report.near(text, names()).unwrap_or_else(|| {
            let list = names().collect::<Vec<_>>().join(", ");
            say(format!("its columns: {list}"), format!("各列为：{list}"))
        });
        self.report.add(Diagnostic::error("E0250", name.span, message).help(help));
    }

    /// In a head, unlike in a body, no column may be left out.
    fn head_is_whole(&mut self, atom: &ast::Atom, id: RelId, args: &[Option<Term>]) {
        let columns = &self.schema.relation(id).columns;
        let missing: Vec<&str> = columns.iter().zip(args).filter(|(_, a)| a.is_none()).map(|(c, _)| c.name.as_str()).collect();
        if !missing.is_empty() {
            let list = missing.join(", ");
            let message = say(format!("the head gives no value to: {list}"), format!("规则头未给出这些列的值：{list}"));
            let help = say("a head names every column; `nil` for an absent value", "规则头须写出每一列；缺失值写 `nil`");
            self.report.add(Diagnostic::error("E0252", atom.span, message).help(help));
        }
    }

    fn node(&mut self, span: Span, form: Form) -> Term {
        self.clause.nodes += 1;
        Term { node: self.clause.nodes - 1, span, form }
    }

    fn term(&mut self, term: &ast::Term, place: Place) -> Term {
        let span = term.span();
        let form = match term {
            ast::Term::Var(name) => Form::Var(self.slot(&name.text)),
            ast::Term::Wild(_) => self.wild(span, place),
            ast::Term::Nil(_) => self.nil(span, place),
            ast::Term::Number(number) => match number.value {
                ast::NumberValue::Integer(x) => Form::Integer(i128::from(x)),
                ast::NumberValue::Unsigned(x) => Form::Unsigned(x),
                ast::NumberValue::Float(x) => Form::Float(x),
            },
            ast::Term::Text(text, _) => Form::Text(text.clone()),
            ast::Term::Call(call) if counters::is_counter(call) => self.counter(call),
            ast::Term::Record(fields, _) => Form::Record(self.fields(fields, place)),
            ast::Term::Branch(call) => Form::Branch(call.name.text.clone(), self.fields(&call.args, place)),
            ast::Term::Call(call) => match negative_literal(call) {
                Some(x) => Form::Integer(x),
                None if is_range(call) => self.range(call),
                None => Form::Call(call.name.text.clone(), call.args.iter().map(|arg| self.term(arg, Place::Inside)).collect()),
            },
            ast::Term::As(inner, ty, _) => {
                let inner = self.term(inner, Place::Inside);
                let meant = self.schema.types.resolve(ty, self.report);
                if meant.optional {
                    let message = say("a cast gives a present value: no `?` here", "转换结果总是存在的值：此处不能写 `?`");
                    self.report.error("E0257", ty.name.span, message);
                }
                Form::As(Box::new(inner), meant.ty)
            }
            ast::Term::Aggregate(aggregate) => self.aggregate(aggregate),
            ast::Term::Else(inner, constant, _) => self.or_else(inner, constant, span, place),
            ast::Term::Unsupported(_) => {
                self.report.reported_before();
                Form::Broken
            }
        };
        self.node(span, form)
    }

    /// A range becomes a literal, and a variable where it stood.
    fn range(&mut self, call: &ast::Call) -> Form {
        let args = call.args.iter().map(|arg| self.term(arg, Place::Inside)).collect();
        let (result, span) = (self.clause.new_slot(None), call.span);
        let call = self.node(span, Form::Call(call.name.text.clone(), args));
        self.ranges.push(Lit::Range { result, call, span });
        Form::Var(result)
    }

    /// What stands in a record is in the head if the record is.
    fn fields(&mut self, fields: &[ast::Term], place: Place) -> Vec<Term> {
        let place = match place {
            Place::Head { .. } => Place::Head { optional: false, record: true },
            Place::Column { .. } | Place::Field | Place::Inside => Place::Field,
        };
        fields.iter().map(|field| self.term(field, place)).collect()
    }

    fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return *slot;
        }
        let slot = self.clause.new_slot(Some(name.to_string()));
        self.scopes[0].insert(name.to_string(), slot);
        slot
    }

    /// Each `autoinc()` is a variable of its own, to which every firing of the rule gives a number.
    fn counter(&mut self, call: &ast::Call) -> Form {
        if !counters::is_bare(call, self.report) {
            return Form::Broken;
        }
        if self.scopes.len() > 1 {
            counters::in_aggregate(call.span, self.report);
            return Form::Broken;
        }
        let slot = self.clause.new_slot(Some(counters::NAME.to_string()));
        self.clause.counters.push(slot);
        Form::Var(slot)
    }

    fn wild(&mut self, span: Span, place: Place) -> Form {
        let (message, help) = match place {
            Place::Column { .. } | Place::Field => return Form::Any,
            Place::Head { .. } => (
                say("`_` in a head has no value", "规则头中的 `_` 没有值"),
                say("write the value; `nil` in an optional column for an absent one", "请写出值；可缺列的缺失值写 `nil`"),
            ),
            Place::Inside => (
                say(
                    "`_` can only stand alone in a column of an atom, or in a record",
                    "`_` 只能单独作为原子的一列，或在记录之中",
                ),
                say("name the variable", "请给变量起名"),
            ),
        };
        self.report.add(Diagnostic::error("E0253", span, message).help(help));
        Form::Broken
    }

    fn nil(&mut self, span: Span, place: Place) -> Form {
        let (message, help) = match place {
            Place::Head { record: true, .. } | Place::Column { record: true, .. } | Place::Field | Place::Inside => {
                // Whether a record is wanted here is seen when types are known.
                return Form::Nil;
            }
            Place::Head { optional: true, .. } | Place::Column { optional: true, .. } => return Form::Absent,
            Place::Head { .. } | Place::Column { .. } => (
                say("`nil` in a column that is never absent", "此列不可缺失，不能写 `nil`"),
                say("declare the column's type with a `?`", "请在该列的类型后加 `?`"),
            ),
        };
        self.report.add(Diagnostic::error("E0254", span, message).help(help));
        Form::Broken
    }

    fn or_else(&mut self, inner: &ast::Term, constant: &ast::Term, span: Span, place: Place) -> Form {
        let inner_term = self.term(inner, Place::Inside);
        let constant_term = self.term(constant, Place::Inside);
        let (message, help) = match place {
            Place::Column { optional: true, .. } => match inner_term.form {
                Form::Var(slot) if is_constant(&constant_term) => return Form::Else(slot, Box::new(constant_term)),
                Form::Broken => return Form::Broken,
                Form::Var(_) => (
                    say("what stands after `else` is not constant", "`else` 之后不是常量"),
                    say("write a constant, for example `date(\"9000-01-01\")`", "请写常量，例如 `date(\"9000-01-01\")`"),
                ),
                _ => (
                    say("only a variable can stand before `else`", "`else` 之前只能是变量"),
                    say("bind a variable and compare it", "请先绑定变量再比较"),
                ),
            },
            Place::Column { .. } => (
                say("this column is never absent: `else` has no use here", "此列不可缺失，`else` 没有意义"),
                say("leave `else …` out", "请去掉 `else …`"),
            ),
            Place::Head { .. } | Place::Field | Place::Inside => (
                say("`else` can only stand in an optional column of a body atom", "`else` 只能用于规则体原子的可缺列"),
                say("move it to the atom that reads the column", "请移到读取该列的原子中"),
            ),
        };
        self.report.add(Diagnostic::error("E0255", span, message).help(help));
        inner_term.form
    }

    fn aggregate(&mut self, aggregate: &ast::Aggregate) -> Form {
        let mut names = HashMap::new();
        if let Some(target) = &aggregate.target {
            each_name(target, &mut |name| {
                names.entry(name.to_string()).or_insert_with(|| self.clause.new_slot(Some(name.to_string())));
            });
        }
        self.scopes.push(names);
        let around = std::mem::take(&mut self.ranges);
        let target = aggregate.target.as_ref().map(|target| self.term(target, Place::Inside));
        let body = self.aggregate_body(aggregate);
        self.ranges = around;
        self.scopes.pop();
        match body {
            Some(body) => Form::Aggregate(Box::new(AggregateTerm { op: aggregate.op, target, body, span: aggregate.span })),
            None => Form::Broken,
        }
    }

    fn aggregate_body(&mut self, aggregate: &ast::Aggregate) -> Option<Vec<Lit>> {
        let ways = conjunctions(&aggregate.body);
        let leaves = match ways.as_deref() {
            Ok([leaves]) => leaves,
            Err(TooMany::Literals) => {
                too_many(&TooMany::Literals, aggregate.span, self.report);
                return None;
            }
            // The parser refused the disjunction.
            Ok(_) | Err(TooMany::Conjunctions | TooMany::InAll) => {
                self.report.reported_before();
                return None;
            }
        };
        // Those of the target first.
        let mut body = std::mem::take(&mut self.ranges);
        body.extend(self.literals(leaves));
        let ranges =
            |lit: &Lit| matches!(lit, Lit::Atom(_) | Lit::Range { .. }) || lit.terms().into_iter().any(Term::holds_aggregate);
        if !body.iter().any(ranges) {
            let message = say("an aggregate needs an atom to range over", "聚合体内至少要有一个原子");
            let help = say(
                "name a relation: `count : { r(_) }`; a condition alone stands beside the rule's atoms, without an aggregate",
                "请写明关系，如 `count : { r(_) }`；单独的条件应与规则的原子并列，不用聚合",
            );
            self.report.add(Diagnostic::error("E0260", aggregate.span, message).help(help));
            return None;
        }
        Some(body)
    }
}

/// `-5` is one constant: so that the smallest number can be written.
fn negative_literal(call: &ast::Call) -> Option<i128> {
    match (call.name.text.as_str(), call.args.as_slice()) {
        ("-", [ast::Term::Number(ast::NumberText { value: ast::NumberValue::Integer(x), .. })]) => Some(-i128::from(*x)),
        _ => None,
    }
}

fn is_range(call: &ast::Call) -> bool {
    call.name.text == "range" && matches!(call.args.len(), 2 | 3)
}

/// Names of variables in a target, but not those of an aggregate within it.
fn each_name(term: &ast::Term, visit: &mut impl FnMut(&str)) {
    match term {
        ast::Term::Var(name) => visit(&name.text),
        ast::Term::Call(ast::Call { args, .. }) | ast::Term::Branch(ast::Call { args, .. }) | ast::Term::Record(args, _) => {
            args.iter().for_each(|arg| each_name(arg, visit));
        }
        ast::Term::As(inner, _, _) | ast::Term::Else(inner, _, _) => each_name(inner, visit),
        ast::Term::Wild(_)
        | ast::Term::Nil(_)
        | ast::Term::Number(_)
        | ast::Term::Text(..)
        | ast::Term::Aggregate(_)
        | ast::Term::Unsupported(_) => {}
    }
}

fn is_constant(term: &Term) -> bool {
    match &term.form {
        Form::Integer(_) | Form::Unsigned(_) | Form::Float(_) | Form::Text(_) | Form::Nil | Form::Broken => true,
        Form::Call(_, args) | Form::Record(args) | Form::Branch(_, args) => args.iter().all(is_constant),
        Form::As(inner, _) => is_constant(inner),
        Form::Var(_) | Form::Any | Form::Capture(_) | Form::Absent | Form::Else(..) | Form::Aggregate(_) => false,
    }
}

fn compared(op: ast::CompareOp) -> Compared {
    match op {
        ast::CompareOp::Eq => Compared::Eq,
        ast::CompareOp::Ne => Compared::Ne,
        ast::CompareOp::Lt => Compared::Lt,
        ast::CompareOp::Le => Compared::Le,
        ast::CompareOp::Gt => Compared::Gt,
        ast::CompareOp::Ge => Compared::Ge,
    }
}
