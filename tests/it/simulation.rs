//! Years of a county in a second: what one seed decides - arrivals, corrections, late files, a clock that goes either way, other rules,
//! readers that stall, verdicts on clues, snapshots, disks that end in the middle of a write or of the recovery from the last one, starts with another number of
//! workers - runs through the whole engine, and after each step everything that can be seen is held against a model.

mod model;

use crate::engine::rig::{JUSTICE, POLICE, RULES, Rig, Setup};
use crate::verified::{Spared, verify_crashed};
use huiyan::clues::ClueOp;
use huiyan::engine::{BatchAnswer, EngineError, OnReject, Phase, SnapshotState, VerdictRequest, Whole};
use huiyan::security::ClueId;
use huiyan::storage::disk::{Disk, Fate, Fault, FaultyDisk, MemoryDisk, When};
use huiyan::types::{CaseState, Dismissal, Epoch, Value, date_text, key_text, parse_date};
use model::{Line, State};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Seeds of a plain run; each is some hundred steps.
const SEEDS: u64 = 30;
const STEPS: u64 = 150;

fn scale() -> u64 {
    std::env::var("HUIYAN_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A request that was sent.
#[derive(Clone)]
struct Sent {
    agency: &'static str,
    key: Option<String>,
    lines: Vec<Line>,
    whole: bool,
}

/// Somebody who follows the clues, at their own pace.
#[derive(Default)]
struct Reader {
    cursor: Epoch,
    /// Rows behind each clue and what people made of it, by decision.
    clues: BTreeMap<u32, (u64, CaseState)>,
}

/// How often each thing happened, so that a simulation that has become tame is noticed.
#[derive(Default, Debug)]
struct Tally {
    crashes: u64,
    crashes_in_recovery: u64,
    restarts: u64,
    rules: u64,
    replays: u64,
    unheard_and_there: u64,
    behind: u64,
    snapshots: u64,
    verdicts: u64,
    refused_verdicts: u64,
    dismissals_ended: u64,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        let Tally { crashes, crashes_in_recovery, restarts, rules, replays, unheard_and_there, behind, snapshots, .. } = other;
        self.crashes += crashes;
        self.crashes_in_recovery += crashes_in_recovery;
        self.restarts += restarts;
        self.rules += rules;
        self.replays += replays;
        self.unheard_and_there += unheard_and_there;
        self.behind += behind;
        self.snapshots += snapshots;
        self.verdicts += other.verdicts;
        self.refused_verdicts += other.refused_verdicts;
        self.dismissals_ended += other.dismissals_ended;
    }
}

struct Simulation {
    dice: Dice,
    disk: MemoryDisk,
    /// What is there after each epoch; the first is epoch 1.
    states: Vec<State>,
    /// Has a start come to its end?
    begun: bool,
    days: i64,
    readers: Vec<Reader>,
    ids: BTreeMap<u32, ClueId>,
    /// Keyed requests that were answered, with what was told.
    answered: Vec<(Sent, BatchAnswer)>,
    /// What the last request would have made, if the machine stopped before its answer; and the request, if it was a batch.
    unheard: (Vec<State>, Option<Sent>),
    keys: u64,
    tally: Tally,
}

/// The machine stopped.
struct Crashed;

impl Simulation {
    fn new(seed: u64) -> Simulation {
        let today = parse_date("2022-07-01").unwrap();
        Simulation {
            dice: Dice(seed),
            disk: MemoryDisk::seeded(seed),
            states: vec![State::new(today, 3)],
            begun: false,
            days: 3,
            readers: (0..3).map(|_| Reader::default()).collect(),
            ids: BTreeMap::new(),
            answered: Vec::new(),
            unheard: Default::default(),
            keys: 0,
            tally: Tally::default(),
        }
    }

    fn run(mut self) -> Tally {
        let mut steps = 0;
        while steps < STEPS {
            steps += self.life(STEPS - steps);
            // Of a disk that counts or falls silent: what is left of it.
            verify_crashed(&(Arc::new(self.disk.clone()) as Arc<dyn Disk>), Path::new("data"));
        }
        let rig = self.setup().start(self.disk.clone());
        self.started(&rig);
        self.check(&rig, "at the end");
        self.tally.dismissals_ended = self.state().ended;
        self.tally
    }

    fn setup(&mut self) -> Setup {
        let rules = RULES.replace("d + 3", &format!("d + {}", self.days));
        Setup { rules, version: self.days.to_string(), workers: 1 + self.dice.below(3) as usize, ..Setup::default() }
    }

    fn state(&self) -> &State {
        self.states.last().expect("there is a first state")
    }

    fn epoch(&self) -> u64 {
        self.states.len() as u64
    }

    /// One process, from its start to its end, however it ends. How many steps it took.
    fn life(&mut self, most: u64) -> u64 {
        // After a start that did not end nobody knows which rules are in force: it is tried again with the same.
        if self.begun && self.days == self.state().days && self.dice.one_in(6) {
            self.days = self.dice.of(&[2, 3, 5]);
        }
        let fault = self.dice.below(3) > 0;
        let at = self.dice.below(120) as usize;
        let when = self.dice.of(&[When::Before, When::After, When::Torn(1)]);
        let disk = if fault {
            FaultyDisk::failing(self.disk.clone(), at, Fault::Crash(when))
        } else {
            FaultyDisk::counting(self.disk.clone())
        };
        let fate = self.dice.of(&[Fate::Kept, Fate::Lost, Fate::Mixed(0)]);
        let fate = if matches!(fate, Fate::Mixed(_)) { Fate::Mixed(self.dice.below(u64::MAX)) } else { fate };
        let setup = self.setup();
        let started = setup.try_start(disk.clone()).ok().map(|rig| rig.spare(Spared::Faulty));
        let Some(rig) = started.filter(|rig| rig.handle.phase() == Phase::Ready) else {
            assert!(fault, "it does not start");
            self.tally.crashes_in_recovery += 1;
            self.disk = disk.after_crash(fate);
            return 1;
        };
        self.started(&rig);
        if !self.unheard.0.is_empty() || self.unheard.1.is_some() {
            drop(rig);
            self.disk = disk.after_crash(fate);
            return 1;
        }
        self.check(&rig, "after a start");
        let steps = 1 + self.dice.below(60.min(most));
        for step in 1..=steps {
            if self.step(&rig).is_err() {
                assert!(fault, "a step failed: {:?}", rig.handle.phase());
                self.tally.crashes += 1;
                drop(rig);
                self.disk = disk.after_crash(fate);
                return step;
            }
            self.check(&rig, "after a step");
        }
        self.tally.restarts += 1;
        drop(rig);
        self.disk = disk.after_crash(Fate::Lost);
        steps
    }

    /// What a start has made of the past: all that was answered, and of the last request all, nothing, or the first days of a walk; then
    /// come its own rules.
    fn started(&mut self, rig: &Rig) {
        self.begun = true;
        let found = rig.handle.read().epoch.0;
        let rules = u64::from(self.days != self.state().days);
        let there = (found - rules).checked_sub(self.epoch()).expect("what was answered is there");
        let (made, sent) = std::mem::take(&mut self.unheard);
        assert!(there <= made.len() as u64, "epochs that nobody asked for");
        self.tally.unheard_and_there += there;
        self.states.extend(made.into_iter().take(there as usize));
        if rules > 0 {
            let next = self.state().under(found, self.days);
            self.states.push(next);
            self.tally.rules += 1;
        }
        assert_eq!(found, self.epoch());
        if let Some(sent) = sent {
            self.ask_again(rig, sent, there > 0);
        }
    }

    /// Who had no answer asks again under the same key, and hears whether it was taken.
    fn ask_again(&mut self, rig: &Rig, sent: Sent, there: bool) {
        if sent.key.is_none() {
            return;
        }
        let (next, _) = self.state().batch(self.epoch() + 1, sent.agency, &sent.lines, sent.whole);
        match ask(rig, &sent) {
            Ok(answer) => {
                assert_eq!(answer.replayed, there, "taken twice, or told so");
                if !there {
                    self.states.push(next);
                }
                self.answered.push((sent, answer));
            }
            // The machine stops again, before an answer that adds nothing, or before one that may.
            Err(_) => self.unheard = if there { (Vec::new(), None) } else { (vec![next], Some(sent)) },
        }
    }

    fn step(&mut self, rig: &Rig) -> Result<(), Crashed> {
        match self.dice.below(14) {
            11..=13 => self.verdict(rig),
            10 => self.snapshot(rig),
            0 | 1 => self.tick(rig),
            2 => self.again(rig),
            3 => {
                let receipts = (0..1 + self.dice.below(6)).map(|_| Line::Receipt { op: "upsert", no: self.dice.below(6) as u32 });
                let lines = receipts.collect();
                self.send(rig, Sent { agency: JUSTICE, key: None, lines, whole: true })
            }
            _ => {
                let agency = self.dice.of(&[POLICE, POLICE, JUSTICE]);
                let lines = (0..1 + self.dice.below(4)).map(|_| self.line()).collect();
                self.keys += 1;
                let key = self.dice.one_in(2).then(|| format!("k{}", self.keys));
                self.send(rig, Sent { agency, key, lines, whole: false })
            }
        }
    }

    fn line(&mut self) -> Line {
        let op = self.dice.of(&["insert", "upsert", "upsert", "retract"]);
        let no = self.dice.below(6) as u32;
        if self.dice.one_in(3) {
            return Line::Receipt { op, no };
        }
        let at = (no, self.dice.below(2) as u32);
        // A retraction mostly names what is there; a late file names days of the past.
        let there = self.state().penalties.get(&at).copied().filter(|_| op == "retract");
        let day = there.unwrap_or(self.state().today - self.dice.below(8) as i64);
        Line::Penalty { op, at, day }
    }

    fn send(&mut self, rig: &Rig, sent: Sent) -> Result<(), Crashed> {
        let (next, told) = self.state().batch(self.epoch() + 1, sent.agency, &sent.lines, sent.whole);
        match ask(rig, &sent) {
            Ok(answer) => {
                self.states.push(next);
                assert_eq!((answer.epoch.0, answer.replayed), (self.epoch(), false));
                assert_eq!((answer.receipt.accepted, answer.receipt.refused), told);
                if sent.key.is_some() {
                    self.answered.push((sent, answer));
                }
                Ok(())
            }
            Err(_) => {
                self.unheard = (vec![next], Some(sent));
                Err(Crashed)
            }
        }
    }

    fn again(&mut self, rig: &Rig) -> Result<(), Crashed> {
        if self.answered.is_empty() {
            return Ok(());
        }
        let (sent, told) = self.answered[self.dice.below(self.answered.len() as u64) as usize].clone();
        let again = ask(rig, &sent).map_err(|_| Crashed)?;
        assert!(again.replayed);
        assert_eq!((again.epoch, again.receipt, again.refused), (told.epoch, told.receipt, told.refused));
        self.tally.replays += 1;
        Ok(())
    }

    /// Begins one; it is written beside what comes next, or nothing comes before it is whole.
    fn snapshot(&mut self, rig: &Rig) -> Result<(), Crashed> {
        let epoch = match rig.begin_snapshot() {
            Ok(epoch) => epoch,
            Err(EngineError::SnapshotRunning) => return Ok(()),
            Err(_) => return Err(Crashed),
        };
        self.tally.snapshots += 1;
        if self.dice.one_in(2) {
            rig.until(|rig| rig.snapshot_state(epoch) != Some(SnapshotState::Writing));
        }
        Ok(())
    }

    /// Somebody says something of a clue: it follows on what was said before, or it is refused; so it is if the clue has changed since.
    fn verdict(&mut self, rig: &Rig) -> Result<(), Crashed> {
        let open: Vec<u32> = self.state().clues().into_keys().collect();
        if open.is_empty() {
            return Ok(());
        }
        let no = self.dice.of(&open);
        let reason = Dismissal::all().nth(self.dice.below(3) as usize);
        let number = self.dice.of(&[1, 2, 3, 3, 3, 4, 5, 6, 7]);
        let state = CaseState::of_number(number, reason.filter(|_| number == 3)).unwrap();
        let (id, changed) = (self.ids[&no], self.state().lives[&no].last().unwrap().1);
        let seen = self.dice.of(&[None, Some(changed), Some(self.epoch()), Some(changed - 1)]);
        let note = self.dice.one_in(2).then(|| format!("{no} after {changed}"));
        let asked = rig.judge(VerdictRequest { seen: seen.map(Epoch), note, ..rig.verdict(id, state) });
        let before = self.state().case(no);
        let refused = match seen {
            Some(seen) if seen < changed => Some(EngineError::ClueChanged),
            _ if !state.may_follow(before) => Some(EngineError::OutOfOrder { before }),
            _ => None,
        };
        let next = refused.is_none().then(|| self.state().judged(self.epoch() + 1, no, state));
        match (asked, next) {
            (Ok(answer), Some(next)) => {
                self.states.push(next);
                assert_eq!((answer.epoch.0, answer.state, answer.replayed), (self.epoch(), state, false));
                self.tally.verdicts += 1;
                Ok(())
            }
            (Err(error), None) if Some(&error) == refused.as_ref() => {
                self.tally.refused_verdicts += 1;
                Ok(())
            }
            (Ok(_), None) => panic!("{state:?} was taken after {before:?}, seen {seen:?} of {changed}"),
            (Err(_), next) => {
                self.unheard = (next.into_iter().collect(), None);
                Err(Crashed)
            }
        }
    }

    fn tick(&mut self, rig: &Rig) -> Result<(), Crashed> {
        let today = self.state().today;
        let to = if self.dice.one_in(8) { today - self.dice.below(10) as i64 } else { today + self.dice.below(5) as i64 };
        let stops: Vec<i64> = if to < today { vec![to] } else { (today + 1..=to).collect() };
        let mut walk = Vec::new();
        for day in stops {
            let next = walk.last().unwrap_or(self.state()).on(self.epoch() + walk.len() as u64 + 1, day);
            walk.push(next);
        }
        match rig.clock(&date_text(to)) {
            Ok(_) => {
                self.states.extend(walk);
                Ok(())
            }
            Err(_) => {
                self.unheard = (walk, None);
                Err(Crashed)
            }
        }
    }

    /// Everything that can be seen, against the model.
    fn check(&mut self, rig: &Rig, place: &str) {
        let place = format!("{place}, epoch {}", self.epoch());
        self.read(rig, &place);
        let view = rig.handle.read();
        let state = self.state();
        assert_eq!(view.epoch.0, self.epoch(), "{place}");
        let clues: BTreeMap<u32, (u64, CaseState)> =
            view.clues.open().map(|clue| (decision(clue), (clue.evidence, clue.state))).collect();
        assert_eq!(clues, behind(state), "{place}");
        let refused: BTreeMap<model::Refused, i64> = view
            .refused
            .iter()
            .map(|(who, key, refusal)| {
                let text = key_text(key.key.values());
                ((who.to_string(), key.relation.clone(), text, key.op.clone()), refusal.day)
            })
            .collect();
        assert_eq!(refused, state.refused, "{place}");
        let count = |name: &str| view.records.count(view.program.find(name).unwrap());
        assert_eq!((count("penalty"), count("receipt")), (state.penalties.len(), state.receipts.len()), "{place}");
        for (no, life) in &state.lives {
            let steps = self.ids.get(no).map(|id| view.clues.history(id)).unwrap_or_default();
            let steps: Vec<(ClueOp, u64)> = steps.iter().map(|step| (step.op, step.epoch.0)).collect();
            assert_eq!(steps, *life, "{place}: the life of {no}");
            let clue = self.ids.get(no).and_then(|id| view.clues.get(id));
            assert_eq!(clue.map(|clue| clue.state), Some(state.case(*no)), "{place}: what was said of {no}");
        }
    }

    /// Some readers read on, a little or to the end; one of them always does.
    fn read(&mut self, rig: &Rig, place: &str) {
        for n in 0..self.readers.len() {
            if n > 0 && self.dice.below(4) > 0 {
                continue;
            }
            let most = if n == 0 { usize::MAX } else { 1 + self.dice.below(5) as usize };
            let reader = &mut self.readers[n];
            let view = rig.handle.read();
            // However the process ended and from whichever snapshot it went on: nobody has to begin again.
            let epochs = view.feed.after(reader.cursor, most);
            let epochs = epochs.unwrap_or_else(|error| panic!("{place}: reader {n} at {:?}: {error}", reader.cursor));
            self.tally.behind += u64::from(reader.cursor < rig.handle.went_on_from());
            for changes in &epochs {
                assert!(changes.epoch > reader.cursor, "{place}: reader {n} hears twice");
                reader.cursor = changes.epoch;
                for delta in &changes.clues {
                    let no = decision(&delta.clue);
                    self.ids.insert(no, delta.clue.id);
                    let was = match delta.op {
                        ClueOp::Withdraw => reader.clues.remove(&no),
                        ClueOp::Open | ClueOp::Change | ClueOp::Reopen => {
                            reader.clues.insert(no, (delta.clue.evidence, delta.clue.state))
                        }
                    };
                    let new = matches!(delta.op, ClueOp::Open | ClueOp::Reopen);
                    assert_eq!(was.is_none(), new, "{place}: reader {n} at {:?}", changes.epoch);
                }
                let at = &self.states[changes.epoch.0 as usize - 1];
                assert_eq!(reader.clues, behind(at), "{place}: reader {n} at {:?}", changes.epoch);
            }
            if epochs.len() < most {
                reader.cursor = view.feed.latest();
            }
        }
    }
}

fn ask(rig: &Rig, sent: &Sent) -> Result<BatchAnswer, EngineError> {
    let body: String = sent.lines.iter().map(Line::json).collect();
    let mut request = rig.request(sent.agency, sent.key.as_deref(), &body);
    request.on_reject = OnReject::Skip;
    if sent.whole {
        let relation = rig.handle.program().and_then(|program| program.find("receipt"));
        request.replace = relation.map(|relation| Whole { relation, may_be_empty: true });
    }
    rig.ask(request)
}

fn decision(clue: &huiyan::clues::Clue) -> u32 {
    let no = clue.columns.iter().find(|(column, _)| column == "no").map(|(_, value)| value);
    match no {
        Some(Value::Symbol(text)) => text.parse().unwrap(),
        other => panic!("no decision: {other:?}"),
    }
}

fn behind(state: &State) -> BTreeMap<u32, (u64, CaseState)> {
    state.clues().into_iter().map(|(no, due)| (no, (due.len() as u64, state.case(no)))).collect()
}

#[test]
fn a_county_that_crashes_again_and_again_is_what_the_model_says() {
    let base: u64 = std::env::var("HUIYAN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let mut sum = Tally::default();
    for seed in base..base + SEEDS * scale() {
        println!("HUIYAN_SEED={seed}");
        sum.add(Simulation::new(seed).run());
    }
    println!("seeds from {base}: {sum:?}");
    let Tally { crashes, crashes_in_recovery, restarts, rules, replays, unheard_and_there, behind, snapshots, .. } = sum;
    for (often, what) in [
        (crashes, "crashes"),
        (crashes_in_recovery, "crashes in recovery"),
        (restarts, "restarts"),
        (rules, "other rules"),
        (replays, "repeated requests"),
        (unheard_and_there, "requests that were taken and not answered"),
        (snapshots, "snapshots"),
        (sum.verdicts, "verdicts"),
        (sum.refused_verdicts, "verdicts that were refused"),
        (sum.dismissals_ended, "dismissals that ended with their rows"),
        (behind, "readers that were behind the snapshot of a start"),
    ] {
        assert!(often > 0, "no {what}: the simulation has become tame");
    }
}
