//! The feed of one moment, to be written into a snapshot while it goes on; and a feed made of a snapshot again, so that who was behind the
//! snapshot before a restart goes on after it.
//!
//! Promises: what is read is what was written, change by change; a clue is written once however many changes tell of it, and shared with
//! its life where that has it too, so that a feed of the past takes the memory that the live one took. Must not know how rules are read.

use super::frozen::{cause_of, clue_of, clue_wire, number_of_op, number_of_state, op_of, state_of, wire_of};
use super::{Clue, ClueDelta, ClueId, EpochChanges, Feed};
use crate::limits::SNAPSHOT_TEXT_BYTES;
use crate::program::Program;
use crate::storage::Cell;
use crate::storage::snapshot::{self as file, Part, Section, SnapshotError, SnapshotWriter};
use crate::types::{CaseState, Change, Epoch, RelId, Row, Value};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Everything that it remembered then. Nothing of it is copied.
pub struct FrozenFeed {
    oldest: Epoch,
    epochs: VecDeque<Arc<EpochChanges>>,
}

impl Feed {
    pub fn freeze(&self) -> FrozenFeed {
        FrozenFeed { oldest: self.oldest(), epochs: self.epochs.clone() }
    }
}

impl FrozenFeed {
    /// Is anything told of these rules?
    pub fn tells_of(&self, program: &Arc<Program>) -> bool {
        let is = |other: &Arc<Program>| Arc::ptr_eq(other, program);
        self.epochs.iter().any(|changes| is(&changes.program) || changes.before.as_ref().is_some_and(is))
    }

    /// Writes all of it; `go_on` is asked between two sections. `programs`: by their numbers. An epoch of others cannot be told again, nor
    /// anything before it.
    pub fn write<E: From<SnapshotError>>(
        mut self,
        to: &mut SnapshotWriter,
        programs: &[Arc<Program>],
        mut go_on: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let number = |program: &Arc<Program>| programs.iter().position(|one| Arc::ptr_eq(one, program)).map(|at| at as u32);
        let is_known = |epoch: &Arc<EpochChanges>| {
            number(&epoch.program).is_some() && before(epoch).is_none_or(|rules| number(rules).is_some())
        };
        if let Some(strange) = self.epochs.iter().rposition(|epoch| !is_known(epoch)) {
            self.oldest = self.epochs[strange].epoch;
            self.epochs.drain(..=strange);
        }
        let mut writing =
            Writing { to, oldest: self.oldest, numbers: HashMap::new(), clues: Vec::new(), pieces: Vec::new(), bytes: 0 };
        for epoch in &self.epochs {
            let (rules, before) = (number(&epoch.program).unwrap_or(0), before(epoch).and_then(number));
            let mut piece = begin(epoch, rules, before);
            for delta in &epoch.clues {
                let was = delta.was.as_ref().map_or(0, |was| writing.clue(was));
                piece.clues.push((number_of_op(delta.op), writing.clue(&delta.clue), was));
                writing.bytes += CHANGE_BYTES;
                if writing.is_full() {
                    piece = writing.cut(piece, || begin(epoch, rules, before))?;
                    go_on()?;
                }
            }
            for (changes, is_gone) in [(&epoch.rows, false), (&epoch.gone, true)] {
                for (relation, change) in changes {
                    let row = file::FeedRow(relation.0, change.diff, change.row.values().iter().map(Cell::of).collect());
                    if is_gone {
                        piece.gone.push(row)
                    } else {
                        piece.rows.push(row)
                    }
                    writing.bytes += CHANGE_BYTES + texts(change.row.values().iter());
                    if writing.is_full() {
                        piece = writing.cut(piece, || begin(epoch, rules, before))?;
                        go_on()?;
                    }
                }
            }
            writing.pieces.push(piece);
        }
        // Also where there is no epoch: from where on a reader can go on.
        writing.put()?;
        go_on()
    }
}

/// The rules before, if there were others. Before the first there is nothing that could have gone with them.
fn before(epoch: &EpochChanges) -> Option<&Arc<Program>> {
    epoch.before.as_ref().filter(|rules| !rules.relations.is_empty())
}

/// What of a change is not text, roughly.
const CHANGE_BYTES: usize = 64;

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    values.map(|value| if let Value::Symbol(text) = value { text.len() } else { size_of::<u64>() }).sum()
}

fn begin<'a>(epoch: &'a EpochChanges, rules: u32, before: Option<u32>) -> file::FeedPiece<'a> {
    file::FeedPiece {
        epoch: epoch.epoch.0,
        wall_us: epoch.wall_us,
        cause: wire_of(&epoch.cause),
        rules,
        before,
        clues: Vec::new(),
        rows: Vec::new(),
        gone: Vec::new(),
        more: false,
    }
}

/// A section on its way, and the clues that it needs and none before it had.
struct Writing<'a, 'w> {
    to: &'w mut SnapshotWriter,
    oldest: Epoch,
    /// By where they are; all of them stay there until the end.
    numbers: HashMap<*const Clue, u32>,
    clues: Vec<&'a Clue>,
    pieces: Vec<file::FeedPiece<'a>>,
    bytes: usize,
}

