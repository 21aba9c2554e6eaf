//! Aggregates become literals, with Soufflé's scoping. One *level* is the body of a rule or of an aggregate. On each level:
//!
//! - A variable of an aggregate that something else on its level (or further out) gives a value is *injected*: the aggregate is
//!   computed for each of its values. Two aggregates that inject each other's results are an error.
//! - A variable that the rest of the level uses without a value of its own is a *witness*: the body of a `min` or `max` is copied
//!   beside it, with the target equal to the result, so that every row that attains it is a witness. Of another aggregate it is an error.
//! - Every other variable is the aggregate's own, and renamed apart where its name means something else outside.
//!
//! What a `_` inside counts as follows from the body: with one atom every row counts, so each `_` is a column of its own; with
//! several, or where the atom names a variable twice, distinct named variables count, and each `_` for `count` only.

use super::clause::{AggregateTerm, Clause, Form, Lit, Slot, Term};
use super::ground::closure;
use super::report::{Report, say};
use crate::expr::Compared;
use crate::limits::MAX_AGGREGATES;
use crate::syntax::{Diagnostic, Span, ast::AggregateOp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Slots = BTreeSet<Slot>;

/// Turns every aggregate of a clause into a literal just before the literal that uses it; those of the head come last.
/// `given`: variables that have values whatever the body says. False if they are too many: then the clause is not whole.
pub(super) fn hoist(clause: &mut Clause, given: &BTreeSet<Slot>, report: &mut Report) -> bool {
    let body = std::mem::take(&mut clause.body);
    let mut head = std::mem::take(&mut clause.head_terms);
    let given: Slots = given.iter().chain(&clause.counters).copied().collect();
    let mut scoping = Scoping { clause, report, aggregates: 0 };
    let body = scoping.level(body, head.iter_mut().collect(), &given);
    let whole = scoping.aggregates <= MAX_AGGREGATES;
    clause.body = body;
    clause.head_terms = head;
    whole
}

struct Scoping<'a> {
    clause: &'a mut Clause,
    report: &'a mut Report,
    /// How many were taken so far, on all levels.
    aggregates: usize,
}

/// A literal whose aggregates were taken out, and their numbers.
struct Item {
    lit: Lit,
    needs: Vec<usize>,
}

struct Taken {
    of: AggregateTerm,
    result: Slot,
    /// The body again, for witnesses.
    witness: Vec<Item>,
}

/// A level under work.
#[derive(Default)]
struct Level {
    items: Vec<Item>,
    /// Those of the outputs (head or target).
    last: Vec<usize>,
    taken: Vec<Taken>,
    /// Variables that the literals and outputs use outside of aggregates.
    outside: Slots,
}

