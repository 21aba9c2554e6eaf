//! Plans written by hand. Inputs have the relation numbers from 0 on, outputs from 10 on.

use huiyan::expr::{Compared, Expr, Fold, Functor};
use huiyan::plan::{Made, Node, NodeId, Operand, Output, Plan, Pred, Scope, Shape, Src};
use huiyan::types::{Kind, RelId, Value};

fn k(i: u16) -> Src {
    Src::Key(i)
}

fn l(i: u16) -> Src {
    Src::Left(i)
}

fn r(i: u16) -> Src {
    Src::Right(i)
}

/// The first `key` columns of `columns` are the key.
fn shape(key: usize, columns: &[Src]) -> Shape {
    Shape { filter: vec![], columns: columns.iter().map(|src| Made::Operand(Expr::Var(*src))).collect(), key }
}

fn filtered(key: usize, columns: &[Src], filter: Vec<Pred>) -> Shape {
    Shape { filter, ..shape(key, columns) }
}

fn compared(op: Compared, kind: Kind, lhs: Operand, rhs: Operand) -> Pred {
    Pred::Compare { op, kind, lhs, rhs }
}

fn number(x: i64) -> Operand {
    Expr::Const(Value::Number(x))
}

fn sum(a: Operand, b: Operand) -> Operand {
    Expr::Call(Functor::Add(Kind::Number), vec![a, b])
}

fn plan(nodes: Vec<Node>, outputs: &[u32]) -> Plan {
    let outputs = outputs.iter().zip(10..).map(|(id, relation)| (Output::Relation(RelId(relation)), NodeId(*id))).collect();
    Plan { nodes, outputs, ..Plan::default() }
}

fn input(relation: u32) -> Node {
    Node::Input { relation: RelId(relation) }
}

fn map(source: u32, shape: Shape) -> Node {
    Node::Map { source: NodeId(source), shape }
}

fn join(left: u32, right: u32, shape: Shape) -> Node {
    Node::Join { left: NodeId(left), right: NodeId(right), shape }
}

fn anti(left: u32, right: u32, shape: Shape) -> Node {
    Node::Anti { left: NodeId(left), right: NodeId(right), shape }
}

fn ids(ids: &[u32]) -> Vec<NodeId> {
    ids.iter().map(|id| NodeId(*id)).collect()
}

fn concat(sources: &[u32]) -> Node {
    Node::Concat { sources: ids(sources) }
}

fn distinct(source: u32) -> Node {
    Node::Distinct { source: NodeId(source) }
}

fn reduce(source: u32, fold: Fold, column: Option<usize>) -> Node {
    Node::Reduce { source: NodeId(source), fold, column }
}

fn export(fix: u32, index: usize) -> Node {
    Node::Export { fix: NodeId(fix), index }
}

/// 0: arcs, 1: sources. What is reached, in a recursion without an arrangement of its own.
pub fn reach() -> Plan {
    let body =
        vec![Node::Import(0), Node::Import(1), Node::Variable(0), concat(&[1, 2]), distinct(3), join(4, 0, shape(1, &[r(0)]))];
    let scope = Scope { imports: ids(&[2, 1]), variables: vec![(1, 1)], body, binds: ids(&[5]), exports: ids(&[4]) };
    plan(vec![input(0), input(1), map(0, shape(1, &[k(0), k(1)])), Node::Fix(scope), export(3, 0)], &[4])
}

/// 0: arcs. The transitive closure (z, x).
pub fn closure() -> Plan {
    let body = vec![
        Node::Import(0),
        Node::Variable(0),
        map(0, shape(1, &[l(0), k(0)])),
        concat(&[2, 1]),
        distinct(3),
        join(4, 0, shape(1, &[r(0), l(0)])),
    ];
    let scope = Scope { imports: ids(&[1]), variables: vec![(2, 1)], body, binds: ids(&[5]), exports: ids(&[4]) };
    plan(vec![input(0), map(0, shape(1, &[k(0), k(1)])), Node::Fix(scope), export(2, 0)], &[3])
}

