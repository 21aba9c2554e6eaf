//! A plan evaluated the slow way: rows counted in maps, loops run from nothing until they stand still. It holds plans to their contract
//! on the way: keys of equal length, sets where sets are promised, arrangements never joined to arrangements inside a loop.

use huiyan::expr::{Compiled, Expr, Functor, compare};
use huiyan::plan::{Bounds, Made, Node, NodeId, Operand, Output, Pick, Plan, Pred, Scope, Shape, Src};
use huiyan::security::Names;
use huiyan::types::{Interner, Kind, RelId, Value, Word, absent_word, number_of, word_of_number};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

type Rows = BTreeMap<Vec<Word>, i64>;
pub type Set = BTreeSet<Vec<Word>>;

const ROUNDS: usize = 1000;

/// Rows and how many of their columns lead.
#[derive(Clone, Debug, Default)]
struct Table {
    rows: Rows,
    columns: usize,
    key: usize,
}

pub struct Interpreter<'a> {
    pub texts: &'a Interner,
    pub inputs: BTreeMap<RelId, Set>,
    /// Columns of each relation.
    pub arities: Vec<usize>,
}

/// What a line may read beside its own nodes.
#[derive(Clone, Copy)]
struct Around<'a> {
    imports: &'a [Table],
    variables: &'a [Table],
}

