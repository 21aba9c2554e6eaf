//! Subsumption: of the rows that a relation would have, those that no other one dominates.
//!
//! Where a subsumption asks for nothing but its two rows, rows that agree in the columns which both atoms share are looked at together. Where
//! it reads other relations, the pairs of rows of which it holds are found by joins.

use super::super::node::{Made, Node, NodeId, Pred, Shape, Src};
use super::super::pick::{Ordered, Pick};
use super::super::sets::column_at;
use super::atom::{equals, present};
use super::flow::{Branch, Origin, column};
use super::rule::equal;
use super::{Builder, Flat, Flattener, Flow, Goal, Match};
use crate::expr::Expr;
use crate::program::{Arg, Atom, Literal, Rule};
use crate::types::{Kind, RelId, Value, VarId};
use std::collections::BTreeSet;

impl Builder<'_> {
    pub(super) fn is_subsumed(&self, id: RelId) -> bool {
        self.program.subsumptions.iter().any(|rule| rule.head == id)
    }

    /// Of the rows that stand for the relation now.
    pub(super) fn undominated(&mut self, id: RelId) -> NodeId {
        let program = self.program;
        let rules: Vec<&Rule> = program.subsumptions.iter().filter(|rule| rule.head == id).collect();
        let key = shared(&rules);
        let order: Vec<usize> =
            key.iter().copied().chain((0..program.relation(id).arity()).filter(|i| !key.contains(i))).collect();
        let conditions = rules.iter().map(|rule| self.condition(rule, &order, key.len())).collect::<Option<Vec<Shape>>>();
        match conditions {
            Some(dominates) => self.among_alike(id, &order, key.len(), dominates),
            None => self.without_dominated(id, &rules),
        }
    }

    /// The columns of a relation in this order, for values to be compared in.
    fn ordered(&self, id: RelId, order: &[usize]) -> Vec<Ordered> {
        let columns = &self.program.relation(id).columns;
        order.iter().map(|i| (columns[*i].kind, columns[*i].optional)).collect()
    }

    /// The rows of a relation, their columns in this order.
    fn in_order(&mut self, id: RelId, order: &[usize], key: usize) -> NodeId {
        let node = self.relations[&id];
        let held = self.draft.facts(node).key;
        let columns = order.iter().map(|i| column(column_at(*i, held))).collect();
        self.draft.map(node, Shape { filter: Vec::new(), columns, key })
    }

    fn among_alike(&mut self, id: RelId, order: &[usize], key: usize, dominates: Vec<Shape>) -> NodeId {
        let source = self.in_order(id, order, key);
        let pick = Pick::Undominated { columns: self.ordered(id, &order[key..]), dominates };
        let node = self.draft.add(Node::Pick { source, pick });
        let place = |column: usize| order.iter().position(|held| *held == column).expect("an order has all columns");
        let columns = (0..order.len()).map(|i| column(column_at(place(i), key))).collect();
        self.draft.map(node, Shape { filter: Vec::new(), columns, key: order.len() })
    }

    /// When the second of two rows with this key dominates the first, if that can be told from them alone.
    fn condition(&mut self, rule: &Rule, order: &[usize], key: usize) -> Option<Shape> {
        let mut flattener = Flattener::of(self.program, rule);
        let (pair, rest): (Vec<Goal>, Vec<Goal>) =
            flattener.goals(&rule.body).into_iter().partition(|goal| matches!(goal, Goal::Atom(_)));
        let [Goal::Atom(lesser), Goal::Atom(greater)] = &pair[..] else { return None };
        let side = self.in_order(rule.head, order, key);
        let mut branch = Branch::of(Origin::Join(side, side), Vec::new());
        self.match_side(&mut branch, lesser, order, key, Src::Left);
        self.match_side(&mut branch, greater, order, key, Src::Right);
        let mut flow = Flow::of(branch);
        let mut rest: Vec<&Goal> = rest.iter().collect();
        self.absorb(&mut flow, &mut rest);
        let node = flow.make(&mut self.draft, 0, |_| Vec::new());
        match self.draft.node(node) {
            Node::Join { shape, .. } if rest.is_empty() => Some(shape.clone()),
            _ => None,
        }
    }

    /// What an atom asks of a row whose columns stand in this order, and what it binds.
    fn match_side(&self, branch: &mut Branch, flat: &Flat, order: &[usize], key: usize, value: fn(u16) -> Src) {
        let columns = &self.program.relation(flat.relation).columns;
        for (place, i) in order.iter().enumerate() {
            let (asked, declared) = (&flat.columns[*i], &columns[*i]);
            let src = if place < key { Src::Key(place as u16) } else { value((place - key) as u16) };
            match asked {
                Match::Any => {}
                Match::Absent => branch.filter.push(Pred::IsAbsent(src, declared.kind)),
                Match::Equals(constant) => branch.filter.extend(equals(src, declared, constant)),
                Match::Capture(v) => meet(branch, *v, src, declared.kind),
                Match::Var(v) => {
                    branch.filter.extend(present(src, declared));
                    meet(branch, *v, src, declared.kind);
                }
                Match::Else(..) => unreachable!("the checker refuses `else` in the rows of a subsumption"),
            }
        }
    }

    /// Rows of the relation less those that stand in a pair as the one that is dominated.
    fn without_dominated(&mut self, id: RelId, rules: &[&Rule]) -> NodeId {
        let arity = self.program.relation(id).arity();
        let pairs = rules.iter().flat_map(|rule| self.pairs(rule)).collect();
        let pairs = self.draft.concat(pairs);
        let order: Vec<usize> = (0..arity).collect();
        let pick = Pick::Dominated { columns: self.ordered(id, &order) };
        let dominated = self.draft.add(Node::Pick { source: pairs, pick });
        let all = self.in_order(id, &order, arity);
        let branch = Branch::of(Origin::Anti(all, dominated), Vec::new());
        Flow::of(branch).make(&mut self.draft, arity, |_| (0..arity).map(|i| column(Src::Key(i as u16))).collect())
    }

    /// Each pair twice: under the row that is dominated, and under the other one.
    fn pairs(&mut self, rule: &Rule) -> [NodeId; 2] {
        let goals = Flattener::of(self.program, rule).goals(&rule.body);
        let (lesser, greater) = pair(rule);
        let columns = &self.program.relation(rule.head).columns;
        let mut keep = BTreeSet::new();
        [lesser, greater].into_iter().for_each(|atom| {
            atom.each_var(&mut |v| {
                keep.insert(v);
            })
        });
        self.planned = Some(rule.span);
        let mut flow = self.body(Flow::unit(), goals, &keep);
        self.planned = None;
        let args = lesser.args.iter().chain(&greater.args);
        args.for_each(|arg| {
            if let Arg::Term(expr @ Expr::Call(..)) = arg {
                flow.settle_for(&mut self.draft, expr);
            }
        });
        [(0, lesser, greater), (1, greater, lesser)].map(|(side, under, other)| {
            flow.make(&mut self.draft, columns.len(), |branch| {
                let row = |atom: &Atom| -> Vec<Made> {
                    atom.args.iter().zip(columns).map(|(arg, column)| value(branch, arg, column.kind)).collect()
                };
                let side = Made::Operand(Expr::Const(Value::Number(side)));
                [row(under), vec![side], row(other)].concat()
            })
        })
    }
}

