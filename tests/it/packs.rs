//! Do all cases of all packs hold?

mod loading;

use huiyan::pack::Pack;
use huiyan::syntax::{parse, render};
use huiyan::types::Lang;
use std::path::{Path, PathBuf};

/// Every pack of the project.
fn packs() -> Vec<PathBuf> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let entries = std::fs::read_dir(rules).expect("rules/ is there");
    let mut packs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    packs.sort();
    packs
}

#[test]
fn every_pack_loads_and_its_rules_can_be_read() {
    assert!(!packs().is_empty());
    for path in packs() {
        let pack = Pack::load(&path).unwrap();
        let (_, diagnostics) = parse(&pack.sources);
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &pack.sources, Lang::En));
    }
}