impl Interpreter<'_> {
    pub fn outputs(&self, plan: &Plan) -> BTreeMap<Output, Set> {
        let mut exports = BTreeMap::new();
        let around = Around { imports: &[], variables: &[] };
        let tables = self.line(&plan.nodes, around, &mut exports);
        for (i, (table, shape)) in tables.iter().zip(&plan.shapes).enumerate() {
            if !matches!(plan.nodes[i], Node::Fix(_)) {
                assert_eq!((table.columns, table.key), *shape, "node {i} has the shape that the plan says");
            }
        }
        let output = |(output, id): &(Output, NodeId)| (*output, set_of(&tables[id.index()]));
        plan.outputs.iter().map(output).collect()
    }

    fn line(&self, nodes: &[Node], around: Around, exports: &mut BTreeMap<NodeId, Vec<Table>>) -> Vec<Table> {
        let mut tables: Vec<Table> = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            let table = self.node(NodeId(i as u32), node, nodes, &tables, around, exports);
            assert!(table.rows.keys().all(|row| row.len() == table.columns) && table.key <= table.columns);
            tables.push(table);
        }
        tables
    }

    fn node(
        &self,
        id: NodeId,
        node: &Node,
        line: &[Node],
        tables: &[Table],
        around: Around,
        exports: &mut BTreeMap<NodeId, Vec<Table>>,
    ) -> Table {
        let at = |id: &NodeId| &tables[id.index()];
        match node {
            Node::Input { relation } => {
                let rows: Rows = self.inputs.get(relation).into_iter().flatten().map(|row| (row.clone(), 1)).collect();
                let columns = self.arities[relation.index()];
                Table { rows, columns, key: columns }
            }
            Node::Constant { rows, kinds, key } => {
                let encode = |row: &Vec<_>| row.iter().zip(kinds).map(|(v, kind)| self.texts.encode(v, *kind)).collect();
                Table { rows: rows.iter().map(|row| (encode(row), 1)).collect(), columns: kinds.len(), key: *key }
            }
            Node::Import(i) => around.imports[*i].clone(),
            Node::Variable(i) => around.variables[*i].clone(),
            Node::Map { source, shape } => self.made(shape, pairs_of_one(at(source))),
            Node::Range { source, bounds, shape } => {
                let mut pairs = Vec::new();
                for (parts, n) in pairs_of_one(at(source)) {
                    for value in self.values(bounds, &parts) {
                        pairs.push((Parts { key: parts.key.clone(), left: parts.left.clone(), right: vec![value] }, n));
                    }
                }
                self.made(shape, pairs)
            }
            Node::Join { left, right, shape } => {
                assert_eq!(at(left).key, at(right).key, "both sides of a join have keys of one length");
                let import = |id: &NodeId| matches!(line[id.index()], Node::Import(_));
                assert!(!(import(left) && import(right)), "what stays the same is joined outside of the loop");
                self.made(shape, pairs(at(left), at(right)))
            }
            Node::Anti { left, right, shape } => {
                assert_eq!((at(left).key, at(right).columns), (at(right).key, at(right).key), "the right side is keys only");
                let there = set_of(at(right));
                let key = at(left).key;
                let rows = at(left).rows.iter().filter(|(row, _)| !there.contains(&row[..key]));
                let left = Table { rows: rows.map(|(row, n)| (row.clone(), *n)).collect(), ..at(left).clone() };
                self.made(shape, pairs_of_one(&left))
            }
            Node::Agenda { opens, closes, clock, shape } => {
                let timed = at(opens.as_ref().or(closes.as_ref()).expect("an agenda has a bound"));
                let bounds = usize::from(opens.is_some()) + usize::from(closes.is_some());
                assert_eq!((timed.key, at(clock).columns), (bounds, 1), "the bounds are the key, and a clock has one column");
                if let (Some(opens), Some(closes)) = (opens, closes) {
                    let mut exchanged: Rows = at(closes).rows.clone();
                    exchanged = exchanged
                        .into_iter()
                        .map(|(mut row, n)| {
                            row.swap(0, 1);
                            (row, n)
                        })
                        .collect();
                    assert_eq!(at(opens).rows, exchanged, "both hold the same rows");
                    assert!(exchanged.keys().all(|row| row[0] < row[1]), "a span is never empty");
                }
                let is_in = |row: &[Word], now: Word| {
                    let from = opens.is_none() || row[0] <= now;
                    from && (closes.is_none() || now < row[bounds - 1])
                };
                let mut held = Table { rows: Rows::new(), ..timed.clone() };
                for (row, n) in &timed.rows {
                    let times: i64 = at(clock).rows.iter().filter(|(now, _)| is_in(row, now[0])).map(|(_, m)| m).sum();
                    if times != 0 {
                        held.rows.insert(row.clone(), n * times);
                    }
                }
                self.made(shape, pairs_of_one(&held))
            }
            Node::Concat { sources } => {
                let first = at(&sources[0]);
                let mut rows = Rows::new();
                for source in sources {
                    assert_eq!((at(source).columns, at(source).key), (first.columns, first.key));
                    at(source).rows.iter().for_each(|(row, n)| *rows.entry(row.clone()).or_default() += n);
                }
                Table { rows, ..first.clone() }
            }
            Node::Distinct { source } => {
                let table = at(source);
                Table { rows: table.rows.keys().map(|row| (row.clone(), 1)).collect(), ..table.clone() }
            }
            Node::Reduce { source, fold, column } => {
                let table = at(source);
                let mut groups: BTreeMap<Vec<Word>, Vec<(Word, i64)>> = BTreeMap::new();
                for row in set_of(table) {
                    let (key, values) = row.split_at(table.key);
                    groups.entry(key.to_vec()).or_default().push((column.map_or(0, |column| values[column]), 1));
                }
                let folded = groups.into_iter().filter_map(|(mut key, values)| {
                    key.push(fold.over(values.into_iter(), self.texts)?);
                    Some((key, 1))
                });
                Table { rows: folded.collect(), columns: table.key + 1, key: table.key }
            }
            Node::Pick { source, pick } => self.picked(at(source), pick),
            Node::Fix(scope) => {
                exports.insert(id, self.fix(scope, tables));
                Table::default()
            }
            Node::Export { fix, index } => exports[fix][*index].clone(),
        }
    }

    fn picked(&self, table: &Table, pick: &Pick) -> Table {
        let mut groups: BTreeMap<Vec<Word>, BTreeMap<Vec<Word>, i64>> = BTreeMap::new();
        for (row, n) in &table.rows {
            let (key, values) = row.split_at(table.key);
            *groups.entry(key.to_vec()).or_default().entry(values.to_vec()).or_default() += n;
        }
        let mut rows = Rows::new();
        for (key, group) in &groups {
            for value in self.picked_of(key, group, pick) {
                rows.insert([&key[..], &value[..]].concat(), 1);
            }
        }
        Table { rows, columns: pick.width(table.columns, table.key), key: table.key }
    }

    fn picked_of(&self, key: &[Word], group: &BTreeMap<Vec<Word>, i64>, pick: &Pick) -> Vec<Vec<Word>> {
        let mut all: Vec<&Vec<Word>> = group.keys().collect();
        match pick {
            Pick::Choice { columns, domains } => {
                let origin = |row: &&Vec<Word>| row[0];
                all.sort_by(|a, b| origin(a).cmp(&origin(b)).then_with(|| self.by_value(columns, &a[1..], &b[1..])));
                let mut kept: Vec<Vec<Word>> = Vec::new();
                for row in all {
                    let agrees = |other: &Vec<Word>| domains.iter().any(|d| d.iter().all(|c| other[*c] == row[1..][*c]));
                    if number_of(row[0]) == 0 || !kept.iter().any(agrees) {
                        kept.push(row[1..].to_vec());
                    }
                }
                kept
            }
            Pick::Undominated { columns, dominates } => {
                let parts = |a: &[Word], b: &[Word]| Parts { key: key.to_vec(), left: a.to_vec(), right: b.to_vec() };
                let holds = |a: &[Word], b: &[Word]| {
                    let parts = parts(a, b);
                    dominates.iter().any(|shape| shape.filter.iter().all(|pred| self.holds(pred, &parts)))
                };
                let falls = |a: &&Vec<Word>, b: &&Vec<Word>| {
                    a != b && holds(a, b) && (!holds(b, a) || self.by_value(columns, b, a).is_lt())
                };
                all.iter().filter(|row| !all.iter().any(|other| falls(row, other))).map(|row| row.to_vec()).collect()
            }
            Pick::Dominated { columns } => {
                let side = |side: i64| -> Vec<&[Word]> {
                    all.iter().filter(|row| number_of(row[0]) == side && row[1..] != *key).map(|row| &row[1..]).collect()
                };
                let (over, under) = (side(0), side(1));
                let falls = |row: &&&[Word]| !under.contains(*row) || self.by_value(columns, row, key).is_lt();
                if over.iter().any(|row| falls(&row)) { vec![Vec::new()] } else { Vec::new() }
            }
            Pick::Numbered { columns } => {
                all.sort_by(|a, b| self.by_value(columns, a, b));
                all.iter().enumerate().map(|(i, row)| [&row[..], &[word_of_number(i as i64)]].concat()).collect()
            }
            Pick::AtLeast(n) => {
                let rows: i64 = group.values().sum();
                if rows as u64 >= *n { vec![Vec::new()] } else { Vec::new() }
            }
        }
    }

    fn by_value(&self, columns: &[(Kind, bool)], a: &[Word], b: &[Word]) -> Ordering {
        let decoded = |row: &[Word]| -> Vec<Value> {
            columns.iter().zip(row).map(|((kind, optional), word)| self.texts.decode(*word, *kind, *optional)).collect()
        };
        decoded(a).cmp(&decoded(b))
    }

    fn fix(&self, scope: &Scope, outer: &[Table]) -> Vec<Table> {
        let imports: Vec<Table> = scope.imports.iter().map(|id| outer[id.index()].clone()).collect();
        let nothing = |(columns, key): &(usize, usize)| Table { rows: Rows::new(), columns: *columns, key: *key };
        let mut variables: Vec<Table> = scope.variables.iter().map(nothing).collect();
        for _ in 0..ROUNDS {
            let around = Around { imports: &imports, variables: &variables };
            let tables = self.line(&scope.body, around, &mut BTreeMap::new());
            let next: Vec<Table> = scope.binds.iter().map(|id| tables[id.index()].clone()).collect();
            if next.iter().zip(&variables).all(|(a, b)| a.rows == b.rows) {
                return scope.exports.iter().map(|id| tables[id.index()].clone()).collect();
            }
            for (table, (columns, key)) in next.iter().zip(&scope.variables) {
                assert_eq!((table.columns, table.key), (*columns, *key), "a variable keeps its shape");
            }
            variables = next;
        }
        panic!("a loop did not stand still in {ROUNDS} rounds");
    }

    fn values(&self, bounds: &Bounds, parts: &Parts) -> Vec<Word> {
        let end = |operand| self.value(operand, parts).map(|word| self.texts.decode(word, bounds.kind, false));
        let ends = [&bounds.from, &bounds.to].into_iter().chain(&bounds.step).map(end);
        let Some(ends) = ends.collect::<Option<Vec<_>>>() else { return Vec::new() };
        crate::oracle::arithmetic::range(&ends).iter().map(|value| self.texts.encode(value, bounds.kind)).collect()
    }

    fn made(&self, shape: &Shape, pairs: Vec<(Parts, i64)>) -> Table {
        let mut rows = Rows::new();
        for (parts, n) in &pairs {
            if shape.filter.iter().all(|pred| self.holds(pred, parts)) {
                let row: Option<Vec<Word>> = shape.columns.iter().map(|made| self.column(made, parts)).collect();
                if let Some(row) = row {
                    *rows.entry(row).or_default() += n;
                }
            }
        }
        Table { rows, columns: shape.columns.len(), key: shape.key }
    }

    fn column(&self, made: &Made, parts: &Parts) -> Option<Word> {
        match made {
            Made::Operand(operand) => self.value(operand, parts),
            Made::Absent(kind) => Some(absent_word(*kind)),
            Made::Else(src, kind, value) => {
                let word = parts.get(*src);
                Some(if word == absent_word(*kind) { self.texts.encode(value, *kind) } else { word })
            }
        }
    }

    fn value(&self, operand: &Operand, parts: &Parts) -> Option<Word> {
        match operand {
            Expr::Const(value) => Some(self.texts.encode(value, value.kind().unwrap_or(Kind::Number))),
            Expr::Var(src) => Some(parts.get(*src)),
            // Made with the folder's key, where expressions are compiled.
            Expr::Call(Functor::ClueId, _) => {
                let names = Names::of_no_folder().naming();
                Compiled::new(operand, self.texts, &names).eval(&|src| parts.get(src), self.texts).ok()
            }
            Expr::Call(functor, args) => {
                let args: Option<Vec<Word>> = args.iter().map(|arg| self.value(arg, parts)).collect();
                functor.eval(&args?, self.texts).ok()
            }
        }
    }

    fn holds(&self, pred: &Pred, parts: &Parts) -> bool {
        match pred {
            Pred::Compare { op, kind, lhs, rhs } => match (self.value(lhs, parts), self.value(rhs, parts)) {
                (Some(a), Some(b)) => {
                    let order: Ordering = compare(*kind, a, b, self.texts);
                    op.accepts(order)
                }
                _ => false,
            },
            Pred::Holds { test, args: [a, b], negated } => match (self.value(a, parts), self.value(b, parts)) {
                (Some(a), Some(b)) => test.holds(&self.texts.text(a), &self.texts.text(b)) == Some(!negated),
                _ => false,
            },
            Pred::IsAbsent(src, kind) => parts.get(*src) == absent_word(*kind),
            Pred::IsPresent(src, kind) => parts.get(*src) != absent_word(*kind),
            Pred::Fails(operand) => {
                let Expr::Call(_, args) = operand else { return false };
                args.iter().all(|arg| self.value(arg, parts).is_some()) && self.value(operand, parts).is_none()
            }
        }
    }
}

