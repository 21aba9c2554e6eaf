//! [`SnapshotError`]: why a snapshot could not be written or read. It names files and offsets, never values.

use crate::storage::error::io_said;
use crate::types::Said;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("cannot {doing} {}: {source}", file.display())]
    Io { doing: &'static str, file: PathBuf, source: io::Error },
    #[error("{} is no snapshot of huiyan", file.display())]
    NotASnapshot { file: PathBuf },
    #[error("{} has format version {version}, which a later huiyan wrote; this one reads version 1", file.display())]
    Newer { file: PathBuf, version: u16 },
    #[error("{} is not there to its end: it ends at byte {offset}", file.display())]
    Cut { file: PathBuf, offset: u64 },
    #[error("{} is damaged at byte {offset}: {what}", file.display())]
    Damaged { file: PathBuf, offset: u64, what: &'static str },
    #[error("a section of {} is larger than it can be", file.display())]
    TooLarge { file: PathBuf },
}

impl SnapshotError {
    pub(super) fn io<'a>(doing: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> SnapshotError + 'a {
        move |source| SnapshotError::Io { doing, file: file.to_path_buf(), source }
    }

    pub fn said(&self) -> Said {
        let zh = match self {
            SnapshotError::Io { doing, file, source } => return io_said(doing, file, source),
            SnapshotError::NotASnapshot { file } => format!("{} 不是慧眼的快照文件", file.display()),
            SnapshotError::Newer { file, version } => {
                format!("{} 的格式版本为 {version}，由更新的慧眼写成；本程序只能读版本 1", file.display())
            }
            SnapshotError::Cut { file, offset } => format!("{} 不完整：止于第 {offset} 字节", file.display()),
            SnapshotError::Damaged { file, offset, what } => {
                format!("{} 在第 {offset} 字节处已损坏：{what}", file.display())
            }
            SnapshotError::TooLarge { file } => format!("{} 的一节超过上限", file.display()),
        };
        Said::new(self.to_string(), zh)
    }
}
