//! Is every format version still read? `snapshots/golden/v<N>/` holds a folder that version N wrote, with its keys; the test says what is in it.
//! A kind of entry that came later without another version has a folder of its own, with one more at its end.
//!
//! `HUIYAN_WRITE_GOLDEN=1` writes a folder of the present version where there is none.

use huiyan::storage::disk::{Disk, MemoryDisk, RealDisk};
use huiyan::storage::entry::{Batch, Entry, EntryBody, Install, Mended, NetChange, Receipt, Refusal, Verdict};
use huiyan::storage::{ColumnSchema, Journal, JournalError, RelationSchema, Schema, open, open_key, verify};
use huiyan::types::{CaseState, Dismissal, Epoch, Kind, Row, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of the second part: the random bytes of the disk of the test.
const SALT: &[u8] = &[169, 187, 97, 135];

fn folder() -> PathBuf {
    golden("v1")
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/golden").join(name)
}

/// The first version, and what has come to it since: how many of the entries each folder holds.
const FOLDERS: [(&str, usize); 2] = [("v1", 6), ("v1-verdict", 7)];

fn schema() -> Schema {
    let column = |name: &str, type_name: &str, kind| ColumnSchema {
        name: name.to_string(),
        type_name: type_name.to_string(),
        kind,
        optional: false,
        personal: false,
    };
    let personal = |column| ColumnSchema { optional: true, personal: true, ..column };
    let now = RelationSchema {
        name: "now".to_string(),
        columns: vec![column("day", "date", Kind::Date)],
        key: Vec::new(),
        owners: Vec::new(),
        by: None,
        since: None,
        clock: true,
    };
    let penalty = RelationSchema {
        name: "penalty".to_string(),
        columns: vec![
            column("organ", "AgencyCode", Kind::Symbol),
            personal(column("id_no", "symbol", Kind::Symbol)),
            personal(column("days", "number", Kind::Number)),
            column("serial", "unsigned", Kind::Unsigned),
            column("amount", "float", Kind::Float),
            column("decided", "date", Kind::Date),
            column("entered", "datetime", Kind::Datetime),
        ],
        key: vec![3, 0],
        owners: vec!["police".to_string(), "court".to_string()],
        by: Some(0),
        since: Some(5),
        clock: false,
    };
    Schema { relations: vec![now, penalty] }
}

fn clock(day: i64, insert: bool) -> NetChange {
    NetChange {
        relation: "now".to_string(),
        insert,
        row: vec![Value::Date(day)],
        personal: vec![false],
        asserter: "operator:local".to_string(),
        line: 0,
        source: None,
        repaired: Vec::new(),
    }
}

fn penalty(id_no: Value, days: Value) -> NetChange {
    NetChange {
        relation: "penalty".to_string(),
        insert: true,
        row: vec![
            Value::symbol("police:640299-01"),
            id_no,
            days,
            Value::Unsigned(u64::MAX - 1),
            Value::float(-0.5),
            Value::Date(-719_162),
            Value::Datetime(1_657_814_400_000_000),
        ],
        personal: vec![false, true, true, false, false, false, false],
        asserter: "police:640299-01".to_string(),
        line: 300,
        source: Some("处罚.csv".to_string()),
        repaired: vec![(1, " 640299199001011234".to_string())],
    }
}

/// One of every kind of entry, one of every kind of cell.
fn entries() -> Vec<Entry> {
    let entry = |epoch, body| Entry { epoch: Epoch(epoch), wall_us: 1_657_814_400_000_000 + epoch as i64, body };
    let wu = penalty(Value::symbol("640299199001011234"), Value::Number(-7));
    let gone = NetChange { insert: false, ..wu.clone() };
    vec![
        entry(
            1,
            EntryBody::Install(Install {
                speaker: "operator:local".to_string(),
                pack: "supervision".to_string(),
                version: "0.1.0".to_string(),
                hash: [0xab; 32],
                files: vec![
                    ("main.dl".to_string(), ".decl now(day: date)\n// 监督\n".to_string()),
                    ("a.dl".to_string(), String::new()),
                ],
                changes: vec![clock(19_188, true)],
            }),
        ),
        entry(
            2,
            EntryBody::Batch(Batch {
                agency: "police:640299-01".to_string(),
                idempotency_key: Some("2022-07-15/1".to_string()),
                body_hash: [0x01; 32],
                changes: vec![wu, penalty(Value::Absent, Value::Absent)],
                refusals: vec![Refusal {
                    line: 2,
                    relation: "penalty".to_string(),
                    op: "insert".to_string(),
                    code: "key-present".to_string(),
                    pointer: "/row/days".to_string(),
                    key: Row::new(vec![Value::Unsigned(1), Value::symbol("police:640299-01")]),
                    day: 19_188,
                }],
                mended: vec![Mended { relation: "penalty".to_string(), op: "upsert".to_string(), key: Row::default() }],
                receipt: Receipt { accepted: 2, changed: 2, refused: 1 },
            }),
        ),
        entry(3, EntryBody::Clock(vec![clock(19_188, false), clock(19_189, true)])),
        entry(4, EntryBody::Suspended { code: "rows".to_string(), from: Epoch(3) }),
        entry(
            5,
            EntryBody::Batch(Batch {
                agency: "operator:local".to_string(),
                idempotency_key: None,
                body_hash: [0xff; 32],
                changes: vec![gone],
                refusals: Vec::new(),
                mended: Vec::new(),
                receipt: Receipt::default(),
            }),
        ),
        entry(6, EntryBody::Resumed),
        entry(
            7,
            EntryBody::Verdict(Verdict {
                agency: "procuratorate:640299-01".to_string(),
                idempotency_key: Some("2022-07-15/2".to_string()),
                body_hash: [0x02; 32],
                relation: "notice_missing".to_string(),
                key: Row::new(vec![Value::symbol("640299199001011234"), Value::Date(19_188), Value::Absent]),
                personal: vec![true, false, false],
                state: CaseState::Dismissed(Dismissal::PaperArrivedOtherwise),
                note: Some("当面送达，640299199001011234本人在场".to_string()),
                day: 19_188,
            }),
        ),
    ]
}

/// The journal with the first entries, on a disk in memory.
fn written(memory: &MemoryDisk, inside: &Path, count: usize) -> Journal {
    let recovered = open(Arc::new(memory.clone()), inside).expect("the folder is new");
    open_key(memory, inside, "position").expect("the folder is new");
    let mut journal = recovered.replay(|_| Ok::<_, JournalError>(())).expect("the folder is new");
    journal.set_schema(schema()).expect("a schema can be encoded");
    journal.append(&entries()[..2]).expect("the disk is in memory");
    journal.append(&entries()[2..count]).expect("the disk is in memory");
    journal
}

fn write(dir: &Path, count: usize) {
    let (memory, inside) = (MemoryDisk::seeded(1), Path::new("data"));
    written(&memory, inside, count).close().expect("the disk is in memory");
    for file in memory.files() {
        let target = dir.join(file.strip_prefix(inside).expect("all files are inside"));
        RealDisk.make_dir(target.parent().expect("it is in a folder")).expect("the folder can be made");
        std::fs::write(target, memory.bytes(&file).expect("it was listed")).expect("the file can be written");
    }
}

#[test]
fn d8_version_1_is_read_for_ever() {
    for (name, count) in FOLDERS {
        let dir = golden(name);
        if !dir.exists() && std::env::var_os("HUIYAN_WRITE_GOLDEN").is_some() {
            write(&dir, count);
        }
        let mut found = Vec::new();
        let summary = verify(&RealDisk, &dir, |recorded| {
            assert_eq!(*recorded.schema, schema());
            found.push(recorded.entry);
        });
        let summary = summary.expect("the golden folder is read");
        assert_eq!(found, entries()[..count]);
        assert_eq!((summary.epoch, summary.unfinished), (Epoch(count as u64), 0));
    }
}

#[test]
fn d8_what_is_written_today_is_what_was_written_then() {
    for (name, count) in FOLDERS {
        let (then, now) = (golden(name), tempfile::tempdir().expect("a temporary folder"));
        write(now.path(), count);
        for file in ["journal", "keys/seal-1.key", "keys/position.key"] {
            let bytes = |dir: &Path| std::fs::read(dir.join(file)).expect("the file is there");
            assert!(bytes(&then) == bytes(now.path()), "{name}/{file} has other bytes: this is another format version");
        }
    }
}

#[test]
fn a_reader_of_before_refuses_what_it_does_not_know_by_its_kind() {
    // It asks for the kind before anything else, as today's does for the next one.
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path(), 7);
    let path = dir.path().join("journal");
    let bytes = std::fs::read(&path).expect("it was written");
    let heads = bytes.windows(16).enumerate().filter(|(_, w)| w[4..8] == [6, 1, 0, 0] && w[8..] == [7, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(heads.count(), 1, "one frame of kind 6 in epoch 7");
}

#[test]
fn d8_a_second_part_has_these_bytes_for_ever() {
    let (memory, inside) = (MemoryDisk::seeded(1), Path::new("data"));
    let mut journal = written(&memory, inside, 6);
    journal.begin_part().expect("the disk is in memory");
    let first = memory.bytes(&inside.join("journal")).expect("it is there");
    let golden = std::fs::read(folder().join("journal")).expect("the file is there");
    assert!(first == golden, "a part that another one follows ends as a journal that was closed in order");
    let second = memory.bytes(&inside.join("journal-0000000000000007")).expect("it is there");
    // The link at the end of the first part stands in its last commit frame, before the mark.
    let mut expected = b"huiyanJ\n\x01\x00\x01\x01".to_vec();
    expected.extend([SALT, &[7, 0, 0, 0, 0, 0, 0, 0], &first[first.len() - 64..first.len() - 32], &[0; 4]].concat());
    expected.extend(crc32fast::hash(&expected).to_le_bytes());
    assert_eq!(second, expected);
    // The first entry brings the schema again, so that the part can be read without the one before.
    let mut next = entries()[5].clone();
    next.epoch = Epoch(7);
    journal.append(&[next]).expect("the disk is in memory");
    let second = memory.bytes(&inside.join("journal-0000000000000007")).expect("it is there");
    let encoded = b"\x01\x02\x03now\x01\x03day\x04date";
    assert!(second.windows(encoded.len()).any(|bytes| bytes == encoded));
}

#[test]
fn d8_a_later_version_is_refused() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path(), 6);
    let path = dir.path().join("journal");
    let mut bytes = std::fs::read(&path).expect("it was written");
    bytes[8] = 2;
    std::fs::write(&path, &bytes).expect("it can be written");
    let refused = open(Arc::new(RealDisk), dir.path()).and_then(|past| past.replay(|_| Ok::<_, JournalError>(())));
    assert!(matches!(refused, Err(JournalError::Newer { version: 2, .. })));
    assert_eq!(std::fs::read(&path).expect("it is there"), bytes, "and left as it was");
}

