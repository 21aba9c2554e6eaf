//! [`bytes_at_most`]: how large an entry can become, before it is encoded and without sealing anything: so that one that would not fit
//! into the journal is refused to its sender, and a group ends before it grows too large.
//!
//! Promises: never less than the encoded entry has, its schema left out; for usual rows less than three times as much.

use super::entry::{Batch, EntryBody, Install, NetChange, Verdict};
use crate::types::{Row, Value};
use std::collections::HashSet;

/// The largest integer, and the length before a text or a list.
const INTEGER: usize = 9;
/// Tag, tag inside, key number, length, nonce, authenticator.
const SEAL: usize = 1 + 1 + 5 + INTEGER + 24 + 16;
/// Layout, wall time, hash of the schema, and what says whether the schema follows, with its length.
const PREAMBLE: usize = 1 + INTEGER + 32 + 1 + INTEGER;
/// Of a change but its row and repairs: names by number, insert, line, lengths.
const CHANGE: usize = 5 + 1 + 5 + INTEGER + 6 + 2 * INTEGER;

pub fn bytes_at_most(body: &EntryBody) -> usize {
    PREAMBLE
        + match body {
            EntryBody::Install(install) => install_bytes(install),
            EntryBody::Batch(batch) => batch_bytes(batch),
            EntryBody::Clock(changes) => changes_bytes(changes),
            EntryBody::Suspended { code, .. } => text(code) + INTEGER,
            EntryBody::Resumed => 0,
            EntryBody::Verdict(verdict) => verdict_bytes(verdict),
        }
}

fn install_bytes(install: &Install) -> usize {
    let Install { speaker, pack, version, hash, files, changes } = install;
    let files: usize = files.iter().map(|(name, body)| text(name) + text(body)).sum();
    text(speaker) + text(pack) + text(version) + hash.len() + INTEGER + files + changes_bytes(changes)
}

fn batch_bytes(batch: &Batch) -> usize {
    let Batch { agency, idempotency_key, body_hash, changes, refusals, mended, receipt: _ } = batch;
    let refusal = |r: &super::entry::Refusal| {
        2 * INTEGER + text(&r.relation) + text(&r.op) + text(&r.code) + text(&r.pointer) + key(&r.key)
    };
    let refusals: usize = refusals.iter().map(refusal).sum();
    let mended: usize = mended.iter().map(|m| text(&m.relation) + text(&m.op) + key(&m.key)).sum();
    let head = text(agency) + 1 + idempotency_key.as_deref().map_or(0, text) + body_hash.len();
    head + changes_bytes(changes) + INTEGER + refusals + INTEGER + mended + 3 * INTEGER
}

fn verdict_bytes(verdict: &Verdict) -> usize {
    let Verdict { agency, idempotency_key, body_hash, relation, key: of, personal, state: _, note, day: _ } = verdict;
    let sealed = SEAL * personal.iter().filter(|personal| **personal).count();
    let note = note.as_deref().map_or(0, |note| SEAL + 1 + text(note));
    let head = text(agency) + 1 + idempotency_key.as_deref().map_or(0, text) + body_hash.len();
    head + text(relation) + key(of) + sealed + 2 + 1 + note + INTEGER
}

fn changes_bytes(changes: &[NetChange]) -> usize {
    let mut names: HashSet<&str> = HashSet::new();
    let mut bytes = 2 * INTEGER;
    for change in changes {
        names.extend([change.relation.as_str(), change.asserter.as_str()]);
        names.extend(change.source.as_deref());
        let cells = change.row.iter().zip(&change.personal).map(|(value, personal)| cell(value) + usize::from(*personal) * SEAL);
        let repaired = change.repaired.iter().map(|(_, as_sent)| 5 + SEAL + 1 + text(as_sent));
        bytes += CHANGE + cells.sum::<usize>() + repaired.sum::<usize>();
    }
    bytes + names.into_iter().map(text).sum::<usize>()
}

fn key(key: &Row) -> usize {
    INTEGER + key.values().iter().map(cell).sum::<usize>()
}

fn cell(value: &Value) -> usize {
    1 + match value {
        Value::Symbol(words) => text(words),
        Value::Absent => 0,
        Value::Number(_) | Value::Unsigned(_) | Value::Float(_) | Value::Date(_) | Value::Datetime(_) => INTEGER,
        Value::Record(_) | Value::Adt(_) => 0,
    }
}

fn text(text: &str) -> usize {
    INTEGER + text.len()
}

