//! An engine to ask things of: a disk in memory, a small pack, requests as an agency would send them.

use crate::verified::{Spared, verify};
use huiyan::clock::{Clock, FixedClock};
use huiyan::clues::EpochChanges;
use huiyan::dataflow::Budget;
use huiyan::engine::{
    BatchAnswer, BatchRequest, ClockMode, ClockTarget, EngineConfig, EngineError, EngineHandle, OnReject, Package, Phase,
    SnapshotState, VerdictAnswer, VerdictRequest, start,
};
use huiyan::ingest::{Format, Intake};
use huiyan::limits::{JOURNAL_ENTRY_BYTES_MAX, SNAPSHOT_HELD_BYTES};
use huiyan::memory::Memory;
use huiyan::pack::{DataFile, Pack};
use huiyan::security::{Agency, ClueId};
use huiyan::storage::Disk;
use huiyan::syntax::Sources;
use huiyan::types::{CaseState, Change, Epoch, Row, parse_date};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

pub const POLICE: &str = "police:640299-01";
pub const JUSTICE: &str = "justice:640299-01";
pub const PROSECUTOR: &str = "procuratorate:640299-01";
pub const PERSON: &str = "640299199001010017";
/// Longer than anything here takes, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A notice is due three days after a penalty and refuted by a receipt.
pub const RULES: &str = r#"
.type PersonId <: symbol
.type AgencyCode <: symbol
.decl today(day: date)
.clock today
.decl agency(code: AgencyCode, name: symbol)
.record agency(key="code", owner="operator,pack")
.decl penalty(organ: AgencyCode, no: symbol, part: number, person: PersonId, level: symbol, day: date)
.record penalty(key="organ,no,part", owner="police", by="organ", personal="person")
.decl receipt(no: symbol)
.record receipt(key="no", owner="justice")
.decl refused(agency: symbol, relation: symbol, key: symbol, op: symbol, day: date)
.input refused
.decl missing(person: PersonId, organ: AgencyCode, no: symbol, level: symbol, due: date)
.clue missing(title="未按期通知", key="organ,no", agency="organ", person="person", due="due", level="level", basis="法172",
              reason="{organ}应于{due}前通知，至今未收到。")
missing(p, o, n, l, d + 3) :- penalty(o, n, _, p, l, d), !receipt(n), today(t), t > d + 3.
.decl softened(agency: symbol, day: date)
.output softened
softened(a, d) :- refused(a, "penalty", _, "insert", d).
.decl penalties(n: number)
.output penalties
penalties(n) :- n = count : { penalty(_, _, _, _, _, _) }.
.decl named(code: AgencyCode, name: symbol)
.output named
named(c, n) :- agency(c, n).
"#;

#[derive(Clone)]
pub struct Setup {
    pub rules: String,
    pub version: String,
    /// Relation and CSV text.
    pub data: Vec<(String, String)>,
    pub clock: ClockMode,
    pub wall: Arc<FixedClock>,
    pub workers: usize,
    pub queue: usize,
    pub budget: Budget,
    pub entry_bytes: usize,
    pub snapshot_held: usize,
    pub memory: Memory,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            rules: RULES.to_string(),
            version: "1".to_string(),
            data: Vec::new(),
            clock: ClockMode::Manual(parse_date("2022-07-01").unwrap()),
            wall: Arc::new(FixedClock::at(1_656_600_000_000_000)),
            workers: 1,
            queue: 64,
            budget: Budget { iterations: 100, rows: 1_000_000, made: 1 << 30 },
            entry_bytes: JOURNAL_ENTRY_BYTES_MAX,
            snapshot_held: SNAPSHOT_HELD_BYTES,
            memory: Memory::of_process(),
        }
    }
}

pub struct Rig {
    pub handle: EngineHandle,
    disk: Arc<dyn Disk>,
    spared: AtomicBool,
}

impl Setup {
    pub fn with_rules(rules: &str) -> Setup {
        Setup { rules: rules.to_string(), ..Setup::default() }
    }

    fn pack(&self) -> Pack {
        let mut hasher = Sha256::new();
        hasher.update(format!("{} {} {:?}", self.rules, self.version, self.data));
        let file = |(relation, csv): &(String, String)| DataFile {
            relation: relation.clone(),
            name: format!("{relation}.csv"),
            bytes: csv.as_bytes().to_vec(),
        };
        Pack {
            name: "test".to_string(),
            version: self.version.clone(),
            hash: hasher.finalize().into(),
            sources: Sources::single("main.dl", &self.rules),
            data: self.data.iter().map(file).collect(),
        }
    }

