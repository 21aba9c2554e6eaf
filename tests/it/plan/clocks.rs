//! Which rules wait for the clock in an agenda, and which are told that they do not.

use crate::oracle::random::Rng;
use crate::oracle::{compile, setting, timed};
use huiyan::pack::Pack;
use huiyan::plan::{Node, NodeId, Plan, plan, warnings};
use huiyan::program::Program;
use std::path::Path;

const RELATIONS: &str = "
    .decl today(day: date) .clock today
    .decl moment(at: datetime) .clock moment
    .decl a(x: number, d: date, u: date) .input a
    .decl b(x: number) .input b
    .decl e(x: number, m: datetime) .input e
    .decl out(x: number, d: date) .output out
    ";

/// How many agendas a program has, and how many joins of a clock with everything that waits.
fn of(rules: &str) -> (usize, usize) {
    let program = compile(&format!("{RELATIONS}{rules}")).unwrap();
    let plan = plan(&program);
    let warned = warnings(&program);
    let joins = joins_with_a_clock(&plan, &program);
    assert_eq!(warned.is_empty(), joins == 0, "{rules}: {warned:?}");
    for warning in &warned {
        assert_eq!(warning.code, "W0205");
        assert!(!warning.message.zh.is_empty() && warning.help.is_some());
    }
    (plan.nodes.iter().filter(|node| matches!(node, Node::Agenda { .. })).count(), joins)
}

/// Joins without a key of which one side is a clock as it is.
fn joins_with_a_clock(plan: &Plan, program: &Program) -> usize {
    joins(&plan.nodes, &|id| is_clock(&plan.nodes, id, program))
        + plan
            .nodes
            .iter()
            .map(|node| {
                let Node::Fix(scope) = node else { return 0 };
                let is_import = |id: NodeId| is_import_of_clock(scope, &plan.nodes, id, program);
                joins(&scope.body, &is_import)
            })
            .sum::<usize>()
}

fn joins(line: &[Node], is_clock: &dyn Fn(NodeId) -> bool) -> usize {
    let sides =
        line.iter().filter_map(|node| if let Node::Join { left, right, .. } = node { Some((*left, *right)) } else { None });
    sides.filter(|(left, right)| is_clock(*left) != is_clock(*right)).count()
}

/// The input, with any columns as its key but not all of them: those that a join finds it by.
fn is_clock(line: &[Node], id: NodeId, program: &Program) -> bool {
    match &line[id.index()] {
        Node::Map { source, shape } if shape.key == 0 => match &line[source.index()] {
            Node::Input { relation } => program.relation(*relation).clock,
            _ => false,
        },
        _ => false,
    }
}

fn is_import_of_clock(scope: &huiyan::plan::Scope, outer: &[Node], id: NodeId, program: &Program) -> bool {
    match &scope.body[id.index()] {
        Node::Import(i) => is_clock(outer, scope.imports[*i], program),
        _ => false,
    }
}

#[test]
fn comparisons_with_what_is_known_wait_in_an_agenda() {
    for (rules, agendas) in [
        ("out(x, d) :- a(x, d, _), today(t), t > d.", 1),
        ("out(x, d) :- today(t), a(x, d, u), d + 7 <= t, t - 3 < u.", 1),
        ("out(x, d) :- a(x, d, u), today(t), d < t, u < t, t < u + x, !b(x).", 1),
        ("out(x, d) :- a(x, d, _), today(t), (t > d + 7 ; t < d).", 2),
        ("out(x, d) :- a(x, d, _), today(t), t != d.", 2),
        ("out(x, d) :- a(x, d, _), today(t), t - d >= 3, 9 > t - d.", 1),
        ("out(x, d) :- a(x, d, _), today(t), t > d, weekday(t) = 1.", 1),
        ("out(x, d) :- a(x, d, _), today(t), s = t - 30, s > d, t < d + 90.", 1),
        ("out(x, d) :- a(x, d, _), e(x, m), moment(t), m <= t.", 1),
        ("out(x, d) :- a(x, d, _), e(x, m), moment(t), m <= t, today(y), y > d.", 2),
        ("out(x, d) :- a(x, d, _), 1 <= count : { b(x) }, today(t), t > d.", 1),
        // Found by the day, or true for all at once.
        ("out(x, t) :- today(t), a(x, t, _).", 0),
        ("out(x, d) :- a(x, d, _), today(t), t = d + 3.", 0),
        ("out(x, d) :- a(x, d, _), today(_).", 0),
        ("out(x, d) :- a(x, d, _), today(t), t > date(\"2022-01-01\").", 0),
        ("out(1, t) :- today(t).", 0),
    ] {
        let (found, joins) = of(rules);
        // Those of the faults beside the rule come on top.
        assert!(joins == 0 && found >= agendas && (agendas > 0 || found == 0), "{rules}: {found} agendas, {joins} joins");
    }
}

#[test]
fn other_uses_are_joins_and_warned_of() {
    for rules in [
        "out(x, t) :- a(x, d, _), today(t), t > d.",
        "out(t - d, d) :- a(_, d, _), today(t), t > d.",
        "out(x, d) :- a(x, d, _), today(t), add_months(t, 1) > d.",
        "out(x, d) :- a(x, d, _), today(t), t - x > d.",
        "out(x, d) :- a(x, d, _), today(t), t - d > x.",
        "out(x, d) :- a(x, d, _), e(x, m), moment(t), date_of(t) > d, m < t.",
        "out(n, d) :- b(x), d = date(\"2022-01-01\"), n = count : { a(x, q, _), today(t), q < t }.",
        "out(n, d) :- b(x), d = date(\"2022-01-01\"), n = count : { a(x, _, _), today(_) }.",
        "out(x, d) :- a(x, d, _). out(x, u) :- out(x, d), a(x, d, u), today(t), t > u.",
    ] {
        let (agendas, joins) = of(rules);
        assert!(joins > 0, "{rules}: {agendas} agendas, {joins} joins");
    }
}

/// Random rules about time: a warning exactly where there is such a join.
#[test]
fn warnings_are_of_joins_with_a_clock_and_no_others() {
    let (mut warned, mut silent) = (0, 0);
    for seed in 0..300 * setting("HUIYAN_SCALE", 1) {
        let made = timed::program(&mut Rng(seed + 9_000_000));
        let Ok(program) = compile(&made.text) else { continue };
        let joins = joins_with_a_clock(&plan(&program), &program);
        // A join in the faults beside a rule has no rule of its own to be warned of.
        assert!(joins > 0 || warnings(&program).is_empty(), "seed {seed}\n{}", made.text);
        if warnings(&program).is_empty() { silent += 1 } else { warned += 1 }
    }
    println!("{warned} programs with a warning, {silent} without");
    assert!(warned > 50 && silent > 50);
}

#[test]
fn the_shipped_pack_waits_in_agendas() {
    let pack = Pack::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/supervision")).unwrap();
    let (program, diagnostics) = pack.check().unwrap();
    let told: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!((told, joins_with_a_clock(&plan(&program), &program)), (vec![], 0));
}
