//! What people say of clues: it is there as long as it should be, for everybody, after whatever happens.

use super::rig::*;
use huiyan::clues::{Cases, Cause, ClueOp, Machine};
use huiyan::engine::{EngineError, Phase, VerdictRequest};
use huiyan::security::{Agency, ClueId};
use huiyan::storage::disk::{Fate, MemoryDisk};
use huiyan::types::{CaseState, Dismissal, Epoch};

const DISMISSED: CaseState = CaseState::Dismissed(Dismissal::PaperArrivedOtherwise);

/// One clue, of decision 7.
fn open(disk: &MemoryDisk) -> (Rig, ClueId) {
    let rig = Setup::default().start(disk.clone());
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    rig.clock("2022-07-06").unwrap();
    let id = rig.handle.read().clues.open().next().unwrap().id;
    (rig, id)
}

fn say(rig: &Rig, clue: ClueId, state: CaseState) -> Result<Epoch, EngineError> {
    rig.judge(rig.verdict(clue, state)).map(|answer| answer.epoch)
}

fn state(rig: &Rig, clue: ClueId) -> CaseState {
    rig.handle.read().clues.get(&clue).unwrap().state
}

#[test]
fn a_verdict_is_an_epoch_of_its_own_that_everybody_hears_of() {
    let (rig, clue) = open(&MemoryDisk::seeded(1));
    let before = rig.handle.read().epoch;
    let answer = rig.judge(VerdictRequest { note: Some("见面谈过".to_string()), ..rig.verdict(clue, DISMISSED) }).unwrap();
    assert_eq!((answer.epoch, answer.state, answer.replayed), (before.next(), DISMISSED, false));
    let view = rig.handle.read();
    let told = view.feed.after(before, 9).unwrap();
    assert_eq!((told.len(), told[0].epoch, told[0].clues.len()), (1, answer.epoch, 1));
    assert_eq!(told[0].cause, Cause::Verdict { agency: PROSECUTOR.to_string(), state: DISMISSED });
    let delta = &told[0].clues[0];
    let was = delta.was.as_ref().unwrap();
    assert_eq!((delta.op, delta.clue.state, was.state), (ClueOp::Change, DISMISSED, CaseState::New));
    // The machine's axis is another one.
    assert_eq!((delta.clue.machine, delta.clue.opened, delta.clue.changed), (Machine::Open, was.opened, answer.epoch));
    let last = view.clues.history(&clue).pop().unwrap();
    assert_eq!(
        (&*last.now, last.op, last.state, last.note.as_deref()),
        ("2022-07-06", ClueOp::Change, DISMISSED, Some("见面谈过"))
    );
    assert!(!format!("{:?}", told[0].clues).contains("见面谈过"), "a note is in no stream");
}

#[test]
fn a_dismissal_ends_with_other_rows_and_outlives_a_withdrawal_with_the_same() {
    let (rig, clue) = open(&MemoryDisk::seeded(1));
    say(&rig, clue, DISMISSED).unwrap();
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    assert_eq!((state(&rig, clue), rig.levels().len()), (DISMISSED, 0));
    rig.send(JUSTICE, &receipt("retract", "7")).unwrap();
    assert_eq!((state(&rig, clue), rig.levels().len()), (DISMISSED, 1));
    // One row more, and it is all open again, in the very epoch.
    let more = rig.send(POLICE, &penalty("insert", "7", 2, "violation", "2022-07-02")).unwrap().epoch;
    let view = rig.handle.read();
    let delta = view.feed.after(Epoch(more.0 - 1), 1).unwrap()[0].clues[0].clone();
    assert_eq!((delta.clue.state, delta.was.unwrap().state), (CaseState::New, DISMISSED));
    drop(view);
    // The row goes again: what was dismissed once is there, but nobody has said so of it since.
    rig.send(POLICE, &penalty("retract", "7", 2, "violation", "2022-07-02")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::New);
    // It is withdrawn and comes back with another row.
    say(&rig, clue, DISMISSED).unwrap();
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    rig.send(POLICE, &penalty("upsert", "7", 1, "violation", "2022-07-02")).unwrap();
    assert_eq!(state(&rig, clue), DISMISSED);
    rig.send(JUSTICE, &receipt("retract", "7")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::New);
    let states: Vec<CaseState> = rig.handle.read().clues.history(&clue).iter().map(|step| step.state).collect();
    let (new, no) = (CaseState::New, DISMISSED);
    assert_eq!(states, [new, no, no, no, new, new, no, no, new]);
}

