//! What is a pack, what is its hash, and what is said of a broken one?

use huiyan::pack::{Pack, PackError};
use std::path::Path;
use tempfile::TempDir;

/// A folder of these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

const MANIFEST: &str = "name = \"small\"\nversion = \"1.2\"\nmain = \"main.dl\"\n[data]\nb = \"law/b.csv\"\na = \"a.csv\"\n";

fn names(pack: &Pack) -> Vec<&str> {
    pack.sources.files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn a_manifest_names_rules_and_data() {
    let files = [
        ("pack.toml", MANIFEST),
        ("main.dl", ".include \"sub/one.dl\"\n.include \"two.dl\"\n"),
        ("sub/one.dl", ".include \"../two.dl\"\n.include \"deep.dl\"\n"),
        ("sub/deep.dl", ""),
        ("two.dl", ""),
        ("unused.dl", ""),
        ("a.csv", "x\n1\n"),
        ("law/b.csv", "y\n2\n"),
    ];
    let dir = folder(&files);
    let pack = Pack::load(dir.path()).unwrap();
    assert_eq!((pack.name.as_str(), pack.version.as_str()), ("small", "1.2"));
    assert_eq!(names(&pack), ["main.dl", "sub/one.dl", "two.dl", "sub/deep.dl"]);
    let data: Vec<(&str, &str)> = pack.data.iter().map(|file| (file.relation.as_str(), file.name.as_str())).collect();
    assert_eq!(data, [("a", "a.csv"), ("b", "law/b.csv")]);
}

#[test]
fn the_hash_changes_with_rules_and_data_and_with_nothing_else() {
    let files = [("pack.toml", MANIFEST), ("main.dl", "// 1\n"), ("other.dl", "// 1\n"), ("a.csv", "x\n"), ("law/b.csv", "y\n")];
    let (one, two) = (folder(&files), folder(&files));
    let hash = |dir: &TempDir| Pack::load(dir.path()).unwrap().hash;
    let first = hash(&one);
    assert_eq!(first, hash(&two));
    let put = |name: &str, text: &str| std::fs::write(two.path().join(name), text).unwrap();
    put("other.dl", "// 2\n");
    assert_eq!(first, hash(&two), "a file that nothing includes");
    for (name, text) in [("main.dl", "// 2\n"), ("a.csv", "y\n"), ("law/b.csv", "x\n")] {
        put(name, text);
        assert_ne!(first, hash(&two), "{name}");
        put(name, files.iter().find(|(n, _)| *n == name).unwrap().1);
        assert_eq!(first, hash(&two), "{name} as it was");
    }
}

#[test]
fn a_folder_without_manifest_is_one_program_of_what_nothing_includes() {
    let dir = folder(&[("a.dl", ".include \"shared.dl\"\n"), ("b.dl", ""), ("shared.dl", ""), ("readme.txt", "")]);
    let pack = Pack::load(dir.path()).unwrap();
    assert_eq!(names(&pack), ["(folder)", "a.dl", "b.dl", "shared.dl"]);
    let (_, diagnostics) = huiyan::syntax::parse(&pack.sources);
    assert!(diagnostics.is_empty());
    let single = folder(&[("a.dl", ".include \"shared.dl\"\n"), ("shared.dl", "")]);
    assert_eq!(names(&Pack::load(single.path()).unwrap()), ["a.dl", "shared.dl"]);
    let file = Pack::load(&single.path().join("a.dl")).unwrap();
    assert_eq!((names(&file), file.name.as_str()), (vec!["a.dl", "shared.dl"], "a"));
}

#[test]
fn an_include_that_is_nowhere_is_told_at_its_place() {
    let dir = folder(&[("a.dl", "// first line\n.include \"gone.dl\"\n")]);
    let pack = Pack::load(&dir.path().join("a.dl")).unwrap();
    let (_, diagnostics) = huiyan::syntax::parse(&pack.sources);
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(pack.sources.line_column(diagnostics[0].primary.0).0, 2);
}

#[test]
fn broken_packs_are_refused_with_their_reason() {
    let load = |files: &[(&str, &str)]| Pack::load(folder(files).path()).unwrap_err();
    let main = ("main.dl", "");
    let manifest = |name: &str, main: &str| format!("name = \"{name}\"\nversion = \"1\"\nmain = \"{main}\"\n");
    assert!(matches!(load(&[("pack.toml", &manifest("吴", "main.dl")), main]), PackError::Name { .. }));
    assert!(matches!(load(&[("pack.toml", &manifest("a", "../main.dl")), main]), PackError::Outside { .. }));
    assert!(matches!(load(&[("pack.toml", &manifest("a", "/etc/main.dl")), main]), PackError::Outside { .. }));
    assert!(matches!(load(&[("pack.toml", &manifest("a", "gone.dl")), main]), PackError::Read { .. }));
    assert!(matches!(
        load(&[("pack.toml", "name = \"a\"\nversion = 1\nmain = \"main.dl\"\n"), main]),
        PackError::Manifest { .. }
    ));
    let unknown = format!("{}\nmian = 1\n", manifest("a", "main.dl"));
    let PackError::Manifest { what, .. } = load(&[("pack.toml", &unknown), main]) else { panic!("an unknown field was taken") };
    assert!(what.contains("line 5") && what.contains("mian"), "{what}");
    assert!(matches!(load(&[("readme.txt", "")]), PackError::NoRules { .. }));
    assert!(matches!(load(&[("a.dl", ".include \"b.dl\""), ("b.dl", ".include \"a.dl\"")]), PackError::NoRules { .. }));
    let gone = Pack::load(Path::new("no/such/pack")).unwrap_err();
    assert!(matches!(gone, PackError::Read { .. }));
    assert!(gone.said().zh.contains("无法读取"));
}
