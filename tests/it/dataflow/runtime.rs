//! Is the runtime what its owner may rely on: epochs, budgets, bulk loads, an end without hanging?

use super::made::{WIDE, changes, shown};
use super::naive::{Bag, add};
use super::plans;
use huiyan::dataflow::{Budget, InputChanges, Runtime, RuntimeError};
use huiyan::limits::ROWS_SIDE_BY_SIDE;
use huiyan::plan::{Node, NodeId, Plan};
use huiyan::security::Names;
use huiyan::types::{Epoch, Interner, RelId, word_of_number};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn start(plan: Plan, arities: &[usize], workers: usize, budget: Budget) -> Runtime {
    Runtime::start(Arc::new(plan), arities.to_vec(), Arc::new(Interner::new()), Names::of_no_folder().naming(), workers, budget)
}

fn numbers(relation: u32, rows: impl Iterator<Item = i64>) -> InputChanges {
    let words: Vec<u64> = rows.map(word_of_number).collect();
    InputChanges { relation: Some(RelId(relation)), diffs: vec![1; words.len()], words }
}

#[test]
fn deltas_are_given_out_once_and_up_to_the_epoch_asked_for() {
    let mut runtime = start(plans::turned_and_counted(), &[2], 2, WIDE);
    assert!(runtime.wait(Epoch(9)).unwrap().is_empty(), "nothing was handed in");
    runtime.submit(Epoch(3), vec![changes(0, &[(&[1, 2], 1)])]);
    runtime.submit(Epoch(4), vec![]);
    runtime.submit(Epoch(7), vec![changes(0, &[(&[1, 2], -1), (&[5, 2], 1)])]);
    let first = shown(&runtime.wait(Epoch(5)).unwrap());
    assert_eq!(first.keys().collect::<Vec<_>>(), [&(3, 10), &(3, 11)]);
    let second = shown(&runtime.wait(Epoch(100)).unwrap());
    // The count of 2 stays as it is.
    assert_eq!(second.keys().collect::<Vec<_>>(), [&(7, 10)]);
    assert!(runtime.wait(Epoch(100)).unwrap().is_empty());
}

#[test]
fn rows_of_the_program_text_are_there_in_the_first_epoch() {
    for workers in [1, 3] {
        let mut runtime = start(plans::constants(), &[], workers, WIDE);
        let first = shown(&runtime.wait(Epoch(1)).unwrap());
        assert_eq!(first.len(), 1);
        assert_eq!(first[&(1, 10)].len(), 2);
        runtime.submit(Epoch(2), vec![]);
        assert!(runtime.wait(Epoch(2)).unwrap().is_empty());
    }
}

#[test]
fn an_input_that_the_plan_does_not_read_is_let_go() {
    let mut runtime = start(plans::turned_and_counted(), &[2, 1], 1, WIDE);
    runtime.submit(Epoch(1), vec![changes(1, &[(&[1], 1)]), InputChanges::default()]);
    assert!(runtime.wait(Epoch(1)).unwrap().is_empty());
}

/// Nothing here takes a second of CPU. The bound is for a machine that has more to do: it tells an end from a hang.
const SOON: Duration = Duration::from_secs(60);

/// The error of the plan, soon, from a runtime that is dropped and refuses further use.
fn overrun(plan: Plan, input: InputChanges, workers: usize, budget: Budget) -> RuntimeError {
    let began = Instant::now();
    let mut runtime = start(plan, &[1], workers, budget);
    runtime.submit(Epoch(1), vec![]);
    assert!(runtime.wait(Epoch(1)).unwrap().is_empty());
    runtime.submit(Epoch(2), vec![input]);
    let error = runtime.wait(Epoch(2)).unwrap_err();
    runtime.submit(Epoch(3), vec![]);
    assert_eq!(runtime.wait(Epoch(3)).unwrap_err(), error);
    drop(runtime);
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    error
}

#[test]
fn a_recursion_without_end_is_cut_at_its_rounds() {
    for workers in [1, 3] {
        let error =
            overrun(plans::endless(), numbers(0, 0..3), workers, Budget { iterations: 500, rows: 1_000_000, made: 1 << 30 });
        assert_eq!(error, RuntimeError::Iterations { epoch: 2, rounds: 500 });
    }
}

