//! [`Refusals`]: lines of agencies that were refused and are not mended yet. Rules read them as the relation `refused`.
//!
//! A refusal ends when that agency has a row accepted under its key, or replaces the table; that of a retraction also with a retraction
//! under its key, and that of a row that was not there (`absent`) with the next batch that takes a row of that relation back and of which
//! nothing is refused: it was another key that was meant. A second one under the same key and operation renews it. One under which no row
//! need ever come (its key could not be read or may not be told, the line named another agency as its sender, or took back what was not
//! there) ends besides on a later day, with a batch that brings rows of that relation and of which nothing is refused: not on the same day,
//! since the parts of one file would end what the part before them left open. All of it follows from the entries, so a replay ends with the
//! same refusals.

use crate::ingest::{Op, refusal};
use crate::limits::OPEN_REFUSALS;
use crate::storage::entry::{Batch, Mended, Refusal};
use crate::types::{Change, Epoch, Kind, Row, Value, key_text};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What was refused: relation, key, operation. The key may be empty, where it could not be read or is personal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RefusedKey {
    pub relation: String,
    pub key: Row,
    pub op: String,
}

/// A refusal that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenRefusal {
    pub code: String,
    pub pointer: String,
    pub line: u64,
    /// The civil day on which it was (last) refused.
    pub day: i64,
    pub epoch: Epoch,
}

type OfAgency = BTreeMap<RefusedKey, OpenRefusal>;

#[derive(Clone, Default)]
pub struct Refusals {
    /// Shared with a snapshot that is being written.
    agencies: BTreeMap<String, Arc<OfAgency>>,
}

impl Refusals {
    /// The relation that rules may declare as `.input` to read open refusals: agency, relation, key, op, day.
    pub const RELATION: &str = "refused";
    pub const KINDS: [Kind; 5] = [Kind::Symbol, Kind::Symbol, Kind::Symbol, Kind::Symbol, Kind::Date];

    pub fn iter(&self) -> impl Iterator<Item = (&str, &RefusedKey, &OpenRefusal)> {
        self.agencies.iter().flat_map(|(agency, open)| open.iter().map(|(key, refusal)| (agency.as_str(), key, refusal)))
    }

    /// Of which there are any.
    pub fn agencies(&self) -> impl Iterator<Item = &str> {
        self.agencies.keys().map(String::as_str)
    }

    pub fn of_agency(&self, agency: &str) -> impl Iterator<Item = (&RefusedKey, &OpenRefusal)> {
        self.agencies.get(agency).into_iter().flat_map(|open| open.iter())
    }

