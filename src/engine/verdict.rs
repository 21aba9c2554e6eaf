//! What becomes of a verdict: it is judged by the clue as it is, written down under the clue's relation and key, and answered when readers
//! see it. Nobody judges what they have not seen, if they say what they saw.

use super::ask::Asker;
use super::commit::Engine;
use super::failure::Failure;
use super::queue::VerdictReply;
use super::{EngineError, View};
use crate::clues::{ClueId, Machine};
use crate::security::Agency;
use crate::storage::bytes_at_most;
use crate::storage::entry::{EntryBody, Verdict};
use crate::types::{CaseState, Day, Epoch, Value};

#[derive(Clone, Debug)]
pub struct VerdictRequest {
    pub agency: Agency,
    pub idempotency_key: Option<String>,
    pub body_hash: [u8; 32],
    pub clue: ClueId,
    pub state: CaseState,
    pub note: Option<String>,
    /// The clue was seen as it was then.
    pub seen: Option<Epoch>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerdictAnswer {
    pub epoch: Epoch,
    /// As it was said; what rules made of it in the same epoch is in the stream.
    pub state: CaseState,
    pub replayed: bool,
}

impl Engine {
    pub fn verdict(&mut self, request: VerdictRequest, reply: VerdictReply) -> Result<(), Failure> {
        let shared = self.world.shared.clone();
        let asker = Asker::new(&shared, &request.agency, request.idempotency_key.as_deref(), reply);
        if let Some(answer) = self.said_before(&request)? {
            self.count_replayed(&answer);
            asker.answer(answer);
            return Ok(());
        }
        let day = self.day();
        let judged = judge(&shared.read(), request, day);
        let verdict = match judged {
            Ok(verdict) => verdict,
            Err(error) => {
                asker.answer(Err(error));
                return Ok(());
            }
        };
        let state = verdict.state;
        let body = EntryBody::Verdict(verdict);
        if !self.has_room(bytes_at_most(&body)) {
            asker.answer(Err(EngineError::DiskFull));
            return Ok(());
        }
        self.commit(vec![body])?;
        asker.answer(Ok(VerdictAnswer { epoch: self.journal.epoch(), state, replayed: false }));
        Ok(())
    }

    /// The same key and body: the same answer.
    fn said_before(&mut self, request: &VerdictRequest) -> Result<Option<Result<VerdictAnswer, EngineError>>, Failure> {
        let found = self.under_key(&request.agency, request.idempotency_key.as_deref())?;
        Ok(found.map(|found| match found? {
            (epoch, EntryBody::Verdict(verdict)) if verdict.body_hash == request.body_hash => {
                Ok(VerdictAnswer { epoch, state: verdict.state, replayed: true })
            }
            _ => Err(EngineError::KeyReused),
        }))
    }
}

/// As it will stand in the journal; nothing is changed here.
fn judge(view: &View, request: VerdictRequest, day: Day) -> Result<Verdict, EngineError> {
    let VerdictRequest { agency, idempotency_key, body_hash, clue, state, note, seen } = request;
    let (now, (rule, key)) = view.clues.get(&clue).zip(view.clues.key(&clue)).ok_or(EngineError::NoSuchClue)?;
    if seen.is_some_and(|seen| now.changed > seen) {
        return Err(EngineError::ClueChanged);
    }
    // A case that was begun is brought to its end, also when what it was about was mended.
    if now.machine == Machine::Withdrawn && !view.clues.is_judged(&clue) {
        return Err(EngineError::ClueWithdrawn);
    }
    if !state.may_follow(now.state) {
        return Err(EngineError::OutOfOrder { before: now.state });
    }
    // Which texts of rules come from personal cells nobody knows.
    let personal = key.values().iter().map(|value| matches!(value, Value::Symbol(_))).collect();
    Ok(Verdict {
        agency: agency.as_str().to_string(),
        idempotency_key,
        body_hash,
        relation: rule.to_string(),
        key: key.clone(),
        personal,
        state,
        note,
        day,
    })
}
