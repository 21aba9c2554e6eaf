//! [`Asker`]: who waits for an answer. It is given exactly once, also when the engine ends on the way.

use super::EngineError;
use super::handle::Shared;
use super::queue::Answered;
use crate::security::Agency;
use std::sync::Arc;

pub struct Asker<T> {
    shared: Arc<Shared>,
    /// Agency and idempotency key, which may come again once this is answered.
    key: Option<(String, String)>,
    reply: Option<Answered<T>>,
}

impl<T> Asker<T> {
    pub fn new(shared: &Arc<Shared>, agency: &Agency, key: Option<&str>, reply: Answered<T>) -> Asker<T> {
        let key = key.map(|key| (agency.as_str().to_string(), key.to_string()));
        Asker { shared: shared.clone(), key, reply: Some(reply) }
    }

    pub fn answer(mut self, answer: Result<T, EngineError>) {
        self.give(answer);
    }

    fn give(&mut self, answer: Result<T, EngineError>) {
        if let Some((agency, key)) = self.key.take() {
            self.shared.queue.answered(&agency, &key);
        }
        if let Some(reply) = self.reply.take() {
            reply(answer);
        }
    }
}

impl<T> Drop for Asker<T> {
    /// Nobody answered: the write failed, or something panicked before it was through.
    fn drop(&mut self) {
        self.give(Err(EngineError::WriteFailed));
    }
}