    pub fn len(&self) -> usize {
        self.agencies.values().map(|open| open.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.agencies.is_empty()
    }

    /// Takes in a batch; the net change of the relation `refused`, ordered.
    pub fn apply(&mut self, epoch: Epoch, batch: &Batch) -> Vec<Change> {
        if batch.refusals.is_empty() && batch.mended.is_empty() {
            return Vec::new();
        }
        let open = Arc::make_mut(self.agencies.entry(batch.agency.clone()).or_default());
        let mut touched: BTreeMap<RefusedKey, Option<i64>> = BTreeMap::new();
        for refusal in &batch.refusals {
            let key = RefusedKey::of(refusal);
            let was = open.insert(key.clone(), OpenRefusal::of(epoch, refusal));
            touched.entry(key).or_insert(was.map(|was| was.day));
        }
        for mended in &batch.mended {
            let key = RefusedKey { relation: mended.relation.clone(), key: mended.key.clone(), op: mended.op.clone() };
            if let Some(was) = open.remove(&key) {
                touched.entry(key).or_insert(Some(was.day));
            }
        }
        for (key, day) in over_limit(open) {
            touched.entry(key).or_insert(Some(day));
        }
        let mut changes = Vec::new();
        for (key, was) in touched {
            let is = open.get(&key).map(|refusal| refusal.day);
            if was != is {
                let row = |day: i64| row(&batch.agency, &key, day);
                changes.extend(was.map(|day| Change { row: row(day), diff: -1 }));
                changes.extend(is.map(|day| Change { row: row(day), diff: 1 }));
            }
        }
        if open.is_empty() {
            self.agencies.remove(&batch.agency);
        }
        changes.sort();
        changes
    }

    /// One that is open, as a snapshot has it.
    pub fn put(&mut self, agency: &str, key: RefusedKey, refusal: OpenRefusal) {
        Arc::make_mut(self.agencies.entry(agency.to_string()).or_default()).insert(key, refusal);
    }

    /// All rows of the relation `refused`.
    pub fn rows(&self) -> Vec<Row> {
        self.iter().map(|(agency, key, refusal)| row(agency, key, refusal.day)).collect()
    }
}

/// The oldest beyond the limit, removed.
fn over_limit(open: &mut OfAgency) -> Vec<(RefusedKey, i64)> {
    let too_many = open.len().saturating_sub(OPEN_REFUSALS);
    if too_many == 0 {
        return Vec::new();
    }
    let mut by_age: Vec<(Epoch, u64, RefusedKey)> =
        open.iter().map(|(key, refusal)| (refusal.epoch, refusal.line, key.clone())).collect();
    by_age.sort();
    by_age.truncate(too_many);
    by_age.into_iter().filter_map(|(_, _, key)| open.remove(&key).map(|refusal| (key, refusal.day))).collect()
}

fn row(agency: &str, key: &RefusedKey, day: i64) -> Row {
    let texts = [agency, &key.relation, &key_text(key.key.values()), &key.op].map(Value::symbol);
    Row::new(texts.into_iter().chain([Value::Date(day)]).collect())
}

impl RefusedKey {
    fn of(refusal: &Refusal) -> RefusedKey {
        RefusedKey { relation: refusal.relation.clone(), key: refusal.key.clone(), op: refusal.op.clone() }
    }
}

impl OpenRefusal {
    fn of(epoch: Epoch, refusal: &Refusal) -> OpenRefusal {
        let Refusal { code, pointer, line, day, .. } = refusal.clone();
        OpenRefusal { code, pointer, line, day, epoch }
    }
}

/// One line of a batch, in order, as far as refusals care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Refused,
    /// Accepted, and not a retraction: it mends.
    Accepted,
    /// A retraction that was accepted: it mends those before it.
    TakenBack,
}

/// What a batch was as a whole.
#[derive(Default)]
pub struct Delivery<'a> {
    /// The relation that it replaced as a whole, where only its own refusals remain.
    pub replaced: Option<&'a str>,
    /// The relations of which it brought rows, if nothing of it was refused; else none.
    pub clean: BTreeSet<&'a str>,
    /// Those of which it took rows back, likewise.
    pub taken_back: BTreeSet<&'a str>,
    pub day: i64,
}

impl Delivery<'_> {
    fn ends(&self, key: &RefusedKey, refusal: &OpenRefusal) -> bool {
        let relation = key.relation.as_str();
        // Of a line that could not be read at all nobody knows the relation.
        let is_clean = !self.clean.is_empty() && (relation.is_empty() || self.clean.contains(relation));
        let is_absent = refusal.code == refusal::ABSENT;
        let stays = key.key.values().is_empty() || refusal.code == refusal::NOT_YOURSELF || is_absent;
        let was_meant = is_absent && self.taken_back.contains(relation);
        self.replaced == Some(relation) || was_meant || (stays && is_clean && refusal.day < self.day)
    }
}

/// Refusals that hold, by relation and by what their keys mean.
type Standing = HashMap<(String, Row), Vec<RefusedKey>>;

