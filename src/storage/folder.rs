//! What a data folder is called by: the names in it that are ours.

use super::parts::first_of;
use super::snapshot::is_snapshot;
use super::timelines;

/// Is a journal in this folder, or what is left of one?
pub fn has_journal<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    names.into_iter().any(|name| first_of(name).is_some())
}

/// Is this a folder of somebody else? One with a journal, or with nothing but what a start leaves behind, is not.
pub fn is_foreign<'n>(names: impl IntoIterator<Item = &'n str>) -> bool {
    let mut strange = false;
    for name in names {
        if first_of(name).is_some() {
            return false;
        }
        strange |= !(name == "lock"
            || name == "keys"
            || name == "cursors"
            || name == "cursors.new"
            || name == timelines::NAME
            || name.strip_suffix(".new") == Some(timelines::NAME)
            || name.starts_with("journal.")
            || name.starts_with("deltas-")
            || is_snapshot(name));
    }
    strange
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_ours_if_it_is_empty_or_has_a_journal() {
        for ours in [
            &[][..],
            &["lock", "keys"],
            &["journal", "notes.txt"],
            &["journal-0000000000000007", "a"],
            &["journal.new", "keys"],
            &["deltas-0.1.0"],
        ] {
            assert!(!is_foreign(ours.iter().copied()), "{ours:?}");
        }
        for foreign in [&["notes.txt"][..], &["keys", "Documents"], &["journals"], &["journal-of-2022"]] {
            assert!(is_foreign(foreign.iter().copied()), "{foreign:?}");
        }
    }
}
