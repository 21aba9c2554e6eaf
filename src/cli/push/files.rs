//! Which files are pushed, in which order, and as whose.
//!
//! A folder is walked as `huiyan generate` writes it: `<day>/<agency>/<relation>.csv`, day by day; the folder of one day, of one agency,
//! and a flat folder of one agency's files are taken too. What does not fit that order is not touched, and told.

use crate::cli::client::Failure;
use crate::security::Agency;
use crate::types::{Day, Said, parse_date};
use std::collections::HashSet;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A file to be pushed.
pub struct Found {
    pub path: PathBuf,
    pub day: Option<Day>,
    pub agency: Agency,
    /// Where a file that answers to this one lies within a folder of such files.
    pub place: PathBuf,
    pub is_csv: bool,
}

/// All files, in order, and what was left out.
#[derive(Default)]
pub struct Files {
    pub found: Vec<Found>,
    pub left_out: Vec<PathBuf>,
    /// A folder was named, or more than one file.
    pub several: bool,
}

impl Files {
    /// `agency`: who speaks; of folders that name agencies, which one is meant.
    pub fn of(paths: &[PathBuf], agency: Option<&Agency>) -> Result<Files, Failure> {
        let mut files = Files { several: paths.len() > 1, ..Files::default() };
        for path in paths {
            if path.is_dir() {
                files.several = true;
                let told = Context { day: day_of(path).or_else(|| day_of(path.parent()?)), folder: agency_of(path) };
                files.walk(path, &told, agency)?;
            } else {
                readable(path)?;
                let speaker = agency.cloned().or_else(|| agency_of(path.parent()?)).ok_or_else(|| nobody(path))?;
                let is_csv = is_csv(path).ok_or_else(|| unknown_kind(path))?;
                files.found.push(Found { path: path.clone(), day: None, agency: speaker, place: inside(path), is_csv });
            }
        }
        files.tell_apart();
        match files.found.first() {
            Some(_) => Ok(files),
            None => Err(nothing(paths, agency)),
        }
    }

    /// Files of one name from several folders: what answers to each needs a place of its own.
    fn tell_apart(&mut self) {
        let mut taken = HashSet::new();
        for (at, found) in self.found.iter_mut().enumerate() {
            if !taken.insert(found.place.clone()) {
                found.place = Path::new(&(at + 1).to_string()).join(&found.place);
            }
        }
    }

    fn walk(&mut self, folder: &Path, told: &Context, only: Option<&Agency>) -> Result<(), Failure> {
        for path in entries(folder)? {
            if path.is_dir() {
                match (day_of(&path), agency_of(&path)) {
                    (Some(day), _) if told.day.is_none() => self.walk(&path, &Context { day: Some(day), folder: None }, only)?,
                    (_, Some(agency)) if told.folder.is_none() => {
                        if only.is_none_or(|only| *only == agency) {
                            self.walk(&path, &Context { folder: Some(agency), ..*told }, only)?;
                        }
                    }
                    _ => self.left_out.push(path),
                }
                continue;
            }
            // In a folder of days only the folders of agencies hold what these sent.
            let speaker = told.folder.as_ref().or(only.filter(|_| told.day.is_none()));
            match (is_csv(&path), speaker) {
                (Some(is_csv), Some(agency)) if !is_foreign(&path) => {
                    let place = place(told.day, agency, &path);
                    self.found.push(Found { path, day: told.day, agency: agency.clone(), place, is_csv });
                }
                _ => self.left_out.push(path),
            }
        }
        Ok(())
    }
}

/// What the folders on the way have told.
struct Context {
    day: Option<Day>,
    folder: Option<Agency>,
}

/// What is named and cannot be read is told before anybody is asked or waited for.
fn readable(path: &Path) -> Result<(), Failure> {
    // A pipe would wait for its writer here; what is no file is told later.
    let opened =
        std::fs::metadata(path).and_then(|seen| if seen.is_file() { std::fs::File::open(path).map(drop) } else { Ok(()) });
    opened.map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let (shown, why) = (path.display(), Said::of_io(error));
    Failure::usage(Said::new(format!("cannot read {shown}: {}", why.en), format!("无法读取 {shown}：{}", why.zh)))
}

/// In the order of their names, which for days is the order of time.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: io::Error| unreadable(folder, &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}

fn day_of(path: &Path) -> Option<Day> {
    parse_date(name(path)).ok()
}

fn agency_of(path: &Path) -> Option<Agency> {
    Agency::parse(name(path))
}

/// `None`: of no kind that can be pushed.
fn is_csv(path: &Path) -> Option<bool> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(true),
        "ndjson" | "jsonl" => Some(false),
        _ => None,
    }
}

