//! What a tick of the clock costs beside so many deadlines that are pending: by an agenda, and by the join that it stands for.
//!
//! Each day 300 fall due, but none on every second one, so that in turn a tick makes 300 due and a tick makes none. Both contestants run the
//! same rule over the same rows, each in a process of its own, and say what came out.

use crate::machine::memory_mib;
use crate::measure::{Taken, round, timed};
use crate::ours::Ours;
use crate::workloads::Changes;
use crate::{contestant::Contestant, measure::shown};
use huiyan::plan::Options;
use huiyan::types::{Interner, Word, word_of_number};
use serde_json::{Value, json};
use std::sync::Arc;

const RULES: &str = r#"
    .decl pending(id: number, due: date) .input pending
    .decl today(day: date) .clock today
    .decl overdue(id: number) .output overdue
    overdue(i) :- pending(i, d), today(t), t > d.
"#;

pub const CONTESTANTS: [&str; 2] = ["plain join", "agenda"];
const PENDING: usize = 0;
const TODAY: usize = 1;
/// How many fall due on every second day.
const DUE: u64 = 300;
/// Ticks that are measured, as many as the join is patient for.
const TICKS: u64 = 60;
const FIRST_DAY: u64 = 19_000;
const LOAD_EPOCH: u64 = 200_000;

pub fn measure(contestant: &str, pending: u64) -> Value {
    let options = Options { agenda: contestant == "agenda", ..Options::default() };
    let before = memory_mib("self").0;
    let mut ours = Ours::with(RULES, &["pending", "today"], &options, Arc::new(Interner::new()), 1);
    let mut load = Taken::default();
    let mut day = FIRST_DAY;
    load.add(timed(|| submit(&mut ours, TODAY, &[(&[word(day)], 1)])));
    for from in (0..pending).step_by(LOAD_EPOCH as usize) {
        let rows: Vec<[Word; 2]> = (from..pending.min(from + LOAD_EPOCH)).map(|id| [word(id), word(due(id))]).collect();
        let rows: Vec<(&[Word], i64)> = rows.iter().map(|row| (&row[..], 1)).collect();
        load.add(timed(|| submit(&mut ours, PENDING, &rows)));
    }
    ours.rest();
    let memory = memory_mib("self").0 - before;
    let (mut with, mut without) = (Taken::default(), Taken::default());
    for tick in 0..TICKS {
        let before = ours.seen().rows;
        let taken = timed(|| submit(&mut ours, TODAY, &[(&[word(day)], -1), (&[word(day + 1)], 1)]));
        day += 1;
        let opened = (ours.seen().rows - before) as u64;
        assert_eq!(opened, if tick % 2 == 0 { DUE } else { 0 }, "what falls due");
        if opened > 0 { &mut with } else { &mut without }.add(taken);
    }
    // Back to the first day in one step: all that fell due is pending again.
    let back = timed(|| submit(&mut ours, TODAY, &[(&[word(day)], -1), (&[word(FIRST_DAY)], 1)]));
    assert_eq!(ours.seen().rows, 0, "nothing is due any more");
    json!({
        "load_cpu_s": round(load.cpu_us() * 1e-6), "memory_mib": round(memory),
        "tick": with.figures(1), "empty_tick": without.figures(1), "back_cpu_us": round(back.0), "due_again": TICKS / 2 * DUE,
        "seen": shown(ours.seen()),
    })
}

/// On the first day and on every second one after it.
fn due(id: u64) -> u64 {
    FIRST_DAY + id / DUE * 2
}

fn word(x: u64) -> Word {
    word_of_number(x as i64)
}

fn submit(ours: &mut Ours, relation: usize, rows: &[(&[Word], i64)]) {
    let words = rows.iter().flat_map(|(row, _)| row.iter().copied()).collect();
    ours.submit(vec![Changes { relation, words, diffs: rows.iter().map(|(_, diff)| *diff).collect() }]);
    ours.settle();
}