/// What a shape sees of one pair.
struct Parts {
    key: Vec<Word>,
    left: Vec<Word>,
    right: Vec<Word>,
}

impl Parts {
    fn get(&self, src: Src) -> Word {
        match src {
            Src::Key(i) => self.key[i as usize],
            Src::Left(i) => self.left[i as usize],
            Src::Right(i) => self.right[i as usize],
        }
    }
}

fn pairs_of_one(table: &Table) -> Vec<(Parts, i64)> {
    let parts = |(row, n): (&Vec<Word>, &i64)| {
        let (key, left) = row.split_at(table.key);
        (Parts { key: key.to_vec(), left: left.to_vec(), right: Vec::new() }, *n)
    };
    table.rows.iter().map(parts).collect()
}

fn pairs(left: &Table, right: &Table) -> Vec<(Parts, i64)> {
    let mut pairs = Vec::new();
    for (l, n) in &left.rows {
        for (r, m) in &right.rows {
            if l[..left.key] == r[..right.key] {
                let (key, left) = l.split_at(left.key);
                pairs.push((Parts { key: key.to_vec(), left: left.to_vec(), right: r[right.key..].to_vec() }, n * m));
            }
        }
    }
    pairs
}

/// The rows of a table that was promised to be a set.
fn set_of(table: &Table) -> Set {
    assert!(table.rows.values().all(|n| *n == 1), "a set was promised: {table:?}");
    table.rows.keys().cloned().collect()
}