/// The truth of a generated county lies beside its records and is none.
fn is_foreign(path: &Path) -> bool {
    name(path) == "truth.csv" || name(path).starts_with('.')
}

fn place(day: Option<Day>, agency: &Agency, path: &Path) -> PathBuf {
    let day = day.map(crate::types::date_text);
    day.into_iter().map(PathBuf::from).chain([PathBuf::from(agency.as_str()), PathBuf::from(name(path))]).collect()
}

/// A path as it is within some other folder.
fn inside(path: &Path) -> PathBuf {
    path.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

fn nobody(path: &Path) -> Failure {
    let shown = path.display();
    Failure::usage(Said::new(
        format!("whose is {shown}? --agency kind:code says it, for example police:640299-01; the operator is operator:local"),
        format!("{shown} 由谁报送？请用 --agency 指明，例如 police:640299-01；管理员为 operator:local"),
    ))
}

fn unknown_kind(path: &Path) -> Failure {
    let shown = path.display();
    Failure::usage(Said::new(
        format!("{shown} is neither .csv nor .ndjson nor .jsonl: save it as one of these"),
        format!("{shown} 不是 .csv、.ndjson 或 .jsonl 文件：请另存为其中一种"),
    ))
}

fn nothing(paths: &[PathBuf], agency: Option<&Agency>) -> Failure {
    let shown = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let whose = agency.map_or(String::new(), |agency| format!(" ({})", agency.as_str()));
    Failure::usage(Said::new(
        format!(
            "nothing to push in {shown}{whose}: a folder holds <day>/<agency>/<relation>.csv, or with --agency the files of one agency"
        ),
        format!("{shown} 中没有可报送的文件{whose}：文件夹应为 <日期>/<机关代码>/<关系>.csv；或用 --agency 指明某机关的文件夹"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "a\n").unwrap();
        }
        dir
    }

    fn places(files: &Files) -> Vec<String> {
        files.found.iter().map(|found| found.place.display().to_string()).collect()
    }

    #[test]
    fn a_county_is_walked_day_by_day_as_its_agencies() {
        let dir = tree(&[
            "2022-01-02/police:1/a.csv",
            "2022-01-01/police:1/b.csv",
            "2022-01-01/court:1/c.ndjson",
            "truth.csv",
            "2022-01-01/notes.txt",
            "2022-01-01/stray.csv",
        ]);
        let all = ["2022-01-01/court:1/c.ndjson", "2022-01-01/police:1/b.csv", "2022-01-02/police:1/a.csv"];
        let root = [dir.path().to_path_buf()];
        let files = Files::of(&root, None).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!((places(&files), files.left_out.len()), (all.map(str::to_string).to_vec(), 3));
        assert_eq!(files.found[0].agency.as_str(), "court:1");

        let police = Agency::parse("police:1").unwrap();
        let own = Files::of(&root, Some(&police)).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(places(&own), all[1..]);

        let day = Files::of(&[dir.path().join("2022-01-01")], None).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(places(&day), all[..2]);
        let agency = Files::of(&[dir.path().join("2022-01-01/police:1")], None).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(places(&agency), all[1..2]);
    }

    #[test]
    fn a_flat_folder_is_one_agencys() {
        let dir = tree(&["a.csv", "b.jsonl", "c.xlsx"]);
        let root = [dir.path().to_path_buf()];
        assert!(Files::of(&root, None).is_err());
        let police = Agency::parse("police:1").unwrap();
        let files = Files::of(&root, Some(&police)).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(
            (places(&files), files.left_out.len()),
            (vec!["police:1/a.csv".to_string(), "police:1/b.jsonl".to_string()], 1)
        );
    }

    #[test]
    fn files_of_one_name_have_places_of_their_own() {
        let dir = tree(&["x/a.csv", "y/a.csv"]);
        let police = Agency::parse("police:1").unwrap();
        let roots = ["x", "y", "x"].map(|name| dir.path().join(name));
        let files = Files::of(&roots, Some(&police)).unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(places(&files), ["police:1/a.csv", "2/police:1/a.csv", "3/police:1/a.csv"]);
    }

    #[test]
    fn a_file_needs_a_speaker_and_a_kind() {
        let dir = tree(&["a.csv", "a.txt"]);
        let police = Agency::parse("police:1").unwrap();
        let of = |name: &str, agency| Files::of(&[dir.path().join(name)], agency).map(|_| ()).map_err(|failure| failure.code);
        assert_eq!(of("a.csv", None), Err(2));
        assert_eq!(of("a.csv", Some(&police)), Ok(()));
        assert_eq!(of("a.txt", Some(&police)), Err(2));
    }
}