#[cfg(test)]
mod tests {
    use super::super::codec::{KnownSchema, encode};
    use super::super::entry::{Entry, Mended, Receipt, Refusal, Verdict};
    use super::super::schema::{ColumnSchema, RelationSchema, Schema};
    use super::super::seal::Keyring;
    use super::*;
    use crate::types::{CaseState, Dismissal, Epoch, Kind};
    use std::collections::BTreeMap;

    fn schema() -> KnownSchema {
        let column = |personal| ColumnSchema {
            name: "c".to_string(),
            type_name: "t".to_string(),
            kind: Kind::Symbol,
            optional: true,
            personal,
        };
        let relation = RelationSchema {
            name: "r".to_string(),
            columns: [true, true, false, false, false].map(column).to_vec(),
            key: Vec::new(),
            owners: Vec::new(),
            by: None,
            since: None,
            clock: false,
        };
        KnownSchema::new(Schema { relations: vec![relation] }).unwrap()
    }

    fn batch(cells: [Value; 5], rows: usize, refused: usize) -> EntryBody {
        let change = NetChange {
            relation: "r".to_string(),
            insert: true,
            row: cells.to_vec(),
            personal: vec![true, true, false, false, false],
            asserter: "police:640299-01".to_string(),
            line: u64::MAX,
            source: Some("处罚.csv".to_string()),
            repaired: vec![(u32::MAX, "640299".to_string())],
        };
        let refusal = Refusal {
            line: u64::MAX,
            relation: "r".to_string(),
            op: "insert".to_string(),
            code: "key-present".to_string(),
            pointer: String::new(),
            key: Row::new(cells.to_vec()),
            day: i64::MIN,
        };
        let mended = Mended { relation: "r".to_string(), op: "insert".to_string(), key: Row::new(cells.to_vec()) };
        EntryBody::Batch(Batch {
            agency: "police:640299-01".to_string(),
            idempotency_key: Some("k".to_string()),
            body_hash: [9; 32],
            changes: vec![change; rows],
            refusals: vec![refusal; refused],
            mended: vec![mended; refused],
            receipt: Receipt { accepted: u64::MAX, changed: u64::MAX, refused: u64::MAX },
        })
    }

    #[test]
    fn an_entry_never_becomes_larger_and_seldom_a_third_as_large() {
        let (schema, keys) = (schema(), Keyring::new(BTreeMap::from([(1, Some([7; 32]))])).unwrap());
        let texts = |n: usize| Value::symbol(&"汉".repeat(n));
        let large = [texts(300), texts(0), Value::Number(i64::MIN), Value::Unsigned(u64::MAX), Value::float(0.1)];
        let usual = [texts(18), texts(3), Value::Number(5), Value::Date(19_000), texts(10)];
        for cells in [large, usual, [const { Value::Absent }; 5]] {
            for (rows, refused) in [(0, 0), (1, 0), (0, 1), (300, 40)] {
                let body = batch(cells.clone(), rows, refused);
                let bound = bytes_at_most(&body);
                let entry = Entry { epoch: Epoch(1), wall_us: i64::MIN, body };
                let bytes = encode(&entry, &keys, &schema, Some(&schema)).unwrap().1.len();
                assert!(bytes <= bound, "{bytes} of {bound} bytes: {rows} rows of {cells:?}");
                assert!(rows == 0 || bound < 3 * bytes, "{bytes} of {bound} bytes: {rows} rows of {cells:?}");
            }
        }
        let verdict = Verdict {
            agency: "procuratorate:1".to_string(),
            idempotency_key: Some("k".to_string()),
            body_hash: [9; 32],
            relation: "r".to_string(),
            key: Row::new(vec![texts(18), Value::Unsigned(u64::MAX), texts(0)]),
            personal: vec![true, false, true],
            state: CaseState::Dismissed(Dismissal::OtherWithNote),
            note: Some("汉".repeat(2_000)),
            day: i64::MIN,
        };
        let suspended = EntryBody::Suspended { code: "rows".to_string(), from: Epoch(u64::MAX) };
        for body in [EntryBody::Resumed, suspended, EntryBody::Verdict(verdict)] {
            let bound = bytes_at_most(&body);
            let entry = Entry { epoch: Epoch(1), wall_us: i64::MIN, body };
            assert!(encode(&entry, &keys, &schema, Some(&schema)).unwrap().1.len() <= bound);
        }
    }
}
