//! The console without a browser: every part is served and needs nothing from elsewhere, every import finds what it names, every text is there
//! in both languages, and the pack's rules have words.

use super::server::Server;
use huiyan::pack::Pack;
use huiyan::program::Relation;
use huiyan::types::{CaseState, Dismissal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the detail of a clue shows under names of its own.
const FACTS: [&str; 6] = ["person", "agency", "county", "level", "basis", "due"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Each part of the page by its name.
fn parts() -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(root().join("src/server/console")).expect("the page is there");
    let part = |path: &Path| {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("text"))
    };
    entries.map(|entry| part(&entry.expect("an entry").path())).collect()
}

fn scripts() -> BTreeMap<String, String> {
    parts().into_iter().filter(|(name, _)| name.ends_with(".js")).collect()
}

/// What stands between two marks, each time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split_once(after).map(|(inside, _)| inside)).collect()
}

/// The part of a script from the line that begins with `head` to the line that ends it.
fn block<'a>(text: &'a str, head: &str) -> &'a str {
    let start = text.find(head).unwrap_or_else(|| panic!("{head} is there"));
    text[start..].split_once("\n};").expect("it ends").0
}

/// Names at the beginning of lines of a table, with what is said of them up to the next name.
fn table(block: &str) -> BTreeMap<String, String> {
    let mut entries: Vec<(String, String)> = Vec::new();
    for line in block.lines().skip(1) {
        let name = line.strip_prefix("  ").and_then(|rest| rest.split_once(": ")).map(|(name, _)| name);
        match name.filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
            Some(name) => entries.push((name.to_string(), line.to_string())),
            None => entries.iter_mut().next_back().into_iter().for_each(|(_, said)| said.push_str(line)),
        }
    }
    entries.into_iter().collect()
}

#[test]
fn every_part_is_served_and_needs_nothing_from_elsewhere() {
    let server = Server::new();
    let client = server.client;
    assert_eq!((client.get("/").status, client.get("/console").header("location")), (307, Some("/console/")));
    for name in parts().keys() {
        let (path, kind) = match name.rsplit_once('.').expect("a kind").1 {
            "html" => ("/console/".to_string(), "text/html; charset=utf-8"),
            "js" => (format!("/console/{name}"), "text/javascript; charset=utf-8"),
            "css" => (format!("/console/{name}"), "text/css; charset=utf-8"),
            "svg" => (format!("/console/{name}"), "image/svg+xml"),
            other => panic!("{other} is no kind of part"),
        };
        let answer = client.get(&path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{name}");
        assert!(answer.header("content-security-policy").expect("a policy").contains("default-src 'none'"), "{name}");
        for foreign in ["http://", "https://", "innerHTML", "style=\"", "onclick=\""] {
            let own = "http://www.w3.org/2000/svg";
            assert!(!answer.body.replace(own, "").contains(foreign), "{name} holds {foreign}");
        }
    }
}

#[test]
fn every_import_finds_what_it_names() {
    let scripts = scripts();
    for (name, text) in &scripts {
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let from = between(line, "\"./", "\"")[0];
            let there = scripts.get(from).unwrap_or_else(|| panic!("{name} imports {from}"));
            for wanted in between(line, "{", "}")[0].split(',') {
                let wanted = wanted.split_whitespace().next().expect("a name");
                let ways = ["const ", "function ", "async function "].map(|kind| format!("\nexport {kind}{wanted}"));
                let found = ways.iter().any(|way| {
                    let mut ends = there.match_indices(way).map(|(at, _)| there[at + way.len()..].chars().next());
                    ends.any(|next| next.is_some_and(|c| !c.is_alphanumeric()))
                });
                assert!(found, "{name} imports {wanted} from {from}");
            }
        }
    }
}

#[test]
fn what_the_page_says_is_said_in_both_languages() {
    let (parts, scripts) = (parts(), scripts());
    let said = table(block(&scripts["words.js"], "const SAID = {"));
    assert!(said.len() > 50, "{}", said.len());
    for (name, pair) in &said {
        assert!(pair.contains(&format!("  {name}: [")), "{name} is no pair");
        let chinese = pair.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        let english = pair.split(": ").skip(1).any(|text| text.chars().any(|c| c.is_ascii_alphabetic()));
        assert!(chinese && english && pair.contains(", "), "{name} lacks a language");
    }
    let mut wanted: BTreeSet<&str> = between(&parts["index.html"], "data-say=\"", "\"").into_iter().collect();
    wanted.extend(scripts.values().flat_map(|text| between(text, "say(\"", "\"")));
    let lacking: Vec<&&str> = wanted.iter().filter(|name| !said.contains_key(**name)).collect();
    assert!(lacking.is_empty(), "nothing is said for {lacking:?}");
    // Words that nothing says in so many letters are put together: by level, cause, operation, state.
    let all: String = scripts.values().map(String::as_str).chain([&*parts["index.html"]]).collect();
    let built = |name: &str| ["Means", "Batch", "Clock", "Rules"].iter().any(|end| name.ends_with(end));
    let unused: Vec<&String> = said.keys().filter(|name| !built(name) && !all.contains(&format!("\"{name}\""))).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn the_words_of_case_work_are_those_of_the_server() {
    let script = &scripts()["case.js"];
    let plain = |head: &str| table(&block(script, head).replace(['-', '"'], "_"));
    let plainly = |name: &str| format!("_{name}_").replace('-', "_");
    let named = |name: &str| if name.contains('-') { plainly(name) } else { name.to_string() };
    let (states, reasons, next) = (plain("const STATES = {"), plain("const REASONS = {"), plain("const NEXT = {"));
    assert_eq!(states.keys().cloned().collect::<BTreeSet<_>>(), CaseState::NAMES.map(named).into_iter().collect());
    for reason in Dismissal::all() {
        let said = &reasons[&named(reason.name())];
        assert!(said.contains(reason.titles().0) && said.contains(reason.titles().1), "{said}");
    }
    assert_eq!(reasons.len(), Dismissal::all().count());
    let any = Dismissal::all().next();
    for name in CaseState::NAMES {
        let state = CaseState::of_name(name, any.filter(|_| name == "dismissed")).expect("a state");
        let offered = between(&next[&named(name)], "[", "]")[0].to_string();
        let taken: Vec<String> = state.next().into_iter().map(plainly).collect();
        assert_eq!(offered, taken.join(", "), "{name}");
    }
}

#[test]
fn the_packs_rules_and_columns_have_words() {
    let pack = Pack::load(&root().join("rules/supervision")).expect("the pack loads");
    let (program, _) = pack.check().expect("the pack has no mistakes");
    let script = &scripts()["pack.js"];
    let rules = table(block(script, "const RULES = {"));
    let columns = block(script, "const COLUMNS = {");
    let clues: Vec<&Relation> = program.relations.iter().filter(|relation| relation.clue.is_some()).collect();
    let names: BTreeSet<&str> = clues.iter().map(|relation| relation.name.as_str()).collect();
    assert_eq!(rules.keys().map(String::as_str).collect::<BTreeSet<_>>(), names);
    for relation in clues {
        let has: BTreeSet<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
        let reason = &rules[&relation.name];
        for column in between(reason, "{", "}") {
            assert!(has.contains(column), "{} says {column}, which is no column of it", relation.name);
        }
        for column in has.iter().filter(|column| !FACTS.contains(column)) {
            assert!(columns.contains(&format!(" {column}: [")), "{}: {column} has no name", relation.name);
        }
    }
}