    /// Starts and waits until the engine can be asked, or has failed.
    pub fn start(&self, disk: impl Disk + 'static) -> Rig {
        self.try_start(disk).unwrap()
    }

    pub fn try_start(&self, disk: impl Disk + 'static) -> Result<Rig, huiyan::engine::StartError> {
        let config = EngineConfig {
            dir: PathBuf::from("data"),
            workers: self.workers,
            clock: self.clock,
            queue: self.queue,
            budget: self.budget,
            memory: self.memory,
            entry_bytes: self.entry_bytes,
            snapshot_held: self.snapshot_held,
        };
        let pack = self.pack();
        let (program, _) = pack.check().unwrap();
        let package = Package::of_pack(&pack, &program).unwrap();
        let wall: Arc<dyn Clock> = self.wall.clone();
        let disk: Arc<dyn Disk> = Arc::new(disk);
        let handle = start(config, package, disk.clone(), wall)?;
        let rig = Rig { handle, disk, spared: AtomicBool::new(false) };
        rig.until(|rig| !matches!(rig.handle.phase(), Phase::Recovering { .. }));
        Ok(rig)
    }
}

impl Rig {
    /// The folder is not verified at the end, and why.
    pub fn spare(self, _why: Spared) -> Rig {
        self.spared.store(true, Ordering::Relaxed);
        self
    }