/// 0: address-of, 1: assign, 2: load, 3: store. Andersen's points-to analysis: a recursion that joins with itself.
pub fn andersen() -> Plan {
    let straight = || shape(1, &[k(0), k(1)]);
    let turned = || shape(1, &[k(1), k(0)]);
    let body = vec![
        Node::Import(0),
        Node::Import(1),
        Node::Import(2),
        Node::Import(3),
        Node::Variable(0),
        concat(&[0, 4]),
        distinct(5),
        join(6, 1, shape(1, &[r(0), l(0)])),
        join(6, 2, shape(1, &[l(0), r(0)])),
        join(8, 6, shape(1, &[l(0), r(0)])),
        join(3, 6, shape(1, &[l(0), r(0)])),
        map(10, shape(1, &[l(0), k(0)])),
        join(11, 6, shape(1, &[l(0), r(0)])),
        concat(&[7, 9, 12]),
    ];
    // The store rule turns its columns twice, to have a join whose left side is from outside.
    let scope = Scope { imports: ids(&[4, 5, 6, 7]), variables: vec![(2, 1)], body, binds: ids(&[13]), exports: ids(&[6]) };
    let inputs = (0..4).map(input);
    let arranged = [straight(), turned(), turned(), straight()].into_iter().zip(0..).map(|(shape, id)| map(id, shape));
    let nodes = inputs.chain(arranged).chain([Node::Fix(scope), export(8, 0)]).collect();
    plan(nodes, &[9])
}

/// 0: arcs. Even and odd walks from node 0, two relations that need each other, and a body that negates an import.
pub fn even_and_odd() -> Plan {
    let body = vec![
        Node::Import(0),
        Node::Import(1),
        Node::Variable(0),
        Node::Variable(1),
        distinct(2),
        distinct(3),
        concat(&[4, 1]),
        distinct(6),
        join(7, 0, shape(1, &[r(0)])),
        join(0, 5, shape(1, &[l(0)])),
        anti(0, 1, shape(1, &[l(0)])),
        map(10, filtered(1, &[k(0)], vec![compared(Compared::Gt, Kind::Number, number(0), number(1))])),
        concat(&[9, 11]),
    ];
    let scope =
        Scope { imports: ids(&[1, 2]), variables: vec![(1, 1), (1, 1)], body, binds: ids(&[12, 8]), exports: ids(&[7, 5, 10]) };
    let start = Node::Constant { rows: vec![vec![Value::Number(0)]], kinds: vec![Kind::Number], key: 1 };
    let nodes = vec![
        input(0),
        map(0, shape(1, &[k(0), k(1)])),
        start,
        Node::Fix(scope),
        export(3, 0),
        export(3, 1),
        export(3, 2),
        distinct(6),
    ];
    plan(nodes, &[4, 5, 7])
}

/// 0: (a, b, x), 1: (b, y). Groups, an antijoin, a join with arithmetic, things without a key.
pub fn grouped() -> Plan {
    let nodes = vec![
        input(0),
        input(1),
        map(0, shape(1, &[k(0), k(1), k(2)])),
        distinct(2),
        reduce(3, Fold::Count, None),
        reduce(3, Fold::Min(Kind::Number), Some(1)),
        reduce(3, Fold::Sum(Kind::Number), Some(1)),
        // 7: rows of 0 whose b is not in 1.
        map(0, shape(1, &[k(1), k(0), k(2)])),
        map(1, shape(1, &[k(0)])),
        distinct(8),
        anti(7, 9, shape(3, &[l(0), k(0), l(1)])),
        distinct(10),
        // 12: (a, x + y) where they share b and x + 1 < y.
        map(1, shape(1, &[k(0), k(1)])),
        join(
            7,
            12,
            Shape {
                columns: vec![Made::Operand(Expr::Var(l(0))), Made::Operand(sum(Expr::Var(l(1)), Expr::Var(r(0))))],
                ..filtered(2, &[], vec![compared(Compared::Lt, Kind::Number, sum(Expr::Var(l(1)), number(1)), Expr::Var(r(0)))])
            },
        ),
        distinct(13),
        // 15: is there anything in 1? 17: the a of 0 while there is nothing.
        map(1, shape(0, &[])),
        distinct(15),
        map(0, shape(0, &[k(0)])),
        anti(17, 16, shape(1, &[l(0)])),
        distinct(18),
        // 20: how many rows 0 has, in all.
        map(0, shape(0, &[k(0), k(1), k(2)])),
        reduce(20, Fold::Count, None),
    ];
    plan(nodes, &[4, 5, 6, 11, 14, 16, 19, 21])
}

