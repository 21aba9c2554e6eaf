//! The disk alone: as many bytes as one batch has in the journal are appended and synced, over and over.

use crate::machine::quantile;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// About what a batch of one penalty takes in the journal.
const BLOCK: usize = 512;
const FOR: Duration = Duration::from_secs(3);

/// What an append and its `fdatasync` take on the disk of a folder.
pub fn bare(dir: &Path, when: &str) -> Value {
    let path = dir.join("bare");
    let mut file = File::options().create(true).append(true).open(&path).expect("the folder can be written");
    let (mut taken, began) = (Vec::new(), Instant::now());
    while began.elapsed() < FOR {
        let one = Instant::now();
        file.write_all(&[0x5a; BLOCK]).and_then(|()| file.sync_data()).expect("the disk takes it");
        taken.push(one.elapsed().as_secs_f64() * 1e6);
    }
    std::fs::remove_file(&path).ok();
    json!({
        "bench": "disk", "when": when, "bytes": BLOCK, "syncs": taken.len(),
        "sync_us_p50": quantile(&mut taken, 0.5).round(), "sync_us_p99": quantile(&mut taken, 0.99).round(),
    })
}
