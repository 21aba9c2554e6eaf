//! Does the tree keep its own rules?
//!
//! Imports go downwards, outside crates stay in their folder, wall time has one source, files have a head and a length that can be read,
//! nothing unwraps, nothing silences the compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the top to the bottom; a part imports only what stands below it.
const ORDER: [&[&str]; 14] = [
    &["cli"],
    &["server", "demo", "lsp"],
    &["engine"],
    &["pack"],
    &["clues", "records", "ingest"],
    &["storage"],
    &["dataflow", "security"],
    &["plan"],
    &["check"],
    &["program"],
    &["syntax", "expr"],
    &["types"],
    &["memory"],
    &["limits", "clock", "points"],
];

/// Outside crates and the parts that may name them.
const CRATES: [(&str, &[&str]); 23] = [
    ("regex", &["expr"]),
    ("differential_dataflow", &["dataflow"]),
    ("timely", &["dataflow"]),
    ("smallvec", &["dataflow", "expr"]),
    ("bincode", &["storage"]),
    ("crc32fast", &["storage"]),
    ("flate2", &["cli"]),
    ("chacha20poly1305", &["storage"]),
    ("hmac", &["security", "storage"]),
    ("jiff", &["types", "clock"]),
    ("annotate_snippets", &["syntax"]),
    ("axum", &["server"]),
    ("tokio", &["server", "cli"]),
    ("tower_http", &["server"]),
    ("hyper", &["server", "cli"]),
    ("hyper_util", &["server", "cli"]),
    ("http_body_util", &["cli"]),
    ("prometheus_client", &["server"]),
    ("rustix", &["storage", "server"]),
    ("clap", &["cli"]),
    ("csv", &["ingest", "cli", "demo", "pack"]),
    ("encoding_rs", &["ingest", "cli"]),
    ("toml", &["cli", "pack"]),
];

const LINES_MAX: usize = 800;

struct Source {
    path: PathBuf,
    /// First folder (or file) below `src/`.
    part: String,
    text: String,
}

impl Source {
    /// The text without its unit tests, which may fill a file of their own.
    fn code(&self) -> &str {
        if self.path.file_name().is_some_and(|name| name == "tests.rs") {
            return "";
        }
        self.text.split("#[cfg(test)]").next().unwrap_or("")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    assert!(files.len() > 50, "the walk found the tree");
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).expect("below src").to_path_buf();
            let part = inside.iter().next().unwrap_or_default().to_string_lossy().trim_end_matches(".rs").to_string();
            Source { text: fs::read_to_string(&path).expect("readable"), path: inside, part }
        })
        .collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every file for which a rule gives a reason is a fault.
