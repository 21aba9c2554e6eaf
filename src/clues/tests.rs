//! Lives of clues over a hand-made relation.

use super::*;
use crate::program::{ClueDecl, Column, ColumnOrText, Program, ReasonPart, Relation};
use crate::security::{Names, Secret};
use crate::storage::Keyring;
use crate::storage::disk::MemoryDisk;
use crate::storage::snapshot::{SnapshotError, SnapshotHeader, SnapshotReader, SnapshotWriter};
use crate::syntax::Span;
use crate::types::{CaseState, Change, Dismissal, Epoch, Kind, RelId, Row, Value, parse_date};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const NUMBER: &str = "640299199001010017";

fn column(name: &str, kind: Kind, optional: bool, type_name: &str) -> Column {
    Column { name: name.to_string(), kind, optional, type_name: type_name.to_string() }
}

/// `missing(person, agency, county, level, due, no)`, keyed by agency and no.
fn relation(title: &str) -> Relation {
    let text = |t: &str| ReasonPart::Text(t.to_string());
    Relation {
        name: "missing".to_string(),
        columns: vec![
            column("person", Kind::Symbol, false, "PersonId"),
            column("agency", Kind::Symbol, false, "AgencyCode"),
            column("county", Kind::Symbol, false, "County"),
            column("level", Kind::Symbol, false, "symbol"),
            column("due", Kind::Date, true, "date"),
            column("no", Kind::Symbol, false, "DocNo"),
        ],
        input: None,
        outputs: Vec::new(),
        printsize: false,
        record: None,
        clue: Some(ClueDecl {
            title: title.to_string(),
            key: vec![1, 5],
            agency: Some(1),
            person: Some(0),
            area: Some(2),
            due: Some(4),
            level: Some(ColumnOrText::Column(3)),
            basis: Some(ColumnOrText::Text("法172".to_string())),
            reason: vec![ReasonPart::Column(1), text("应于"), ReasonPart::Column(4), text("前通知"), ReasonPart::Column(0)],
        }),
        clock: false,
        span: Span::default(),
    }
}

fn program(title: &str) -> Program {
    Program { relations: vec![relation(title)], ..Program::default() }
}

fn row(county: &str, level: &str, no: &str) -> Row {
    let due = Value::Date(parse_date("2022-07-15").unwrap());
    let texts = [NUMBER, "police:640299-01", county, level].map(Value::symbol);
    Row::new(texts.into_iter().chain([due, Value::symbol(no)]).collect())
}

struct Life {
    store: ClueStore,
    program: Program,
    agencies: AgencyNames,
    epoch: u64,
}

impl Life {
    fn new() -> Life {
        let store = ClueStore::new(Names::new(&Secret::new([3; 32])));
        Life { store, program: program("未通知"), agencies: AgencyNames::default(), epoch: 0 }
    }

    fn step(&mut self, changes: &[(i64, Row)]) -> Turned {
        self.epoch += 1;
        let changes: Vec<Change> = changes.iter().map(|(diff, row)| Change { row: row.clone(), diff: *diff }).collect();
        let turn = turn(self.epoch, &self.program, &self.agencies);
        let turned = self.store.apply(&turn, [(RelId(0), changes.as_slice())]);
        self.compare_counts();
        turned
    }

    fn other_rules(&mut self, after: Program, rows: &[Row]) -> Turned {
        self.epoch += 1;
        let rows: BTreeSet<Row> = rows.iter().cloned().collect();
        let turned = self.store.replace(&turn(self.epoch, &after, &self.agencies), &self.program, [(RelId(0), &rows)]);
        self.program = after;
        self.compare_counts();
        turned
    }

