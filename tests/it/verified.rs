//! O2: what `huiyan verify` looks at, at the end of every test that had a server on a data folder.
//!
//! The harnesses do it when they let a server go, in whichever way it ended: [`super::engine::rig::Rig`], [`super::http::server::Server`] and
//! [`super::process::Serving`]. A test that damages the folder on purpose says why ([`Spared`]); nobody else is spared. Of a disk that falls
//! silent the test goes on with what is left, and that is verified.

use huiyan::dataflow::Budget;
use huiyan::engine::Retold;
use huiyan::storage::disk::Disk;
use huiyan::storage::{Check, State, examine};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A longer history is not evaluated again, only looked at byte for byte.
const REPLAYED: u64 = 300;

/// Folders that were verified in this run, and those of them whose history was evaluated again.
static FOLDERS: AtomicU64 = AtomicU64::new(0);
static REPLAYS: AtomicU64 = AtomicU64::new(0);

/// Why a folder is not whole when the test ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spared {
    /// The test changed bytes of it, or took files away.
    Damaged,
    /// The test counts what the disk is asked, or has it fall silent; whoever goes on with what is left verifies it.
    Faulty,
}

/// Panics with what is wrong. A folder in which nothing was begun is as good as none.
pub fn verify(disk: &Arc<dyn Disk>, dir: &Path) {
    look(disk, dir, |_| false);
}

/// The same of what the crash of a machine left, before the next start. Hashes of results are never synced, so anything may stand there; that
/// it is no damage of what anybody was told, only the start that derives them again can say.
pub fn verify_crashed(disk: &Arc<dyn Disk>, dir: &Path) {
    look(disk, dir, |check| check.what.en.starts_with("deltas-"));
}

fn look(disk: &Arc<dyn Disk>, dir: &Path, may_be: impl Fn(&Check) -> bool) {
    if !disk.list(dir).is_ok_and(|names| huiyan::storage::has_journal(names.iter().map(String::as_str))) {
        return;
    }
    let examined = examine(&**disk, dir).unwrap_or_else(|error| panic!("verify cannot read the folder: {error}"));
    let damaged = examined.checks.iter().filter(|check| matches!(check.state, State::Damaged(_)));
    let wrong: Vec<&Check> = damaged.filter(|check| !may_be(check)).collect();
    assert!(wrong.is_empty(), "verify finds: {wrong:#?}");
    FOLDERS.fetch_add(1, Ordering::Relaxed);
    let Some(journal) = examined.journal else { panic!("the journal cannot be read to its end: {:#?}", examined.checks) };
    if examined.opened && journal.from.0 <= 1 && (1..=REPLAYED).contains(&journal.epoch.0) {
        let retold = Retold { disk: disk.clone(), dir: dir.to_path_buf(), workers: 1, budget: Budget::of_machine() };
        let (past, _engine) = retold.open().unwrap_or_else(|failure| panic!("verify cannot replay: {failure}"));
        past.run(|_| ControlFlow::Continue(())).unwrap_or_else(|failure| panic!("the replay gives something else: {failure}"));
        REPLAYS.fetch_add(1, Ordering::Relaxed);
    }
    let folders = FOLDERS.load(Ordering::Relaxed);
    if folders.is_multiple_of(1_000) {
        println!("{folders} folders verified, {} of them evaluated again", REPLAYS.load(Ordering::Relaxed));
    }
}
