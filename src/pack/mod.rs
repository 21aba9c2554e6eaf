//! Rule packs: rules and the data that belong to them, read from the disk once.
//!
//! A pack is a folder with `pack.toml`, a folder without (all its `.dl` files that no other of them includes are one program), or one `.dl`
//! file. Promises: the same files give the same hash, whatever the disk says of times and order; nothing outside the folder is data;
//! a mistake has its file, line and column. Must not know: the engine, the journal, the network.

mod builtin;
mod error;
mod manifest;
mod read;
mod rows;
mod settings;

pub use error::{DataMistake, PackError};
pub use manifest::MANIFEST;

use crate::check::check;
use crate::program::Program;
use crate::syntax::{Diagnostic, Sources, has_errors, parse};
use crate::types::{RelId, Row};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A pack as it was read: text and bytes, not checked yet.
#[derive(Clone, Debug)]
pub struct Pack {
    /// ASCII, fit for `pack:NAME`.
    pub name: String,
    pub version: String,
    /// SHA-256 over names and contents of rule files and data; decides whether a start installs anew.
    pub hash: [u8; 32],
    /// Main file first, then every file that one of them includes.
    pub sources: Sources,
    /// In the order of relation names.
    pub data: Vec<DataFile>,
}

/// A CSV file with a header, for one relation.
#[derive(Clone, Debug)]
pub struct DataFile {
    pub relation: String,
    /// As the manifest names it.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Pack {
    pub fn load(path: &Path) -> Result<Pack, PackError> {
        Pack::load_with(path, &[])
    }

    /// `search`: further folders to look for included files in.
    pub fn load_with(path: &Path, search: &[PathBuf]) -> Result<Pack, PackError> {
        Pack::read(path, read::Places { search, unsaved: &|_| None })
    }

    /// `unsaved`: texts of rule files as somebody is writing them, in place of the disk's.
    pub fn load_unsaved(path: &Path, unsaved: &dyn Fn(&Path) -> Option<Arc<str>>) -> Result<Pack, PackError> {
        Pack::read(path, read::Places { search: &[], unsaved })
    }

    fn read(path: &Path, places: read::Places) -> Result<Pack, PackError> {
        let found = manifest::find(path)?;
        let sources = match &found.main {
            manifest::Main::File(name) => read::sources(&found.folder, name, places)?,
            manifest::Main::Folder => read::sources_of_folder(&found.folder, places)?,
        };
        let data = read::data(&found.folder, &found.data)?;
        let hash = hash(&found.name, &found.version, &sources, &data);
        Ok(Pack { name: found.name, version: found.version, hash, sources, data })
    }

    /// The checked program with its warnings, or every diagnostic if one of them is an error.
    pub fn check(&self) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (tree, mut diagnostics) = parse(&self.sources);
        let (program, more) = check(&tree, &self.sources);
        diagnostics.extend(more);
        match program {
            Some(program) if !has_errors(&diagnostics) => {
                diagnostics.extend(crate::plan::warnings(&program));
                Ok((program, diagnostics))
            }
            _ => Err(diagnostics),
        }
    }

    /// The rows of the data files by relation, each in the order of its file. A setting that a rule reads must be among them.
    pub fn rows(&self, program: &Program) -> Result<Vec<(RelId, Vec<Row>)>, PackError> {
        let all: Vec<(RelId, Vec<Row>)> =
            self.data.iter().map(|file| rows::of_file(file, program)).collect::<Result<_, PackError>>()?;
        settings::check(program, &all)?;
        Ok(all)
    }
}

/// Every part with its length before it, so that no two packs are the same bytes.
fn hash(name: &str, version: &str, sources: &Sources, data: &[DataFile]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(name.as_bytes());
    part(version.as_bytes());
    part(&(sources.files.len() as u64).to_le_bytes());
    for file in &sources.files {
        part(file.name.as_bytes());
        part(file.text.as_bytes());
    }
    for file in data {
        part(file.relation.as_bytes());
        part(file.name.as_bytes());
        part(&file.bytes);
    }
    hasher.finalize().into()
}
