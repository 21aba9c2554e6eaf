//! [`AgencyNames`]: what agencies are called, as of the epoch that is being shown, so that the text of a clue is the same after a replay.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Names by code, from the rows of the relation `agency(code, name, …)` if the rules have one.
#[derive(Clone, Debug, Default)]
pub struct AgencyNames {
    names: BTreeMap<Arc<str>, Arc<str>>,
}

impl AgencyNames {
    /// The relation and its columns.
    pub const RELATION: &str = "agency";
    pub const CODE: &str = "code";
    pub const NAME: &str = "name";

    /// The name, or the code itself where there is none.
    pub fn of<'a>(&'a self, code: &'a str) -> &'a str {
        self.names.get(code).filter(|name| !name.is_empty()).map_or(code, |name| name)
    }

    pub fn insert(&mut self, code: &Arc<str>, name: &Arc<str>) {
        self.names.insert(code.clone(), name.clone());
    }

    /// Takes away a name only if it is the present one: a change of name is a removal and an insertion in any order.
    pub fn remove(&mut self, code: &str, name: &str) {
        if self.names.get(code).is_some_and(|present| &**present == name) {
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
}