#[test]
fn everything_else_stays_whatever_the_rows() {
    let (rig, clue) = open(&MemoryDisk::seeded(1));
    say(&rig, clue, CaseState::Confirmed).unwrap();
    rig.send(POLICE, &penalty("insert", "7", 2, "violation", "2022-07-02")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::Confirmed);
    say(&rig, clue, CaseState::OpinionIssued).unwrap();
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    rig.send(JUSTICE, &receipt("retract", "7")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::OpinionIssued);
}

#[test]
fn what_cannot_be_said_is_refused_and_changes_nothing() {
    let (rig, clue) = open(&MemoryDisk::seeded(1));
    let epoch = rig.handle.read().epoch;
    assert_eq!(say(&rig, clue, CaseState::Rectified), Err(EngineError::OutOfOrder { before: CaseState::New }));
    assert_eq!(say(&rig, ClueId::of_bytes([7; 16]), CaseState::Checking), Err(EngineError::NoSuchClue));
    // Seen before it was there, and as it is.
    let changed = rig.handle.read().clues.get(&clue).unwrap().changed;
    let seen = |seen| VerdictRequest { seen: Some(seen), ..rig.verdict(clue, DISMISSED) };
    assert_eq!(rig.judge(seen(Epoch(changed.0 - 1))), Err(EngineError::ClueChanged));
    assert_eq!(rig.handle.read().epoch, epoch);
    assert_eq!(rig.judge(seen(changed)).unwrap().epoch, epoch.next());
    assert_eq!(rig.judge(seen(changed)), Err(EngineError::ClueChanged), "somebody was quicker");
    // The row that was seen is another one now.
    let seen_last = epoch.next();
    rig.send(POLICE, &penalty("upsert", "7", 1, "violation", "2022-07-02")).unwrap();
    assert_eq!(rig.judge(seen(seen_last)), Err(EngineError::ClueChanged));
    rig.send(POLICE, &penalty("insert", "8", 1, "violation", "2022-07-02")).unwrap();
    let nobody_looked = rig.handle.read().clues.open().map(|clue| clue.id).find(|id| *id != clue).unwrap();
    for no in ["7", "8"] {
        rig.send(JUSTICE, &receipt("insert", no)).unwrap();
    }
    assert_eq!(say(&rig, nobody_looked, CaseState::Checking), Err(EngineError::ClueWithdrawn));
}

/// What was demanded is done: the clue goes, and the case that was made of it is brought to its end.
#[test]
fn a_case_goes_on_when_its_clue_is_withdrawn() {
    let disk = MemoryDisk::seeded(1);
    let (rig, clue) = open(&disk);
    say(&rig, clue, CaseState::Confirmed).unwrap();
    say(&rig, clue, CaseState::OpinionIssued).unwrap();
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    let cases = |rig: &Rig| rig.handle.read().clues.cases().map(|(_, state, cases)| (state, cases)).collect::<Vec<_>>();
    let gone = |state| vec![(state, Cases { open: 0, withdrawn: 1 })];
    assert_eq!(cases(&rig), gone(CaseState::OpinionIssued));
    for state in [CaseState::Replied, CaseState::Rectified, CaseState::Closed] {
        let epoch = say(&rig, clue, state).unwrap();
        assert_eq!((self::state(&rig, clue), cases(&rig)), (state, gone(state)));
        assert!(!rig.told_at(epoch).contains("missing"), "who follows what holds hears nothing of it");
        assert_eq!(rig.handle.read().clues.open_len(), 0);
    }
    let dismissed_at_last = say(&rig, clue, CaseState::Checking).and_then(|_| say(&rig, clue, DISMISSED)).unwrap();
    let (story, history) = (rig.story(), rig.handle.read().clues.history(&clue));
    assert_eq!(history.last().map(|step| (step.epoch, step.state)), Some((dismissed_at_last, DISMISSED)));
    drop(rig);
    for snapshot in [false, true] {
        let rig = Setup::default().start(disk.clone());
        assert!(rig.story() == story && rig.handle.read().clues.history(&clue) == history);
        assert_eq!(cases(&rig), gone(DISMISSED));
        if !snapshot {
            rig.snapshot();
        }
    }
    // Dismissed without rows, it is new with any.
    let rig = Setup::default().start(disk);
    rig.send(JUSTICE, &receipt("retract", "7")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::New);
    // Dismissed with its rows, and once more without, it stays dismissed with the same.
    say(&rig, clue, DISMISSED).unwrap();
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    say(&rig, clue, DISMISSED).unwrap();
    rig.send(JUSTICE, &receipt("retract", "7")).unwrap();
    assert_eq!(state(&rig, clue), DISMISSED);
    // Of what somebody spoke once, though the dismissal has ended, the case is not over.
    rig.send(POLICE, &penalty("insert", "7", 2, "violation", "2022-07-02")).unwrap();
    assert_eq!(state(&rig, clue), CaseState::New);
    rig.send(JUSTICE, &receipt("insert", "7")).unwrap();
    say(&rig, clue, CaseState::Checking).unwrap();
}