impl<'a> Writing<'a, '_> {
    fn clue(&mut self, clue: &'a Arc<Clue>) -> u32 {
        let next = self.numbers.len() as u32 + 1;
        let number = *self.numbers.entry(Arc::as_ptr(clue)).or_insert(next);
        if number == next {
            self.clues.push(clue);
            self.bytes += size_of::<Clue>() + clue.reason.len() + texts(clue.columns.iter().map(|(_, value)| value));
        }
        number
    }

    fn is_full(&self) -> bool {
        self.bytes >= SNAPSHOT_TEXT_BYTES
    }

    /// Ends the section inside an epoch.
    fn cut(
        &mut self,
        piece: file::FeedPiece<'a>,
        next: impl FnOnce() -> file::FeedPiece<'a>,
    ) -> Result<file::FeedPiece<'a>, SnapshotError> {
        self.pieces.push(file::FeedPiece { more: true, ..piece });
        self.put()?;
        Ok(next())
    }

    fn put(&mut self) -> Result<(), SnapshotError> {
        let clues = std::mem::take(&mut self.clues);
        if !clues.is_empty() {
            let first = self.numbers.len() - clues.len() + 1;
            let judged = (first as u32..).zip(&clues).filter(|(_, clue)| clue.state != CaseState::New);
            let states: Vec<_> = judged.map(|(number, clue)| (number, number_of_state(clue.state))).collect();
            if !states.is_empty() {
                self.to.put(&file::FeedStates(states))?;
            }
            self.to.put(&file::FeedClues(clues.into_iter().map(clue_wire).collect()))?;
        }
        self.bytes = 0;
        self.to.put(&file::FeedEpochs { oldest: self.oldest.0, pieces: std::mem::take(&mut self.pieces) })
    }
}

/// A feed that is made of the sections of a snapshot.
#[derive(Default)]
pub struct ThawingFeed {
    oldest: Option<Epoch>,
    clues: Vec<Arc<Clue>>,
    /// Of clues that are still to come, by their numbers.
    states: HashMap<u32, CaseState>,
    epochs: Vec<EpochChanges>,
    /// The last epoch goes on.
    more: bool,
}

const UNFIT: &str = "the feed is not whole";

impl ThawingFeed {
    /// One section; `false` if it is none of the feed's own. `programs`: by their numbers; `latest`: a clue as its life has it.
    pub fn take<'c>(
        &mut self,
        section: &Section,
        programs: &[Arc<Program>],
        latest: impl Fn(&ClueId) -> Option<&'c Arc<Clue>>,
    ) -> Result<bool, SnapshotError> {
        match section.kind {
            <file::FeedClues<'_> as Part>::KIND => {
                for wire in section.read::<file::FeedClues<'_>>()?.0 {
                    let state = self.states.remove(&(self.clues.len() as u32 + 1)).unwrap_or_default();
                    let clue = clue_of(&wire, state).ok_or_else(|| section.damaged(UNFIT))?;
                    let known = latest(&clue.id).filter(|known| ***known == clue).cloned();
                    self.clues.push(known.unwrap_or_else(|| Arc::new(clue)));
                }
            }
            <file::FeedStates as Part>::KIND => {
                for (number, state) in section.read::<file::FeedStates>()?.0 {
                    self.states.insert(number, state_of(state).ok_or_else(|| section.damaged(UNFIT))?);
                }
            }
            <file::FeedEpochs<'_> as Part>::KIND => {
                let part = section.read::<file::FeedEpochs<'_>>()?;
                self.oldest = Some(Epoch(part.oldest));
                for piece in part.pieces {
                    self.piece(piece, programs).ok_or_else(|| section.damaged(UNFIT))?;
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn piece(&mut self, piece: file::FeedPiece<'_>, programs: &[Arc<Program>]) -> Option<()> {
        let program = programs.get(piece.rules as usize)?;
        let before = match piece.before {
            Some(number) => Some(programs.get(number as usize)?.clone()),
            None => None,
        };
        let clue = |number: u32| self.clues.get((number as usize).checked_sub(1)?).cloned();
        let delta = |(op, number, was): &(u8, u32, u32)| {
            let was = if *was == 0 { None } else { Some(clue(*was)?) };
            Some(ClueDelta { op: op_of(*op)?, clue: clue(*number)?, was })
        };
        let clues: Vec<ClueDelta> = piece.clues.iter().map(delta).collect::<Option<_>>()?;
        let rows = piece.rows.iter().map(|row| row_of(row, program)).collect::<Option<Vec<_>>>()?;
        let gone = piece.gone.iter().map(|row| row_of(row, before.as_deref()?)).collect::<Option<Vec<_>>>()?;
        let epoch = Epoch(piece.epoch);
        if !std::mem::replace(&mut self.more, piece.more) {
            let after = self.epochs.last().map_or(self.oldest, |last| Some(last.epoch))?;
            let (wall_us, cause, program) = (piece.wall_us, cause_of(piece.cause)?, program.clone());
            self.epochs.push(EpochChanges { epoch, wall_us, cause, clues, rows, gone, before, program });
            return (epoch > after).then_some(());
        }
        let last = self.epochs.last_mut().filter(|last| last.epoch == epoch)?;
        last.clues.extend(clues);
        last.rows.extend(rows);
        last.gone.extend(gone);
        Some(())
    }

    /// As of the epoch of the snapshot. One that was written without a feed has nothing before it.
    pub fn finish(self, at: Epoch) -> Option<Feed> {
        let is_whole = !self.more && self.epochs.last().is_none_or(|last| last.epoch <= at);
        let oldest = self.oldest.unwrap_or(at);
        (is_whole && oldest <= at).then(|| Feed::of_past(oldest, at, self.epochs))
    }
}

fn row_of(wire: &file::FeedRow<'_>, program: &Program) -> Option<(RelId, Change)> {
    let file::FeedRow(relation, diff, cells) = wire;
    let fits = program.relations.get(*relation as usize)?.arity() == cells.len();
    let row = Row::new(cells.iter().map(Cell::value).collect::<Option<_>>()?);
    fits.then_some((RelId(*relation), Change { row, diff: *diff }))
}
