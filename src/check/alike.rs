//! `.record r(alike="case_no=case_no,…")`: columns of the key in which two spellings of one number are one.

use super::params::{Params, list};
use super::report::{Report, say};
use crate::expr::Likeness;
use crate::program::Relation;
use crate::syntax::Diagnostic;
use crate::types::Kind;

/// Each column once, of text, of the key, and not the one that names the speaker: an agency's code has one spelling.
pub(super) fn alike(
    params: &Params,
    relation: &Relation,
    key: &[usize],
    by: Option<usize>,
    report: &mut Report,
) -> Vec<(usize, Likeness)> {
    let Some(param) = params.get("alike") else { return Vec::new() };
    let span = param.value_span;
    let mut all: Vec<(usize, Likeness)> = Vec::new();
    for item in list(&param.value) {
        let Some((name, functor)) = item.split_once('=') else {
            let message = say(format!("`{item}` is not `column=functor`"), format!("`{item}` 不符合 `列=函数`"));
            let help = say("for example `alike=\"decision_no=doc_key\"`", "例如 `alike=\"decision_no=doc_key\"`");
            report.add(Diagnostic::error("E0237", span, message).help(help));
            continue;
        };
        let (name, functor) = (name.trim(), functor.trim());
        let Some(column) = params.find(name, span, report) else { continue };
        let Some(likeness) = Likeness::from_name(functor) else {
            let message = say(
                format!("`{functor}` is no functor that makes one text of another"),
                format!("`{functor}` 不是由一个文本得出另一个文本的函数"),
            );
            let names = Likeness::ALL.map(Likeness::name);
            let help = report.near(functor, names.into_iter()).unwrap_or_else(|| {
                let names = names.join(", ");
                say(format!("one of {names}"), format!("可用：{names}"))
            });
            report.add(Diagnostic::error("E0237", span, message).help(help));
            continue;
        };
        if relation.columns[column].kind != Kind::Symbol {
            let message = say(format!("`alike` names `{name}`, which is no text"), format!("`alike` 所指的 `{name}` 不是文本"));
            let help = say("leave it out: only text has several spellings", "请去掉该列：只有文本才有多种写法");
            report.add(Diagnostic::error("E0229", span, message).help(help));
        } else if !key.contains(&column) || by == Some(column) {
            let message = say(
                format!("`alike` names `{name}`, which is no column of the key that its sender numbers"),
                format!("`alike` 所指的 `{name}` 不是主键中由报送单位编号的列"),
            );
            let help = say("leave it out: only keys are compared", "请去掉该列：只比较主键");
            report.add(Diagnostic::error("E0237", span, message).help(help));
        } else if all.iter().any(|(other, _)| *other == column) {
            let message = say(format!("column `{name}` stands twice in `alike`"), format!("列 `{name}` 在 `alike` 中重复"));
            report.add(Diagnostic::error("E0224", span, message).help(say("remove one of them", "请删除其中一个")));
        } else {
            all.push((column, likeness));
        }
    }
    all
}
