//! [`Failure`]: what ends the engine until a restart. Every one of them becomes [`super::Phase::Failed`] with its text, which names files,
//! epochs and rules, and never a value of a record.

use crate::records::{Inconsistent, ReshapeError};
use crate::storage::{DeltaError, JournalError};
use crate::syntax::Diagnostic;
use crate::types::{Epoch, Lang, Said};
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A replay derived something else than was published, or the journal lost its end.
    #[error(transparent)]
    Derived(#[from] DeltaError),
    #[error("the rules have mistakes: {}", first_error(.0, Lang::En))]
    Rules(Vec<Diagnostic>),
    #[error("row {row} of the pack's data for {relation} is refused: {code}")]
    PackRow { relation: String, row: usize, code: String },
    #[error("rules and data of the pack need an entry of some {bytes} bytes, and the journal takes at most {limit} at once")]
    PackTooLarge { bytes: usize, limit: usize },
    #[error(transparent)]
    Reshape(#[from] ReshapeError),
    #[error(transparent)]
    Records(#[from] Inconsistent),
    #[error("the journal begins with epoch {} and not with an installation of rules", .0.0)]
    NoRules(Epoch),
    #[error("the evaluation broke: {0}")]
    Evaluation(String),
    /// What a snapshot says and what its rows give are two things.
    #[error("{} gives other results than held when it was written; move it away: an older snapshot or the whole journal is enough", file.display())]
    OtherThanSnapshot { file: PathBuf },
    /// Neither a snapshot nor the beginning of the journal.
    #[error("{} is missing, and no snapshot can be gone on from{}", file.display(), told(.reasons, Lang::En))]
    NoBeginning { file: PathBuf, reasons: Vec<(PathBuf, Said)> },
    #[error("the clock of this machine shows no day of the calendar")]
    WallClock,
    /// Asked to stop while it was still reading.
    #[error("stopped before the journal was read to its end")]
    Stopped,
}

impl Failure {
    /// For the person at the terminal.
    pub fn said(&self) -> Said {
        let zh = match self {
            Failure::Journal(error) => return error.said(),
            Failure::Derived(error) => return error.said(),
            Failure::Reshape(error) => return error.said(),
            Failure::Rules(mistakes) => format!("规则有错误：{}", first_error(mistakes, Lang::Zh)),
            Failure::PackRow { relation, row, code } => format!("规则包中 {relation} 的第 {row} 行数据被拒绝：{code}"),
            Failure::PackTooLarge { bytes, limit } => {
                format!("规则包的规则和数据约需 {bytes} 字节的条目，而日志一次至多写入 {limit} 字节")
            }
            Failure::Records(Inconsistent { relation, number }) => {
                format!("关系 {relation} 的一处变动（其条目中的第 {number} 处）与已有的行不相衔接")
            }
            Failure::NoRules(first) => format!("日志从第 {} 期开始，而不是从安装规则开始", first.0),
            Failure::Evaluation(what) => format!("计算中断：{what}"),
            Failure::OtherThanSnapshot { file } => {
                format!("{} 得出的结果与写成时不同；请移走它：较早的快照或完整的日志即已足够", file.display())
            }
            Failure::NoBeginning { file, reasons } => {
                format!("缺少 {}，也没有可以接续的快照{}", file.display(), told(reasons, Lang::Zh))
            }
            Failure::WallClock => "本机时钟不是历法中的日期".to_string(),
            Failure::Stopped => "日志尚未读完即已停止".to_string(),
        };
        Said::new(self.to_string(), zh)
    }
}

/// Why each of several files was not taken, behind a sentence.
fn told(reasons: &[(PathBuf, Said)], lang: Lang) -> String {
    let one = |(file, reason): &(PathBuf, Said)| match lang {
        Lang::En => format!("; {}: {}", file.display(), reason.en),
        Lang::Zh => format!("；{}：{}", file.display(), reason.zh),
    };
    reasons.iter().map(one).collect()
}

/// One of many, for a line of text.
fn first_error(diagnostics: &[Diagnostic], lang: Lang) -> String {
    let error = diagnostics.iter().find(|d| d.severity == crate::syntax::Severity::Error);
    error.map_or_else(String::new, |d| format!("{} {}", d.code, d.message.get(lang)))
}
