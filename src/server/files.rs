//! How many files the system lets this process open: every connection is one.
//!
//! Promises: as many are asked for as may be had; where these are too few for all connections, fewer are let in and it is said, instead of
//! a server that cannot open its own files.

use crate::limits::{MAX_CONNECTIONS, OWN_FILES};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections that may be open at once.
pub fn connections() -> usize {
    let before = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before }).is_err() {
        tracing::warn!("the system does not give more open files");
    }
    let files = getrlimit(Resource::Nofile).current;
    let fit = files.map_or(MAX_CONNECTIONS, |files| fitting(usize::try_from(files).unwrap_or(usize::MAX)));
    if fit < MAX_CONNECTIONS {
        let needed = MAX_CONNECTIONS + OWN_FILES;
        tracing::warn!(connections = fit, needed, "the limit of open files (LimitNOFILE, ulimit -n) lets fewer connections in");
    }
    fit
}

fn fitting(files: usize) -> usize {
    files.saturating_sub(OWN_FILES).clamp(1, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_left_for_the_server_itself() {
        for (files, fit) in
            [(usize::MAX, MAX_CONNECTIONS), (MAX_CONNECTIONS + OWN_FILES, MAX_CONNECTIONS), (1_024, 1_024 - OWN_FILES), (3, 1)]
        {
            assert_eq!(fitting(files), fit, "{files}");
        }
        assert!(connections() >= 1);
    }
}
