//! What the cases of a pack say of its clues: which make one open, and which of the same family do not.

use crate::cli::test::{TestError, scripts};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) struct Case {
    pub name: String,
    /// Its first line for readers.
    pub about: String,
    /// Relations of the clues that open in it.
    opens: BTreeSet<String>,
    /// Relations that its expectations name.
    names: BTreeSet<String>,
}

impl Case {
    /// The cases of a folder, by name; none if it is not there.
    pub fn all(folder: &Path) -> Result<Vec<Case>, TestError> {
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        Ok(scripts(folder)?.into_iter().map(|(name, script, expected)| Case::of(name, &script, &expected)).collect())
    }

    fn of(name: String, script: &str, expected: &str) -> Case {
        let about = script.lines().find_map(|line| line.strip_prefix('#')).unwrap_or("").trim().to_string();
        let mut case = Case { name, about, opens: BTreeSet::new(), names: BTreeSet::new() };
        for line in expected.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            if let [_, op, relation, ..] = cells.as_slice() {
                case.names.insert(relation.to_string());
                if *op == "open" {
                    case.opens.insert(relation.to_string());
                }
            }
        }
        case
    }
}

/// The cases in which clues of a relation open, and those that are named after one of them and in which none does.
pub(super) fn of<'c>(cases: &'c [Case], relation: &str) -> (Vec<&'c Case>, Vec<&'c Case>) {
    let opens: Vec<&Case> = cases.iter().filter(|case| case.opens.contains(relation)).collect();
    let family = |case: &Case| opens.iter().any(|of| case.name.strip_prefix(&of.name).is_some_and(|rest| rest.starts_with('-')));
    let silent = cases.iter().filter(|case| !case.names.contains(relation) && family(case)).collect();
    (opens, silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_named_after_a_case_that_opens_a_clue() {
        let case = |name: &str, expected: &str| Case::of(name.to_string(), "# About it.\n1\tx", expected);
        let cases = [
            case("late", "1\topen\tc\tk\thint\n"),
            case("late-not", "# nothing\n"),
            case("later", ""),
            case("late-gone", "2\twithdraw\tc\tk\thint\n"),
        ];
        let (opens, silent) = of(&cases, "c");
        let names = |cases: Vec<&Case>| cases.iter().map(|case| case.name.clone()).collect::<Vec<_>>();
        assert_eq!((names(opens), names(silent)), (vec!["late".to_string()], vec!["late-not".to_string()]));
        assert_eq!(cases[0].about, "About it.");
    }
}
