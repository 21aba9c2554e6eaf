//! What is said of a command line that cannot be understood, in the user's language. English is clap's own.

use crate::types::Lang;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Says it; help and versions go to standard output and are no mistakes.
pub fn tell(error: &clap::Error, lang: Lang) -> u8 {
    let shown = if error.use_stderr() && lang == Lang::Zh {
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
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "缺少命令".to_string(),
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
        lines.push(format!("应为：{cause}"));
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
            ("huiyan serve --data x --rules x --clock noon", &["--clock", "的值 noon 不正确", "应为：wall or manual=YYYY-MM-DD"]),
            ("huiyan serve --data", &["--data <DIR> 缺少值"]),
        ] {
            let error = Cli::try_parse_from(line.split(' ')).err().unwrap_or_else(|| panic!("{line} is good"));
            let said = chinese(&error);
            assert!(parts.iter().all(|part| said.contains(part)), "{line}: {said}");
        }
    }
}