    fn say(&mut self, no: &str, state: CaseState, note: Option<&str>) -> Option<ClueDelta> {
        self.epoch += 1;
        let key = (Arc::from("missing"), Row::new(["police:640299-01", no].map(Value::symbol).to_vec()));
        let cause = Arc::new(Cause::Verdict { agency: "procuratorate:1".to_string(), state });
        let turn = Turn { cause, ..turn(self.epoch, &self.program, &self.agencies) };
        let delta = self.store.judge(&turn, &key, state, note);
        self.compare_counts();
        delta
    }

    /// What is counted on the way is what counting finds.
    fn compare_counts(&self) {
        let mut cases: BTreeMap<CaseState, usize> = BTreeMap::new();
        self.store.open().for_each(|clue| *cases.entry(clue.state).or_default() += 1);
        let kept = self.store.cases().filter(|(.., cases)| cases.open > 0).map(|(_, state, cases)| (state, cases.open));
        assert_eq!(kept.collect::<BTreeMap<_, _>>(), cases);
        let mut found: BTreeMap<(&str, Level), usize> = BTreeMap::new();
        self.store.open().for_each(|clue| *found.entry((&clue.rule, Level::of(&clue.level))).or_default() += 1);
        let kept = self.store.counts().filter(|(_, _, n)| *n > 0).map(|(rule, level, n)| ((rule, level), n));
        assert_eq!(kept.collect::<BTreeMap<_, _>>(), found);
    }
}

fn turn<'a>(epoch: u64, program: &'a Program, agencies: &'a AgencyNames) -> Turn<'a> {
    let cause = Arc::new(Cause::Batch { agency: format!("police:{epoch}") });
    let now = Arc::from(format!("day {epoch}"));
    Turn { epoch: Epoch(epoch), cause, now, program, agencies }
}

/// The same store, written into a snapshot and read again.
fn thawed(store: &ClueStore) -> ClueStore {
    let (disk, dir, keys) = (MemoryDisk::seeded(1), Path::new("data"), || Keyring::new([(1, Some([7; 32]))].into()).unwrap());
    let header = SnapshotHeader {
        epoch: Epoch(1),
        wall_us: 0,
        erasures: 0,
        chain: [0; 32],
        deltas: [0; 32],
        held: [0; 32],
        rows: 0,
        engine: String::new(),
    };
    let mut to = SnapshotWriter::begin(Arc::new(disk.clone()), dir, keys(), &header).unwrap();
    store.freeze().write(&mut to, |_| Ok::<(), SnapshotError>(())).unwrap();
    to.finish().unwrap();
    let (keys, mut thawing) = (keys(), ThawingClues::new(store.names().clone()));
    let mut from = SnapshotReader::open(&disk, dir, Epoch(1), &keys).unwrap();
    while let Some(section) = from.section().unwrap() {
        assert!(thawing.take(&section).unwrap());
    }
    thawing.finish()
}

fn ops(turned: &Turned) -> Vec<(ClueOp, Machine, u64)> {
    turned.clues.iter().map(|delta| (delta.op, delta.clue.machine, delta.clue.evidence)).collect()
}

