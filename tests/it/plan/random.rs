//! Random programs: whichever optimisations are on, a plan gives what the naive evaluator gives, relation by relation and fault by fault.

use super::interpret::{Interpreter, Set};
use crate::oracle::random::{self, History, Rng};
use crate::oracle::{compile, listed, naive, refined, setting, structured, timed};
use huiyan::plan::{Output, plan_with};
use huiyan::program::{Program, Relation};
use huiyan::types::{Interner, Kind, Row};

const PROGRAMS: u64 = 100;
const TRANSACTIONS: usize = 25;

#[test]
fn no_optimisation_changes_an_answer() {
    agree(random::program, setting("HUIYAN_SEED", 1));
}

#[test]
fn no_optimisation_changes_an_answer_about_time() {
    agree(timed::program, setting("HUIYAN_SEED", 1) + 2_000_000);
}

#[test]
fn no_optimisation_changes_an_answer_about_clues() {
    agree(listed::program, setting("HUIYAN_SEED", 1) + 6_000_000);
}

#[test]
fn no_optimisation_changes_an_answer_about_rows_that_stay() {
    agree(refined::program, setting("HUIYAN_SEED", 1) + 8_000_000);
}

#[test]
fn no_optimisation_changes_an_answer_about_structures() {
    agree(structured::program, setting("HUIYAN_SEED", 1) + 10_000_000);
}

fn agree(maker: fn(&mut Rng) -> random::Made, first: u64) {
    let (mut seed, mut done, mut rows, mut faults) = (first, 0, 0, 0);
    while done < PROGRAMS * setting("HUIYAN_SCALE", 1) {
        let mut rng = Rng(seed);
        let made = maker(&mut rng);
        if let Ok(program) = compile(&made.text) {
            let (more_rows, more_faults) = agrees(seed, &made, &program, &mut rng);
            rows += more_rows;
            faults += more_faults;
            done += 1;
        }
        seed += 1;
    }
    println!("{done} programs from seed {first}: {rows} rows and {faults} faults agreed under every set of optimisations");
    assert!(rows > 0 && faults > 0, "the programs say something");
}

fn agrees(seed: u64, made: &random::Made, program: &Program, rng: &mut Rng) -> (usize, usize) {
    let text = &made.text;
    let mut history = History { free_clocks: made.free_clocks, ..History::new(program) };
    for _ in 0..TRANSACTIONS {
        history.transaction(program, rng);
    }
    let expected = naive::evaluate(program, &history.inputs);
    let texts = Interner::new();
    let encode = |relation: &Relation, row: &Row| -> Vec<u64> {
        row.values().iter().zip(&relation.columns).map(|(value, column)| texts.encode(value, column.kind)).collect()
    };
    let encoded = |id| move |rows: &naive::Rows| rows.iter().map(|row| encode(program.relation(id), row)).collect::<Set>();
    let inputs = history.inputs.iter().map(|(id, rows)| (*id, encoded(*id)(rows))).collect();
    let arities = program.relations.iter().map(Relation::arity).collect();
    let interpreter = Interpreter { texts: &texts, inputs, arities };
    let faults: Set = expected.faults.iter().map(|fault| fault.iter().map(|cell| texts.intern(cell)).collect()).collect();
    for options in super::all_options() {
        let outputs = interpreter.outputs(&plan_with(program, &options));
        let show = |rows: &Set, kinds: &[(Kind, bool)]| -> Vec<String> {
            let cell = |(word, (kind, optional)): (&u64, &(Kind, bool))| format!("{:?}", texts.decode(*word, *kind, *optional));
            rows.iter().map(|row| row.iter().zip(kinds).map(cell).collect::<Vec<_>>().join(" ")).collect()
        };
        for id in program.output_ids() {
            let kinds: Vec<(Kind, bool)> = program.relation(id).columns.iter().map(|c| (c.kind, c.optional)).collect();
            let want = encoded(id)(&expected.relations[id.index()]);
            let (got, want) = (show(&outputs[&Output::Relation(id)], &kinds), show(&want, &kinds));
            assert_eq!(got, want, "seed {seed}, {}, {options:?}\n{text}\n{:#?}", program.relation(id).name, history.inputs);
        }
        let (got, kinds) = (outputs.get(&Output::Faults).cloned().unwrap_or_default(), [(Kind::Symbol, false); 5]);
        assert_eq!(show(&got, &kinds), show(&faults, &kinds), "seed {seed}, faults, {options:?}\n{text}\n{:#?}", history.inputs);
    }
    (expected.relations.iter().map(|rows| rows.len()).sum(), faults.len())
}
