//! [`AgencyNames`]: what agencies are called, as of the epoch that is being shown, so that the text of a clue is the same after a replay.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Names by code, from the rows of the relation `agency(code, name, …)` if the rules have one. Where rows give one code several names, the
/// least counts: which came last, nobody could tell from the rows.
#[derive(Clone, Debug, Default)]
pub struct AgencyNames {
    /// In how many rows each name stands.
    names: BTreeMap<Arc<str>, BTreeMap<Arc<str>, i64>>,
}

impl AgencyNames {
    /// The relation and its columns.
    pub const RELATION: &str = "agency";
    pub const CODE: &str = "code";
    pub const NAME: &str = "name";

    /// The name, or the code itself where there is none.
    pub fn of<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).and_then(|names| names.keys().find(|name| !name.is_empty())).map_or(code, |name| name)
    }

    /// Has the code a row?
    pub fn knows(&self, code: &str) -> bool {
        self.names.contains_key(code)
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn insert(&mut self, code: &Arc<str>, name: &Arc<str>) {
        self.count(code, name, 1);
    }

    /// One row less; a change of name is a removal and an insertion in any order.
    pub fn remove(&mut self, code: &Arc<str>, name: &Arc<str>) {
        self.count(code, name, -1);
    }

    fn count(&mut self, code: &Arc<str>, name: &Arc<str>, by: i64) {
        let names = self.names.entry(code.clone()).or_default();
        let count = names.entry(name.clone()).or_default();
        *count += by;
        if *count == 0 {
            names.remove(name);
        }
        if names.is_empty() {
            self.names.remove(code);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renaming_ends_with_the_new_name_in_any_order() {
        let (code, old, new): (Arc<str>, Arc<str>, Arc<str>) = ("police:1".into(), "旧".into(), "新".into());
        let mut names = AgencyNames::default();
        assert_eq!(names.of("police:1"), "police:1");
        names.insert(&code, &old);
        names.insert(&code, &new);
        names.remove(&code, &old);
        assert_eq!(names.of("police:1"), "新");
        names.remove(&code, &new);
        names.insert(&code, &old);
        assert_eq!(names.of("police:1"), "旧");
    }

    #[test]
    fn what_is_shown_follows_from_the_rows_and_not_from_their_order() {
        let (code, one, other): (Arc<str>, Arc<str>, Arc<str>) = ("police:1".into(), "乙".into(), "甲".into());
        let (mut names, mut again) = (AgencyNames::default(), AgencyNames::default());
        [&one, &other, &one].into_iter().for_each(|name| names.insert(&code, name));
        [&other, &one, &one].into_iter().for_each(|name| again.insert(&code, name));
        assert_eq!(names.of("police:1"), again.of("police:1"));
        // Another row says the same: one of them may go.
        names.remove(&code, &other);
        names.remove(&code, &one);
        assert_eq!(names.of("police:1"), "乙");
    }
}
