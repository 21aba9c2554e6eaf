//! What is said of a command line that cannot be understood, in the user's language. English is clap's own.

use crate::types::{Lang, Said};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;

/// What the value of an argument should have been.
#[derive(Clone, Debug)]
pub struct Wrong(Said);

impl Wrong {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Wrong {
        Wrong(Said::new(en, zh))
    }
}

/// English, for clap.
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.en)
    }
}

impl std::error::Error for Wrong {}

/// A whole number within bounds.
pub fn whole<N: TryFrom<u64>>(bounds: RangeInclusive<u64>) -> impl Fn(&str) -> Result<N, Wrong> + Clone {
    move |text| {
        let (from, to) = (bounds.start(), bounds.end());
        let number = text.parse().ok().filter(|number| bounds.contains(number)).and_then(|number| N::try_from(number).ok());
        number.ok_or_else(|| Wrong::new(format!("a whole number from {from} to {to}"), format!("{from} 至 {to} 之间的整数")))
    }
}

/// Where to listen.
pub fn address(text: &str) -> Result<SocketAddr, Wrong> {
    let wrong = |_| Wrong::new("an address with its port, such as 127.0.0.1:7070", "地址和端口，例如 127.0.0.1:7070");
    text.parse().map_err(wrong)
}

/// Says it; help and versions go to standard output and are no mistakes.
pub fn tell(error: &clap::Error, lang: Lang) -> u8 {
    // A bare `huiyan` gets the list of commands, which is in both languages.
    let is_list = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let shown = if error.use_stderr() && lang == Lang::Zh && !is_list {
        eprintln!("{}", chinese(error));
        Ok(())
    } else {
        error.print()
    };
    // A closed standard output is nobody who would want to hear of it.
    if shown.is_err() || !error.use_stderr() { super::DONE } else { super::USAGE }
}

fn chinese(error: &clap::Error) -> String {
    let of = |kind| error.get(kind).map(text).unwrap_or_default();
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => format!("没有命令 {}", of(ContextKind::InvalidSubcommand)),
        ErrorKind::UnknownArgument => format!("没有参数 {argument}"),
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {argument}"),
        ErrorKind::MissingSubcommand => "缺少命令".to_string(),
        ErrorKind::InvalidValue if value.is_empty() => format!("参数 {argument} 缺少值"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("参数 {argument} 的值 {value} 不正确"),
        ErrorKind::NoEquals => format!("参数 {argument} 的值前须有等号"),
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("参数 {argument} 的值的个数不正确")
        }
        ErrorKind::ArgumentConflict => format!("参数 {argument} 不能与 {} 同时使用", of(ContextKind::PriorArg)),
        // Nothing that a mistake of the user leads to.
        _ => return error.to_string(),
    };
    let mut lines = vec![format!("错误：{what}")];
    let valid = [ContextKind::ValidValue, ContextKind::ValidSubcommand].map(of).concat();
    if !valid.is_empty() {
        lines.push(format!("可用：{valid}"));
    }
    if let Some(cause) = std::error::Error::source(error) {
        let expected = cause.downcast_ref::<Wrong>().map_or_else(|| cause.to_string(), |wrong| wrong.0.zh.clone());
        lines.push(format!("应为：{expected}"));
    }
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue].map(of).concat();
    if !near.is_empty() {
        lines.push(format!("是否想写：{near}"));
    }
    let usage = of(ContextKind::Usage);
    if let Some(usage) = usage.split_once(':').map(|(_, usage)| usage.trim()).filter(|usage| !usage.is_empty()) {
        lines.push(format!("用法：{usage}"));
    }
    lines.push("更多说明：--help".to_string());
    lines.join("\n")
}

fn text(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join("、"),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join("、"),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::Parser;

    #[test]
    fn a_mistake_is_told_in_chinese_with_its_remedy() {
        for (line, parts) in [
            ("huiyan chek", &["没有命令 chek", "是否想写：check", "用法：huiyan"][..]),
            ("huiyan serve --rules x", &["缺少参数 --data <DIR>", "用法：huiyan serve"]),
            ("huiyan check x --format yaml", &["--format <text|json|sarif> 的值 yaml 不正确", "可用：text、json、sarif"]),
            ("huiyan check x --formt json", &["没有参数 --formt", "是否想写：--format"]),
            (
                "huiyan serve --data x --rules x --clock noon",
                &["--clock", "的值 noon 不正确", "应为：wall，或 manual=YYYY-MM-DD"],
            ),
            ("huiyan serve --data", &["--data <DIR> 缺少值"]),
            ("huiyan serve --data x --rules x --listen here", &["的值 here 不正确", "应为：地址和端口"]),
            ("huiyan run x --jobs 65", &["--jobs <N> 的值 65 不正确", "应为：1 至 64 之间的整数"]),
            ("huiyan demo --play=61", &["应为：每日的秒数，0 至 60"]),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).err().unwrap_or_else(|| panic!("{line} is good"));
            let said = chinese(&error);
            assert!(parts.iter().all(|part| said.contains(part)), "{line}: {said}");
        }
    }
}