#[test]
fn the_same_key_is_the_same_verdict_whoever_asks_again_and_when() {
    let disk = MemoryDisk::seeded(1);
    let (rig, clue) = open(&disk);
    let keyed = |rig: &Rig, state| VerdictRequest { idempotency_key: Some("k".to_string()), ..rig.verdict(clue, state) };
    let first = rig.judge(keyed(&rig, DISMISSED)).unwrap();
    say(&rig, clue, CaseState::Confirmed).unwrap();
    for rig in [rig, Setup::default().start(disk.crash(Fate::Lost))] {
        let epoch = rig.handle.read().epoch;
        let again = rig.judge(keyed(&rig, DISMISSED)).unwrap();
        assert_eq!((again.epoch, again.state, again.replayed), (first.epoch, DISMISSED, true));
        assert_eq!(rig.judge(keyed(&rig, CaseState::Checking)), Err(EngineError::KeyReused));
        let other = Agency::parse("procuratorate:640299-02").unwrap();
        assert!(!rig.judge(VerdictRequest { agency: other, ..keyed(&rig, CaseState::Checking) }).unwrap().replayed);
        // A key is one key, for verdicts and for records.
        let lines = rig.request(PROSECUTOR, Some("k"), &receipt("insert", "1"));
        assert_eq!(rig.ask(lines), Err(EngineError::KeyReused));
        rig.ask(rig.request(PROSECUTOR, Some("batch"), &receipt("insert", "1"))).unwrap();
        let reused = VerdictRequest { idempotency_key: Some("batch".to_string()), ..rig.verdict(clue, CaseState::Checking) };
        assert_eq!(rig.judge(reused), Err(EngineError::KeyReused));
        assert_eq!(rig.handle.read().epoch, Epoch(epoch.0 + 2), "the other's, and the batch");
    }
}

/// Verdicts among everything else.
fn live(rig: &Rig) {
    for n in 1..=4u32 {
        rig.send(POLICE, &penalty("insert", &n.to_string(), 1, "hint", "2022-07-02")).unwrap();
    }
    rig.clock("2022-07-06").unwrap();
    let ids: Vec<ClueId> = rig.handle.read().clues.open().map(|clue| clue.id).collect();
    let states = [DISMISSED, CaseState::Checking, CaseState::Confirmed, CaseState::Dismissed(Dismissal::OtherWithNote)];
    for (id, state) in ids.iter().zip(states) {
        rig.judge(VerdictRequest { note: Some(format!("{state:?}")), ..rig.verdict(*id, state) }).unwrap();
    }
    rig.send(POLICE, &penalty("insert", "1", 2, "violation", "2022-07-02")).unwrap();
    rig.send(JUSTICE, &(receipt("insert", "3") + &receipt("insert", "4"))).unwrap();
    say(rig, ids[1], DISMISSED).unwrap();
}

/// Everything that is counted, by state.
fn cases(rig: &Rig) -> Vec<(String, CaseState, usize, usize)> {
    let view = rig.handle.read();
    let cases = view.clues.cases();
    cases.map(|(rule, state, cases)| (rule.to_string(), state, cases.open, cases.withdrawn)).collect()
}

