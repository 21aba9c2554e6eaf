//! Room on the disk. Whoever sends more than there is room for is told to come back, before anything is written: a full disk then is
//! no failed write, reading goes on, and so does writing as soon as there is room again. A start that finds no room waits for it in the
//! same way: what was read can be read.
//!
//! Must not know what is to be written. A disk that cannot tell its room, and one that somebody else fills between the look and the
//! write, end as any failed write does; only a start tries again.

use super::ask::Asker;
use super::commit::Engine;
use super::failure::Failure;
use super::handle::Shared;
use super::queue::Taken;
use super::{EngineError, Phase};
use crate::limits::{DISK_LOOK, DISK_RESERVE};
use crate::storage::bytes_at_most;
use crate::storage::entry::EntryBody;
use std::sync::Arc;

impl Engine {
    /// Is there room for entries of so many bytes? Twice, because a start after a crash writes the last group once more beside itself.
    pub(super) fn has_room(&mut self, bytes: usize) -> bool {
        let needed = 2 * bytes as u64 + DISK_RESERVE;
        let room = self.world.shared.free_bytes().is_none_or(|free| free >= needed);
        if !room && !self.disk_full {
            tracing::error!(needed, "the disk is full; records are refused until there is room");
        }
        if room && self.disk_full {
            tracing::info!("the disk has room again; records are taken");
        }
        self.disk_full = !room;
        room
    }

    /// What a start has to say, once there is room for so many bytes.
    pub(super) fn await_room(&mut self, bytes: usize) -> Result<(), Failure> {
        let shared = self.world.shared.clone();
        let open = self.world.rules().is_some().then(|| self.open_phase());
        await_room(&shared, open, || Ok(self.has_room(bytes).then_some(())))
    }

    /// What a start has to say goes to the journal once there is room for it.
    pub(super) fn commit_with_room(&mut self, bodies: Vec<EntryBody>) -> Result<(), Failure> {
        self.await_room(bodies.iter().map(bytes_at_most).sum())?;
        self.commit(bodies)
    }
}

/// Tries until there is room: `attempt` gives nothing where there was none. Meanwhile what was read can be read, in the phase `open` (`None`:
/// there are no rules yet, and nothing to be shown), and whoever wants to write is told that the disk is full.
pub(super) fn await_room<T>(
    shared: &Arc<Shared>,
    open: Option<Phase>,
    mut attempt: impl FnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    if let Some(done) = attempt()? {
        return Ok(done);
    }
    let before = shared.phase();
    tracing::error!("the disk is full: the start waits for room, and reading goes on");
    shared.set_waiting(true);
    if let Some(open) = open {
        let program = shared.read().program.clone();
        shared.set_program(program);
        shared.set_phase(open);
    }
    loop {
        turn_away(shared, shared.queue.take(DISK_LOOK))?;
        if let Some(done) = attempt()? {
            tracing::info!("the disk has room; the start goes on");
            // Nobody is let in while it does.
            shared.set_phase(before);
            shared.set_waiting(false);
            return Ok(done);
        }
    }
}

fn turn_away(shared: &Arc<Shared>, taken: Taken) -> Result<(), Failure> {
    let full = || EngineError::DiskFull;
    match taken {
        Taken::Batches(waiting) => {
            for (request, reply) in waiting {
                Asker::new(shared, &request.agency, request.idempotency_key.as_deref(), reply).answer(Err(full()));
            }
        }
        Taken::Verdict(request, reply) => {
            Asker::new(shared, &request.agency, request.idempotency_key.as_deref(), reply).answer(Err(full()));
        }
        Taken::Clock(_, reply) | Taken::Snapshot(reply) => reply(Err(full())),
        Taken::Nothing => {}
        Taken::Closed => return Err(Failure::Stopped),
    }
    Ok(())
}