#[test]
fn a_recursion_within_its_rounds_is_not_cut() {
    // A chain of 50 arcs: the last node is found in round 49, and proposes its successor's.
    let mut runtime = start(plans::reach(), &[2, 1], 1, Budget { iterations: 50, ..WIDE });
    let arcs: Vec<[i64; 2]> = (0..50).map(|i| [i, i + 1]).collect();
    let arcs: Vec<(&[i64], i64)> = arcs.iter().map(|arc| (&arc[..], 1)).collect();
    runtime.submit(Epoch(1), vec![changes(0, &arcs), changes(1, &[(&[0], 1)])]);
    assert_eq!(shown(&runtime.wait(Epoch(1)).unwrap())[&(1, 10)].len(), 51);
    // One more is too many.
    runtime.submit(Epoch(2), vec![changes(0, &[(&[50, 51], 1)])]);
    assert_eq!(runtime.wait(Epoch(2)).unwrap_err(), RuntimeError::Iterations { epoch: 2, rounds: 50 });
}

#[test]
fn a_recursion_without_end_is_stopped_at_its_rows() {
    for workers in [1, 3] {
        let budget = Budget { iterations: u32::MAX, rows: 100_000, made: 1 << 30 };
        let error = overrun(plans::endless(), numbers(0, (0..1_000).map(|i| i * 1_000_000)), workers, budget);
        assert_eq!(error, RuntimeError::Rows { epoch: 2, rows: 100_000 });
    }
}

#[test]
fn a_cross_join_is_stopped_at_its_rows() {
    let budget = Budget { iterations: 10, rows: 500_000, made: 1 << 30 };
    let error = overrun(plans::pairs(), numbers(0, 0..20_000), 1, budget);
    assert_eq!(error, RuntimeError::Rows { epoch: 2, rows: 500_000 });
}

/// What all threads of an epoch of many rows make counts together.
#[test]
fn texts_made_side_by_side_are_bounded_together() {
    const NODES: u64 = 8;
    const TEXT_BYTES: u64 = 64;
    let many = ROWS_SIDE_BY_SIDE as u64 + 1_000;
    let made = many * TEXT_BYTES * NODES;
    let error = overrun(plans::lettered(NODES as u32), numbers(0, 0..many as i64), 1, Budget { made, ..WIDE });
    assert_eq!(error, RuntimeError::Made { epoch: 2, bytes: made });
}

#[test]
fn rows_that_went_no_longer_count() {
    let mut runtime = start(plans::turned_and_counted(), &[2], 1, Budget { iterations: 10, rows: 40_000, made: 1 << 30 });
    for epoch in 1..40u64 {
        // Two thousand rows come, those of the epoch before go.
        let rows = |of: u64, diff| (0..2_000).map(move |i| ([(of * 2_000 + i) as i64, i as i64], diff));
        let all: Vec<([i64; 2], i64)> = rows(epoch, 1).chain(rows(epoch - 1, -1).filter(|_| epoch > 1)).collect();
        let all: Vec<(&[i64], i64)> = all.iter().map(|(row, diff)| (&row[..], *diff)).collect();
        runtime.submit(Epoch(epoch), vec![changes(0, &all)]);
        runtime.wait(Epoch(epoch)).expect("about ten thousand rows are held");
    }
}

#[test]
fn a_bulk_load_gives_what_small_steps_give() {
    let row = |i: i64| [i * 7919 % 100_003, i % 1_000];
    for workers in [1, 2] {
        let mut runtime = start(plans::turned_and_counted(), &[2], workers, WIDE);
        let rows: Vec<[i64; 2]> = (0..200_000).map(row).collect();
        let mut expected = Bag::new();
        for [x, y] in &rows {
            expected.insert([*y, *x].map(word_of_number).to_vec(), 1);
        }
        assert_eq!(expected.len(), rows.len(), "the rows are different");
        let words = rows.iter().flatten().map(|x| word_of_number(*x)).collect();
        runtime.submit(Epoch(1), vec![InputChanges { relation: Some(RelId(0)), words, diffs: vec![1; rows.len()] }]);
        let deltas = shown(&runtime.wait(Epoch(1)).unwrap());
        assert_eq!(deltas[&(1, 10)], expected);
        assert_eq!(deltas[&(1, 11)].len(), 1_000);
    }
}

