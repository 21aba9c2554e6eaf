//! Rule text from the disk: a program and all that it includes, read once into [`Sources`], or the diagnostics that stop it.

use crate::check::check;
use crate::limits;
use crate::program::Program;
use crate::syntax::{Diagnostic, SourceFile, Sources, has_errors, includes, parse};
use crate::types::{Lang, Said};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a program could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read {path}: {cause}")]
    Read { path: String, cause: std::io::Error },
    #[error("{path} is longer than {limit} bytes")]
    TooLong { path: String, limit: u64 },
}

impl LoadError {
    pub fn said(&self) -> Said {
        match self {
            LoadError::Read { path, cause } => {
                Said::new(format!("cannot read {path}: {cause}"), format!("无法读取 {path}：{cause}"))
            }
            LoadError::TooLong { path, limit } => {
                Said::new(format!("{path} is longer than {limit} bytes"), format!("{path} 超过 {limit} 字节"))
            }
        }
    }
}

/// The program and every file it includes, each once. A file that an `.include` names and that is nowhere is left out: the parser
/// reports it at the place where it is named. `search` are further folders to look in (`-I`).
pub fn load_sources(main: &Path, search: &[PathBuf]) -> Result<Sources, LoadError> {
    let folder = main.parent().unwrap_or(Path::new("")).to_path_buf();
    let name = main.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut sources = Sources { files: vec![SourceFile { name, text: read(main)? }] };
    let mut next = 0;
    while next < sources.files.len() {
        let from = Path::new(&sources.files[next].name).parent().unwrap_or(Path::new("")).to_path_buf();
        for named in includes(&sources.files[next].text) {
            let name = normal(&from.join(&named));
            if sources.files.iter().any(|file| file.name == name) {
                continue;
            }
            let places = std::iter::once(folder.join(&name)).chain(search.iter().map(|dir| dir.join(&named)));
            if let Some(path) = places.into_iter().find(|path| path.is_file()) {
                sources.files.push(SourceFile { name, text: read(&path)? });
            }
        }
        next += 1;
    }
    Ok(sources)
}

/// Parses and checks; all diagnostics come along, warnings too.
pub fn compile(sources: &Sources) -> (Option<Program>, Vec<Diagnostic>) {
    let (tree, mut diagnostics) = parse(sources);
    let (program, more) = check(&tree, sources);
    diagnostics.extend(more);
    let program = if has_errors(&diagnostics) { None } else { program };
    (program, diagnostics)
}

/// Loads and compiles the program of a command; mistakes go to standard error. `None`: they stop it.
pub fn program(main: &Path, search: &[PathBuf], lang: Lang) -> Option<(Program, Sources)> {
    let sources = match load_sources(main, search) {
        Ok(sources) => sources,
        Err(error) => {
            eprintln!("{}", error.said().get(lang));
            return None;
        }
    };
    let (program, diagnostics) = compile(&sources);
    if !diagnostics.is_empty() {
        eprint!("{}", crate::syntax::render(&diagnostics, &sources, lang));
    }
    program.map(|program| (program, sources))
}

fn read(path: &Path) -> Result<Arc<str>, LoadError> {
    let shown = path.display().to_string();
    let fail = |cause| LoadError::Read { path: shown.clone(), cause };
    let length = std::fs::metadata(path).map_err(fail)?.len();
    if length > limits::RULE_FILE_BYTES {
        return Err(LoadError::TooLong { path: shown, limit: limits::RULE_FILE_BYTES });
    }
    std::fs::read_to_string(path).map(Arc::from).map_err(fail)
}

/// The path without `.` and `a/..`, with forward slashes.
fn normal(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            other => parts.push(other.as_os_str().to_string_lossy().into_owned()),
        }
    }
    parts.join("/")
}