impl Scoping<'_> {
    /// The literals of a level with aggregates as literals. `given`: variables bound further out; `outputs` use the level's variables.
    fn level(&mut self, lits: Vec<Lit>, mut outputs: Vec<&mut Term>, given: &Slots) -> Vec<Lit> {
        let mut level = Level::default();
        level.items = lits.into_iter().map(|lit| self.item(lit, &mut level.taken)).collect();
        for term in &mut outputs {
            self.take(term, &mut level.last, &mut level.taken);
        }
        if level.taken.is_empty() {
            return level.items.into_iter().map(|item| item.lit).collect();
        }
        level.note_outside(outputs.iter().map(|term| &**term));
        // The copy of a witnessed body may hold aggregates, which may have witnesses themselves.
        let mut looked_at = 0;
        while looked_at < level.taken.len() {
            let end = level.taken.len();
            self.witnesses(&mut level, looked_at, given);
            looked_at = end;
        }
        let injected = self.injected(&level, given);
        self.order(&level, &injected, given);
        self.rename_apart(&mut level, &injected);
        let mut taken: BTreeMap<usize, Taken> = std::mem::take(&mut level.taken).into_iter().enumerate().collect();
        let mut out = Vec::new();
        for item in level.items {
            self.emit(item, &mut taken, &injected, &mut out);
        }
        for index in level.last {
            self.emit_aggregate(index, &mut taken, &injected, &mut out);
        }
        out
    }

    fn item(&mut self, mut lit: Lit, taken: &mut Vec<Taken>) -> Item {
        let mut needs = Vec::new();
        for term in lit.terms_mut() {
            self.take(term, &mut needs, taken);
        }
        Item { lit, needs }
    }

    fn take(&mut self, term: &mut Term, needs: &mut Vec<usize>, taken: &mut Vec<Taken>) {
        term.take_aggregates(&mut |of| {
            self.aggregates += 1;
            if self.aggregates > MAX_AGGREGATES {
                if self.aggregates == MAX_AGGREGATES + 1 {
                    self.too_many(of.span);
                }
                return Form::Broken;
            }
            let result = self.clause.new_slot(None);
            needs.push(taken.len());
            taken.push(Taken { of, result, witness: Vec::new() });
            Form::Var(result)
        });
    }

    fn too_many(&mut self, span: Span) {
        let message = say(
            format!("this rule comes to more than {MAX_AGGREGATES} aggregates"),
            format!("此规则展开后超过 {MAX_AGGREGATES} 个聚合"),
        );
        let help = say("give some of them relations of their own", "请为其中一些单独定义关系");
        self.report.add(Diagnostic::error("E0293", span, message).help(help));
    }

    /// Finds the witnesses of the aggregates from `first` on and writes their bodies out.
    fn witnesses(&mut self, level: &mut Level, first: usize, given: &Slots) {
        let bound = closure(level.lits(), &level.with_results(given, None));
        for index in first..level.taken.len() {
            let inside = closure(level.taken[index].of.body.iter(), &bound);
            let witnesses: Slots = inside.difference(&bound).filter(|slot| level.outside.contains(slot)).copied().collect();
            if witnesses.is_empty() {
                continue;
            }
            if matches!(level.taken[index].of.op, AggregateOp::Min | AggregateOp::Max) {
                self.write_witness(level, index, &witnesses, given);
            } else {
                self.report_witness(&level.taken[index].of, &witnesses);
            }
        }
    }

    fn report_witness(&mut self, of: &AggregateTerm, witnesses: &Slots) {
        for &slot in witnesses {
            if !self.clause.report_once(slot) {
                continue;
            }
            let name = self.clause.slot_name(slot);
            let message = say(
                format!("`{name}` is used outside the aggregate but gets its value only inside"),
                format!("`{name}` 在聚合之外使用，却只在聚合之内有值"),
            );
            let help = say(
                format!("bind `{name}` outside to group by it; only `min` and `max` tell which rows attain them"),
                format!("若要按 `{name}` 分组，请在聚合之外绑定它；只有 `min` 和 `max` 能给出取到极值的行"),
            );
            self.report.add(Diagnostic::error("E0291", of.span, message).help(help));
        }
    }

    /// The body once more beside the aggregate, its target equal to the result. Witnesses keep their slots there and are renamed
    /// inside the aggregate; everything else of the copy that is not bound elsewhere is renamed.
    fn write_witness(&mut self, level: &mut Level, index: usize, witnesses: &Slots, given: &Slots) {
        let result = level.taken[index].result;
        let elsewhere = closure(level.lits(), &level.with_results(given, Some(index)));
        let of = &level.taken[index].of;
        let mut copy = of.body.clone();
        let mut in_copy = HashMap::new();
        of.each_slot(&mut |slot, _| {
            if !witnesses.contains(&slot) && !elsewhere.contains(&slot) {
                in_copy.entry(slot).or_insert_with(|| self.clause.twin(slot));
            }
        });
        if let Some(target) = &of.target {
            let span = target.span;
            match target.form {
                Form::Var(slot) => {
                    in_copy.insert(slot, result);
                }
                _ => {
                    let of_result = self.term(span, Form::Var(result));
                    copy.push(Lit::Compare { op: Compared::Eq, lhs: target.clone(), rhs: of_result, span });
                }
            }
        }
        copy.iter_mut().for_each(|lit| lit.rename(&in_copy));
        let inside: HashMap<Slot, Slot> = witnesses.iter().map(|slot| (*slot, self.clause.twin(*slot))).collect();
        let of = &mut level.taken[index].of;
        of.target.iter_mut().for_each(|target| target.rename(&inside));
        of.body.iter_mut().for_each(|lit| lit.rename(&inside));
        let items: Vec<Item> = copy.into_iter().map(|lit| self.item(lit, &mut level.taken)).collect();
        for item in &items {
            item.lit.each_slot(&mut |slot, _| {
                level.outside.insert(slot);
            });
        }
        level.taken[index].witness = items;
    }

    /// For each aggregate the variables that come from outside of it.
    fn injected(&self, level: &Level, given: &Slots) -> Vec<Slots> {
        let each = |index: usize| {
            let bound = closure(level.lits(), &level.with_results(given, Some(index)));
            let mut used = Slots::new();
            level.taken[index].of.each_slot(&mut |slot, _| {
                used.insert(slot);
            });
            used.intersection(&bound).copied().collect()
        };
        (0..level.taken.len()).map(each).collect()
    }

    /// Is there an order in which each aggregate's injected variables are known before it?
    fn order(&mut self, level: &Level, injected: &[Slots], given: &Slots) {
        let mut open: Vec<usize> = (0..level.taken.len()).collect();
        let mut known = given.clone();
        loop {
            let bound = closure(level.lits(), &known);
            let before = open.len();
            open.retain(|&index| {
                let ready = injected[index].is_subset(&bound);
                if ready {
                    known.insert(level.taken[index].result);
                }
                !ready
            });
            if open.len() == before {
                break;
            }
        }
        if let [first, others @ ..] = open.as_slice() {
            let message = say("these aggregates need each other's results", "这些聚合互相依赖对方的结果");
            let mut d = Diagnostic::error("E0292", level.taken[*first].of.span, message)
                .help(say("compute one of them in a relation of its own", "请为其中一个单独定义关系"));
            for other in others {
                d = d.also(level.taken[*other].of.span, say("and this one", "以及此处"));
            }
            self.report.add(d);
        }
    }

    /// A variable of an aggregate's own whose slot is used elsewhere on the level gets a slot of its own.
    fn rename_apart(&mut self, level: &mut Level, injected: &[Slots]) {
        let mut elsewhere = level.outside.clone();
        for (taken, injected) in level.taken.iter_mut().zip(injected) {
            let mut own = BTreeSet::new();
            taken.of.each_slot(&mut |slot, _| {
                if !injected.contains(&slot) {
                    own.insert(slot);
                }
            });
            let to: HashMap<Slot, Slot> =
                own.iter().filter(|slot| elsewhere.contains(slot)).map(|slot| (*slot, self.clause.twin(*slot))).collect();
            taken.of.target.iter_mut().for_each(|target| target.rename(&to));
            taken.of.body.iter_mut().for_each(|lit| lit.rename(&to));
            elsewhere.extend(own);
        }
    }

    fn emit(&mut self, item: Item, taken: &mut BTreeMap<usize, Taken>, injected: &[Slots], out: &mut Vec<Lit>) {
        for index in item.needs {
            self.emit_aggregate(index, taken, injected, out);
        }
        out.push(item.lit);
    }

    fn emit_aggregate(&mut self, index: usize, taken: &mut BTreeMap<usize, Taken>, injected: &[Slots], out: &mut Vec<Lit>) {
        let Some(Taken { mut of, result, witness }) = taken.remove(&index) else { return };
        let group = &injected[index];
        self.count_wilds(&mut of);
        let body = std::mem::take(&mut of.body);
        of.body = self.level(body, of.target.iter_mut().collect(), group);
        out.push(Lit::Aggregate { result, group: group.iter().copied().collect(), of });
        for item in witness {
            self.emit(item, taken, injected, out);
        }
    }

    fn count_wilds(&mut self, of: &mut AggregateTerm) {
        let nested = of.body.iter().flat_map(Lit::terms).chain(&of.target).any(Term::holds_aggregate);
        let mut atoms = of.body.iter().filter_map(|lit| if let Lit::Atom(atom) = lit { Some(atom) } else { None });
        let generated = of.body.iter().any(|lit| matches!(lit, Lit::Range { .. }));
        let by_rows = match (atoms.next(), atoms.next()) {
            (Some(only), None) => !nested && !generated && !names_twice(&only.args),
            _ => false,
        };
        if !by_rows && of.op != AggregateOp::Count {
            return;
        }
        for lit in &mut of.body {
            let Lit::Atom(atom) = lit else { continue };
            for arg in &mut atom.args {
                match arg.form {
                    Form::Any => arg.form = Form::Capture(self.clause.new_slot(None)),
                    _ => self.name_wilds(arg),
                }
            }
        }
    }

    /// A `_` within a record is a part of the row too.
    fn name_wilds(&mut self, term: &mut Term) {
        let fields = match &mut term.form {
            Form::Record(fields) | Form::Branch(_, fields) => fields,
            Form::As(inner, _) if inner.is_structure() => return self.name_wilds(inner),
            _ => return,
        };
        for field in fields {
            match field.form {
                Form::Any => field.form = Form::Var(self.clause.new_slot(None)),
                _ => self.name_wilds(field),
            }
        }
    }

    fn term(&mut self, span: Span, form: Form) -> Term {
        self.clause.nodes += 1;
        Term { node: self.clause.nodes - 1, span, form }
    }
}