/// The two rows: the first atoms of its own relation.
fn pair(rule: &Rule) -> (&Atom, &Atom) {
    let mut own = rule.body.iter().filter_map(|literal| match literal {
        Literal::Atom(atom) if atom.relation == rule.head => Some(atom),
        _ => None,
    });
    let pair = own.next().zip(own.next());
    pair.expect("a subsumption begins with two atoms of its relation")
}

/// Columns in which both rows of every one of these have the same variable.
fn shared(rules: &[&Rule]) -> Vec<usize> {
    let arity = rules.first().map_or(0, |rule| pair(rule).0.args.len());
    let is_shared = |column: &usize| {
        rules.iter().all(|rule| {
            let (lesser, greater) = pair(rule);
            let variable = |atom: &Atom| if let Arg::Term(Expr::Var(v)) = &atom.args[*column] { Some(*v) } else { None };
            variable(lesser).is_some() && variable(lesser) == variable(greater)
        })
    };
    (0..arity).filter(is_shared).collect()
}

/// A variable that is bound already is compared.
fn meet(branch: &mut Branch, v: VarId, src: Src, kind: Kind) {
    let made = column(src);
    match branch.made(v) {
        None => branch.bound.push((v, made)),
        Some(bound) if *bound == made => {}
        Some(_) => {
            let known = branch.operand(&Expr::Var(v));
            branch.filter.push(equal(kind, known, Expr::Var(src)));
        }
    }
}

fn value(branch: &Branch, arg: &Arg, kind: Kind) -> Made {
    match arg {
        Arg::Term(expr) => branch.made_of(expr),
        Arg::Capture(v) => branch.made_of(&Expr::Var(*v)),
        Arg::Absent => Made::Absent(kind),
        Arg::Any | Arg::Else(..) => unreachable!("the rows of a subsumption have a value in every column"),
    }
}
