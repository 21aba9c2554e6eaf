//! A county as files, laid out as agencies would send them: `DIR/<day>/<agency>/<relation>.csv`, and `truth.csv`.

use super::record::{Sent, columns};
use super::{County, Truth};
use crate::types::date_text;
use std::io;
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

/// Writes all files; the folder is made if it is not there.
pub fn write(county: &County, dir: &Path) -> io::Result<()> {
    for file in county.sent.chunk_by(|a, b| (a.day, &a.agency, a.relation) == (b.day, &b.agency, b.relation)) {
        let first = &file[0];
        let folder = dir.join(date_text(first.day)).join(&first.agency);
        std::fs::create_dir_all(&folder)?;
        let records: Vec<&Sent> = file.iter().collect();
        std::fs::write(folder.join(format!("{}.csv", first.relation)), csv_of(&records))?;
    }
    std::fs::create_dir_all(dir)?;
    std::fs::write(dir.join("truth.csv"), truth_csv(&county.truth))
}
