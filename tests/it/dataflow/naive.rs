//! Plans evaluated from the beginning, as their text says and without any index: what the engine is compared with.

use huiyan::expr::{Expr, Functor, compare};
use huiyan::plan::{Bounds, Made, Node, NodeId, Plan, Pred, Scope, Shape, Src};
use huiyan::types::{Interner, Kind, Word, absent_word};
use std::collections::BTreeMap;

/// Rows with how often they stand there.
pub type Bag = BTreeMap<Vec<Word>, i64>;

/// Inputs by relation number.
pub type Inputs = BTreeMap<u32, Bag>;

pub struct Naive<'a> {
    pub texts: &'a Interner,
    pub inputs: &'a Inputs,
}

/// Rows, and how many of their columns are the key.
type Table = (Bag, usize);

impl Naive<'_> {
    /// One bag per output of the plan.
    pub fn outputs(&self, plan: &Plan) -> Vec<Bag> {
        let tables = self.line(&plan.nodes, &[], &[]);
        plan.outputs.iter().map(|(_, id)| tables[id.index()][0].0.clone()).collect()
    }

    /// Each node's tables: one, but of a recursion its exports.
    fn line(&self, nodes: &[Node], imports: &[Table], variables: &[Table]) -> Vec<Vec<Table>> {
        let mut done: Vec<Vec<Table>> = Vec::new();
        for node in nodes {
            let tables = match node {
                Node::Import(i) => vec![imports[*i].clone()],
                Node::Variable(i) => vec![variables[*i].clone()],
                Node::Fix(scope) => self.fix(scope, &done),
                Node::Export { fix, index } => vec![done[fix.index()][*index].clone()],
                node => vec![self.node(node, &done)],
            };
            done.push(tables);
        }
        done
    }

    fn node(&self, node: &Node, done: &[Vec<Table>]) -> Table {
        let at = |id: &NodeId| &done[id.index()][0];
        match node {
            Node::Input { relation } => {
                let rows = self.inputs.get(&relation.0).cloned().unwrap_or_default();
                let key = rows.keys().next().map_or(0, Vec::len);
                (rows, key)
            }
            Node::Constant { rows, kinds, key } => {
                let encode = |row: &Vec<_>| row.iter().zip(kinds).map(|(value, kind)| self.texts.encode(value, *kind)).collect();
                (rows.iter().map(|row| (encode(row), 1)).collect(), *key)
            }
            Node::Map { source, shape } => self.map(at(source), shape),
            Node::Range { source, bounds, shape } => {
                let (rows, key) = at(source);
                let mut out = Bag::new();
                for (row, n) in rows {
                    for value in self.values(bounds, [&row[..*key], &row[*key..], &[]]) {
                        if let Some(made) = self.make(shape, [&row[..*key], &row[*key..], &[value]]) {
                            add(&mut out, made, *n);
                        }
                    }
                }
                (out, shape.key)
            }
            Node::Join { left, right, shape } => self.join(at(left), at(right), shape),
            Node::Anti { left, right, shape } => {
                let (rows, key) = at(left);
                let mut kept = rows.clone();
                kept.retain(|row, _| at(right).0.get(&row[..*key]).is_none_or(|count| *count <= 0));
                self.map(&(kept, *key), shape)
            }
            Node::Agenda { opens, closes, clock, shape } => {
                let (rows, key) = at(opens.as_ref().or(closes.as_ref()).expect("a bound"));
                let mut timed = Bag::new();
                for ((row, n), (instant, m)) in rows.iter().flat_map(|row| at(clock).0.iter().map(move |clock| (row, clock))) {
                    let from = opens.map(|_| row[0]);
                    let until = closes.map(|_| row[usize::from(opens.is_some())]);
                    if from.is_none_or(|from| from <= instant[0]) && until.is_none_or(|until| instant[0] < until) {
                        add(&mut timed, row.clone(), n * m);
                    }
                }
                self.map(&(timed, *key), shape)
            }
            Node::Concat { sources } => {
                let mut all = Bag::new();
                sources.iter().for_each(|id| at(id).0.iter().for_each(|(row, n)| add(&mut all, row.clone(), *n)));
                (all, at(&sources[0]).1)
            }
            Node::Distinct { source } => {
                let (rows, key) = at(source);
                (rows.iter().filter(|(_, n)| **n > 0).map(|(row, _)| (row.clone(), 1)).collect(), *key)
            }
            Node::Reduce { source, fold, column } => {
                let (rows, key) = at(source);
                let mut groups: BTreeMap<Vec<Word>, Vec<(Word, i64)>> = BTreeMap::new();
                for (row, n) in rows.iter().filter(|(_, n)| **n > 0) {
                    groups.entry(row[..*key].to_vec()).or_default().push((column.map_or(0, |c| row[key + c]), *n));
                }
                let fold = |group: Vec<(Word, i64)>| fold.over(group.into_iter(), self.texts);
                let rows = groups.into_iter().filter_map(|(key, group)| Some(([key, vec![fold(group)?]].concat(), 1)));
                (rows.collect(), *key)
            }
            _ => unreachable!("rendered by the line"),
        }
    }

    fn fix(&self, scope: &Scope, done: &[Vec<Table>]) -> Vec<Table> {
        let imports: Vec<Table> = scope.imports.iter().map(|id| done[id.index()][0].clone()).collect();
        let mut variables: Vec<Table> = scope.variables.iter().map(|(_, key)| (Bag::new(), *key)).collect();
        loop {
            let body = self.line(&scope.body, &imports, &variables);
            let next: Vec<Table> =
                scope.binds.iter().zip(&scope.variables).map(|(id, (_, key))| (body[id.index()][0].0.clone(), *key)).collect();
            if next == variables {
                return scope.exports.iter().map(|id| body[id.index()][0].clone()).collect();
            }
            variables = next;
        }
    }

    fn map(&self, (rows, key): &Table, shape: &Shape) -> Table {
        let mut out = Bag::new();
        for (row, n) in rows {
            let sides = [&row[..*key], &row[*key..], &[]];
            if let Some(made) = self.make(shape, sides) {
                add(&mut out, made, *n);
            }
        }
        (out, shape.key)
    }

    fn join(&self, left: &Table, right: &Table, shape: &Shape) -> Table {
        let mut out = Bag::new();
        for (a, n) in &left.0 {
            for (b, m) in right.0.iter().filter(|(b, _)| b[..right.1] == a[..left.1]) {
                if let Some(made) = self.make(shape, [&a[..left.1], &a[left.1..], &b[right.1..]]) {
                    add(&mut out, made, n * m);
                }
            }
        }
        (out, shape.key)
    }

    fn values(&self, bounds: &Bounds, sides: [&[Word]; 3]) -> Vec<Word> {
        let end = |operand| self.eval(operand, sides).map(|word| self.texts.decode(word, bounds.kind, false));
        let ends = [&bounds.from, &bounds.to].into_iter().chain(&bounds.step).map(end);
        let Some(ends) = ends.collect::<Option<Vec<_>>>() else { return Vec::new() };
        crate::oracle::arithmetic::range(&ends).iter().map(|value| self.texts.encode(value, bounds.kind)).collect()
    }

    fn make(&self, shape: &Shape, sides: [&[Word]; 3]) -> Option<Vec<Word>> {
        if !shape.filter.iter().all(|pred| self.holds(pred, sides)) {
            return None;
        }
        let column = |made: &Made| match made {
            Made::Operand(expr) => self.eval(expr, sides),
            Made::Absent(kind) => Some(absent_word(*kind)),
            Made::Else(src, kind, value) => {
                let word = leaf(*src, sides);
                Some(if word == absent_word(*kind) { self.texts.encode(value, *kind) } else { word })
            }
        };
        shape.columns.iter().map(column).collect()
    }

    fn holds(&self, pred: &Pred, sides: [&[Word]; 3]) -> bool {
        let both = |a, b| Some((self.eval(a, sides)?, self.eval(b, sides)?));
        match pred {
            Pred::Compare { op, kind, lhs, rhs } => {
                both(lhs, rhs).is_some_and(|(a, b)| op.accepts(compare(*kind, a, b, self.texts)))
            }
            Pred::Holds { test, args: [a, b], negated } => {
                both(a, b).is_some_and(|(a, b)| test.holds(&self.texts.text(a), &self.texts.text(b)) == Some(!negated))
            }
            Pred::IsAbsent(src, kind) => leaf(*src, sides) == absent_word(*kind),
            Pred::IsPresent(src, kind) => leaf(*src, sides) != absent_word(*kind),
            Pred::Fails(Expr::Call(functor, args)) => {
                self.args(args, sides).is_some_and(|words| self.call(*functor, &words).is_none())
            }
            Pred::Fails(_) => false,
        }
    }

    fn eval(&self, expr: &Expr<Src>, sides: [&[Word]; 3]) -> Option<Word> {
        match expr {
            Expr::Const(value) => Some(self.texts.encode(value, value.kind().unwrap_or(Kind::Number))),
            Expr::Var(src) => Some(leaf(*src, sides)),
            Expr::Call(functor, args) => self.call(*functor, &self.args(args, sides)?),
        }
    }

    fn args(&self, args: &[Expr<Src>], sides: [&[Word]; 3]) -> Option<Vec<Word>> {
        args.iter().map(|arg| self.eval(arg, sides)).collect()
    }

    fn call(&self, functor: Functor, words: &[Word]) -> Option<Word> {
        functor.eval(words, self.texts).ok()
    }
}

fn leaf(src: Src, [key, left, right]: [&[Word]; 3]) -> Word {
    match src {
        Src::Key(i) => key[i as usize],
        Src::Left(i) => left[i as usize],
        Src::Right(i) => right[i as usize],
    }
}

pub fn add(bag: &mut Bag, row: Vec<Word>, n: i64) {
    let count = bag.entry(row.clone()).or_default();
    *count += n;
    if *count == 0 {
        bag.remove(&row);
    }
}