#[test]
fn a_clue_opens_changes_withdraws_and_reopens_with_its_set() {
    let mut life = Life::new();
    let opened = life.step(&[(1, row("c1", "hint", "7"))]);
    assert_eq!(ops(&opened), [(ClueOp::Open, Machine::Open, 1)]);
    let id = opened.clues[0].clue.id;
    let changed = life.step(&[(1, row("c1", "violation", "7")), (1, row("c1", "quality", "7"))]);
    assert_eq!(ops(&changed), [(ClueOp::Change, Machine::Changed, 3)]);
    assert_eq!(changed.clues[0].was.as_ref().map(|was| was.level.as_str()), Some("hint"));
    assert_eq!((changed.clues[0].clue.level.as_str(), changed.clues[0].clue.opened), ("violation", Epoch(1)));
    let all = [(-1, row("c1", "violation", "7")), (-1, row("c1", "quality", "7")), (-1, row("c1", "hint", "7"))];
    assert_eq!(ops(&life.step(&all)), [(ClueOp::Withdraw, Machine::Withdrawn, 0)]);
    assert_eq!(life.store.open().count(), 0);
    assert_eq!(life.store.get(&id).map(|clue| clue.level.as_str()), Some("violation"));
    let again = life.step(&[(1, row("c1", "hint", "7"))]);
    assert_eq!(ops(&again), [(ClueOp::Reopen, Machine::Reopened, 1)]);
    assert_eq!((again.clues[0].clue.id, again.clues[0].clue.opened), (id, Epoch(4)));
    assert!(again.clues[0].was.as_ref().is_some_and(|was| was.machine == Machine::Withdrawn));
    let steps: Vec<(u64, ClueOp)> = life.store.history(&id).iter().map(|step| (step.epoch.0, step.op)).collect();
    assert_eq!(steps, [(1, ClueOp::Open), (2, ClueOp::Change), (3, ClueOp::Withdraw), (4, ClueOp::Reopen)]);
    let third = &life.store.history(&id)[2];
    assert_eq!((&*third.cause, &*third.now), (&Cause::Batch { agency: "police:3".to_string() }, "day 3"));
}

#[test]
fn replacing_the_only_row_is_a_change_and_not_a_withdrawal() {
    let mut life = Life::new();
    life.step(&[(1, row("c1", "hint", "7"))]);
    let turned = life.step(&[(-1, row("c1", "hint", "7")), (1, row("c1", "violation", "7"))]);
    assert_eq!(ops(&turned), [(ClueOp::Change, Machine::Changed, 1)]);
}

#[test]
fn the_least_row_of_the_strongest_level_is_shown() {
    let mut life = Life::new();
    let turned = life.step(&[
        (1, row("c2", "violation", "7")),
        (1, row("c3", "violation", "7")),
        (1, row("c1", "hint", "7")),
        (1, row("c0", "whatever", "7")),
    ]);
    let clue = &turned.clues[0].clue;
    assert_eq!((clue.level.as_str(), clue.area.as_deref(), clue.evidence), ("violation", Some("c2"), 4));
}

#[test]
fn two_areas_under_one_key_are_a_fault_while_they_last() {
    let mut life = Life::new();
    assert_eq!(life.step(&[(1, row("c1", "hint", "7"))]).faults, []);
    let faults = life.step(&[(1, row("c2", "hint", "7"))]).faults;
    let fault =
        Row::new(["missing", "clue-areas", "missing", "police:640299-01|7", "police:640299-01"].map(Value::symbol).to_vec());
    assert_eq!(faults, [Change { row: fault.clone(), diff: 1 }]);
    assert_eq!(life.step(&[(1, row("c3", "hint", "7"))]).faults, []);
    let over = life.step(&[(-1, row("c2", "hint", "7")), (-1, row("c3", "hint", "7"))]).faults;
    assert_eq!(over, [Change { row: fault, diff: -1 }]);
}

#[test]
fn no_identity_number_is_in_anything_that_is_shown() {
    let mut life = Life::new();
    life.agencies.insert(&"police:640299-01".into(), &"某县公安局".into());
    let turned = life.step(&[(1, row("c1", "hint", "7"))]);
    let clue = &turned.clues[0].clue;
    let person = Names::new(&Secret::new([3; 32])).person(NUMBER);
    assert_eq!(clue.reason, format!("某县公安局应于2022-07-15前通知{person}"));
    assert_eq!(clue.columns[0], ("person".to_string(), Value::symbol(&person)));
    assert_eq!((clue.person.as_deref(), clue.person_key.as_deref()), (Some(person.as_str()), Some(NUMBER)));
    assert!(!format!("{clue:?} {:?} {:?}", clue.columns, clue.reason).contains(NUMBER));
}

