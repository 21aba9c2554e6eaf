//! Does the engine agree with the judge over the rules of the supervision pack, on random histories of its own records?
//!
//! A history mixes the rows of a few of the pack's cases and changes them at random: rows come, go, are corrected to what other rows
//! of the pack's cases have in that column, days move a little, the clock moves. So the joins of the rules meet, and what a case never
//! thought of happens too.

use super::random::Rng;
use super::{Held, encode, naive, setting};
use huiyan::dataflow::{Budget, Runtime};
use huiyan::pack::Pack;
use huiyan::plan::{Output, plan};
use huiyan::program::{Program, Relation};
use huiyan::security::Names;
use huiyan::types::{Epoch, Interner, Kind, RelId, Row, Value, parse_date};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EPOCHS: u64 = 600;
const EPOCHS_EACH: u64 = 20;
/// The days of the calendar that take part; past them a last day stays where it is. All of them would keep the judge busy for hours.
const DAYS: [&str; 2] = ["2022-07-01", "2022-09-30"];

type Rows = BTreeMap<RelId, BTreeSet<Row>>;

#[test]
fn the_supervision_pack_agrees_with_the_naive_evaluator() {
    let pack = Pack::load(&folder()).unwrap();
    let (program, _) = pack.check().unwrap();
    let cases = Cases::read(&program);
    let data = data(&pack, &program);
    let mut moved: BTreeMap<String, u64> = BTreeMap::new();
    let first = setting("HUIYAN_SEED", 1);
    let histories = EPOCHS * setting("HUIYAN_SCALE", 1) / EPOCHS_EACH;
    for seed in first..first + histories {
        run(seed, &program, &cases, &data, &mut moved);
    }
    println!("{} epochs of the pack agreed, seeds {first} to {}", histories * EPOCHS_EACH, first + histories - 1);
    moved.iter().for_each(|(clue, epochs)| println!("  {clue}: changed in {epochs} epochs"));
    let clues = program.relations.iter().filter(|relation| relation.clue.is_some()).count();
    assert!(moved.len() * 2 > clues, "the histories move too few of the clues: {moved:?}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/supervision")
}

/// The pack's own rows, but of the calendar only some days.
fn data(pack: &Pack, program: &Program) -> Rows {
    let days = DAYS.map(|day| Value::Date(parse_date(day).unwrap()));
    let calendar = program.find("calendar").unwrap();
    let takes_part = |id: RelId, row: &Row| id != calendar || (days[0] <= row[1] && row[1] <= days[1]);
    let all = pack.rows(program).unwrap().into_iter();
    all.map(|(id, rows)| (id, rows.into_iter().filter(|row| takes_part(id, row)).collect())).collect()
}

fn run(seed: u64, program: &Program, cases: &Cases, data: &Rows, moved: &mut BTreeMap<String, u64>) {
    let mut rng = Rng(seed);
    let texts = Arc::new(Interner::new());
    let plan = Arc::new(plan(program));
    let arities = program.relations.iter().map(Relation::arity).collect();
    let budget = Budget { iterations: 10_000, rows: 10_000_000, made: 1 << 30 };
    let mut runtime = Runtime::start(plan.clone(), arities, texts.clone(), Names::of_no_folder().naming(), 1, budget);
    let mut history = History::new(seed, program, cases, data, &mut rng);
    let (mut held, mut before) = (Held::default(), Rows::new());
    for epoch in (1..=EPOCHS_EACH).map(Epoch) {
        let net = differences(&before, &history.rows);
        runtime.submit(epoch, encode(program, &plan.inputs, &net, &texts));
        for delta in runtime.wait(epoch).unwrap_or_else(|error| panic!("seed {seed}: {error}")) {
            held.apply(program, &delta, &texts);
            for output in &delta.outputs {
                if let Output::Relation(id) = output.output {
                    *moved.entry(program.relation(id).name.clone()).or_default() += 1;
                }
            }
        }
        if let Some(difference) = held.differs(program, &naive::evaluate(program, &history.rows)) {
            panic!("seed {seed}, {epoch:?}: {difference}\ntransaction {net:#?}");
        }
        before = history.rows.clone();
        (0..1 + rng.below(6)).for_each(|_| history.change(&mut rng));
    }
}

fn differences(old: &Rows, new: &Rows) -> Vec<(RelId, Row, i64)> {
    let none = BTreeSet::new();
    let ids: BTreeSet<RelId> = old.keys().chain(new.keys()).copied().collect();
    let mut net = Vec::new();
    for id in ids {
        let (old, new) = (old.get(&id).unwrap_or(&none), new.get(&id).unwrap_or(&none));
        net.extend(old.difference(new).map(|row| (id, row.clone(), -1)));
        net.extend(new.difference(old).map(|row| (id, row.clone(), 1)));
    }
    net
}

/// What the scripts of the pack's cases bring: of each case its rows, and of every column what stands in it anywhere.
struct Cases {
    prelude: Vec<(RelId, Row)>,
    each: Vec<Vec<(RelId, Row)>>,
    cells: BTreeMap<(RelId, usize), Vec<Value>>,
}

impl Cases {
    fn read(program: &Program) -> Cases {
        let folder = folder().join("cases");
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path().join("in.tsv")).collect();
        paths.sort();
        let each: Vec<_> = paths.iter().filter(|path| path.is_file()).map(|path| script(path, program)).collect();
        let mut cells: BTreeMap<(RelId, usize), BTreeSet<Value>> = BTreeMap::new();
        for (id, row) in each.iter().flatten() {
            row.values().iter().enumerate().for_each(|(at, value)| {
                cells.entry((*id, at)).or_default().insert(value.clone());
            });
        }
        let cells = cells.into_iter().map(|(at, values)| (at, values.into_iter().collect())).collect();
        Cases { prelude: script(&folder.join("prelude.tsv"), program), each, cells }
    }
}

