//! A program or pack for the commands that need one: read, checked, every mistake shown; or what stops it.

use crate::pack::{Pack, PackError};
use crate::program::Program;
use crate::syntax::{Severity, render};
use crate::types::Lang;
use std::path::{Path, PathBuf};

/// What becomes of lines of a preprocessor.
pub enum Preprocessor {
    /// They are mistakes.
    Off,
    /// They are obeyed, with these macros there from the start.
    On { defined: Vec<(String, String)> },
}

/// The checked program at a path; mistakes and, if so wished, warnings go to standard error. `None`: they stop it.
pub fn program(path: &Path, search: &[PathBuf], preprocessor: Preprocessor, warn: bool, lang: Lang) -> Option<Program> {
    let mut pack = match Pack::load_with(path, search) {
        Ok(pack) => pack,
        Err(error) => {
            tell(&error, lang);
            return None;
        }
    };
    match preprocessor {
        Preprocessor::Off => pack.sources.raw = true,
        Preprocessor::On { defined } => pack.sources.defined = defined,
    }
    shown(&pack, warn, lang)
}

/// What is wrong with a pack, on standard error; of a data file every mistake.
pub fn tell(error: &PackError, lang: Lang) {
    eprintln!("{}", error.said().get(lang));
    if let PackError::Data { file, mistakes } = error {
        mistakes.iter().for_each(|mistake| eprintln!("{}", mistake.shown(file, lang)));
    }
}

/// The checked program of a pack; mistakes and warnings go to standard error.
pub fn checked(pack: &Pack, lang: Lang) -> Option<Program> {
    shown(pack, true, lang)
}

fn shown(pack: &Pack, warn: bool, lang: Lang) -> Option<Program> {
    let (program, mut diagnostics) = match pack.check() {
        Ok((program, warnings)) => (Some(program), warnings),
        Err(mistakes) => (None, mistakes),
    };
    diagnostics.retain(|told| warn || told.severity == Severity::Error);
    if !diagnostics.is_empty() {
        eprint!("{}", render(&diagnostics, &pack.sources, lang));
    }
    program
}
