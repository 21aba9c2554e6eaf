//! `IO=` of `.input` and `.output`: where rows come from and go to. What cannot be read or written is refused, so that nothing is taken
//! for a file that is none.

use super::report::{Report, say};
use crate::syntax::{Diagnostic, ast, ast::DirectiveKind};

const INPUTS: [&str; 4] = ["file", "stdin", "json", "jsonfile"];
const OUTPUTS: [&str; 4] = ["file", "stdout", "json", "jsonfile"];

pub(super) fn check(directive: &ast::Directive, report: &mut Report) {
    let known = match directive.kind {
        DirectiveKind::Input => &INPUTS[..],
        DirectiveKind::Output => &OUTPUTS[..],
        _ => return,
    };
    for param in directive.params.iter().filter(|param| param.key.text == "IO" && !known.contains(&param.value.as_str())) {
        let kind = &param.value;
        let list = known.join(", ");
        let message = say(format!("`IO={kind}` is not supported"), format!("不支持 `IO={kind}`"));
        let help = say(format!("known are: {list}"), format!("可用的有：{list}"));
        report.add(Diagnostic::error("E0239", param.value_span, message).help(help));
    }
}
