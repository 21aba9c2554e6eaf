//! Is a snapshot of every format version still read, is it written as it was, and is every touched bit of it found?
//!
//! `snapshots/golden/v1/snapshot/` holds one with a section of each kind. `HUIYAN_WRITE_GOLDEN=1` writes it where there is none.

use huiyan::storage::disk::{Disk, MemoryDisk};
use huiyan::storage::snapshot::*;
use huiyan::storage::{Cell, ColumnSchema, Keyring, RelationSchema, Schema, schema_bytes, schema_of_bytes};
use huiyan::types::{Epoch, Kind};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/golden/v1/snapshot/snapshot-0000000000000006")
}

fn keys() -> Keyring {
    Keyring::new(BTreeMap::from([(1, Some([7; 32]))])).unwrap()
}

fn header() -> SnapshotHeader {
    SnapshotHeader {
        epoch: Epoch(6),
        wall_us: 1_657_814_400_000_000,
        erasures: 0,
        chain: [1; 32],
        deltas: [2; 32],
        held: [3; 32],
        rows: 2,
        engine: "0.1.0".to_string(),
    }
}

fn schema() -> Schema {
    let column = ColumnSchema {
        name: "no".to_string(),
        type_name: "symbol".to_string(),
        kind: Kind::Symbol,
        optional: false,
        personal: true,
    };
    let relation = RelationSchema {
        name: "receipt".to_string(),
        columns: vec![column],
        key: vec![0],
        owners: vec!["justice".to_string()],
        by: None,
        since: None,
        clock: false,
    };
    Schema { relations: vec![relation] }
}

/// A section of each kind.
fn write(disk: &MemoryDisk) -> Result<u64, SnapshotError> {
    let schema = schema_bytes(&schema()).unwrap();
    let mut to = SnapshotWriter::begin(Arc::new(disk.clone()), Path::new("data"), keys(), &header())?;
    let files = vec![("main.dl", ".decl r(x: number)\n")];
    to.put(&Installed { pack: "supervision", version: "1", hash: [9; 32], files, schema: &schema })?;
    to.put(&Asserters(vec!["pack:supervision", "justice:640299-01"]))?;
    to.put(&Relation {
        name: "receipt",
        columns: vec![("no", 6, false), ("day", 4, true)],
        key: vec![0],
        keyed: true,
        owners: vec!["justice"],
        by: Some(0),
        personal: vec![true, false],
        clock: false,
        parked: false,
        written: Some(vec![false, false]),
        rows: 2,
    })?;
    to.put(&Texts(vec!["东城", "A-1"]))?;
    to.put(&Rows { asserters: vec![1, 0, 2], words: vec![1, 38_000, 2, 3], repaired: vec![(2, vec![(0, "Ａ-1")])] })?;
    to.put(&Free(vec![1]))?;
    to.put(&Hidden(vec![(0, vec![2, 300])]))?;
    to.put(&Levels(vec![("missing", 0), ("missing", 3)]))?;
    to.put(&Lives {
        epochs: vec![
            (2, CauseWire::Batch("justice:640299-01"), ""),
            (3, CauseWire::Clock("2022-07-15"), "2022-07-15"),
            (6, CauseWire::Rules("supervision", "1"), "2022-07-15"),
        ],
        lives: vec![Life {
            id: [5; 16],
            relation: 4,
            rule: "missing",
            key: vec![Cell::Text("A-1"), Cell::Number(-1)],
            title: "未按期通知",
            person: Some("00112233445566778899aabbccddeeff"),
            person_key: Some("640299199001010017"),
            agency: None,
            area: Some("640299"),
            level: "hint",
            basis: "",
            due: Some(Cell::Date(19_188)),
            reason: "…",
            columns: vec![("no", Cell::Text("A-1")), ("n", Cell::Absent)],
            evidence: 2,
            machine: 1,
            opened: 2,
            changed: 6,
            steps: vec![(0, 0, "hint"), (1, 1, "violation"), (2, 1, "hint")],
            split: (true, false),
        }],
    })?;
    to.put(&Forgotten(vec![[6; 16]]))?;
    to.put(&ReceiptsPart(vec![([8; 16], 2)]))?;
    let refusals = vec![OpenWire {
        relation: "receipt",
        key: vec![Cell::Text("A-2")],
        op: "insert",
        code: "key-present",
        pointer: "/row/no",
        line: 3,
        day: 19_188,
        epoch: 2,
    }];
    to.put(&RefusalsPart { agency: "justice:640299-01", refusals })?;
    to.finish()
}

fn written() -> (MemoryDisk, Vec<u8>) {
    let disk = MemoryDisk::seeded(1);
    let bytes = write(&disk).unwrap();
    let file = disk.bytes(&snapshot_path(Path::new("data"), Epoch(6))).unwrap();
    assert_eq!(bytes, file.len() as u64);
    (disk, file)
}