fn none(rule: impl Fn(&Source) -> Vec<String>) {
    let faults: Vec<String> = sources()
        .iter()
        .flat_map(|source| rule(source).into_iter().map(|why| format!("{}: {why}", source.path.display())))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn level(part: &str) -> Option<usize> {
    ORDER.iter().position(|parts| parts.contains(&part))
}

#[test]
fn imports_go_downwards() {
    none(|source| {
        let Some(own) = level(&source.part) else { return vec![] };
        let named = source
            .code()
            .split("crate::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""));
        named
            .filter(|part| *part != source.part)
            .filter_map(|part| level(part).map(|at| (part, at)))
            .filter(|(_, at)| *at <= own)
            .map(|(part, _)| format!("imports {part}, which does not stand below {}", source.part))
            .collect()
    });
}

#[test]
fn every_part_has_a_place_in_the_order() {
    none(|source| {
        let known = level(&source.part).is_some() || source.part == "lib" || source.part == "main";
        if known { vec![] } else { vec!["stands nowhere in the order".to_string()] }
    });
}

#[test]
fn outside_crates_stay_in_their_folder() {
    none(|source| {
        let code = source.code();
        let uses = |name: &str| code.contains(&format!("{name}::"));
        CRATES
            .iter()
            .filter(|(name, parts)| uses(name) && !parts.contains(&source.part.as_str()) && source.part != *name)
            .map(|(name, parts)| format!("names {name}, which belongs to {parts:?}"))
            .collect()
    });
}

#[test]
fn async_is_only_in_the_network() {
    none(|source| {
        let allowed = ["server", "cli"].contains(&source.part.as_str());
        if !allowed && source.code().contains("async fn") {
            vec!["async fn outside server/ and cli/".to_string()]
        } else {
            vec![]
        }
    });
}

#[test]
fn wall_time_has_one_source() {
    none(|source| {
        let (reads, code) = (["SystemTime::now", "Timestamp::now", "Zoned::now"], source.code());
        let found = reads.iter().filter(|read| source.part != "clock" && code.contains(**read));
        found.map(|read| format!("{read}: wall time comes from clock.rs")).collect()
    });
}

#[test]
fn files_have_a_head_and_a_readable_length() {
    none(|source| {
        let mut faults = Vec::new();
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{lines} lines, more than {LINES_MAX}"));
        }
        if source.part != "main" && !source.text.starts_with("//!") {
            faults.push("opens without //!".to_string());
        }
        faults
    });
}

#[test]
fn nothing_unwraps_and_nothing_is_silenced() {
    none(|source| {
        let banned = [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "#[allow", "#![allow", "FIXME", "TODO"];
        let code = source.code();
        let found = banned.iter().filter(|word| code.contains(**word));
        found.map(|word| format!("holds {word}")).collect()
    });
}

/// What begins a thread or a task.
const BEGINS: [&str; 5] = [".spawn(", "spawn_scoped(", "spawn_blocking(", "tokio::spawn(", "thread::spawn("];

/// Files that begin one without a point of their own, and where its point is or why it has none.
const POINTLESS: [(&str, &str); 4] = [
    ("cli/demo.rs", "it only sends, as a client would"),
    ("cli/client/connection.rs", "of a command, not of the server"),
    ("lsp/mod.rs", "of the language server, which an editor starts anew"),
    ("server/caught.rs", "whoever hands in the work passes it"),
];

/// Q6 is about every kind of thread: a new one has a point, and with it a test (`http::points`).
#[test]
fn whoever_begins_a_thread_has_a_point_at_which_it_can_break() {
    none(|source| {
        let code = source.code();
        let excused = POINTLESS.iter().any(|(file, _)| source.path.ends_with(file));
        let begins = BEGINS.iter().any(|begin| code.contains(begin)) && !code.contains("Command::new");
        if begins && !excused && !code.contains("points::pass(Point::") {
            vec!["begins a thread or a task and passes no point".to_string()]
        } else {
            vec![]
        }
    });
}

#[test]
fn every_point_is_passed_and_none_is_armed() {
    none(|source| if source.code().contains("points::arm") { vec!["arms a point".to_string()] } else { vec![] });
    let all: String = sources().iter().map(|source| source.code().to_string()).collect();
    for point in huiyan::points::Point::ALL {
        assert!(all.contains(&format!("pass(Point::{point:?})")), "nobody passes {point:?}");
    }
}

/// Of these nobody can reach the edge in a test of seconds, or the edge is a time; each is used where the reason says.
const NOT_AT_THE_EDGE: [(&str, &str); 22] = [
    ("MAX_UNPACKED_BYTES", "four GiB of memory"),
    ("MAX_INLINED_WAYS", "beyond it an inline relation stays a relation, with the same rows: language::inlined"),
    ("MAX_INLINED_LITERALS", "as MAX_INLINED_WAYS"),
    ("MAX_COMPONENT_BYTES", "sixteen MiB of rules: check::mistakes::components_that_multiply_are_stopped goes far beyond"),
    ("MAX_WHOLE_LINES", "two million lines take a minute"),
    ("JOURNAL_TAIL_BYTES_MAX", "two GiB on a disk"),
    ("CURSORS_BYTES_MAX", "a file of 256 MiB that nobody can write: 10,000 readers come to less"),
    ("SNAPSHOT_SECTION_BYTES_MAX", "a section of 256 MiB, of which only rule files could be one"),
    ("CURSOR_QUEUE", "a disk that stands still while 4,096 readers wait for it"),
    ("MAX_SMALL_UPLOADS", "as many open files as requests may wait: QUEUE_REQUESTS is at its edge"),
    ("HALL_BYTES", "a reader beyond it has its events written for itself, with the same bytes"),
    ("ROOM_EPOCHS", "as HALL_BYTES"),
    ("ROOM_BYTES", "as HALL_BYTES"),
    (
        "LAGGING_EPOCHS",
        "how far a reader is behind is a matter of the moment: http::streams::s3_a_reader_that_stops goes far beyond",
    ),
    ("BODY_PAUSE", "a time of half a minute"),
    ("REFUSED_BODY_TIME", "a time"),
    ("REFUSED_BODY_SILENCE", "a time"),
    ("PIECE_PATIENCE", "a time of half a minute"),
    ("HEAD_TIMEOUT", "a time of half a minute"),
    ("STOP_PATIENCE", "a time; what ends within it is http::streams::q7 and kills::q7"),
    ("LEFT_BEHIND", "as STOP_PATIENCE"),
    ("LSP_WAITING", "messages that wait for a thread that never rests"),
];

#[test]
fn q5_each_bound_is_named_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    walk(&root.join("tests"), &mut files);
    let outside = files.iter().filter(|file| !file.ends_with("tidy.rs")).map(|file| fs::read_to_string(file).unwrap());
    let inside = sources().into_iter().map(|source| source.text[source.code().len()..].to_string());
    let tests: String = outside.chain(inside).collect();
    let words: BTreeSet<&str> = tests.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let bounds = fs::read_to_string(root.join("src/limits.rs")).unwrap();
    let names = bounds.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(':')).map(|(name, _)| name);
    let excused = |name: &str| NOT_AT_THE_EDGE.iter().any(|(excused, _)| *excused == name);
    let (named, unnamed): (Vec<&str>, Vec<&str>) = names.partition(|name| words.contains(name));
    assert!(named.len() > 60, "the bounds were found");
    let faults: Vec<&&str> = unnamed.iter().filter(|name| !excused(name)).collect();
    assert!(faults.is_empty(), "no test names {faults:?}: write one at the bound and one beyond it, by its name");
    let stale: Vec<&str> = NOT_AT_THE_EDGE.iter().map(|(name, _)| *name).filter(|name| !unnamed.contains(name)).collect();
    assert!(stale.is_empty(), "{stale:?} are tested, or are no bounds any more: take them off the list");
}