#[test]
fn clues_come_in_the_order_of_their_keys() {
    let mut life = Life::new();
    let turned = life.step(&[(1, row("c1", "hint", "9")), (1, row("c1", "hint", "1")), (1, row("c1", "hint", "5"))]);
    let numbers = |clues: Vec<&Arc<Clue>>| -> Vec<String> { clues.iter().map(|c| c.columns[5].1.to_string()).collect() };
    assert_eq!(numbers(turned.clues.iter().map(|delta| &delta.clue).collect()), ["1", "5", "9"]);
    assert_eq!(numbers(life.store.open().collect()), ["1", "5", "9"]);
}

#[test]
fn other_rules_give_exactly_the_difference() {
    let mut life = Life::new();
    life.step(&[(1, row("c1", "hint", "1")), (1, row("c1", "hint", "2")), (1, row("c1", "hint", "3"))]);
    // The same rules again, numbered differently: nothing happens, though the relation is found under its new number.
    let mut moved = program("未通知");
    moved.relations.insert(0, Relation { name: "other".to_string(), clue: None, ..relation("") });
    let rows: BTreeSet<Row> = ["1", "2", "3"].map(|no| row("c1", "hint", no)).into_iter().collect();
    life.store.renumber(&moved);
    let turned = life.store.replace(&turn(2, &moved, &life.agencies), &life.program, [(RelId(1), &rows)]);
    assert_eq!(ops(&turned), []);
    assert!(life.store.open().all(|clue| clue.relation == RelId(1) && clue.changed == Epoch(1)));
    // One withdrawn, one changed, one kept, one new.
    (life.program, life.epoch) = (moved, 2);
    let after = [row("c1", "hint", "2"), row("c1", "violation", "3"), row("c1", "hint", "4")];
    let turned = life.other_rules(program("未通知"), &after);
    let seen: Vec<(ClueOp, String)> = turned.clues.iter().map(|d| (d.op, d.clue.columns[5].1.to_string())).collect();
    assert_eq!(seen, [(ClueOp::Withdraw, "1".into()), (ClueOp::Change, "3".into()), (ClueOp::Open, "4".into())]);
    // Another title changes what is shown of every clue.
    let turned = life.other_rules(program("未依法通知"), &after);
    assert_eq!(ops(&turned), [(ClueOp::Change, Machine::Changed, 1); 3]);
    assert!(life.store.open().all(|clue| clue.title == "未依法通知"));
}

#[test]
fn of_long_withdrawn_clues_only_the_id_is_left_and_they_still_reopen() {
    let mut life = Life::new();
    let limit = crate::limits::WITHDRAWN_CLUES;
    let rows: Vec<Row> = (0..=limit).map(|n| row("c1", "hint", &n.to_string())).collect();
    let opened = life.step(&rows.iter().map(|row| (1, row.clone())).collect::<Vec<_>>());
    let by_no = |no: &str| opened.clues.iter().find(|d| d.clue.columns[5].1 == Value::symbol(no)).unwrap().clue.id;
    let (first, second) = (by_no("0"), by_no("1"));
    life.step(&[(-1, rows[0].clone())]);
    life.step(&rows[1..].iter().map(|row| (-1, row.clone())).collect::<Vec<_>>());
    assert!(life.store.get(&first).is_none() && life.store.get(&second).is_some());
    // So it is after a snapshot, too; and what is open and withdrawn is as it was.
    life.step(&[(1, row("c1", "hint", "other")), (1, row("c2", "violation", "other"))]);
    let (mut again, both) = (thawed(&life.store), [row("c1", "hint", "other"), row("c2", "violation", "other")]);
    assert!(!again.attach(&life.program, [(RelId(0), &BTreeSet::from([both[0].clone()]))]), "a row is missing");
    assert!(again.attach(&life.program, [(RelId(0), &BTreeSet::from(both))]));
    let told = |store: &ClueStore| -> Vec<_> {
        opened.clues.iter().map(|d| (store.get(&d.clue.id).cloned(), store.history(&d.clue.id))).collect()
    };
    assert!(told(&again) == told(&life.store));
    assert!(again.open().eq(life.store.open()) && again.faults() == life.store.faults() && !again.faults().is_empty());
    assert!(again.counts().eq(life.store.counts()));
    life.store = again;
    assert_eq!(ops(&life.step(&[(1, rows[0].clone())])), [(ClueOp::Reopen, Machine::Reopened, 1)]);
}