/// 0: (group, text). The least and the greatest text of a group, and pairs in the order of their text.
pub fn texts() -> Plan {
    let before = compared(Compared::Lt, Kind::Symbol, Expr::Var(l(0)), Expr::Var(r(0)));
    let nodes = vec![
        input(0),
        map(0, shape(1, &[k(0), k(1)])),
        reduce(1, Fold::Min(Kind::Symbol), Some(0)),
        reduce(1, Fold::Max(Kind::Symbol), Some(0)),
        join(1, 1, filtered(3, &[k(0), l(0), r(0)], vec![before])),
        distinct(4),
    ];
    plan(nodes, &[2, 3, 5])
}

/// 0: numbers to start from. n(x + 1) :- n(x): it never ends.
pub fn endless() -> Plan {
    let next = Shape { filter: vec![], columns: vec![Made::Operand(sum(Expr::Var(k(0)), number(1)))], key: 1 };
    let body = vec![Node::Import(0), Node::Variable(0), concat(&[0, 1]), distinct(2), map(3, next)];
    let scope = Scope { imports: ids(&[0]), variables: vec![(1, 1)], body, binds: ids(&[4]), exports: ids(&[3]) };
    plan(vec![input(0), Node::Fix(scope), export(1, 0)], &[2])
}

/// 0: numbers. All pairs.
pub fn pairs() -> Plan {
    let nodes = vec![input(0), map(0, shape(0, &[k(0)])), join(1, 1, shape(2, &[l(0), r(0)])), distinct(2)];
    plan(nodes, &[3])
}

/// 0: (x, y). (y, x), and how many x a y has.
pub fn turned_and_counted() -> Plan {
    let nodes = vec![input(0), map(0, shape(1, &[k(1), k(0)])), distinct(1), reduce(2, Fold::Count, None)];
    plan(nodes, &[2, 3])
}

/// 0: (x, y), read by two nodes. (x, z) with a y between.
pub fn read_twice() -> Plan {
    let nodes = vec![
        input(0),
        input(0),
        map(0, shape(1, &[k(1), k(0)])),
        map(1, shape(1, &[k(0), k(1)])),
        join(2, 3, shape(2, &[l(0), r(0)])),
        distinct(4),
    ];
    plan(nodes, &[5])
}

/// No input: two rows of the program text, and what they join to.
pub fn constants() -> Plan {
    let rows = vec![vec![Value::symbol("甲"), Value::Number(1)], vec![Value::symbol("乙"), Value::Number(2)]];
    let text = Node::Constant { rows, kinds: vec![Kind::Symbol, Kind::Number], key: 1 };
    plan(vec![text, join(0, 0, shape(2, &[k(0), r(0)])), distinct(1)], &[2])
}

