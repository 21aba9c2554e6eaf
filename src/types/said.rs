//! [`Said`]: one sentence for a person, in both languages.

use std::io::{self, ErrorKind};

/// The languages that messages come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lang {
    En,
    Zh,
}

impl Lang {
    /// From `LC_ALL`, `LC_MESSAGES` or `LANG`: Chinese if it begins with `zh`, else English.
    pub fn of_environment(get: impl Fn(&str) -> Option<String>) -> Lang {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| get(name).filter(|value| !value.is_empty()));
        match set {
            Some(value) if value.starts_with("zh") => Lang::Zh,
            _ => Lang::En,
        }
    }
}

/// One sentence in English and Chinese. It never holds a personal value.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Said {
    pub en: String,
    pub zh: String,
}

impl Said {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Said {
        Said { en: en.into(), zh: zh.into() }
    }

    /// What the machine says of a file or an address. Its own words, which are English, only where there are no better ones.
    pub fn of_io(error: &io::Error) -> Said {
        match error.kind() {
            ErrorKind::NotFound => Said::new("there is no such file or folder", "没有这个文件或文件夹"),
            ErrorKind::PermissionDenied => Said::new("it is not allowed", "没有权限"),
            ErrorKind::IsADirectory => Said::new("it is a folder", "这是文件夹"),
            ErrorKind::NotADirectory => Said::new("it is no folder", "不是文件夹"),
            ErrorKind::StorageFull => Said::new("the disk is full", "磁盘已满"),
            ErrorKind::ReadOnlyFilesystem => Said::new("the disk is read-only", "磁盘为只读"),
            ErrorKind::AlreadyExists => Said::new("a file has this name", "此处已有同名文件"),
            ErrorKind::AddrInUse => Said::new("another program listens there", "地址已被其他程序占用"),
            ErrorKind::AddrNotAvailable => Said::new("this machine has no such address", "本机没有这个地址"),
            ErrorKind::InvalidData => Said::new("it is not UTF-8", "不是 UTF-8 编码"),
            _ => Said::new(error.to_string(), error.to_string()),
        }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }
}