/// Whether a variable stands there more than once, in functors and structures too.
fn names_twice(args: &[Term]) -> bool {
    let (mut named, mut twice) = (Slots::new(), false);
    args.iter().for_each(|arg| arg.each_slot(&mut |slot, _| twice |= !named.insert(slot)));
    twice
}

impl Level {
    /// All literals outside of aggregates, copies for witnesses too.
    fn lits(&self) -> impl Iterator<Item = &Lit> + Clone {
        self.items.iter().chain(self.taken.iter().flat_map(|taken| &taken.witness)).map(|item| &item.lit)
    }

    /// What is given and the results of all aggregates but one.
    fn with_results(&self, given: &Slots, but: Option<usize>) -> Slots {
        let results = self.taken.iter().enumerate().filter(|(i, _)| Some(*i) != but).map(|(_, taken)| taken.result);
        given.iter().copied().chain(results).collect()
    }

    fn note_outside<'a>(&mut self, outputs: impl Iterator<Item = &'a Term>) {
        let mut outside = Slots::new();
        let mut note = |slot: Slot, _: Span| {
            outside.insert(slot);
        };
        self.lits().for_each(|lit| lit.each_slot(&mut note));
        outputs.for_each(|term| term.each_slot(&mut note));
        self.outside = outside;
    }
}
