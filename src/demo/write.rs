//! Counties as files, laid out as agencies would send them: `DIR/<day>/<agency>/<relation>.csv`, and `truth.csv`.

use super::record::{Sent, columns};
use super::{County, Truth};
use crate::types::date_text;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// The records of one file as CSV with a header.
pub fn csv_of(records: &[&Sent]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = records.first().map_or(&[][..], |sent| columns(sent.relation));
    let rows = std::iter::once(header.iter().map(|c| c.to_string()).collect::<Vec<_>>()).chain(
        records.iter().map(|sent| header.iter().map(|column| sent.cells.get(column).cloned().unwrap_or_default()).collect()),
    );
    for row in rows {
        writer.write_record(row).expect("rows of one file have one width and memory takes every byte");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// `rule,key,level,opens,closes`, one row per interval in which a clue holds, with the strongest level it reaches; `closes` is empty if it
/// still holds.
pub fn truth_csv(truth: &[Truth]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rows = std::iter::once(["rule", "key", "level", "opens", "closes"].map(str::to_string)).chain(truth.iter().map(|t| {
        let closes = t.closes.map_or(String::new(), date_text);
        [t.rule.to_string(), t.key.clone(), t.level().to_string(), date_text(t.opens), closes]
    }));
    for row in rows {
        writer.write_record(row).expect("memory takes every byte");
    }
    writer.into_inner().expect("memory takes every byte")
}

/// How much was written.
#[derive(Default)]
pub struct Written {
    pub rows: usize,
    pub intervals: usize,
}

/// Writes all files, county by county; the folder is made if it is not there.
pub fn write(counties: impl Iterator<Item = County>, dir: &Path) -> io::Result<Written> {
    let mut truth = Vec::new();
    let mut written = Written::default();
    for mut county in counties {
        write_rows(&county.sent, dir)?;
        written.rows += county.sent.len();
        truth.append(&mut county.truth);
    }
    truth.sort();
    written.intervals = truth.len();
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join("truth.csv"), truth_csv(&truth))?;
    Ok(written)
}

/// What one agency sends in one relation on one day is a file. The operator's rows of several counties go into one, under one header.
fn write_rows(sent: &[Sent], dir: &Path) -> io::Result<()> {
    for file in sent.chunk_by(|a, b| (a.day, &a.agency, a.relation) == (b.day, &b.agency, b.relation)) {
        let first = &file[0];
        let folder = dir.join(date_text(first.day)).join(&first.agency);
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.csv", first.relation));
        let bytes = csv_of(&file.iter().collect::<Vec<_>>());
        let begun = path.exists();
        let header = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let mut out = OpenOptions::new().create(true).append(true).open(path)?;
        out.write_all(if begun { &bytes[header..] } else { &bytes })?;
    }
    Ok(())
}