#[test]
fn an_erased_person_is_the_same_stranger_in_every_entry() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    write(dir.path(), 7);
    let keys = dir.path().join("keys");
    let texts = |dir: &Path| {
        let mut texts = Vec::new();
        verify(&RealDisk, dir, |recorded| {
            if let EntryBody::Batch(batch) = recorded.entry.body {
                texts.extend(batch.changes.iter().map(|change| (change.row[1].to_string(), change.row[2].clone())));
            } else if let EntryBody::Verdict(verdict) = recorded.entry.body {
                texts.push((verdict.key[0].to_string(), Value::symbol(&verdict.note.unwrap_or_default())));
            }
        })
        .map(|_| texts)
    };
    std::fs::remove_file(keys.join("seal-1.key")).expect("it was written");
    assert!(matches!(texts(dir.path()), Err(JournalError::KeyMissing { .. })), "a key that is merely lost is asked for");
    std::fs::write(keys.join("seal-1.erased"), b"").expect("it can be written");
    let erased = texts(dir.path()).expect("an erased journal is still whole");
    assert!(erased[0].0.starts_with("erased:") && erased[0].0 == erased[2].0, "{erased:?}");
    assert_eq!((erased[1].0.as_str(), &erased[1].1), ("", &Value::Absent));
    // What was said of a clue is still said of it, and the note is gone.
    assert!(erased[3].0 == erased[0].0 && erased[3].1.to_string().starts_with("erased:"), "{erased:?}");
    let all: Vec<u8> = std::fs::read(dir.path().join("journal")).expect("it is there");
    assert!(!all.windows(10).any(|bytes| bytes == b"6402991990"), "a personal value stands in the journal");

    // New cells are sealed under a new key.
    let past = open(Arc::new(RealDisk), dir.path()).expect("it opens");
    let mut journal = past.replay(|_| Ok::<_, JournalError>(())).expect("it is read");
    journal.set_schema(schema()).expect("a schema can be encoded");
    let mut next = entries()[1].clone();
    next.epoch = Epoch(8);
    journal.append(&[next]).expect("it goes on");
    drop(journal);
    assert!(keys.join("seal-2.key").exists());
    assert_eq!(texts(dir.path()).expect("it is whole")[4].0, "640299199001011234");
}

#[test]
fn two_servers_cannot_have_one_folder() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let first = open(Arc::new(RealDisk), dir.path()).expect("it is free");
    assert!(matches!(open(Arc::new(RealDisk), dir.path()), Err(JournalError::Locked { .. })));
    let journal = first.replay(|_| Ok::<_, JournalError>(())).expect("it is empty");
    assert!(matches!(open(Arc::new(RealDisk), dir.path()), Err(JournalError::Locked { .. })));
    drop(journal);
    assert!(open(Arc::new(RealDisk), dir.path()).is_ok());
}

#[test]
fn a_journal_that_is_gone_is_not_replaced_by_an_empty_one() {
    let disk = MemoryDisk::seeded(1);
    disk.put(Path::new("data/deltas-0.1.0"), b"something");
    assert!(matches!(open(Arc::new(disk), Path::new("data")), Err(JournalError::Missing { .. })));
}
