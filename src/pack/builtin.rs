//! The supervision pack as it was compiled in, so that a demo needs nothing but the binary.

use super::{Pack, PackError};
use std::path::Path;

#[derive(rust_embed::Embed)]
#[folder = "rules/supervision"]
#[include = "*.dl"]
#[include = "*.toml"]
#[include = "*.csv"]
#[exclude = "cases/*"]
struct Files;

impl Pack {
    /// The supervision pack, unpacked into an empty folder and read from there like any other.
    pub fn builtin(folder: &Path) -> Result<Pack, PackError> {
        for name in Files::iter() {
            let path = folder.join(&*name);
            let fail = |cause| PackError::Read { path: path.clone(), cause };
            let file = Files::get(&name).ok_or_else(|| fail(std::io::ErrorKind::NotFound.into()))?;
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(fail)?;
            }
            std::fs::write(&path, file.data).map_err(fail)?;
        }
        Pack::load(folder)
    }
}