#[test]
fn a_runtime_dropped_at_work_ends_soon() {
    let began = Instant::now();
    for workers in [1, 2] {
        let mut runtime = start(plans::pairs(), &[1], workers, WIDE);
        runtime.submit(Epoch(1), vec![numbers(0, 0..2_000_000)]);
        std::thread::sleep(Duration::from_millis(20));
        drop(runtime);
    }
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn a_worker_that_panics_is_told_and_does_not_hang() {
    for workers in [1, 2] {
        // A node that is read but not there.
        let mut broken = plans::constants();
        broken.nodes.push(Node::Distinct { source: NodeId(77) });
        let mut runtime = start(broken, &[], workers, WIDE);
        runtime.submit(Epoch(1), vec![]);
        let error = runtime.wait(Epoch(1)).unwrap_err();
        assert!(matches!(error, RuntimeError::Worker(_)), "{error}");
        // At work: a row that is shorter than its relation says.
        let mut runtime = start(plans::turned_and_counted(), &[2], workers, WIDE);
        runtime.submit(Epoch(1), vec![InputChanges { relation: Some(RelId(0)), words: vec![1], diffs: vec![1] }]);
        assert!(matches!(runtime.wait(Epoch(1)).unwrap_err(), RuntimeError::Worker(_)));
    }
}

/// Rows of a relation by their numbers, no two alike.
fn numbered(relation: u32, arity: usize, rows: impl Iterator<Item = i64>, diff: i64) -> InputChanges {
    let row = |i: i64| if arity == 1 { vec![i] } else { [i % 251, i / 251, i % 5][..arity].to_vec() };
    let rows: Vec<Vec<i64>> = rows.map(row).collect();
    changes(relation, &rows.iter().map(|row| (&row[..], diff)).collect::<Vec<_>>())
}

/// What all epochs together brought to each output.
fn together(runtime: &mut Runtime, until: u64) -> BTreeMap<u32, Bag> {
    let mut all: BTreeMap<u32, Bag> = BTreeMap::new();
    for ((_, output), bag) in shown(&runtime.wait(Epoch(until)).unwrap()) {
        bag.into_iter().for_each(|(row, diff)| add(all.entry(output).or_default(), row, diff));
    }
    all.retain(|_, bag| !bag.is_empty());
    all
}

/// An epoch of many rows is evaluated on several threads. What follows it, finds everything as it would stand behind epochs of few.
#[test]
fn many_rows_at_once_give_what_few_at_a_time_give() {
    let many = ROWS_SIDE_BY_SIDE as i64 + 1_000;
    let subjects = [
        (plans::reach(), &[2, 1][..]),
        (plans::grouped(), &[3, 2]),
        (plans::read_twice(), &[2]),
        (plans::read_and_given_out_twice(), &[2]),
        (plans::turned_and_counted(), &[2]),
        (plans::agenda(), &[2, 1]),
    ];
    for (number, (plan, arities)) in subjects.into_iter().enumerate() {
        let few = |from: i64, to: i64, step: usize, diff: i64| -> Vec<InputChanges> {
            let of = |(relation, arity): (usize, &usize)| {
                let end = if relation == 0 { to } else { to.min(40) };
                numbered(relation as u32, *arity, (from..end).step_by(step), diff)
            };
            arities.iter().enumerate().map(of).collect()
        };
        let mut at_once = start(plan.clone(), arities, 1, WIDE);
        at_once.submit(Epoch(10), few(0, many, 1, 1));
        let mut in_parts = start(plan, arities, 1, WIDE);
        (0..10)
            .for_each(|part| in_parts.submit(Epoch(part + 1), few(part as i64 * many / 10, (part as i64 + 1) * many / 10, 1, 1)));
        let expected = together(&mut in_parts, 10);
        assert!(!expected.is_empty(), "plan {number}");
        assert!(together(&mut at_once, 10) == expected, "plan {number}");
        for runtime in [&mut at_once, &mut in_parts] {
            runtime.submit(Epoch(11), few(0, many, 97, -1));
        }
        assert!(together(&mut at_once, 11) == together(&mut in_parts, 11), "plan {number}, what goes");
    }
}