/// Kinds of sections up to the end.
fn kinds(disk: &MemoryDisk) -> Result<Vec<u8>, SnapshotError> {
    let keys = keys();
    let mut reader = SnapshotReader::open(disk, Path::new("data"), Epoch(6), &keys)?;
    assert_eq!(reader.header(), &header());
    let mut kinds = Vec::new();
    while let Some(section) = reader.section()? {
        kinds.push(section.kind);
    }
    Ok(kinds)
}

#[test]
fn a_snapshot_of_version_1_is_written_and_read_as_ever() {
    let (disk, bytes) = written();
    if std::env::var_os("HUIYAN_WRITE_GOLDEN").is_some() && !golden().exists() {
        std::fs::create_dir_all(golden().parent().unwrap()).unwrap();
        std::fs::write(golden(), &bytes).unwrap();
    }
    assert!(std::fs::read(golden()).unwrap() == bytes, "today's code writes other bytes");
    assert_eq!(kinds(&disk).unwrap(), (101..=112).collect::<Vec<u8>>());
    let keys = keys();
    let mut reader = SnapshotReader::open(&disk, Path::new("data"), Epoch(6), &keys).unwrap();
    let mut sections = Vec::new();
    while let Some(section) = reader.section().unwrap() {
        sections.push(section);
    }
    let installed = sections[0].read::<Installed<'_>>().unwrap();
    assert_eq!((installed.pack, installed.files[0].0), ("supervision", "main.dl"));
    assert_eq!(schema_of_bytes(installed.schema).unwrap(), schema());
    let relation = sections[2].read::<Relation<'_>>().unwrap();
    assert_eq!((relation.columns[1], relation.written), (("day", 4, true), Some(vec![false, false])));
    assert_eq!(sections[3].read::<Texts<'_>>().unwrap().0, ["东城", "A-1"]);
    let rows = sections[4].read::<Rows<'_>>().unwrap();
    assert_eq!((rows.words, rows.repaired), (vec![1, 38_000, 2, 3], vec![(2, vec![(0, "Ａ-1")])]));
    let lives = sections[8].read::<Lives<'_>>().unwrap();
    assert_eq!((lives.epochs.len(), lives.lives[0].due.clone()), (3, Some(Cell::Date(19_188))));
    assert!(sections[8].read::<Rows<'_>>().is_err(), "a section is not taken for one of another kind");
}

#[test]
fn d5_every_touched_bit_of_a_snapshot_is_found_and_named() {
    let (disk, bytes) = written();
    let path = snapshot_path(Path::new("data"), Epoch(6));
    for bit in 0..bytes.len() * 8 {
        let mut touched = bytes.clone();
        touched[bit / 8] ^= 1 << (bit % 8);
        disk.put(&path, &touched);
        match kinds(&disk) {
            Err(SnapshotError::Damaged { file, offset, .. }) => {
                assert!(file == path && offset <= bit as u64 / 8, "bit {bit}: at {offset}");
                assert!(bit as u64 / 8 - offset < 4096, "bit {bit}: only at {offset}");
            }
            Err(SnapshotError::NotASnapshot { .. } | SnapshotError::Newer { .. }) if bit < 10 * 8 => {}
            other => panic!("bit {bit}: {other:?}"),
        }
    }
    for len in 0..bytes.len() {
        disk.put(&path, &bytes[..len]);
        assert!(matches!(kinds(&disk), Err(SnapshotError::Cut { .. })), "cut to {len}");
    }
    let longer = [&bytes[..], b"x"].concat();
    disk.put(&path, &longer);
    assert!(kinds(&disk).is_err());
    // Whole sections that change places, are left out or come twice.
    let section = |n: usize| {
        let mut at = 256;
        for _ in 0..n {
            at += 24 + u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        }
        at..at + 24 + u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    };
    let (one, other) = (section(3), section(4));
    for order in [vec![&other, &one], vec![&one], vec![&one, &one, &other]] {
        let middle: Vec<u8> = order.into_iter().flat_map(|range| bytes[range.clone()].to_vec()).collect();
        disk.put(&path, &[&bytes[..one.start], &middle, &bytes[other.end..]].concat());
        assert!(matches!(kinds(&disk), Err(SnapshotError::Damaged { .. })));
    }
}

#[test]
fn a_file_of_another_key_or_name_is_no_snapshot_of_this_folder() {
    let (disk, bytes) = written();
    let other = Keyring::new(BTreeMap::from([(1, Some([8; 32]))])).unwrap();
    let mut reader = SnapshotReader::open(&disk, Path::new("data"), Epoch(6), &other).unwrap();
    assert!(reader.section().is_err());
    disk.put(&snapshot_path(Path::new("data"), Epoch(7)), &bytes);
    assert!(SnapshotReader::open(&disk, Path::new("data"), Epoch(7), &keys()).is_err());
    disk.put(Path::new("data/snapshot-0000000000000009.new"), &bytes[..300]);
    assert_eq!(snapshots(&disk, Path::new("data")).unwrap(), [Epoch(7), Epoch(6)]);
    assert!(disk.open(Path::new("data/snapshot-0000000000000009.new")).is_err(), "what was not finished is removed");
}