/// The rows that a script brings, whenever it does.
fn script(path: &Path, program: &Program) -> Vec<(RelId, Row)> {
    let text = std::fs::read_to_string(path).unwrap();
    let brings = text.lines().filter_map(|line| line.splitn(3, '\t').nth(2)?.strip_prefix("+1\t"));
    brings.map(|change| row(change, program)).collect()
}

/// `relation<TAB>cell,cell`.
fn row(change: &str, program: &Program) -> (RelId, Row) {
    let (relation, cells) = change.split_once('\t').unwrap();
    let id = program.find(relation).unwrap();
    let columns = &program.relation(id).columns;
    let record =
        csv::ReaderBuilder::new().has_headers(false).from_reader(cells.as_bytes()).into_records().next().unwrap().unwrap();
    assert_eq!(record.len(), columns.len(), "{change}");
    let value = |cell: &str, kind: Kind| match kind {
        Kind::Date => Value::Date(parse_date(cell).unwrap()),
        Kind::Number => Value::Number(cell.parse().unwrap()),
        Kind::Symbol => Value::symbol(cell),
        other => panic!("the pack has no columns of {other:?}"),
    };
    let cells = record.iter().zip(columns);
    (
        id,
        Row::new(
            cells.map(|(cell, c)| if c.optional && cell.is_empty() { Value::Absent } else { value(cell, c.kind) }).collect(),
        ),
    )
}

/// The inputs as they stand, one row a key.
struct History<'a> {
    program: &'a Program,
    cases: &'a Cases,
    /// What may still come.
    pot: Vec<(RelId, Row)>,
    rows: Rows,
}

impl<'a> History<'a> {
    /// The pack's data, the prelude, most rows of three cases; the others come later, or never. The cases of one history after the other lie
    /// evenly over all of them, so that each subject takes part.
    fn new(seed: u64, program: &'a Program, cases: &'a Cases, data: &Rows, rng: &mut Rng) -> History<'a> {
        let parts = 3 * (EPOCHS / EPOCHS_EACH) as usize;
        let mut pot: Vec<(RelId, Row)> = Vec::new();
        for i in 0..3 {
            let part = (seed as usize * 3 + i) % parts;
            let (from, to) = (part * cases.each.len() / parts, (part + 1) * cases.each.len() / parts);
            pot.extend(rng.pick(&cases.each[from..to]).iter().cloned());
        }
        let mut history = History { program, cases, pot, rows: data.clone() };
        for (id, row) in &cases.prelude {
            history.put(*id, row.clone());
        }
        for (id, row) in history.pot.clone() {
            if rng.chance(85) {
                history.put(id, row);
            }
        }
        history
    }

    fn change(&mut self, rng: &mut Rng) {
        match rng.below(10) {
            0..=1 => self.time_passes(rng),
            2..=4 => {
                let (id, row) = rng.pick(&self.pot).clone();
                self.put(id, row);
            }
            5 => self.present(rng).into_iter().for_each(|(id, row)| {
                if !self.program.relation(id).clock {
                    self.rows.entry(id).or_default().remove(&row);
                }
            }),
            _ => self.present(rng).into_iter().for_each(|(id, old)| {
                let corrected = self.corrected(id, &old, rng);
                self.rows.entry(id).or_default().remove(&old);
                self.put(id, corrected);
            }),
        }
    }

    /// A few weeks, as a rule; a clock that was put right may go back.
    fn time_passes(&mut self, rng: &mut Rng) {
        let clock = self.program.find("today").unwrap();
        let Some(Value::Date(day)) = self.rows[&clock].first().map(|row| row[0].clone()) else {
            panic!("the prelude sets the clock")
        };
        let days = if rng.chance(90) { 1 + rng.below(40) as i64 } else { -30 };
        self.put(clock, Row::new(vec![Value::Date(day + days)]));
    }

    /// A row that is there: one of the history's, now and then one that the pack brought, a duty or a day of the calendar.
    fn present(&self, rng: &mut Rng) -> Option<(RelId, Row)> {
        let any: Vec<RelId> = self.rows.keys().copied().collect();
        let id = if rng.chance(10) { *rng.pick(&any) } else { rng.pick(&self.pot).0 };
        let rows: Vec<&Row> = self.rows.get(&id)?.iter().collect();
        (!rows.is_empty()).then(|| (id, (*rng.pick(&rows)).clone()))
    }

    /// Another value in one column: one that the cases know, or a day nearby.
    fn corrected(&self, id: RelId, row: &Row, rng: &mut Rng) -> Row {
        let mut values = row.values().to_vec();
        let at = rng.below(values.len());
        match (&values[at], self.cases.cells.get(&(id, at))) {
            (Value::Date(day), _) if rng.chance(60) => values[at] = Value::Date(day + rng.below(17) as i64 - 8),
            (_, Some(known)) => values[at] = rng.pick(known).clone(),
            _ => {}
        }
        Row::new(values)
    }

    /// A row in place of the one of its key; a clock has one row.
    fn put(&mut self, id: RelId, row: Row) {
        let relation = self.program.relation(id);
        let all: Vec<usize> = (0..relation.arity()).collect();
        let key: &[usize] = match &relation.record {
            _ if relation.clock => &[],
            Some(record) => &record.key,
            None => &all,
        };
        let rows = self.rows.entry(id).or_default();
        rows.retain(|present| key.iter().any(|column| present[*column] != row[*column]));
        rows.insert(row);
    }
}
