//! Seeded small histories of a data folder, and a process that lives through one.

use huiyan::storage::disk::Disk;
use huiyan::storage::entry::{Batch, Entry, EntryBody, Install, Mended, NetChange, Receipt, Refusal, Verdict};
use huiyan::storage::{Base, ColumnSchema, DeltaChain, JournalError, RelationSchema, Schema, open, open_key};
use huiyan::types::{CaseState, Dismissal, Epoch, Kind, Row, Value};
use std::path::Path;
use std::sync::Arc;

pub const DIR: &str = "data";
pub const ENGINE: &str = "test";

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// What a process does after it has read the past.
#[derive(Default)]
pub struct History {
    pub groups: Vec<Group>,
    /// From where on it reads the past.
    pub base: Option<Base>,
}

pub struct Group {
    /// A part of the journal begins before it.
    pub begins_part: bool,
    pub schema: Schema,
    pub entries: Vec<Entry>,
}

impl History {
    pub fn seeded(seed: u64, groups: usize, longest_text: u64) -> History {
        let mut dice = Dice(seed);
        let (mut parts, mut epoch, mut width) = (Dice(!seed), Epoch::ZERO, 2);
        let groups = (0..groups).map(|_| {
            width += usize::from(dice.below(4) == 0);
            let n = 1 + dice.below(3);
            let entries = (0..n).map(|_| {
                epoch = epoch.next();
                Entry { epoch, wall_us: dice.below(1 << 50) as i64, body: body(&mut dice, epoch, width, longest_text) }
            });
            Group { begins_part: parts.below(4) == 0, entries: entries.collect(), schema: schema(width) }
        });
        History { groups: groups.collect(), base: None }
    }

    /// The same in one part.
    pub fn in_one_part(mut self) -> History {
        self.groups.iter_mut().for_each(|group| group.begins_part = false);
        self
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.groups.iter().flat_map(|group| group.entries.clone()).collect()
    }
}

fn schema(width: usize) -> Schema {
    let column = |i| ColumnSchema {
        name: format!("c{i}"),
        type_name: "T".to_string(),
        kind: if i == 0 { Kind::Symbol } else { Kind::Number },
        optional: i > 2,
        personal: is_personal(i),
    };
    let penalty = RelationSchema {
        name: "penalty".to_string(),
        columns: (0..width).map(column).collect(),
        key: vec![1],
        owners: vec!["police".to_string()],
        by: None,
        since: Some(0),
        clock: false,
    };
    Schema { relations: vec![penalty] }
}

fn is_personal(column: usize) -> bool {
    column.is_multiple_of(3)
}

fn body(dice: &mut Dice, epoch: Epoch, width: usize, longest: u64) -> EntryBody {
    if epoch == Epoch(1) {
        let files = vec![("main.dl".to_string(), text(dice, 40))];
        let changes = changes(dice, width, longest);
        let speaker = "operator:local".to_string();
        return EntryBody::Install(Install {
            speaker,
            pack: "p".to_string(),
            version: "1".to_string(),
            hash: [7; 32],
            files,
            changes,
        });
    }
    match dice.below(10) {
        9 => EntryBody::Verdict(verdict(dice, longest)),
        8 => EntryBody::Resumed,
        0 => EntryBody::Clock(changes(dice, width, 10)),
        1 => EntryBody::Suspended { code: "rows".to_string(), from: epoch },
        _ => EntryBody::Batch(Batch {
            agency: "police:640299-01".to_string(),
            idempotency_key: (dice.below(2) == 0).then(|| text(dice, 9)),
            body_hash: [dice.below(256) as u8; 32],
            changes: changes(dice, width, longest),
            refusals: (0..dice.below(2)).map(refusal).collect(),
            mended: (0..dice.below(2)).map(|_| mended()).collect(),
            receipt: Receipt { accepted: dice.below(9), changed: dice.below(9), refused: dice.below(9) },
        }),
    }
}

fn verdict(dice: &mut Dice, longest: u64) -> Verdict {
    let reason = Dismissal::all().nth(dice.below(12) as usize);
    Verdict {
        agency: "procuratorate:640299-01".to_string(),
        idempotency_key: (dice.below(2) == 0).then(|| text(dice, 9)),
        body_hash: [dice.below(256) as u8; 32],
        relation: "missing".to_string(),
        key: Row::new(vec![Value::Number(dice.below(99) as i64), Value::symbol(&text(dice, longest))]),
        personal: vec![false, dice.below(2) == 0],
        state: reason.map_or(CaseState::Confirmed, CaseState::Dismissed),
        note: (dice.below(2) == 0).then(|| text(dice, longest)),
        day: dice.below(20_000) as i64,
    }
}

fn refusal(line: u64) -> Refusal {
    Refusal {
        line,
        relation: "penalty".to_string(),
        op: "insert".to_string(),
        code: "key-present".to_string(),
        pointer: "/row/c0".to_string(),
        key: Row::new(vec![Value::symbol("a"), Value::Number(1)]),
        day: -3,
    }
}