#[test]
fn a_restart_knows_all_that_was_said_with_and_without_a_snapshot() {
    let disk = MemoryDisk::seeded(1);
    let (story, counted) = {
        let rig = Setup::default().start(disk.clone());
        live(&rig);
        (rig.story(), cases(&rig))
    };
    assert!(
        story.contains("Dismissed(PaperArrivedOtherwise)") && story.contains("verdict") || story.contains("Verdict"),
        "{story}"
    );
    let other = CaseState::Dismissed(Dismissal::OtherWithNote);
    let expected = [(CaseState::New, 1, 0), (CaseState::Confirmed, 0, 1), (DISMISSED, 1, 0), (other, 0, 1)];
    assert_eq!(counted, expected.map(|(state, open, gone)| ("missing".to_string(), state, open, gone)));
    for workers in [1, 3] {
        let rig = Setup { workers, ..Setup::default() }.start(disk.clone());
        assert_eq!((rig.story(), cases(&rig)), (story.clone(), counted.clone()));
    }
    let rig = Setup::default().start(disk.clone());
    let epoch = rig.snapshot();
    drop(rig);
    let rig = Setup::default().start(disk);
    assert_eq!(rig.handle.went_on_from(), epoch);
    assert_eq!((rig.story(), cases(&rig)), (story, counted));
    // From here on as if nothing had been.
    rig.send(JUSTICE, &receipt("retract", "4")).unwrap();
    let view = rig.handle.read();
    let states: Vec<CaseState> = view.clues.open().map(|clue| clue.state).collect();
    assert_eq!(states, [CaseState::New, DISMISSED, other], "with the rows of its dismissal it stays dismissed");
}

#[test]
fn other_rules_keep_a_dismissal_while_they_find_the_same_rows() {
    let disk = MemoryDisk::seeded(1);
    let (rig, clue) = open(&disk);
    say(&rig, clue, DISMISSED).unwrap();
    drop(rig);
    let other_words = Setup { rules: RULES.replace("未按期通知", "逾期未通知"), ..Setup::default() };
    let rig = other_words.start(disk.clone());
    assert_eq!((state(&rig, clue), rig.handle.read().clues.get(&clue).unwrap().title.as_str()), (DISMISSED, "逾期未通知"));
    drop(rig);
    let rig = Setup { rules: RULES.replace("d + 3", "d + 2"), ..Setup::default() }.start(disk);
    assert_eq!((state(&rig, clue), rig.levels().len()), (CaseState::New, 1), "another day, another row");
}

#[test]
fn a_clue_that_stands_still_can_be_judged() {
    let disk = MemoryDisk::seeded(1);
    let endless = format!("{RULES}.decl up(n: number)\n.output up\nup(1) :- receipt(\"run\").\nup(n + 1) :- up(n).\n");
    let setup = Setup::with_rules(&endless);
    let rig = setup.start(disk.clone());
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    rig.clock("2022-07-06").unwrap();
    rig.send(JUSTICE, &receipt("insert", "run")).unwrap();
    assert!(matches!(rig.handle.phase(), Phase::Suspended { .. }));
    let clue = rig.handle.read().clues.open().next().unwrap().id;
    say(&rig, clue, DISMISSED).unwrap();
    rig.send(JUSTICE, &receipt("retract", "run")).unwrap();
    let story = rig.story();
    drop(rig);
    // The next start tries the rules again: the same rows, the same verdict.
    let rig = setup.start(disk);
    assert_eq!((rig.handle.phase(), state(&rig, clue)), (Phase::Ready, DISMISSED));
    assert!(story.contains("Dismissed"), "{story}");
}

/// Rules that read what was said.
const READING: &str = r#"
.decl clue_state(id: symbol, rule: symbol, state: symbol, reason: symbol, by: symbol, day: date)
.input clue_state
.decl said(rule: symbol, state: symbol, reason: symbol, by: symbol, day: date)
.output said
said(r, s, why, b, d) :- clue_state(_, r, s, why, b, d).
.decl repeated(rule: symbol, n: number)
.clue repeated(title="类案", key="rule", level="hint", reason="{rule}：{n}")
repeated(r, n) :- clue_state(_, r, "confirmed", _, _, _), n = count : { clue_state(_, r, "confirmed", _, _, _) }, n >= 2.
"#;

/// The rows of an output, as text.
fn rows(rig: &Rig, name: &str) -> Vec<String> {
    let view = rig.handle.read();
    let id = view.program.find(name).unwrap();
    view.rows.get(&id).into_iter().flatten().map(|row| huiyan::types::key_text(row.values())).collect()
}

