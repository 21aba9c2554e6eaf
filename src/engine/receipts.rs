//! [`Receipts`]: under which idempotency keys something was answered. The same key and body get the same answer for ever; what that was
//! stands in the journal, so here is only where: some forty bytes a key, whatever was refused.

use super::doubts::Doubts;
use super::repairs::Repairs;
use super::{BatchAnswer, Op, Refused};
use crate::clues::AgencyNames;
use crate::ingest::told_in_full;
use crate::program::Program;
use crate::storage::entry::{Batch, Refusal};
use crate::types::{Day, Epoch, HashName, Shards};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Of agency and key. Whoever reads the entry sees whether it is really theirs.
type Name = HashName;

#[derive(Default)]
pub struct Receipts {
    /// Shared with a snapshot that is being written.
    epochs: Shards<HashMap<Name, Epoch>>,
}

impl Receipts {
    /// The epoch of what came under this key of this agency.
    pub fn find(&self, agency: &str, key: &str) -> Option<Epoch> {
        let name = name(agency, key);
        self.epochs.of(&name).get(&name).copied()
    }

    /// Remembers what is in the journal.
    pub fn keep(&mut self, epoch: Epoch, agency: &str, key: Option<&str>) {
        if let Some(key) = key {
            self.put(name(agency, key), epoch);
        }
    }

    /// As a snapshot has it.
    pub fn put(&mut self, name: Name, epoch: Epoch) {
        self.epochs.of_mut(&name).insert(name, epoch);
    }

    /// All of them now, whatever comes.
    pub fn freeze(&self) -> VecDeque<Arc<HashMap<Name, Epoch>>> {
        self.epochs.freeze()
    }
}

fn name(agency: &str, key: &str) -> Name {
    let hash: [u8; 32] = Sha256::new().chain_update(agency).chain_update([0]).chain_update(key).finalize().into();
    *hash.first_chunk().expect("the hash is longer")
}

/// What the sender of a batch was told, told again; `program` says what the columns of its repairs are called,
/// `agencies` and `day` what of it is doubtful now.
pub fn answer_again(epoch: Epoch, batch: Batch, program: &Program, agencies: &AgencyNames, day: Day) -> BatchAnswer {
    let repairs = Repairs::of(&batch.changes, program);
    let refused = batch.refusals.into_iter().map(|refusal| refused_again(refusal, program, &batch.agency)).collect();
    let doubts = Doubts::of(&batch.changes, program, agencies, day);
    BatchAnswer { epoch, receipt: batch.receipt, refused, repairs, doubts, replayed: true }
}

/// A refusal as its sender was told; the sentence is made again from the code, the place, and the rules where they have the words.
fn refused_again(refusal: Refusal, program: &Program, agency: &str) -> Refused {
    let Refusal { line, relation, op, code, pointer, key, day: _ } = refusal;
    let declared = program.find(&relation).map(|id| program.relation(id));
    let (code, message) = told_in_full(&code, &pointer, declared, agency);
    Refused { line, relation, op: Op::from_name(&op), code, message, pointer, key }
}
