//! [`Receipts`]: what was answered under which idempotency key. The same key and body get the same answer for ever; it is rebuilt from
//! the entries, so also after a restart.

use super::{BatchAnswer, EngineError, Op, Refused};
use crate::ingest::refusal;
use crate::storage::entry::{Batch, Receipt, Refusal};
use crate::types::{Epoch, Said};
use std::collections::HashMap;

struct Kept {
    body_hash: [u8; 32],
    epoch: Epoch,
    receipt: Receipt,
    refusals: Box<[Refusal]>,
}

#[derive(Default)]
pub struct Receipts {
    /// Keys belong to their agency.
    agencies: HashMap<String, HashMap<String, Kept>>,
}

impl Receipts {
    /// The answer given before under this key, if there was one; an error if it was for another body.
    pub fn find(&self, agency: &str, key: &str, body_hash: &[u8; 32]) -> Result<Option<BatchAnswer>, EngineError> {
        match self.agencies.get(agency).and_then(|keys| keys.get(key)) {
            None => Ok(None),
            Some(kept) if kept.body_hash != *body_hash => Err(EngineError::KeyReused),
            Some(kept) => {
                let refused = kept.refusals.iter().map(refused_again).collect();
                Ok(Some(BatchAnswer { epoch: kept.epoch, receipt: kept.receipt.clone(), refused, replayed: true }))
            }
        }
    }

    /// Remembers the answer of a batch that is in the journal.
    pub fn keep(&mut self, epoch: Epoch, batch: &Batch) {
        let Some(key) = &batch.idempotency_key else { return };
        let kept = Kept {
            body_hash: batch.body_hash,
            epoch,
            receipt: batch.receipt.clone(),
            refusals: batch.refusals.clone().into_boxed_slice(),
        };
        self.agencies.entry(batch.agency.clone()).or_default().insert(key.clone(), kept);
    }
}

/// A refusal as its sender was told; the sentence is made again from the code.
fn refused_again(refusal: &Refusal) -> Refused {
    let Refusal { line, relation, op, pointer, key, .. } = refusal.clone();
    let unknown = || ("unknown", Said::new("refused for a reason of another version", "因其他版本的原因被拒绝"));
    let (code, message) = refusal::known(&refusal.code).unwrap_or_else(unknown);
    Refused { line, relation, op: Op::from_name(&op).unwrap_or(Op::Insert), code, message, pointer, key }
}
