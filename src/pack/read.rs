//! Files of a pack from the disk, each once and none longer than its limit.

use super::DataFile;
use super::error::PackError;
use crate::limits::{MAX_INCLUSIONS, MAX_PACK_DATA_BYTES, MAX_RULE_TEXT_BYTES};
use crate::syntax::{SourceFile, Sources, includes, resolve_include};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where rule text is looked for.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    /// Further folders to look for included files in.
    pub search: &'a [PathBuf],
    /// Texts that stand for those on the disk.
    pub unsaved: &'a dyn Fn(&Path) -> Option<Arc<str>>,
}

impl Places<'_> {
    fn is_file(&self, path: &Path) -> bool {
        (self.unsaved)(path).is_some() || path.is_file()
    }

    fn text(&self, path: &Path) -> Result<Arc<str>, PackError> {
        if let Some(text) = (self.unsaved)(path) {
            return Ok(text);
        }
        text(path, MAX_RULE_TEXT_BYTES as u64).map(Arc::from)
    }
}

/// What a folder without manifest is called as a program; no file can have this name.
const FOLDER_PROGRAM: &str = "(folder)";

/// A program and every file it includes. A file that is named and is nowhere is left out: the parser reports it at the place where it is
/// named.
pub(super) fn sources(folder: &Path, main: &str, places: Places) -> Result<Sources, PackError> {
    let text = places.text(&folder.join(main))?;
    follow(folder, SourceFile { name: resolve_include("", main), text }, places)
}

/// One program of all `.dl` files directly in the folder that no other of them includes, in the order of their names.
pub(super) fn sources_of_folder(folder: &Path, places: Places) -> Result<Sources, PackError> {
    let mut texts: BTreeMap<String, Arc<str>> = BTreeMap::new();
    for path in files_of(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        texts.insert(name, places.text(&path)?);
    }
    let included: BTreeSet<String> =
        texts.iter().flat_map(|(from, text)| includes(text).into_iter().map(|name| resolve_include(from, &name))).collect();
    let roots: Vec<&String> = texts.keys().filter(|name| !included.contains(*name)).collect();
    match roots.as_slice() {
        [] => Err(PackError::NoRules { path: folder.to_path_buf() }),
        [only] => sources(folder, only, places),
        many => {
            let quoted = |name: &&String| format!(".include \"{}\"\n", name.replace('\\', "\\\\").replace('"', "\\\""));
            let text: String = many.iter().map(quoted).collect();
            follow(folder, SourceFile { name: FOLDER_PROGRAM.to_string(), text: Arc::from(text) }, places)
        }
    }
}

fn follow(folder: &Path, main: SourceFile, places: Places) -> Result<Sources, PackError> {
    let mut known = BTreeSet::from([main.name.clone()]);
    let mut sources = Sources { files: vec![main], ..Sources::default() };
    let mut next = 0;
    while next < sources.files.len() {
        let file = sources.files[next].clone();
        for named in includes(&file.text) {
            let name = resolve_include(&file.name, &named);
            let mut candidates = std::iter::once(folder.join(&name)).chain(places.search.iter().map(|dir| dir.join(&named)));
            let Some(path) = candidates.find(|path| places.is_file(path)) else { continue };
            if !known.insert(name.clone()) {
                continue;
            }
            if sources.files.len() > MAX_INCLUSIONS {
                return Err(PackError::TooMany { path: folder.to_path_buf(), limit: MAX_INCLUSIONS });
            }
            sources.files.push(SourceFile { name, text: places.text(&path)? });
        }
        next += 1;
    }
    Ok(sources)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, PackError> {
    let fail = |cause| PackError::Read { path: folder.to_path_buf(), cause };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|extension| extension == "dl") && path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_INCLUSIONS {
            return Err(PackError::TooMany { path: folder.to_path_buf(), limit: MAX_INCLUSIONS });
        }
    }
    Ok(files)
}

/// The data files of a manifest.
pub(super) fn data(folder: &Path, files: &[(String, String)]) -> Result<Vec<DataFile>, PackError> {
    let file = |(relation, name): &(String, String)| {
        let bytes = bytes(&folder.join(name), MAX_PACK_DATA_BYTES)?;
        Ok(DataFile { relation: relation.clone(), name: name.clone(), bytes })
    };
    files.iter().map(file).collect()
}

pub(super) fn text(path: &Path, limit: u64) -> Result<String, PackError> {
    String::from_utf8(bytes(path, limit)?).map_err(|_| PackError::NotUtf8 { path: path.to_path_buf() })
}

fn bytes(path: &Path, limit: u64) -> Result<Vec<u8>, PackError> {
    let fail = |cause| PackError::Read { path: path.to_path_buf(), cause };
    if std::fs::metadata(path).map_err(fail)?.len() > limit {
        return Err(PackError::TooLong { path: path.to_path_buf(), limit });
    }
    std::fs::read(path).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_MANIFEST_BYTES;

    #[test]
    fn q5_files_of_a_pack_are_read_up_to_their_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for most in [MAX_MANIFEST_BYTES, MAX_PACK_DATA_BYTES] {
            let read = |len: u64| {
                std::fs::File::create(&path).unwrap().set_len(len).unwrap();
                bytes(&path, most).map(|bytes| bytes.len() as u64)
            };
            assert_eq!(read(most).ok(), Some(most));
            assert!(matches!(read(most + 1), Err(PackError::TooLong { limit, .. }) if limit == most));
        }
    }
}