    pub fn until(&self, done: impl Fn(&Rig) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(begin.elapsed() < PATIENCE, "still {:?}", self.handle.phase());
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A request of these lines, as the door would make it.
    pub fn request(&self, agency: &str, key: Option<&str>, lines: &str) -> BatchRequest {
        let program = self.handle.program().unwrap();
        let piece = Intake::new(&program, Format::Changes, lines.as_bytes()).unwrap().piece(1000).unwrap();
        BatchRequest {
            agency: Agency::parse(agency).unwrap(),
            idempotency_key: key.map(str::to_string),
            body_hash: Sha256::digest(lines).into(),
            on_reject: OnReject::Skip,
            replace: None,
            lines: piece.lines,
            refused: piece.refused,
            source: None,
        }
    }

    pub fn ask(&self, request: BatchRequest) -> Result<BatchAnswer, EngineError> {
        let (reply, answer) = channel();
        self.handle.submit(request, Box::new(move |given| reply.send(given).unwrap()))?;
        answer.recv_timeout(PATIENCE).unwrap()
    }

    pub fn send(&self, agency: &str, lines: &str) -> Result<BatchAnswer, EngineError> {
        self.ask(self.request(agency, None, lines))
    }

    /// A verdict as the door would make it.
    pub fn verdict(&self, clue: ClueId, state: CaseState) -> VerdictRequest {
        let agency = Agency::parse(PROSECUTOR).unwrap();
        let body_hash = Sha256::digest(format!("{clue} {state:?}")).into();
        VerdictRequest { agency, idempotency_key: None, body_hash, clue, state, note: None, seen: None }
    }

    pub fn judge(&self, request: VerdictRequest) -> Result<VerdictAnswer, EngineError> {
        let (reply, answer) = channel();
        self.handle.judge(request, Box::new(move |given| reply.send(given).unwrap()))?;
        answer.recv_timeout(PATIENCE).unwrap()
    }

    pub fn clock(&self, date: &str) -> Result<Epoch, EngineError> {
        let (reply, answer) = channel();
        let to = ClockTarget::Day(parse_date(date).unwrap());
        self.handle.set_clock(to, Box::new(move |given| reply.send(given).unwrap()))?;
        answer.recv_timeout(PATIENCE).unwrap()
    }

    /// Everything that readers see, as text: state, feed, positions.
    pub fn story(&self) -> String {
        self.tell(|epoch| self.handle.positions().encode(epoch), |name| name.to_string())
    }

    /// The same without what follows from the keys of the folder.
    pub fn plain_story(&self) -> String {
        self.tell(|epoch| format!("{epoch:?}"), |_| "…".to_string())
    }

    fn tell(&self, position: impl Fn(Epoch) -> String, name: impl Fn(&str) -> String) -> String {
        let mut story = self.tell_state(name);
        let view = self.handle.read();
        let feed = view.feed.after(view.feed.oldest(), usize::MAX).unwrap();
        for changes in feed {
            story += &format!("{} {}\n", position(changes.epoch), told(&changes));
        }
        story
    }

    /// What holds now, without how it came to be.
    pub fn state(&self) -> String {
        self.tell_state(|name| name.to_string())
    }

    /// The same without what follows from the keys of the folder.
    pub fn plain_state(&self) -> String {
        self.tell_state(|_| "…".to_string())
    }

    fn tell_state(&self, name: impl Fn(&str) -> String) -> String {
        let view = self.handle.read();
        let mut story = format!("epoch {:?} now {:?} stale {}\n", view.epoch, view.now, view.stale);
        for clue in view.clues.open() {
            let columns: Vec<String> = clue
                .columns
                .iter()
                .map(|(column, value)| match column.as_str() {
                    "person" => name(&value.to_string()),
                    _ => value.to_string(),
                })
                .collect();
            let id = name(&clue.id.to_string());
            let state = (clue.state, clue.evidence, clue.machine);
            story += &format!("clue {id} {} {state:?} {columns:?}\n", clue.reason);
            for step in view.clues.history(&clue.id) {
                let said = (step.state, &step.note);
                story += &format!(" step {:?} {}:{:?} {said:?}\n", step.epoch, step.op.name(), step.cause);
            }
        }
        for (relation, rows) in view.rows.iter().filter(|(_, rows)| !rows.is_empty()) {
            story += &format!("rows {relation:?} {rows:?}\n");
        }
        story += &format!("faults {:?}\n", view.faults);
        for (agency, key, refusal) in view.refused.iter() {
            story += &format!("refused {agency} {key:?} {refusal:?}\n");
        }
        for id in view.program.rel_ids() {
            let mut rows: Vec<Row> = view.records.rows(id).collect();
            rows.sort();
            story += &format!("records {id:?} {rows:?}\n");
        }
        story
    }

    /// Takes a snapshot by hand and waits until it is whole.
    pub fn snapshot(&self) -> Epoch {
        let epoch = self.begin_snapshot().unwrap();
        self.until(|rig| rig.snapshot_state(epoch) != Some(SnapshotState::Writing));
        assert_eq!(self.snapshot_state(epoch), Some(SnapshotState::Whole));
        epoch
    }

    pub fn begin_snapshot(&self) -> Result<Epoch, EngineError> {
        let (reply, answer) = channel();
        self.handle.snapshot(Box::new(move |given| reply.send(given).unwrap()))?;
        answer.recv_timeout(PATIENCE).unwrap()
    }

    pub fn snapshot_state(&self, epoch: Epoch) -> Option<SnapshotState> {
        self.handle.snapshots().iter().find(|one| one.epoch == epoch).map(|one| one.state)
    }

    /// What one epoch gave, as text.
    pub fn told_at(&self, epoch: Epoch) -> String {
        let feed = self.handle.read().feed.after(Epoch(epoch.0 - 1), 1).unwrap();
        feed.first().filter(|changes| changes.epoch == epoch).map(|changes| told(changes)).unwrap_or_default()
    }

    pub fn levels(&self) -> Vec<String> {
        self.handle.read().clues.open().map(|clue| clue.level.clone()).collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.handle.stop();
        if !self.spared.load(Ordering::Relaxed) && !std::thread::panicking() {
            verify(&self.disk, Path::new("data"));
        }
    }
}

pub fn told(changes: &EpochChanges) -> String {
    let mut text = format!("{:?}", changes.cause);
    for delta in &changes.clues {
        let clue = &delta.clue;
        let was = delta.was.as_ref().map_or("", |was| was.level.as_str());
        text += &format!(" {} {} {} {} was={was}", delta.op.name(), clue.rule, clue.level, clue.evidence);
    }
    for (relation, Change { row, diff }) in &changes.rows {
        text += &format!(" {diff:+} {relation:?} {row:?}");
    }
    for (id, Change { row, diff }) in &changes.gone {
        let relation = &changes.before.as_ref().unwrap().relation(*id).name;
        text += &format!(" {diff:+} {relation} {row:?}");
    }
    text
}

/// A line that writes a penalty.
pub fn penalty(op: &str, no: &str, part: u32, level: &str, day: &str) -> String {
    let row = format!(r#"{{"organ":"{POLICE}","no":"{no}","part":{part},"person":"{PERSON}","level":"{level}","day":"{day}"}}"#);
    format!("{{\"relation\":\"penalty\",\"op\":\"{op}\",\"row\":{row}}}\n")
}

pub fn receipt(op: &str, no: &str) -> String {
    format!("{{\"relation\":\"receipt\",\"op\":\"{op}\",\"row\":{{\"no\":\"{no}\"}}}}\n")
}
