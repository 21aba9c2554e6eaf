//! Two packs over one history: what of the difference between the clues of the one and of the other is new at an epoch.
//!
//! Promises: whoever takes the lines one after the other has at each of them the whole difference at that position; the lines together
//! are no longer than what both packs changed. Two clues are the same if everything that a reader is shown of them is, except for when they
//! came and last changed, and for what people said of them.

use crate::cli::table::Table;
use crate::clues::{Clue, ClueId, EpochChanges, Machine};
use crate::engine::Moment;
use crate::server::Teller;
use crate::types::{Lang, Said};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A clue under the recorded rules and under the others; it holds under one of them at least.
#[derive(Clone, Default)]
struct Pair {
    before: Option<Arc<Clue>>,
    after: Option<Arc<Clue>>,
}

/// Rule name first: the order of all lists.
type Key = (String, ClueId);

#[derive(Default)]
pub struct Difference {
    held: BTreeMap<Key, Pair>,
    /// What of the difference was told and still is.
    told: BTreeMap<Key, Pair>,
    /// Looked at since the last line.
    touched: BTreeSet<Key>,
}

impl Pair {
    fn differs(&self) -> bool {
        !same(self.before.as_deref(), self.after.as_deref())
    }

    fn is(&self, other: &Pair) -> bool {
        same(self.before.as_deref(), other.before.as_deref()) && same(self.after.as_deref(), other.after.as_deref())
    }
}

fn same(one: Option<&Clue>, two: Option<&Clue>) -> bool {
    let shown = |clue: &Clue| {
        let Clue { title, person, agency, area, level, basis, due, reason, columns, evidence, .. } = clue;
        let texts = [title, level, basis, reason].map(String::clone);
        (texts, [person, agency, area].map(Option::clone), due.clone(), columns.clone(), *evidence)
    };
    match (one, two) {
        (Some(one), Some(two)) => shown(one) == shown(two),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl Difference {
    /// Takes in an epoch of both.
    pub fn take(&mut self, recorded: &Moment, other: &Moment) {
        for (changes, is_recorded) in [(&recorded.changes, true), (&other.changes, false)] {
            for delta in changes.iter().flat_map(|changes| &changes.clues) {
                let key = (delta.clue.rule.clone(), delta.clue.id);
                let holds = (delta.clue.machine != Machine::Withdrawn).then(|| delta.clue.clone());
                let pair = self.held.entry(key.clone()).or_default();
                *(if is_recorded { &mut pair.before } else { &mut pair.after }) = holds;
                self.touched.insert(key);
            }
        }
    }

    /// What is new since the last line; `None` if nothing is.
    pub fn line(&mut self, teller: &Teller, at: &EpochChanges) -> Option<Json> {
        let (mut before, mut after, mut changed, mut over) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for key in std::mem::take(&mut self.touched) {
            let now = self.held.get(&key).cloned().unwrap_or_default();
            if now.before.is_none() && now.after.is_none() {
                self.held.remove(&key);
            }
            let told = self.told.get(&key);
            if !now.differs() {
                if self.told.remove(&key).is_some() {
                    over.push(json!({"id": key.1.to_string(), "rule": key.0}));
                }
                continue;
            }
            if told.is_some_and(|told| told.is(&now)) {
                continue;
            }
            match (&now.before, &now.after) {
                (Some(one), Some(two)) => changed.push(json!({"before": teller.clue(one), "after": teller.clue(two)})),
                (Some(one), None) => before.push(teller.clue(one)),
                (None, Some(two)) => after.push(teller.clue(two)),
                (None, None) => {}
            }
            self.told.insert(key, now);
        }
        if [&before, &after, &changed, &over].iter().all(|list| list.is_empty()) {
            return None;
        }
        let mut line = teller.head(at);
        line["only_before"] = before.into();
        line["only_after"] = after.into();
        line["changed"] = changed.into();
        line["over"] = over.into();
        Some(line)
    }

    /// How the two stand at the end, by rule.
    pub fn table(&self, lang: Lang) -> Table {
        let head = match lang {
            Lang::En => ["rule", "same", "only before", "only after", "changed"],
            Lang::Zh => ["规则", "相同", "仅原规则", "仅另一规则包", "有变化"],
        };
        let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for ((rule, _), pair) in &self.held {
            let of_rule = counts.entry(rule).or_default();
            match (&pair.before, &pair.after) {
                (None, None) => {}
                (Some(_), None) => of_rule[1] += 1,
                (None, Some(_)) => of_rule[2] += 1,
                (Some(_), Some(_)) => of_rule[if pair.differs() { 3 } else { 0 }] += 1,
            }
        }
        let mut table = Table::new(&head, &[1, 2, 3, 4]);
        for (rule, of_rule) in counts.into_iter().filter(|(_, of_rule)| of_rule.iter().any(|count| *count > 0)) {
            table.push([vec![rule.to_string()], of_rule.iter().map(usize::to_string).collect()].concat());
        }
        table
    }
}

/// What stands above the table.
pub fn caption() -> Said {
    Said::new(
        "clues at the end, under the recorded rules (before) and the others (after):",
        "结束时的线索，对比原规则与另一规则包：",
    )
}
