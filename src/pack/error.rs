//! Why a pack cannot be used. Names files of the pack, lines and columns; values of cells are never repeated.

use crate::types::Said;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("cannot read {}: {}", path.display(), Said::of_io(cause).en)]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("{} is neither a folder nor a .dl file", path.display())]
    NoPack { path: PathBuf },
    #[error("{} holds no .dl file that no other includes", path.display())]
    NoRules { path: PathBuf },
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong { path: PathBuf, limit: u64 },
    #[error("{} has more than {limit} files", path.display())]
    TooMany { path: PathBuf, limit: usize },
    #[error("{} is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    #[error("{}: {what}", path.display())]
    Manifest { path: PathBuf, what: String },
    /// A name of a pack becomes `pack:NAME`, who asserts its data.
    #[error("{}: the name of a pack is 1 to 64 of A-Z a-z 0-9 - _ .", path.display())]
    Name { path: PathBuf },
    #[error("{}: {file} is not a path inside the folder", path.display())]
    Outside { path: PathBuf, file: String },
    /// `[data]` names a relation that cannot take rows of a pack.
    #[error("{file}: {relation} {what}")]
    Relation { file: String, relation: String, what: Unfit },
    #[error("{file}: {} mistakes, the first on line {}{}: {}", mistakes.len(), mistakes[0].line, mistakes[0].in_column(), mistakes[0].said.en)]
    Data { file: String, mistakes: Vec<DataMistake> },
    #[error("a rule reads the setting {} that the pack's data do not have: add {} to the relation setting", missing[0], missing.join("; "))]
    Settings { missing: Vec<String> },
}

/// Why a relation takes no rows of a pack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unfit {
    #[error("is not a relation of the rules")]
    Unknown,
    #[error("is no .record or .input")]
    Derived,
    #[error("is a clock")]
    Clock,
    #[error("is not owned by packs")]
    NotOwned,
}

/// One mistake of a data file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataMistake {
    pub line: u64,
    /// Empty for the whole line.
    pub column: String,
    pub code: &'static str,
    pub said: Said,
}

impl DataMistake {
    fn in_column(&self) -> String {
        if self.column.is_empty() { String::new() } else { format!(", column {}", self.column) }
    }

    /// `law/duty.csv:3 n: a whole number is expected`
    pub fn shown(&self, file: &str, lang: crate::types::Lang) -> String {
        format!("{file}:{} {}: {}", self.line, self.column, self.said.get(lang))
    }
}

impl PackError {
    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        Said::new(self.to_string(), self.chinese())
    }

    fn chinese(&self) -> String {
        match self {
            PackError::Read { path, cause } => format!("无法读取 {}：{}", path.display(), Said::of_io(cause).zh),
            PackError::NoPack { path } => format!("{} 既不是文件夹，也不是 .dl 文件", path.display()),
            PackError::NoRules { path } => format!("{} 中没有可作为入口的 .dl 文件", path.display()),
            PackError::TooLong { path, limit } => format!("{} 超过 {limit} 字节", path.display()),
            PackError::TooMany { path, limit } => format!("{} 中的文件超过 {limit} 个", path.display()),
            PackError::NotUtf8 { path } => format!("{} 不是 UTF-8 编码", path.display()),
            PackError::Manifest { path, what } => format!("{}：{what}", path.display()),
            PackError::Name { path } => format!("{}：规则包名称须为 1 至 64 个 A-Z a-z 0-9 - _ . 字符", path.display()),
            PackError::Outside { path, file } => format!("{}：{file} 不是文件夹内的路径", path.display()),
            PackError::Relation { file, relation, what } => {
                let what = match what {
                    Unfit::Unknown => "不是规则中的关系",
                    Unfit::Derived => "不是 .record 或 .input",
                    Unfit::Clock => "是时钟",
                    Unfit::NotOwned => "不归规则包所有",
                };
                format!("{file}：{relation} {what}")
            }
            PackError::Data { file, mistakes } => {
                let first = &mistakes[0];
                let (line, column) = (first.line, &first.column);
                format!("{file}：{} 处错误，首个在第 {line} 行 {column} 列：{}", mistakes.len(), first.said.zh)
            }
            PackError::Settings { missing } => {
                format!("规则读取的参数在规则包数据中不存在：请在关系 setting 中补充 {}", missing.join("；"))
            }
        }
    }
}
