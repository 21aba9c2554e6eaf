//! [`Asker`]: who waits for an answer. It is given exactly once, also when the engine ends on the way.

use super::handle::Shared;
use super::queue::Reply;
use super::{BatchAnswer, BatchRequest, EngineError};
use std::sync::Arc;

pub struct Asker {
    shared: Arc<Shared>,
    /// Agency and idempotency key, which may come again once this is answered.
    key: Option<(String, String)>,
    reply: Option<Reply>,
}

impl Asker {
    pub fn new(shared: &Arc<Shared>, request: &BatchRequest, reply: Reply) -> Asker {
        let key = request.idempotency_key.clone().map(|key| (request.agency.as_str().to_string(), key));
        Asker { shared: shared.clone(), key, reply: Some(reply) }
    }

    pub fn answer(mut self, answer: Result<BatchAnswer, EngineError>) {
        self.give(answer);
    }

    fn give(&mut self, answer: Result<BatchAnswer, EngineError>) {
        if let Some((agency, key)) = self.key.take() {
            self.shared.queue.answered(&agency, &key);
        }
        if let Some(reply) = self.reply.take() {
            reply(answer);
        }
    }
}

impl Drop for Asker {
    /// Nobody answered: the write failed, or something panicked before it was through.
    fn drop(&mut self) {
        self.give(Err(EngineError::WriteFailed));
    }
}