fn mended() -> Mended {
    Mended { relation: "penalty".to_string(), op: "insert".to_string(), key: Row::default() }
}

fn changes(dice: &mut Dice, width: usize, longest: u64) -> Vec<NetChange> {
    let n = dice.below(4);
    (0..n)
        .map(|line| {
            let row: Vec<Value> = (0..width).map(|_| value(dice, longest)).collect();
            NetChange {
                relation: "penalty".to_string(),
                insert: dice.below(3) > 0,
                personal: (0..width).map(is_personal).collect(),
                row,
                asserter: "police:640299-01".to_string(),
                line,
                source: (dice.below(2) == 0).then(|| "a.csv".to_string()),
                repaired: if dice.below(4) == 0 { vec![(0, text(dice, 12))] } else { Vec::new() },
            }
        })
        .collect()
}

fn value(dice: &mut Dice, longest: u64) -> Value {
    let x = dice.below(u64::MAX - 1);
    match dice.below(9) {
        0 => Value::Absent,
        1 => Value::Number(x as i64),
        2 => Value::Unsigned(x),
        3 => Value::float(f64::from_bits(x)),
        4 => Value::Date(x as i64 % 20_000),
        5 => Value::Datetime(x as i64),
        _ => Value::symbol(&text(dice, longest)),
    }
}

fn text(dice: &mut Dice, longest: u64) -> String {
    let n = 1 + dice.below(longest);
    (0..n).map(|_| ['吴', 'a', '0', '\0', '"'][dice.below(5) as usize]).collect()
}

/// What one process knows when it ends.
#[derive(Default)]
pub struct Life {
    /// What it read, if it could read to the end.
    pub recovered: Option<Vec<Entry>>,
    /// What it told somebody to be safe: read to the end, or appended.
    pub acknowledged: usize,
    /// What it tried to append, with all before.
    pub attempted: usize,
    pub error: Option<JournalError>,
    /// Errors of the attempts that were made after the first error.
    pub later: Vec<JournalError>,
    /// An attempt succeeded after another had failed.
    pub lied: bool,
}

/// Opens the folder, reads it, appends what of the history is missing, and closes it.
pub fn live(disk: Arc<dyn Disk>, history: &History) -> Life {
    let mut life = Life::default();
    if let Err(error) = attempt(disk, history, &mut life) {
        life.error = Some(error);
    }
    life
}

fn attempt(disk: Arc<dyn Disk>, history: &History, life: &mut Life) -> Result<(), JournalError> {
    let dir = Path::new(DIR);
    let mut recovered = open(disk.clone(), dir)?;
    if let Some(base) = history.base {
        recovered.begin_after(base)?;
    }
    let first = history.base.map_or(0, |base| base.epoch.0);
    open_key(&*disk, dir, "position")?;
    let mut past = Vec::new();
    let mut journal = recovered.replay(|recorded| {
        past.push(recorded.entry);
        Ok::<_, JournalError>(())
    })?;
    let before = past.len();
    life.recovered = Some(past);
    (life.acknowledged, life.attempted) = (before, before);
    let mut error = None;
    for group in &history.groups {
        let missing: Vec<Entry> = group.entries.iter().filter(|e| e.epoch > journal.epoch()).cloned().collect();
        if missing.is_empty() {
            continue;
        }
        journal.set_schema(group.schema.clone())?;
        let end = (missing[missing.len() - 1].epoch.0 - first) as usize;
        if error.is_none() {
            life.attempted = end;
        }
        let begun = if group.begins_part { journal.begin_part() } else { Ok(()) };
        match begun.and_then(|()| journal.append(&missing)) {
            Ok(()) => {
                life.lied |= error.is_some();
                life.acknowledged = end;
            }
            // Epochs stay where they are, so the same group is tried again with the next.
            Err(e) if error.is_none() => {
                error = Some(e);
                life.later.extend([journal.append(&missing).err(), journal.begin_part().err()].into_iter().flatten());
                life.lied |= life.later.len() < 2;
                break;
            }
            Err(e) => life.later.push(e),
        }
    }
    let closed = journal.close();
    match error {
        Some(first) => {
            life.lied |= closed.is_ok();
            Err(first)
        }
        None => closed,
    }
}

/// What an engine would derive that derives each entry's debug text.
pub fn derived(entries: &[Entry]) -> Vec<String> {
    entries.iter().map(|entry| format!("{entry:?}")).collect()
}

/// Fills or compares the chain of deltas, as an engine does with what it derives from the first epoch on.
pub fn record(disk: &dyn Disk, derived: &[String]) -> Result<u64, huiyan::storage::DeltaError> {
    let mut chain = DeltaChain::open(disk, Path::new(DIR), ENGINE)?;
    for (epoch, text) in (1..).map(Epoch).zip(derived) {
        chain.record(epoch, text.as_bytes())?;
    }
    chain.finish()?;
    Ok(chain.compared())
}