#[test]
fn a_long_life_keeps_its_latest_steps() {
    let mut life = Life::new();
    let id = life.step(&[(1, row("c1", "hint", "7"))]).clues[0].clue.id;
    for n in 0..crate::limits::CLUE_STEPS {
        life.step(&[(if n % 2 == 0 { -1 } else { 1 }, row("c1", "hint", "7"))]);
    }
    let history = life.store.history(&id);
    assert_eq!((history.len(), history[0].epoch), (crate::limits::CLUE_STEPS, Epoch(2)));
}

#[test]
fn what_people_said_outlives_the_steps_of_the_machine() {
    let mut life = Life::new();
    let id = life.step(&[(1, row("c1", "hint", "7"))]).clues[0].clue.id;
    life.say("7", CaseState::Confirmed, Some("电话核实")).unwrap();
    for n in 0..crate::limits::CLUE_STEPS {
        life.step(&[(if n % 2 == 0 { -1 } else { 1 }, row("c1", "hint", "7"))]);
    }
    let history = life.store.history(&id);
    let said: Vec<&str> = history.iter().filter_map(|step| step.note.as_deref()).collect();
    assert_eq!((history.len(), said), (crate::limits::CLUE_STEPS, vec!["电话核实"]));
}

#[test]
fn what_people_said_is_kept_beyond_all_limits_and_in_snapshots() {
    let mut life = Life::new();
    let (no, yes) = (CaseState::Dismissed(Dismissal::DataError), CaseState::Confirmed);
    let limit = crate::limits::WITHDRAWN_CLUES;
    let rows: Vec<Row> = (0..=limit + 1).map(|n| row("c1", "hint", &n.to_string())).collect();
    let opened = life.step(&rows.iter().map(|row| (1, row.clone())).collect::<Vec<_>>());
    let id = |no: &str| opened.clues.iter().find(|d| d.clue.columns[5].1 == Value::symbol(no)).unwrap().clue.id;
    let said = life.say("0", no, Some("本人在场")).unwrap();
    assert_eq!((said.op, said.clue.state, said.clue.machine), (ClueOp::Change, no, Machine::Open));
    life.say("1", yes, None).unwrap();
    assert!(life.say("no such", yes, None).is_none());
    life.step(&[(-1, rows[0].clone()), (-1, rows[1].clone())]);
    life.step(&rows[2..].iter().map(|row| (-1, row.clone())).collect::<Vec<_>>());
    assert!(life.say("0", no, None).is_none(), "who follows what holds hears nothing of what is withdrawn");
    assert_eq!(
        [id("0"), id("1"), id("2")].map(|id| life.store.get(&id).map(|clue| clue.state)),
        [Some(no), Some(yes), Some(CaseState::New)]
    );
    let again = thawed(&life.store);
    let told = |store: &ClueStore| [id("0"), id("1")].map(|id| (store.get(&id).cloned(), store.history(&id)));
    assert!(told(&again) == told(&life.store) && again.cases().eq(life.store.cases()));
    assert_eq!(again.history(&id("0"))[1].note.as_deref(), Some("本人在场"));
    life.store = again;
    let reopened = life.step(&[(1, rows[0].clone()), (1, row("c2", "hint", "1"))]);
    let states: Vec<CaseState> = reopened.clues.iter().map(|delta| delta.clue.state).collect();
    assert_eq!(states, [no, yes], "the same rows keep a dismissal, and any rows a finding");
    let turned = life.step(&[(1, row("c1", "violation", "0"))]);
    assert_eq!(turned.clues[0].clue.state, CaseState::New);
}
