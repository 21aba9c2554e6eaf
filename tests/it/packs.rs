//! Do all cases of all packs hold?

mod cards;
mod coverage;
mod data;
mod law;
mod loading;

use huiyan::cli::test::{cases, coverage};
use huiyan::pack::Pack;
use huiyan::syntax::render;
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
fn every_pack_passes_the_checker_without_a_warning() {
    assert!(!packs().is_empty());
    for path in packs() {
        let pack = Pack::load(&path).unwrap();
        let diagnostics = pack.check().map_or_else(|mistakes| mistakes, |(_, warnings)| warnings);
        assert!(diagnostics.is_empty(), "{}", render(&diagnostics, &pack.sources, Lang::En));
    }
}

#[test]
fn every_case_of_every_pack_holds() {
    for path in packs() {
        let ran = cases(&path, "").unwrap();
        assert!(!ran.is_empty(), "{} has no cases", path.display());
        let failed: Vec<String> = ran.iter().filter(|case| !case.holds()).map(|case| case.shown(Lang::En)).collect();
        assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), ran.len(), failed.join("\n"));
    }
}

#[test]
fn every_clause_and_condition_of_the_rules_is_tried_by_a_case() {
    let packs = packs();
    let gaps = packs.iter().flat_map(|path| coverage(path, "").unwrap().gaps).map(|gap| gap.shown(Lang::En));
    let gaps: Vec<String> = gaps.collect();
    assert!(gaps.is_empty(), "untried (`huiyan test PACK --coverage` tells them):\n{}", gaps.join("\n"));
}

#[test]
fn a_case_that_does_not_hold_shows_both_sides() {
    let dir = loading::folder(&[
        ("pack.toml", "name = \"p\"\nversion = \"1\"\nmain = \"p.dl\"\n"),
        ("p.dl", RULES),
        ("cases/prelude.tsv", "0\tp\t+1\ttoday\t2022-01-01\n"),
        ("cases/a/in.tsv", "# a comment\n1\tx\t+1\tr\t\"a,b\",1\n\n2\tx\t+1\tr\t\"a,b\",2\n2\tx\t-1\tr\t\"a,b\",1\n"),
        ("cases/a/expect.tsv", "1\topen\tc\ta,b\thint\n2\twithdraw\tc\ta,b\thint\n"),
        ("cases/b/in.tsv", "1\tx\t+1\tr\ta,1\n1\tx\t+1\tr\ta,2\n"),
        ("cases/b/expect.tsv", ""),
        ("cases/c/in.tsv", "1\tx\t-1\tr\ta,1\n"),
        ("cases/c/expect.tsv", ""),
        ("cases/d/in.tsv", "1\tx\t+1\tr\ta,9\n"),
        ("cases/d/expect.tsv", ""),
    ]);
    let shown: Vec<String> = cases(dir.path(), "").unwrap().iter().map(|ran| ran.shown(Lang::En)).collect();
    assert_eq!(shown[0], "FAIL  a\n      - 2\twithdraw\tc\ta,b\thint\n      + 2\tchange\tc\ta,b\thint");
    assert!(shown[1].contains("in.tsv: line 2: another row with this key"), "{}", shown[1]);
    assert!(shown[2].contains("in.tsv: line 1: there is no such row"), "{}", shown[2]);
    assert!(shown[3].contains("+ 1\tfault\tten-over\tdivision-by-zero"), "{}", shown[3]);
}

const RULES: &str = "
.decl r(k: symbol, n: number)
.record r(key=\"k\", owner=\"operator\", title=\"R\")
.decl today(day: date)
.clock today
.decl c(k: symbol, n: number)
.clue c(title=\"C\", key=\"k\", agency=\"k\", level=\"hint\", basis=\"b\", reason=\"{k}\")
@[name = \"ten-over\"]
c(k, 36 / (9 - n)) :- r(k, n), today(_).
";
