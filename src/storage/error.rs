//! [`JournalError`]: why bytes could not be read or written. It names files of the data folder, offsets and epochs, never values.

use super::codec::CodecError;
use crate::types::Said;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("cannot {doing} {}: {source}", file.display())]
    Io { doing: &'static str, file: PathBuf, source: io::Error },
    #[error("{} is in use by another server", dir.display())]
    Locked { dir: PathBuf },
    #[error("{} is missing, but the folder holds what was derived from it", file.display())]
    Missing { file: PathBuf },
    /// Entries that are to be read are in a part that is not there.
    #[error("{} is missing, the part of the journal that begins with epoch {epoch}; if it was archived, put it back", file.display())]
    PartMissing { file: PathBuf, epoch: u64 },
    /// An entry is asked for again whose part is not there any more.
    #[error("epoch {epoch} is in a part of the journal that was archived; put back {} and what follows it", file.display())]
    Archived { file: PathBuf, epoch: u64 },
    /// What is to be gone on from knows more than the journal holds.
    #[error("{} ends with epoch {ends}, though epoch {epoch} was there once: its end is lost", file.display())]
    Short { file: PathBuf, ends: u64, epoch: u64 },
    /// What is to be gone on from was not made of this journal.
    #[error("up to epoch {epoch} {} holds another past than the one that is to be gone on from", file.display())]
    OtherPast { file: PathBuf, epoch: u64 },
    #[error("the recovery of {} was interrupted; start the server once to finish it", file.display())]
    Interrupted { file: PathBuf },
    #[error("{} is no journal of huiyan", file.display())]
    NotAJournal { file: PathBuf },
    #[error("{} has format version {version}, which a later huiyan wrote; this one reads version 1", file.display())]
    Newer { file: PathBuf, version: u16 },
    #[error("{} holds in epoch {epoch} an entry of a kind or layout that a later huiyan wrote; start that one", file.display())]
    NewerEntry { file: PathBuf, epoch: u64 },
    /// Bytes that were synced are not what they were.
    #[error("{} is damaged at byte {offset}, in epoch {epoch}: {what}", file.display())]
    Damaged { file: PathBuf, offset: u64, epoch: u64, what: &'static str },
    #[error("the key {} is missing, but the journal is not empty; put the folder keys/ back that belongs to this journal", file.display())]
    KeyMissing { file: PathBuf },
    #[error("the key {} is damaged; put the folder keys/ back that belongs to this journal", file.display())]
    KeyDamaged { file: PathBuf },
    #[error("the key {} was taken away once and is there again; put the empty file .erased back in its place", file.display())]
    KeyBack { file: PathBuf },
    #[error("{} is damaged; it says which history positions belong to and may be moved away: every reader then begins again", file.display())]
    TimelinesDamaged { file: PathBuf },
    #[error("an earlier write or sync failed; nothing more is written until a restart has read the journal again")]
    Poisoned,
    #[error("the entry of epoch {epoch} cannot be written: {source}")]
    Encode { epoch: u64, source: CodecError },
}

impl JournalError {
    pub(super) fn io<'a>(doing: &'static str, file: &'a Path) -> impl FnOnce(io::Error) -> JournalError + 'a {
        move |source| JournalError::Io { doing, file: file.to_path_buf(), source }
    }

    /// The disk had no room, or this user none of it: another try may find some.
    pub fn is_full(&self) -> bool {
        matches!(self, JournalError::Io { source, .. } if has_no_room(source))
    }

    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        let zh = match self {
            JournalError::Io { doing, file, source } => return io_said(doing, file, source),
            JournalError::Locked { dir } => format!("{} 正由另一个服务使用", dir.display()),
            JournalError::Missing { file } => format!("缺少 {}，而文件夹中有由它得出的内容", file.display()),
            JournalError::PartMissing { file, epoch } => {
                format!("缺少 {}，即自第 {epoch} 期起的日志分段；如已归档请放回", file.display())
            }
            JournalError::Archived { file, epoch } => {
                format!("第 {epoch} 期所在的日志分段已归档；请放回 {} 及其后的分段", file.display())
            }
            JournalError::Short { file, ends, epoch } => {
                format!("{} 止于第 {ends} 期，而曾有第 {epoch} 期：日志的末尾丢失", file.display())
            }
            JournalError::OtherPast { file, epoch } => {
                format!("{} 至第 {epoch} 期的内容与所接续的并非同一历史", file.display())
            }
            JournalError::Interrupted { file } => format!("{} 的恢复曾被中断；请启动一次服务以完成恢复", file.display()),
            JournalError::NotAJournal { file } => format!("{} 不是慧眼的日志文件", file.display()),
            JournalError::Newer { file, version } => {
                format!("{} 的格式版本为 {version}，由更新的慧眼写成；本程序只能读版本 1", file.display())
            }
            JournalError::NewerEntry { file, epoch } => {
                format!("{} 第 {epoch} 期的条目由更新的慧眼写成，本程序不能读；请用更新的版本启动", file.display())
            }
            JournalError::Damaged { file, offset, epoch, what } => {
                format!("{} 在第 {offset} 字节（第 {epoch} 期）处已损坏：{what}", file.display())
            }
            JournalError::KeyMissing { file } => {
                format!("缺少密钥 {}，而日志不为空；请放回与此日志配套的 keys/ 文件夹", file.display())
            }
            JournalError::KeyDamaged { file } => format!("密钥 {} 已损坏；请放回与此日志配套的 keys/ 文件夹", file.display()),
            JournalError::KeyBack { file } => {
                format!("密钥 {} 曾被移除，现又出现；请以同名空文件 .erased 代替", file.display())
            }
            JournalError::TimelinesDamaged { file } => {
                format!("{} 已损坏；其中记录各位置所属的历史，可移走此文件，各读取方此后须重新开始", file.display())
            }
            JournalError::Poisoned => "先前的写入或同步失败；重启并重读日志之前不再写入".to_string(),
            JournalError::Encode { epoch, source } => format!("第 {epoch} 期的条目无法写入：{source}"),
        };
        Said::new(self.to_string(), zh)
    }
}

pub(super) fn has_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The machine said no while a file was being made, read, written.
pub(super) fn io_said(doing: &str, file: &Path, source: &io::Error) -> Said {
    let Said { en, zh } = Said::of_io(source);
    let doing_zh = match doing {
        "make" => "创建",
        "open" => "打开",
        "list" => "列出",
        "lock" => "锁定",
        "read" => "读取",
        "write" => "写入",
        "sync" => "同步到磁盘",
        "cut" => "截断",
        "remove" => "删除",
        other => other,
    };
    Said::new(format!("cannot {doing} {}: {en}", file.display()), format!("无法{doing_zh} {}：{zh}", file.display()))
}