/// 0: (x, y). Rows read twice by one node, given out twice, and beside rows of the program text, some of which go while an input is there.
pub fn read_and_given_out_twice() -> Plan {
    let rows = [[1, 0], [2, 1], [3, 3]].iter().map(|row| row.iter().map(|x| Value::Number(*x)).collect()).collect();
    let nodes = vec![
        input(0),
        map(0, shape(1, &[k(1), k(0)])),
        concat(&[1, 1]),
        distinct(2),
        Node::Constant { rows, kinds: vec![Kind::Number, Kind::Number], key: 1 },
        // 5: what stands in both stands twice; 7 and 8 read a node that others read too.
        concat(&[1, 4]),
        distinct(5),
        concat(&[5, 4, 5]),
        concat(&[7]),
        // 11: rows of the text whose key no x is.
        map(0, shape(1, &[k(0)])),
        distinct(9),
        anti(4, 10, shape(2, &[k(0), l(0)])),
        // 13: a join of rows with themselves, from a node that is also given out.
        map(5, shape(1, &[l(0), k(0)])),
        join(5, 12, shape(2, &[l(0), r(0)])),
    ];
    plan(nodes, &[0, 0, 1, 2, 3, 2, 5, 6, 5, 7, 8, 11, 4, 13, 13])
}

/// 0: arcs. A closure that two nodes take out of its recursion, both of which are given out and read.
pub fn exported_twice() -> Plan {
    let mut plan = closure();
    plan.nodes.extend([export(2, 0), concat(&[3, 4]), concat(&[4]), distinct(4)]);
    let outputs = [3, 4, 5, 6, 7].into_iter().zip(10..);
    plan.outputs = outputs.map(|(id, relation)| (Output::Relation(RelId(relation)), NodeId(id))).collect();
    plan
}

/// 0: (x, y), 1: a clock of any number of rows. Rows from x on, rows before y, rows from x on and before y; and these three in another way,
/// as a join with a filter.
pub fn agenda() -> Plan {
    let agenda = |opens: Option<u32>, closes: Option<u32>, columns: &[Src]| Node::Agenda {
        opens: opens.map(NodeId),
        closes: closes.map(NodeId),
        clock: NodeId(1),
        shape: shape(1, columns),
    };
    let is_open = || compared(Compared::Le, Kind::Number, Expr::Var(l(0)), Expr::Var(r(0)));
    let is_not_over = || compared(Compared::Lt, Kind::Number, Expr::Var(r(0)), Expr::Var(l(1)));
    let nodes = vec![
        input(0),
        input(1),
        map(0, shape(1, &[k(0), k(1)])),
        map(0, shape(1, &[k(1), k(0)])),
        agenda(Some(2), None, &[l(0)]),
        agenda(None, Some(3), &[l(0)]),
        map(
            0,
            filtered(2, &[k(0), k(1), k(0), k(1)], vec![compared(Compared::Lt, Kind::Number, Expr::Var(k(0)), Expr::Var(k(1)))]),
        ),
        map(6, shape(2, &[k(1), k(0), l(0), l(1)])),
        agenda(Some(6), Some(7), &[l(0), l(1)]),
        distinct(8),
        map(0, shape(0, &[k(0), k(1)])),
        map(1, shape(0, &[k(0)])),
        join(10, 11, filtered(1, &[l(1)], vec![is_open()])),
        join(10, 11, filtered(1, &[l(0)], vec![is_not_over()])),
        join(10, 11, filtered(1, &[l(0), l(1)], vec![is_open(), is_not_over()])),
    ];
    plan(nodes, &[4, 5, 8, 9, 12, 13, 14])
}

/// Of each number so many texts, each by a node of its own.
pub fn lettered(nodes: u32) -> Plan {
    let text = |i: u32| {
        let written = Expr::Call(Functor::ToString(Kind::Number), vec![Expr::Var(k(0))]);
        let letter = Expr::Const(Value::symbol(&format!("x{i}")));
        Shape { filter: vec![], columns: vec![Made::Operand(Expr::Call(Functor::Cat, vec![written, letter]))], key: 1 }
    };
    let nodes: Vec<Node> = std::iter::once(input(0)).chain((0..nodes).map(|i| map(0, text(i)))).collect();
    let outputs: Vec<u32> = (1..nodes.len() as u32).collect();
    plan(nodes, &outputs)
}