#[test]
fn rules_read_what_was_last_said_of_clues() {
    let disk = MemoryDisk::seeded(1);
    let setup = Setup::with_rules(&format!("{RULES}{READING}"));
    let said = |states: &[&str]| {
        let row = |state: &&str| format!("missing|{state}|{PROSECUTOR}|2022-07-06");
        states.iter().map(row).collect::<Vec<_>>()
    };
    // What was said under rules that did not read it counts, too.
    let (rig, clue) = open(&disk);
    say(&rig, clue, CaseState::Confirmed).unwrap();
    drop(rig);
    let rig = setup.start(disk.clone());
    assert_eq!(rows(&rig, "said"), said(&["confirmed|"]));
    rig.send(POLICE, &penalty("insert", "8", 1, "hint", "2022-07-02")).unwrap();
    let other = rig.handle.read().clues.open().find(|clue| clue.rule == "missing" && clue.state == CaseState::New).unwrap().id;
    let epoch = say(&rig, other, CaseState::Confirmed).unwrap();
    let told = rig.told_at(epoch);
    assert!(told.starts_with("Verdict") && told.contains("change missing") && told.contains("open repeated hint"), "{told}");
    // They think again: the row goes, and with it what followed.
    let epoch = say(&rig, other, DISMISSED).unwrap();
    assert!(rig.told_at(epoch).contains("withdraw repeated"), "{}", rig.told_at(epoch));
    let both = said(&["confirmed|", "dismissed|paper-arrived-otherwise"]);
    assert_eq!(rows(&rig, "said"), both);
    // Other rows end a dismissal, but not that it was said.
    rig.send(POLICE, &penalty("insert", "8", 2, "violation", "2022-07-02")).unwrap();
    assert_eq!((state(&rig, other), rows(&rig, "said")), (CaseState::New, both.clone()));
    let story = rig.story();
    drop(rig);
    for workers in [1, 3] {
        let rig = Setup { workers, ..setup.clone() }.start(disk.clone());
        assert_eq!(rig.story(), story);
    }
    let rig = setup.start(disk.clone());
    let epoch = rig.snapshot();
    drop(rig);
    let rig = setup.start(disk);
    assert_eq!((rig.handle.went_on_from(), rig.story()), (epoch, story));
    say(&rig, other, CaseState::Checking).unwrap();
    assert_eq!(rows(&rig, "said"), said(&["checking|", "confirmed|"]));
}

#[test]
fn rules_may_put_a_clue_away_that_was_dismissed() {
    let reading =
        ".decl clue_state(id: symbol, rule: symbol, state: symbol, reason: symbol, by: symbol, day: date)\n.input clue_state\n";
    let rules =
        RULES.replace(", today(t), t > d + 3.", ", today(t), t > d + 3, !clue_state(_, \"missing\", \"dismissed\", _, _, _).");
    let setup = Setup::with_rules(&format!("{rules}{reading}"));
    let disk = MemoryDisk::seeded(1);
    let rig = setup.start(disk.clone());
    rig.send(POLICE, &penalty("insert", "7", 1, "hint", "2022-07-02")).unwrap();
    rig.clock("2022-07-06").unwrap();
    let clue = rig.handle.read().clues.open().next().unwrap().id;
    let epoch = say(&rig, clue, DISMISSED).unwrap();
    // First what was said, then what the rules made of it.
    let told = rig.told_at(epoch);
    assert!(told.contains("change missing hint 1 was=hint withdraw missing hint 0 was=hint"), "{told}");
    assert_eq!(state(&rig, clue), DISMISSED);
    let (story, history) = (rig.story(), rig.handle.read().clues.history(&clue));
    assert_eq!(history.iter().map(|step| step.op).collect::<Vec<_>>(), [ClueOp::Open, ClueOp::Change, ClueOp::Withdraw]);
    rig.snapshot();
    drop(rig);
    let rig = setup.start(disk);
    assert!(rig.story() == story && rig.handle.read().clues.history(&clue) == history);
    // Who thinks again gets it back.
    let epoch = say(&rig, clue, CaseState::Checking).unwrap();
    assert_eq!((state(&rig, clue), rig.handle.read().clues.open_len()), (CaseState::Checking, 1));
    assert!(rig.told_at(epoch).contains("reopen missing hint 1"), "{}", rig.told_at(epoch));
}
