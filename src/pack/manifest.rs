//! What a path stands for: `pack.toml` in a folder, a folder of rules, or one file of rules.

use super::error::PackError;
use super::read;
use crate::limits::MAX_MANIFEST_BYTES;
use crate::security::Agency;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The file that makes a folder a pack.
pub const MANIFEST: &str = "pack.toml";

/// What is to be read.
pub(super) struct Found {
    pub name: String,
    pub version: String,
    pub folder: PathBuf,
    pub main: Main,
    /// Relation and file, in the order of relations.
    pub data: Vec<(String, String)>,
}

pub(super) enum Main {
    /// Relative to the folder.
    File(String),
    /// Every file of the folder that no other includes.
    Folder,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    version: String,
    main: String,
    #[serde(default)]
    data: BTreeMap<String, String>,
}

pub(super) fn find(path: &Path) -> Result<Found, PackError> {
    if path.is_dir() {
        let manifest = path.join(MANIFEST);
        if manifest.is_file() { of_manifest(path, &manifest) } else { Ok(nameless(path, path, Main::Folder)) }
    } else if path.is_file() {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(nameless(path, path.parent().unwrap_or(Path::new("")), Main::File(name)))
    } else if path.exists() {
        Err(PackError::NoPack { path: path.to_path_buf() })
    } else {
        Err(PackError::Read { path: path.to_path_buf(), cause: std::io::ErrorKind::NotFound.into() })
    }
}

fn of_manifest(folder: &Path, path: &Path) -> Result<Found, PackError> {
    let text = read::text(path, MAX_MANIFEST_BYTES)?;
    let manifest: Manifest = toml::from_str(&text)
        .map_err(|mistake| PackError::Manifest { path: path.to_path_buf(), what: mistake.to_string().trim_end().to_string() })?;
    if Agency::parse(Agency::pack(&manifest.name).as_str()).is_none() {
        return Err(PackError::Name { path: path.to_path_buf() });
    }
    if let Some(file) = std::iter::once(&manifest.main).chain(manifest.data.values()).find(|file| !is_inside(file)) {
        return Err(PackError::Outside { path: path.to_path_buf(), file: file.clone() });
    }
    Ok(Found {
        name: manifest.name,
        version: manifest.version,
        folder: folder.to_path_buf(),
        main: Main::File(manifest.main),
        data: manifest.data.into_iter().collect(),
    })
}

/// A pack that nobody named is called after its file or folder.
fn nameless(path: &Path, folder: &Path, main: Main) -> Found {
    let stem = std::path::absolute(path).ok().and_then(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    let fit = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    let name: String = stem.unwrap_or_default().chars().map(fit).take(64).collect();
    let name = if name.is_empty() { "rules".to_string() } else { name };
    Found { name, version: "0".to_string(), folder: folder.to_path_buf(), main, data: Vec::new() }
}

fn is_inside(file: &str) -> bool {
    !file.is_empty() && Path::new(file).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
