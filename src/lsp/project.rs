//! The program that a document is part of: the pack above it, or a file beside or above it that includes it, or the document alone.

use super::documents::Documents;
use super::uri;
use crate::limits::{LSP_FOLDER_FILES, LSP_FOLDERS_UP};
use crate::pack::{MANIFEST, Pack, PackError};
use crate::syntax::{FileId, Sources, Span};
use std::path::{Path, PathBuf};

pub(super) struct Project {
    pub pack: Pack,
    /// What names of files are relative to; `None` for a document that is no file.
    folder: Option<PathBuf>,
    /// As the editor calls the files, in the order of the sources.
    pub uris: Vec<String>,
    /// What is wrong with the pack that this document should be part of.
    pub fault: Option<(String, PackError)>,
}

impl Project {
    /// `None`: there is nothing to read.
    pub fn of(uri: &str, documents: &Documents) -> Option<Project> {
        let Some(path) = uri::path(uri) else { return Some(Project::alone(uri, documents.text(uri)?.as_ref())) };
        let mut fault = None;
        for folder in path.ancestors().skip(1).filter(|folder| folder.join(MANIFEST).is_file()).take(1) {
            match load(folder, folder, documents) {
                Ok(project) if project.file(uri).is_some() => return Some(project),
                Ok(_) => {}
                Err(error) => fault = Some((uri::of(&folder.join(MANIFEST)), error)),
            }
        }
        let found = including(&path, uri, documents);
        let project = found.or_else(|| load(&path, path.parent()?, documents).ok());
        let mut project = project.or_else(|| Some(Project::alone(uri, documents.text(uri)?.as_ref())))?;
        project.fault = fault;
        Some(project)
    }

    fn alone(uri: &str, text: &str) -> Project {
        let sources = Sources::single(uri, text);
        let pack = Pack { name: String::new(), version: String::new(), hash: [0; 32], sources, data: Vec::new() };
        Project { pack, folder: None, uris: vec![uri.to_string()], fault: None }
    }

    pub fn file(&self, uri: &str) -> Option<FileId> {
        let index = self.uris.iter().position(|own| own == uri)?;
        u32::try_from(index).ok().map(FileId)
    }

    pub fn uri(&self, file: FileId) -> &str {
        self.uris.get(file.0 as usize).map_or("", String::as_str)
    }

    pub fn text(&self, file: FileId) -> &str {
        self.pack.sources.files.get(file.0 as usize).map_or("", |file| file.text.as_ref())
    }

    /// What is written at a place.
    pub fn written(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// A file that the pack names.
    pub fn uri_of(&self, name: &str) -> Option<String> {
        Some(uri::of(&uri::plain(&self.folder.as_ref()?.join(name))))
    }
}

fn load(path: &Path, folder: &Path, documents: &Documents) -> Result<Project, PackError> {
    let pack = Pack::load_unsaved(path, &|path| documents.unsaved(path))?;
    let uris = pack.sources.files.iter().map(|file| documents.uri_of(&folder.join(&file.name))).collect();
    Ok(Project { pack, folder: Some(folder.to_path_buf()), uris, fault: None })
}

/// The program of a file that includes this one, and that no other includes if there is such a one.
fn including(path: &Path, uri: &str, documents: &Documents) -> Option<Project> {
    let mut best: Option<Project> = None;
    for folder in path.ancestors().skip(1).take(LSP_FOLDERS_UP) {
        for file in rule_files(folder) {
            let Ok(project) = load(&file, folder, documents) else { continue };
            let is_larger = best.as_ref().is_none_or(|best| best.uris.len() < project.uris.len());
            if file != path && project.file(uri).is_some() && is_larger {
                best = Some(project);
            }
        }
    }
    best
}

fn rule_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_rules = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "dl") && path.is_file();
    let mut files: Vec<PathBuf> = entries.filter(is_rules).take(LSP_FOLDER_FILES).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q5_a_program_is_looked_for_so_far_up_and_in_so_many_files() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        let part = deep.join("part.dl");
        std::fs::write(&part, "a(1).").unwrap();
        let (documents, uri) = (Documents::default(), uri::of(&part));
        let found = |above: usize| {
            let folder = part.ancestors().nth(above).unwrap();
            let main = folder.join("main.dl");
            let inside = part.strip_prefix(folder).unwrap().display().to_string();
            std::fs::write(&main, format!(".include \"{inside}\"\n.decl a(x: number)")).unwrap();
            let found = including(&part, &uri, &documents).is_some();
            std::fs::remove_file(&main).unwrap();
            found
        };
        assert_eq!((found(LSP_FOLDERS_UP), found(LSP_FOLDERS_UP + 1)), (true, false));
        (0..=LSP_FOLDER_FILES).for_each(|n| std::fs::write(dir.path().join(format!("{n}.dl")), "").unwrap());
        assert_eq!(rule_files(dir.path()).len(), LSP_FOLDER_FILES);
    }
}