/// Which refusals are over after a batch: those of earlier batches (`open`) and those of its own lines, in the order of lines. `meaning`
/// says what a key means, however it is spelled: a row in one spelling ends what was refused in another.
pub fn mended(
    open: &Refusals,
    agency: &str,
    delivery: &Delivery,
    meaning: impl Fn(&RefusedKey) -> Row,
    lines: impl IntoIterator<Item = (RefusedKey, Outcome)>,
) -> Vec<Mended> {
    let (mut standing, mut over) = (Standing::default(), BTreeSet::new());
    for (key, refusal) in open.of_agency(agency) {
        if delivery.ends(key, refusal) {
            over.insert(key.clone());
        } else {
            standing.entry((key.relation.clone(), meaning(key))).or_default().push(key.clone());
        }
    }
    for (key, outcome) in lines {
        let at = (key.relation.clone(), meaning(&key));
        match outcome {
            Outcome::Refused => {
                over.remove(&key);
                standing.entry(at).or_default().push(key);
            }
            Outcome::Accepted => over.extend(standing.remove(&at).into_iter().flatten()),
            Outcome::TakenBack => {
                let held = standing.remove(&at).into_iter().flatten();
                let (ended, rest): (Vec<_>, Vec<_>) = held.partition(|refused| refused.op == Op::Retract.name());
                over.extend(ended);
                if !rest.is_empty() {
                    standing.insert(at, rest);
                }
            }
        }
    }
    over.into_iter().map(|RefusedKey { relation, key, op }| Mended { relation, op, key }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::entry::Receipt;

    fn as_it_is(key: &RefusedKey) -> Row {
        key.key.clone()
    }

    fn told(key: &str) -> Row {
        Row::new(if key.is_empty() { Vec::new() } else { vec![Value::symbol(key)] })
    }

    fn key(relation: &str, key: &str, op: &str) -> RefusedKey {
        RefusedKey { relation: relation.to_string(), key: told(key), op: op.to_string() }
    }

    fn batch(refused: &[(&str, &str, &str)], mended: Vec<Mended>, day: i64) -> Batch {
        let refusal = |(line, (relation, key, op)): (usize, &(&str, &str, &str))| Refusal {
            line: line as u64 + 1,
            relation: relation.to_string(),
            op: op.to_string(),
            code: "key-present".to_string(),
            pointer: String::new(),
            key: told(key),
            day,
        };
        Batch {
            agency: "police:1".to_string(),
            idempotency_key: None,
            body_hash: [0; 32],
            changes: Vec::new(),
            refusals: refused.iter().enumerate().map(refusal).collect(),
            mended,
            receipt: Receipt::default(),
        }
    }

    fn changes(rows: &[(&str, &str, i64, i64)]) -> Vec<Change> {
        let one =
            |(k, op, day, diff): &(&str, &str, i64, i64)| Change { row: row("police:1", &key("r", k, op), *day), diff: *diff };
        rows.iter().map(one).collect()
    }

    #[test]
    fn a_refusal_opens_is_renewed_and_ends() {
        let mut open = Refusals::default();
        assert_eq!(open.apply(Epoch(1), &batch(&[("r", "k", "insert")], vec![], 5)), changes(&[("k", "insert", 5, 1)]));
        assert_eq!(open.apply(Epoch(2), &batch(&[("r", "k", "insert")], vec![], 5)), []);
        let renewed = open.apply(Epoch(3), &batch(&[("r", "k", "insert")], vec![], 9));
        assert_eq!(renewed, changes(&[("k", "insert", 5, -1), ("k", "insert", 9, 1)]));
        assert_eq!(open.rows().len(), 1);
        let over = mended(&open, "police:1", &Delivery::default(), as_it_is, [(key("r", "k", ""), Outcome::Accepted)]);
        assert_eq!(open.apply(Epoch(4), &batch(&[], over, 9)), changes(&[("k", "insert", 9, -1)]));
        assert!(open.is_empty());
    }

    #[test]
    fn the_order_of_lines_decides_inside_a_batch() {
        let open = Refusals::default();
        let (refused, accepted) = ((key("r", "k", "insert"), Outcome::Refused), (key("r", "k", ""), Outcome::Accepted));
        assert_eq!(mended(&open, "police:1", &Delivery::default(), as_it_is, [refused.clone(), accepted.clone()]).len(), 1);
        assert_eq!(mended(&open, "police:1", &Delivery::default(), as_it_is, [accepted, refused]), []);
        // Refused and mended in one batch: nobody ever sees it open.
        let mut open = open;
        let over = vec![Mended { relation: "r".into(), op: "insert".into(), key: told("k") }];
        assert_eq!(open.apply(Epoch(1), &batch(&[("r", "k", "insert")], over, 5)), []);
    }

    #[test]
    fn a_row_mends_its_own_key_of_its_own_agency_only() {
        let mut open = Refusals::default();
        open.apply(
            Epoch(1),
            &batch(&[("r", "k", "insert"), ("r", "k", "upsert"), ("r", "k2", "insert"), ("s", "k", "insert")], vec![], 5),
        );
        let accepted = [(key("r", "k", ""), Outcome::Accepted)];
        assert_eq!(mended(&open, "police:2", &Delivery::default(), as_it_is, accepted.clone()), []);
        let ops: Vec<String> =
            mended(&open, "police:1", &Delivery::default(), as_it_is, accepted).into_iter().map(|m| m.op).collect();
        assert_eq!(ops, ["insert", "upsert"]);
    }

    #[test]
    fn keys_whose_texts_run_together_are_two() {
        let (one, other) = (["a|b", "c"], ["a", "b|c"]);
        let key = |texts: [&str; 2]| Row::new(texts.map(Value::symbol).to_vec());
        let mut both = batch(&[("r", "", "insert"), ("r", "", "insert")], vec![], 5);
        (both.refusals[0].key, both.refusals[1].key) = (key(one), key(other));
        let mut open = Refusals::default();
        assert_eq!(open.apply(Epoch(1), &both).len(), 2);
        assert_eq!(open.rows().into_iter().collect::<BTreeSet<_>>().len(), 2, "also in the eyes of rules");
        let accepted = (RefusedKey { relation: "r".into(), key: key(one), op: String::new() }, Outcome::Accepted);
        assert_eq!(mended(&open, "police:1", &Delivery::default(), as_it_is, [accepted])[0].key, key(one));
    }

    #[test]
    fn replacing_the_table_mends_all_of_it_but_its_own_lines() {
        let mut open = Refusals::default();
        open.apply(Epoch(1), &batch(&[("r", "a", "insert"), ("r", "", "insert"), ("s", "a", "insert")], vec![], 5));
        let over = mended(
            &open,
            "police:1",
            &Delivery { replaced: Some("r"), ..Delivery::default() },
            as_it_is,
            [(key("r", "a", "insert"), Outcome::Refused)],
        );
        assert_eq!(over, [Mended { relation: "r".into(), op: "insert".into(), key: Row::default() }]);
    }

    #[test]
    fn what_no_row_can_mend_ends_on_a_later_day_with_a_clean_delivery() {
        let mut open = Refusals::default();
        let mut lines = batch(
            &[("r", "", "upsert"), ("", "", ""), ("s", "", "upsert"), ("r", "k", "upsert"), ("r", "k2", "upsert")],
            vec![],
            5,
        );
        lines.refusals[4].code = refusal::NOT_YOURSELF.to_string();
        open.apply(Epoch(1), &lines);
        let over = |clean: &[&'static str], day| {
            let delivery = Delivery { clean: clean.iter().copied().collect(), day, ..Delivery::default() };
            mended(&open, "police:1", &delivery, as_it_is, []).into_iter().map(|m| (m.relation, m.key)).collect::<Vec<_>>()
        };
        assert_eq!(over(&["r"], 5), [], "another part of the same file");
        assert_eq!(over(&[], 6), [], "something was refused");
        let of = |relation: &str, key: &str| (relation.to_string(), told(key));
        assert_eq!(over(&["r"], 6), [of("", ""), of("r", ""), of("r", "k2")]);
        assert_eq!(over(&["t"], 6), [of("", "")]);
        let accepted = mended(&open, "police:1", &Delivery::default(), as_it_is, [(key("r", "k2", ""), Outcome::Accepted)]);
        assert_eq!(accepted[0].key, told("k2"), "under its own name");
    }

    #[test]
    fn the_oldest_are_let_go_beyond_the_limit() {
        let mut open = Refusals::default();
        let keys: Vec<String> = (0..OPEN_REFUSALS).map(|n| format!("k{n:06}")).collect();
        let lines: Vec<(&str, &str, &str)> = keys.iter().map(|k| ("r", k.as_str(), "insert")).collect();
        assert_eq!(open.apply(Epoch(1), &batch(&lines, vec![], 5)).len(), OPEN_REFUSALS);
        let one_over = open.apply(Epoch(2), &batch(&[("r", "z", "insert")], vec![], 6));
        assert_eq!(one_over, changes(&[("k000000", "insert", 5, -1), ("z", "insert", 6, 1)]));
        assert_eq!(open.len(), OPEN_REFUSALS);
    }
}
